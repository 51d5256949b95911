"""The form of a declaration: opened by command, shortcut, Home and Declare again; filled from words, a draft, a change.

What somebody typed is never lost: when the form does not open, the words are a draft for a day.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from bot import showing, telling, typed
from bot.blocks import declaring as fields
from bot.blocks import forms
from bot.blocks.kit import View
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Click, Shown
from bot.once import first_time, turn
from bot.scenes import scene
from bot.seeing import see
from workflows import drafts, lists
from workflows.change import Kind
from workflows.peered import Peer
from workflows.rows import Row
from workflows.ruleset import Rules

FORM = "declare"
_MOMENTS = ("live_since", "access_until", "at")


@dataclass(frozen=True, slots=True)
class Form:
    """What the form is opened with. `meta`: drill, channel, origin (a key); `filled`: values by field."""

    filled: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)
    more: bool = False


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a submitted form or of a draft as the form takes them: times aware, choices as tuples."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in _MOMENTS:
            found[name] = typed.moment(value)
        else:
            found[name] = tuple(value) if isinstance(value, list) else value
    return found


def from_words(rules: Rules, words: str, *, drill: bool, channel: str) -> Form:
    """The form for what was typed after the command; a system that the words name is chosen."""
    text = typed.as_typed(words)
    systems = tuple(name for name in rules.systems if _names(text, name))
    meta = {"channel": channel} | ({"drill": "1"} if drill else {})
    return Form({"broken": text, "systems": systems}, meta)


def _names(text: str, system: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(system)}(?![\w-])", text, re.IGNORECASE) is not None


def incidents(tx: Connection, desk: Desk, caller: Caller, *, opened: bool) -> fields.Incidents:
    """How a form takes the incident now; `opened`: it may offer to open one, where the policy names a service."""
    linked = Peer.PAGERDUTY in caller.rules.linked
    picked = linked and desk.incidents is not None and desk.incidents.offered(tx)
    return fields.Incidents(picked, opened and linked and bool(caller.rules.pagerduty.service))


def view(tx: Connection, desk: Desk, caller: Caller, form: Form) -> View:
    """The modal."""
    drill = form.meta.get("drill") == "1"
    rows = _open_beside(tx, caller, form)
    groups = [need.group for need in _default_rule(caller.rules)]
    seen = scene(tx, caller.rules, now=caller.now, people=_people(rows, caller), zone=caller.zone)
    return forms.declare(
        form.filled,
        seen,
        metadata=json.dumps(dict(form.meta)),
        more=form.more,
        drill=drill,
        groups=groups,
        open_on=rows,
        from_key=form.meta.get("origin"),
        incidents=incidents(tx, desk, caller, opened=not drill),
    )


def _default_rule(rules: Rules) -> Sequence[Any]:
    return rules.emergency[-1].approvers


def _people(rows: Sequence[Row], caller: Caller) -> set[str]:
    return {caller.actor.person, *(row.person for row in rows)}


def _open_beside(tx: Connection, caller: Caller, form: Form) -> tuple[Row, ...]:
    """What is open on the chosen systems, beside the change that this one goes on from; nothing for a drill."""
    if form.meta.get("drill") == "1":
        return ()
    systems = [name for name in form.filled.get("systems") or () if name != fields.OTHER]
    return tuple(row for row in lists.open_on(tx, systems) if row.key != form.meta.get("origin"))


def open_form(
    desk: Desk, caller: Caller, form: Form, trigger: str, *, over: Shown | None = None, opened: str = ""
) -> bool:
    """Show the form; when Slack does not take it in time, keep the words and say so. False: it did not open.

    `opened`: the id of the confidential change whose texts stand in it.
    """
    with desk.db.read() as tx:
        modal = view(tx, desk, caller, form)
    if not first_time(desk, caller, opened=opened) or showing.show(desk, trigger, modal, over=over):
        return True
    with desk.db.write() as tx:
        kept = None
        if form.filled.get("broken"):
            body = {name: value for name, value in form.filled.items() if isinstance(value, str | list | tuple)}
            kept = drafts.keep(
                tx,
                person=caller.actor.person,
                form=FORM,
                body={**body, "_meta": dict(form.meta)},
                now=caller.now,
                id=desk.new_id(),
            )
        telling.draft(turn(desk, caller, tx), caller, kept, channel=form.meta.get("channel", ""), late=True)
    return False


def clicked(desk: Desk, caller: Caller, click: Click) -> None:
    """`Declare emergency` and `Declare again`: empty, from a draft, or from the change that goes on in a new one."""
    with desk.db.read() as tx:
        form, opened = _from_click(tx, caller, click)
    meta = {**form.meta, **({"channel": click.channel} if click.channel and "channel" not in form.meta else {})}
    open_form(desk, caller, replace(form, meta=meta), click.trigger, over=click.shown, opened=opened)


def _from_click(tx: Connection, caller: Caller, click: Click) -> tuple[Form, str]:
    """The form, and the id of the confidential change whose texts stand in it, if there is one."""
    kept = None
    if click.value.startswith("draft:"):
        draft = click.value.removeprefix("draft:")
        kept = drafts.get(tx, draft, person=caller.actor.person, now=caller.now)
    elif not click.about.revision:
        kept = latest(tx, caller)
    if kept is not None:
        return from_draft(kept), ""
    sight = see(tx, caller, click.about.change)
    if sight is None or not sight.entitled:
        return Form(), ""
    meta = {"origin": sight.case.key} | ({"drill": "1"} if sight.case.drill else {})
    opened = sight.case.id if sight.case.confidential else ""
    begin = fields.emergency_from if sight.case.kind is Kind.DEPLOY else fields.again_from
    return Form(begin(sight.case, sight.scene), meta, more=sight.case.kind is Kind.DEPLOY), opened


def latest(tx: Connection, caller: Caller) -> drafts.Draft | None:
    """The caller's unfinished declaration, if there is one."""
    return drafts.latest(tx, person=caller.actor.person, form=FORM, now=caller.now)


def from_draft(kept: drafts.Draft) -> Form:
    """The form as it was when it was kept."""
    values = {name: value for name, value in kept.body.items() if name != "_meta"}
    meta = {str(name): str(value) for name, value in (kept.body.get("_meta") or {}).items()}
    return Form(filled(values), meta, more=any(name in values for name in ("type", "rollback", "risk")))
