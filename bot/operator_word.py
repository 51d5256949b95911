"""Declaring from the server when Slack is down: the operator's word, marked as such; cards follow later."""

import argparse
import sys
from pathlib import Path

from bot.clock import SystemClock
from bot.keys import new_id, salt
from bot.policies import PolicyFile
from bot.settings import Settings
from workflows import db, declaring, emergencies, persons
from workflows.case import Done
from workflows.change import Actor, Mistakes, Risk
from workflows.documents import Declaration
from workflows.turn import Turn

NO = 1
_WORDS = {
    "empty": "must not be empty",
    "address": "is your e-mail address in Slack: who declares cannot approve",
    "unknown-system": "names a system that is not in the policy; Other is fine",
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
    rules = PolicyFile(Path(settings.policy_file), now=SystemClock().now()).rules
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
