"""Everything of a process that has to do with Jira, put together: the issues of changes, and the reading of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot import issue_polls
from bot.delivery import Beyond
from bot.desk import Desk
from bot.issue_polls import IssuePolls
from bot.links import JiraLink
from bot.ticketing import GAP, Ticketing

Tick = tuple[timedelta, Callable[[], object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtJira:
    """The parts; all of them do nothing where Jira is not configured."""

    ticketing: Ticketing
    polls: IssuePolls

    def table(self) -> Mapping[str, Beyond]:
        """Template → what brings it up to date."""
        return self.ticketing.table()

    def ticks(self) -> Mapping[str, Tick]:
        """What the worker does again and again."""
        return {"issues": (issue_polls.EVERY, self.polls)}


def compose(desk: Desk, link: JiraLink, *, project: str, pages: str, gap: timedelta = GAP) -> AtJira:
    """Put it together; nothing is started and nothing asked.

    `project`: in which issues are made. `pages`: where the register is served, if anywhere.
    """
    return AtJira(
        ticketing=Ticketing(
            db=desk.db,
            policy=desk.policy,
            clock=desk.clock,
            link=link.maybe,
            new_id=desk.new_id,
            salt=desk.salt,
            project=project,
            pages=pages,
            gap=gap,
        ),
        polls=IssuePolls(desk=desk, link=link.maybe),
    )
