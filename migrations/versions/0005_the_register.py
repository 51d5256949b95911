"""The doors of the register: invitations, sessions, and when a view was noted last.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from workflows.moments import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("used_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("hash", name=op.f("uq_invitations_hash")),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("slack", sa.Text(), nullable=True),
        sa.Column("invitation", sa.Text(), nullable=True),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_sessions_person")),
        sa.ForeignKeyConstraint(["invitation"], ["invitations.id"], name=op.f("fk_sessions_invitation")),
    )
    op.create_index(op.f("ix_sessions_seen_at"), "sessions", ["seen_at"])
    op.create_index(op.f("ix_sessions_invitation"), "sessions", ["invitation"])
    op.create_table(
        "views",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("session", "what", "subject", name=op.f("pk_views")),
        sa.ForeignKeyConstraint(["session"], ["sessions.hash"], name=op.f("fk_views_session")),
    )


def downgrade() -> None:
    for table in ("views", "sessions", "invitations"):
        op.drop_table(table)
