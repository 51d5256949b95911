"""Slack's events: the App Home that was opened, and people and groups that are not as they were."""

from sqlalchemy import Connection

from bot.caller import identify
from bot.desk import Desk
from bot.once import Reply, once
from bot.wire import JSON, text
from workflows import announce, facts
from workflows.turn import Turn

# Events that we subscribe to in the manifest.
EVENTS = ("app_home_opened", "subteam_members_changed", "team_join", "user_change")


def event(desk: Desk, body: JSON, key: str) -> None:
    """Take one event; those we did not ask for do nothing."""
    kind = text(body, "event", "type")
    if kind == "app_home_opened" and text(body, "event", "tab") in ("home", ""):
        _opened(desk, body, key)
    elif kind == "subteam_members_changed":
        desk.readings.changed("usergroup", text(body, "event", "subteam_id"))
    elif kind == "user_change":
        desk.readings.changed("account", text(body, "event", "user", "id"))
    elif kind == "team_join":
        with desk.db.write() as tx:
            _look_again(tx)


def _opened(desk: Desk, body: JSON, key: str) -> None:
    """Have the App Home drawn from what is true when it is sent; a guest's says that it is not for guests."""
    caller = identify(desk, body, key)

    def work(turn: Turn) -> Reply:
        announce.home(turn, [caller.actor.person])
        return Reply()

    once(desk, caller, work)


def _look_again(tx: Connection) -> None:
    """Somebody joined: an address of the policy that was nobody's may be theirs."""
    facts.mark_stale(tx, "email")
