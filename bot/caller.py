"""Who is this: the account that a delivery names, the person behind it, and whether they may be served at all."""

from dataclasses import dataclass
from datetime import datetime

from bot.desk import Desk
from bot.wire import JSON, Who, who
from workflows import facts, persons
from workflows.change import Actor, Person, Reason
from workflows.ruleset import Rules

FIRST_SIGHT = 0.8  # seconds in all: a trigger lives for 3, and a form may take 2 of them
PATIENCE = 1.8  # seconds that one delivery waits for Slack in all: it is answered within 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`key` is the delivery's in the inbox. `barred`: guests, bots, deactivated accounts, other organisations.

    An account that Slack has not described yet is not barred: whether it may decide is another question.
    """

    actor: Actor
    person: Person
    slack: str
    now: datetime
    rules: Rules
    key: str
    since: datetime
    barred: Reason | None = None

    def patience(self, real: datetime, most: float) -> float:
        """Seconds that this delivery may still wait for Slack, at most `most`; `since` and `real` are real time."""
        return max(0.0, min(most, PATIENCE - (real - self.since).total_seconds()))

    @property
    def zone(self) -> str:
        """The IANA zone that personal surfaces are written in."""
        return self.person.zone or self.rules.zone


def identify(desk: Desk, body: JSON, key: str) -> Caller:
    """Find out who acts, making a person on first sight. One read of the database when the account is known."""
    named, rules, since = who(body), desk.policy.rules, desk.clock.real()
    person, fact = _known(desk, named.user)
    if fact is None or fact.as_of is None:
        desk.readings.fresh([named.user], deadline=FIRST_SIGHT)
        person, fact = _known(desk, named.user)
    now = desk.clock.now()
    if person is None:
        with desk.db.write() as tx:
            person = persons.person_for(
                tx, slack=named.user, email=None, name=named.user, zone=None, now=now, new_id=desk.new_id
            )
    return Caller(
        actor=Actor(person.id, named.user),
        person=person,
        slack=named.user,
        now=now,
        rules=rules,
        key=key,
        since=since,
        barred=_foreign(desk, named, rules, since) or _barred(fact),
    )


def _known(desk: Desk, user: str) -> tuple[Person | None, facts.Fact | None]:
    with desk.db.read() as tx:
        fact = facts.get(tx, "account", user)
        found = persons.by_slack(tx, [user]).get(user)
        person = persons.by_id(tx, [found])[found] if found else None
    return person, fact


def _barred(fact: facts.Fact | None) -> Reason | None:
    if fact is None or fact.as_of is None:
        return None
    account = facts.account(fact.subject, "", fact)
    if account.deactivated or account.bot:
        return Reason.DEACTIVATED
    if account.foreign:
        return Reason.OTHER_ORGANISATION
    return Reason.GUEST if account.guest else None


def _foreign(desk: Desk, named: Who, rules: Rules, since: datetime) -> Reason | None:
    """Deliveries from another workspace are refused; on Enterprise Grid the organisation is what counts."""
    waited = (desk.clock.real() - since).total_seconds()
    home = desk.readings.workspace(deadline=max(0.0, FIRST_SIGHT - waited))
    organisation = rules.enterprise or (home.enterprise if home else "")
    if organisation and named.enterprise:
        return None if named.enterprise == organisation else Reason.OTHER_ORGANISATION
    if home is None or not named.team or named.team == home.team:
        return None
    return Reason.OTHER_ORGANISATION
