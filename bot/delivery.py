"""One claimed outbox row: draw it, find its address, mark it, send it, settle it.

No transaction is open while Slack is asked. A row that is found marked may have arrived before: it is looked
up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from bot import places
from bot.addressbook import Addressbook
from bot.outcomes import Attempt, Outcomes
from bot.places import Target, Way
from bot.slack import Slack, digest
from bot.slack_errors import SendFailed
from workflows import settlements
from workflows.backoff import Trouble
from workflows.models import changes, outbox
from workflows.outbox import Row

LEASE = timedelta(seconds=30)
"""Longer than the slowest send takes; what a killed process was sending is looked up and done within a minute."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a place is to show: `text` a whole sentence, `blocks` as Slack wants them.

    `also_channel`: a line in a thread that the channel is to see too.
    """

    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    also_channel: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """There is nothing to show (any more); the row counts as sent."""

    why: str = ""


Draw = Callable[[Connection, Row], Drawing | Skip]
Step = Callable[[str, Row], None]
Sending = Callable[[Callable[[], Any]], Any]
# Brings a place that is not in Slack up to date: all of it, each request through `Sending`. Raises SendFailed.
Beyond = Callable[[Attempt, Sending], Mapping[str, Any] | None]


class Overtaken(Exception):
    """The lease ran out and somebody else holds the row: it is theirs to send."""


def no_step(name: str, row: Row) -> None:
    """Outside of tests nothing happens between the steps."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be shown, where, and the digest of it."""

    drawing: Drawing
    target: Target | None
    shows: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivers claimed rows; safe to use from many threads.

    `draw`: template → what it shows, called in a short read transaction. `beyond`: templates that go elsewhere than to
    Slack. `step` is called with a name between the steps ("claimed", "marked", "sent"); only the crash tests set it.
    """

    slack: Slack
    book: Addressbook
    outcomes: Outcomes
    draw: Mapping[str, Draw]
    step: Step = no_step
    beyond: Mapping[str, Beyond] = field(default_factory=dict)
    log: Any = field(default_factory=lambda: structlog.get_logger("delivery"))

    def deliver(self, row: Row) -> None:
        """Bring the place of the row up to date, or settle why not. Raises only for faults of the
        database.
        """
        self.step("claimed", row)
        attempt = Attempt(row, row.wanted, row.first_try_at is not None)
        try:
            remote = self._bring(attempt)
        except SendFailed as failed:
            if failed.trouble is Trouble.WRONG_ADDRESS:
                self.book.forget()
            self.outcomes.failed(attempt, failed)
        except Overtaken:
            self.log.warning("overtaken", row=row.id, place=row.place)
        except SQLAlchemyError:
            raise
        except Exception as fault:
            self.log.error("poison", row=row.id, template=row.template, fault=type(fault).__name__, exc_info=True)
            self.outcomes.failed(attempt, SendFailed(Trouble.POISON, f"poison: {type(fault).__name__}"))
        else:
            self.outcomes.succeeded(attempt, remote)

    def _bring(self, attempt: Attempt) -> Mapping[str, Any] | None:
        """Bring the place up to date, and return where the message is now. Raises SendFailed."""
        beyond = self.beyond.get(attempt.row.template)
        if beyond is not None:
            return beyond(attempt, partial(self._sending, attempt))
        plan = self._plan(attempt)
        return attempt.row.remote if plan is None else self._send(attempt, plan)

    def _plan(self, attempt: Attempt) -> Plan | None:
        """Read what the place wants by now, draw it, and choose the address; None: there is nothing to
        show.
        """
        row, target = attempt.row, None
        with self.outcomes.db.read() as tx:
            attempt.key = tx.scalar(select(changes.c.key).where(changes.c.id == row.change))
            attempt.version = tx.scalar(select(outbox.c.wanted).where(outbox.c.id == row.id)) or row.wanted
            drawing = self.draw[row.template](tx, row)
            if isinstance(drawing, Skip):
                return None
            if not row.remote:
                target = places.target(tx, row, self.outcomes.addresses())
        if row.payload.get("_plain"):
            drawing = replace(drawing, blocks=[])
        if target and target.mention:
            drawing = _addressed(drawing, target.mention)
        return Plan(drawing, target, digest(drawing.text, drawing.blocks))

    def _send(self, attempt: Attempt, plan: Plan) -> Mapping[str, Any] | None:
        """Send, and return where the message is now. Raises SendFailed."""
        row, drawing, target = attempt.row, plan.drawing, plan.target
        if row.remote:
            return self._update(attempt, plan, row.remote)
        if target is None or target.way is Way.HOME:
            user = target.user if target else ""
            self._sending(attempt, lambda: self.slack.publish_home(user, drawing.blocks))
            return None
        channel = self.book.channel(target.channel) if target.channel else self.book.dm(target.user)
        if target.way is Way.WHISPER:
            self._sending(
                attempt,
                lambda: self.slack.whisper(channel, target.user, drawing.text, drawing.blocks, id=row.id),
            )
            return None
        return self._post(attempt, plan, channel, target.thread)

    def _post(self, attempt: Attempt, plan: Plan, channel: str, thread: str | None) -> Mapping[str, Any]:
        row, drawing = attempt.row, plan.drawing
        if attempt.unsettled and row.first_try_at:
            ts = self._look_up(channel, row, row.first_try_at, thread)
            attempt.unsettled = False
            if ts is not None:
                self.log.info("found", row=row.id, place=row.place)
                found = {"channel": channel, "ts": ts}
                return found if row.kind == "notice" else self._update(attempt, plan, found)
        post = partial(self.slack.post, channel, drawing.text, drawing.blocks, id=row.id)
        where, ts = self._sending(
            attempt, lambda: post(thread=thread, broadcast=drawing.also_channel and thread is not None)
        )
        return {"channel": where, "ts": ts, "shows": plan.shows}

    def _update(self, attempt: Attempt, plan: Plan, remote: Mapping[str, Any]) -> Mapping[str, Any]:
        if remote.get("shows") == plan.shows and not attempt.unsettled:
            return remote
        channel, ts = str(remote["channel"]), str(remote["ts"])
        text, blocks = plan.drawing.text, plan.drawing.blocks
        self._sending(attempt, lambda: self.slack.update(channel, ts, text, blocks, id=attempt.row.id))
        return {"channel": channel, "ts": ts, "shows": plan.shows}

    def _sending(self, attempt: Attempt, send: Callable[[], T]) -> T:
        """Mark the row, then send."""
        with self.outcomes.db.write() as tx:
            if not settlements.mark(tx, attempt.row, real=self.outcomes.clock.real(), lease=LEASE):
                raise Overtaken
        self.step("marked", attempt.row)
        try:
            answer = send()
        except SendFailed as failed:
            attempt.unsettled = failed.trouble is Trouble.AMBIGUOUS
            raise
        attempt.sent = True
        self.step("sent", attempt.row)
        return answer

    def _look_up(self, channel: str, row: Row, since: datetime, thread: str | None) -> str | None:
        """Where an earlier try arrived. Not being allowed to look, or nowhere to look, is as good as
        nothing.
        """
        try:
            return self.slack.find(channel, id=row.id, since=since, thread=thread)
        except SendFailed as failed:
            if failed.error.startswith("missing_scope") or failed.trouble is Trouble.WRONG_ADDRESS:
                return None
            raise


def _addressed(drawing: Drawing, user: str) -> Drawing:
    """A private message in a channel, with the person named, so that they hear of it."""
    mention = {"type": "section", "text": {"type": "mrkdwn", "text": f"<@{user}>"}}
    blocks = [mention, *drawing.blocks] if drawing.blocks else []
    return replace(drawing, text=f"<@{user}> {drawing.text}", blocks=blocks)
