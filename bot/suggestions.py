"""What an external select offers: changes to link to or to name as the original, and systems where there are many."""

from typing import Any

from bot import replies
from bot.caller import Caller
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
    if question.block not in FIELDS:
        return replies.options(())
    with desk.db.read() as tx:
        rows = lists.pick(tx, question.query)
    mine = question.meta.get("change", "")
    found = [
        (f"{row.key} {row.system}" + (f": {row.title}" if row.title else ""), row.key) for row in rows if row.id != mine
    ]
    return replies.options([(label if len(label) <= 75 else label[:74] + "…", value) for label, value in found])
