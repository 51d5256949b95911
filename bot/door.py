"""HTTP and Socket Mode share this one door: a checked body → Bolt → an answer, always, and never an exception."""

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import App, BoltRequest

from bot.home import EVENTS
from bot.wire import Malformed, Shape, shape, text

# Bolt logs whole bodies at INFO and WARNING; ours is the only log line of a delivery.
_TALKATIVE = ("slack_bolt", "slack_bolt.App", "slack_sdk")


# Parts that Bolt would look into, and nobody here does: `caller` finds out who acts.
_UNREAD = frozenset({"authorizations", "response_urls", "previous_message", "assistant_thread", "function_data"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What Slack is told: `body` is JSON when `json` is set."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def payload(self) -> Any:
        """The body as a value for a Socket Mode envelope; None when there is none."""
        if not self.body:
            return None
        return json.loads(self.body) if self.body[:1] in "{[" else {"text": self.body}


def take(app: App, body: dict[str, Any], *, key: str) -> Answer:
    """Answer one verified delivery. `key` is the inbox key."""
    try:
        kind = shape(body)
    except (Malformed, RecursionError):
        return Answer(400, '{"error":"malformed"}', {"content-type": "application/json"})
    if kind is Shape.CHALLENGE:
        challenge = json.dumps({"challenge": text(body, "challenge")})
        return Answer(200, challenge, {"content-type": "application/json"})
    if kind is Shape.OTHER or (kind is Shape.EVENT and text(body, "event", "type") not in EVENTS):
        return Answer()
    if kind in (Shape.SUBMISSION, Shape.CLOSED):
        body["view"].setdefault("type", "modal")  # Bolt reads it without asking
    # Bolt's Socket Mode takes the parsed body as it is, and checks no signature: `signatures` already did.
    known = {name: value for name, value in body.items() if value is not None and name not in _UNREAD}
    request = BoltRequest(body=known, mode="socket_mode", context={"delivery": key, "shape": kind})
    response = app.dispatch(request)
    headers = {name: values[0] for name, values in response.headers.items() if values}
    return Answer(response.status, response.body or "", headers)


def quiet() -> None:
    """Keep bodies and tokens out of the log: only Bolt's errors are let through."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
