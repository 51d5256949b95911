"""The tables that lists of the register are drawn from; in one metadata with those of the record.

A list of 100 000 changes is filtered and counted here, in narrow rows: those of `changes` hold a whole case each.
"""

import sqlalchemy as sa

from workflows import columns as col
from workflows import door_models

metadata = door_models.metadata

# Projection of the case, one row per change. `verdict`: approved, rejected, ratified, objected, none. `waited`: seconds
# from the declaration to the approval. `excepted`: it has rows in `exceptions`. `late_at`: from when on it is one only
# because time passes (review overdue, patch overdue, access not ended). `pace`: which of `listing.PACES` it took
# until then. `review`: on-time or late, once it is closed. `traits`: all that is counted of it, see `listing.Traits`;
# `mark`: their short name.
listed = sa.Table(
    "listed",
    metadata,
    col.change(pk=True),
    col.at("declared_at"),
    col.text("kind"),
    col.flag("drill"),
    col.text("verdict"),
    col.number("waited", null=True),
    col.flag("excepted"),
    col.at("late_at", null=True),
    col.at("review_due", null=True),
    col.at("reviewed_at", null=True),
    col.number("pace", null=True),
    col.text("review", null=True),
    col.text("traits"),
    col.text("mark"),
    sa.Index(None, "drill", "declared_at", "change", "mark"),
    sa.Index(None, "drill", "kind", "declared_at", "change"),
    sa.Index(None, "drill", "excepted", "late_at", "declared_at", "change"),
    sa.Index(None, "mark", "declared_at"),
)

# Projection of the case: what an auditor will ask about, as the codes of the export record that time alone does not
# bring about. `declared_at` and `drill` are the change's.
exceptions = sa.Table(
    "exceptions",
    metadata,
    col.change(pk=True),
    col.text("code", pk=True),
    col.at("declared_at"),
    col.flag("drill"),
)

# Projection of the case: who has to do with it. `declared_at`, `drill`, `emergency` and `mark` are the change's, so
# that a person's list is in order, filtered and counted here alone.
involved = sa.Table(
    "involved",
    metadata,
    col.text("person", pk=True),
    col.at("declared_at", pk=True),
    col.change(pk=True),
    col.flag("drill"),
    col.flag("emergency"),
    col.text("mark"),
    sa.Index(None, "change"),
    sa.Index(None, "person", "drill", "emergency", "declared_at", "change", "mark"),
)

# Projection of the case: its systems, as `involved` has its people.
touched = sa.Table(
    "touched",
    metadata,
    col.text("system", pk=True),
    col.at("declared_at", pk=True),
    col.change(pk=True),
    col.flag("drill"),
    col.flag("emergency"),
    col.text("mark"),
    sa.Index(None, "change"),
    sa.Index(None, "system", "drill", "emergency", "declared_at", "change", "mark"),
)
