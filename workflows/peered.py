"""What PagerDuty and Jira said of a change: frozen values, standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Peer(StrEnum):
    """A service beside Slack that is brought up to date; each is optional."""

    PAGERDUTY = "pagerduty"
    JIRA = "jira"
    GITHUB = "github"


class Category(StrEnum):
    """How far an issue is, in the three categories that every Jira workflow has."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Incident:
    """A PagerDuty incident as it was last read. `title` and `responders` (names, a line) are text digests.

    `opened`: we opened it for this change. `trouble`: why it can't be read ("gone", "no-permission"), else None.
    """

    id: str
    number: int
    title: str | None
    service: str
    urgency: str  # high, low
    status: str  # triggered, acknowledged, resolved
    url: str
    responders: str | None
    at: datetime
    opened: bool = False
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """A Jira issue: `id` never changes, `key` does when it is moved. `status` is the workflow's own name for it.

    `created`: we made it. `trouble`: what is wrong with it or with us, as a code ("gone", "no-permission",
    "field: Team"); the rest is as it was last read.
    """

    id: str
    key: str
    url: str
    status: str
    category: Category
    at: datetime
    created: bool = False
    trouble: str | None = None

    @property
    def done(self) -> bool:
        """Whether it is finished, by its workflow."""
        return self.category is Category.DONE


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody on call by PagerDuty: from `start` to `end` (None: always), at `level` of an escalation policy.

    `user` is PagerDuty's id; `schedule` and `policy` are the ids by which they are on call.
    """

    user: str
    name: str
    email: str | None
    level: int
    start: datetime | None
    end: datetime | None
    schedule: str | None
    policy: str


@dataclass(frozen=True, slots=True)
class SeenIncident:
    """An incident as PagerDuty tells it now, in plain text; `responders` are names."""

    id: str
    number: int
    title: str
    service: str
    service_id: str
    urgency: str
    status: str
    url: str
    responders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened to an incident: `id` is PagerDuty's, `by` a name, `note` what somebody wrote, in plain text.

    `what` is named as webhooks name it, without "incident.": "acknowledged", "annotated", "escalated", "resolved".
    """

    id: str
    at: datetime
    what: str
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SeenIssue:
    """An issue as Jira tells it now, in plain text."""

    id: str
    key: str
    url: str
    status: str
    category: Category
    summary: str = ""
    labels: tuple[str, ...] = ()
