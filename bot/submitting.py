"""Submitting a declaration: recorded at once, whatever else is down; and what forms bring from Slack."""

from typing import Any

from bot import acts, replies, telling, typed
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Shown
from bot.once import Reply, once
from bot.standing import DEADLINE
from workflows import declaring, drafts, persons
from workflows.case import Case
from workflows.documents import Declaration
from workflows.turn import Turn

FORM = "declare"


def declare(desk: Desk, caller: Caller, shown: Shown) -> Any:
    """Record the emergency. What Slack could tell beforehand is read if it answers in time, and not waited for."""
    people, groups = [caller.slack, *typed.people(shown.values)], tuple(caller.rules.groups)
    desk.readings.fresh(people, groups, deadline=caller.patience(desk.clock.real(), DEADLINE))
    channel = shown.meta.get("channel", "")
    left = caller.patience(desk.clock.real(), DEADLINE)
    inside = desk.readings.inside(channel, deadline=left) if channel.startswith(("C", "G")) else False

    def work(turn: Turn) -> Reply:
        meta = {**shown.meta, "channel": channel if inside else ""}
        form: Declaration = typed.declaration(shown.values, meta, lambda slack: person(turn, slack))
        # A draft is of the declaration, however many fields it showed.
        same = Shown(shown.id, shown.hash, FORM, {}, shown.values, raw=shown.raw)
        outcome = typed.wrong(shown.values) or declaring.declare(turn, form)
        return acts.submitted(turn, caller, same, outcome, action="", done=lambda case: _done(turn, case))

    def _done(turn: Turn, case: Case) -> Any:
        people = list(case.asks[0].people) if case.asks else []
        telling.about(turn, caller, case, "recorded", channel=channel, people=people, inside=inside)
        return replies.clear() if shown.stacked else None

    return once(desk, caller, work, form=f"{shown.id}:{FORM}")


def person(turn: Turn, slack: str) -> str:
    """The person of an account chosen in a form, made on first sight."""
    found = persons.by_slack(turn.tx, [slack]).get(slack)
    if found is not None:
        return found
    made = persons.person_for(turn.tx, slack=slack, email=None, name=slack, zone=None, now=turn.now, new_id=turn.new_id)
    return made.id


def message(turn: Turn, draft: str) -> tuple[str, str] | None:
    """(address, text) of the message that Link to a change was used on; None: a day has passed."""
    kept = drafts.get(turn.tx, draft, person=turn.actor.person, now=turn.now) if draft else None
    if kept is None:
        return None
    return str(kept.body.get("permalink", "")), str(kept.body.get("text", ""))
