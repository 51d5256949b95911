"""The JSON API of the page, under `/play/`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.playground import acting, submitting
from bot.playground.page_state import FAULTS, clock_json, messages_json, state_json
from bot.playground.records import Json, Message, Outcome, View
from bot.playground.refusal import SlackError
from bot.playground.state import State
from bot.playground.values import KEYS, flat
from bot.playground.workspace import Workspace

STEPS = ("10m", "1h", "1d", "next")
PULSE = 15.0

NOT_THERE = Outcome(False, error="It is not there any more. Reload the page.")


def routes(workspace: Workspace) -> list[Route]:
    """Return the routes of the page's API."""
    page = PageApi(workspace)
    return [
        Route("/play/state", page.state),
        Route("/play/messages", page.messages),
        Route("/play/options", page.options),
        Route("/play/stream", page.stream),
        Route("/play/act", page.act, methods=["POST"]),
        Route("/play/clock", page.clock, methods=["POST"]),
        Route("/play/faults", page.faults, methods=["POST"]),
    ]


def _no(error: str, status: int = 400) -> Response:
    return JSONResponse({"ok": False, "error": error}, status)


class PageApi:
    """The endpoints; whoever asks names the person they act as."""

    def __init__(self, workspace: Workspace) -> None:
        """Keep the workspace."""
        self.workspace = workspace
        self.slack = workspace.state

    def _who(self, name: str | None) -> str | None:
        """Return the person asked for, the first one when none is; None when unknown."""
        people = [one.id for one in self.slack.people.values() if not one.is_bot and not one.deleted]
        chosen = name or (people[0] if people else None)
        return chosen if chosen in people else None

    async def state(self, request: Request) -> Response:
        """Return what the person sees outside the open conversation."""
        user = self._who(request.query_params.get("as"))
        if user is None:
            return _no("nobody is called that", 404)
        return JSONResponse(await run_in_threadpool(state_json, self.workspace, user))

    async def messages(self, request: Request) -> Response:
        """Return a channel or thread the person can read."""
        user = self._who(request.query_params.get("as"))
        channel = self.slack.channels.get(request.query_params.get("channel", ""))
        if user is None or channel is None or not self.slack.can_read(user, channel):
            return _no("channel_not_found", 404)
        thread = request.query_params.get("thread") or None
        return JSONResponse({"messages": messages_json(self.slack, user, channel.id, thread)})

    async def options(self, request: Request) -> Response:
        """Ask the app for the options of an external select."""
        asked = request.query_params
        user = self._who(asked.get("as"))
        if user is None:
            return _no("nobody is called that", 404)
        place = (asked.get("action_id", ""), asked.get("block_id") or None, asked.get("q", ""))
        try:
            found = await run_in_threadpool(submitting.options, self.slack, user, *place, asked.get("view_id") or None)
        except LookupError:
            return _no("not_found", 404)
        return JSONResponse({"options": found})

    async def act(self, request: Request) -> Response:
        """Do something as a person: `{ok, error?, errors?}`."""
        try:
            body = await request.json()
        except ValueError:
            return _no("invalid_json")
        user = self._who(body.get("as")) if isinstance(body, dict) else None
        deed = self._deed(body.get("do")) if isinstance(body, dict) else None
        if user is None or deed is None:
            return _no("unknown_deed")
        try:
            outcome = await run_in_threadpool(deed, self.slack, user, body)
        except (LookupError, ValueError, SlackError):
            outcome = NOT_THERE
        answer: Json = {"ok": outcome.ok}
        if not outcome.ok:
            answer["error"] = outcome.text or outcome.error
        elif outcome.text:
            answer["said"] = outcome.text
        if outcome.errors:
            answer["errors"] = outcome.errors
        return JSONResponse(answer)

    def _deed(self, name: Any) -> Callable[[State, str, Json], Outcome] | None:
        panel = self.workspace.outside.get(str(name))
        if panel is not None:
            return lambda state, user, body: panel.act(user, body)
        return DEEDS.get(name)

    async def clock(self, request: Request) -> Response:
        """Move the clock forward by 10m, 1h, 1d, or to the next deadline, and return the new time."""
        body = await request.json()
        step = body.get("advance")
        if step not in STEPS or self.workspace.on_advance is None:
            return _no("the clock cannot be moved so")
        await run_in_threadpool(self.workspace.on_advance, step)
        self.slack.changed()
        return JSONResponse({"ok": True, **clock_json(self.slack)})

    async def faults(self, request: Request) -> Response:
        """Switch a fault on or off."""
        body = await request.json()
        wanted = FAULTS.get(body.get("fault"))
        for panel in self.workspace.outside.values():
            if body.get("fault") in panel.faults:
                await run_in_threadpool(panel.switch, body["fault"], bool(body.get("on")))
                return JSONResponse({"ok": True})
        if wanted is None:
            return _no("unknown_fault")
        self.slack.faults.clear(wanted[0].kind)
        if body.get("on"):
            for fault in wanted:
                self.slack.faults.add(fault)
        self.slack.changed()
        return JSONResponse({"ok": True})

    async def stream(self, request: Request) -> Response:
        """Stream events to the page until it leaves or the server stops."""
        user = self._who(request.query_params.get("as"))
        if user is None:
            return _no("nobody is called that", 404)
        return StreamingResponse(
            _events(self.slack, user), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )


