"""Buttons that open a form about a change: drawn from the record in milliseconds, and shown at once.

A click that the policy refuses anyway is refused here, and kept in the record, before somebody fills in a form.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from bot import acts, declaring, drawers, showing, telling
from bot.blocks import buttons
from bot.blocks.kit import View
from bot.caller import Caller
from bot.desk import Desk
from bot.drawers import Asked
from bot.incoming import Click
from bot.once import Reply, first_time, once, turn
from bot.seeing import Sight, see
from workflows import drafts, ledger, policy
from workflows.change import Action
from workflows.turn import UNKNOWN, Turn

# Button → (the form's callback id, its drawer).
FORMS: Mapping[str, tuple[str, Callable[[Asked], View]]] = {
    Action.REJECT: ("reject", drawers.reject),
    Action.PROCEED: ("proceed", drawers.proceed),
    Action.MARK_DEPLOYED: ("mark_deployed", drawers.mark_deployed),
    Action.OBJECT: ("object", drawers.object_to),
    Action.WITHDRAW: ("withdraw", drawers.withdraw),
    Action.LIFT: ("lift", drawers.lift),
    Action.EDIT: ("edit_deploy", drawers.edit),
    Action.ADD_DETAILS: ("details_form", drawers.details_form),
    Action.EXTEND: ("extend", drawers.extend),
    Action.WRITE_REVIEW: ("review", drawers.review),
    Action.AMEND_REVIEW: ("amend", drawers.amend),
    Action.HAND_OVER: ("hand_over", drawers.hand_over),
    Action.HAND_FOLLOW_UP: ("hand_follow_up", drawers.hand_follow_up),
    Action.SNOOZE: ("snooze", drawers.snooze),
    buttons.DETAILS: ("details", drawers.details),
}
_DECLARING = frozenset({Action.DECLARE_AGAIN.value, Action.MAKE_EMERGENCY.value, buttons.DECLARE})


def opens(action: str) -> bool:
    """Whether this button opens a form."""
    return action in FORMS or action in _DECLARING


def take(desk: Desk, caller: Caller, click: Click) -> Any:
    """Open the form of the button, or say why not."""
    if click.action in _DECLARING:
        return declaring.clicked(desk, caller, click)
    with desk.db.read() as tx:
        sight = see(tx, caller, click.about.change)
        view = _view(tx, desk, caller, click, sight) if sight else None
    if sight is None or view is None:
        return _refuse(desk, caller, click)
    # Details hides the texts of a confidential change from others; a form is only there for who may act on them.
    shows = sight.case.confidential and (sight.entitled or click.action != buttons.DETAILS)
    secret = sight.case.id if shows else ""
    if first_time(desk, caller, opened=secret) and not showing.show(desk, click.trigger, view, over=click.shown):
        return _too_late(desk, caller, click)
    return None


def _view(tx: Connection, desk: Desk, caller: Caller, click: Click, sight: Sight) -> View | None:
    """The form; None when the policy says no already."""
    form, draw = FORMS[click.action]
    decided = frozenset(FORMS) - {buttons.DETAILS}  # Details is everybody's
    if click.action in decided and click.action not in policy.actions_for(
        sight.case, caller.actor, caller.rules, caller.now, ref=click.about.ref
    ):
        return None
    kept = drafts.latest(tx, person=caller.actor.person, form=form, now=caller.now, change=click.about.change)
    filled = declaring.filled(kept.body) if kept else None
    return draw(Asked(tx, desk, caller, click, sight, filled))


def _refuse(desk: Desk, caller: Caller, click: Click) -> Any:
    """Keep the refused try and say why; if it is no refusal after all, the form would open the next time."""
    acts.ready(desk, caller, click.action, click.about.change)

    def work(turn: Turn) -> Reply:
        case = turn.hold(click.about.change)
        if case is None:
            telling.refused(turn, caller, UNKNOWN, action=click.action, channel=click.channel)
            return Reply()
        action = Action(click.action)
        verdict = policy.may(action, case, turn.actor, turn.rules, turn.now, ref=click.about.ref)
        if not verdict.allowed:
            no = turn.refuse(case, action, verdict)
            telling.refused(turn, caller, no, action=click.action, channel=click.channel)
        return Reply()

    return once(desk, caller, work)


def _too_late(desk: Desk, caller: Caller, click: Click) -> None:
    """Slack did not take the form in time: say so, with the button to press again."""
    with desk.db.write() as tx:
        mine = turn(desk, caller, tx)
        case = ledger.case(tx, click.about.change)
        if case is not None:
            telling.about(mine, caller, case, "not_opened", channel=click.channel, action=click.action)
