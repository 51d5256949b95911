"""Modals and App Homes, driven by a person and a real bolt app."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.playground.small_bot import Stage, button, field_block, modal, plain, stage


def opener(made: Stage, *views: dict[str, Any]) -> None:
    """`/open` opens the first view; every submission and click is heard and answered from `made.answers`."""
    made.answers = list(views[1:])

    @made.app.command("/open")
    def open_(ack: Any, command: Any, client: Any) -> None:
        client.views_open(trigger_id=command["trigger_id"], view=views[0])
        made.hear(command["trigger_id"])
        ack()

    @made.app.view("form")
    def submitted(ack: Any, body: Any) -> None:
        made.hear(body)
        ack(**(made.answers.pop(0) if made.answers else {}))

    @made.app.view_closed("form")
    def closed(ack: Any, body: Any) -> None:
        made.hear(body)
        ack()

    @made.app.action("more")
    def more(ack: Any, body: Any, client: Any) -> None:
        made.hear(body)
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=made.answers.pop(0))
        ack()


def opened(made: Stage) -> Any:
    """The modal that `/open` opened for UDEV."""
    assert made.ws.command("UDEV", "CINC", "/open").ok
    view = made.ws.modal("UDEV")
    assert view is not None
    return view


def refused(made: Stage, method: str, **args: Any) -> Any:
    """The answer to a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        made.client.api_call(method, json=args)
    return caught.value.response


def test_a_trigger_opens_one_view_within_three_seconds() -> None:
    with stage(lambda made: opener(made, modal(field_block("a")))) as made:
        opened(made)
        spent = made.heard[0]
        view = modal(field_block("a"))
        assert refused(made, "views.open", trigger_id=spent, view=view)["error"] == "exchanged_trigger_id"
        assert refused(made, "views.open", trigger_id="1.2.3", view=view)["error"] == "invalid_trigger_id"
        made.clock.ahead = -4.0
        assert not made.ws.shortcut("UDEV", "nobody").ok
        fresh = made.ws.deliveries[-1].payload["trigger_id"]
        made.clock.ahead = 0.0
        assert refused(made, "views.open", trigger_id=fresh, view=view)["error"] == "expired_trigger_id"


def test_only_the_expected_version_of_a_view_is_replaced() -> None:
    with stage(lambda made: opener(made, modal(field_block("a")))) as made:
        view = opened(made)
        new = modal(field_block("a"), title=plain("New"))
        made.client.views_update(view_id=view.id, hash=view.hash, view=new)
        assert refused(made, "views.update", view_id=view.id, hash=view.hash, view=new)["error"] == "hash_conflict"
        now = made.ws.modal("UDEV")
        assert now is not None
        assert (now.title, now.id, now.hash != view.hash) == ("New", view.id, True)
        made.ws.close_modal("UDEV")
        assert refused(made, "views.update", view_id=view.id, view=new)["error"] == "not_found"


def test_typed_values_stay_where_both_ids_stay() -> None:
    before = modal(
        field_block("same", initial_value="first"),
        field_block("gone"),
        field_block("untouched", initial_value="old"),
        {"type": "actions", "block_id": "row", "elements": [button("more")]},
    )
    after = modal(
        field_block("same", initial_value="other"),
        field_block("new", initial_value="fresh"),
        field_block("untouched", initial_value="ignored"),
    )
    with stage(lambda made: opener(made, before, after)) as made:
        view = opened(made)
        made.ws.fill("UDEV", {("same", "v"): "typed", ("gone", "v"): "lost"})
        assert made.ws.click("UDEV", view, "more").ok
        told = made.heard[-1]
        assert told["view"]["state"]["values"]["gone"]["v"] == {"type": "plain_text_input", "value": "lost"}
        assert told["container"] == {"type": "view", "view_id": view.id}
        assert made.ws.submit("UDEV").ok
        values = made.heard[-1]["view"]["state"]["values"]
        shown = {block: state["v"]["value"] for block, state in values.items()}
        assert shown == {"same": "typed", "new": "fresh", "untouched": "old"}


def test_slack_itself_holds_back_a_submission_with_an_empty_required_field() -> None:
    form = modal(field_block("must"), field_block("may", optional=True), field_block("short", min_length=3))
    with stage(lambda made: opener(made, form)) as made:
        opened(made)
        said = made.ws.submit("UDEV", {("short", "v"): "ab"})
        assert said.error == "incomplete"
        assert set(said.errors) == {"must", "short"}
        assert len(made.heard) == 1
        assert made.ws.submit("UDEV", {("must", "v"): "x", ("short", "v"): "abc"}).ok


