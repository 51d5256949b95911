"""The tables of the record and their constraints; the triggers of the append-only ones are in `guards`.

Ids, keys, JSON and enum members are text. No server default for time: the clock is an argument.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from workflows.moments import Moment

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *args: sa.ForeignKey, pk: bool = False, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, *args, primary_key=pk, nullable=null)


def _int(name: str, *, pk: bool = False, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, primary_key=pk, nullable=null, autoincrement=False)


def _at(name: str, *, null: bool = False) -> "sa.Column[datetime]":
    return sa.Column(name, Moment, nullable=null)


def _flag(name: str) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean, nullable=False)


def _change(*, pk: bool = False) -> "sa.Column[str]":
    return _text("change", sa.ForeignKey("changes.id"), pk=pk)


# The hidden rowid of SQLite is a unique key that INSERT OR REPLACE can aim at: the guarded tables have none.
_GUARDED: dict[str, Any] = {"sqlite_with_rowid": False, "sqlite_strict": True}

persons = sa.Table(
    "persons",
    metadata,
    _text("id", pk=True),
    _text("name"),
    _text("email", null=True),
    _text("zone", null=True),
    _text("github", null=True),
    _at("created_at"),
)

identities = sa.Table(
    "identities",
    metadata,
    _text("kind", pk=True),
    _text("value", pk=True),
    _text("person", sa.ForeignKey("persons.id")),
    _at("verified_at"),
    sa.Index(None, "person"),
)

changes = sa.Table(
    "changes",
    metadata,
    _text("id", pk=True),
    _text("key"),
    _text("kind"),
    _text("series"),
    _int("year"),
    _int("number"),
    _flag("drill"),
    _text("status"),
    _int("revision"),
    _int("version"),
    _text("head"),
    _text("state"),
    _text("title_digest", null=True),
    _text("requester", sa.ForeignKey("persons.id")),
    _text("implementer", sa.ForeignKey("persons.id")),
    _text("environment"),
    _text("risk"),
    _at("declared_at"),
    _at("decided_at", null=True),
    _at("closed_at", null=True),
    _at("next_due_at", null=True),
    _text("review_owner", null=True),
    _at("review_due", null=True),
    _at("review_deadline", null=True),
    _at("reviewed_at", null=True),
    _at("updated_at"),
    sa.UniqueConstraint("key"),
    sa.UniqueConstraint("series", "year", "number"),
    sa.Index(None, "next_due_at"),
    sa.Index(None, "declared_at", "id"),
    sa.Index(None, "closed_at", "id"),
    sa.Index(None, "status"),
    sa.Index(None, "requester"),
)

change_systems = sa.Table(
    "change_systems",
    metadata,
    _change(pk=True),
    _text("system", pk=True),
    sa.Index(None, "system", "change"),
)

chains = sa.Table("chains", metadata, _text("subject", pk=True), _int("version"), _text("head"))

counters = sa.Table("counters", metadata, _text("series", pk=True), _int("year", pk=True), _int("last"))

events = sa.Table(
    "events",
    metadata,
    _text("subject", pk=True),
    _int("seq", pk=True),
    _text("prev"),
    _text("hash"),
    _at("at"),
    _text("kind"),
    _text("person", null=True),
    _text("operator", null=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("hash"),
    **_GUARDED,
)

texts = sa.Table(
    "texts",
    metadata,
    _text("digest", pk=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    _text("body", null=True),
    _at("erased_at", null=True),
)

approvals = sa.Table(
    "approvals",
    metadata,
    _change(pk=True),
    _int("revision", pk=True),
    _text("phase", pk=True),
    _text("person", sa.ForeignKey("persons.id"), pk=True),
    _text("voice"),
    _text("right"),
    _at("at"),
    _int("seq"),
    sa.UniqueConstraint("change", "seq"),
    sa.ForeignKeyConstraint(["change", "seq"], ["events.subject", "events.seq"]),
    sa.Index(None, "person", "change"),
    **_GUARDED,
)

parties = sa.Table(
    "parties",
    metadata,
    _change(pk=True),
    _text("person", sa.ForeignKey("persons.id"), pk=True),
    _text("relation", pk=True),
    _at("at"),
    _int("seq"),
    sa.ForeignKeyConstraint(["change", "seq"], ["events.subject", "events.seq"]),
    sa.Index(None, "person", "change"),
    **_GUARDED,
)

refusals = sa.Table(
    "refusals",
    metadata,
    _change(pk=True),
    _text("person", pk=True),
    _text("reason", pk=True),
    _text("action", pk=True),
    _int("revision", pk=True),
    _int("n"),
    _at("first_at"),
    _at("last_at"),
)

facts = sa.Table(
    "facts",
    metadata,
    _text("kind", pk=True),
    _text("subject", pk=True),
    _text("value", null=True),
    _at("as_of", null=True),
    _flag("stale"),
    _at("attempted_at", null=True),
    _at("lease_until", null=True),
    _text("error", null=True),
)

inbox = sa.Table(
    "inbox",
    metadata,
    _text("key", pk=True),
    _at("at"),
    _text("answer", null=True),
    _flag("keep"),
    sa.Index(None, "at"),
)

drafts = sa.Table(
    "drafts",
    metadata,
    _text("id", pk=True),
    _text("person"),
    _text("form"),
    _text("change", null=True),
    _text("body"),
    _at("at"),
    _at("expires_at"),
    _at("used_at", null=True),
    sa.Index(None, "person", "expires_at"),
    sa.Index(None, "expires_at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _text("id", pk=True),
    _text("kind"),
    _text("change", null=True),
    _text("place"),
    _text("key"),
    _int("wanted"),
    _int("sent"),
    _text("template"),
    _text("payload"),
    sa.Column("seq", sa.BigInteger, nullable=False),
    _text("after", null=True),
    _int("attempts"),
    _at("next_at"),
    _at("lease_until", null=True),
    _int("epoch"),
    _at("first_try_at", null=True),
    _text("remote", null=True),
    _text("last_error", null=True),
    _text("state"),
    _at("created_at"),
    _at("done_at", null=True),
    sa.UniqueConstraint("key"),
    sa.Index(None, "seq"),
    sa.Index(None, "state", "next_at"),
    sa.Index(None, "change", "place", "seq"),
)

policies = sa.Table(
    "policies", metadata, _text("digest", pk=True), _text("source"), _at("at"), _text("by", null=True)
)

duties = sa.Table(
    "duties",
    metadata,
    _change(pk=True),
    _text("kind", pk=True),
    _text("ref", pk=True),
    _text("person", null=True),
    _at("due_at", null=True),
    sa.Index(None, "person", "due_at"),
    sa.Index(None, "due_at"),
)

leases = sa.Table("leases", metadata, _text("name", pk=True), _text("holder"), _at("until"), _int("epoch"))

beats = sa.Table("beats", metadata, _text("name", pk=True), _at("at"))
