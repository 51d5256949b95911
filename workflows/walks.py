"""When the whole record was last walked through, event by event, and what that found.

Comparing with anchors looks at hashes as they are stored; only a walk makes each of them again from the bytes. What a
walk finds wrong closes the gate and is told, as when an anchor saw another record; somebody may accept it by name.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, select

from workflows import checkpoints, facts, history
from workflows.history import Differs
from workflows.models import events
from workflows.quiet import zone_of
from workflows.verify import SYSTEM

FACT, SUBJECT = "walk", "record"
QUIET = time(3)
"""When it is done each day, on the clock of the policy's zone."""
YOUNG = timedelta(hours=1)
"""A record that began less than this ago is not walked through yet."""
FRESH = timedelta(days=2)
"""For so long people are told that the record is unbroken; after that nobody knows."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk begun `at`: `wrong` things were found, of which `bad` are the first, in words; 0: the record is unbroken.

    `size`: how many events the newest checkpoint covered. `anchors`: the places whose checkpoints were held against it.
    """

    at: datetime
    events: int
    size: int
    wrong: int
    bad: tuple[str, ...]
    anchors: tuple[str, ...]

    def fresh(self, now: datetime) -> bool:
        """Whether it still says something of the record as it is."""
        return now - self.at < FRESH


def last(tx: Connection) -> Walk | None:
    """The last walk; None: there was none."""
    fact = facts.get(tx, FACT, SUBJECT)
    if fact is None or not fact.value or fact.as_of is None:
        return None
    told = {**fact.value, "bad": tuple(fact.value["bad"]), "anchors": tuple(fact.value["anchors"])}
    return Walk(at=fact.as_of, **told)


def due(tx: Connection, *, now: datetime, zone: str) -> bool:
    """Whether the record was not walked through since the last quiet hour."""
    known = last(tx)
    if known is not None and quiet_before(now, zone) <= known.at <= now:
        return False
    began = tx.scalar(select(events.c.at).where(events.c.subject == SYSTEM, events.c.seq == 1))
    return began is not None and now - began >= YOUNG


def quiet_before(now: datetime, zone: str) -> datetime:
    """The last quiet hour up to `now`."""
    local = now.astimezone(zone_of(zone))
    today = datetime.combine(local.date(), QUIET, local.tzinfo)
    return today if today <= local else datetime.combine(local.date() - timedelta(days=1), QUIET, local.tzinfo)


def keep(tx: Connection, walk: Walk, *, escalations: str, now: datetime, new_id: Callable[[], str]) -> bool:
    """Keep what a walk found; when something was wrong that nobody knows of, close the gate and tell people: True."""
    told = {name: value for name, value in asdict(walk).items() if name != "at"}
    facts.put(tx, FACT, SUBJECT, told, as_of=walk.at, now=now)
    if not walk.wrong or history.fault(tx) is not None:
        return False
    differs = Differs("the check", "edited", walk.size, _named(walk.bad), checkpoints.length(tx))
    if history.accepted(tx, differs):
        return False
    return history.noticed(tx, differs, escalations=escalations, now=now, new_id=new_id)


def _named(bad: Sequence[str]) -> str:
    """One name for what was found, so that it is told once, and accepting it accepts nothing else."""
    return hashlib.sha256("\n".join(bad).encode(errors="backslashreplace")).hexdigest()
