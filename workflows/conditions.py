"""What a deploy rule asks for besides voices, held against what GitHub said. Pure; what is not known is not there.

Sources: SOC 2 CC8.1 (tested, reviewed), CONTROLS.md; FACTS.md "GitHub" (reviews count on the head SHA only, checks and
legacy statuses both, 403/404 on branch rules is unknown).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from workflows import quorum
from workflows.case import Case
from workflows.change import Field, Type
from workflows.matching import deploy_rule, is_of
from workflows.reading import CheckState, Opined, Opinion, Part, Pull, Reading, Staged
from workflows.ruleset import Condition, Requirement, Rules

STAGING = ("staging",)
_UNDER_WAY = ("pending", "queued", "in_progress", "waiting")


class State(StrEnum):
    """WAITING: not yet, and it may come by itself (a check is running)."""

    YES = "yes"
    NO = "no"
    WAITING = "waiting"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Held:
    """One condition as it stands. `facts`: plain values for its sentence (names of checks, logins, numbers, SHAs)."""

    requirement: Requirement
    state: State
    facts: Mapping[str, str] = field(default_factory=dict)
    as_of: datetime | None = None


def evaluate(case: Case, rules: Rules) -> tuple[Held, ...]:
    """Every condition of the matching rule, in the policy's order; types that owe a document ask for it too."""
    asked = (*deploy_rule(case, rules).require, *_by_type(case))
    return tuple(_TESTS[one.condition](case, one) for one in dict.fromkeys(asked))


def evaluate_one(case: Case, condition: Condition) -> Held:
    """One condition, whether the rule asks for it or not."""
    return _TESTS[condition](case, Requirement(condition))


def unmet(case: Case, rules: Rules) -> tuple[Held, ...]:
    """The conditions that do not hold, those that are known not to first."""
    order = (State.NO, State.WAITING, State.UNKNOWN)
    return tuple(
        sorted((h for h in evaluate(case, rules) if h.state is not State.YES), key=lambda h: order.index(h.state))
    )


def _by_type(case: Case) -> tuple[Requirement, ...]:
    """An infrastructure change owes its plan output, a database change its way back and that it worked on staging."""
    return tuple(Requirement(one) for one in _OWED.get(case.type, ()))


_OWED: Mapping[Type, tuple[Condition, ...]] = {
    Type.INFRASTRUCTURE: (Condition.PLAN_ATTACHED,),
    Type.DATABASE: (Condition.ROLLBACK_PLAN, Condition.STAGING_PROOF),
}


def _held(case: Case, asked: Requirement, state: State, **facts: str) -> Held:
    return Held(asked, state, facts, case.read.as_of)


def _unread(case: Case, asked: Requirement, *parts: Part) -> Held | None:
    """Unknown, with what was not read; None when all of it was, of this commit and environment."""
    reading = case.reading
    if reading is None:
        return _held(case, asked, State.UNKNOWN, unread="unlinked" if case.unlinked else "github")
    if not is_of(reading, case):
        return _held(case, asked, State.UNKNOWN, unread="another", sha=reading.sha)
    missing = next((part for part in parts if part in reading.unknown), None)
    if missing is None:
        return None
    return _held(case, asked, State.UNKNOWN, unread=missing, why=reading.unknown[missing])


def _checks(case: Case, asked: Requirement) -> Held:
    """All that ran passed, and at least one ran; named ones are there and passed."""
    unread = _unread(case, asked, Part.CHECKS)
    if unread or case.reading is None:
        return unread or _held(case, asked, State.UNKNOWN)
    there = {check.name: check.state for check in case.reading.checks if not check.name.startswith("countersign/")}
    wanted = asked.names or tuple(there)
    absent = [name for name in wanted if name not in there]
    failed = [name for name in wanted if there.get(name) is CheckState.FAILED]
    running = [name for name in wanted if there.get(name) is CheckState.RUNNING]
    passed = str(sum(1 for name in wanted if there.get(name) is CheckState.PASSED))
    if failed:
        return _held(case, asked, State.NO, failed=", ".join(failed), passed=passed)
    if absent or not wanted:
        return _held(case, asked, State.UNKNOWN, absent=", ".join(absent), passed=passed)
    if running:
        return _held(case, asked, State.WAITING, running=", ".join(running), passed=passed)
    return _held(case, asked, State.YES, passed=passed)


def _reviewed(case: Case, asked: Requirement) -> Held:
    """Every pull request was approved on its last commit by somebody who had no hand in it; no commit came without."""
    unread = _unread(case, asked, Part.PULLS, Part.REVIEWS, Part.COMMITS)
    if unread or case.reading is None:
        return unread or _held(case, asked, State.UNKNOWN)
    reading, by = case.reading, dict[str, None]()
    if not reading.pulls:
        return _held(case, asked, State.NO, commit=reading.sha)
    for pull in reading.pulls:
        counts = _counting(case, reading, pull)
        if not counts:
            return _held(case, asked, State.NO if pull.head else State.UNKNOWN, **_lacking(reading, pull))
        by |= dict.fromkeys(counts)
    outside = next((commit.sha for commit in reading.commits if commit.pull == 0), None)
    if outside:
        return _held(case, asked, State.NO, commit=outside)
    if any(commit.pull is None for commit in reading.commits):
        return _held(case, asked, State.UNKNOWN, unread=Part.PULLS)
    if reading.total > len(reading.commits):
        return _held(case, asked, State.UNKNOWN, unread=Part.COMMITS)
    return _held(case, asked, State.YES, by=", ".join(sorted(by)), pulls=str(len(reading.pulls)))


