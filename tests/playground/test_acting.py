"""A person and a real bolt app meet in the stand-in workspace, over signed HTTP."""

from __future__ import annotations

from typing import Any

from tests.playground.small_bot import Stage, button, field_block, modal, stage


def declare_listeners(made: Stage) -> None:
    """Command → modal → message with a button → changed message."""

    @made.app.command("/declare")
    def declare(ack: Any, command: Any, client: Any) -> None:
        made.hear(command)
        first = field_block("why", initial_value=command["text"])
        client.views_open(trigger_id=command["trigger_id"], view=modal(first, private_metadata="kept"))
        ack()

    @made.app.view("form")
    def submitted(ack: Any, view: Any, body: Any, client: Any) -> None:
        made.hear(body)
        why = view["state"]["values"]["why"]["v"]["value"]
        if why == "bad":
            ack(response_action="errors", errors={"why": "Say more."})
            return
        blocks = [
            {"type": "section", "text": {"type": "mrkdwn", "text": why}},
            {"type": "actions", "elements": [button("approve", "Approve", value="1", style="primary")]},
        ]
        client.chat_postMessage(channel="CINC", text=f"Approve? {why} <@UCTO>", blocks=blocks)
        ack()

    @made.app.action("approve")
    def approve(ack: Any, body: Any, client: Any, respond: Any) -> None:
        made.hear(body)
        client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="Approved", blocks=[])
        respond("Counted.", replace_original=False)
        ack()


def test_from_command_to_changed_message() -> None:
    with stage(declare_listeners) as made:
        ws = made.ws
        assert ws.command("UDEV", "#incidents", "/declare checkout is down").ok
        view = ws.modal("UDEV")
        assert view is not None
        assert (view.callback_id, view.private_metadata) == ("form", "kept")
        assert made.heard[0]["text"] == "checkout is down"
        assert made.heard[0]["channel_name"] == "incidents"

        wrong = ws.submit("UDEV", {("why", "v"): "bad"})
        assert (wrong.ok, wrong.errors) == (False, {"why": "Say more."})
        assert ws.submit("UDEV", {("why", "v"): "database is gone"}).ok
        assert ws.modal("UDEV") is None

        (card,) = ws.messages("CINC")
        assert ws.notifications("UCTO") == ["Approve? database is gone @cto"]
        assert ws.click("UCTO", card, "approve").ok
        assert [one.text for one in ws.messages("CINC")] == ["Approved"]
        assert [one.text for one in ws.messages("CINC", "UCTO")] == ["Approved", "Counted."]
        assert [one.text for one in ws.messages("CINC", "UDEV")] == ["Approved"]
        action = made.heard[-1]["actions"][0]
        assert (action["value"], action["type"], action["text"]["text"]) == ("1", "button", "Approve")
        assert made.heard[-1]["container"]["message_ts"] == card.ts
