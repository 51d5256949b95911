"""Who may read the auditor's register, and as what: pure decisions over [register] of the policy.

Unknown means no: a group or an account that was not read lately enough lets nobody in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from workflows.ruleset import Register, Rules
from workflows.standing import Account, Standing


class Role(StrEnum):
    """What somebody may see, the least first; each may all that the ones before it may."""

    READER = "reader"
    AUDITOR = "auditor"
    ADMIN = "admin"

    def covers(self, least: "Role") -> bool:
        """Whether this role is enough where `least` is asked for."""
        order = tuple(Role)
        return order.index(self) >= order.index(least)


@dataclass(frozen=True, slots=True)
class Known:
    """What Slack said of an account; `email`: only one that Slack has confirmed, in small letters."""

    account: Account
    email: str | None = None


def role(rules: Rules, known: Known, standing: Standing, now: datetime) -> Role | None:
    """The highest role that the policy gives this account now; None: it has none, or it is not known whether.

    A guest, a bot, a deactivated account and one of elsewhere have none; outside auditors get an invitation.
    """
    oldest = now - rules.standing_max_age
    if not known.account.good or known.account.stale or known.account.as_of < oldest:
        return None
    for one in reversed(Role):
        if any(_holds(name, rules, known, standing, oldest) for name in named(rules.register, one)):
            return one
    return None


def named(register: Register, one: Role) -> tuple[str, ...]:
    """The groups, e-mails and Slack ids that have exactly this role by the policy."""
    return {Role.READER: register.readers, Role.AUDITOR: register.auditors, Role.ADMIN: register.admins}[one]


def groups(rules: Rules) -> tuple[str, ...]:
    """The groups of the policy whose members have any role: what must be read to know who has which."""
    everybody = (name for one in Role for name in named(rules.register, one))
    return tuple(dict.fromkeys(name for name in everybody if name in rules.groups))


def until(began: datetime, session: timedelta, *ends: datetime | None) -> datetime:
    """When a session that began then is over at the latest."""
    return min([began + session, *(end for end in ends if end is not None)])


def _holds(name: str, rules: Rules, known: Known, standing: Standing, oldest: datetime) -> bool:
    if name not in rules.groups:
        return name in (known.account.slack, known.email)
    roster, person = standing.rosters.get(name), known.account.person
    if roster is None or roster.stale or person not in roster.members:
        return False
    read = roster.read_at(person)
    return read is not None and read >= oldest
