"""What explains something that reached production or a protected branch; where nothing does, what it is. Pure.

A change is held against it as it was at that moment (`hindsight`): an approval that ended later explained it then, one
that came later did not. Which environments count as production: those that any [[deploy]] rule of the policy names;
where a rule names none, or there is no rule, "production" too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from workflows import conditions, coverage, freezes, matching, quorum
from workflows.case import Case
from workflows.change import Basis, Found, Kind, Outcome, Relation, Status
from workflows.gated import Passed
from workflows.hindsight import SKEW
from workflows.reading import Opined, Pull
from workflows.ruleset import PIPELINE, Rules

PRODUCTION = "production"
LATELY = timedelta(days=1)


class Sort(StrEnum):
    """What kind of thing was seen."""

    DEPLOYMENT = "deployment"
    COMMIT = "commit"
    BYPASS = "bypass"
    DRIFT = "drift"


class Explained(StrEnum):
    """What came of it. FOUND: nothing explains it, and there is a finding. BEFORE: older than our first look."""

    APPROVED = "approved"
    EMERGENCY = "emergency"
    ROLLBACK = "rollback"
    REVIEWED = "reviewed"
    FOUND = "found"
    NOT_OURS = "not-ours"
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a source shows. `external`: its own id of it; `at`: when it got there, aware UTC; `login`: who did it.

    `pipeline`: that was a GitHub App or the holder of a token. `around`: how the source itself shows that the gate was
    passed by. Of a commit: the `pulls` that brought it and their `reviews` (None: could not be read), and the `hands`
    in it, (relation, login); `emails`: the verified address of each login that has one. `title`: what a drift job calls
    it, typed text; `systems`: those it names, of the policy.
    """

    source: str
    external: str
    sort: Sort
    repository: str
    sha: str
    at: datetime
    environment: str | None = None
    outcome: Outcome | None = None
    login: str = ""
    url: str | None = None
    branch: str | None = None
    pipeline: bool = False
    around: Found | None = None
    pulls: tuple[Pull, ...] | None = None
    reviews: tuple[Opined, ...] | None = None
    hands: tuple[tuple[Relation, str], ...] = ()
    emails: tuple[tuple[str, str], ...] = ()
    title: str = ""
    systems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """`explained` None: not known yet. `change`: the id of what explains it; `near`: the key of what came nearest."""

    explained: Explained | None
    change: str | None = None
    found: Found | None = None
    near: str | None = None


def environments(rules: Rules) -> tuple[str, ...]:
    """The environments that count as production, as the policy spells them."""
    named = [name for rule in rules.deploy for name in rule.environments]
    if not rules.deploy or any(not rule.environments for rule in rules.deploy):
        named.append(PRODUCTION)
    return tuple(dict.fromkeys(named))


def environment(name: str | None, rules: Rules) -> str | None:
    """The environment as the policy spells it (GitHub knows no difference of letters); None: no production."""
    return next((known for known in environments(rules) if known.casefold() == (name or "").casefold()), None)


def systems(repository: str, rules: Rules) -> tuple[str, ...]:
    """The systems that this repository serves; empty: none of the policy's."""
    served = rules.systems.items()
    return tuple(name for name, s in served if repository.lower() in {r.lower() for r in s.repositories})


def judge(seen: Seen, cases: Sequence[Case], rules: Rules, *, person: str = "") -> Judged:
    """What explains it. `cases`: what could, as of then, with standing; `person`: whose the login is."""
    if seen.sort is Sort.DRIFT:
        return Judged(Explained.FOUND, found=Found.DRIFT)
    if seen.sort is Sort.COMMIT:
        return _commit(seen, cases, rules)
    return _deployment(seen, cases, rules, person)


def _commit(seen: Seen, cases: Sequence[Case], rules: Rules) -> Judged:
    """Merged by a pull request that somebody without a hand in it approved on its last commit, or else a finding."""
    if seen.repository.lower() not in coverage.catalogue(rules):
        return Judged(Explained.NOT_OURS)
    if seen.pulls is None or (seen.pulls and seen.reviews is None):
        return Judged(None)
    near = next((case.key for case in cases if _window(case, seen, rules)), None)
    merged = [pull for pull in seen.pulls if pull.merged and pull.base in ("", seen.branch or pull.base)]
    if not merged:
        return Judged(Explained.FOUND, found=Found.DIRECT_PUSH, near=near)
    if any(conditions.reviewed(pull, seen.reviews or (), hands=[login for _, login in seen.hands]) for pull in merged):
        return Judged(Explained.REVIEWED)
    return Judged(Explained.FOUND, found=Found.UNREVIEWED_MERGE, near=near)


def _deployment(seen: Seen, cases: Sequence[Case], rules: Rules, person: str) -> Judged:
    seen = replace(seen, environment=environment(seen.environment, rules) or seen.environment)
    mine = [c for c in cases if not c.drill and matching.same_name(c.environment, seen.environment or "")]
    allowed = ((case, basis) for case in mine if (basis := explains(case, seen, rules)))
    best = min(
        allowed, key=lambda one: (_finished(one[0], seen), _had(one[0], seen), _ORDER.index(one[1])), default=None
    )
    if best is None:
        return _unexplained(seen, mine, rules)
    case, basis = best
    found = seen.around or (None if _may_deploy(case, seen, rules, person) else Found.NOT_A_DEPLOYER)
    if found is not None:
        return Judged(Explained.FOUND, case.id, found, case.key)
    return Judged(Explained(basis.value), case.id)


