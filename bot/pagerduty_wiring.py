"""Everything of a process that has to do with PagerDuty, put together: notes and pages, ticks, routes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.routing import Route

from bot import incident_polls
from bot.choices import Incidents
from bot.dead_letters import DeadLetters
from bot.delivery import Beyond
from bot.desk import Desk
from bot.incident_polls import IncidentPolls
from bot.incident_reading import IncidentReader
from bot.links import PagerDutyLink
from bot.pagerduty_hooks import PagerDutyHooks
from bot.pages import Pages
from bot.paging import Paging

LETTERS = timedelta(seconds=10)
Tick = tuple[timedelta, Callable[[], object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtPagerDuty:
    """The parts; all of them do nothing where PagerDuty is not configured."""

    paging: Paging
    pages: Pages
    letters: DeadLetters
    hooks: PagerDutyHooks
    polls: IncidentPolls
    choices: Incidents
    link: PagerDutyLink

    def table(self) -> Mapping[str, Beyond]:
        """Template → what brings it up to date."""
        return {**self.paging.table(), **self.pages.table(), **self.letters.table()}

    def ticks(self) -> Mapping[str, Tick]:
        """What the worker does again and again."""
        return {
            "dead-letters": (LETTERS, self.letters.look_for_dead_letters),
            "incidents": (incident_polls.EVERY, self.polls),
        }

    def routes(self) -> list[Route]:
        """What the web serves of it."""
        return self.hooks.routes()

    def close(self) -> None:
        """Take no webhook more, ask for nothing to pick from, and let go of PagerDuty."""
        self.hooks.close()
        self.choices.close()
        self.link.close()


def compose(desk: Desk, link: PagerDutyLink, choices: Incidents, *, secrets: str) -> AtPagerDuty:
    """Put it together; nothing is started and nothing asked. `secrets`: with which webhooks are signed."""
    reader = IncidentReader(desk=desk, link=link.maybe)
    return AtPagerDuty(
        paging=Paging(
            db=desk.db, policy=desk.policy, clock=desk.clock, link=link.maybe, new_id=desk.new_id, salt=desk.salt
        ),
        pages=Pages(db=desk.db, policy=desk.policy, clock=desk.clock, link=link.maybe),
        letters=DeadLetters(db=desk.db, policy=desk.policy, clock=desk.clock, link=link.maybe, new_id=desk.new_id),
        hooks=PagerDutyHooks(reader, secrets),
        polls=IncidentPolls(reader=reader),
        choices=choices,
        link=link,
    )
