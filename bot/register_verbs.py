"""`register`: the operator invites an auditor from outside, lists who was invited and who is in, and ends it."""

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from bot import keys
from bot.clock import SystemClock
from bot.settings import Settings, SettingsError
from workflows import db, invitations, sessions, signed_in
from workflows.change import Actor
from workflows.signed_in import Whose

NO, USAGE = 1, 2


def invite(settings: Settings, given: argparse.Namespace) -> int:
    """Make an invitation and print its token, for the only time."""
    until, now = _end(given.until), SystemClock().real()
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            made, text = invitations.invite(
                tx,
                name=given.name,
                email=given.email,
                until=until,
                by=given.by,
                random=keys.salt(),
                now=now,
                new_id=keys.new_id,
                salt=keys.salt,
            )
    except invitations.Unusable as wrong:
        print(wrong, file=sys.stderr)
        return USAGE
    finally:
        database.close()
    where = f"{settings.public_url.rstrip('/') or 'https://…'}/register/invitation"
    print(f"{made.name} may read the register until {_text(made.until)}, at {where}", file=sys.stderr)
    print(
        "Give the page and this line on different ways. It is shown this once, and kept only as a hash:",
        file=sys.stderr,
    )
    print(text)
    if not settings.session_secret:
        print("SESSION_SECRET is not set, so there is no register yet; see docs/operating.md.", file=sys.stderr)
    return 0


def listed(settings: Settings, given: argparse.Namespace) -> int:
    """Print every invitation there ever was, without its token."""
    now, database = SystemClock().real(), db.connect(settings.database_url, role="cli")
    try:
        with database.read() as tx:
            found = invitations.listed(tx)
    finally:
        database.close()
    for one in found:
        over = one.over(now)
        state = f"ended {_text(over)}" if over else f"until {_text(one.until)}"
        used = f"used first {_text(one.used_at)}" if one.used_at else "never used"
        print(f"{one.id}  {one.name} <{one.email}>  {state}  {used}  by {one.made_by}")
    if not found:
        print("Nobody was ever invited.")
    return 0


def end(settings: Settings, given: argparse.Namespace) -> int:
    """End an invitation, and whoever is in by it is out."""
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            ended = invitations.end(tx, given.which, by=given.by, now=SystemClock().real())
    finally:
        database.close()
    for one in ended:
        print(f"The invitation of {one.name} <{one.email}> is ended.")
    if not ended:
        print(f"No invitation that lasts is {given.which}'s.")
    return 0 if ended else NO


def inside(settings: Settings, given: argparse.Namespace) -> int:
    """Print who is signed in now. An hour without a page ends a session, however long the policy lets one last."""
    now, database = SystemClock().real(), db.connect(settings.database_url, role="cli")
    try:
        with database.read() as tx:
            found = signed_in.now_in(tx, Whose(), session=sessions.LONGEST, now=now)
    finally:
        database.close()
    for one in found:
        print(f"{one.id}  {one.slack or one.name}  since {_text(one.began_at)}  last seen {_text(one.seen_at)}")
    if not found:
        print("Nobody is signed in.")
    return 0


def sign_out(settings: Settings, given: argparse.Namespace) -> int:
    """End the sessions of one Slack account, one session by its id, or everybody's."""
    slack = given.who if given.who.isupper() else None
    one = "" if slack or given.who == "everybody" else given.who
    now, database = SystemClock().real(), db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            by = Actor("", None, given.by)
            ended = signed_in.end(tx, Whose(slack=slack), id=one, actor=by, now=now, real=now)
    except ValueError:
        ended = 0
    finally:
        database.close()
    print(f"{ended} sessions ended.")
    return 0 if ended else NO


def _end(value: str) -> datetime:
    """A day, until its end, or a time; UTC where it says no zone."""
    try:
        if len(value) == len("2026-11-30"):
            return datetime.combine(date.fromisoformat(value) + timedelta(days=1), time(), UTC)
        at = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise SettingsError(f"--until must be a day like 2026-11-30, or a time, not {value!r}.") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _text(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


VERBS: Mapping[str, Callable[[Settings, argparse.Namespace], int]] = {
    "invite": invite,
    "list": listed,
    "end": end,
    "sessions": inside,
    "sign-out": sign_out,
}
