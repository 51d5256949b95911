"""What every listener works with: the record, the policy in force, the two clocks, Slack, and the makers of ids."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from slack_sdk import WebClient
from sqlalchemy import Connection

from bot.clock import Clock
from bot.meters import NOBODY, Meter
from bot.standing import Readings
from workflows.db import Database
from workflows.reading import Reading
from workflows.ruleset import Rules


class Policy(Protocol):
    """The policy in force; read it once per delivery."""

    @property
    def rules(self) -> Rules: ...

    @property
    def writable(self) -> bool:
        """Whether this process may change anything: not while another one serves another policy."""
        ...


class GitHubReader(Protocol):
    """GitHub, as far as listeners ask it; `bot.github_readings` is the real one."""

    @property
    def linked(self) -> bool:
        """Whether a GitHub is configured."""
        ...

    def read(self, repository: str, ref: str, environment: str) -> Reading | None:
        """All that GitHub says of it now; None: it does not answer. Raises Rejected when there is no such thing."""
        ...

    def fresh(self, changes: Iterable[str], *, deadline: float) -> None:
        """Bring the readings of these requests up to date, within `deadline` seconds."""
        ...


class IncidentChoices(Protocol):
    """The open PagerDuty incidents, as far as forms offer them; `bot.choices` is the real one."""

    def offered(self, tx: Connection) -> bool:
        """Whether there is a list to pick from now."""
        ...

    def options(self, query: str, *, deadline: float) -> list[tuple[str, str]]:
        """(label, value) of what fits what is typed, within `deadline` seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`slack` makes a client with a short timeout that repeats nothing; `new_id` and `salt` are `bot.keys`'.

    `pages`: the address under which people reach our own pages, without a slash at its end; "": under none.
    """

    db: Database
    policy: Policy
    clock: Clock
    readings: Readings
    slack: Callable[[], WebClient]
    new_id: Callable[[], str]
    salt: Callable[[], bytes]
    github: GitHubReader | None = None
    incidents: IncidentChoices | None = None
    meter: Meter = NOBODY
    pages: str = ""
