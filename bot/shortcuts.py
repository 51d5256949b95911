"""Shortcuts: declare an emergency (from anywhere, or from a message), link a message to a change."""

import json
from typing import Any

from sqlalchemy import Connection

from bot import declaring, showing, typed
from bot.blocks import forms
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Shortcut
from bot.once import first_time, turn
from bot.scenes import scene
from bot.wire import JSON
from workflows import drafts, facts

DECLARE = "declare_emergency"
DECLARE_HERE = "declare_emergency_message"
LINK = "link_to_change"
SHORTCUTS = (DECLARE, DECLARE_HERE, LINK)


def take(desk: Desk, caller: Caller, body: JSON) -> Any:
    """Take one shortcut."""
    asked = Shortcut.read(body)
    if asked.callback == DECLARE:
        with desk.db.read() as tx:
            kept = declaring.latest(tx, caller)
        form = declaring.from_draft(kept) if kept else declaring.Form()
        declaring.open_form(desk, caller, form, asked.trigger)
    elif asked.callback == DECLARE_HERE:
        form = declaring.from_words(caller.rules, asked.words, drill=False, channel=asked.channel)
        declaring.open_form(desk, caller, form, asked.trigger)
    elif asked.callback == LINK:
        _link(desk, caller, asked)
    return None


def _link(desk: Desk, caller: Caller, asked: Shortcut) -> None:
    """Ask which change; the message itself waits as a draft, it may be longer than a form can carry."""
    if not first_time(desk, caller):
        return
    with desk.db.write() as tx:
        kept = drafts.keep(
            tx,
            person=caller.actor.person,
            form="link",
            body={"permalink": _address(tx, asked), "text": typed.as_typed(asked.words)},
            now=turn(desk, caller, tx).now,
            id=desk.new_id(),
            change=f"{asked.channel}:{asked.ts}",
        )
        view = scene(tx, caller.rules, now=caller.now, people=[caller.actor.person], zone=caller.zone)
    meta = json.dumps({"draft": kept.id, "channel": asked.channel})
    showing.show(desk, asked.trigger, forms.link(view, metadata=meta))


def _address(tx: Connection, asked: Shortcut) -> str:
    """The message's address, made from the workspace's own; the ids alone while that is unknown."""
    home = facts.get(tx, "workspace", "self")
    url = str((home.value or {}).get("url") or "") if home else ""
    path = f"archives/{asked.channel}/p{asked.ts.replace('.', '')}"
    return f"{url.rstrip('/')}/{path}" if url else path
