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
class Shift:
    """Somebody's time on call by PagerDuty (`user`: its id), from `since` to `until` (None: always), read at `as_of`.

    `level`: of the escalation policy `policy`; `schedule`: by which they are on it. `person` None: nobody in Slack.
    """

    user: str
    name: str
    level: int
    since: datetime | None
    until: datetime | None
    schedule: str | None
    policy: str
    as_of: datetime
    person: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """The members of an approver group (person ids) as read at `as_of`, its oldest part; None: not all was read.

    `shifts`: who is on call for it at this moment; `over`: who was (person → until when). `unlinked`: addresses, Slack
    ids and names of those who are nobody whom we know. `fixed`: where it names a rota, those who are members without
    being on call, and `fixed_as_of`, when that was read: PagerDuty's silence is not held against them.
    """

    group: str
    members: frozenset[str] = frozenset()
    as_of: datetime | None = None
    stale: bool = False
    unlinked: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()
    over: Mapping[str, datetime] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    fixed_as_of: datetime | None = None

    def read_at(self, person: str) -> datetime | None:
        """When that was read by which this person is in the group; of whoever is not in it, the oldest part."""
        return self.fixed_as_of if person in self.fixed else self.as_of


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
