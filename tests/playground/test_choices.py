"""Every kind of choice in a modal reaches the app as Slack sends it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.playground.small_bot import Stage, modal, plain, stage
from tests.playground.test_views import opened, opener

OPTIONS = [{"text": plain(name), "value": name.lower()} for name in ("One", "Two", "Three")]


def pick(block_id: str, kind: str, **fields: Any) -> dict[str, Any]:
    """An optional input block."""
    element = {"type": kind, "action_id": "v", **fields}
    return {"type": "input", "block_id": block_id, "label": plain("?"), "element": element, "optional": True}


FORM = modal(
    pick("one", "static_select", options=OPTIONS),
    pick("many", "multi_static_select", options=OPTIONS, initial_options=OPTIONS[:1]),
    pick("radio", "radio_buttons", options=OPTIONS),
    pick("boxes", "checkboxes", options=OPTIONS),
    pick("person", "users_select"),
    pick("day", "datepicker"),
    pick("moment", "datetimepicker"),
    pick("found", "external_select", min_query_length=1),
)


def test_every_kind_of_choice_reaches_the_app() -> None:
    def listeners(made: Stage) -> None:
        opener(made, FORM)

        @made.app.options("v")
        def search(ack: Any, payload: Any) -> None:
            made.hear(payload)
            ack(options=[{"text": plain("Hit " + payload["value"]), "value": "hit"}])

    with stage(listeners) as made:
        opened(made)
        assert made.ws.options("UDEV", "v", "found", "") == []
        assert made.ws.options("UDEV", "v", "found", "pay")[0]["text"]["text"] == "Hit pay"
        chosen: dict[tuple[str, str], Any] = {("one", "v"): "two", ("radio", "v"): "Three", ("boxes", "v"): ["one"]}
        chosen |= {("person", "v"): "UCTO", ("day", "v"): "2026-11-20", ("moment", "v"): 1_790_000_000}
        assert made.ws.submit("UDEV", chosen | {("found", "v"): "hit"}).ok
        values = {block: state["v"] for block, state in made.heard[-1]["view"]["state"]["values"].items()}
        assert values["one"]["selected_option"]["value"] == "two"
        assert [one["value"] for one in values["many"]["selected_options"]] == ["one"]
        assert values["radio"]["selected_option"]["value"] == "three"
        assert [one["value"] for one in values["boxes"]["selected_options"]] == ["one"]
        assert (values["person"]["selected_user"], values["day"]["selected_date"]) == ("UCTO", "2026-11-20")
        assert (values["moment"]["selected_date_time"], values["found"]["selected_option"]["value"]) == (
            1_790_000_000,
            "hit",
        )


def test_what_is_not_offered_cannot_be_chosen() -> None:
    option = {"text": plain("One"), "value": "one"}
    element = {"type": "static_select", "action_id": "v", "options": [option]}
    form = modal({"type": "input", "block_id": "one", "label": plain("?"), "element": element})
    with stage(lambda made: opener(made, form)) as made:
        opened(made)
        with pytest.raises(ValueError, match="no option 'two'"):
            made.ws.submit("UDEV", {("one", "v"): "two"})
        with pytest.raises(LookupError, match="no 'w'"):
            made.ws.submit("UDEV", {("one", "w"): "one"})
