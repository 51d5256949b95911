"""The table of what a change is linked to at PagerDuty and Jira; in one metadata with those of the record."""

import sqlalchemy as sa

from workflows import columns as col
from workflows import gate_models

metadata = gate_models.metadata

# Projection of the case. `kind`: incident, issue, follow-up, remediation; `ref`: the follow-up's id, else "".
# `remote`: the peer's own id of it, or what was typed while it was never read. `open`: it may still change.
links = sa.Table(
    "links",
    metadata,
    col.change(pk=True),
    col.text("kind", pk=True),
    col.text("ref", pk=True),
    col.text("remote"),
    col.flag("open"),
    sa.Index(None, "kind", "remote"),
    sa.Index(None, "open", "kind"),
)
