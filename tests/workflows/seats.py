"""The people of a desk: who is known, with which accounts, and what Slack says of them."""

from datetime import datetime

from sqlalchemy import Connection, insert, update

from tests import build
from tests.build import T0
from workflows import facts
from workflows.models import facts as facts_table
from workflows.models import identities, persons


def seat(tx: Connection, person: str, *, zone: str = "Europe/Berlin") -> None:
    """Make somebody known, with one account and a verified address, read at `T0`."""
    address = build.email(person)
    row = {"id": person, "name": person, "email": address, "zone": zone, "github": None, "created_at": T0}
    tx.execute(insert(persons), row)
    for kind, value in (("slack", build.slack(person)), ("email", address)):
        tx.execute(insert(identities), {"kind": kind, "value": value, "person": person, "verified_at": T0})
    facts.put(tx, "email", address, build.slack(person), as_of=T0)
    say(tx, person, as_of=T0)


def say(tx: Connection, person: str, *, as_of: datetime, **flags: bool) -> None:
    """Have Slack say this of the account: `say(tx, "cto", as_of=now, deactivated=True)`."""
    value = {"person": person, "email": build.email(person), "name": person, "zone": "Europe/Berlin", **flags}
    facts.put(tx, "account", build.slack(person), value, as_of=as_of)


def second_account(tx: Connection, person: str) -> None:
    """Give somebody a second account: its Slack id ends in 2."""
    slack = f"{build.slack(person)}2"
    tx.execute(insert(identities), {"kind": "slack", "value": slack, "person": person, "verified_at": T0})
    facts.put(tx, "account", slack, {"person": person, "email": None, "name": person}, as_of=T0)


def move(tx: Connection, person: str, zone: str | None) -> None:
    """Move somebody to another time zone."""
    tx.execute(update(persons).where(persons.c.id == person).values(zone=zone))


def refresh(tx: Connection, now: datetime) -> None:
    """Have every reading of Slack be of now; GitHub is read by itself."""
    slack = facts_table.c.kind != "github"
    tx.execute(update(facts_table).where(slack).values(as_of=now, attempted_at=now))
