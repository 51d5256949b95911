"""Two hundred people at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.playground.small_bot import Stage, button, stage

CLICKS = 200


def listeners(made: Stage) -> None:
    """Count each click and post about it."""

    @made.app.action("go")
    def go(ack: Any, body: Any, client: Any) -> None:
        client.chat_postMessage(channel="CINC", text=body["actions"][0]["value"])
        made.hear(body["user"]["id"])
        ack()


def test_two_hundred_clicks_at_once() -> None:
    with stage(listeners) as made:
        row = [{"type": "actions", "elements": [button("go", value="hit")]}]
        ts = made.client.chat_postMessage(channel="CINC", text="card", blocks=row)["ts"]
        began = time.monotonic()
        with ThreadPoolExecutor(CLICKS) as pool:
            users = ["UDEV", "UCTO"] * (CLICKS // 2)
            outcomes = list(pool.map(lambda user: made.ws.click(user, ("CINC", ts), "go"), users))
        seconds = time.monotonic() - began
        assert [one.error for one in outcomes if not one.ok] == []
        assert len(made.heard) == CLICKS
        stamps = [one.ts for one in made.ws.messages("CINC")]
        assert len(set(stamps)) == CLICKS + 1
        assert stamps == sorted(stamps)
        assert seconds < 20
