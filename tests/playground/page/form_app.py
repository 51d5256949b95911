"""An app with every kind of input, a card to approve, and a Home, for tests of the page."""

from __future__ import annotations

from typing import Any

from tests.playground.small_bot import Stage, button, field_block, modal, plain

Block = dict[str, Any]


def option(text: str) -> Block:
    """An option whose value is its text."""
    return {"text": plain(text), "value": text}


def input_block(block_id: str, label: str, element: Block, **fields: Any) -> Block:
    """An input block around any element."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "v", **element},
        **fields,
    }


def small_form(text: str) -> Block:
    """Two fields, a select that is sent at once, and a button for more."""
    systems = {"type": "multi_static_select", "options": [option("payments"), option("ledger"), option("search")]}
    return modal(
        field_block("why", initial_value=text, focus_on_load=True),
        field_block("plan", multiline=True),
        input_block("systems", "Affected systems", systems, dispatch_action=True),
        {"type": "actions", "block_id": "extra", "elements": [button("more", "More fields")]},
    )


def full_form() -> Block:
    """The small form with every other kind of input."""
    risk = {"type": "radio_buttons", "options": [option("low"), option("high")], "initial_option": option("high")}
    more = [
        input_block("risk", "Risk", risk),
        input_block("live", "Already live since", {"type": "datetimepicker"}, optional=True),
        input_block("by", "By when?", {"type": "datepicker"}, optional=True),
        input_block("who", "Who?", {"type": "users_select"}, optional=True),
        input_block("incident", "Incident", {"type": "external_select", "min_query_length": 0}, optional=True),
        input_block("secret", "Confidential", {"type": "checkboxes", "options": [option("yes")]}, optional=True),
    ]
    return modal(*small_form("")["blocks"][:3], *more)


def card(state: str) -> list[Block]:
    """A card that asks for an answer."""
    sure = {
        "title": plain("Approve EC-1?"),
        "text": plain("payments"),
        "confirm": plain("Approve"),
        "deny": plain("Not yet"),
    }
    return [
        {"type": "header", "text": plain(f"Emergency EC-1: {state}")},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "Due <!date^1794886920^{date_short_pretty} at {time}|then>"},
        },
        {"type": "actions", "elements": [button("approve", "Approve", style="primary", confirm=sure)]},
    ]


def listeners(made: Stage) -> None:
    """Command or shortcut → form → card → approval with a private line."""

    @made.app.command("/declare")
    def declare(ack: Any, command: Any, client: Any) -> None:
        if command["text"] == "boom":
            ack(text="nothing opened")
            return
        client.views_open(trigger_id=command["trigger_id"], view=small_form(command["text"]))
        ack()

    @made.app.action("more")
    def more(ack: Any, body: Any, client: Any) -> None:
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=full_form())
        ack()

    @made.app.action("v")
    def chosen(ack: Any, body: Any) -> None:
        made.hear(body["actions"][0])
        ack()

    @made.app.options("v")
    def incidents(ack: Any, payload: Any) -> None:
        known = [option("#4711 checkout"), option("#4712 search")]
        ack(options=[one for one in known if payload["value"] in one["value"]])

    @made.app.view("form")
    def submitted(ack: Any, view: Any, client: Any) -> None:
        made.hear(view["state"]["values"])
        if view["state"]["values"]["plan"]["v"]["value"] == "tbd":
            ack(response_action="errors", errors={"plan": "Say what you will do."})
            return
        client.chat_postMessage(channel="CINC", text="Approve? EC-1 <@UCTO>", blocks=card("waiting"))
        ack()

    @made.app.action("approve")
    def approve(ack: Any, body: Any, client: Any, respond: Any) -> None:
        made.hear("approve")
        client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="Approved", blocks=card("approved")[:2]
        )
        respond("Counted.", replace_original=False, response_type="ephemeral")
        ack()

    @made.app.event("app_home_opened")
    def home(event: Any, client: Any) -> None:
        blocks = [{"type": "header", "text": plain("Waiting for me (0)")}]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})
