"""Columns and indexes from which the register counts a period of any length without looking at each change.

Revision ID: 0007
Revises: 0006
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from workflows.moments import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PACES = (300, 900, 3600, 14400, 86400)
INDEXES = (
    ("events", ("kind", "seq")),
    ("listed", ("drill", "excepted", "late_at", "declared_at", "change")),
    ("listed", ("drill", "kind", "pace", "declared_at")),
    ("listed", ("drill", "review", "declared_at")),
    ("sightings", ("explained", "at", "kind")),
)


def upgrade() -> None:
    op.add_column("listed", sa.Column("pace", sa.Integer(), nullable=True))
    op.add_column("listed", sa.Column("review", sa.Text(), nullable=True))
    pace = " ".join(f"WHEN waited <= {most} THEN {n}" for n, most in enumerate(PACES))
    op.execute(f"UPDATE listed SET pace = CASE {pace} ELSE {len(PACES)} END WHERE waited IS NOT NULL")
    kept = "CASE WHEN reviewed_at <= review_due THEN 'on-time' ELSE 'late' END"
    op.execute(f"UPDATE listed SET review = {kept} WHERE reviewed_at IS NOT NULL AND review_due IS NOT NULL")
    op.drop_index(op.f("ix_listed_late_at"), table_name="listed")
    for table, names in INDEXES:
        _index(table, *names)
    _anew("exceptions", ("change", "code"), ("declared_at", "drill"))
    _index("exceptions", "code", "drill", "declared_at")
    placed = ("declared_at", "drill", "emergency")
    _anew("involved", ("person", "declared_at", "change"), placed)
    _make("touched", ("system", "declared_at", "change"), placed)
    _fill("touched", "system", "change_systems", placed)
    for table, first in (("involved", "person"), ("touched", "system")):
        _index(table, "change")
        _index(table, first, "drill", "emergency", "declared_at", "change")


def _index(table: str, *names: str) -> None:
    op.create_index(_ix(table, *names), table, list(names), unique=False)


def _ix(table: str, *names: str) -> str:
    return op.f(f"ix_{table}_{'_'.join(names)}")


def _make(table: str, key: tuple[str, ...], more: tuple[str, ...]) -> None:
    types: dict[str, sa.types.TypeEngine[Any]] = {"declared_at": Moment()} | dict.fromkeys(
        ("drill", "emergency"), sa.Boolean()
    )
    op.create_table(
        table,
        *(sa.Column(name, types.get(name, sa.Text()), nullable=False) for name in dict.fromkeys((*key, *more))),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f(f"fk_{table}_change")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )


def _fill(table: str, first: str, kept: str, more: tuple[str, ...]) -> None:
    """Rows of (`first`, change) with what `listed` says of the change."""
    values = ", ".join("l.kind = 'emergency'" if name == "emergency" else f"l.{name}" for name in more)
    rows = f"SELECT k.{first}, k.change, {values} FROM {kept} k JOIN listed l ON l.change = k.change"
    plain = f"SELECT {first}, change FROM {kept}"
    op.execute(f"INSERT INTO {table} ({', '.join((first, 'change', *more))}) {rows if more else plain}")


def _anew(table: str, key: tuple[str, ...], more: tuple[str, ...]) -> None:
    """The same rows in a table made again, with these columns too."""
    first = next(name for name in key if name not in ("change", "declared_at"))
    op.execute(f"CREATE TABLE kept AS SELECT {first}, change FROM {table}")
    op.drop_table(table)
    _make(table, key, more)
    _fill(table, first, "kept", more)
    op.drop_table("kept")


def downgrade() -> None:
    op.drop_table("touched")
    _anew("involved", ("person", "declared_at", "change"), ("declared_at",))
    _index("involved", "change")
    _anew("exceptions", ("change", "code"), ())
    _index("exceptions", "code", "change")
    for table, names in INDEXES:
        op.drop_index(_ix(table, *names), table_name=table)
    _index("listed", "late_at")
    op.drop_column("listed", "review")
    op.drop_column("listed", "pace")
