"""The demo's PagerDuty and Jira: the stand-ins with who is on call, what is broken and a project for issues."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot import keys
from bot.clock import Clock
from bot.playground import certificates
from bot.playground.certificates import Certificate
from bot.playground.jira.hub import Hub as JiraHub
from bot.playground.jira.server import build_jira
from bot.playground.pagerduty.hub import Hub as PagerDutyHub
from bot.playground.pagerduty.server import build_pagerduty
from bot.playground.running import Handle, serve
from bot.settings import Settings

PAGERDUTY, JIRA = "pagerduty.json", "jira.json"
"""The files they are kept in."""
OURS = "countersign@example.com"
SCHEDULE, ESCALATION, PAYMENTS, WEB = "PLEADS", "PESCALATE", "PPAYMENTS", "PWEB"
PROJECT, PLAN = "OPS", "Rollback plan"
ON_CALL = ("lead", "cto")
"""Who holds the schedule in turn, a day each."""
DAY, SHIFTS, FIRST = timedelta(days=1), 90, timedelta(hours=8)
MINUTE = timedelta(minutes=1)

Someone = tuple[str, str, str]
"""A Slack account, a short name, a whole name."""


@dataclass(frozen=True, slots=True)
class Served:
    """The stand-ins, served. `settings`: what the bot is told of all; `members`: Slack account → user of PagerDuty."""

    pagerduty: PagerDutyHub
    jira: JiraHub
    settings: Settings
    members: dict[str, str]

    def tell(self, url: str | None) -> None:
        """Send PagerDuty's webhooks, signed, to `url`, or nowhere. Jira sends none: it is looked at."""
        self.pagerduty.lose_webhooks(url is None)
        if url is not None:
            self.pagerduty.install(url, [self.settings.pagerduty_webhook_secret])


@contextmanager
def serving(
    folder: Path, clock: Clock, people: Sequence[Someone], settings: Settings, *, port: int = 0
) -> Iterator[Served]:
    """Serve both on loopback, PagerDuty by https; a first start fills them.

    `port` and the next are taken when they are free, so that the links of older cards go on leading somewhere.
    """
    pagerduty, jira = PagerDutyHub(clock.now), JiraHub(clock.now)
    with ExitStack() as stack:
        shown = stack.enter_context(_trusted())
        places = ((build_jira(jira), None, port), (build_pagerduty(pagerduty), shown, port and port + 1))
        behind = [_served(app, certificate, place) for app, certificate, place in places]
        for one in behind:
            stack.callback(one.close)
        given = _settings(settings, *behind)
        _fill(pagerduty, folder / PAGERDUTY, lambda: _pagerduty(pagerduty, people, clock.now()))
        _fill(jira, folder / JIRA, lambda: _jira(jira, people))
        pagerduty.world.site_url = pagerduty.base_url
        pagerduty.allow_token(given.pagerduty_token)
        pagerduty.integrate(given.pagerduty_routing_key, PAYMENTS)
        jira.allow_token(given.jira_token, OURS)
        yield Served(pagerduty, jira, given, {slack: member(name) for slack, name, *_ in people})


def member(name: str) -> str:
    """The id at PagerDuty of the person of this short name."""
    return f"P{name.upper()}"


def policy_tables() -> str:
    """The policy's tables for these two."""
    jira = f'issue_type = "Change"\nlabels = ["change-control"]\nfields = {{ "{PLAN}" = "rollback" }}'
    return f'\n[pagerduty]\nservice = "{PAYMENTS}"\n\n[jira]\n{jira}\n'


@contextmanager
def _trusted() -> Iterator[Certificate]:
    """A certificate for https on loopback, trusted by this process as long as it lasts."""
    before = os.environ.get(certificates.VARIABLE)
    with TemporaryDirectory(prefix="countersign-") as folder:
        made = certificates.make(Path(folder))
        os.environ[certificates.VARIABLE] = made.authority
        try:
            yield made
        finally:
            del os.environ[certificates.VARIABLE]
            if before is not None:
                os.environ[certificates.VARIABLE] = before


def _served(app: Any, certificate: Certificate | None, port: int) -> Handle:
    try:
        return serve(app, "127.0.0.1", port, certificate)
    except OSError:
        return serve(app, "127.0.0.1", 0, certificate)


def _settings(given: Settings, jira: Handle, pagerduty: Handle) -> Settings:
    return replace(
        given,
        pagerduty_token=keys.new_id(),
        pagerduty_from=OURS,
        pagerduty_routing_key=keys.new_id().replace("-", "")[:32],
        pagerduty_webhook_secret=keys.new_id(),
        pagerduty_api_url=pagerduty.url,
        pagerduty_events_url=pagerduty.url,
        jira_url=jira.url,
        jira_email=OURS,
        jira_token=keys.new_id(),
        jira_project=PROJECT,
    )


def _fill(hub: PagerDutyHub | JiraHub, kept: Path, seed: Any) -> None:
    if kept.exists():
        hub.load(kept)
    else:
        seed()


def _pagerduty(hub: PagerDutyHub, people: Sequence[Someone], now: datetime) -> None:
    hub.add_user("PBOT", "Countersign", OURS)
    for _, name, whole in people:
        hub.add_user(member(name), whole, f"{name}@example.com")
    hub.add_policy(ESCALATION, "On-call leads first")
    for id, name in ((PAYMENTS, "payments"), (WEB, "web")):
        hub.add_service(id, name, ESCALATION)
    hub.add_schedule(SCHEDULE, "On-call leads")
    for place, (start, end) in enumerate(_shifts(now)):
        hub.on_call(SCHEDULE, member(ON_CALL[place % len(ON_CALL)]), start, end, policy=ESCALATION)
    clock = hub.world.clock
    try:
        hub.world.clock = lambda: now - 4 * MINUTE
        broken = hub.incident("Checkout answers 500s", PAYMENTS)
        hub.world.clock = lambda: now - 3 * MINUTE
        hub.annotate(broken, "One request in five fails since the rollout of v811.", by=member("sre"))
    finally:
        hub.world.clock = clock


def _shifts(now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """A shift a day from yesterday on; the first lasts eight hours yet, up to the full hour, the last for good."""
    over = now.replace(minute=0, second=0, microsecond=0) + FIRST
    yield over - DAY, over
    for day in range(SHIFTS):
        yield over + day * DAY, over + (day + 1) * DAY if day < SHIFTS - 1 else None


def _jira(hub: JiraHub, people: Sequence[Someone]) -> None:
    hub.add_user("Countersign", OURS)
    for _, name, whole in people:
        hub.add_user(whole, f"{name}@example.com")
    hub.add_project(PROJECT, "Operations", types=("Task", "Bug", "Change"), components=("payments", "web"))
    hub.add_field(PLAN, custom="textarea")
