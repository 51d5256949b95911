"""The policy in force as frozen values, `Rules`: what `workflows.rules` makes of policy.toml. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from workflows.audit_rules import Audit, Retention


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


class Condition(StrEnum):
    """What a deploy rule may ask for besides voices. `checks-pass` and `staging-first` may name which."""

    CHECKS_PASS = "checks-pass"
    REVIEWED = "reviewed-pull-request"
    STAGING_FIRST = "staging-first"
    PROTECTED = "branch-protected"
    LINKED_ISSUE = "linked-issue"
    PLAN_ATTACHED = "plan-attached"
    ROLLBACK_PLAN = "rollback-plan"
    STAGING_PROOF = "staging-proof"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition, with the names it is about: checks, or environments that count as staging; empty: all, "staging"."""

    condition: Condition
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.condition}: {', '.join(self.names)}" if self.names else str(self.condition)


NAMED: Mapping[Condition, str] = {Condition.CHECKS_PASS: "unit, semgrep", Condition.STAGING_FIRST: "staging-eu"}
"""The conditions that may name what they are about, each with an example."""
PIPELINE = "pipeline"


@dataclass(frozen=True, slots=True)
class DeployRule:
    """One [[deploy]] row. Empty matchers match all; `index` counts from 1, and 0 is "no rule matches": nobody may.

    `deployers`: "pipeline" (a GitHub App or the holder of a token) and groups; empty: anybody.
    """

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
    require: tuple[Requirement, ...] = ()
    deployers: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()


NO_RULE = DeployRule(0, ())


@dataclass(frozen=True, slots=True)
class Patches:
    """How long a patch may take from the day it became known, by CVSS band; `escalate_to` hears of late ones."""

    critical: timedelta = timedelta(hours=72)
    high: timedelta = timedelta(days=14)
    medium: timedelta = timedelta(days=30)
    low: timedelta = timedelta(days=90)
    escalate_to: str | None = None


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """`service`: where an incident is opened for a declaration that names none; None: that is not offered."""

    service: str | None = None


@dataclass(frozen=True, slots=True)
class Jira:
    """How issues are made. `fields`: a Jira field by its name → one of `JIRA_SOURCES`.

    `create` False: only issues that somebody names are linked, none is made.
    """

    issue_type: str = "Task"
    follow_up_type: str = "Task"
    remediation_type: str = "Bug"
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    create: bool = True


@dataclass(frozen=True, slots=True)
class Register:
    """Who may read the auditor's register: groups, e-mail addresses (lower case) and Slack ids, by role.

    `contact`: whom somebody without a role is told to ask. `session`: how long one signs in for.
    """

    readers: tuple[str, ...] = ()
    auditors: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    contact: str = ""
    session: timedelta = timedelta(hours=8)


JIRA_SOURCES = (
    "key", "kind", "type", "title", "justification", "systems", "environment", "risk", "plan", "rollback", "tests",
    "requester", "implementer", "approvers", "review-due",
)  # fmt: skip
"""What a Jira field may be filled with, by the names of the export record."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """A weekly freeze (`every`, "fri 16:00 - mon 08:00", policy's zone) or an absolute one (`since`, `until`)."""

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

    `digest` is the SHA-256 of the file's bytes in hex; `version` is the file's own `version`. `review`: the channel of
    the change review meeting, "" is `escalations`.
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
    patches: Patches = field(default_factory=Patches)
    pagerduty: PagerDuty = field(default_factory=PagerDuty)
    jira: Jira = field(default_factory=Jira)
    audit: Audit = field(default_factory=Audit)
    retention: Retention = field(default_factory=Retention)
    register: Register = field(default_factory=Register)
    review: str = ""
    source: str = ""
    linked: frozenset[str] = frozenset()  # the peers this process is configured for: of no file
