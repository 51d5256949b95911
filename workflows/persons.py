"""One human behind however many accounts: a Slack account belongs to a person, a verified e-mail joins accounts."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workflows import ledger
from workflows.change import Person
from workflows.logins import HELD, NUMBER
from workflows.models import identities, persons
from workflows.noreply import NOREPLY, numbered
from workflows.ruleset import Rules

_I = identities.c
_IDS: BindParameter[str] = bindparam("ids", expanding=True)  # statements are built once: it takes longer than to run
_ACCOUNTS = (
    select(_I.person, _I.value).where(_I.kind == "slack", _I.person.in_(_IDS)).order_by(_I.verified_at, _I.value)
)
_KNOWN = select(persons).where(persons.c.id.in_(_IDS))


def person_for(
    tx: Connection,
    *,
    slack: str,
    email: str | None,
    name: str,
    zone: str | None,
    now: datetime,
    new_id: Callable[[], str],
) -> Person:
    """Return the person of a Slack account, made on first sight, with name, zone and e-mail brought up to date.

    `email` is one that Slack has verified: an account first seen with the e-mail of a person is that person's.
    An account keeps its person for ever; one that only later shows another person's e-mail is not moved (what was
    recorded under two ids stays so), and both then carry that e-mail. `new_id` cannot be guessed.
    """
    mail = _plain(email).lower() or None
    found = _owner(tx, "slack", slack)
    if found is None:
        found = _first_sight(tx, slack, mail, {"name": _plain(name) or slack, "created_at": now}, now, new_id)
    elif mail:
        _claim(tx, "email", mail, found, now)
    known = tx.execute(select(persons).where(persons.c.id == found)).one()
    told = {"name": _plain(name), "zone": _plain(zone), "email": mail}
    news = {field: value for field, value in told.items() if value and value != known._mapping[field]}
    if "email" in news:
        # Whose address is whose is told to auditors: a change of it is in the record, and `check` knows of no other.
        digest = ledger.put_text(tx, mail or "", salt=hashlib.sha256(new_id().encode()).digest())
        ledger.note(tx, "address", {"person": found, "email": digest}, actor=None, now=now)
    if news:
        tx.execute(update(persons).where(persons.c.id == found).values(news))
    return replace(by_id(tx, [found])[found], slack=slack)


def for_operator(tx: Connection, *, name: str, email: str | None, now: datetime, new_id: Callable[[], str]) -> Person:
    """Return the person whom an operator at the server says to be; without an e-mail somebody new.

    The word is enough to be a party (and so to be barred from deciding), never to approve: that takes an account.
    """
    mail = _plain(email).lower() or None
    found = _owner(tx, "email", mail) if mail else None
    if found is None:
        found = new_id()
        row = {"id": found, "name": _plain(name) or "operator", "email": mail, "created_at": now}
        _put(tx, persons, row)
        if mail:
            found = _claim(tx, "email", mail, found, now)
    return by_id(tx, [found])[found]


def known_login(
    tx: Connection, *, login: str | None, email: str | None, rules: Rules, account: int | None = None
) -> str | None:
    """Return the id of the person behind a GitHub account or a commit's e-mail, if we know one; makes nobody.

    `account`, GitHub's number, comes first: logins are renamed, and a login let go of can be taken by anybody. Where
    GitHub gives none, the number in its own no-reply address is asked for.
    """
    name, mail = _plain(login).lower() or None, _plain(email).lower() or None
    known = _numbered(tx, account, mail)
    known = known or _unless_taken(tx, _by_name(tx, name, rules), name, account)
    return known or (_owner(tx, "email", mail) if mail else None)


def _numbered(tx: Connection, account: int | None, mail: str | None) -> str | None:
    number = account or numbered(mail)
    return _owner(tx, NUMBER, str(number)) if number else None


def _by_name(tx: Connection, name: str | None, rules: Rules) -> str | None:
    return _named(tx, name, rules) or (_owner(tx, "github", name) if name else None)


def _unless_taken(tx: Connection, person: str | None, name: str | None, account: int | None) -> str | None:
    """The person, unless the login was another account's when we learnt whose it is."""
    if person is None or not account:
        return person
    where = (_I.kind == HELD, _I.person == person, _I.value.startswith(f"{name} ", autoescape=True))
    held = {value.split(" ")[1] for value in tx.scalars(select(_I.value).where(*where))}
    return None if held and str(account) not in held else person


def hold(tx: Connection, person: str, *, login: str, account: int, now: datetime) -> None:
    """Keep that GitHub gives this person's login to that account, unless it gave it to another one before."""
    name = login.lower()
    if _unless_taken(tx, person, name, account) is not None:
        _claim(tx, NUMBER, str(account), person, now)
        _claim(tx, HELD, f"{name} {account} {person}", person, now)


def _named(tx: Connection, account: str | None, rules: Rules) -> str | None:
    """Whose login that is by the policy's [people]."""
    mine = _line(account, rules)
    return _owner(tx, "email" if "@" in mine else "slack", mine) if mine else None


def _line(account: str | None, rules: Rules) -> str | None:
    """The e-mail or Slack id to which the policy's [people] gives the login."""
    return next((who for who, github in rules.people_github.items() if account and github.lower() == account), None)


