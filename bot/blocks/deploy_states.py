"""Which of its states the card of a deploy shows, the words of its header, and what it offers."""

from collections.abc import Sequence
from enum import StrEnum

from bot.blocks import buttons, commits
from bot.blocks.kit import Scene
from bot.blocks.sentence import Sentence, say
from bot.blocks.states import last, voices
from workflows import conditions, freezes, gate, matching, quorum, readiness
from workflows.case import Approval, Case
from workflows.change import Action, Outcome, Status, Type
from workflows.ruleset import Condition
from workflows.voices import EVIDENCE_MAX_AGE


class DeployState(StrEnum):
    """The states of a deploy's card; a later rule of the policy, a push or a freeze shows at once."""

    CHECKS = "checks"  # what it rests on is not there yet
    UNDECIDED = "undecided"
    PARTLY = "partly"
    APPROVED = "approved"
    CHANGED = "changed"  # approved, and then it changed
    FROZEN = "frozen"
    REJECTED = "rejected"
    GOING_BACK = "going_back"
    DEPLOYED = "deployed"
    UNAPPROVED = "unapproved"  # deployed without the approval it needed
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


OVER = frozenset({DeployState.SUPERSEDED, DeployState.WITHDRAWN})
LIVE = frozenset({DeployState.DEPLOYED, DeployState.UNAPPROVED, DeployState.FAILED, DeployState.ROLLED_BACK})
ASKING = frozenset({DeployState.CHECKS, DeployState.UNDECIDED, DeployState.PARTLY, DeployState.CHANGED})

# state → (emoji, words)
HEADS: dict[DeployState, tuple[str, str]] = {
    DeployState.CHECKS: ("⏳", "waiting for checks"),
    DeployState.UNDECIDED: ("⏳", "waiting for approval"),
    DeployState.PARTLY: ("⏳", "{have} of {want} approved"),
    DeployState.APPROVED: ("✅", "approved for {sha}"),
    DeployState.CHANGED: ("↻", "waiting again: it changed"),
    DeployState.FROZEN: ("❄️", "waiting for the freeze to end"),
    DeployState.REJECTED: ("🚫", "rejected"),
    DeployState.GOING_BACK: ("↩️", "going back"),
    DeployState.DEPLOYED: ("🚀", "deployed"),
    DeployState.UNAPPROVED: ("🚀", "deployed without approval"),
    DeployState.FAILED: ("❌", "deployed, did not work"),
    DeployState.ROLLED_BACK: ("↩️", "rolled back"),
    DeployState.SUPERSEDED: ("⏭", "replaced"),
    DeployState.EXPIRED: ("⌛", "expired"),
    DeployState.WITHDRAWN: ("⚪", "withdrawn"),
}
MOST_AWAITED = 3
_AWAITED: dict[Condition, str] = {
    Condition.CHECKS_PASS: "checks",
    Condition.REVIEWED: "a review",
    Condition.STAGING_FIRST: "staging",
    Condition.PROTECTED: "branch rules",
    Condition.LINKED_ISSUE: "a Jira issue",
    Condition.PLAN_ATTACHED: "its plan output",
    Condition.ROLLBACK_PLAN: "a rollback plan",
    Condition.STAGING_PROOF: "proof from staging",
}
_ACCESS = {DeployState.APPROVED: "access open", DeployState.DEPLOYED: "access ended"}
_ENDED = {
    Status.WITHDRAWN: DeployState.WITHDRAWN,
    Status.SUPERSEDED: DeployState.SUPERSEDED,
    Status.EXPIRED: DeployState.EXPIRED,
    Status.REJECTED: DeployState.REJECTED,
}


def deploy_state(case: Case, scene: Scene) -> DeployState:
    """The state to show, from the case, the policy in force and the time; an approval is shown only while it holds."""
    if case.status in _ENDED:
        return _ENDED[case.status]
    if case.status is Status.DEPLOYED and case.deployments:
        return _live(case)
    if case.rollback is not None:
        return DeployState.GOING_BACK
    lapsed = case.valid_until is not None and scene.now >= case.valid_until and case.type is not Type.ACCESS
    if case.status is Status.APPROVED and lapsed:
        return DeployState.EXPIRED
    if case.status is Status.APPROVED and not holds(case, scene):
        return DeployState.CHANGED
    if freezes.holds(case, scene.rules, scene.now) is not None:
        return DeployState.FROZEN
    return DeployState.APPROVED if case.status is Status.APPROVED else _asking(case, scene)


def _live(case: Case) -> DeployState:
    one = last(case)
    if one.outcome is Outcome.FAILED:
        return DeployState.FAILED
    if one.outcome is Outcome.ROLLED_BACK or case.rollback is not None:
        return DeployState.ROLLED_BACK
    return DeployState.DEPLOYED if one.basis in ("approved", "emergency", "proceeding") else DeployState.UNAPPROVED


def _asking(case: Case, scene: Scene) -> DeployState:
    if not ruled(case, scene):
        return DeployState.CHECKS
    if before(case) and not voices(case, "approve"):
        return DeployState.CHANGED
    if not ready(case, scene):
        return DeployState.CHECKS
    return DeployState.PARTLY if voices(case, "approve") else DeployState.UNDECIDED


