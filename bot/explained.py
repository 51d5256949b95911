"""Read what an explanation takes: the case with readings of any age, and what else may open the same pipeline."""

from datetime import datetime

from sqlalchemy import Connection

from workflows import explaining, gates
from workflows.case import Case
from workflows.change import Kind
from workflows.explanation import Explanation
from workflows.ruleset import Rules


def explained(tx: Connection, case: Case, rules: Rules, now: datetime) -> Explanation:
    """Why `case` (with standing and `read`) may go, or not yet; an emergency that is open for its commit counts."""
    if case.kind is not Kind.DEPLOY or not case.repository or not case.sha:
        return explaining.explain(case, rules, now)
    here = gates.candidates(
        tx, repository=case.repository, sha=case.sha, environment=case.environment, rules=rules, now=now
    )
    return explaining.explain(case, rules, now, others=[one for one in here if one.id != case.id])
