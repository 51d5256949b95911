"""The first page: what the period held."""

from starlette.responses import Response

from bot.register.visitors import Visit


def overview(visit: Visit) -> Response:
    """The overview."""
    return visit.draw("overview.html", here="Overview")
