"""A person of a story: what they type, press and fill in, and what they see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.playground.records import Message, Outcome
from tests.world.seen import Seen, seen

if TYPE_CHECKING:
    from tests.world.story import World

ANSWER = "v"


class Someone:
    """Acts through the stand-in Slack, by signed deliveries; after each act the outbox is delivered."""

    def __init__(self, world: World, id: str, name: str) -> None:
        """`id` is the Slack account, `name` what the others call them."""
        self._world = world
        self.id = id
        self.name = name

    @property
    def person(self) -> str:
        """Their id in the record. AssertionError: the record does not know them."""
        return self._world.person(self.id)

    # Acting

    def types(self, text: str, channel: str = "incidents", thread: str | None = None) -> Outcome:
        """Type a slash command."""
        return self._then(lambda: self._world.slack.command(self.id, channel, text, thread))

    def presses(self, label: str, on: Seen | None = None, *, about: str = "", nth: int = 0) -> Outcome:
        """Press the button of that name, on the open modal unless told otherwise.

        Where several changes have one, `about` is the key of the change that is meant.
        """
        target = on or self.modal
        change = self._world.case(about).id if about else ""
        found = [
            (action, block)
            for name, action, block in target.buttons
            if name == label and (not change or self._carries(target, block, action, change))
        ]
        if len(found) <= nth:
            raise AssertionError(f"{self.name} sees no {label!r} {about}, but {target.labels}")
        action, block = found[nth]
        return self._then(lambda: self._world.slack.click(self.id, target.what, action, block))

    def chooses(self, field: str, value: Any) -> Outcome:
        """Choose in a field of the open modal that the form reacts to."""
        view = self.modal.what
        return self._then(lambda: self._world.slack.click(self.id, view, ANSWER, field, selected=value))

    def submits(self, **fields: Any) -> Outcome:
        """Fill in the open modal and submit it; times may be datetimes, and what is looked up is looked up first."""
        looked_up = self._looked_up()
        given = {name: self._found(name, value) if name in looked_up else value for name, value in fields.items()}
        values = {(name, ANSWER): _as_slack(value) for name, value in given.items()}
        return self._then(lambda: self._world.slack.submit(self.id, values))

    def closes(self) -> Outcome:
        """Close the open modal."""
        return self._then(lambda: self._world.slack.close_modal(self.id))

    def uses(self, shortcut: str, on: Message | None = None) -> Outcome:
        """Use a shortcut, global or on a message, by its callback id."""
        slack = self._world.slack
        if on is None:
            return self._then(lambda: slack.shortcut(self.id, shortcut))
        return self._then(lambda: slack.message_shortcut(self.id, shortcut, on.channel, on.ts))

    def says(self, text: str, channel: str = "incidents", thread: str | None = None) -> Message:
        """Write a message."""
        return self._world.slack.post(self.id, channel, text, thread)

    def searches(self, field: str, query: str) -> list[str]:
        """Search an external select of the open modal; the texts offered."""
        return [one["text"]["text"] for one in self._world.slack.options(self.id, ANSWER, field, query)]

    def _looked_up(self) -> set[str]:
        view = self._world.slack.modal(self.id)
        blocks = view.blocks if view is not None else []
        return {one["block_id"] for one in blocks if one.get("element", {}).get("type") == "external_select"}

    def _found(self, field: str, value: Any) -> Any:
        """The value of the option that is meant: one that is offered for it, else what takes it as it was typed."""
        if not isinstance(value, str) or not value:
            return value
        offered = [one["value"] for one in self._world.slack.options(self.id, ANSWER, field, value)]
        return offered[-1] if offered and value not in offered else value

    def _then(self, act: Callable[[], Outcome]) -> Outcome:
        outcome = act()
        self._world.settle()
        return outcome

    def _carries(self, target: Seen, block: str, action: str, change: str) -> bool:
        elements = [
            one
            for found in target.what.blocks
            if found.get("block_id") == block
            for one in found.get("elements", [found.get("accessory")])
        ]
        return any(one["action_id"] == action and one["value"].startswith(f"{change}:") for one in elements)

    # Seeing

    @property
    def modal(self) -> Seen:
        """The modal on top. AssertionError: none is open."""
        view = self._world.slack.modal(self.id)
        if view is None:
            said = [line.words for line in self.private()][-2:]
            raise AssertionError(f"{self.name} sees no modal; the last private lines: {said}")
        return seen(view, self._world.names)

    @property
    def sees_modal(self) -> bool:
        """Whether a modal is open."""
        return self._world.slack.modal(self.id) is not None

    @property
    def dms(self) -> list[Seen]:
        """What the bot wrote to them alone, oldest first."""
        found = self._world.slack.messages(self._world.slack.dm(self.id), self.id)
        return [seen(one, self._world.names) for one in found if one.by_app]

    def dm(self, *parts: str) -> Seen:
        """The newest of these that has all `parts` in its words or text. AssertionError: there is none."""
        return _newest(self.dms, parts, f"{self.name}'s messages")

    def private(self, channel: str = "incidents") -> list[Seen]:
        """The lines in a channel that only they see, oldest first; Slack's own are not among them."""
        found = self._world.slack.messages(channel, self.id)
        return [seen(m, self._world.names) for m in found if m.ephemeral_for == self.id and not m.system]

    def told(self, *parts: str, channel: str = "incidents") -> Seen:
        """The newest private line that has all `parts`. AssertionError: there is none."""
        return _newest(self.private(channel), parts, f"{self.name}'s private lines")

    @property
    def home(self) -> Seen:
        """Their App Home, opened now."""
        self._then(lambda: self._world.slack.open_home(self.id))
        view = self._world.slack.home(self.id)
        if view is None:
            raise AssertionError(f"{self.name} sees no App Home")
        return seen(view, self._world.names)

    @property
    def home_as_it_is(self) -> Seen:
        """Their App Home as it was published last."""
        view = self._world.slack.home(self.id)
        if view is None:
            raise AssertionError(f"{self.name} never saw an App Home")
        return seen(view, self._world.names)

    @property
    def notified(self) -> list[str]:
        """The notifications of the bot's messages to them alone, oldest first."""
        mine = self._world.slack.dm(self.id)
        notes = self._world.slack.state.notes
        return [self._world.shown(one.text) for one in notes if one.user == self.id and one.channel == mine]


def _as_slack(value: Any) -> Any:
    return int(value.timestamp()) if isinstance(value, datetime) else value


def _newest(found: list[Seen], parts: tuple[str, ...], where: str) -> Seen:
    for one in reversed(found):
        if all(part in one.words or part in one.text for part in parts):
            return one
    there = "\n---\n".join(f"({one.text})\n{one.words}" for one in found[-6:])
    raise AssertionError(f"nothing with {parts} in {where}:\n{there}")
