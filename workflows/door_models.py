"""The tables of the register's doors: who is in, who was invited, and which page was noted last."""

import sqlalchemy as sa

from workflows import columns as col
from workflows import log_models

metadata = log_models.metadata

# Somebody from outside whom the operator let in for a time. Of the token only its SHA-256 is kept.
invitations = sa.Table(
    "invitations",
    metadata,
    col.text("id", pk=True),
    col.text("name"),
    col.text("email"),
    col.text("hash"),
    col.at("until"),
    col.at("made_at"),
    col.text("made_by"),
    col.at("ended_at", null=True),
    col.text("ended_by", null=True),
    col.at("used_at", null=True),
    sa.UniqueConstraint("hash"),
)

# `hash`: SHA-256 of the id that the browser holds. Of a person by Slack, or of an invitation.
sessions = sa.Table(
    "sessions",
    metadata,
    col.text("hash", pk=True),
    col.text("person", sa.ForeignKey("persons.id"), null=True),
    col.text("slack", null=True),
    col.text("invitation", sa.ForeignKey("invitations.id"), null=True),
    col.at("began_at"),
    col.at("seen_at"),
    col.at("ended_at", null=True),
    sa.Index(None, "seen_at"),
    sa.Index(None, "invitation"),
)

# When a session's view of a page was last put into the record: the same again within a minute is the same view.
views = sa.Table(
    "views",
    metadata,
    col.text("session", sa.ForeignKey("sessions.hash"), pk=True),
    col.text("what", pk=True),
    col.text("subject", pk=True),
    col.at("at"),
)
