"""When something is due on a case: pure functions of the case, the rules and the time.

Nothing is stored but what was already sent (`Case.notices`, `Case.asks`): what is due now is what should have been
sent by now and was not. Offsets come from the policy, the clock's start and its two limits from the record.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from workflows import access, freezes, matching, patches, readiness
from workflows.case import Case
from workflows.change import UNDECIDED, Kind, Status, Type
from workflows.rows import DebtKind
from workflows.ruleset import Rules

IS_LIVE_AFTER = timedelta(hours=1)
LAST_CALL_BEFORE = timedelta(hours=2)


class Step(StrEnum):
    """What the sweep does when an undecided or not yet deployed change has waited."""

    NUDGE = "nudge"
    WIDEN = "widen"
    IS_LIVE = "is_live"
    EXPIRE = "expire"
    FREEZE = "freeze"
    THAW = "thaw"
    GATE_CLOSED = "gate_closed"
    ACCESS_OVER = "access_over"


@dataclass(frozen=True, slots=True)
class Due:
    """Something due at `at`; `key` is unique within the change. `kind` is a Step or the DebtKind it is told with."""

    key: str
    at: datetime
    kind: Step | DebtKind
    ref: str = ""


def due(case: Case, rules: Rules, now: datetime) -> tuple[Due, ...]:
    """Everything that should have been sent by `now` and was not, oldest first."""
    return tuple(sorted((one for one in _open(case, rules, now) if one.at <= now), key=lambda one: one.at))


def next_due(case: Case, rules: Rules, now: datetime) -> datetime | None:
    """When this case next needs a look; None: never. A time in the past means now."""
    return min((one.at for one in _open(case, rules, now)), default=None)


def _open(case: Case, rules: Rules, now: datetime) -> Iterator[Due]:
    sent = {notice.key for notice in case.notices}
    for one in (
        *_waiting(case, rules),
        *_live(case),
        *_window(case, rules),
        *_deploy(case, rules, now),
        *_review(case, rules, now),
        *_follow_ups(case),
        *_access(case, now),
        *_patch(case, rules, now),
    ):
        if one.key not in sent:
            yield one


def asked_since(case: Case) -> datetime:
    """The moment from which people wait: the latest first (or renewed) request for this revision."""
    since = case.changed_at or case.declared_at
    return max((a.at for a in case.asks if a.round in ("first", "again") and a.at >= since), default=since)


def _waiting(case: Case, rules: Rules) -> Iterator[Due]:
    if case.kind is not Kind.EMERGENCY or case.status not in UNDECIDED:
        return
    rule = matching.emergency_rule(case, rules)
    since = asked_since(case)
    mark = f"{case.revision}:{since.isoformat()}"
    rounds = {a.round for a in case.asks if a.at >= since}
    if "nudge" not in rounds and "widen" not in rounds:
        yield Due(f"nudge:{mark}", since + rule.nudge, Step.NUDGE)
    if "widen" not in rounds:
        yield Due(f"widen:{mark}", since + rule.widen, Step.WIDEN)


def _live(case: Case) -> Iterator[Due]:
    undone = case.status in (Status.APPROVED, Status.PROCEEDING)
    if case.kind is not Kind.EMERGENCY or not undone or case.decision is None or case.type is Type.ACCESS:
        return
    at = case.later_until or case.decision.at + IS_LIVE_AFTER
    yield Due(f"live:{at.isoformat()}", at, Step.IS_LIVE)


def _window(case: Case, rules: Rules) -> Iterator[Due]:
    """The gate that an emergency opened closes."""
    opens = case.kind is Kind.EMERGENCY and not case.drill and bool(matching.repositories(case, rules))
    if opens and case.window_until is not None:
        yield Due(f"window:{case.window_until.isoformat()}", case.window_until, Step.GATE_CLOSED)


def _deploy(case: Case, rules: Rules, now: datetime) -> Iterator[Due]:
    """An approval ends, a freeze begins or is over, and what was let through has been heard of."""
    if case.kind is not Kind.DEPLOY or case.status not in (*readiness.PENDING, Status.PROCEEDING):
        return
    if readiness.let_through(case):
        at = max(one.at for one in case.passed) + IS_LIVE_AFTER
        yield Due(f"live:{at.isoformat()}", at, Step.IS_LIVE)
        return
    until = _valid_until(case, rules)
    if until is not None:
        yield Due(f"expire:{case.revision}:{until.isoformat()}", until, Step.EXPIRE)
    if case.rollback is None:
        yield from _freezes(case, rules, now)


def _valid_until(case: Case, rules: Rules) -> datetime | None:
    """When it may go no longer: a way back stays open as long as an approval would. Access has an end of its own."""
    if case.rollback is not None and case.decision is not None:
        return case.decision.at + matching.deploy_rule(case, rules).valid_for
    return case.valid_until if case.status is Status.APPROVED and case.type is not Type.ACCESS else None


def _freezes(case: Case, rules: Rules, now: datetime) -> Iterator[Due]:
    """`frozen:` notices keep which occurrences held it and until when, so that each end is seen, however late."""
    holding = {one.id: one for one in freezes.current(rules, case.environment, now)}
    for one in holding.values():
        until = one.until.isoformat() if one.until else ""
        yield Due(f"frozen:{one.id}:{until}", one.since or case.declared_at, Step.FREEZE, one.id)
    start = freezes.next_start(rules, case.environment, now)
    if start is not None:
        yield Due(f"freeze:{start.isoformat()}", start, Step.FREEZE)
    for notice in case.notices:
        word, _, rest = notice.key.partition(":")
        id, _, end = rest.partition(":")
        if word == "frozen" and id not in holding:
            over = min(now, datetime.fromisoformat(end)) if end else now
            yield Due(f"thaw:{id}", max(over, notice.at), Step.THAW, id)
        elif word == "frozen" and (known := holding[id].until):
            yield Due(f"thaw:{id}", known, Step.THAW, id)


def _review(case: Case, rules: Rules, now: datetime) -> Iterator[Due]:
    review = case.review
    if review is None or review.closed_at is not None or case.closed_at is not None:
        return
    times = matching.emergency_rule(case, rules).review
    # A review that became owed anew (taken back and approved again) is told of anew, whatever was sent of the first.
    mark = f"{review.start.isoformat()}:{review.owed_at.isoformat()}"

    def one(name: str, at: datetime, kind: DebtKind) -> Due:
        return Due(f"review:{mark}:{name}", at, kind)

    last = review.owed_at
    for n, offset in enumerate(sorted(times.remind)):
        last = max(review.start + offset, review.owed_at)
        if n == 0 or review.start + offset > review.owed_at:
            yield one(f"remind:{n}", last, DebtKind.ASKED if n == 0 else DebtKind.REMINDER)
    if times.then_every:
        n, at = 1, last + times.then_every
        while at < review.deadline:
            yield one(f"then:{n}", at, DebtKind.REMINDER)
            n, at = n + 1, at + times.then_every
    if review.snoozed_until:
        yield one(f"awake:{review.snoozed_until.isoformat()}", review.snoozed_until, DebtKind.REMINDER)
    yield one("due", review.due, DebtKind.ESCALATION)
    yield one("last-call", review.deadline - LAST_CALL_BEFORE, DebtKind.LAST_CALL)
    yield one("deadline", review.deadline, DebtKind.DEADLINE)
    days = max((now - review.deadline) // timedelta(days=1), 0) + 1
    for n in range(max(1, days - 1), days + 1):
        yield one(f"daily:{n}", review.deadline + timedelta(days=n), DebtKind.DAILY)


def _follow_ups(case: Case) -> Iterator[Due]:
    for review in (case.review, *case.earlier_reviews):
        for follow in review.follow_ups if review else ():
            if follow.open:
                at = datetime.fromisoformat(follow.due).replace(hour=8, tzinfo=UTC)
                yield Due(f"follow-up:{follow.id}", at, DebtKind.FOLLOW_UP, follow.id)


def _access(case: Case, now: datetime) -> Iterator[Due]:
    """Access that is open past its end is asked about until somebody confirms that it is over."""
    end = access.ends(case)
    for at in access.asks(case, now):
        yield Due(f"access:{end.isoformat() if end else ''}:{at.isoformat()}", at, Step.ACCESS_OVER)


def _patch(case: Case, rules: Rules, now: datetime) -> Iterator[Due]:
    for one in patches.notices(case, rules, now):
        yield Due(one.name, one.at, one.kind, patches.REF)
