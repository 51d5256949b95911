"""What is known of people at a moment: their accounts, groups and logins, each with the time it was read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Account:
    """What Slack said of one account, and when (UTC)."""

    slack: str
    person: str
    as_of: datetime
    deactivated: bool = False
    bot: bool = False
    guest: bool = False
    foreign: bool = False
    stale: bool = False

    @property
    def good(self) -> bool:
        return not (self.deactivated or self.bot or self.guest or self.foreign)


@dataclass(frozen=True, slots=True)
class Roster:
    """The members of an approver group (person ids) as read at `as_of`; `as_of` None: never read."""

    group: str
    members: frozenset[str] = frozenset()
    as_of: datetime | None = None
    stale: bool = False
    unlinked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Accounts by person id and rosters by group name, each with the time it was read.

    `same`: a person → the other one whose verified e-mail they carry by now; the two are one human.
    `logins`: a person → their GitHub login, of those for whom it is known.
    """

    accounts: Mapping[str, tuple[Account, ...]] = field(default_factory=dict)
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, str] = field(default_factory=dict)
