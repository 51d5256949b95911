"""Clicks: those that act call one use case; those that open a form are `openings`; those inside a form redraw it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot import acts, digesting, openings, redrawing
from bot.blocks.buttons import MORE_FIELDS
from bot.blocks.digest import MARK_DONE
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Click
from bot.once import Reply, once
from bot.seeing import look
from bot.standing import DEADLINE
from bot.wire import JSON, first, text
from workflows import aftermath, deciding, deploys, emergencies, ledger, policy, reviews
from workflows.case import Done, Refused
from workflows.change import Action, Kind
from workflows.turn import Turn

Act = Callable[[Turn, Click], Done | Refused]

ACTS: Mapping[str, Act] = {
    Action.APPROVE: lambda turn, click: deciding.approve(turn, click.about.change, click.about.revision),
    Action.ASK_AGAIN: lambda turn, click: deploys.ask_again(turn, click.about.change),
    Action.TAKE_BACK: lambda turn, click: deciding.take_back(turn, click.about.change),
    Action.RATIFY: lambda turn, click: emergencies.ratify(turn, click.about.change),
    Action.NOT_NEEDED: lambda turn, click: aftermath.not_needed(turn, click.about.change),
    Action.LATER: lambda turn, click: aftermath.later(turn, click.about.change),
    Action.TAKE_OVER: lambda turn, click: reviews.take_over(turn, click.about.change),
    Action.MARK_DONE: lambda turn, click: reviews.mark_done(turn, click.about.change, ref=click.about.ref),
}


def recorded(body: JSON) -> bool:
    """Whether the use case behind this click keeps a refused try in the record."""
    return text(first(body.get("actions")), "action_id") in ACTS


def take(desk: Desk, caller: Caller, body: JSON) -> Any:
    """Take one click. Nothing in it is believed but the change and the revision that the person saw."""
    click = Click.read(body)
    if click.action == Action.APPROVE and _lifts(desk, caller, click):
        return openings.take(desk, caller, replace(click, action=Action.LIFT))
    if click.action == MARK_DONE:
        return digesting.looked(desk, caller, click)
    if click.action in ACTS:
        return _act(desk, caller, click)
    if click.action == MORE_FIELDS or not openings.opens(click.action):
        return redrawing.take(desk, caller, click)
    return openings.take(desk, caller, click)


def _lifts(desk: Desk, caller: Caller, click: Click) -> bool:
    """Whether a freeze holds the deploy that this person may lift: then Approve asks why first."""
    with desk.db.read() as tx:
        case = ledger.case(tx, click.about.change)
    groups = acts.lifters(case, caller) if case is not None and case.kind is Kind.DEPLOY else ()
    if case is None or not groups:
        return False
    desk.readings.fresh([caller.slack], groups, deadline=caller.patience(desk.clock.real(), DEADLINE))
    with desk.db.read() as tx:
        seen = look(tx, caller, case).case
    return Action.LIFT in policy.actions_for(seen, caller.actor, caller.rules, caller.now)


def _act(desk: Desk, caller: Caller, click: Click) -> Any:
    acts.ready(desk, caller, click.action, click.about.change)

    def work(turn: Turn) -> Reply:
        outcome = ACTS[click.action](turn, click)
        return acts.clicked(turn, caller, outcome, action=click.action, channel=click.channel)

    answer = once(desk, caller, work)
    if click.shown.id and not click.shown.home:
        redrawing.details(desk, caller, click)
    return answer
