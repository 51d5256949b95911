"""Plain values between use cases and screens: names of what is said, and the rows of lists. Standard library only.

Facts in an outbox payload are plain JSON. A person is a person id (`by`, `to`), several are a list (`people`),
a time is ISO 8601, a typed text is its digest under a key that ends in `_digest` (its body: `Case.bodies`).
A fact that is marked "?" may be absent.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.change import Kind, Risk, Status


class Line(StrEnum):
    """One line in the thread of a card; the comment names the facts it takes."""

    DECLARED = "declared"  # by, people (asked at once; may be empty), operator?
    ASKED_AGAIN = "asked_again"  # people
    WIDENED = "widened"  # groups (names), minutes (since the first ask)
    FALLBACK_ASKED = "fallback_asked"  # groups (asked instead), short (the group in which nobody can)
    PAGED = "paged"  # none
    APPROVED = "approved"  # by, note_digest?
    APPROVED_MORE = "approved_more"  # by, note_digest?, needed: [{"group": name, "count": n}]
    REJECTED = "rejected"  # by, reason_digest
    TOOK_BACK = "took_back"  # by
    PROCEEDING = "proceeding"  # by, reason_digest, operator?        (also sent to the channel)
    CHANGED = "changed"  # by, fields (names of the form's fields); an approval is needed again
    ADDED = "added"  # by, fields, documented (how many of the seven)
    DEPLOYED = "deployed"  # by, what_digest, outcome
    DEPLOYED_UNASKED = "deployed_unasked"  # by, what_digest, outcome, why_digest; before anyone decided
    DEPLOYED_REJECTED = "deployed_rejected"  # by, what_digest, outcome, why_digest
    LIVE_BEFORE = "live_before"  # by, at; live before it was declared
    ACCESS_ENDED = "access_ended"  # by, at, what_digest?
    RATIFIED = "ratified"  # by
    RATIFIED_MORE = "ratified_more"  # by, needed
    OBJECTED = "objected"  # by, reason_digest
    GATE_OPEN = "gate_open"  # repositories, until
    GATE_CLOSED = "gate_closed"  # repositories
    EXTENDED = "extended"  # by, until, reason_digest
    PASSED = "passed"  # sha, freeze?
    LIVE_THROUGH = "live_through"  # sha, key (of the emergency under which it went live while it was asked for)
    REPORTED = "reported"  # sha, outcome, by? (who deployed), said_by? (the token whose word that is)
    REVIEW_OWNER = "review_owner"  # to, due
    HANDED_OVER = "handed_over"  # by, to
    TOOK_OVER = "took_over"  # by
    REVIEW_DUE = "review_due"  # people (told)
    REVIEW_DEADLINE = "review_deadline"  # people? (told)
    REVIEWED = "reviewed"  # by, judgement, at, due (late is told from the two)
    AMENDED = "amended"  # by
    FOLLOW_UP_DONE = "follow_up_done"  # by, what_digest
    FOLLOW_UP_HANDED = "follow_up_handed"  # by, to, what_digest
    WITHDRAWN = "withdrawn"  # by, duplicate_of? (a key)
    NOT_NEEDED = "not_needed"  # by
    DECLARED_AGAIN = "declared_again"  # key (of the follow-on), by
    INCIDENT_RESOLVED = "incident_resolved"  # incident, by_digest?
    INCIDENT_TOLD = "incident_told"  # incident, what (as workflows.incident_news.SHOWN), by_digest?, note_digest?
    JIRA_CREATED = "jira_created"  # jira
    JIRA_MOVED = "jira_moved"  # jira, to
    FOLLOW_UP_IN_JIRA = "follow_up_in_jira"  # jira, what_digest: done there
    FOLLOW_UP_AGAIN = "follow_up_again"  # jira, what_digest: open there again
    REMEDIED = "remedied"  # jira
    LINKED = "linked"  # by, permalink
    LINKED_CHANGE = "linked_change"  # key
    ERASED = "erased"  # by, kind
    UNDELIVERED = "undelivered"  # to, instead (where it was sent)
    # Of a deploy.
    REQUESTED = (
        "requested"  # by, people (asked at once; empty while it waits for checks, GitHub or a freeze), replaces?
    )
    VOIDED = "voided"  # by?, changed (names: commits, ref, policy, rule, author-learnt, or fields), people (who
    #   said yes; may be empty), commits? (how many are new), parties? (who turned out to be one)
    FACTS_CAME = "facts_came"  # since (GitHub was silent from then), at
    ASKED = "asked"  # people: the last condition holds, the freeze is over
    ASKED_FOR_AGAIN = "asked_for_again"  # by
    SUPERSEDED = "superseded"  # by, key (of the newer request)
    EXPIRED = "expired"  # at, approved_at
    LIFTED = "lifted"  # by, reason_digest, until?
    FROZEN = "frozen"  # reason (the policy's), until?, override? (a group)
    THAWED = "thawed"  # none
    ROLLED_BACK = "rolled_back"  # by, reason_digest, of (key), away_from? (sha), people (told)
    MADE_EMERGENCY = "made_emergency"  # key (of the emergency), by
    # Of one type of change.
    ACCESS_OVER = "access_over"  # at (when it was to end), people (asked whether it is over)
    PATCH_DUE = "patch_due"  # people (told)
    PUT_OFF = "put_off"  # by, to (who answers for it), due (a date), what_digest (what protects until then)


class Told(StrEnum):
    """One message to one person that asks for no decision on a request; the comment names its facts."""

    APPROVED = "approved"  # by, at, note_digest?
    REJECTED = "rejected"  # by, at, reason_digest
    TOOK_BACK = "took_back"  # by, at
    CHANGED = "changed"  # by, at, fields: to the requester/implementer: an approval is needed again
    PROCEEDING = "proceeding"  # by, at, reason_digest, operator?
    RATIFY = "ratify"  # at (when it went live)
    NO_ANSWER = "no_answer"  # minutes, asked: [{"at": time, "people": [...]}], contacts: [..], due
    NOBODY_CAN = "nobody_can"  # groups (asked instead), short, contacts
    IS_LIVE = "is_live"  # at (of the decision), asked_at, basis: approved | proceeding, again? (True: second time)
    OBJECTED = "objected"  # by, at, reason_digest: to the implementer, the requester and the review's owner
    REVIEW_YOURS = "review_yours"  # due: to the owner, from the moment of the decision
    HANDED_TO_YOU = "handed_to_you"  # by, due, note_digest?
    TAKEN_FROM_YOU = "taken_from_you"  # by, at
    NOBODY_TO_HAND = "nobody_to_hand"  # people (told)
    FOLLOW_UP = "follow_up"  # by, what_digest, due (a date), ref: to the owner of a new follow-up
    FOLLOW_UP_HANDED = "follow_up_handed"  # by, what_digest, due (a date), ref, note_digest?: to its new owner
    FOLLOW_UP_MOVED = "follow_up_moved"  # by, to, what_digest: to whoever had it, when somebody else handed it on
    IMPLEMENTER = "implementer"  # by: to an implementer named by somebody else
    STILL_NEEDED = "still_needed"  # at, incident: it was resolved and nobody has decided; to the requester
    CLOSED = "closed"  # by, at, judgement: to the requester and the implementer
    WITHDRAWN = "withdrawn"  # by, at, duplicate_of?
    UNDELIVERED = "undelivered"  # to: a person id, or the place
    # Of a deploy.
    VOIDED = "voided"  # at, changed, people, commits?, parties?: as Line.VOIDED, to who said yes and who asked
    SUPERSEDED = "superseded"  # by, at, key: to who asked for the older one, and who was asked or had said yes
    EXPIRED = "expired"  # at, approved_at: to the requester and the implementer
    FROZEN = "frozen"  # reason, until?, override?: to the same, when a freeze holds what was approved
    ROLLED_BACK = "rolled_back"  # by, at, reason_digest, of, away_from?: to the approvers
    ACCESS_OVER = "access_over"  # at (when it was to end): to the holder and one approver, until somebody says so


class DebtKind(StrEnum):
    """Which notice a debt is told with, weakest first; only the strongest goes out after a downtime."""

    FOLLOW_UP = "follow_up"
    NOT_LIVE = "not_live"
    ASKED = "asked"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    LAST_CALL = "last_call"
    DEADLINE = "deadline"
    DAILY = "daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A change in a list. `title` and `plan` are typed text (None: erased or confidential); `person` asked for it.

    `plan` is what Approve confirms; without it the confirmation shows the title. `became`: of its last deployment,
    "failed" or "rolled_back"; "rejected" or "withdrawn" when it worked, although it was that; else empty.
    `repository`, `environment`, `sha` (whole) and `valid_until` are of a deploy. `unmended`: what a review's "no" left
    to be put right, by its issue in Jira ("OPS-19, To Do", or "not in Jira yet"); else empty.
    """

    id: str
    key: str
    revision: int
    status: Status
    system: str
    title: str | None
    risk: Risk
    person: str
    at: datetime
    owner: str | None = None
    due: datetime | None = None
    deadline: datetime | None = None
    confidential: bool = False
    drill: bool = False
    nothing_deployed: bool = False
    judgement: str | None = None
    plan: str | None = None
    became: str = ""
    kind: Kind = Kind.EMERGENCY
    repository: str = ""
    environment: str = ""
    sha: str = ""
    valid_until: datetime | None = None
    unmended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """Something owed by the reader: a review, or (`ref` and `what` set) a follow-up. Times are UTC.

    `mine`: the reader owns it; otherwise it may be taken over. `live`: a deployment is recorded. `patch`: it is a
    vulnerability that is to be patched; `advisory` is typed text, `score` its CVSS score. `issue`: of a follow-up, in
    Jira, with its status ("OPS-14, In Progress").
    """

    kind: DebtKind
    id: str
    key: str
    revision: int
    system: str
    title: str | None
    due: datetime
    deadline: datetime | None = None
    owner: str | None = None
    mine: bool = True
    live: bool = True
    decided_at: datetime | None = None
    ref: str = ""
    what: str | None = None
    notes: bool = False
    asleep_until: datetime | None = None
    patch: bool = False
    advisory: str | None = None
    score: str = ""
    issue: str = ""

    @property
    def slot(self) -> str:
        """What tells it from everything else in one message: of a change, a review, a patch and follow-ups."""
        return ":".join(filter(None, (self.id, "patch" if self.patch else self.ref)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A message that was not delivered. `to`: a person or a peer, None: a channel. `instead`: where it was said."""

    key: str
    to: str | None
    instead: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeLists:
    """What the App Home and `/change mine` show one person, in time order; `more`: what was cut, by list."""

    waiting: tuple[Row, ...] = ()
    owed: tuple[Debt, ...] = ()
    overdue: tuple[Debt, ...] = ()
    mine: tuple[Row, ...] = ()
    closed: tuple[Row, ...] = ()
    lost: tuple[Lost, ...] = ()
    unmended: tuple[Row, ...] = ()
    more: tuple[tuple[str, int], ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.waiting or self.owed or self.overdue or self.mine or self.closed or self.unmended)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """A page of `/change list`: rows newest first, the counts of the whole span; drills are apart."""

    days: int
    rows: tuple[Row, ...] = ()
    emergencies: int = 0
    unapproved: int = 0
    drills: int = 0
    more: int = 0
    deploys: int = 0
    unmended: int = 0
