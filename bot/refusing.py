"""Refusals and faults on the way out, for every kind of delivery, in one place."""

from typing import Any

from slack_bolt import BoltResponse
from sqlalchemy import Connection

from bot import replies, telling
from bot.blocks import barriers, buttons, refusals, render
from bot.blocks.kit import Scene
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Click, Command, Shown
from bot.once import Reply, once
from bot.scenes import everybody, scene
from bot.wire import JSON, Shape
from workflows.case import Refused
from workflows.change import Actor, Reason, Verdict
from workflows.turn import Turn


def words(tx: Connection, caller: Caller, no: Refused, *, action: str) -> str:
    """The refusal in plain words, for a field of a form or a modal."""
    names = {caller.actor.person, *no.verdict.who_can, *no.verdict.facts.values()}
    names |= everybody(no.case) if no.case else set()
    view = scene(tx, caller.rules, now=caller.now, people=names, zone=caller.zone)
    said = refusals.sentence(no.verdict, no.case, view, caller.actor, action)
    return render.plain(said, view, sign="@")


def barred(desk: Desk, caller: Caller, shape: Shape, body: JSON) -> Any:
    """The answer to somebody who may not be served: guests, bots, other organisations."""
    no = Refused(Verdict(False, caller.barred), None, recorded=False)
    if shape is Shape.QUESTION:
        return replies.options(())
    if shape is Shape.CLOSED:
        return None
    action = _tried(shape, body)
    if shape in (Shape.COMMAND, Shape.SUBMISSION):
        with desk.db.read() as tx:
            told = words(tx, caller, no, action=action)
        return at_first_field(body, told) if shape is Shape.SUBMISSION else replies.private(told)

    def work(turn: Turn) -> Reply:
        telling.refused(turn, caller, no, action=action, channel=Click.read(body).channel)
        return Reply()

    return once(desk, caller, work)


def _tried(shape: Shape, body: JSON) -> str:
    """Whether somebody only wanted to look."""
    if shape is Shape.COMMAND:
        return barriers.LOOK if Command.read(body).name == "/change" else ""
    return barriers.LOOK if shape is Shape.CLICK and Click.read(body).action == buttons.DETAILS else ""


def fault(desk: Desk, shape: Shape, body: JSON) -> BoltResponse:
    """The answer when something of ours broke and was rolled back: nothing happened, and we say so."""
    no = Verdict(False, Reason.RECORD_UNAVAILABLE)
    # Drawn without the database: it may be what broke.
    view = Scene(people={}, rules=desk.policy.rules, now=desk.clock.now(), zone=desk.policy.rules.zone)
    told = render.plain(refusals.sentence(no, None, view, Actor("")), view)
    if shape is Shape.SUBMISSION:
        return replies.response(at_first_field(body, told))
    if shape is Shape.COMMAND:
        return replies.response(replies.private(told))
    if shape is Shape.QUESTION:
        return replies.response(replies.options(()))
    return BoltResponse(status=500, body="")  # Slack shows its own sign of a failure at the button


def at_first_field(body: JSON, told: str) -> Any:
    """Words at the first input of the submitted form; in a form without inputs Slack shows none."""
    field = next(iter(Shown.read(body).values), None)
    return replies.errors({field: told}) if field else None
