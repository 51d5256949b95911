"""Outside truths with the time each was read: accounts, e-mail look-ups, members of user groups.

Kinds and what their `value` is, by subject:
"account"   Slack id → {person, email, name, zone, deactivated, bot, guest, foreign}, or null: no such account
"email"     an address of the policy → the Slack id found for it, or null
"usergroup" a user group as the policy names it (id or @handle) → [Slack ids]
"handle"    @handle → the user group's id, or null
"workspace" "self" → {team, enterprise, user, bot, url}
"oncall"    "schedule:…", "policy:…" or "service:…" → [who is on call, from when to when], see workflows.oncall
"github-account" a login → GitHub's number of the account that has it now, or null: none has
"peer"      a lane → {state, why, since}: whether it answers (see `peer_state`)
"digest"    a week ("2026-W47") → {by, at}: who looked at its digest first
"sources_read" a source → the number of the newest event of the system that says what was read of it
"anchored"  "file", "repository" → {size} of the checkpoint it holds; "channel" → {channel, sizes}: the last posted
"github"    the id of a deploy → {sha}: what was read is in its events, here is only when
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from workflows import logins as github
from workflows import oncall
from workflows.models import facts as table
from workflows.models import identities, persons
from workflows.rosters import Reading, roster
from workflows.ruleset import Rules
from workflows.standing import Account, Standing

_PAGE = 400
# Statements are built once: building one costs several times as much as running it.
_SOME = sa.select(table).where(
    table.c.kind == sa.bindparam("kind"), table.c.subject.in_(sa.bindparam("subjects", expanding=True))
)
_SLACK = sa.select(identities.c.value, identities.c.person).where(identities.c.kind == "slack")
_BY_ACCOUNT = _SLACK.where(identities.c.value.in_(sa.bindparam("accounts", expanding=True)))
_BY_PERSON = _SLACK.where(identities.c.person.in_(sa.bindparam("people", expanding=True))).order_by(identities.c.value)
_SAME = (
    sa.select(persons.c.id, identities.c.person)
    .join(identities, (identities.c.kind == "email") & (identities.c.value == persons.c.email))
    .where(persons.c.id.in_(sa.bindparam("people", expanding=True)), identities.c.person != persons.c.id)
)
AHEAD = timedelta(minutes=1)
"""A reading this much in the future is no reading: the clock that dated it has been put right since."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One reading. `as_of`: when it was asked for (None: never answered); `error`: of the last try."""

    kind: str
    subject: str
    value: Any = None
    as_of: datetime | None = None
    stale: bool = False
    attempted_at: datetime | None = None
    error: str | None = None


def put(
    tx: Connection,
    kind: str,
    subject: str,
    value: Any,
    *,
    as_of: datetime,
    stale: bool = False,
    now: datetime | None = None,
) -> None:
    """Keep a reading, unless a younger one is there; `stale` when it changed while it was being read.

    With `now`, one that lies in the future gives way: it was taken by a clock that was wrong.
    """
    row = {"value": json.dumps(value, ensure_ascii=False, sort_keys=True), "as_of": as_of, "stale": stale}
    row |= {"attempted_at": as_of, "lease_until": None, "error": None}
    here = (table.c.kind == kind) & (table.c.subject == subject)
    older = table.c.as_of.is_(None) | (table.c.as_of <= as_of)
    if now is not None:
        older |= table.c.as_of > now + AHEAD
    there(tx, kind, subject)
    tx.execute(table.update().where(here, older).values(row))


def failed(tx: Connection, kind: str, subject: str, error: str, *, at: datetime) -> None:
    """Keep that a reading was tried and got no answer; the old value stays as it was, and ages."""
    there(tx, kind, subject)
    here = (table.c.kind == kind) & (table.c.subject == subject)
    tx.execute(table.update().where(here).values(attempted_at=at, error=error[:200]))


