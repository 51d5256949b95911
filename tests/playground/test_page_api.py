"""The JSON interface of the page."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.playground.small_bot import Stage, button, stage
from tests.playground.test_acting import declare_listeners
from tests.playground.test_socket_mode import until

MANIFEST = {
    "features": {
        "slash_commands": [{"command": "/declare", "usage_hint": "[words]", "description": "Declare"}],
        "shortcuts": [{"name": "Declare", "callback_id": "declare", "type": "global", "description": "d"}],
    },
    "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}},
}


@pytest.fixture
def made() -> Iterator[Stage]:
    """A served workspace with a declaring app."""
    with stage(declare_listeners, manifest=MANIFEST) as one:
        yield one


@pytest.fixture
def page(made: Stage) -> Iterator[httpx.Client]:
    """A browser's view of it."""
    with httpx.Client(base_url=made.url) as client:
        yield client


def act(page: httpx.Client, user: str, deed: str, **fields: Any) -> Any:
    """Do something as a person."""
    return page.post("/play/act", json={"as": user, "do": deed, **fields}).json()


def state(page: httpx.Client, user: str) -> Any:
    """What the person sees."""
    return page.get("/play/state", params={"as": user}).json()


def shown(page: httpx.Client, user: str, channel: str = "CINC", **more: str) -> list[str]:
    """The texts of a channel or thread."""
    answer = page.get("/play/messages", params={"as": user, "channel": channel, **more}).json()
    return [one["text"] for one in answer["messages"]]


def test_the_whole_path_on_the_page(made: Stage, page: httpx.Client) -> None:
    assert act(page, "UDEV", "message", channel="CINC", text="/declare checkout") == {"ok": True}
    (modal,) = state(page, "UDEV")["modals"]
    why = {"why": {"v": {"type": "plain_text_input", "value": "bad"}}}
    wrong = act(page, "UDEV", "submit", view_id=modal["id"], state=why)
    assert (wrong["ok"], wrong["errors"]) == (False, {"why": "Say more."})
    why["why"]["v"]["value"] = "gone"
    assert act(page, "UDEV", "submit", view_id=modal["id"], state=why) == {"ok": True}
    assert state(page, "UDEV")["modals"] == []
    (card,) = page.get("/play/messages", params={"as": "UCTO", "channel": "CINC"}).json()["messages"]
    assert (card["is_app"], card["name"], card["ephemeral"]) == (True, "app", False)
    row = card["blocks"][1]
    clicked = {"block_id": row["block_id"], "action_id": "approve"}
    assert act(page, "UCTO", "click", channel="CINC", ts=card["ts"], **clicked) == {"ok": True}
    assert shown(page, "UCTO") == ["Approved", "Counted."]
    assert shown(page, "UDEV") == ["Approved"]
    gone = act(page, "UCTO", "click", channel="CINC", ts=card["ts"], **clicked)
    assert gone == {"ok": False, "error": "It is not there any more. Reload the page."}


def test_a_button_of_a_card_that_was_drawn_anew_meanwhile_is_pressed_only_while_it_means_the_same(
    made: Stage, page: httpx.Client
) -> None:
    def blocks(value: str) -> list[Any]:
        return [{"type": "actions", "elements": [button("approve", "Approve", value=value)]}]

    ts = made.client.chat_postMessage(channel="CINC", text="card", blocks=blocks("1"))["ts"]
    (card,) = page.get("/play/messages", params={"as": "UCTO", "channel": "CINC"}).json()["messages"]
    seen = {
        "channel": "CINC",
        "ts": ts,
        "block_id": card["blocks"][0]["block_id"],
        "action_id": "approve",
        "value": "1",
    }
    made.client.chat_update(channel="CINC", ts=ts, text="card", blocks=blocks("2"))
    assert act(page, "UCTO", "click", **seen)["error"] == "It is not there any more. Reload the page."
    made.client.chat_update(channel="CINC", ts=ts, text="card", blocks=blocks("1"))
    assert act(page, "UCTO", "click", **seen) == {"ok": True}


