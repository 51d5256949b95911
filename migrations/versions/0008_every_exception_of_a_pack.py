"""Beside each change every exception that a pack names: those of the seven checks of auditors, and findings.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from workflows import departures, excepted, replay, snapshot
from workflows.moments import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PAGE = 100
ADDED = (
    *("reviewed-pull-request", "branch-protected", "tests-passed", "staging-first"),
    *("documented", "signed-off", "retroactive-review", "found-around-the-gate"),
)
CHANGES = sa.table("changes", sa.column("id", sa.Text()), sa.column("state", sa.Text()))
LISTED = sa.table("listed", sa.column("change", sa.Text()), sa.column("excepted", sa.Boolean()))
EXCEPTIONS = sa.table(
    "exceptions",
    sa.column("change", sa.Text()),
    sa.column("code", sa.Text()),
    sa.column("declared_at", Moment()),
    sa.column("drill", sa.Boolean()),
)


def upgrade() -> None:
    tx, last = op.get_bind(), ""
    while True:
        some = sa.select(CHANGES.c.id, CHANGES.c.state).where(CHANGES.c.id > last).order_by(CHANGES.c.id).limit(PAGE)
        rows = tx.execute(some).all()
        if not rows:
            return
        cases = [snapshot.load(row.state) for row in rows]
        told = replay.history(tx, [case.id for case in cases if departures.asks(case)])
        codes = excepted.of(tx, cases, told)
        tx.execute(sa.delete(EXCEPTIONS).where(EXCEPTIONS.c.change.in_([row.id for row in rows])))
        found = [
            {"change": case.id, "code": code, "declared_at": case.declared_at, "drill": case.drill}
            for case in cases
            for code in sorted(codes[case.id])
        ]
        if found:
            tx.execute(sa.insert(EXCEPTIONS), found)
        last = rows[-1].id
        _mark(tx, rows[0].id, last)


def _mark(tx: sa.Connection, first: str, last: str) -> None:
    there = sa.exists().where(EXCEPTIONS.c.change == LISTED.c.change)
    mine = LISTED.c.change.between(first, last)
    tx.execute(sa.update(LISTED).where(mine).values(excepted=there))


def downgrade() -> None:
    tx = op.get_bind()
    tx.execute(sa.delete(EXCEPTIONS).where(EXCEPTIONS.c.code.in_(ADDED)))
    tx.execute(sa.update(LISTED).values(excepted=sa.exists().where(EXCEPTIONS.c.change == LISTED.c.change)))
