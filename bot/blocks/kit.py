"""Slack's building blocks as dicts, with Slack's limits held: a block that Slack would refuse cannot be made.

Words of ours that are too long are a mistake in this package (`TooLong`); typed text is cut before it comes here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.blocks.text import clip, size
from workflows.change import Person
from workflows.ruleset import Rules

JSON = dict[str, Any]
View = dict[str, Any]

MESSAGE_BLOCKS = 50
MESSAGE_TEXT = 13_200
VIEW_BLOCKS = 100
CARD_BLOCKS = 10
CARD_TEXT = 2_500
NOTIFICATION = 300


class TooLong(ValueError):
    """A text or a list of ours is longer than Slack takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a drawing needs besides the case.

    `zone`: of the reader, or of the workspace for a channel. `shared`: many readers, so times are date tokens.
    `pings`: the person ids and group names that may be mentions; None: all (an update pings nobody).
    `group_mentions`: approver group → Slack user group id. `incidents`: id of the channel of the main cards.
    `github_web`: the address of GitHub's pages without a slash at its end; "" links nothing to it.
    """

    people: Mapping[str, Person]
    rules: Rules
    now: datetime
    zone: str
    group_mentions: Mapping[str, str] = field(default_factory=dict)
    shared: bool = False
    pings: frozenset[str] | None = None
    workspace: str = ""
    incidents: str = ""
    github_web: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A message: `text` is a whole sentence (notification, screen readers), `blocks` what is drawn."""

    text: str
    blocks: tuple[JSON, ...]


def within(text: str, limit: int, what: str) -> str:
    """`text`, which is not empty and at most `limit` UTF-16 units; raises TooLong."""
    if not text or size(text) > limit:
        raise TooLong(f"{what}: {size(text)} units, {limit} allowed")
    return text


def clipped(text: str, limit: int) -> str:
    """`text` cut to `limit` units: for a line of ours in which typed text stands."""
    return clip(text, limit)


def drawing(text: str, blocks: Sequence[JSON]) -> Drawing:
    """A message within Slack's limits; raises TooLong."""
    if len(blocks) > MESSAGE_BLOCKS:
        raise TooLong(f"message: {len(blocks)} blocks")
    if weight(blocks) > MESSAGE_TEXT:
        raise TooLong(f"message: {weight(blocks)} units of text")
    return Drawing(clip(text, NOTIFICATION), tuple(blocks))


def card_drawing(text: str, blocks: Sequence[JSON]) -> Drawing:
    """A channel card within the house's budget (10 blocks, 2 500 units of text); raises TooLong."""
    if len(blocks) > CARD_BLOCKS or weight(blocks) > CARD_TEXT:
        raise TooLong(f"card: {len(blocks)} blocks, {weight(blocks)} units of text")
    return drawing(text, blocks)


def weight(part: object) -> int:
    """The text in blocks as it is shown: every `text`, mention and date in them, in UTF-16 units."""
    if isinstance(part, Mapping):
        own = part.get("text")
        mine = size(own) if isinstance(own, str) else 0
        mine += 12 if part.get("type") in ("user", "usergroup", "date", "channel") else 0
        return mine + sum(weight(value) for key, value in part.items() if key != "confirm")
    if isinstance(part, list | tuple):
        return sum(weight(one) for one in part)
    return 0


def plain(text: str, limit: int = 3000) -> JSON:
    """A `plain_text` object."""
    return {"type": "plain_text", "text": within(text, limit, "plain text"), "emoji": True}


def markdown(text: str, limit: int = 3000) -> JSON:
    """A `mrkdwn` object that links nothing by itself."""
    return {"type": "mrkdwn", "text": within(text, limit, "mrkdwn"), "verbatim": True}


def header(text: str) -> JSON:
    return {"type": "header", "text": plain(text, 150)}


def section(text: str) -> JSON:
    return {"type": "section", "text": markdown(text)}


def section_with(text: JSON, accessory: JSON, block_id: str) -> JSON:
    """A line with one control at its end."""
    block = within(block_id, 255, "block_id")
    return {"type": "section", "block_id": block, "text": text, "accessory": accessory}


def fields(texts: Sequence[JSON]) -> JSON:
    """Up to ten short text objects in two columns."""
    if not 1 <= len(texts) <= 10:
        raise TooLong(f"section: {len(texts)} fields")
    return {"type": "section", "fields": list(texts)}


def rich_text(sections: Sequence[list[JSON]]) -> JSON:
    """One `rich_text` block; each list of elements is a paragraph."""
    made = [{"type": "rich_text_section", "elements": elements} for elements in sections if elements]
    if not made:
        raise TooLong("rich text: nothing to draw")
    for one in made[:-1]:
        one["elements"] = [*one["elements"], {"type": "text", "text": "\n"}]
    return {"type": "rich_text", "elements": made}


def context(elements: Sequence[JSON]) -> JSON:
    if not 1 <= len(elements) <= 10:
        raise TooLong(f"context: {len(elements)} elements")
    return {"type": "context", "elements": list(elements)}


def divider() -> JSON:
    return {"type": "divider"}


def actions(buttons: Sequence[JSON], block_id: str | None = None) -> JSON:
    """A row of controls; each `action_id` once."""
    names = [one["action_id"] for one in buttons]
    if not 1 <= len(buttons) <= 25 or len(set(names)) < len(names):
        raise TooLong(f"actions: {names}")
    made: JSON = {"type": "actions", "elements": list(buttons)}
    if block_id:
        made["block_id"] = within(block_id, 255, "block_id")
    return made


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    about: str,
    style: str | None = None,
    confirm: JSON | None = None,
) -> JSON:
    """A button; a screen reader says `{label} {about}`."""
    made: JSON = {
        "type": "button",
        "text": plain(label, 75),
        "action_id": within(action_id, 255, "action_id"),
        "value": within(value, 2000, "value"),
        "accessibility_label": within(f"{label} {about}".strip(), 75, "accessibility_label"),
    }
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = confirm
    return made


def confirmation(title: str, text: str, yes: str, no: str) -> JSON:
    """The dialog before a button acts; typed text in it is cut."""
    return {
        "title": plain(title, 100),
        "text": plain(clip(text, 300), 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[JSON],
    *,
    submit: str | None,
    metadata: str = "",
    close: str = "Cancel",
) -> View:
    """A modal that tells us when it is closed; raises TooLong."""
    if len(blocks) > VIEW_BLOCKS:
        raise TooLong(f"view: {len(blocks)} blocks")
    made: View = {
        "type": "modal",
        "callback_id": within(callback_id, 255, "callback_id"),
        "title": plain(title, 24),
        "close": plain(close, 24),
        "blocks": list(blocks),
        "notify_on_close": True,
    }
    if metadata:
        made["private_metadata"] = within(metadata, 3000, "private_metadata")
    if submit:
        made["submit"] = plain(submit, 24)
    return made
