"""The tables of the log over all events and of its signed checkpoints; in one metadata with those of the record."""

import sqlalchemy as sa

from workflows import columns as col
from workflows import peer_models

metadata = peer_models.metadata

# Events that are committed and in no leaf yet: written in the transaction of the event, so that none is passed over
# because its transaction ended late.
unlisted = sa.Table("unlisted", metadata, col.text("hash", pk=True))

# The log: the hash of each event once, numbered from 0 without gaps.
leaves = sa.Table(
    "leaves",
    metadata,
    col.number("number", pk=True),
    col.text("hash", sa.ForeignKey("events.hash")),
    sa.UniqueConstraint("hash"),
    **col.GUARDED,
)

# `root` in hex over the first `size` leaves; `edge`: the right edge of that tree, hex, blank between; `note`: signed.
checkpoints = sa.Table(
    "checkpoints",
    metadata,
    col.number("size", pk=True),
    col.text("root"),
    col.text("edge"),
    col.text("note"),
    col.at("at"),
    **col.GUARDED,
)
