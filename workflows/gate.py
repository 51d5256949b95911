"""Whether the pipeline may go: yes on exactly three bases, each named (promise 6). Pure; unknown means no."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from workflows import binding, freezes, matching, quorum
from workflows.case import Case
from workflows.change import Basis, Kind, Status
from workflows.ruleset import Rules


class Says(StrEnum):
    """YES: go. WAIT: not yet, somebody or something is awaited. NO: this will not be let through as it stands."""

    YES = "yes"
    WAIT = "wait"
    NO = "no"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why not (yet); `bot.blocks` has the words."""

    NOT_ASKED = "not-asked"
    UNDECIDED = "undecided"
    CHANGED = "changed"
    FROZEN = "frozen"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    OTHER_COMMIT = "other-commit"
    NO_RULE = "no-rule"
    DONE = "done"
    UNREAD = "unread"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Answer:
    """`until`: how long a yes holds, or when a freeze ends. `facts`: plain values for the sentence.

    `undecided` among them: the freeze holds what nobody has approved yet.
    """

    says: Says
    basis: Basis | None = None
    why: Why | None = None
    change: str | None = None
    key: str | None = None
    until: datetime | None = None
    facts: dict[str, str] = field(default_factory=dict)


NOT_ASKED = Answer(Says.NO, why=Why.NOT_ASKED)
_ENDED = {
    Status.REJECTED: Why.REJECTED,
    Status.EXPIRED: Why.EXPIRED,
    Status.SUPERSEDED: Why.SUPERSEDED,
    Status.WITHDRAWN: Why.WITHDRAWN,
}
_ORDER = (Says.YES, Says.WAIT, Says.UNKNOWN, Says.NO)


def answer(
    cases: Iterable[Case], *, repository: str, sha: str, environment: str, rules: Rules, now: datetime
) -> Answer:
    """The best answer that one of these changes gives for exactly this commit; without any: nobody asked for it.

    `sha` is the whole 40 (or 64) hex digits. An approved request wins over an emergency, so that a commit that was
    approved is not written on an emergency that happens to be open.
    """
    found = [
        opens(case, repository=repository, sha=sha, environment=environment, rules=rules, now=now) for case in cases
    ]
    relevant = [one for one in found if one is not None]
    order = {basis: n for n, basis in enumerate((Basis.APPROVED, Basis.ROLLBACK, Basis.EMERGENCY, None))}
    return min(relevant, key=lambda one: (_ORDER.index(one.says), order[one.basis]), default=NOT_ASKED)


def opens(case: Case, *, repository: str, sha: str, environment: str, rules: Rules, now: datetime) -> Answer | None:
    """What this change says to it; None: it has nothing to do with it."""
    if case.drill or not matching.same_name(case.environment, environment):
        return None
    if case.kind is Kind.EMERGENCY:
        return _emergency(case, repository, rules, now)
    if case.kind is not Kind.DEPLOY or not matching.same_name(case.repository or "", repository):
        return None
    if case.sha != sha:
        moved = any(sha == one.sha for one in (case.reading.commits if case.reading else ()))
        return _no(case, Says.NO, Why.OTHER_COMMIT, asked=case.sha or "") if moved else None
    return _rollback(case, rules, now) if case.rollback else _deploy(case, rules, now)


def _no(case: Case, says: Says, why: Why, until: datetime | None = None, **facts: str) -> Answer:
    return Answer(says, None, why, case.id, case.key, until, facts)


def _emergency(case: Case, repository: str, rules: Rules, now: datetime) -> Answer | None:
    """An emergency that was decided so, inside its window, for the repositories of its systems and no other."""
    decided = case.decision is not None and case.decision.kind in ("approved", "proceeding")
    until = case.window_until
    served = matching.is_one_of(repository, matching.repositories(case, rules))
    if not (served and decided and until is not None and now < until) or case.status is Status.WITHDRAWN:
        return None
    return Answer(Says.YES, Basis.EMERGENCY, None, case.id, case.key, until)


def _rollback(case: Case, rules: Rules, now: datetime) -> Answer:
    """A way back stays open as long as an approval would, also once somebody went it."""
    if case.status is Status.WITHDRAWN:
        return _no(case, Says.NO, Why.WITHDRAWN)
    until = case.decision.at + matching.deploy_rule(case, rules).valid_for if case.decision else None
    if case.status is Status.EXPIRED or (case.closed_at is None and (until is None or now >= until)):
        return _no(case, Says.NO, Why.EXPIRED)
    if case.closed_at is not None:
        return _no(case, Says.NO, Why.DONE)
    return Answer(Says.YES, Basis.ROLLBACK, None, case.id, case.key, until)


def _deploy(case: Case, rules: Rules, now: datetime) -> Answer:
    if case.status in _ENDED:
        return _no(case, Says.NO, _ENDED[case.status])
    if case.status is Status.DEPLOYED:
        return _no(case, Says.NO, Why.DONE)
    if matching.deploy_rule(case, rules).index == 0:
        return _no(case, Says.NO, Why.NO_RULE)
    frozen = freezes.holds(case, rules, now)
    if case.status is not Status.APPROVED and frozen is not None:
        return _no(case, Says.WAIT, Why.FROZEN, frozen.until, reason=frozen.reason, undecided=case.status.value)
    if case.status is not Status.APPROVED:
        return _no(case, Says.WAIT, Why.UNDECIDED)
    if not stands(case, rules):
        return _no(case, Says.WAIT, Why.CHANGED)
    if case.valid_until is None or now >= case.valid_until:
        return _no(case, Says.NO, Why.EXPIRED)
    if frozen is not None:
        return _no(case, Says.WAIT, Why.FROZEN, frozen.until, reason=frozen.reason)
    return Answer(Says.YES, Basis.APPROVED, None, case.id, case.key, case.valid_until)


def stands(case: Case, rules: Rules) -> bool:
    """Whether the approval still holds for what is there now: digest, quorum, and none of it a party or there twice."""
    mine = binding.digest(case, rules)
    voices = quorum.voices(case)
    barred = quorum.parties(case)
    sound = all(a.digest == mine and a.person not in barred for a in voices)
    return bool(voices) and sound and not quorum.twice(case) and not quorum.missing(case, rules)
