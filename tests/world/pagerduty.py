"""PagerDuty in a story: the stand-in, furnished, behind its own https server, and what it shows."""

from __future__ import annotations

from datetime import timedelta

from bot.playground.pagerduty.hub import Hub
from bot.playground.pagerduty.server import build_pagerduty
from tests.playground.pagerduty_spec import checked
from tests.world.clock import StoryClock
from tests.world.servers import Servers

TOKEN, ROUTING_KEY, SECRET = "pd-story-token", "a" * 32, "story-pagerduty"
SENDER = "countersign@example.com"
SCHEDULE, POLICY, SERVICE = "PSCHEDULE", "PPOLICY", "PPAYMENTS"
PEOPLE = {"dev": "PDEV", "sre": "PSRE", "lead": "PLEAD", "cto": "PCTO", "rel": "PREL"}


def environment(servers: Servers) -> dict[str, str]:
    """The bot's settings for this PagerDuty."""
    return {
        "pagerduty_api_url": servers.pagerduty_url,
        "pagerduty_events_url": servers.pagerduty_url,
        "pagerduty_token": TOKEN,
        "pagerduty_from": SENDER,
        "pagerduty_routing_key": ROUTING_KEY,
        "pagerduty_webhook_secret": SECRET,
    }


class PagerDuty:
    """A payments service whose policy asks the on-call schedule first: the lead, for good; then the CTO."""

    def __init__(self, servers: Servers, clock: StoryClock) -> None:
        """Furnish it and put it behind the server; nothing happened there yet."""
        self._servers, self._clock = servers, clock
        self.hub = hub = Hub(clock.now)
        self.broken = checked(hub, needed=False)
        hub.allow_token(TOKEN)
        hub.add_user("PBOT", "Countersign", SENDER)
        for name, id in PEOPLE.items():
            hub.add_user(id, name.title(), f"{name}@example.com")
        hub.add_service(SERVICE, "Payments", POLICY)
        hub.add_schedule(SCHEDULE, "On-call leads")
        hub.on_call(SCHEDULE, PEOPLE["lead"], policy=POLICY)
        hub.on_call(None, PEOPLE["cto"], level=2, policy=POLICY)
        hub.integrate(ROUTING_KEY, SERVICE)
        hub.install(f"{servers.bot_url}/pagerduty/webhook", [SECRET])
        app = build_pagerduty(hub)
        app.state.transports = servers.pagerduty.state.transports
        hub.base_url = servers.pagerduty_url
        servers.pagerduty.app = app

    def shift(self, name: str, start: timedelta | None = None, end: timedelta | None = None) -> None:
        """Put somebody on call by the schedule, from and to spans from now; None is open."""
        now = self._clock.now()
        first, last = (None if span is None else now + span for span in (start, end))
        self.hub.on_call(SCHEDULE, PEOPLE[name], first, last, policy=POLICY)

    def happens(self, title: str = "Checkout answers 500s", urgency: str = "high") -> str:
        """An incident of the payments service; its id."""
        return self.hub.incident(title, SERVICE, urgency)

    def arrives(self) -> None:
        """Wait until every webhook was answered."""
        assert self.hub.settle(10)

    def close(self) -> None:
        """Take it from the server. AssertionError: something was asked that PagerDuty does not describe."""
        self._servers.pagerduty.app = None
        assert self.broken == []
