"""Which requests GitHub is read for and when, and what the record already knows for a reading."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from workflows import facts, read_times
from workflows.case import Case
from workflows.change import UNDECIDED, Kind, Status
from workflows.db import Database
from workflows.models import changes
from workflows.models import facts as readings
from workflows.ruleset import Condition, Rules

EVERY = timedelta(minutes=1)
SOON = timedelta(seconds=10)  # what was never read
PUSHED = "github-push"
STAGING = ("staging",)
OPEN = tuple(s.value for s in (*UNDECIDED, Status.APPROVED, Status.PROCEEDING))


@dataclass(frozen=True, slots=True)
class Pushers(Mapping[str, str]):
    """SHA → who pushed it, of one repository, looked up as it is asked for."""

    db: Database
    repository: str

    def __getitem__(self, sha: str) -> str:
        with self.db.read() as tx:
            fact = facts.get(tx, PUSHED, pushed_key(self.repository, sha))
        if fact is None or not fact.value:
            raise KeyError(sha)
        return str(fact.value)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def pushed_key(repository: str, sha: str) -> str:
    return f"{repository.lower()}@{sha}"


def wanted(case: Case) -> bool:
    """Whether GitHub is read for it: a deploy that is open and was asked for while a GitHub was configured."""
    asked = case.kind is Kind.DEPLOY and case.status.value in OPEN and not case.unlinked
    return asked and bool(case.repository) and bool(case.ref or case.sha)


def young(fact: facts.Fact | None, oldest: datetime, now: datetime) -> bool:
    if fact is None or fact.as_of is None or fact.stale or fact.error is not None:
        return False
    return oldest <= fact.as_of <= now + facts.AHEAD


def due(now: datetime, limit: int) -> Select[str]:
    """Stale ones first, then those whose last try is the longest ago."""
    tried, stale = readings.c.attempted_at, readings.c.stale
    here = (readings.c.kind == read_times.FACT) & (readings.c.subject == changes.c.id)
    late = stale | tried.is_(None) | (tried <= now - EVERY) | (tried > now + facts.AHEAD)
    late |= readings.c.as_of.is_(None) & (tried <= now - SOON)
    order = (stale.desc(), tried.asc().nulls_first(), changes.c.id)
    opened = (changes.c.kind == Kind.DEPLOY.value, changes.c.status.in_(OPEN))
    return select(changes.c.id).join(readings, here).where(*opened, late).order_by(*order).limit(limit)


def open_of(repository: str, sha: str | None) -> Select[str]:
    here = [changes.c.kind == Kind.DEPLOY.value, changes.c.status.in_(OPEN)]
    here.append(func.lower(changes.c.repository) == repository.lower())
    if sha is not None:
        here.append(changes.c.sha == sha)
    return select(changes.c.id).where(*here).order_by(changes.c.id)


def staging(rules: Rules) -> tuple[str, ...]:
    """The environments that count as staging anywhere in the policy."""
    asked = [one for rule in rules.deploy for one in rule.require if one.condition is Condition.STAGING_FIRST]
    return tuple(dict.fromkeys([*STAGING, *(name for one in asked for name in one.names)]))


def repositories(rules: Rules) -> tuple[str, ...]:
    """The repositories that the policy names."""
    named = [r for system in rules.systems.values() for r in system.repositories]
    return tuple(dict.fromkeys([*named, *(r for rule in rules.deploy for r in rule.repositories)]))
