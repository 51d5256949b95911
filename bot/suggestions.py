"""What an external select offers: changes to link to or to name as the original, systems, and open incidents."""

from typing import Any

from bot import replies
from bot.caller import PATIENCE, Caller
from bot.desk import Desk
from bot.incoming import Question
from bot.wire import JSON
from workflows import lists
from workflows.documents import OTHER
from workflows.ruleset import Rules

FIELDS = frozenset({"change", "duplicate_of"})


def systems(rules: Rules, query: str) -> list[str]:
    """The systems that fit what is typed, those that begin with it first; Other fits always."""
    asked = query.strip().casefold()
    found = sorted((name for name in rules.systems if asked in name.casefold()), key=lambda n: n.casefold().find(asked))
    return [*found[:99], OTHER]


def take(desk: Desk, caller: Caller, body: JSON) -> Any:
    """The changes that fit what is typed, open ones first; the value is the key."""
    question = Question.read(body)
    if question.block == "systems":
        return replies.options([(name, name) for name in systems(caller.rules, question.query)])
    if question.block == "incident" and desk.incidents is not None:
        return replies.options(desk.incidents.options(question.query, deadline=_left(desk, caller)))
    if question.block not in FIELDS:
        return replies.options(())
    with desk.db.read() as tx:
        rows = lists.pick(tx, question.query)
    mine = question.meta.get("change", "")
    found = [
        (f"{row.key} {row.system}" + (f": {row.title}" if row.title else ""), row.key) for row in rows if row.id != mine
    ]
    return replies.options([(label if len(label) <= 75 else label[:74] + "…", value) for label, value in found])


def _left(desk: Desk, caller: Caller) -> float:
    """Seconds that this answer may still wait for a peer; Slack waits for three."""
    return caller.patience(desk.clock.real(), PATIENCE)
