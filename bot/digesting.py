"""The weekly digest: `/change digest`, the post on Monday, and `Mark done`, once for each week."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot import telling
from bot.blocks import digest as drawn
from bot.blocks.kit import Drawing
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Click
from bot.once import Reply, once
from bot.scenes import scene
from workflows import digest, persons, weeks
from workflows.digested import Seen
from workflows.outbox import Row
from workflows.ruleset import Rules
from workflows.turn import Turn
from workflows.weeks import Week

EVERY = timedelta(minutes=1)
LOOKED = "digest_looked"


@dataclass(frozen=True, slots=True)
class Digests:
    """The post: due on Monday morning in the policy's zone, and after downtime as soon as we are back."""

    desk: Desk

    def ticks(self) -> Mapping[str, tuple[timedelta, Callable[[], object]]]:
        """What the worker does again and again."""
        return {"digest": (EVERY, self)}

    def __call__(self) -> str | None:
        """Put the post that is due into the outbox; the name of its week, or None."""
        if not self.desk.policy.writable:
            return None
        now = self.desk.clock.now()
        with self.desk.db.read() as tx:
            week = digest.due(tx, self.desk.policy.rules, now=now)
        if week is None:
            return None
        with self.desk.db.write() as tx:
            digest.post(tx, week, now=now, new_id=self.desk.new_id)
        return week.name


def answer(tx: Connection, caller: Caller, words: str, *, pages: str) -> Drawing:
    """`/change digest`: the last week; "this": the running one; "2026-W47": that one."""
    rules, now = caller.rules, caller.now
    view = scene(tx, rules, now=now, people={caller.actor.person}, zone=caller.zone)
    week: Week | None = weeks.before(now, rules.zone)
    if words.strip():
        this = words.strip().casefold() == "this"
        week = weeks.containing(now, rules.zone) if this else weeks.named(words, rules.zone)
    if week is None or week.since > now:
        return drawn.unknown_week(words, view)
    found = digest.of(tx, week, rules, now=now)
    people = {caller.actor.person, found.seen.by if found.seen else ""}
    return drawn.digest(found, scene(tx, rules, now=now, people=people, zone=caller.zone), pages=pages)


def looked(desk: Desk, caller: Caller, click: Click) -> Any:
    """`Mark done`: the meeting looked at the week. Whoever presses later hears who did."""
    week = weeks.named(click.about.change, caller.rules.zone)
    if week is None or week.until > caller.now:
        return None

    def work(turn: Turn) -> Reply:
        seen = digest.look(turn, week)
        told = {"week": week.name, "by": seen.by, "at": seen.at.isoformat(), "anew": seen.anew}
        if not (seen.anew and digest.posted(turn.tx, week)):
            telling.whisper(turn, caller, template=LOOKED, payload=told, change=None, channel=click.channel)
        return Reply()

    return once(desk, caller, work)


def draws(
    rules: Callable[[], Rules], now: Callable[[], datetime], pages: str
) -> Mapping[str, Callable[[Connection, Row], Drawing]]:
    """Template → how it is drawn: the post, and what whoever pressed Mark done reads."""

    def post(tx: Connection, row: Row) -> Drawing:
        found = digest.of(tx, _week(row, rules()), rules(), now=now())
        people = {found.seen.by} if found.seen else set[str]()
        return drawn.digest(found, scene(tx, rules(), now=now(), people=people, shared=True), pages=pages)

    def told(tx: Connection, row: Row) -> Drawing:
        given, person = row.payload, str(row.payload["person"])
        seen = Seen(str(given["by"]), datetime.fromisoformat(str(given["at"])), bool(given["anew"]))
        known = persons.by_id(tx, [person]).get(person)
        zone = (known.zone or "") if known else ""
        return drawn.looked(
            seen, _week(row, rules()), scene(tx, rules(), now=now(), people={person, seen.by}, zone=zone)
        )

    return {digest.TEMPLATE: post, LOOKED: told}


def _week(row: Row, rules: Rules) -> Week:
    """Raises LookupError for a row that no week was named in."""
    week = weeks.named(str(row.payload["week"]), rules.zone)
    if week is None:
        raise LookupError(row.payload["week"])
    return week