def holds(case: Case, scene: Scene) -> bool:
    """Whether what was approved is what is there: the same commit at the head, the same words, the same rule."""
    return gate.stands(case, scene.rules) and not moved(case)


def moved(case: Case) -> bool:
    """Whether the head is another commit than the one that is asked for."""
    return case.reading is not None and case.reading.sha == case.sha and case.reading.head not in ("", case.sha)


def ready(case: Case, scene: Scene) -> bool:
    """Whether only voices are missing: every condition of the rule holds by a young reading, nothing is frozen."""
    return readiness.ready(case, scene.rules, scene.now)


def unread(case: Case, scene: Scene) -> bool:
    """Whether what GitHub says of it now is not known."""
    as_of = case.read.as_of
    young = as_of is not None and abs(scene.now - as_of) <= EVIDENCE_MAX_AGE
    return not case.unlinked and (case.reading is None or not young)


def before(case: Case) -> tuple[Approval, ...]:
    """The approvals that it lost by its last change."""
    if case.changed_at is None or not set(case.changed) - {"asked-again"}:
        return ()
    lost = [one for one in case.approvals if one.voice == "approve" and one.taken_back_at is None]
    return tuple(one for one in lost if one.revision == case.revision - 1 and one.phase == "before")


def counted(case: Case, scene: Scene) -> tuple[int, int]:
    """(voices that count, voices that the rule asks for)."""
    want = quorum.needed(case, scene.rules)
    return want - sum(need.count for need in quorum.missing(case, scene.rules)), want


def ruled(case: Case, scene: Scene) -> bool:
    """Whether a rule of the policy covers it."""
    return matching.deploy_rule(case, scene.rules).index > 0


def reports(case: Case) -> bool:
    """Whether a pipeline says what became of it, so that nobody has to."""
    reading = case.reading
    seen = reading is not None and (reading.live is not None or bool(reading.target and reading.target.gated))
    return bool(case.passed) or (seen and not case.unlinked)


def words_of(case: Case, scene: Scene, state: DeployState) -> tuple[str, str]:
    """(emoji, words) of a state."""
    emoji, words = HEADS[state]
    if case.type is Type.ACCESS and state in _ACCESS:
        return emoji, _ACCESS[state]
    have, want = counted(case, scene)
    if state is DeployState.CHECKS and not ruled(case, scene):
        words = "nobody can approve it"
    elif state is DeployState.CHECKS and unread(case, scene):
        words = "waiting for GitHub"
    elif state is DeployState.CHECKS:
        words = f"waiting for {_awaited(case, scene)}"
    if state is DeployState.FROZEN and case.status is Status.APPROVED:
        words = "approved, held by a freeze"
    return emoji, words.format(have=have, want=want, sha=commits.label(case.sha, case.ref))


def _awaited(case: Case, scene: Scene) -> str:
    """`checks and a review`: what the rule asks for and is not there."""
    names = list(dict.fromkeys(_AWAITED[one.requirement.condition] for one in conditions.unmet(case, scene.rules)))
    if len(names) > MOST_AWAITED:
        names = [*names[: MOST_AWAITED - 1], f"{len(names) - MOST_AWAITED + 1} more"]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "approval"


def headline(case: Case, scene: Scene, state: DeployState) -> Sentence:
    """`⏳ Deploy DR-2026-0107: waiting for approval`."""
    emoji, words = words_of(case, scene, state)
    return say(f"{emoji} Deploy {{key}}: {words}", key=case.key)


_DECIDE = (Action.APPROVE, Action.REJECT, buttons.DETAILS)
_OFFERS: dict[DeployState, Sequence[str]] = {
    DeployState.UNDECIDED: _DECIDE,
    DeployState.PARTLY: _DECIDE,
    DeployState.FROZEN: _DECIDE,
    DeployState.REJECTED: (Action.EDIT, Action.ASK_AGAIN, buttons.DETAILS),
    DeployState.EXPIRED: (Action.ASK_AGAIN, buttons.DETAILS),
    DeployState.FAILED: (Action.MAKE_EMERGENCY, Action.ASK_AGAIN, buttons.DETAILS),
}


def offers(case: Case, scene: Scene, state: DeployState) -> Sequence[str]:
    """What the channel card offers: at most three, `Details` always, nothing that nobody could use now."""
    if state is DeployState.CHANGED:
        return _DECIDE if case.status is Status.REQUESTED and ready(case, scene) else (buttons.DETAILS,)
    if state is DeployState.FROZEN and case.status is Status.APPROVED:
        return (Action.APPROVE, buttons.DETAILS)
    if state is DeployState.APPROVED and (case.type is Type.ACCESS or not reports(case)):
        return (Action.MARK_DEPLOYED, buttons.DETAILS)
    if state is DeployState.FAILED and case.rollback is not None:
        return (Action.MAKE_EMERGENCY, buttons.DETAILS)
    lapsed = state is DeployState.EXPIRED and case.status is not Status.EXPIRED  # the sweep says so in a moment
    return (buttons.DETAILS,) if lapsed else _OFFERS.get(state, (buttons.DETAILS,))