def for_login(
    tx: Connection,
    *,
    login: str | None,
    email: str | None,
    name: str,
    rules: Rules,
    now: datetime,
    new_id: Callable[[], str],
    account: int | None = None,
) -> Person:
    """Return the person behind a GitHub account or a commit's e-mail; somebody new when nobody is known by it.

    In this order: whose account number it is, whom the policy's [people] gives the login, who had it before (under that
    number), whose verified e-mail it is. What is learnt later of a login (`facts.standing`) makes the two persons one
    human; what was recorded stays as it is. `email` beside a login is one that GitHub has verified.
    """
    gh, mail = _plain(login).lower() or None, _plain(email).lower() or None
    theirs = _by_name(tx, gh, rules)
    taken = theirs is not None and _unless_taken(tx, theirs, gh, account) is None
    named = None if taken else _named(tx, gh, rules)
    found = known_login(tx, login=login, email=email, rules=rules, account=account)
    sure = _numbered(tx, account, mail) is not None
    fresh = found is None
    if found is None:
        found = _somebody(tx, _plain(name) or gh or "somebody", now, new_id())
    line = _line(gh, rules)
    if fresh and line and "@" in line and not taken:  # the policy's own word: whoever has that e-mail in Slack
        named = found = _claim(tx, "email", line, found, now)
    if mail and named is None and not mail.endswith(NOREPLY):
        # Whoever first shows this address in Slack later is this person. It comes before the login, as with Slack.
        owner = _claim(tx, "email", mail, found, now)
        found = owner if (fresh or gh is None) and not sure else found
    if gh and named is None and not taken and (account or not sure):  # no login is learnt from an address
        owner = _claim(tx, "github", gh, found, now)
        found = found if sure else owner
    if account:
        found = _claim(tx, NUMBER, str(account), found, now)
        if gh and not taken:
            hold(tx, theirs or found, login=gh, account=account, now=now)
    return by_id(tx, [found])[found]


def _somebody(tx: Connection, name: str, now: datetime, person: str) -> str:
    _put(tx, persons, {"id": person, "name": name, "email": None, "created_at": now})
    return person


def by_id(tx: Connection, ids: Collection[str]) -> dict[str, Person]:
    """Return those of `ids` that exist; `slack` is the account that was seen first."""
    if not ids:
        return {}
    accounts: dict[str, str] = {}
    wanted = {"ids": sorted(ids)}
    for row in tx.execute(_ACCOUNTS, wanted):
        accounts.setdefault(row.person, row.value)
    rows = tx.execute(_KNOWN, wanted)
    return {row.id: Person(row.id, row.name, accounts.get(row.id), row.email, row.zone, row.github) for row in rows}


def by_slack(tx: Connection, slack_ids: Collection[str]) -> dict[str, str]:
    """Return Slack id → person id of those that are known."""
    return _owners(tx, "slack", slack_ids)


def strangers(tx: Connection, logins: Collection[str], rules: Rules) -> frozenset[str]:
    """Those of the logins (small letters) that neither the record nor the policy's [people] knows anybody by."""
    known = _owners(tx, "github", logins) if logins else {}
    return frozenset(logins) - known.keys() - {login.lower() for login in rules.people_github.values()}


def by_email(tx: Connection, emails: Collection[str]) -> dict[str, str]:
    """Return e-mail (lower case) → person id of those that are known."""
    return _owners(tx, "email", {email.lower() for email in emails})


def _first_sight(
    tx: Connection,
    slack: str,
    mail: str | None,
    row: Mapping[str, Any],
    now: datetime,
    new_id: Callable[[], str],
) -> str:
    """Claim the e-mail, then the account, in the order everybody does: of two at once one waits, and joins."""
    found = (_owner(tx, "email", mail) if mail else None) or new_id()
    fresh = {**row, "id": found, "email": mail}
    made = _put(tx, persons, fresh)
    owner = _claim(tx, "email", mail, found, now) if mail else found
    owner = _claim(tx, "slack", slack, owner, now)
    if made and owner != found and not tx.scalar(select(_I.value).where(_I.person == found).limit(1)):
        tx.execute(delete(persons).where(persons.c.id == found))
    return owner


def _claim(tx: Connection, kind: str, value: str, person: str, now: datetime) -> str:
    """Return whose `value` is: `person`, unless somebody had it first."""
    row = {"kind": kind, "value": value, "person": person, "verified_at": now}
    return person if _put(tx, identities, row) else _owner(tx, kind, value) or person


def _owner(tx: Connection, kind: str, value: str) -> str | None:
    found: str | None = tx.scalar(select(_I.person).where(_I.kind == kind, _I.value == value))
    return found


def _owners(tx: Connection, kind: str, values: Collection[str]) -> dict[str, str]:
    if not values:
        return {}
    rows = tx.execute(select(_I.value, _I.person).where(_I.kind == kind, _I.value.in_(sorted(values))))
    return {row.value: row.person for row in rows}


def _plain(value: str | None) -> str:
    """What a database can hold: no NUL, no half of a surrogate pair."""
    return (value or "").replace("\x00", "").encode(errors="ignore").decode().strip()


def _put(tx: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert unless it is there already; on PostgreSQL this waits for whoever is putting the same row."""
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    put = make(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return tx.execute(put).first() is not None
