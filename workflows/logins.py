"""Whose a GitHub account is, as far as anybody knows: by the policy, or by what GitHub itself said."""

import json
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import Connection

from workflows.models import facts, identities
from workflows.ruleset import Rules

NUMBER = "github-id"
"""GitHub's number of an account: it outlives every login."""
HELD = "github-held"
"""Which account GitHub gave a person's login to: `rel-gh 4711 PERSON`."""
ACCOUNT = "github-account"
"""The kind of fact that says which account has a login now; null: none has."""

_MINE = (
    sa.select(identities.c.kind, identities.c.value, identities.c.person)
    .where(identities.c.kind.in_(("github", HELD)), identities.c.person.in_(sa.bindparam("people", expanding=True)))
    .order_by(identities.c.verified_at, identities.c.value)
)
_READ = sa.select(facts.c.subject, facts.c.value).where(
    facts.c.kind == ACCOUNT, facts.c.as_of.is_not(None), facts.c.subject.in_(sa.bindparam("logins", expanding=True))
)
_GITHUB = sa.select(identities.c.value, identities.c.person).where(identities.c.kind == "github")
_OWNED = sa.select(identities.c.value, identities.c.person).where(
    identities.c.kind == sa.bindparam("kind"), identities.c.value.in_(sa.bindparam("values", expanding=True))
)


def known(tx: Connection, rules: Rules, people: Collection[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Person → GitHub login, of these people; and whoever was recorded under a login that the policy gives to another.

    The policy's [people] comes first, then what GitHub itself said (a verified e-mail, a commit of theirs). A login
    that GitHub by now gives to another account, or to none, is nobody's until it is read right again.
    """
    if not people:
        return {}, {}
    by_login = {row.value: row.person for row in tx.execute(_GITHUB)} if rules.people_github else {}
    named = _named(tx, rules)
    same = {other: person for person, login in named.items() if (other := by_login.get(login)) not in (None, person)}
    rows = tx.execute(_MINE, {"people": sorted(people)}).all()
    held = {(row.person, *row.value.split(" ")[:2]) for row in rows if row.kind == HELD}
    ours = [(row.person, row.value) for row in rows if row.kind == "github"]
    stand = _standing(tx, [*ours, *named.items()], held)
    mine = {p: login for p, login in [*ours, *named.items()] if p in set(people) and (p, login) in stand}
    mine = {p: login for p, login in mine.items() if p not in named or login == named[p]}
    return mine, {other: person for other, person in same.items() if other is not None} | _numbers(tx, held)


def all_of(tx: Connection, rules: Rules, people: Collection[str]) -> list[tuple[str, str]]:
    """Every (person, login) of these people, whether GitHub still gives them the login or not."""
    if not people:
        return []
    rows = tx.execute(_MINE, {"people": sorted(people)}).all()
    ours = {(row.person, row.value) for row in rows if row.kind == "github"}
    return sorted(ours | {(p, login) for p, login in _named(tx, rules).items() if p in set(people)})


def _standing(
    tx: Connection, ours: Collection[tuple[str, str]], held: Collection[tuple[str, ...]]
) -> set[tuple[str, str]]:
    """Those that GitHub, when it was last asked, still gave to the account they were learnt of; and the never asked."""
    logins = sorted({login for _, login in ours})
    told = {row.subject: json.loads(row.value) for row in tx.execute(_READ, {"logins": logins})} if logins else {}
    known = {(person, login) for person, login, _ in held}

    def stands(person: str, login: str) -> bool:
        if login not in told:
            return True
        account = told[login]
        return account is not None and ((person, login) not in known or (person, login, str(account)) in held)

    return {one for one in ours if stands(*one)}


def _numbers(tx: Connection, held: Collection[tuple[str, ...]]) -> dict[str, str]:
    """Whoever was recorded under an account that turned out to have the login of one of these people."""
    numbers = sorted({number for _, _, number in held})
    rows = tx.execute(_OWNED, {"kind": NUMBER, "values": numbers}).all() if numbers else ()
    owners = {row.value: row.person for row in rows}
    return {owners[number]: person for person, _, number in sorted(held) if owners.get(number, person) != person}


def _named(tx: Connection, rules: Rules) -> dict[str, str]:
    """Person → the login that the policy's [people] gives them."""
    named: dict[str, str] = {}
    for kind in ("email", "slack"):
        given = {who: login for who, login in rules.people_github.items() if ("@" in who) == (kind == "email")}
        rows = tx.execute(_OWNED, {"kind": kind, "values": sorted(given)}) if given else ()
        named |= {row.person: given[row.value].lower() for row in rows}
    return named
