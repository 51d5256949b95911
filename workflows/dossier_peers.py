"""What PagerDuty said of a change, as an auditor reads it. Pure."""

from typing import Any

from workflows.case import Case
from workflows.moments import moment_text


def incident(case: Case) -> dict[str, Any] | None:
    """The PagerDuty incident as it was last read; None: nothing was ever read of one."""
    seen = case.incident_seen
    if seen is None:
        return None
    return {
        "id": seen.id or None,
        "number": seen.number or None,
        "title": case.body(seen.title),
        "service": seen.service,
        "urgency": seen.urgency,
        "status": seen.status,
        "url": seen.url,
        "responders": case.body(seen.responders),
        "read_at": moment_text(seen.at),
        "opened": seen.opened,
        "trouble": seen.trouble,
    }
