"""The one snapshot, `Case`, and its parts: frozen values, standard library only.

Persons are named by an opaque person id everywhere; free text is named by its digest and its body lies in
`Case.bodies`, so that a body can be erased without touching what was recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from workflows.change import Field, Judgement, Kind, Outcome, Relation, Risk, Status, Type, Verdict
from workflows.gated import CiLog, Lifted, Opened, Passed, PutOff, Rollback, Sighting
from workflows.peered import Incident, Issue
from workflows.reading import Read, Reading
from workflows.reviewed import Amendment, FollowUp
from workflows.standing import Standing


@dataclass(frozen=True, slots=True)
class Approval:
    """One voice. `phase` is "before" (approve, reject) or "after" (ratify, object); `right` the group it counts for.

    `digest`: of what was approved (`binding.digest`), for a deploy; the voice holds for exactly that, and `sha` is the
    commit that was asked for then.
    """

    person: str
    revision: int
    at: datetime
    voice: str
    right: str
    phase: str = "before"
    note: str | None = None
    taken_back_at: datetime | None = None
    digest: str | None = None
    sha: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """`sha`: the commit that makes them one, of an author, co-author, committer or last pusher."""

    person: str
    relation: Relation
    at: datetime
    sha: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Who was asked, when, and in which round: first, nudge, widen, fallback, again.

    `revision`: of a deploy, for which it was; 0 for an emergency.
    """

    round: str
    at: datetime
    people: tuple[str, ...]
    groups: tuple[str, ...]
    why: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """`kind`: approved, rejected, proceeding, rollback (before) or ratified, objected (afterwards).

    `reason` is a text digest.

    `operator`: on whose word at the server, when Slack was not there to ask.
    """

    kind: str
    at: datetime
    by: str
    revision: int
    reason: str | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """`basis`: approved, proceeding, rollback, rejected, undeclared (live before it was declared), withdrawn, none.

    What a pipeline reported, or the gate let through, has `repository` and `sha` and an empty `what`; `external` is
    the reporter's id of it ("github:123"), `login` who deployed as it said. Typed by a person: `what` is a digest.
    """

    what: str
    at: datetime
    outcome: Outcome
    by: str
    recorded_at: datetime
    basis: str
    known: str | None = None
    why: str | None = None
    repository: str | None = None
    sha: str | None = None
    external: str | None = None
    login: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """The retroactive review: owed from `owed_at`, the clock running since `start`; texts are digests."""

    owner: str | None
    owed_at: datetime
    start: datetime
    due: datetime
    deadline: datetime
    snoozes: int = 0
    snoozed_until: datetime | None = None
    handed_at: datetime | None = None
    closed_at: datetime | None = None
    by: str | None = None
    judgement: Judgement | None = None
    deployed: str | None = None
    cause: str | None = None
    tests: str | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    amendments: tuple[Amendment, ...] = ()


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notice that was put into the outbox: `key` is unique within the change."""

    key: str
    at: datetime
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The one snapshot: input of every decision, evidence kept with it, and what a card is drawn from."""

    id: str
    key: str
    kind: Kind
    status: Status
    type: Type = Type.CODE
    drill: bool = False
    revision: int = 1
    version: int = 0
    head: str = ""
    environment: str = "production"
    risk: Risk = Risk.HIGH
    systems: tuple[str, ...] = ()
    texts: Mapping[Field, str] = field(default_factory=dict)
    flagged: tuple[Field, ...] = ()
    requester: str
    implementer: str
    account: str | None = None
    operator: str | None = None
    confidential: bool = False
    declared_at: datetime
    live_since: datetime | None = None
    access_until: datetime | None = None
    incident: str | None = None
    jira: str | None = None
    incident_seen: Incident | None = None
    open_incident: bool = False  # one is to be opened at PagerDuty, because none was named
    issue: Issue | None = None
    remediation: Issue | None = None
    cvss: str | None = None
    known_since: str | None = None
    policy: str = ""
    posted: str = ""
    channel: str | None = None
    related: tuple[str, ...] = ()
    origin_key: str | None = None
    follow_on: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
    approvals: tuple[Approval, ...] = ()
    asks: tuple[Ask, ...] = ()
    decision: Decision | None = None
    afterwards: Decision | None = None
    deployments: tuple[Deployment, ...] = ()
    review: Review | None = None
    earlier_reviews: tuple[Review, ...] = ()
    notices: tuple[Noticed, ...] = ()
    later_until: datetime | None = None
    changed_at: datetime | None = None
    changed: tuple[str, ...] = ()
    window_until: datetime | None = None
    opened: Opened | None = None
    extended: bool = False
    nothing_deployed: bool = False
    duplicate_of: str | None = None
    withdrawn_by: str | None = None
    closed_at: datetime | None = None
    repository: str | None = None
    ref: str | None = None
    sha: str | None = None
    unlinked: bool = False  # asked for while no GitHub was configured: nothing is read of it, ever
    reading: Reading | None = None
    valid_until: datetime | None = None
    lifted: tuple[Lifted, ...] = ()
    passed: tuple[Passed, ...] = ()
    rollback: Rollback | None = None
    replaces: tuple[str, ...] = ()
    rejected_before: tuple[tuple[str, str], ...] = ()  # (key, person): of the same commit here, and who said no
    superseded_by: str | None = None
    expired_at: datetime | None = None
    sighting: Sighting | None = None
    put_off: PutOff | None = None
    logs: tuple[CiLog, ...] = ()
    access_ended_at: datetime | None = None
    plan_sha256: str | None = None
    cvss_score: str | None = None  # "9.8", from what was typed as `cvss`
    patch_due: datetime | None = None  # by when a patch has to be there, by the policy under which that was written
    plan_summary: str | None = None  # "3 to add, 1 to change, 0 to destroy", of the plan output
    read: Read = field(default_factory=Read)
    standing: Standing = field(default_factory=Standing)
    bodies: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: Field) -> str | None:
        """The body of a typed field; None when it was never written or has been erased."""
        return self.body(self.texts.get(name))

    def body(self, digest: str | None) -> str | None:
        """The text behind a digest; None when erased."""
        return self.bodies.get(digest) if digest else None


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal is a value: it was recorded (`recorded`), nothing else changed."""

    verdict: Verdict
    case: Case | None = None
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """A use case that went through: the case afterwards and what happened, in a word per event written."""

    case: Case
    happened: tuple[str, ...] = ()