def there(tx: Connection, kind: str, subject: str) -> None:
    """Make sure that the row exists, whoever else makes it at the same time."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = {"kind": kind, "subject": subject, "stale": False}
    tx.execute(insert(table).values(row).on_conflict_do_nothing())


def mark_stale(tx: Connection, kind: str, subject: str | None = None) -> None:
    """Let no decision rest on these readings until they are read again; `subject` None: all of the kind."""
    where = table.c.kind == kind
    if subject is not None:
        where &= table.c.subject == subject
    tx.execute(table.update().where(where).values(stale=True))


def get(tx: Connection, kind: str, subject: str) -> Fact | None:
    """One reading, of whatever age; None: never tried."""
    return some(tx, kind, (subject,)).get(subject)


def some(tx: Connection, kind: str, subjects: Iterable[str]) -> dict[str, Fact]:
    """The readings of these subjects that exist."""
    wanted = sorted(set(subjects))
    found: dict[str, Fact] = {}
    for start in range(0, len(wanted), _PAGE):
        rows = tx.execute(_SOME, {"kind": kind, "subjects": wanted[start : start + _PAGE]})
        found |= {row.subject: _fact(row) for row in rows}
    return found


def oldest(tx: Connection, kind: str, *, limit: int) -> tuple[Fact, ...]:
    """The readings of a kind that need a new one most: stale ones first, then the oldest tries."""
    order = (table.c.stale.desc(), table.c.attempted_at.asc().nulls_first(), table.c.subject)
    rows = tx.execute(sa.select(table).where(table.c.kind == kind).order_by(*order).limit(limit))
    return tuple(_fact(row) for row in rows)


def _fact(row: sa.Row[Any]) -> Fact:
    value = json.loads(row.value) if row.value is not None else None
    return Fact(row.kind, row.subject, value, row.as_of, row.stale, row.attempted_at, row.error)


def standing(tx: Connection, rules: Rules, people: Collection[str] = (), *, now: datetime) -> Standing:
    """The accounts of these people and of every member of the policy's groups, and the groups' rosters at `now`.

    A roster is never read (`as_of` None) while any part of it was never read or a member never asked about; else
    it is as old as its oldest part. Being named in the policy by address or id is true of an account as of that
    account's own reading, which is asked for beside the roster: so that part is as old as the youngest account here.
    """
    accounts = _accounts(tx, {*people} - {""})
    youngest = max((one.as_of for many in accounts.values() for one in many), default=None)
    reading = _read(tx, rules)
    rosters = {name: roster(group, reading, youngest, now) for name, group in rules.groups.items()}
    members = {person for roster in rosters.values() for person in roster.members}
    everybody = sorted({*people, *members})
    same = {row.id: row.person for row in tx.execute(_SAME, {"people": everybody})} if everybody else {}
    logins, strangers = github.known(tx, rules, everybody)
    return Standing(accounts | _accounts(tx, members - set(accounts)), rosters, strangers | same, logins)


def _read(tx: Connection, rules: Rules) -> Reading:
    named = {user for group in rules.groups.values() for user in group.users}
    wanted = {one for group in rules.groups.values() for one in oncall.subjects(group)}
    rotas = {one: oncall.source(f.value, f.as_of, stale=f.stale) for one, f in some(tx, oncall.KIND, wanted).items()}
    emails = some(tx, "email", {user for user in named if "@" in user} | oncall.addresses(rotas.values()))
    handles = (group.usergroup for group in rules.groups.values() if group.usergroup)
    usergroups = some(tx, "usergroup", handles)
    slack = {user for user in named if "@" not in user} | {f.value for f in emails.values() if f.value}
    slack |= {member for fact in usergroups.values() for member in fact.value or ()}
    return Reading(emails, usergroups, some(tx, "account", slack), _persons(tx, slack), rotas)


def _persons(tx: Connection, slack: Collection[str]) -> dict[str, str]:
    wanted, found = sorted(slack), dict[str, str]()
    for start in range(0, len(wanted), _PAGE):
        rows = tx.execute(_BY_ACCOUNT, {"accounts": wanted[start : start + _PAGE]})
        found |= {row.value: row.person for row in rows}
    return found


def _accounts(tx: Connection, people: Collection[str]) -> dict[str, tuple[Account, ...]]:
    wanted, owners = sorted(people), dict[str, str]()
    for start in range(0, len(wanted), _PAGE):
        rows = tx.execute(_BY_PERSON, {"people": wanted[start : start + _PAGE]})
        owners |= {row.value: row.person for row in rows}
    found: dict[str, tuple[Account, ...]] = {}
    for slack, fact in sorted(some(tx, "account", owners).items()):
        if fact.value is not None and fact.as_of is not None:
            person = owners[slack]
            found[person] = (*found.get(person, ()), account(slack, person, fact))
    return found


def account(slack: str, person: str, fact: Fact) -> Account:
    """The account as it was read. Raises ValueError when it never was."""
    if fact.as_of is None:
        raise ValueError(f"{slack} was never read")
    value = fact.value or {"deactivated": True}
    flags = {name: bool(value.get(name)) for name in ("deactivated", "bot", "guest", "foreign")}
    return Account(slack=slack, person=person, as_of=fact.as_of, stale=fact.stale, **flags)
