"""The way back: a commit that was live here under an approved request goes live again without asking anybody.

Source: DESIGN §4. Read from what is recorded of deploys: their deployments, and what went back before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from workflows import matching, snapshot
from workflows.case import Case, Deployment
from workflows.change import Kind, Outcome, Status
from workflows.gated import Rollback
from workflows.models import changes
from workflows.ruleset import Rules

MOST = 500


@dataclass(frozen=True, slots=True)
class _Ran:
    """One commit that reached the environment, by which change."""

    case: Case
    one: Deployment

    @property
    def sha(self) -> str:
        return self.one.sha or ""


def may_roll_back(
    tx: Connection, repository: str, sha: str, environment: str, rules: Rules, now: datetime
) -> Rollback | None:
    """The way back to this commit; None: it takes a request.

    It was live here under an approval, and still was within `rollback_within` of the rule of its request; it is not
    what is live and works; and it is not itself what failed here last, or was left by going back.
    """
    cases = _cases(tx, repository, environment)
    return way_back(cases, sha, rules, now)


def way_back(cases: Sequence[Case], sha: str, rules: Rules, now: datetime) -> Rollback | None:
    """The same from the requests of one repository and environment. Pure."""
    ran = sorted((_Ran(c, d) for c in cases for d in c.deployments if d.sha), key=lambda r: (r.one.at, r.case.key))
    mine = [r for r in ran if r.sha == sha]
    approved = [r for r in mine if r.one.basis == "approved" and r.one.outcome is Outcome.OK]
    if not approved or mine[-1].one.outcome is not Outcome.OK or ran[-1].sha == sha or _left(cases, sha, mine[-1]):
        return None
    rule = matching.deploy_rule(approved[-1].case, rules)
    until = _live_until(ran, sha)
    if rule.index == 0 or now - until > rule.rollback_within:
        return None
    return Rollback(approved[-1].case.key, until, ran[-1].sha)


def _left(cases: Iterable[Case], sha: str, last: _Ran) -> bool:
    """Whether somebody went back from it since it was live: forward again is no way back."""
    return any(
        case.rollback is not None and case.rollback.away_from == sha and case.declared_at >= last.one.at
        for case in cases
        if case.status not in (Status.WITHDRAWN, Status.EXPIRED)
    )


def _live_until(ran: Sequence[_Ran], sha: str) -> datetime:
    """When another commit took its place for the last time."""
    last = max(n for n, r in enumerate(ran) if r.sha == sha and r.one.outcome is Outcome.OK)
    return next(r.one.at for r in ran[last + 1 :] if r.sha != sha)


def _cases(tx: Connection, repository: str, environment: str) -> list[Case]:
    c = changes.c
    of = (c.kind == Kind.DEPLOY.value, c.repository == repository.strip().lower())
    here = func.lower(c.environment) == environment.strip().lower()
    newest = select(c.state).where(*of, here).order_by(c.declared_at.desc(), c.id).limit(MOST)
    return [snapshot.load(state) for state in tx.scalars(newest)]
