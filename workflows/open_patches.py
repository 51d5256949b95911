"""The patches that are owed, for `/change list patches`."""

from sqlalchemy import Connection, func, select

from workflows import ledger, patches, policy
from workflows.case import Case
from workflows.change import Actor, Field
from workflows.models import duties
from workflows.patches import PatchRow
from workflows.ruleset import Rules

MOST = 10


def listed(tx: Connection, actor: Actor, rules: Rules) -> tuple[tuple[PatchRow, ...], int]:
    """The ten that are due first, overdue ones among them, and how many more there are."""
    owed = duties.c.kind == patches.REF
    count = int(tx.execute(select(func.count()).select_from(duties).where(owed)).scalar_one())
    first = select(duties.c.change).where(owed).order_by(duties.c.due_at, duties.c.change).limit(MOST)
    cases = [case for one in tx.execute(first).scalars().all() if (case := ledger.case(tx, one)) is not None]
    return tuple(row for case in cases for row in _row(case, actor, rules)), max(0, count - MOST)


def _row(case: Case, actor: Actor, rules: Rules) -> tuple[PatchRow, ...]:
    entitled = policy.may_read(case, actor, rules)
    if case.patch_due is None:
        return ()
    one = PatchRow(
        key=case.key,
        system=", ".join(case.systems),
        title=case.text(Field.TITLE) if entitled else None,
        advisory=case.text(Field.ADVISORY) if entitled else None,
        score=case.cvss_score or "",
        due=case.patch_due,
        person=patches.answers(case),
        waits_until=case.put_off.until if case.put_off else "",
        confidential=not entitled,
    )
    return (one,)
