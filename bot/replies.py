"""What Slack's HTTP answer can carry: nothing, a private message, errors at fields, another view, options."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from slack_bolt import BoltResponse

JSON = dict[str, Any]


def response(body: Any, status: int = 200) -> BoltResponse:
    """The answer with this JSON value; None is an empty one."""
    if body is None:
        return BoltResponse(status=status, body="")
    return BoltResponse(
        status=status, body=json.dumps(body), headers={"content-type": "application/json;charset=utf-8"}
    )


def private(text: str, blocks: Sequence[JSON] = ()) -> JSON:
    """A message that only whoever typed the command sees."""
    made: JSON = {"response_type": "ephemeral", "text": text}
    return made | ({"blocks": list(blocks)} if blocks else {})


def errors(fields: Mapping[str, str]) -> JSON:
    """Words at fields of the modal, which stays open with what was typed."""
    return {"response_action": "errors", "errors": dict(fields)}


def update(view: Mapping[str, Any]) -> JSON:
    """Another view in place of the submitted one."""
    return {"response_action": "update", "view": dict(view)}


def clear() -> JSON:
    """Close every modal of the stack."""
    return {"response_action": "clear"}


def options(found: Sequence[tuple[str, str]]) -> JSON:
    """(label, value) pairs for an external select, within Slack's limits."""
    made = [
        {"text": {"type": "plain_text", "text": label[:75] or "—"}, "value": value[:150]}
        for label, value in found[:100]
    ]
    return {"options": made}
