"""Deploys, the gate, and what went around it.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from workflows.moments import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("changes", sa.Column("repository", sa.Text(), nullable=True))
    op.add_column("changes", sa.Column("sha", sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_changes_repository_environment_status"),
        "changes",
        ["repository", "environment", "status"],
        unique=False,
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("installation", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("change", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("reports", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reported", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_runs_change")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("repository", "run", "environment", name=op.f("uq_runs_repository_run_environment")),
    )
    op.create_index(op.f("ix_runs_change"), "runs", ["change"], unique=False)
    op.create_index(
        op.f("ix_runs_state_repository_environment"), "runs", ["state", "repository", "environment"], unique=False
    )
    op.create_table(
        "sightings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("explained", sa.Text(), nullable=True),
        sa.Column("change", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_sightings_change")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sightings")),
        sa.UniqueConstraint("source", "external", name=op.f("uq_sightings_source_external")),
    )
    op.create_index(op.f("ix_sightings_explained_seen_at"), "sightings", ["explained", "seen_at"], unique=False)
    op.create_index(op.f("ix_sightings_kind_at"), "sightings", ["kind", "at"], unique=False)
    op.create_index(
        op.f("ix_sightings_repository_environment_at"), "sightings", ["repository", "environment", "at"], unique=False
    )
    op.create_index(op.f("ix_sightings_repository_sha"), "sightings", ["repository", "sha"], unique=False)
    op.create_table(
        "reads",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("source", "since", name=op.f("pk_reads")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("repositories", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("used_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
    )


def downgrade() -> None:
    op.drop_table("tokens")
    op.drop_table("reads")
    op.drop_table("sightings")
    op.drop_table("runs")
    op.drop_index(op.f("ix_changes_repository_environment_status"), "changes")
    op.drop_column("changes", "sha")
    op.drop_column("changes", "repository")
