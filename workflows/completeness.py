"""Whether a period is complete, as values: what is unexplained of it, and where nobody looked. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a source was not read."""

    source: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch in which a source was to be read, or was read."""

    source: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Something that went around the gate and that nobody has explained; `key` None: it could not be judged yet."""

    key: str | None
    change: str | None
    repository: str
    sha: str
    environment: str | None
    branch: str | None
    at: datetime
    login: str | None


@dataclass(frozen=True, slots=True)
class Period:
    """`count` things are unexplained, and are in `list`; `explained`: how many findings were explained by a review.

    `sources`: what the policies in force in it asked to be read, `asked`: each for which stretch of it. `read`: what of
    these was noted on the system chain as read. `as_of`: until when all that is asked for was read; None: some never.
    """

    since: datetime
    until: datetime
    count: int
    list: tuple[Unexplained, ...]
    gaps: tuple[Gap, ...]
    explained: int
    sources: tuple[str, ...]
    as_of: datetime | None
    asked: tuple[Stretch, ...] = ()
    read: tuple[Stretch, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether "0 unexplained" may be said: there is a source, all were read without a gap, nothing is open."""
        return bool(self.sources) and not self.gaps and not self.count


def unread(gaps: Iterable[Gap]) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches in which some source was not read, in order and without overlaps."""
    spans: list[tuple[datetime, datetime]] = []
    for gap in sorted(gaps, key=lambda one: one.since):
        if spans and gap.since <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], gap.until))
        else:
            spans.append((gap.since, gap.until))
    return tuple(spans)
