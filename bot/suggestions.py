"""What an external select offers: changes to link to, or to name as the original of a duplicate."""

from typing import Any

from bot import replies
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Question
from bot.wire import JSON
from workflows import lists

FIELDS = frozenset({"change", "duplicate_of"})


def take(desk: Desk, caller: Caller, body: JSON) -> Any:
    """The changes that fit what is typed, open ones first; the value is the key."""
    question = Question.read(body)
    if question.block not in FIELDS:
        return replies.options(())
    with desk.db.read() as tx:
        rows = lists.pick(tx, question.query)
    mine = question.meta.get("change", "")
    found = [
        (f"{row.key} {row.system}" + (f": {row.title}" if row.title else ""), row.key) for row in rows if row.id != mine
    ]
    return replies.options([(label if len(label) <= 75 else label[:74] + "…", value) for label, value in found])
