"""The tables of the record and their constraints; the triggers of the append-only ones are in `guards`.

Ids, keys, JSON and enum members are text. No server default for time: the clock is an argument.
"""

import sqlalchemy as sa

from workflows import columns as col

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

persons = sa.Table(
    "persons",
    metadata,
    col.text("id", pk=True),
    col.text("name"),
    col.text("email", null=True),
    col.text("zone", null=True),
    col.text("github", null=True),
    col.at("created_at"),
)

identities = sa.Table(
    "identities",
    metadata,
    col.text("kind", pk=True),
    col.text("value", pk=True),
    col.text("person", sa.ForeignKey("persons.id")),
    col.at("verified_at"),
    sa.Index(None, "person"),
)

changes = sa.Table(
    "changes",
    metadata,
    col.text("id", pk=True),
    col.text("key"),
    col.text("kind"),
    col.text("series"),
    col.number("year"),
    col.number("number"),
    col.flag("drill"),
    col.text("status"),
    col.number("revision"),
    col.number("version"),
    col.text("head"),
    col.text("state"),
    col.text("title_digest", null=True),
    col.text("requester", sa.ForeignKey("persons.id")),
    col.text("implementer", sa.ForeignKey("persons.id")),
    col.text("environment"),
    col.text("risk"),
    col.text("repository", null=True),
    col.text("sha", null=True),
    col.at("declared_at"),
    col.at("decided_at", null=True),
    col.at("closed_at", null=True),
    col.at("next_due_at", null=True),
    col.text("review_owner", null=True),
    col.at("review_due", null=True),
    col.at("review_deadline", null=True),
    col.at("reviewed_at", null=True),
    col.at("updated_at"),
    sa.UniqueConstraint("key"),
    sa.UniqueConstraint("series", "year", "number"),
    sa.Index(None, "next_due_at"),
    sa.Index(None, "declared_at", "id"),
    sa.Index(None, "closed_at", "id"),
    sa.Index(None, "status"),
    sa.Index(None, "requester"),
    sa.Index(None, "repository", "environment", "status"),
)

change_systems = sa.Table(
    "change_systems",
    metadata,
    col.change(pk=True),
    col.text("system", pk=True),
    sa.Index(None, "system", "change"),
)

chains = sa.Table("chains", metadata, col.text("subject", pk=True), col.number("version"), col.text("head"))

counters = sa.Table("counters", metadata, col.text("series", pk=True), col.number("year", pk=True), col.number("last"))

events = sa.Table(
    "events",
    metadata,
    col.text("subject", pk=True),
    col.number("seq", pk=True),
    *(col.text(name) for name in ("prev", "hash")),
    col.at("at"),
    col.text("kind"),
    col.text("person", null=True),
    col.text("operator", null=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("hash"),
    sa.Index(None, "kind", "seq"),
    **col.GUARDED,
)

texts = sa.Table(
    "texts",
    metadata,
    col.text("digest", pk=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    col.text("body", null=True),
    col.at("erased_at", null=True),
)

approvals = sa.Table(
    "approvals",
    metadata,
    col.change(pk=True),
    col.number("revision", pk=True),
    col.text("phase", pk=True),
    col.text("person", sa.ForeignKey("persons.id"), pk=True),
    col.text("voice"),
    col.text("right"),
    col.at("at"),
    col.number("seq"),
    sa.UniqueConstraint("change", "seq"),
    sa.ForeignKeyConstraint(["change", "seq"], ["events.subject", "events.seq"]),
    sa.Index(None, "person", "change"),
    **col.GUARDED,
)

parties = sa.Table(
    "parties",
    metadata,
    col.change(pk=True),
    col.text("person", sa.ForeignKey("persons.id"), pk=True),
    col.text("relation", pk=True),
    col.at("at"),
    col.number("seq"),
    sa.ForeignKeyConstraint(["change", "seq"], ["events.subject", "events.seq"]),
    sa.Index(None, "person", "change"),
    **col.GUARDED,
)

refusals = sa.Table(
    "refusals",
    metadata,
    col.change(pk=True),
    col.text("person", pk=True),
    col.text("reason", pk=True),
    col.text("action", pk=True),
    col.number("revision", pk=True),
    col.number("n"),
    col.at("first_at"),
    col.at("last_at"),
)

facts = sa.Table(
    "facts",
    metadata,
    col.text("kind", pk=True),
    col.text("subject", pk=True),
    col.text("value", null=True),
    col.at("as_of", null=True),
    col.flag("stale"),
    col.at("attempted_at", null=True),
    col.at("lease_until", null=True),
    col.text("error", null=True),
)

inbox = sa.Table(
    "inbox",
    metadata,
    col.text("key", pk=True),
    col.at("at"),
    col.text("answer", null=True),
    col.flag("keep"),
    sa.Index(None, "at"),
)

drafts = sa.Table(
    "drafts",
    metadata,
    col.text("id", pk=True),
    col.text("person"),
    col.text("form"),
    col.text("change", null=True),
    col.text("body"),
    col.at("at"),
    col.at("expires_at"),
    col.at("used_at", null=True),
    sa.Index(None, "person", "expires_at"),
    sa.Index(None, "expires_at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    col.text("id", pk=True),
    col.text("kind"),
    col.text("change", null=True),
    col.text("place"),
    col.text("key"),
    col.number("wanted"),
    col.number("sent"),
    col.text("template"),
    col.text("payload"),
    sa.Column("seq", sa.BigInteger, nullable=False),
    col.text("after", null=True),
    col.number("attempts"),
    col.at("next_at"),
    col.at("lease_until", null=True),
    col.number("epoch"),
    col.at("first_try_at", null=True),
    col.text("remote", null=True),
    col.text("last_error", null=True),
    col.text("state"),
    col.at("created_at"),
    col.at("done_at", null=True),
    sa.UniqueConstraint("key"),
    sa.Index(None, "seq"),
    sa.Index(None, "state", "next_at"),
    sa.Index(None, "change", "place", "seq"),
)

policies = sa.Table(
    "policies", metadata, col.text("digest", pk=True), col.text("source"), col.at("at"), col.text("by", null=True)
)

duties = sa.Table(
    "duties",
    metadata,
    col.change(pk=True),
    col.text("kind", pk=True),
    col.text("ref", pk=True),
    col.text("person", null=True),
    col.at("due_at", null=True),
    sa.Index(None, "person", "due_at"),
    sa.Index(None, "due_at"),
)

leases = sa.Table(
    "leases", metadata, col.text("name", pk=True), col.text("holder"), col.at("until"), col.number("epoch")
)

beats = sa.Table("beats", metadata, col.text("name", pk=True), col.at("at"))