def test_answers_to_a_submission() -> None:
    second, third = modal(field_block("b", optional=True), title=plain("2")), modal(title=plain("3"), submit=None)
    answers: list[dict[str, Any]] = [
        {"response_action": "push", "view": second},
        {"response_action": "update", "view": {**third, "submit": plain("Go")}},
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "update", "view": modal(title=plain("x" * 25))},
        {},
        {"response_action": "clear"},
    ]
    with stage(lambda made: opener(made, modal(field_block("a", optional=True)), *answers)) as made:
        ws = made.ws
        root = opened(made)
        assert ws.submit("UDEV").ok
        top = ws.modal("UDEV")
        assert top is not None
        assert (top.title, top.previous_id, top.root_id) == ("2", root.id, root.id)
        assert ws.submit("UDEV").ok
        assert [view.title for view in ws.state.modals["UDEV"]] == ["Form", "3"]
        assert ws.submit("UDEV").error == "invalid_response"
        assert ws.submit("UDEV").error == "invalid_arguments"
        assert ws.submit("UDEV").ok
        assert [view.title for view in ws.state.modals["UDEV"]] == ["Form"]
        assert ws.submit("UDEV").ok
        assert ws.modal("UDEV") is None


def test_a_stack_is_three_deep() -> None:
    push = {"response_action": "push", "view": modal(field_block("a", optional=True))}
    with stage(lambda made: opener(made, modal(field_block("a", optional=True)), push, push, push)) as made:
        opened(made)
        assert [made.ws.submit("UDEV").error for _ in range(3)] == [None, None, "push_limit_reached"]
        assert len(made.ws.state.modals["UDEV"]) == 3


def test_closing_tells_no_values() -> None:
    with stage(lambda made: opener(made, modal(field_block("a"), notify_on_close=True))) as made:
        opened(made)
        made.ws.fill("UDEV", {("a", "v"): "secret"})
        assert made.ws.close_modal("UDEV").ok
        body = made.heard[-1]
        assert (body["type"], body["is_cleared"], body["view"]["state"]) == ("view_closed", False, {"values": {}})
        assert "secret" not in repr(body)
        assert made.ws.modal("UDEV") is None


def test_closing_is_silent_unless_asked_for() -> None:
    with stage(lambda made: opener(made, modal(field_block("a")))) as made:
        opened(made)
        sent = len(made.ws.deliveries)
        assert made.ws.close_modal("UDEV").ok
        assert len(made.ws.deliveries) == sent


def test_home() -> None:
    def listeners(made: Stage) -> None:
        @made.app.event("app_home_opened")
        def home(event: Any, client: Any) -> None:
            made.hear(event)
            blocks = [{"type": "actions", "elements": [button("go")]}]
            client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

        @made.app.action("go")
        def go(ack: Any, body: Any) -> None:
            made.hear(body)
            ack()

    with stage(listeners) as made:
        assert made.ws.home("UDEV") is None
        assert made.ws.open_home("UDEV").ok
        home = made.ws.home("UDEV")
        assert home is not None
        assert (made.heard[0]["tab"], made.heard[0]["channel"]) == ("home", made.ws.dm("UDEV"))
        assert made.ws.click("UDEV", "home", "go").ok
        assert made.heard[-1]["view"]["type"] == "home"
        stale = refused(
            made, "views.publish", user_id="UDEV", hash="old", view={"type": "home", "blocks": [{"type": "divider"}]}
        )
        assert stale["error"] == "hash_conflict"


def test_views_slack_refuses() -> None:
    with stage(lambda made: opener(made, modal(field_block("a")))) as made:
        view = opened(made)

        def messages(new: dict[str, Any]) -> list[str]:
            answer = refused(made, "views.update", view_id=view.id, view=new)
            assert answer["error"] == "invalid_arguments"
            return list(answer["response_metadata"]["messages"])

        assert messages(modal(title=plain("x" * 25))) == [
            "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
        ]
        assert messages(modal(field_block("a"), submit=None)) == [
            "[ERROR] missing required field: submit [json-pointer:/view]"
        ]
        assert messages(modal(private_metadata="x" * 3001)) == [
            "[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]"
        ]
        assert messages(modal(*[{"type": "divider"}] * 101)) == [
            "[ERROR] no more than 100 items allowed [json-pointer:/view/blocks]"
        ]
        huge = [{"type": "section", "text": {"type": "mrkdwn", "text": "é" * 3000}}] * 90
        assert refused(made, "views.update", view_id=view.id, view=modal(*huge))["error"] == "view_too_large"