def test_what_the_page_is_told(made: Stage, page: httpx.Client) -> None:
    made.ws.first_step = "/declare checkout 500s"
    made.ws.panels["Pipeline"] = lambda: ["waiting"]
    made.client.chat_postMessage(channel="UDEV", text="for you")
    seen = state(page, "UDEV")
    assert [one["id"] for one in seen["people"]] == ["UDEV", "UCTO", "ULEAD", "UGUEST"]
    assert (seen["people"][1]["role"], seen["me"]) == ("CTO, may approve", "UDEV")
    assert [(one["name"], one["member"]) for one in seen["channels"]] == [
        ("incidents", True),
        ("random", True),
        ("secret", True),
    ]
    assert seen["dms"] == [
        {"id": made.ws.dm("UDEV"), "with": {"id": "UBOT", "name": "app", "is_app": True}, "unread": 1}
    ]
    assert [one["text"] for one in seen["notifications"]] == ["for you"]
    assert (seen["commands"][0]["command"], seen["shortcuts"][0]["type"]) == ("/declare", "global")
    assert (seen["first_step"], seen["panels"]) == (
        "/declare checkout 500s",
        [{"title": "Pipeline", "lines": ["waiting"]}],
    )
    assert seen["clock"]["now_iso"] == "2026-11-16T03:02:00+00:00"
    act(page, "UDEV", "read", channel=made.ws.dm("UDEV"))
    assert state(page, "UDEV")["dms"][0]["unread"] == 0
    assert [one["name"] for one in state(page, "UGUEST")["channels"]] == ["incidents"]
    assert page.get("/play/state", params={"as": "UNO"}).status_code == 404


def test_nobody_reads_what_is_not_theirs(made: Stage, page: httpx.Client) -> None:
    made.client.chat_postMessage(channel="UDEV", text="private")
    asked = {"as": "UCTO", "channel": made.ws.dm("UDEV")}
    assert page.get("/play/messages", params=asked).status_code == 404
    assert page.get("/play/messages", params={"as": "ULEAD", "channel": "GSECRET"}).status_code == 404
    line = made.client.chat_postEphemeral(channel="CINC", user="UDEV", text="psst")["message_ts"]
    assert shown(page, "UCTO") == []
    answer = act(page, "UCTO", "click", channel="CINC", ts=line, action_id="a")
    assert not answer["ok"]


def test_threads_stand_apart(made: Stage, page: httpx.Client) -> None:
    ts = made.ws.post("UDEV", "CINC", "question").ts
    assert act(page, "UCTO", "message", channel="CINC", text="answer", thread=ts) == {"ok": True}
    assert shown(page, "UDEV") == ["question"]
    assert shown(page, "UDEV", thread=ts) == ["question", "answer"]
    refused = act(page, "UDEV", "message", channel="CINC", text="/declare x", thread=ts)
    assert refused["error"] == "/declare is not supported in threads. Sorry!"


def test_the_stream_tells_what_concerns_the_person(made: Stage, page: httpx.Client) -> None:
    heard: list[Any] = []
    listening = threading.Event()

    def listen() -> None:
        with httpx.stream("GET", f"{made.url}/play/stream?as=UCTO", timeout=10) as answer:
            for line in answer.iter_lines():
                listening.set()
                if line.startswith("data: "):
                    heard.append(json.loads(line[6:]))

    thread = threading.Thread(target=listen)
    thread.start()
    assert listening.wait(5)
    made.client.chat_postMessage(channel="UDEV", text="not for the CTO")
    ts = made.client.chat_postMessage(channel="CINC", text="Approve? <@UCTO>")["ts"]
    until(lambda: len(heard) >= 2)
    assert heard[0] == {"type": "toast", "text": "Approve? @cto", "channel": "CINC", "ts": ts, "thread_ts": None}
    assert {"type": "changed"} in heard
    assert "not for the CTO" not in repr(heard)
    made.ws.state.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_the_clock_moves_only_as_the_demo_lets_it(made: Stage, page: httpx.Client) -> None:
    assert page.post("/play/clock", json={"advance": "1h"}).status_code == 400
    steps: list[str] = []

    def advance(step: str) -> None:
        steps.append(step)
        made.clock.advance(hours=1)

    made.ws.on_advance = advance
    assert page.post("/play/clock", json={"advance": "1h"}).json()["now_iso"] == "2026-11-16T04:02:00+00:00"
    assert page.post("/play/clock", json={"advance": "-1h"}).status_code == 400
    assert steps == ["1h"]


def test_faults_are_switched(made: Stage, page: httpx.Client) -> None:
    assert page.post("/play/faults", json={"fault": "rate_limit", "on": True}).json() == {"ok": True}
    page.post("/play/faults", json={"fault": "lose_reply", "on": True})
    assert state(page, "UDEV")["faults"] == ["rate_limit", "lose_reply"]
    lost = act(page, "UDEV", "message", channel="CINC", text="/declare x")
    assert not lost["ok"]
    for fault in ("rate_limit", "lose_reply"):
        page.post("/play/faults", json={"fault": fault, "on": False})
    assert state(page, "UDEV")["faults"] == []
    assert page.post("/play/faults", json={"fault": "gremlin", "on": True}).status_code == 400


def test_the_page_itself_is_served(page: httpx.Client) -> None:
    answer = page.get("/")
    assert (answer.status_code, "text/html" in answer.headers["content-type"]) == (200, True)
    assert page.get("/%2e%2e/server.py").status_code == 404
