"""The vocabulary of change management: pure values, no I/O, standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    EMERGENCY = "emergency"
    DEPLOY = "deploy"
    FINDING = "finding"


class Type(StrEnum):
    CODE = "code"
    INFRASTRUCTURE = "infrastructure"
    DATABASE = "database"
    ACCESS = "access"
    PATCH = "patch"


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Status(StrEnum):
    DECLARED = "declared"
    REQUESTED = "requested"
    FOUND = "found"
    APPROVED = "approved"
    REJECTED = "rejected"
    PROCEEDING = "proceeding"
    DEPLOYED = "deployed"
    REVIEWED = "reviewed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


UNDECIDED = frozenset({Status.DECLARED, Status.REQUESTED})


class Action(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    TAKE_BACK = "take_back"
    PROCEED = "proceed"
    MARK_DEPLOYED = "mark_deployed"
    RATIFY = "ratify"
    OBJECT = "object"
    NOT_NEEDED = "not_needed"
    LATER = "later"
    WITHDRAW = "withdraw"
    ADD_DETAILS = "add_details"
    EXTEND = "extend"
    WRITE_REVIEW = "write_review"
    AMEND_REVIEW = "amend_review"
    HAND_OVER = "hand_over"
    TAKE_OVER = "take_over"
    SNOOZE = "snooze"
    MARK_DONE = "mark_done"
    HAND_FOLLOW_UP = "hand_follow_up"
    DECLARE_AGAIN = "declare_again"
    EDIT = "edit"
    ASK_AGAIN = "ask_again"
    MAKE_EMERGENCY = "make_emergency"
    LIFT = "lift"


class Role(StrEnum):
    """How a reader stands to a change; `bot.blocks` words it as "You: …"."""

    APPROVER = "approver"
    APPROVED = "approved"
    REQUESTER = "requester"
    IMPLEMENTER = "implementer"
    RATIFIER = "ratifier"
    OWNER = "owner"
    REVIEWER = "reviewer"
    READER = "reader"
    OUTSIDER = "outsider"


class Relation(StrEnum):
    REQUESTER = "requester"
    IMPLEMENTER = "implementer"
    AUTHOR = "author"
    CO_AUTHOR = "co-author"
    COMMITTER = "committer"
    LAST_PUSHER = "last-pusher"
    RUNNER = "runner"


class Outcome(StrEnum):
    """What became of a deployment; `started`: it was let through, or began, and nobody has said yet how it ended."""

    STARTED = "started"
    OK = "ok"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"


class Basis(StrEnum):
    """Why the gate says yes; the last two never count as approvals (promise 6)."""

    APPROVED = "approved"
    EMERGENCY = "emergency"
    ROLLBACK = "rollback"


class Found(StrEnum):
    """What went around the gate."""

    DIRECT_PUSH = "direct-push"
    UNREVIEWED_MERGE = "unreviewed-merge"
    NO_BASIS = "no-basis"
    OTHER_COMMIT = "other-commit"
    OUTSIDE_VALIDITY = "outside-validity"
    NOT_A_DEPLOYER = "not-a-deployer"
    BYPASSED = "bypassed"
    APPROVED_ELSEWHERE = "approved-elsewhere"
    DRIFT = "drift"


class Judgement(StrEnum):
    """The reviewer's answer to "was the emergency change appropriate?"."""

    YES = "yes"
    FINDINGS = "yes-with-findings"
    NO = "no"


class Field(StrEnum):
    """The typed fields whose text is committed by digest."""

    TITLE = "title"
    WHY = "why"
    PLAN = "plan"
    ROLLBACK = "rollback"
    TESTS = "tests"
    REFERENCE = "reference"
    ACCESS = "access"
    PLAN_OUTPUT = "plan_output"
    STAGING_PROOF = "staging_proof"
    ADVISORY = "advisory"
    MITIGATION = "mitigation"
    EVIDENCE = "evidence"


class Item(StrEnum):
    """SOC 2's minimum documentation of a change: "Documented 4 of 7"."""

    JUSTIFICATION = "justification"
    PLAN = "plan"
    SYSTEMS = "systems"
    ENVIRONMENT = "environment"
    RISK = "risk"
    TESTS = "tests"
    ROLLBACK = "rollback"


class Reason(StrEnum):
    """Why something was refused; `bot.blocks.words` has the sentence of each."""

    REQUESTER = "requester"
    IMPLEMENTER = "implementer"
    AUTHOR = "author"
    RUNS_PIPELINE = "runs-pipeline"
    SECOND_ACCOUNT = "second-account"
    NOT_IN_GROUP = "not-in-group"
    SECOND_VOICE = "second-voice"
    TOOK_BACK = "took-back"
    STALE_REVISION = "stale-revision"
    ALREADY_DECIDED = "already-decided"
    TOO_LATE = "too-late"
    TOO_LATE_TO_TAKE_BACK = "too-late-to-take-back"
    STANDING_UNKNOWN = "standing-unknown"
    GUEST = "guest"
    OTHER_ORGANISATION = "other-organisation"
    DEACTIVATED = "deactivated"
    NOT_YOURS = "not-yours"
    REVIEW_BY_PARTY = "review-by-party"
    SNOOZE_SPENT = "snooze-spent"
    GITHUB_UNKNOWN = "github-unknown"
    EVIDENCE_UNKNOWN = "evidence-unknown"
    CONDITION_MISSING = "condition-missing"
    FROZEN = "frozen"
    NO_RULE = "no-rule"
    NOT_NOW = "not-now"
    UNKNOWN_CHANGE = "unknown-change"
    RECORD_UNAVAILABLE = "record-unavailable"


@dataclass(frozen=True, slots=True)
class Person:
    """One human, however many accounts. `zone` is an IANA name."""

    id: str
    name: str
    slack: str | None = None
    email: str | None = None
    zone: str | None = None
    github: str | None = None

    def by_name(self) -> "Person":
        """As who may not see addresses sees them: by name, else by account, since some have an address for a name."""
        name = "" if "@" in self.name else self.name
        return replace(self, name=name, email=name or None)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person through one Slack account, or the operator at the server (`operator` is the name given)."""

    person: str
    slack: str | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """An explained answer. `facts` are plain values for the sentence (times ISO 8601, person ids, group names)."""

    allowed: bool
    reason: Reason | None = None
    right: str | None = None
    rule: str = ""
    who_can: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mistakes:
    """A form that cannot be taken: field name → mistake code; nothing was recorded, what was typed is kept."""

    fields: Mapping[str, str]
