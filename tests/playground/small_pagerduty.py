"""A stand-in PagerDuty served by https, with three people, a service, a schedule, and the real link to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.playground.pagerduty.hub import Hub
from bot.playground.pagerduty.server import build_pagerduty
from bot.playground.running import serve
from tests.playground.pagerduty_spec import checked
from tests.world.servers import Switch, trusted
from workflows.links.pagerduty import PagerDuty

TOKEN, ROUTING_KEY, SENDER = "pd-token", "f" * 32, "countersign@acme.example"
SCHEDULE, POLICY, SERVICE = "PSCHEDULE", "PPOLICY", "PPAYMENTS"
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Now:
    """A clock that stands still until it is moved."""

    at: datetime = BEGIN

    def pass_by(self, span: timedelta) -> None:
        """Let time pass in the hub."""
        self.at += span


def small_hub(now: Now | None = None) -> Hub:
    """Return a hub with ada on call by the schedule, bob above her for good, and a user for the app."""
    clock = now or Now()
    hub = Hub(lambda: clock.at)
    hub.allow_token(TOKEN)
    hub.add_user("PBOT", "Countersign", SENDER)
    hub.add_user("PADA", "Ada Byron", "Ada@acme.example")
    hub.add_user("PBOB", "Bob Hale", "bob@acme.example")
    hub.add_service(SERVICE, "Payments", POLICY)
    hub.add_schedule(SCHEDULE, "Leads")
    hub.on_call(SCHEDULE, "PADA", BEGIN - HOUR, BEGIN + HOUR, policy=POLICY)
    hub.on_call(None, "PBOB", level=2, policy=POLICY)
    hub.integrate(ROUTING_KEY, SERVICE)
    return hub


@dataclass
class Stage:
    """What a test has at hand: `link` is always the same one; `violations` fills with what is not described."""

    hub: Hub
    now: Now
    url: str
    link: PagerDuty
    violations: list[str]

    def another(
        self, token: str = TOKEN, sender: str = SENDER, routing_key: str = ROUTING_KEY, timeout: float = 5
    ) -> PagerDuty:
        """Return a new link, which the test closes."""
        return PagerDuty(token, sender, routing_key, self.url, self.url, timeout)

    def asked(self) -> list[tuple[str, str]]:
        """Return method and path of every request so far."""
        return [(one.method, one.path) for one in self.hub.calls]


@dataclass(frozen=True)
class Place:
    """A server that is trusted, the link to it, and the switch behind which a test puts its hub."""

    switch: Switch
    url: str
    link: PagerDuty


@contextmanager
def place() -> Iterator[Place]:
    """Serve by https for as long as the block lasts."""
    with ExitStack() as stack:
        certificate, switch = stack.enter_context(trusted()), Switch()
        handle = serve(switch, certificate=certificate)
        stack.callback(handle.close)
        link = PagerDuty(TOKEN, SENDER, ROUTING_KEY, handle.url, handle.url)
        stack.callback(link.close)
        yield Place(switch, handle.url, link)


@contextmanager
def stage(at: Place, *, answers: bool = False) -> Iterator[Stage]:
    """Put a small hub behind a server; every request is checked against the description, and must be as it says."""
    now = Now()
    hub = small_hub(now)
    found = checked(hub, answers=answers, needed=False)
    app = build_pagerduty(hub)
    app.state.transports = at.switch.state.transports
    hub.base_url, at.switch.app = at.url, app
    yield Stage(hub, now, at.url, at.link, found)
    assert hub.settle()
    assert found == [], "\n".join(found)
