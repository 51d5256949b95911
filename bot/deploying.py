"""Asking for a deploy: the command, the form that GitHub fills, and what becomes of it.

A view opens at once and is answered; a thread reads GitHub and puts the form in its place. GitHub slow or down never
loses the request: it is asked without, and facts follow.
"""

import re
import threading
from datetime import timedelta
from typing import Any

import structlog

from bot import acts, declaring, deploy_forming, replies, showing, submitting, telling, typed
from bot.blocks import deploy_forms as forms
from bot.blocks.deploy_forms import Seen
from bot.blocks.kit import View
from bot.caller import Caller
from bot.deploy_forming import Target, read_words
from bot.desk import Desk
from bot.incoming import Click, Command, Shown
from bot.once import Reply, first_time, once
from bot.seeing import see
from bot.standing import DEADLINE
from workflows import deploys
from workflows.case import Case, Done, Refused
from workflows.change import Mistakes
from workflows.links import Rejected
from workflows.reading import Reading
from workflows.turn import Turn

COMMAND = "/deploy-request"
YOUNG = timedelta(seconds=60)
NOT_THERE = frozenset({0, 404, 409, 422})
"""What GitHub answers when there is no such repository or version; 409 is an empty repository."""
LOG = structlog.get_logger("deploying")


def take(desk: Desk, caller: Caller, command: Command) -> Any:
    """Take `/deploy-request`."""
    if not caller.rules.deploy:
        return replies.private(NO_RULES)
    target = read_words(typed.as_typed(command.words), command.channel)
    if not first_time(desk, caller):
        return None
    if target.complete:
        return begin(desk, caller, command.trigger, target)
    with desk.db.read() as tx:
        view = deploy_forming.first(tx, caller, target)
    if not showing.show(desk, command.trigger, view):
        return replies.private(TOO_LATE)
    return None


NO_RULES = "The policy here has no rules for deploys, so nobody could approve one. Nothing was recorded."
TOO_LATE = "The form did not open in time. Nothing was recorded; type the command again."


def begin(desk: Desk, caller: Caller, trigger: str, target: Target) -> Any:
    """Open the form: at once where no GitHub is linked, else a view that says what is being read."""
    if desk.github is None or not desk.github.linked:
        if not showing.show(desk, trigger, deploy_forming.form(desk, caller, target, None)):
            return replies.private(TOO_LATE)
        return None
    seen = Seen(repository=target.repository, environment=target.environment, ref=target.ref)
    view = showing.opened(desk, trigger, forms.loading(seen, metadata=target.meta()))
    if not view:
        return replies.private(TOO_LATE)
    _later(desk, caller, view, target)
    return None


def _later(desk: Desk, caller: Caller, view: str, target: Target) -> None:
    """Read GitHub beside the answer, and show the form then. A fault is logged: the person still has the command."""
    thread = threading.Thread(target=_fill, args=(desk, caller, view, target), name="deploy form", daemon=True)
    thread.start()


def _fill(desk: Desk, caller: Caller, view: str, target: Target) -> None:
    if not showing.redraw(desk, Shown(view), _read_form(desk, caller, target)):
        LOG.warning("form not shown", repository=target.repository)


def _read_form(desk: Desk, caller: Caller, target: Target) -> View:
    """The form with what GitHub says; without it when GitHub is silent; a plain word when there is no such thing."""
    try:
        reading = desk.github.read(target.repository, target.ref, target.environment) if desk.github else None
    except Rejected as no:
        if no.status not in NOT_THERE:
            LOG.error("GitHub refuses us", status=no.status)
            return deploy_forming.form(desk, caller, target, None)
        with desk.db.read() as tx:
            return forms.not_found(deploy_forming.seen_nothing(target), deploy_forming.plain_scene(tx, caller))
    if reading is not None:
        deploy_forming.keep(desk, caller, target, reading)
    return deploy_forming.form(desk, caller, target, reading)


def submitted(desk: Desk, caller: Caller, shown: Shown) -> Any:
    """Take a submitted form of this page."""
    if shown.callback == forms.FIRST:
        return _named(desk, caller, shown)
    target = _target(shown)
    reading = _young(desk, caller, target)
    desk.readings.fresh(
        [caller.slack], tuple(caller.rules.groups), deadline=caller.patience(desk.clock.real(), DEADLINE)
    )

    def work(turn: Turn) -> Reply:
        outcome = typed.wrong(shown.values) or _record(turn, desk, shown, target, reading)

        def done(case: Case) -> Any:
            people = list(case.asks[0].people) if case.asks else []
            telling.about(turn, caller, case, "requested", channel=target.channel, people=people)
            return replies.clear() if shown.stacked else None

        return acts.submitted(turn, caller, shown, outcome, action="", done=done)

    return once(desk, caller, work, form=f"{shown.id}:{shown.callback}")


