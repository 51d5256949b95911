"""What a change is linked to at PagerDuty and Jira.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_links_change")),
        sa.PrimaryKeyConstraint("change", "kind", "ref", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_kind_remote"), "links", ["kind", "remote"], unique=False)
    op.create_index(op.f("ix_links_open_kind"), "links", ["open", "kind"], unique=False)


def downgrade() -> None:
    op.drop_table("links")
