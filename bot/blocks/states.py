"""Which of its states a card shows, and the words of its header."""

from datetime import datetime
from enum import StrEnum

from bot.blocks.sentence import Sentence, say
from workflows import access
from workflows.case import Approval, Ask, Case, Deployment
from workflows.change import Outcome, Status, Type


class State(StrEnum):
    """The states of an emergency's card; several hold at once, the card shows the first in urgency."""

    UNDECIDED = "undecided"
    AGAIN = "again"
    WIDENED = "widened"
    FALLBACK = "fallback"
    APPROVED = "approved"
    PROCEEDING = "proceeding"
    REJECTED = "rejected"
    DEPLOYED = "deployed"
    AGAINST = "against"  # deployed although rejected
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    OVERDUE = "overdue"
    REVIEWED = "reviewed"
    WITHDRAWN = "withdrawn"
    NOT_NEEDED = "not_needed"


WAITING = frozenset({State.UNDECIDED, State.AGAIN, State.WIDENED, State.FALLBACK})
LIVE = frozenset({State.DEPLOYED, State.AGAINST, State.FAILED, State.ROLLED_BACK})
SHRUNK = frozenset({State.REVIEWED, State.WITHDRAWN, State.NOT_NEEDED})

# state → (emoji, words)
HEADS: dict[State, tuple[str, str]] = {
    State.UNDECIDED: ("⏳", "waiting for approval"),
    State.AGAIN: ("⏳", "still waiting"),
    State.WIDENED: ("⏳", "still waiting, more people asked"),
    State.FALLBACK: ("⏳", "waiting, fallback asked"),
    State.APPROVED: ("✅", "approved"),
    State.PROCEEDING: ("⚠️", "proceeding WITHOUT approval"),
    State.REJECTED: ("🚫", "rejected"),
    State.DEPLOYED: ("🚀", "deployed"),
    State.AGAINST: ("🚀", "deployed although rejected"),
    State.FAILED: ("❌", "deployed, did not work"),
    State.ROLLED_BACK: ("↩️", "rolled back"),
    State.OVERDUE: ("🔴", "review overdue"),
    State.REVIEWED: ("🔒", "closed"),
    State.WITHDRAWN: ("⚪", "withdrawn"),
    State.NOT_NEEDED: ("⚪", "closed, nothing deployed"),
}
# A drill is never called approved; an access grant is open and ends.
PRACTICE = {State.APPROVED: "practice approval"}
ACCESS = {State.APPROVED: "access open", State.DEPLOYED: "access ended"}

_ROUNDS = {"nudge": State.AGAIN, "widen": State.WIDENED, "fallback": State.FALLBACK}
_OUTCOMES = {Outcome.FAILED: State.FAILED, Outcome.ROLLED_BACK: State.ROLLED_BACK}
_PLAIN = {
    Status.APPROVED: State.APPROVED,
    Status.PROCEEDING: State.PROCEEDING,
    Status.REJECTED: State.REJECTED,
    Status.REVIEWED: State.REVIEWED,
}


def state_of(case: Case, now: datetime) -> State:
    """The state to show: a closed one, else overdue, else what became of the deployment, else the decision."""
    if case.status is Status.WITHDRAWN:
        return State.NOT_NEEDED if case.nothing_deployed else State.WITHDRAWN
    if case.status is Status.REVIEWED:
        return State.REVIEWED
    if overdue(case, now):
        return State.OVERDUE
    if case.status is Status.DEPLOYED:
        return _deployed(last(case))
    return _PLAIN.get(case.status) or _waiting(case)


def overdue(case: Case, now: datetime) -> bool:
    """Whether a review is owed past its due time."""
    review = case.review
    return review is not None and review.closed_at is None and case.closed_at is None and review.due <= now


def last(case: Case) -> Deployment:
    """The deployment recorded last."""
    return case.deployments[-1]


def _deployed(deployment: Deployment) -> State:
    if deployment.outcome in _OUTCOMES:
        return _OUTCOMES[deployment.outcome]
    return State.AGAINST if deployment.basis == "rejected" else State.DEPLOYED


def asked(case: Case) -> tuple[Ask, ...]:
    """The requests since it was (last) asked afresh: after a change, or after an approval was taken back."""
    fresh = [index for index, ask in enumerate(case.asks) if ask.round in ("first", "again")]
    return case.asks[fresh[-1] :] if fresh else case.asks


def _waiting(case: Case) -> State:
    rounds = {_ROUNDS[ask.round] for ask in asked(case) if ask.round in _ROUNDS}
    for state in (State.FALLBACK, State.WIDENED, State.AGAIN):
        if state in rounds:
            return state
    return State.UNDECIDED


def voices(case: Case, voice: str) -> tuple[Approval, ...]:
    """The standing voices of that kind on what is asked now, in order."""
    return tuple(
        one
        for one in case.approvals
        if one.voice == voice and one.revision == case.revision and one.taken_back_at is None
    )


def kind_word(case: Case) -> str:
    """`Emergency` or `Drill`."""
    return "Drill" if case.drill else "Emergency"


def words_of(case: Case, state: State) -> tuple[str, str]:
    """(emoji, words) of a state."""
    emoji, words = HEADS[state]
    if case.drill and state in PRACTICE:
        return emoji, PRACTICE[state]
    if case.type is Type.ACCESS and state in ACCESS:
        return emoji, ACCESS[State.APPROVED] if access.is_open(case) else ACCESS[state]
    return emoji, words


def headline(case: Case, state: State) -> Sentence:
    """`⏳ Emergency EC-2026-0042: waiting for approval`."""
    emoji, words = words_of(case, state)
    return say(f"{emoji} {kind_word(case)} {{key}}: {words}", key=case.key)
