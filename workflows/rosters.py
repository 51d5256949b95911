"""The members of an approver group, of what was read of accounts, user groups and rotas. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from workflows import oncall
from workflows.ruleset import Group
from workflows.standing import Roster

_NEVER = datetime.min.replace(tzinfo=UTC)


class Read(Protocol):
    """One reading: its value, when it was asked for (None: never answered), and when last tried."""

    @property
    def value(self) -> Any: ...
    @property
    def as_of(self) -> datetime | None: ...
    @property
    def stale(self) -> bool: ...
    @property
    def attempted_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class _Nothing:
    """What was never read."""

    value: Any = None
    as_of: datetime | None = None
    stale: bool = False
    attempted_at: datetime | None = None


_NOTHING = _Nothing()


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read of the members of the policy's groups, by its subject; `persons` by Slack id."""

    emails: Mapping[str, Read]
    usergroups: Mapping[str, Read]
    accounts: Mapping[str, Read]
    persons: Mapping[str, str]
    rotas: Mapping[str, oncall.Source]

    def by_email(self, email: str) -> str | None:
        """The Slack id behind an address; None: nobody's, never read, theirs no more, or never confirmed as theirs."""
        found: str | None = self.emails.get(email, _NOTHING).value
        account = self.accounts.get(found or "", _NOTHING).value
        theirs = account is None or (account.get("email") == email and account.get("confirmed", True))
        return found if found and theirs else None


def roster(group: Group, reading: Reading, youngest: datetime | None, now: datetime) -> Roster:
    """Who is in the group at `now`; `youngest`: the youngest reading of the accounts of those who matter."""
    named, unlinked, looked_up = _named(group, reading)
    usergroup: Read = reading.usergroups.get(group.usergroup or "", _NOTHING)
    slack = (*named, *(usergroup.value or ()))
    accounts = {one: reading.accounts.get(one, _NOTHING) for one in slack}
    known = [one for one in slack if accounts[one].value is not None and one in reading.persons]
    times = [usergroup.as_of] if group.usergroup else []
    if group.users:
        times.append(max([t for one in named if (t := accounts[one].as_of)] + [youngest or _NEVER]))
    # An account that Slack will not describe keeps itself out, and nobody else.
    tried = all(fact.as_of or fact.attempted_at for fact in accounts.values())
    read = looked_up and tried and None not in times
    fixed = Roster(
        group.name,
        frozenset(reading.persons[one] for one in known),
        min((t for t in times if t), default=None) if read else None,
        usergroup.stale,
        tuple(dict.fromkeys((*unlinked, *(one for one in slack if one not in known)))),
    )
    return _with_rota(fixed, group, reading, now) if oncall.subjects(group) else fixed


def _with_rota(fixed: Roster, group: Group, reading: Reading, now: datetime) -> Roster:
    """The roster with those who are on call now, as old as the older of the two."""

    def person(email: str) -> str | None:
        slack = reading.by_email(email)
        return reading.persons.get(slack) if slack and reading.accounts.get(slack, _NOTHING).value else None

    def asked(email: str) -> bool:
        fact = reading.emails.get(email, _NOTHING)
        return bool(fact.as_of or fact.attempted_at)

    found = oncall.rota(group, reading.rotas, now, person=person, asked=asked)
    elsewhere = bool(group.users or group.usergroup)
    parts = (fixed.as_of, found.as_of) if elsewhere else (found.as_of,)
    members = fixed.members | {one.person for one in found.shifts if one.person}
    return replace(
        fixed,
        members=members,
        as_of=min((part for part in parts if part), default=None) if None not in parts else None,
        stale=fixed.stale or found.stale,
        unlinked=tuple(dict.fromkeys((*fixed.unlinked, *(one.name for one in found.shifts if one.person is None)))),
        shifts=found.shifts,
        over={person: at for person, at in found.over.items() if person not in members},
        fixed=fixed.members,
        fixed_as_of=fixed.as_of,
    )


def _named(group: Group, reading: Reading) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """The Slack ids of those whom the policy names, the addresses that are nobody's, whether all were asked."""
    slack: list[str] = []
    unlinked: list[str] = []
    asked = True
    for user in group.users:
        if "@" not in user:
            slack.append(user)
            continue
        fact = reading.emails.get(user, _NOTHING)
        asked = asked and fact.as_of is not None
        found = reading.by_email(user)
        if found:
            slack.append(found)
        elif fact.as_of is not None:
            unlinked.append(user)
    return tuple(slack), tuple(unlinked), asked
