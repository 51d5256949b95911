"""Submitted forms: read what was typed, call one use case, answer after its commit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot import acts, deploying, drawers, replies, submitting, telling, typed
from bot.blocks import deploy_forms
from bot.caller import Caller
from bot.desk import Desk
from bot.drawers import Asked
from bot.incoming import Click, Reference, Shown
from bot.once import Reply, once
from bot.seeing import see
from bot.wire import JSON
from workflows import aftermath, completing, deciding, deploys, emergencies, follow_ups, lists, reviews
from workflows.case import Case, Done, Refused
from workflows.change import Action, Mistakes
from workflows.turn import UNKNOWN, Turn

Outcome = Done | Refused | Mistakes


@dataclass(frozen=True, slots=True)
class Submission:
    """One submitted form."""

    desk: Desk
    caller: Caller
    shown: Shown

    @property
    def change(self) -> str:
        return self.shown.meta.get("change", "")

    @property
    def revision(self) -> int:
        return Reference.read(f"x:{self.shown.meta.get('revision', '')}").revision

    @property
    def ref(self) -> str:
        return self.shown.meta.get("ref", "")

    @property
    def channel(self) -> str:
        return self.shown.meta.get("channel", "")

    def said(self, name: str) -> str:
        return typed.said(self.shown.values, name)


@dataclass(frozen=True, slots=True)
class Form:
    """`action` names the act for the policy and for refusals; `told`: the private line when it went through.

    `people`: its own fields in which an account is chosen.
    """

    action: str
    run: Callable[[Turn, Submission], Outcome]
    told: str = ""
    people: tuple[str, ...] = ()


def _review(turn: Turn, given: Submission) -> Outcome:
    if given.said("live") == "no":
        return aftermath.not_needed(turn, given.change)
    form = typed.review(given.shown.values, lambda slack: submitting.person(turn, slack))
    return reviews.close(turn, given.change, form)


def _details(turn: Turn, given: Submission) -> Outcome:
    form = typed.details(given.shown.values, lambda slack: submitting.person(turn, slack))
    return completing.add_details(turn, given.change, form)


def _edit(turn: Turn, given: Submission) -> Outcome:
    form = typed.details(given.shown.values, lambda slack: submitting.person(turn, slack))
    return deploys.edit(turn, given.change, form)


def _hand_follow_up(turn: Turn, given: Submission) -> Outcome:
    chosen = given.said("to")
    to = submitting.person(turn, chosen) if chosen else ""
    return follow_ups.hand_over(turn, given.change, ref=given.ref, to=to, note=given.said("note"))


def _link(turn: Turn, given: Submission) -> Outcome:
    case = lists.by_key(turn.tx, given.said("change"))
    if case is None:
        return Mistakes({"change": "unknown-change"})
    message = submitting.message(turn, given.shown.meta.get("draft", ""))
    if message is None:
        return UNKNOWN
    return completing.link_message(turn, case.id, permalink=message[0], text=message[1])


def _withdraw(turn: Turn, given: Submission) -> Outcome:
    duplicate = given.said("duplicate_of") or None
    return aftermath.withdraw(turn, given.change, duplicate_of=duplicate, note=given.said("note"))


FORMS: Mapping[str, Form] = {
    "reject": Form(
        Action.REJECT,
        lambda turn, g: deciding.reject(turn, g.change, g.revision, reason=g.said("reason")),
    ),
    "proceed": Form(Action.PROCEED, lambda turn, g: emergencies.proceed(turn, g.change, reason=g.said("reason"))),
    "object": Form(Action.OBJECT, lambda turn, g: emergencies.object_to(turn, g.change, reason=g.said("reason"))),
    "extend": Form(Action.EXTEND, lambda turn, g: aftermath.extend(turn, g.change, reason=g.said("reason"))),
    "withdraw": Form(Action.WITHDRAW, _withdraw),
    "mark_deployed": Form(
        Action.MARK_DEPLOYED,
        lambda turn, g: aftermath.mark_deployed(turn, g.change, **typed.deployment(g.shown.values, turn.now)),
    ),
    "details_form": Form(Action.ADD_DETAILS, _details),
    "lift": Form(
        Action.LIFT,
        lambda turn, g: deploys.lift(turn, g.change, g.said("reason"), revision=g.revision),
    ),
    "edit_deploy": Form(Action.EDIT, _edit),
    "review": Form(Action.WRITE_REVIEW, _review, "reviewed"),
    "amend": Form(Action.AMEND_REVIEW, lambda turn, g: reviews.amend(turn, g.change, text=g.said("text"))),
    "hand_over": Form(
        Action.HAND_OVER,
        lambda turn, g: reviews.hand_over(turn, g.change, to=g.said("to"), note=g.said("note")),
    ),
    "hand_follow_up": Form(Action.HAND_FOLLOW_UP, _hand_follow_up, people=("to",)),
    "snooze": Form(Action.SNOOZE, lambda turn, g: reviews.snooze(turn, g.change, choice=g.said("choice"))),
    "link": Form("", _link, "linked"),
}


def take(desk: Desk, caller: Caller, body: JSON) -> Any:
    """Take one submitted form; a form that we do not know is closed."""
    shown = Shown.read(body)
    given = Submission(desk, caller, shown)
    if shown.callback in ("declare", "more"):
        return submitting.declare(desk, caller, shown)
    if shown.callback in (deploy_forms.ASK, deploy_forms.FIRST, deploy_forms.ROLL_BACK):
        return deploying.submitted(desk, caller, shown)
    form = FORMS.get(shown.callback)
    if form is None:
        return None
    if shown.callback == "withdraw" and given.said("touched") == "yes":
        return _deployed_instead(given)
    acts.ready(desk, caller, form.action, given.change, typed.people(shown.values, *form.people))

    def work(turn: Turn) -> Reply:
        def done(case: Case) -> Any:
            if form.told and not case.nothing_deployed:
                telling.about(turn, caller, case, form.told, channel=given.channel)
            return replies.clear() if shown.stacked else None

        outcome = typed.wrong(shown.values) or form.run(turn, given)
        return acts.submitted(turn, caller, shown, outcome, action=form.action, done=done)

    return once(desk, caller, work, form=f"{shown.id}:{shown.callback}")


def _deployed_instead(given: Submission) -> Any:
    """Production was touched: the form becomes Mark deployed."""
    with given.desk.db.read() as tx:
        sight = see(tx, given.caller, given.change)
        if sight is None:
            return None
        click = Click(Action.MARK_DEPLOYED, Reference(given.change, given.revision), "", given.channel, "", given.shown)
        return replies.update(drawers.mark_deployed(Asked(tx, given.desk, given.caller, click, sight)))


def closed(desk: Desk, caller: Caller, body: JSON) -> Any:
    """A form was closed; Slack does not say what was typed in it."""
    return None
