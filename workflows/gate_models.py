"""The tables of the gate and of what goes around it; in one metadata with those of the record."""

import sqlalchemy as sa

from workflows import columns as col
from workflows import models

metadata = models.metadata

# What waits at GitHub for our verdict: one row per run and environment. `state`: waiting, approved, rejected,
# cancelled, elsewhere (somebody decided it at GitHub), gone. Repositories are kept in small letters.
runs = sa.Table(
    "runs",
    metadata,
    col.text("id", pk=True),
    col.text("repository"),
    col.big("run"),
    col.text("environment"),
    col.text("sha"),
    col.big("installation", null=True),
    col.text("change", sa.ForeignKey("changes.id"), null=True),
    col.text("state"),
    col.at("seen_at"),
    col.at("checked_at", null=True),
    col.at("ended_at", null=True),
    col.number("reports"),
    col.text("reported", null=True),
    sa.UniqueConstraint("repository", "run", "environment"),
    sa.Index(None, "state", "repository", "environment"),
    sa.Index(None, "change"),
)

# What a source showed us that reached production or a protected branch. `kind`: deployment, commit, push, bypass,
# drift; `external`: the source's own id of it. `explained`: approved, emergency, rollback, reviewed, found, not-ours,
# before (our first look).
sightings = sa.Table(
    "sightings",
    metadata,
    col.text("id", pk=True),
    col.text("source"),
    col.text("external"),
    col.text("kind"),
    col.text("repository"),
    col.text("environment", null=True),
    col.text("branch", null=True),
    col.text("sha"),
    col.at("at"),
    col.at("seen_at"),
    col.text("outcome", null=True),
    col.text("login", null=True),
    col.text("url", null=True),
    col.text("explained", null=True),
    col.text("change", sa.ForeignKey("changes.id"), null=True),
    sa.UniqueConstraint("source", "external"),
    sa.Index(None, "kind", "at"),
    sa.Index(None, "explained", "seen_at"),
    sa.Index(None, "explained", "at", "kind"),
    sa.Index(None, "repository", "environment", "at"),
    sa.Index(None, "repository", "sha"),
)

# Which stretches of time each source was read for, without a gap inside a row.
reads = sa.Table("reads", metadata, col.text("source", pk=True), col.at("since", pk=True), col.at("until"))

# Bearer tokens of pipelines: the SHA-256 of each; `repositories` is a JSON list, small letters, "*" for all.
tokens = sa.Table(
    "tokens",
    metadata,
    col.text("id", pk=True),
    col.text("name"),
    col.text("hash"),
    col.text("repositories"),
    col.at("created_at"),
    col.text("created_by", null=True),
    col.at("revoked_at", null=True),
    col.at("used_at", null=True),
    sa.UniqueConstraint("hash"),
)
