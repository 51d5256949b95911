"""The record: changes, their events, approvals and parties, and what stands around them."""

import sqlalchemy as sa
from alembic import op

from workflows import guards
from workflows.moments import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "beats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_beats")),
    )
    op.create_table(
        "chains",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_chains")),
    )
    op.create_table(
        "counters",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_counters")),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_expires_at"), "drafts", ["expires_at"], unique=False)
    op.create_index(op.f("ix_drafts_person_expires_at"), "drafts", ["person", "expires_at"], unique=False)
    op.create_table(
        "events",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "seq", name=op.f("pk_events")),
        sa.UniqueConstraint("hash", name=op.f("uq_events_hash")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("as_of", Moment(), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("attempted_at", Moment(), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_facts")),
    )
    op.create_table(
        "inbox",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("keep", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_at"), "inbox", ["at"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sent", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_try_at", Moment(), nullable=True),
        sa.Column("remote", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_change_place_seq"), "outbox", ["change", "place", "seq"], unique=False)
    op.create_index(op.f("ix_outbox_seq"), "outbox", ["seq"], unique=False)
    op.create_index(op.f("ix_outbox_state_next_at"), "outbox", ["state", "next_at"], unique=False)
    op.create_table(
        "persons",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("github", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
    )
    op.create_table(
        "policies",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_policies")),
    )
    op.create_table(
        "texts",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("erased_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_texts")),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title_digest", sa.Text(), nullable=True),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("implementer", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("risk", sa.Text(), nullable=False),
        sa.Column("declared_at", Moment(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("next_due_at", Moment(), nullable=True),
        sa.Column("review_owner", sa.Text(), nullable=True),
        sa.Column("review_due", Moment(), nullable=True),
        sa.Column("review_deadline", Moment(), nullable=True),
        sa.Column("reviewed_at", Moment(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["implementer"], ["persons.id"], name=op.f("fk_changes_implementer")),
        sa.ForeignKeyConstraint(["requester"], ["persons.id"], name=op.f("fk_changes_requester")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sa.UniqueConstraint("key", name=op.f("uq_changes_key")),
        sa.UniqueConstraint("series", "year", "number", name=op.f("uq_changes_series_year_number")),
    )
    op.create_index(op.f("ix_changes_closed_at_id"), "changes", ["closed_at", "id"], unique=False)
    op.create_index(op.f("ix_changes_declared_at_id"), "changes", ["declared_at", "id"], unique=False)
    op.create_index(op.f("ix_changes_next_due_at"), "changes", ["next_due_at"], unique=False)
    op.create_index(op.f("ix_changes_requester"), "changes", ["requester"], unique=False)
    op.create_index(op.f("ix_changes_status"), "changes", ["status"], unique=False)
    op.create_table(
        "identities",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("verified_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_identities_person")),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_person"), "identities", ["person"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("right", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["change", "seq"], ["events.subject", "events.seq"], name=op.f("fk_approvals_change_seq")
        ),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_approvals_change")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_approvals_person")),
        sa.PrimaryKeyConstraint("change", "revision", "phase", "person", name=op.f("pk_approvals")),
        sa.UniqueConstraint("change", "seq", name=op.f("uq_approvals_change_seq")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_approvals_person_change"), "approvals", ["person", "change"], unique=False)
    op.create_table(
        "change_systems",
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_change_systems_change")),
        sa.PrimaryKeyConstraint("change", "system", name=op.f("pk_change_systems")),
    )
    op.create_index(op.f("ix_change_systems_system_change"), "change_systems", ["system", "change"], unique=False)
    op.create_table(
        "duties",
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("due_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_duties_change")),
        sa.PrimaryKeyConstraint("change", "kind", "ref", name=op.f("pk_duties")),
    )
    op.create_index(op.f("ix_duties_due_at"), "duties", ["due_at"], unique=False)
    op.create_index(op.f("ix_duties_person_due_at"), "duties", ["person", "due_at"], unique=False)
    op.create_table(
        "parties",
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["change", "seq"], ["events.subject", "events.seq"], name=op.f("fk_parties_change_seq")
        ),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_parties_change")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_parties_person")),
        sa.PrimaryKeyConstraint("change", "person", "relation", name=op.f("pk_parties")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_parties_person_change"), "parties", ["person", "change"], unique=False)
    op.create_table(
        "refusals",
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["change"], ["changes.id"], name=op.f("fk_refusals_change")),
        sa.PrimaryKeyConstraint("change", "person", "reason", "action", "revision", name=op.f("pk_refusals")),
    )
    connection = op.get_bind()
    for statement in guards.statements(connection.dialect.name, ("events", "approvals", "parties")):
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("refusals")
    op.drop_table("parties")
    op.drop_table("duties")
    op.drop_table("change_systems")
    op.drop_table("approvals")
    op.drop_table("identities")
    op.drop_table("changes")
    op.drop_table("texts")
    op.drop_table("policies")
    op.drop_table("persons")
    op.drop_table("outbox")
    op.drop_table("leases")
    op.drop_table("inbox")
    op.drop_table("facts")
    op.drop_table("events")
    op.drop_table("drafts")
    op.drop_table("counters")
    op.drop_table("chains")
    op.drop_table("beats")
