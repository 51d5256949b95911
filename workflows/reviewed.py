"""What a review leaves to be done, and what is added to it later: frozen values, standard library only."""

from dataclasses import dataclass
from datetime import datetime

from workflows.peered import Issue


@dataclass(frozen=True, slots=True)
class FollowUp:
    """`earlier`: who had it before it was handed to its owner; `issue`: of it in Jira."""

    id: str
    what: str
    owner: str
    due: str  # a date, YYYY-MM-DD
    done_at: datetime | None = None
    done_by: str | None = None
    earlier: tuple[str, ...] = ()
    issue: Issue | None = None

    @property
    def open(self) -> bool:
        """Whether it is still to be done: nobody ticked it off, and its issue, if it has one, is not finished."""
        return self.done_at is None and not (self.issue is not None and self.issue.done)


@dataclass(frozen=True, slots=True)
class Amendment:
    """What somebody added to a review after it was closed; `text` is a digest."""

    by: str
    at: datetime
    text: str
