"""Columns and indexes from which the register counts a period of any length without looking at each change.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from workflows.moments import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PACES = (300, 900, 3600, 14400, 86400)
INDEXES = (
    ("events", ("subject", "kind", "seq")),
    ("listed", ("drill", "excepted", "late_at", "declared_at")),
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
        op.create_index(_ix(table, *names), table, list(names), unique=False)
    _anew("exceptions", ("change", "code"), placed=True)
    op.create_index(_ix("exceptions", "code", "drill", "declared_at"), "exceptions", ["code", "drill", "declared_at"])
    _anew("involved", ("person", "declared_at", "change"), placed=True)
    _make("touched", ("system", "declared_at", "change"), placed=True)
    op.execute(
        "INSERT INTO touched (system, change, declared_at, drill) SELECT s.system, s.change, l.declared_at, l.drill "
        "FROM change_systems s JOIN listed l ON l.change = s.change"
    )
    for table, first in (("involved", "person"), ("touched", "system")):
        op.create_index(_ix(table, "change"), table, ["change"])
        op.create_index(_ix(table, first, "drill", "declared_at"), table, [first, "drill", "declared_at"])


def _ix(table: str, *names: str) -> str:
    return op.f(f"ix_{table}_{'_'.join(names)}")


def _make(table: str, key: tuple[str, ...], *, placed: bool) -> None:
    """A table with this key; `placed`: with the time and the earnest of the change."""
    names = dict.fromkeys((*key, *(("declared_at", "drill") if placed else ())))
    types: dict[str, sa.types.TypeEngine[object]] = {"declared_at": Moment(), "drill": sa.Boolean()}
    op.create_table(
        table,
        *(sa.Column(name, types.get(name, sa.Text()), nullable=False) for name in names),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f(f"fk_{table}_change")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )


def _anew(table: str, key: tuple[str, ...], *, placed: bool) -> None:
    """The same rows in a table made again; what is placed is read from `listed`."""
    first = next(name for name in key if name not in ("change", "declared_at"))
    op.execute(f"CREATE TABLE kept AS SELECT {first}, change FROM {table}")
    op.drop_table(table)
    _make(table, key, placed=placed)
    more = [*(["declared_at"] if placed or "declared_at" in key else []), *(["drill"] if placed else [])]
    columns, values = (
        ", ".join([first, "change", *more]),
        ", ".join([f"k.{first}", "k.change", *(f"l.{m}" for m in more)]),
    )
    op.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM kept k JOIN listed l ON l.change = k.change")
    op.drop_table("kept")


def downgrade() -> None:
    op.drop_table("touched")
    _anew("involved", ("person", "declared_at", "change"), placed=False)
    op.create_index(_ix("involved", "change"), "involved", ["change"])
    _anew("exceptions", ("change", "code"), placed=False)
    op.create_index(_ix("exceptions", "code", "change"), "exceptions", ["code", "change"])
    for table, names in INDEXES:
        op.drop_index(_ix(table, *names), table_name=table)
    op.create_index(_ix("listed", "late_at"), "listed", ["late_at"])
    op.drop_column("listed", "review")
    op.drop_column("listed", "pace")
