"""A week as the change review meeting reads it, as values. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.change import Judgement, Status
from workflows.completeness import Period
from workflows.weeks import Week


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency of the week. `title` None: erased, or confidential. `went`: it went ahead, or may.

    `waited`: from the declaration to the approval; None: it was not approved first. `late`: by how much its review
    was closed, or is open, after its due time.
    """

    key: str
    systems: tuple[str, ...]
    title: str | None
    confidential: bool
    status: Status
    unapproved: bool
    waited: timedelta | None
    ratified: bool
    reviewed_at: datetime | None
    due: datetime | None
    late: timedelta | None
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class Open:
    """What is owed now, of any week; drills are not."""

    overdue: int = 0
    follow_ups: int = 0
    late: int = 0
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """Who looked at it first, and when; `anew`: it was this very moment."""

    by: str
    at: datetime
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A week. `deploys` were approved; `changes` are all that it has. `emergencies` the newest last, `more` not shown.

    `repeats`: (system, how many emergencies in four weeks), those with more than one. `over`: the week is.
    """

    week: Week
    over: bool
    deploys: int
    changes: int
    count: int
    unapproved: int
    findings: int
    drills: int
    emergencies: tuple[Emergency, ...]
    open: Open
    repeats: tuple[tuple[str, int], ...]
    period: Period
    seen: Seen | None

    @property
    def more(self) -> int:
        """How many emergencies are not in `emergencies`."""
        return self.count - len(self.emergencies)

    @property
    def quiet(self) -> bool:
        """Whether nothing happened that a meeting has to talk about; gaps in reading are another question."""
        return not (self.count or self.findings or self.period.count) and self.open == Open()
