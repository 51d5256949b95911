"""The policy in force as frozen values, `Rules`: what `workflows.rules` makes of policy.toml. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Group:
    """An approver group. `users` are e-mail addresses (lower case) or Slack ids; `usergroup` an id or @handle."""

    name: str
    users: tuple[str, ...] = ()
    usergroup: str | None = None
    pagerduty_schedules: tuple[str, ...] = ()
    pagerduty_policies: tuple[str, ...] = ()
    pagerduty_services: tuple[str, ...] = ()
    max_level: int = 1
    notify: bool = True
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """`count` voices of `group`."""

    group: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class ReviewTimes:
    """Offsets from the start of the clock."""

    due: timedelta = timedelta(hours=24)
    deadline: timedelta = timedelta(hours=48)
    remind: tuple[timedelta, ...] = (timedelta(0), timedelta(hours=20))
    then_every: timedelta | None = timedelta(hours=12)
    escalate_to: str | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A person's night, in that person's zone; may span midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class EmergencyRule:
    """One row of the emergency rules, already merged with the defaults of [emergency]. Empty matchers match all.

    `index` is 0 for [emergency] itself, n for the nth [[emergency.rule]].
    """

    index: int
    approvers: tuple[Need, ...]
    systems: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    nudge: timedelta = timedelta(minutes=5)
    widen: timedelta = timedelta(minutes=10)
    window: timedelta = timedelta(hours=4)
    review: ReviewTimes = field(default_factory=ReviewTimes)
    quiet_hours: QuietHours | None = None


@dataclass(frozen=True, slots=True)
class DeployRule:
    """One [[deploy]] row; parsed and kept now, decided on with the deploy gate. Empty matchers match all."""

    index: int
    approvers: tuple[Need, ...]
    environments: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    sensitive: bool | None = None
    valid_for: timedelta = timedelta(hours=8)
    rollback_within: timedelta = timedelta(days=30)
    require: tuple[str, ...] = ()
    deployers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Freeze:
    """A weekly freeze (`every`, "fri 16:00 - mon 08:00") or an absolute one (`since`, `until`)."""

    reason: str
    environments: tuple[str, ...] = ()
    every: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    override: str | None = None


@dataclass(frozen=True, slots=True)
class System:
    name: str
    repositories: tuple[str, ...] = ()
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole policy. `emergency` ends with the default rule (index 0); the first that matches decides.

    `digest` is the SHA-256 of the file's bytes in hex; `version` is the file's own `version`.
    """

    version: int
    digest: str
    zone: str
    standing_max_age: timedelta
    incidents: str
    deploys: str
    escalations: str
    groups: Mapping[str, Group]
    emergency: tuple[EmergencyRule, ...]
    systems: Mapping[str, System] = field(default_factory=dict)
    people_github: Mapping[str, str] = field(default_factory=dict)
    enterprise: str | None = None
    deploy: tuple[DeployRule, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    source: str = ""
