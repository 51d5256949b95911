"""A served stand-in PagerDuty with three people, a service, a schedule, and the real link to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.playground.pagerduty.hub import Hub
from bot.playground.pagerduty.server import build_pagerduty
from bot.playground.running import serve
from tests.playground.pagerduty_spec import checked
from tests.world.servers import trusted
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
    """What a test has at hand; `violations` fills with what the official description forbids."""

    hub: Hub
    url: str
    now: Now
    violations: list[str]
    made: list[PagerDuty] = field(default_factory=list)

    def link(
        self, token: str = TOKEN, sender: str = SENDER, routing_key: str = ROUTING_KEY, timeout: float = 5
    ) -> PagerDuty:
        """Return a new link to it."""
        self.made.append(PagerDuty(token, sender, routing_key, self.url, self.url, timeout))
        return self.made[-1]


@contextmanager
def stage(*, answers: bool = False) -> Iterator[Stage]:
    """Serve a small hub by https; every request made is checked against the description, and must be as it says."""
    now = Now()
    hub = small_hub(now)
    found = checked(hub, answers=answers, needed=False)
    with trusted() as certificate:
        handle = serve(build_pagerduty(hub), certificate=certificate)
        made = Stage(hub, handle.url, now, found)
        try:
            yield made
            assert hub.settle()
        finally:
            for link in made.made:
                link.close()
            handle.close()
    assert found == [], "\n".join(found)
