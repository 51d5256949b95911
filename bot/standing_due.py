"""Which readings of people and groups are due: before a decision those it rests on, on the tick what is oldest."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from workflows import facts, oncall
from workflows.ruleset import Group, Rules

SLOWLY = timedelta(minutes=10)  # what only drawing needs
RARELY = timedelta(hours=1)
Key = tuple[str, str]
"""The kind and the subject of a fact."""


def due(tx: Connection, rules: Rules, people: Iterable[str], groups: Iterable[str], now: datetime) -> list[Key]:
    """What a decision needs and is too old for it."""
    named = [rules.groups[name] for name in dict.fromkeys(groups) if name in rules.groups]
    usergroups = [group.usergroup for group in named if group.usergroup]
    emails = [user for group in named for user in group.users if "@" in user]
    ids = [user for group in named for user in group.users if "@" not in user]
    found = _older(tx, "account", people, now - rules.standing_max_age, now)
    found += _older(tx, "usergroup", usergroups, now - rules.standing_max_age, now)
    found += _older(tx, oncall.KIND, _sources(named), now - rules.standing_max_age, now)
    found += _older(tx, "email", emails, None)
    found += [key for key in _older(tx, "account", ids, None) if key not in found]
    return found


def _older(
    tx: Connection, kind: str, subjects: Iterable[str], than: datetime | None, now: datetime | None = None
) -> list[Key]:
    """The subjects never read (`than` None), or stale, or read before `than`, or (with `now`) in the future."""
    wanted = [one for one in dict.fromkeys(subjects) if one]
    known = facts.some(tx, kind, wanted)

    def young(one: str) -> bool:
        fact = known.get(one)
        if fact is None or fact.as_of is None or fact.stale or (than and fact.as_of < than):
            return False
        return now is None or fact.as_of <= now + facts.AHEAD

    return [(kind, one) for one in wanted if not young(one)]


def unread_members(tx: Connection, rules: Rules, groups: Iterable[str]) -> list[Key]:
    """Who of these groups was never looked up in Slack: members of user groups, and whoever is on call."""
    named = [rules.groups[name] for name in groups if name in rules.groups]
    usergroups = facts.some(tx, "usergroup", [group.usergroup for group in named if group.usergroup])
    members = [one for fact in usergroups.values() for one in fact.value or ()]
    addresses = _on_call(tx, named)
    members += [fact.value for fact in facts.some(tx, "email", addresses).values() if fact.value]
    return [*_older(tx, "account", members, None), *_older(tx, "email", addresses, None)]


def _sources(groups: Iterable[Group]) -> list[str]:
    return [one for group in groups for one in oncall.subjects(group)]


def _on_call(tx: Connection, groups: Iterable[Group]) -> list[str]:
    """The addresses of those on call for the groups, by PagerDuty."""
    told = facts.some(tx, oncall.KIND, _sources(groups)).values()
    return sorted(oncall.addresses(oncall.source(fact.value, fact.as_of) for fact in told))


def ageing(tx: Connection, rules: Rules, now: datetime, limit: int) -> list[Key]:
    """What the tick reads: at most `limit` of Slack, and as many rotas, so that neither waits for the other."""
    half = now - rules.standing_max_age / 2
    rotas = _older(tx, oncall.KIND, _sources(rules.groups.values()), half, now)
    return [*_ageing(tx, rules, now, half)[:limit], *dict.fromkeys(rotas[:limit])]


def _ageing(tx: Connection, rules: Rules, now: datetime, half: datetime) -> list[Key]:
    """The most wanted first: where we are, groups, look-ups, then every account we know."""
    groups = tuple(rules.groups.values())
    usergroups = [group.usergroup for group in groups if group.usergroup]
    emails = [user for group in groups for user in group.users if "@" in user]
    ids = [user for group in groups for user in group.users if "@" not in user]
    found = _older(tx, "workspace", ["self"], now - RARELY, now)
    found += _older(tx, "handle", [name for name in usergroups if name.startswith("@")], now - SLOWLY)[:1]
    found += _older(tx, "usergroup", usergroups, half, now)
    found += _older(tx, "email", [*emails, *_on_call(tx, groups)], now - RARELY, now)
    found += unread_members(tx, rules, tuple(rules.groups))
    found += _older(tx, "account", ids, now - SLOWLY)
    for fact in facts.oldest(tx, "account", limit=50):
        if fact.stale or fact.as_of is None or not now - SLOWLY <= fact.as_of <= now + facts.AHEAD:
            found.append(("account", fact.subject))
    return list(dict.fromkeys(found))
