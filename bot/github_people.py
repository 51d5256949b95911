"""Who is who on GitHub: approvers by their verified e-mail, authors by the address GitHub shows on their profile.

What was found out is a fact with its time, asked again after an hour when it was nothing; the policy's [people] needs
no asking. Everything here is tried beside decisions: what is not known yet keeps people out, never in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, select

from bot.clock import Clock
from workflows import facts, logins, persons
from workflows.change import Person
from workflows.db import Database
from workflows.links import Rejected, Unavailable
from workflows.models import identities
from workflows.noreply import NOREPLY
from workflows.reading import Hand, Reading
from workflows.ruleset import Rules

LOGIN, PROFILE = "github-login", "github-profile"
AGAIN = timedelta(hours=1)
FEW = 5
"""Look-ups in one go: they are asked one after the other."""


class Directory(Protocol):
    """What is asked of GitHub about people."""

    def login_of(self, email: str, repository: str) -> str | None: ...

    def email_of(self, login: str) -> str | None: ...

    def account_of(self, login: str) -> int | None: ...


@dataclass(frozen=True, slots=True)
class People:
    """`link` asks GitHub; nothing is written but facts and identities."""

    db: Database
    clock: Clock
    rules: Callable[[], Rules]
    new_id: Callable[[], str]

    def named(self, link: Directory, reading: Reading) -> Reading:
        """The reading with an address for each new login that its commits hide or leave out.

        So whoever has that address in Slack is known to be the same human before anybody is made for the login.
        """
        unknown = self._unknown(reading.hands)
        told = {login: self._profile(link, login) for login in unknown[:FEW]}
        if not any(told.values()):
            return reading

        def better(hand: Hand) -> Hand:
            email = told.get((hand.login or "").lower())
            return replace(hand, email=email) if email and not _useful(hand.email) else hand

        return replace(reading, hands=tuple(better(hand) for hand in reading.hands))

    def _unknown(self, hands: Iterable[Hand]) -> list[str]:
        wanted = {h.login.lower() for h in hands if h.login and not _useful(h.email)}
        wanted -= {h.login.lower() for h in hands if h.login and _useful(h.email)}
        wanted -= {login.lower() for login in self.rules().people_github.values()}
        if not wanted:
            return []
        known = select(identities.c.value).where(identities.c.kind == "github", identities.c.value.in_(sorted(wanted)))
        with self.db.read() as tx:
            return sorted(wanted - set(tx.scalars(known)))

    def _profile(self, link: Directory, login: str) -> str | None:
        now = self.clock.now()
        with self.db.read() as tx:
            fact = facts.get(tx, PROFILE, login)
        if not _asks(fact, now):
            return str(fact.value) if fact and fact.value else None
        try:
            email = link.email_of(login)
        except (Unavailable, Rejected) as no:
            self._failed(PROFILE, login, no)
            return None
        with self.db.write() as tx:
            facts.put(tx, PROFILE, login, email, as_of=now, now=now)
        return email

    def approvers(self, link: Directory, repositories: Iterable[str]) -> int:
        """Learn the logins of members of approver groups whom nobody knows on GitHub yet; how many were found.

        When GitHub does not answer for one, nobody else is asked about this time.
        """
        where, found = tuple(repositories)[:FEW], 0
        with self.db.read() as tx:
            people = _without(tx, self.rules(), self.clock.now()) if where else []
        for person in people[:FEW]:
            told = self._learn(link, person, where)
            if told is None:
                break
            found += told
        return found

    def accounts(self, link: Directory) -> None:
        """Learn which account has each login of the members of approver groups; one that lost it is known no more.

        So a login that was renamed, or taken by somebody else, is nobody's word. When GitHub does not answer for one,
        nobody else is asked about this time, and what was known stays.
        """
        with self.db.read() as tx:
            due = _unread(tx, self.rules(), self.clock.now())
        for person, login in due[:FEW]:
            now = self.clock.now()
            try:
                account = link.account_of(login)
            except (Unavailable, Rejected) as no:
                self._failed(logins.ACCOUNT, login, no)
                return
            with self.db.write() as tx:
                facts.put(tx, logins.ACCOUNT, login, account, as_of=now, now=now)
                if account is not None:
                    persons.hold(tx, person, login=login, account=account, now=now)

    def _learn(self, link: Directory, person: Person, repositories: tuple[str, ...]) -> bool | None:
        """Whether the person has a login; None: GitHub did not answer."""
        email, now, login = (person.email or "").lower(), self.clock.now(), None
        try:
            login = next((found for one in repositories if (found := link.login_of(email, one))), None)
        except (Unavailable, Rejected) as no:
            self._failed(LOGIN, email, no)
            return None
        with self.db.write() as tx:
            facts.put(tx, LOGIN, email, login, as_of=now, now=now)
            if login:
                rules = self.rules()
                persons.for_login(
                    tx, login=login, email=email, name=person.name, rules=rules, now=now, new_id=self.new_id
                )
        return login is not None

    def _failed(self, kind: str, subject: str, no: Unavailable | Rejected) -> None:
        with self.db.write() as tx:
            facts.failed(tx, kind, subject, no.why, at=self.clock.now())


def _useful(email: str | None) -> bool:
    """Whether an address may be somebody's in Slack too."""
    return bool(email) and not (email or "").endswith(NOREPLY)


def _asks(fact: facts.Fact | None, now: datetime) -> bool:
    """Whether it is time to ask: never tried, tried long ago, or by a clock that was wrong."""
    if fact is None or fact.attempted_at is None:
        return True
    return not now - AGAIN < fact.attempted_at <= now + facts.AHEAD


def _unread(tx: Connection, rules: Rules, now: datetime) -> list[tuple[str, str]]:
    """The (person, login) of the policy's groups whose account it is time to ask for, never asked ones first."""
    members = {person for roster in facts.standing(tx, rules, now=now).rosters.values() for person in roster.members}
    ours = logins.all_of(tx, rules, members)
    tried = facts.some(tx, logins.ACCOUNT, [login for _, login in ours])
    due = [one for one in ours if _asks(tried.get(one[1]), now)]
    return sorted(due, key=lambda one: (one[1] in tried, one))


def _without(tx: Connection, rules: Rules, now: datetime) -> list[Person]:
    """The members of the policy's groups without a login and with an address, whom it is time to ask about."""
    standing = facts.standing(tx, rules, now=now)
    members = {person for roster in standing.rosters.values() for person in roster.members}
    known = persons.by_id(tx, sorted(members - set(standing.logins)))
    tried = facts.some(tx, LOGIN, [one.email.lower() for one in known.values() if one.email])
    return [one for one in known.values() if one.email and _asks(tried.get(one.email.lower()), now)]
