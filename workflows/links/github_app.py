"""What GitHub says of the App itself: its permissions, the events it hears, where its webhook goes. For `doctor`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.links import Rejected
from workflows.links.github_wire import Wire


@dataclass(frozen=True, slots=True)
class AppSeen:
    """The App as it is configured. `hook`: the address of its webhook; "": none is set, None: not told."""

    slug: str
    permissions: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    hook: str | None = None


def app(wire: Wire) -> AppSeen:
    """The App of our key. Raises Unavailable, Rejected ("not-an-app", or GitHub's no)."""
    found = wire.as_app("/app")
    try:
        hook: str | None = str(wire.as_app("/app/hook/config").get("url") or "")
    except Rejected:
        hook = None
    return AppSeen(
        slug=str(found.get("slug") or found.get("name") or ""),
        permissions={str(k): str(v) for k, v in (found.get("permissions") or {}).items()},
        events=tuple(str(one) for one in found.get("events") or ()),
        hook=hook,
    )
