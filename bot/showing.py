"""Opening, stacking and redrawing modals at Slack: one call, tried once, never inside a transaction.

A trigger lives for three seconds and works once; a view that came too late is told in a private line.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from bot import readings
from bot.desk import Desk
from bot.incoming import Shown
from bot.readings import Unreadable
from bot.wire import text

LOG = structlog.get_logger("showing")


def show(desk: Desk, trigger: str, view: Mapping[str, Any], *, over: Shown | None = None) -> bool:
    """Open a modal; over another modal it is stacked on top. False: Slack did not take it in time."""
    stacked = over is not None and over.id and not over.home
    method = "views.push" if stacked else "views.open"
    return _call(desk, method, trigger_id=trigger, view=dict(view))


def opened(desk: Desk, trigger: str, view: Mapping[str, Any]) -> str:
    """Open a modal and return its id, for a form that follows; "": Slack did not take it in time."""
    try:
        answer = readings.send(desk.slack(), "views.open", {"trigger_id": trigger, "view": dict(view)})
    except Unreadable as fault:
        LOG.warning("view not shown", method="views.open", error=fault.error)
        return ""
    return text(answer, "view", "id")


def redraw(desk: Desk, shown: Shown, view: Mapping[str, Any]) -> bool:
    """Replace a modal by its next form, unless it was redrawn meanwhile; what was typed stays."""
    same = {"hash": shown.hash} if shown.hash else {}
    return _call(desk, "views.update", view_id=shown.id, view=dict(view), **same)


def _call(desk: Desk, method: str, **arguments: Any) -> bool:
    try:
        readings.send(desk.slack(), method, arguments)
    except Unreadable as fault:
        LOG.warning("view not shown", method=method, error=fault.error)
        return False
    return True