def reviewed(pull: Pull, reviews: Iterable[Opined], *, hands: Iterable[str]) -> bool:
    """Whether somebody who had no hand in it approved the last commit of the pull request, and nobody is against it."""
    makers = {login.lower() for login in (*hands, pull.login or "") if login}
    last = [one for one in reviews if one.pull == pull.number and one.sha == pull.head and pull.head]
    if any(one.opinion is Opinion.CHANGES for one in last):
        return False
    return any(one.opinion is Opinion.APPROVED and one.login.lower() not in makers for one in last)


def _counting(case: Case, reading: Reading, pull: Pull) -> tuple[str, ...]:
    """Who approved the last commit of it and had no hand in any; none while somebody asks for changes of it."""
    on_it = [one for one in reading.reviews if one.pull == pull.number and pull.head and one.sha == pull.head]
    if any(one.opinion is Opinion.CHANGES for one in on_it):
        return ()
    hands = {hand.login.lower() for hand in reading.hands if hand.login} | {(pull.login or "").lower()}
    makers = {quorum.human(case, hand.person) for hand in reading.hands if hand.person}
    # Whoever is named by an address alone has an account, too.
    hands |= {login for who, login in case.standing.logins.items() if quorum.human(case, who) in makers}
    return tuple(r.login for r in on_it if r.opinion is Opinion.APPROVED and r.login.lower() not in hands)


def _lacking(reading: Reading, pull: Pull) -> dict[str, str]:
    """What keeps the reviews of it from counting: changes asked for, or an approval of an earlier commit."""
    told = [one for one in reading.reviews if one.pull == pull.number]
    against = [r.login for r in told if r.opinion is Opinion.CHANGES and r.sha == pull.head]
    old = next((r.sha for r in told if r.opinion is Opinion.APPROVED and r.sha != pull.head), "")
    return {"pull": str(pull.number), "old": old, "against": ", ".join(against)}


def _staging(case: Case, asked: Requirement) -> Held:
    """The same SHA was deployed to staging, and that succeeded."""
    unread = _unread(case, asked, Part.STAGING)
    if unread or case.reading is None:
        return unread or _held(case, asked, State.UNKNOWN)
    wanted = asked.names or STAGING
    seen = {one.environment.lower(): one for one in case.reading.staging}
    found = [(name, seen.get(name.lower())) for name in wanted]
    for state in (State.NO, State.WAITING):
        bad = next(((name, one) for name, one in found if _stage(one) is state), None)
        if bad:
            return _held(case, asked, state, environment=bad[0], stage=bad[1].state if bad[1] else "")
    last = seen[wanted[-1].lower()]
    return _held(case, asked, State.YES, environment=last.environment, at=last.at.isoformat() if last.at else "")


def _stage(one: Staged | None) -> State:
    """Only "success" is one; a state that GitHub may invent tomorrow is none."""
    if one is None or one.state not in ("success", *_UNDER_WAY):
        return State.NO
    return State.YES if one.state == "success" else State.WAITING


def _protected(case: Case, asked: Requirement) -> Held:
    unread = _unread(case, asked, Part.BRANCH)
    if unread or case.reading is None:
        return unread or _held(case, asked, State.UNKNOWN)
    branch = case.reading.branch
    if branch is None or branch.protected is None or (branch.protected and branch.approvals is None):
        return _held(case, asked, State.UNKNOWN, unread=Part.BRANCH)
    good = branch.protected and (branch.approvals or 0) >= 1
    return _held(case, asked, State.YES if good else State.NO, branch=branch.name, approvals=str(branch.approvals or 0))


def _issue(case: Case, asked: Requirement) -> Held:
    """Only one that somebody named: every request would have one that we open ourselves.

    One that Jira never showed us is none: any key could be typed.
    """
    known, named = case.issue, case.jira or ""
    if named and known is not None and not known.id and known.trouble:
        return _held(case, asked, State.NO, jira="", unseen=named)
    named = "" if known is not None and known.created else named
    return _held(case, asked, State.YES if named else State.NO, jira=named)


def _plan(case: Case, asked: Requirement) -> Held:
    there = Field.PLAN_OUTPUT in case.texts and case.plan_sha256 is not None
    return _held(case, asked, State.YES if there else State.NO, sha256=case.plan_sha256 or "")


def _way_back(case: Case, asked: Requirement) -> Held:
    there = Field.ROLLBACK in case.texts and Field.ROLLBACK not in case.flagged
    return _held(case, asked, State.YES if there else State.NO)


def _proof(case: Case, asked: Requirement) -> Held:
    """What somebody wrote of it, or GitHub's word that this commit was deployed to staging and that it worked."""
    if Field.STAGING_PROOF in case.texts and Field.STAGING_PROOF not in case.flagged:
        return _held(case, asked, State.YES)
    seen = _staging(case, asked)
    return seen if seen.state is State.YES else _held(case, asked, State.NO)


_TESTS: Mapping[Condition, Callable[[Case, Requirement], Held]] = {
    Condition.CHECKS_PASS: _checks,
    Condition.REVIEWED: _reviewed,
    Condition.STAGING_FIRST: _staging,
    Condition.PROTECTED: _protected,
    Condition.LINKED_ISSUE: _issue,
    Condition.PLAN_ATTACHED: _plan,
    Condition.ROLLBACK_PLAN: _way_back,
    Condition.STAGING_PROOF: _proof,
}
