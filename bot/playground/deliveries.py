"""Deliveries to the app: signed HTTP, or an envelope when a socket is connected."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.playground import faults
from bot.playground.ids import new_id
from bot.playground.records import Delivery, Json
from bot.playground.state import State

AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"

ENVELOPES = {"command": "slash_commands", "interaction": "interactive", "event": "events_api"}

UNREAD = {"url_verification", "message", "app_mention"}
"""Events that an app gets only when its manifest asks for them; without a manifest it gets the others."""


@dataclass(frozen=True)
class Answer:
    """What the app answered: `error` is None, operation_timeout, dispatch_failed or answer_lost."""

    status: int
    body: Any
    error: str | None
    elapsed_ms: float
    final: bool = False


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return Slack's v0 signature of a body."""
    base = b"v0:%d:" % timestamp + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def deliver(state: State, kind: str, payload: Json, retry: tuple[int, str] | None = None) -> Answer:
    """Send one `command`, `interaction` or `event` and wait for the answer, at most three seconds of real time."""
    began = time.perf_counter()
    twice = faults.take(state.faults, ("duplicate",), kind) is not None
    lost = faults.take(state.faults, ("lose_ack",), kind) is not None
    if state.sockets.connected():
        answer = _over_socket(state, kind, payload, retry)
        if twice:
            _over_socket(state, kind, payload, (1, "http_timeout"))
    else:
        answer = _over_http(state, kind, payload, retry, twice)
    elapsed = (time.perf_counter() - began) * 1000
    answer = Answer(answer.status, answer.body, "answer_lost" if lost else answer.error, elapsed, answer.final)
    with state.lock:
        state.deliveries.append(Delivery(kind, payload, state.real(), answer.status, answer.error))
    return answer


def _over_socket(state: State, kind: str, payload: Json, retry: tuple[int, str] | None) -> Answer:
    answers = kind != "event"
    future = state.sockets.ask(ENVELOPES[kind], payload, answers=answers, retry=retry)
    if future is None:
        return Answer(0, None, "dispatch_failed", 0.0)
    try:
        return Answer(200, future.result(state.ack_timeout), None, 0.0)
    except Late:
        return Answer(0, None, "operation_timeout", 0.0)


def _encode(kind: str, payload: Json) -> tuple[bytes, str]:
    if kind == "event":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "command" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _over_http(state: State, kind: str, payload: Json, retry: tuple[int, str] | None, twice: bool) -> Answer:
    app = state.app()
    if app.request_url is None:
        return Answer(0, None, "dispatch_failed", 0.0)
    body, content_type = _encode(kind, payload)
    moment = int(state.real())
    headers = {
        "Content-Type": content_type,
        "User-Agent": AGENT,
        "Connection": "close",
        "X-Slack-Request-Timestamp": str(moment),
        "X-Slack-Signature": sign(app.signing_secret, moment, body),
    }
    if retry is not None:
        headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
    answer = _post(app.request_url, body, headers, state.ack_timeout)
    if twice:
        again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"} if kind == "event" else {}
        _post(app.request_url, body, headers | again, state.ack_timeout)
    return answer


def _post(url: str, body: bytes, headers: dict[str, str], timeout: float) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    try:
        connection.request("POST", parts.path or "/", body, headers)
        response = connection.getresponse()
        content = response.read()
    except TimeoutError:
        return Answer(0, None, "operation_timeout", 0.0)
    except (OSError, http.client.HTTPException):
        return Answer(0, None, "dispatch_failed", 0.0)
    finally:
        connection.close()
    error = None if response.status == 200 else "dispatch_failed"
    final = response.getheader("X-Slack-No-Retry") == "1"
    return Answer(response.status, _parse(content), error, 0.0, final)


def _parse(content: bytes) -> Any:
    text = content.decode("utf-8", "replace")
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def subscribed(state: State, event_type: str) -> bool:
    """Say whether the app gets this event: as its manifest says, or without one all but messages."""
    manifest = state.app().manifest
    if manifest is None:
        return event_type not in UNREAD
    settings = manifest.get("settings", {}).get("event_subscriptions", {})
    return event_type in settings.get("bot_events", [])


def deliver_event(state: State, event: Json) -> Answer | None:
    """Send an event if the app is subscribed; one that was not answered with 200 is sent again up to three times.

    The first attempt is made here, the others in the background after `state.event_delays` seconds.
    """
    if state.install is None or not subscribed(state, event["type"]):
        return None
    app = state.app()
    moment = state.epoch()
    authorization = {"enterprise_id": None, "team_id": state.team_id, "user_id": app.bot_user, "is_bot": True}
    wrapper = {
        "token": "verification-token-of-the-playground",
        "team_id": state.team_id,
        "context_team_id": state.team_id,
        "context_enterprise_id": None,
        "api_app_id": app.app_id,
        "event": {**event, "event_ts": event.get("event_ts") or f"{moment}.000100"},
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": moment,
        "authed_users": [app.bot_user],
        "authorizations": [authorization | {"is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }
    answer = deliver(state, "event", wrapper)
    if answer.error and not answer.final:
        thread = threading.Thread(target=_resend, args=(state, wrapper, answer), daemon=True)
        with state.lock:
            state.resends = [one for one in state.resends if one.is_alive()] + [thread]
        thread.start()
    return answer


def _resend(state: State, wrapper: Json, answer: Answer) -> None:
    for number, delay in enumerate(state.event_delays, 1):
        if state.closing.wait(delay):
            return
        reason = "http_timeout" if answer.error == "operation_timeout" else "http_error"
        answer = deliver(state, "event", wrapper, (number, reason))
        if not answer.error or answer.final:
            return
