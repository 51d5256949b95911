"""`policy init`, `check` and `sop`: the policy file without Slack. `explain` and `replay`: it and the record."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.blocks import finding_card, render, replayed, why
from bot.clock import SystemClock
from bot.policies import PolicyFile
from bot.policy_init import init as ask_for_policy
from bot.reasons import explained, policy_since
from bot.scenes import everybody, scene
from bot.settings import Settings, SettingsError
from workflows import absence, db, facts, lists, oncall, policies, procedure, replay, replaying
from workflows.db import Database
from workflows.models import changes, identities
from workflows.replaying import Book, Compared
from workflows.rules import parse
from workflows.ruleset import Rules

NO = 1
PAGE = 200


def init(settings: Settings) -> int:
    """Ask five questions and write the file that POLICY_FILE names."""
    return 0 if ask_for_policy(Path(settings.policy_file), input, print) else 2


def check(settings: Settings) -> int:
    """Print what the policy holds, who is indispensable, and which rotas can't be read; exit 1 when somebody is."""
    rules = PolicyFile(Path(settings.policy_file), now=SystemClock().now()).rules
    rosters = absence.listed(rules)
    vain = oncall.unlinked(rules) if not settings.pagerduty_token else None
    for line in (*absence.report(rules, rosters), *((f"{vain}.",) if vain else ())):
        print(line)
    return 1 if any(not gap.unread for gap in absence.indispensable(rules, rosters)) else 0


def sop(settings: Settings) -> int:
    """Print the one-page emergency procedure of the policy file."""
    now = SystemClock().now()
    rules = PolicyFile(Path(settings.policy_file), now=now, linked=settings.linked).rules
    names = procedure.named(rules)
    print(procedure.page(procedure.sop(rules, names=names, workspace="this company", policy_date=now.date())))
    return 0


def explain(settings: Settings, key: str) -> int:
    """Print why the change of that key may go, or not yet, by the policy in force; exit 1 when there is none."""
    now = SystemClock().now()
    file = PolicyFile(Path(settings.policy_file), now=now, linked=settings.linked).rules
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.read() as tx:
            found = lists.by_key(tx, key)
            if found is None:
                near = lists.nearest_key(tx, key)
                print(f"There is no change {key}.{f' Did you mean {near}?' if near else ''}", file=sys.stderr)
                return NO
            rules = in_force(tx, file)
            people = everybody(found)
            case = replace(found, standing=facts.standing(tx, rules, people, now=now))
            view = scene(tx, rules, now=now, people=everybody(case) | people)
            told = explained(tx, case, rules, now)
            since, saw = policy_since(tx, rules.digest), finding_card.explained(case, view)
            print(why.text(told, case.key, view, policy_of=since, saw=saw))
    finally:
        database.close()
    return 0


def in_force(tx: Connection, file: Rules) -> Rules:
    """The policy that decides now: the one that was taken last, else the file's."""
    digest = policies.in_force(tx)
    source = policies.source(tx, digest) if digest and digest != file.digest else None
    return parse(source.encode(), "the policy in force") if source else file


def replay_file(settings: Settings, file: str, *, since: str | None) -> int:
    """Print each past decision that the policy in `file` would have made differently; exit 1 when there is one."""
    path, begin = Path(file), _day(since)
    try:
        other = parse(path.read_bytes(), path.name)
    except OSError as fault:
        raise SettingsError(f"{file} can't be read: {fault.strerror or type(fault).__name__}.") from None
    database = db.connect(settings.database_url, role="cli")
    try:
        found = replaying.total(_compared(database, other, begin))
        _print(database, found, other, path.name)
    finally:
        database.close()
    return NO if found.different else 0


def _day(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    except ValueError:
        raise SettingsError(f"--since must be a date like 2026-11-30, not {value!r}.") from None


def _compared(database: Database, other: Rules, since: datetime | None) -> Iterator[Compared]:
    """Every change in turn, oldest first; in short pages."""
    with database.read() as tx:
        book = _book(tx)
        known = tx.execute(sa.select(changes.c.id).order_by(changes.c.declared_at, changes.c.id)).scalars().all()
    for start in range(0, len(known), PAGE):
        some = known[start : start + PAGE]
        with database.read() as tx:
            told = replay.history(tx, some)
        yield from (replaying.compare(list(replay.steps(told[one])), other, book, since=since) for one in some)


def _book(tx: Connection) -> Book:
    kinds: dict[str, dict[str, str]] = {"email": {}, "slack": {}, "github": {}}
    for kind, value, person in tx.execute(sa.select(identities.c.kind, identities.c.value, identities.c.person)):
        kinds.setdefault(kind, {})[value] = person
    return Book(kinds["email"], kinds["slack"], {person: login for login, person in kinds["github"].items()})


def _print(database: Database, found: Compared, other: Rules, name: str) -> None:
    now = SystemClock().now()
    with database.read() as tx:
        view = scene(tx, other, now=now, people={one.would.person for one in found.different})
    for one in found.different:
        print(render.plain(replayed.line(one, name), view, sign="@"))
    print(replayed.total(found))
