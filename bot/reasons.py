"""Why a change may go or not yet, from the record as it is now: for `/change KEY why` and for Details."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from workflows import explaining, gates, read_times
from workflows.case import Case
from workflows.change import Kind
from workflows.explanation import Explanation
from workflows.models import policies
from workflows.ruleset import Rules


def explained(tx: Connection, case: Case, rules: Rules, now: datetime) -> Explanation:
    """The explanation of a case whose `standing` holds the readings; an emergency that opens its gate is found too."""
    known = read_times.of(tx, (case,)).get(case.id, case.read)
    others: list[Case] = []
    if case.kind is Kind.DEPLOY and case.repository and case.sha:
        where = {"repository": case.repository, "sha": case.sha, "environment": case.environment}
        others = [one for one in gates.candidates(tx, **where, rules=rules, now=now) if one.id != case.id]
    return explaining.explain(replace(case, read=known), rules, now, others=others)


def policy_since(tx: Connection, digest: str) -> datetime | None:
    """Since when that policy is in force."""
    found: datetime | None = tx.execute(sa.select(policies.c.at).where(policies.c.digest == digest)).scalar()
    return found
