"""What is recorded at the server on an operator's word, marked as such: declaring when Slack is down, and erasing."""

import argparse
import sys
from pathlib import Path

from bot.clock import SystemClock
from bot.keys import new_id, salt
from bot.policies import PolicyFile
from bot.settings import Settings
from workflows import db, declaring, emergencies, erasing, lists, persons
from workflows.case import Case, Done
from workflows.change import Actor, Mistakes, Risk
from workflows.documents import Declaration
from workflows.turn import Turn

NO = 1
_WORDS = {
    "empty": "must not be empty",
    "address": "is your e-mail address in Slack: who declares cannot approve",
    "unknown-system": "names a system that is not in the policy; Other is fine",
}
_NOT_ERASED = {
    "hold": "It is under a legal hold ([retention] hold in the policy): nothing of it may go.",
    "kind": "--kind says in letters what it was, such as password; it stays in the record.",
    "field": "This change has no such text now. Leave --field out to see every text it has.",
    "digest": "This change has no such text any more. Leave --digest out to see every text it has.",
}


def declare(settings: Settings, given: argparse.Namespace) -> int:
    """Record an emergency on the operator's word and ask the approvers as soon as Slack takes messages."""
    return _record(settings, given, reason=None)


def break_glass(settings: Settings, given: argparse.Namespace) -> int:
    """Record an emergency and that it goes ahead without approval: an exception until ratified."""
    return _record(settings, given, reason=given.reason)


def _record(settings: Settings, given: argparse.Namespace, *, reason: str | None) -> int:
    if reason is not None and not reason.strip():
        return _mistaken(Mistakes({"reason": "empty"}))
    if "@" not in (given.email or ""):  # somebody whom no account can be matched with could approve their own
        return _mistaken(Mistakes({"email": "address"}))
    rules = PolicyFile(Path(settings.policy_file), now=SystemClock().now(), linked=settings.linked).rules
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            now = SystemClock().now()
            person = persons.for_operator(tx, name=given.name, email=given.email, now=now, new_id=new_id)
            turn = Turn(tx, Actor(person.id, None, given.name), rules, now, new_id, salt)
            said = _declare(turn, given)
            if isinstance(said, Mistakes):
                return _mistaken(said)
            if reason is not None:
                emergencies.proceed(turn, said.case.id, reason=reason)
            key = said.case.key
    finally:
        database.close()
    how = "declared" if reason is None else "declared; proceeding WITHOUT approval, an exception until ratified"
    print(f"Recorded as {key}: {how}. Cards and messages follow when Slack takes them.")
    return 0


def _declare(turn: Turn, given: argparse.Namespace) -> Done | Mistakes:
    form = Declaration(
        broken=given.broken, plan=given.plan, systems=tuple(given.systems), risk=Risk(given.risk), drill=given.drill
    )
    said = declaring.declare(turn, form)
    if isinstance(said, Done | Mistakes):
        return said
    raise AssertionError("an operator is never refused")


def _mistaken(mistakes: Mistakes) -> int:
    for name, code in mistakes.fields.items():
        print(f"--{'system' if name == 'systems' else name} {_WORDS.get(code, code)}.", file=sys.stderr)
    print("Nothing was recorded.", file=sys.stderr)
    return NO


def erase(settings: Settings, given: argparse.Namespace) -> int:
    """Erase a text of a change; without a field or digest, list the texts that it has."""
    rules = PolicyFile(Path(settings.policy_file), now=SystemClock().now(), linked=settings.linked).rules
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            turn = Turn(tx, Actor("", None, given.name), rules, SystemClock().now(), new_id, salt)
            case = lists.by_key(tx, given.key.upper())
            if case is None:
                print(f"There is no change {given.key}.", file=sys.stderr)
                return NO
            if not (given.field or given.digest):
                return _list(turn, case)
            said = erasing.erase(turn, case.id, kind=given.kind, field=given.field or "", digest=given.digest or "")
    finally:
        database.close()
    if isinstance(said, Mistakes):
        print(*(_NOT_ERASED[name] for name in said.fields), "Nothing was erased.", file=sys.stderr)
        return NO
    if not isinstance(said, Done):
        raise AssertionError("an operator is never refused")
    print(f"Erased from {case.key}; that it was there stays in the record. Delete in Slack what was posted of it.")
    return 0


def _list(turn: Turn, case: Case) -> int:
    for one in erasing.kept(turn, case):
        print(f"{one.digest}  {one.where}:  {' '.join(one.body.split())[:60]}")
    print("Nothing was erased. Give --field, or --digest with one of these.")
    return NO
