"""Beside each change all that the register counts of it as one text, so that a period is counted text by text.

Revision ID: 0009
Revises: 0008
"""

from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Indexes = tuple[tuple[str, tuple[str, ...]], ...]
PAGE = 500
ADDED = (("listed", "traits"), ("listed", "mark"), ("involved", "mark"), ("touched", "mark"))
GONE: Indexes = (
    ("listed", ("drill", "declared_at", "change", "kind")),
    ("listed", ("drill", "verdict", "declared_at", "change")),
    ("listed", ("excepted", "drill", "declared_at", "change")),
    ("listed", ("drill", "kind", "pace", "declared_at")),
    ("listed", ("drill", "review", "declared_at")),
    ("exceptions", ("code", "drill", "declared_at")),
    ("involved", ("person", "drill", "emergency", "declared_at", "change")),
    ("touched", ("system", "drill", "emergency", "declared_at", "change")),
)
NEW: Indexes = (
    ("listed", ("drill", "declared_at", "change", "mark")),
    ("listed", ("mark", "declared_at")),
    ("involved", ("person", "drill", "emergency", "declared_at", "change", "mark")),
    ("touched", ("system", "drill", "emergency", "declared_at", "change", "mark")),
)
LISTED = sa.table(
    "listed",
    *(sa.column(name, sa.Text()) for name in ("change", "kind", "verdict", "review", "traits", "mark")),
    sa.column("drill", sa.Boolean()),
    sa.column("pace", sa.Integer()),
)
EXCEPTIONS = sa.table("exceptions", sa.column("change", sa.Text()), sa.column("code", sa.Text()))


def upgrade() -> None:
    tx = op.get_bind()
    for table, names in GONE:
        op.drop_index(_ix(table, names), table_name=table)
    for table, name in ADDED:
        op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default=""))
        if tx.dialect.name == "postgresql":
            op.alter_column(table, name, server_default=None)
    _fill(tx)
    for table in ("involved", "touched"):
        theirs = f"(SELECT l.mark FROM listed l WHERE l.change = {table}.change)"
        op.execute(f"UPDATE {table} SET mark = {theirs}")
    for table, names in NEW:
        op.create_index(_ix(table, names), table, list(names), unique=False)


def _ix(table: str, names: tuple[str, ...]) -> str:
    return op.f(f"ix_{table}_{'_'.join(names)}")


def _fill(tx: sa.Connection) -> None:
    c, last = LISTED.c, ""
    values: dict[str, sa.BindParameter[str]] = {"traits": sa.bindparam("text"), "mark": sa.bindparam("name")}
    change = sa.update(LISTED).where(c.change == sa.bindparam("was")).values(values)
    while rows := tx.execute(sa.select(LISTED).where(c.change > last).order_by(c.change).limit(PAGE)).all():
        codes: dict[str, list[str]] = {}
        theirs = sa.select(EXCEPTIONS).where(EXCEPTIONS.c.change.between(rows[0].change, rows[-1].change))
        for one in tx.execute(theirs):
            codes.setdefault(one.change, []).append(one.code)
        texts = {row.change: _text(row, codes.get(row.change, [])) for row in rows}
        named = [{"was": was, "text": text, "name": _mark(text)} for was, text in texts.items()]
        tx.execute(change, named)
        last = rows[-1].change


def _text(row: sa.Row[Any], codes: list[str]) -> str:
    pace = "-" if row.pace is None else row.pace
    kind = f"{'drill' if row.drill else 'earnest'} {row.kind}"
    return f"{kind} {row.verdict} {pace} {row.review or '-'} {','.join(sorted(codes))}"


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def downgrade() -> None:
    for table, names in NEW:
        op.drop_index(_ix(table, names), table_name=table)
    for table, name in ADDED:
        op.drop_column(table, name)
    for table, names in GONE:
        op.create_index(_ix(table, names), table, list(names), unique=False)
