"""What people said no to before: a new request for the same commit does not wash that off."""

from typing import Any

from sqlalchemy import Connection, func, select

from workflows import ledger
from workflows.case import Approval, Case
from workflows.change import Kind
from workflows.models import changes

NEWEST = 20


def of(tx: Connection, *, repository: str, environment: str, sha: str | None, but: str = "") -> list[dict[str, Any]]:
    """The requests for this commit here that somebody rejected, newest first: `key`, and `by`, the person's id.

    One that was approved after all, in a later version, is not among them; nor is the change with the id `but`.
    """
    if not sha or not repository:
        return []
    c = changes.c
    same = (c.kind == Kind.DEPLOY.value, c.repository == repository.strip().lower(), c.sha == sha, c.id != but)
    here = func.lower(c.environment) == environment.strip().lower()
    ids = tx.scalars(select(c.id).where(*same, here).order_by(c.declared_at.desc(), c.id.desc()).limit(NEWEST)).all()
    cases = (ledger.case(tx, one) for one in ids)
    return [{"key": case.key, "by": no.person} for case in cases if case and (no := _no(case, sha))]


def told(tx: Connection, case: Case, *, sha: str | None, environment: str) -> dict[str, Any]:
    """The same for a request that is for this commit and place from now on, as its event says it; {} for none."""
    found = of(tx, repository=case.repository or "", environment=environment, sha=sha, but=case.id)
    return {"rejected_before": found} if found else {}


def _no(case: Case, sha: str) -> Approval | None:
    """The last voice against this commit, unless it was approved since."""
    if case.decision is not None and case.decision.kind == "approved":
        return None
    said = [a for a in case.approvals if a.voice == "reject" and a.sha in (sha, None) and a.taken_back_at is None]
    return said[-1] if said else None
