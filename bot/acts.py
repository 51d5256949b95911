"""What a use case answered → what the person is told: one place for `Done`, `Refused` and `Mistakes`."""

from collections.abc import Callable, Iterable
from typing import Any

from bot import refusing, replies, telling
from bot.blocks import words
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Shown
from bot.once import Reply
from bot.scenes import everybody, scene
from bot.standing import DEADLINE
from workflows import drafts, freezes, ledger, question, quorum
from workflows.case import Case, Done, Refused
from workflows.change import Action, Kind, Mistakes
from workflows.turn import Turn

Outcome = Done | Refused | Mistakes

# Acts that rest on what Slack says of people at this moment.
_VOICES = frozenset({Action.APPROVE, Action.REJECT, Action.RATIFY, Action.OBJECT, Action.LIFT})
_RESTS_ON_GITHUB = frozenset({Action.APPROVE, Action.LIFT})
_REVIEWS = frozenset(
    {Action.WRITE_REVIEW, Action.AMEND_REVIEW, Action.TAKE_OVER, Action.HAND_OVER, Action.HAND_FOLLOW_UP}
)


def ready(desk: Desk, caller: Caller, action: str, change: str, people: Iterable[str] = ()) -> None:
    """Read what this act rests on, if it is too old: the caller's account, and the groups that count."""
    patience = caller.patience(desk.clock.real(), DEADLINE)
    if action not in _VOICES | _REVIEWS:
        if people:
            desk.readings.fresh(people, deadline=patience)
        return
    with desk.db.read() as tx:
        case = ledger.case(tx, change)
    if case is None:
        return
    groups = quorum.groups(case, caller.rules) if action in _VOICES else question.reviewer_groups(case, caller.rules)
    if action == Action.LIFT:
        groups = tuple(dict.fromkeys((*groups, *lifters(case, caller))))
    desk.readings.fresh([caller.slack, *people], groups, deadline=patience)
    if case.kind is Kind.DEPLOY and action in _RESTS_ON_GITHUB and desk.github is not None:
        desk.github.fresh([case.id], deadline=caller.patience(desk.clock.real(), DEADLINE))


def lifters(case: Case, caller: Caller) -> tuple[str, ...]:
    """The group that may lift what holds it now."""
    frozen = freezes.holds(case, caller.rules, caller.now)
    return (frozen.override,) if frozen and frozen.override else ()


def clicked(turn: Turn, caller: Caller, outcome: Outcome, *, action: str, channel: str) -> Reply:
    """The answer to a button that acts: words only when something is to be said."""
    if isinstance(outcome, Refused):
        telling.refused(turn, caller, outcome, action=action, channel=channel)
    elif isinstance(outcome, Done):
        _tell(turn, caller, outcome, channel)
    return Reply()


def _tell(turn: Turn, caller: Caller, done: Done, channel: str) -> None:
    if "voiced" in done.happened:
        left = quorum.missing(done.case, turn.rules)
        needed = [{"group": need.group, "count": need.count} for need in left]
        telling.about(turn, caller, done.case, "counted", channel=channel, needed=needed)
    if "later" in done.happened and done.case.later_until is not None:
        until = done.case.later_until.isoformat()
        telling.about(turn, caller, done.case, "later", channel=channel, until=until)


def submitted(
    turn: Turn,
    caller: Caller,
    shown: Shown,
    outcome: Outcome,
    *,
    action: str,
    done: Callable[[Case], Any] = lambda case: None,
) -> Reply:
    """The answer to a submitted form. What went wrong stands at a field, and what was typed is kept for a day."""
    change = shown.meta.get("change") or None
    form = shown.callback
    if isinstance(outcome, Done):
        drafts.used(turn.tx, person=caller.actor.person, form=form, now=turn.now, change=change)
        return Reply(done(outcome.case))
    body = {name: list(value) if isinstance(value, tuple) else value for name, value in shown.values.items()}
    drafts.keep(
        turn.tx, person=caller.actor.person, form=form, body=body, now=turn.now, id=turn.new_id(), change=change
    )
    if isinstance(outcome, Refused):
        told = refusing.words(turn.tx, caller, outcome, action=action)
        return Reply(_at_fields(shown, {"": told}), again=True)
    return Reply(_at_fields(shown, _worded(turn, caller, outcome, change)), again=True)


def _worded(turn: Turn, caller: Caller, wrong: Mistakes, change: str | None) -> dict[str, str]:
    case = ledger.case(turn.tx, change) if change else None
    names = everybody(case) if case else {caller.actor.person}
    view = scene(turn.tx, caller.rules, now=caller.now, people=names, zone=caller.zone)
    return {field: words.mistake(code, field, view, case) for field, code in wrong.fields.items()}


def _at_fields(shown: Shown, told: dict[str, str]) -> Any:
    """Slack takes errors only at inputs that are there: what has no input stands at the first one."""
    first = next(iter(shown.values), "")
    placed: dict[str, str] = {}
    for field, text in told.items():
        where = field if field in shown.values else first
        placed[where] = f"{placed[where]} {text}" if where in placed else text
    return replies.errors(placed) if first else None
