"""What lists of the register are drawn from: narrow rows, and exceptions; worked out for every change there is.

Revision ID: 0006
Revises: 0005
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from workflows import excepted, listing, replay, snapshot
from workflows.case import Case
from workflows.moments import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PAGE = 200
INDEXES = (
    ("drill", "declared_at", "change", "kind"),
    ("drill", "kind", "declared_at", "change"),
    ("drill", "verdict", "declared_at", "change"),
    ("excepted", "drill", "declared_at", "change"),
    ("late_at",),
)


def upgrade() -> None:
    listed = op.create_table(
        "listed",
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("declared_at", Moment(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("waited", sa.Integer(), nullable=True),
        sa.Column("excepted", sa.Boolean(), nullable=False),
        sa.Column("late_at", Moment(), nullable=True),
        sa.Column("review_due", Moment(), nullable=True),
        sa.Column("reviewed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_listed_change")),
        sa.PrimaryKeyConstraint("change", name=op.f("pk_listed")),
    )
    exceptions = op.create_table(
        "exceptions",
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_exceptions_change")),
        sa.PrimaryKeyConstraint("change", "code", name=op.f("pk_exceptions")),
    )
    involved = op.create_table(
        "involved",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("declared_at", Moment(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_involved_change")),
        sa.PrimaryKeyConstraint("person", "declared_at", "change", name=op.f("pk_involved")),
    )
    _fill(op.get_bind(), listed, exceptions, involved)
    for names in INDEXES:
        op.create_index(op.f(f"ix_listed_{'_'.join(names)}"), "listed", list(names), unique=False)
    op.create_index(op.f("ix_involved_change"), "involved", ["change"], unique=False)
    op.create_index(op.f("ix_exceptions_code_change"), "exceptions", ["code", "change"], unique=False)


def _fill(tx: sa.Connection, listed: sa.Table, exceptions: sa.Table, involved: sa.Table) -> None:
    """What the program itself would have written beside each change."""
    changes = sa.table("changes", sa.column("id", sa.Text()), sa.column("state", sa.Text()))
    last = ""
    while True:
        some = sa.select(changes.c.id, changes.c.state).where(changes.c.id > last).order_by(changes.c.id).limit(PAGE)
        rows = tx.execute(some).all()
        if not rows:
            return
        told = replay.history(tx, [row.id for row in rows])
        cases = [snapshot.load(row.state) for row in rows]
        codes = excepted.of(tx, cases, told)
        shown = [{"change": case.id, "excepted": bool(codes[case.id]), **_row(case, listed)} for case in cases]
        tx.execute(sa.insert(listed), shown)
        who = [(person, case.declared_at, case.id) for case in cases for person in sorted(listing.people(case))]
        tx.execute(
            sa.insert(involved), [dict(zip(("person", "declared_at", "change"), one, strict=True)) for one in who]
        )
        found = [{"change": change, "code": code} for change, some in codes.items() for code in sorted(some)]
        if found:
            tx.execute(sa.insert(exceptions), found)
        last = rows[-1].id


def _row(case: Case, listed: sa.Table) -> dict[str, Any]:
    """What of the row there is a column for by now."""
    return {name: value for name, value in listing.of(case).row().items() if name in listed.c}


def downgrade() -> None:
    for table in ("involved", "exceptions", "listed"):
        op.drop_table(table)
