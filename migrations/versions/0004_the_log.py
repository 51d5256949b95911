"""The log over all events, and its signed checkpoints.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from workflows import guards
from workflows.moments import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GUARDED = {"sqlite_with_rowid": False, "sqlite_strict": True}


def upgrade() -> None:
    op.create_table(
        "unlisted",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_unlisted")),
    )
    op.create_table(
        "leaves",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hash"], ["events.hash"], name=op.f("fk_leaves_hash")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_leaves")),
        sa.UniqueConstraint("hash", name=op.f("uq_leaves_hash")),
        **GUARDED,
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("edge", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
        **GUARDED,
    )
    op.execute("INSERT INTO unlisted (hash) SELECT hash FROM events")
    for statement in guards.statements(op.get_bind().dialect.name, guards.LOG):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in guards.removals("postgresql", guards.LOG):
            op.execute(statement)
    for table in ("checkpoints", "leaves", "unlisted"):
        op.drop_table(table)
