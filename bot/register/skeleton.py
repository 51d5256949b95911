"""The frame around every page of the register: the top line, the way around, the foot; and how pages are drawn.

Jinja2 with escaping always on; a name that a template uses and nobody gave is a fault, not a blank.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bot.register import words
from bot.register.visitors import Visitor

TEMPLATES = Path(__file__).parent / "templates"
NAV = (
    ("Overview", "/register/"),
    ("Changes", "/register/changes"),
    ("Emergencies", "/register/emergencies"),
    ("Findings", "/register/findings"),
    ("Sample", "/register/sample"),
    ("Completeness", "/register/completeness"),
    ("Policy", "/register/policy"),
    ("Export", "/register/export"),
)
WHOLE = "the whole record"


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Draws templates; every page has `title`, `visitor`, `nav`, `here`, `period`, `zone` and the filters of times."""

    environment: Environment

    def render(
        self,
        template: str,
        visitor: Visitor | None,
        *,
        zone: str,
        here: str = "",
        period: str = WHOLE,
        status: int = 200,
        **context: Any,
    ) -> HTMLResponse:
        """The page. `here`: the name in `NAV` that is marked; `zone`: in which `moment` and `day` tell times."""
        where = ZoneInfo(zone)
        told = {
            "visitor": visitor,
            "nav": NAV if visitor else (),
            "here": here,
            "period": period,
            "zone": zone,
            "moment": lambda at: moment(at, where),
            "day": lambda at: day(at, where),
        }
        return HTMLResponse(self.environment.get_template(template).render(told | context), status)


def skeleton() -> Skeleton:
    """The templates of the package, ready to be drawn."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["counted"] = words.counted
    return Skeleton(made)


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """23 Nov 2026 07:15, in the zone; "–" for no time."""
    return f"{at.astimezone(zone):%-d %b %Y %H:%M}" if at else "–"


def day(at: datetime | None, zone: ZoneInfo) -> str:
    """23 Nov 2026, in the zone; "–" for no time."""
    return f"{at.astimezone(zone):%-d %b %Y}" if at else "–"