async def _events(state: State, user: str) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Json] = asyncio.Queue()

    def heard(event: Json) -> None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(queue.put_nowait, event)

    stop = state.listen(user, heard)
    try:
        yield ": welcome\n\n"
        while not state.stopped:
            try:
                event = await asyncio.wait_for(queue.get(), PULSE)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if event["type"] == "stopped":
                return
            if event["type"] != "changed" or queue.empty():
                yield f"data: {json.dumps(event)}\n\n"
    finally:
        stop()


def _seen(body: Json) -> tuple[str, str] | str:
    if body.get("view_id"):
        return str(body["view_id"])
    return str(body.get("channel")), str(body.get("ts"))


def _message(state: State, user: str, body: Json) -> Outcome:
    """Write a message; one that begins with `/` is a slash command."""
    text, thread = str(body.get("text", "")), body.get("thread") or None
    if text.startswith("/"):
        return acting.command(state, user, str(body.get("channel")), text, thread)
    acting.post(state, user, str(body.get("channel")), text, thread)
    return Outcome(True)


def _typed(state: State, target: Message | View, values: dict[tuple[str, str], Any]) -> None:
    """Take over what the page holds in its fields."""
    with state.lock:
        for key, value in values.items():
            if isinstance(value, dict) and value.get("type") in KEYS:
                target.typed[key] = {"type": value["type"], KEYS[value["type"]][0]: value.get(KEYS[value["type"]][0])}


def _click(state: State, user: str, body: Json) -> Outcome:
    target, blocks = acting.find_ref(state, user, _seen(body))
    _typed(state, target, flat(body.get("state") or {}))
    block_id = None if acting.drawn_anew(blocks, body) else body.get("block_id") or None
    return acting.click(state, user, _seen(body), str(body["action_id"]), block_id, selected=body.get("selected"))


def _submit(state: State, user: str, body: Json) -> Outcome:
    if submitting.top(state, user).id != body.get("view_id"):
        return NOT_THERE
    return submitting.submit(state, user, flat(body.get("state") or {}))


def _close(state: State, user: str, body: Json) -> Outcome:
    if submitting.top(state, user).id != body.get("view_id"):
        return NOT_THERE
    return submitting.close_modal(state, user)


def _read(state: State, user: str, body: Json) -> Outcome:
    channel = str(body.get("channel"))
    seen = state.visible(channel, user)
    if seen:
        state.read[user, channel] = max(one.ts for one in seen)
    return Outcome(True)


DEEDS: dict[Any, Callable[[State, str, Json], Outcome]] = {
    "message": _message,
    "click": _click,
    "submit": _submit,
    "close": _close,
    "shortcut": lambda state, user, body: acting.shortcut(state, user, str(body.get("callback_id"))),
    "message_shortcut": lambda state, user, body: acting.message_shortcut(
        state, user, str(body.get("callback_id")), str(body.get("channel")), str(body.get("ts"))
    ),
    "open_home": lambda state, user, body: acting.open_home(state, user),
    "read": _read,
}
"""What a person can do on the page."""
