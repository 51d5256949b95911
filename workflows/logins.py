"""Whose a GitHub account is, as far as anybody knows: by the policy, or by what GitHub itself said."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import Connection

from workflows.models import identities
from workflows.ruleset import Rules

_LOGINS = sa.select(identities.c.value, identities.c.person).where(
    identities.c.kind == "github", identities.c.person.in_(sa.bindparam("people", expanding=True))
)
_GITHUB = sa.select(identities.c.value, identities.c.person).where(identities.c.kind == "github")
_OWNED = sa.select(identities.c.value, identities.c.person).where(
    identities.c.kind == sa.bindparam("kind"), identities.c.value.in_(sa.bindparam("values", expanding=True))
)


def known(tx: Connection, rules: Rules, people: Collection[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Person → GitHub login, of these people; and whoever was recorded under a login that the policy gives to another.

    The policy's [people] comes first, then what GitHub itself said (a verified e-mail, a commit of theirs).
    """
    if not people:
        return {}, {}
    by_login = {row.value: row.person for row in tx.execute(_GITHUB)} if rules.people_github else {}
    named: dict[str, str] = {}
    for kind in ("email", "slack"):
        given = {who: login for who, login in rules.people_github.items() if ("@" in who) == (kind == "email")}
        rows = tx.execute(_OWNED, {"kind": kind, "values": sorted(given)}) if given else ()
        named |= {row.person: given[row.value].lower() for row in rows}
    logins = {row.person: row.value for row in tx.execute(_LOGINS, {"people": sorted(people)})}
    same = {other: person for person, login in named.items() if (other := by_login.get(login)) not in (None, person)}
    mine = {p: login for p, login in (logins | named).items() if p in set(people)}
    return mine, {other: person for other, person in same.items() if other is not None}