_ORDER = (Basis.APPROVED, Basis.ROLLBACK, Basis.EMERGENCY)


def explains(case: Case, seen: Seen, rules: Rules) -> Basis | None:
    """On which basis this change, as it was then, allowed that deployment; None: on none."""
    if case.kind is Kind.EMERGENCY:
        return Basis.EMERGENCY if _window(case, seen, rules) else None
    if case.kind is not Kind.DEPLOY or not _same_repository(case, seen):
        return None
    finished = _finished(case, seen)
    passed = _passed(case, seen)
    if passed and case.status is not Status.WITHDRAWN and not finished:
        return passed[-1].basis
    if case.sha != seen.sha or case.decision is None:
        return None
    if case.rollback is not None:
        live = case.status in (Status.PROCEEDING, Status.DEPLOYED)
        return Basis.ROLLBACK if live and case.decision.kind == "rollback" and not finished else None
    approved = case.decision.kind == "approved" and case.status in (Status.APPROVED, Status.DEPLOYED)
    if not approved or case.valid_until is None or seen.at >= case.valid_until + SKEW or _gone_back(case, seen):
        return None
    return None if freezes.holds(case, rules, seen.at) else Basis.APPROVED


def _passed(case: Case, seen: Seen) -> list[Passed]:
    """When the gate let it through for this: a run begins within a day of that, or not because of it."""
    here = [p for p in case.passed if matching.same_name(p.environment, seen.environment or p.environment)]
    return [one for one in here if one.sha == seen.sha and seen.at < one.at + LATELY]


def _gone_back(case: Case, seen: Seen) -> bool:
    """Whether production left it again before this: forward once more takes a new approval."""
    left = [d for d in case.deployments if d.sha == seen.sha and d.outcome is Outcome.ROLLED_BACK]
    return bool(left) and case.closed_at is not None and seen.at > case.closed_at


def _finished(case: Case, seen: Seen) -> bool:
    """Whether it had had its deployment already: what it was let through for does not go on for ever."""
    live = case.kind is Kind.DEPLOY and case.status is Status.DEPLOYED
    return live and case.closed_at is not None and seen.at >= case.closed_at + SKEW


def _had(case: Case, seen: Seen) -> bool:
    """Whether an earlier deployment of this commit stands on it: another request that waits for its own comes first."""
    return any(one.sha == seen.sha and one.at < seen.at and one.external != seen.external for one in case.deployments)


def _window(case: Case, seen: Seen, rules: Rules) -> bool:
    """Whether an emergency that was decided so was open for this repository then."""
    if case.kind is not Kind.EMERGENCY or case.drill or case.decision is None or case.window_until is None:
        return False
    served = seen.repository.lower() in {name.lower() for name in matching.repositories(case, rules)}
    decided = case.decision.kind in ("approved", "proceeding") and case.status is not Status.WITHDRAWN
    return served and decided and (bool(_passed(case, seen)) or seen.at < case.window_until + SKEW)


def _same_repository(case: Case, seen: Seen) -> bool:
    return (case.repository or "").lower() == seen.repository.lower()


def _may_deploy(case: Case, seen: Seen, rules: Rules, person: str) -> bool:
    """Whether whoever deployed is one of the rule's `deployers`; an emergency names none."""
    names = matching.deploy_rule(case, rules).deployers if case.kind is Kind.DEPLOY else ()
    if not names or (seen.pipeline and PIPELINE in names):
        return True
    groups = [name for name in names if name != PIPELINE]
    return bool(person) and quorum.human(case, person) in quorum.members(case, groups)


def _unexplained(seen: Seen, cases: Sequence[Case], rules: Rules) -> Judged:
    """Which finding it is: how the source shows it first, then by what came nearest to allowing it."""
    known = [case for case in cases if case.kind is Kind.DEPLOY and _same_repository(case, seen)]
    if not known and not coverage.covered(seen.repository, rules):
        return Judged(Explained.NOT_OURS)
    if environment(seen.environment, rules) is None:
        return Judged(Explained.NOT_OURS)
    exact = [case for case in known if case.sha == seen.sha]
    late = next((case for case in exact if _was_approved(case)), None)
    other = next((c for c in known if c.sha != seen.sha and explains(c, replace(seen, sha=c.sha or ""), rules)), None)
    over = next((case for case in cases if case.kind is Kind.EMERGENCY and _over(case, seen, rules)), None)
    nearest = late or other or over or next(iter(exact), None)
    what = Found.OUTSIDE_VALIDITY if late or (over and not other) else Found.OTHER_COMMIT if other else Found.NO_BASIS
    return Judged(Explained.FOUND, None, seen.around or what, nearest.key if nearest else None)


def _was_approved(case: Case) -> bool:
    ended = (Status.EXPIRED, Status.APPROVED, Status.DEPLOYED)
    return case.status in ended and case.decision is not None and case.decision.kind == "approved"


def _over(case: Case, seen: Seen, rules: Rules) -> bool:
    """Whether an emergency of this repository had been open, and was over."""
    until = case.window_until
    return until is not None and _window(case, replace(seen, at=until - SKEW), rules) and seen.at - until < LATELY
