"""HTTP and Socket Mode share this one door: a checked body → Bolt → an answer, always, and never an exception."""

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import App, BoltRequest

from bot.wire import Malformed, Shape, at, shape, text

# Bolt logs whole bodies at INFO and WARNING; ours is the only log line of a delivery.
_TALKATIVE = ("slack_bolt", "slack_bolt.App", "slack_sdk")


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
    if kind is Shape.OTHER or (kind is Shape.EVENT and at(body, "event", "type") == "message"):
        return Answer()
    # Bolt's Socket Mode takes the parsed body as it is, and checks no signature: `signatures` already did.
    request = BoltRequest(body=body, mode="socket_mode", context={"delivery": key, "shape": kind})
    response = app.dispatch(request)
    headers = {name: values[0] for name, values in response.headers.items() if values}
    return Answer(response.status, response.body or "", headers)


def quiet() -> None:
    """Keep bodies and tokens out of the log: only Bolt's errors are let through."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