def _record(turn: Turn, desk: Desk, shown: Shown, target: Target, reading: Reading | None) -> Done | Refused | Mistakes:
    if shown.callback == forms.ROLL_BACK:
        return deploys.roll_back(
            turn,
            repository=target.repository,
            sha=shown.meta.get("sha", ""),
            environment=target.environment,
            reason=typed.said(shown.values, "reason"),
            reading=reading,
        )
    linked = desk.github is not None and desk.github.linked
    given = typed.request(shown.values, lambda slack: submitting.person(turn, slack))
    form = deploys.Request(
        repository=target.repository,
        ref=target.ref,
        sha=shown.meta.get("sha", ""),
        environment=target.environment,
        channel=target.channel or None,
        unlinked=not linked,
        **given,
    )
    return deploys.ask(turn, form, reading)


def _named(desk: Desk, caller: Caller, shown: Shown) -> Any:
    """The first form said what: its place is taken by the view that reads."""
    said = {name: typed.said(shown.values, name).strip() for name in ("repository", "ref", "environment")}
    found = read_words(f"{said['repository']}@{said['ref']} {said['environment']}", shown.meta.get("channel", ""))
    if not found.complete:
        wrong = "ref" if re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", said["repository"]) else "repository"
        words = {"ref": "Name one tag, branch or commit.", "repository": "Write it as owner/name, like acme/payments."}
        return replies.errors({wrong: words[wrong]})
    if desk.github is None or not desk.github.linked:
        return replies.update(deploy_forming.form(desk, caller, found, None))
    seen = Seen(repository=found.repository, environment=found.environment, ref=found.ref)
    ready: list[View] = []
    thread = threading.Thread(
        target=lambda: ready.append(_read_form(desk, caller, found)), name="deploy form", daemon=True
    )
    thread.start()
    thread.join(caller.patience(desk.clock.real(), WAIT))
    if ready:
        return replies.update(ready[0])
    threading.Thread(target=_when_ready, args=(desk, shown.id, thread, ready), name="deploy form", daemon=True).start()
    return replies.update(forms.loading(seen, metadata=found.meta()))


WAIT = 1.5  # seconds in which GitHub mostly answers: then no view flickers


def _when_ready(desk: Desk, view: str, thread: threading.Thread, ready: list[View]) -> None:
    thread.join(30)
    if ready:
        showing.redraw(desk, Shown(view), ready[0])


def redrawn(desk: Desk, caller: Caller, click: Click) -> View | None:
    """The form again after the type of change was chosen, with everything typed in it so far."""
    shown = click.shown
    filled = declaring.filled(shown.values)
    with desk.db.read() as tx:
        if shown.callback == forms.EDIT:
            sight = see(tx, caller, shown.meta.get("change", ""))
            return deploy_forming.edit_form(tx, caller, sight.case, filled, metadata=shown.raw) if sight else None
        target = _target(shown)
        linked = desk.github is not None and desk.github.linked
        return deploy_forming.request(
            tx, caller, target, deploy_forming.kept(tx, caller, target)[0], filled, linked=linked
        )


def _target(shown: Shown) -> Target:
    names = ("repository", "ref", "environment", "channel")
    return Target(*(shown.meta.get(name, "") for name in names))


def _young(desk: Desk, caller: Caller, target: Target) -> Reading | None:
    """What GitHub said, if that is true of now; else it is asked again, and not waited for beyond a second."""
    with desk.db.read() as tx:
        reading, at = deploy_forming.kept(tx, caller, target)
    if reading is None or at is None or desk.github is None or caller.now - at <= YOUNG:
        return reading
    again: list[Reading | None] = []
    github = desk.github

    def read() -> None:
        try:
            again.append(github.read(target.repository, target.ref, target.environment))
        except Rejected:
            again.append(None)

    thread = threading.Thread(target=read, name="deploy reading", daemon=True)
    thread.start()
    thread.join(caller.patience(desk.clock.real(), DEADLINE))
    return again[0] if again else None
