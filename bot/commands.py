"""Slash commands: `/emergency-change` opens the form; `/change` answers privately from the record."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection

from bot import declaring, deploying, digesting, reasons, replies
from bot.blocks import answers, finding_card, oncall_words, patch_answers, receipts, why
from bot.blocks.answers import Known
from bot.blocks.kit import Drawing, Scene
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Command
from bot.once import remembered
from bot.scenes import scene
from bot.seeing import Sight, look
from bot.wire import JSON
from workflows import facts, lists, open_patches, periods, policy, procedure, quorum
from workflows.change import Kind
from workflows.completeness import Period
from workflows.models import policies
from workflows.rows import HomeLists

EMERGENCY = "/emergency-change"
CHANGE = "/change"
COMMANDS = (EMERGENCY, CHANGE, deploying.COMMAND)
_KEY = re.compile(r"\s*([A-Za-z]{2,8})[-\s]?(\d{4})[-\s]?(\d{1,6})\s*")
_WHY = re.compile(r"\s+why\s*\??\s*$", re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,4})\s*d(?:ays)?")
MOST_DAYS = 3660


def take(desk: Desk, caller: Caller, body: JSON) -> Any:
    """Take one command; an unknown one gets help."""
    command = Command.read(body)
    if command.name == EMERGENCY:
        return _emergency(desk, caller, command)
    if command.name == deploying.COMMAND:
        return deploying.take(desk, caller, command)
    with desk.db.read() as tx:
        drawn = answer(tx, caller, command.words, pages=desk.pages)
        opened = _confidential(tx, caller, command.words)
    return remembered(desk, caller, replies.private(drawn.text, drawn.blocks), opened=opened)


def _confidential(tx: Connection, caller: Caller, words: str) -> str:
    """The id of the confidential change that the answer shows; "" when it shows none."""
    key = key_of(words)
    case = lists.by_key(tx, key) if key else None
    if case is None or not case.confidential:
        return ""
    return case.id if look(tx, caller, case).entitled else ""


def _emergency(desk: Desk, caller: Caller, command: Command) -> Any:
    """Open the form with the words in it; without words, with what was left unfinished."""
    first, _, rest = command.words.partition(" ")
    drill = first.casefold() == "drill"
    words = rest.strip() if drill else command.words
    with desk.db.read() as tx:
        kept = declaring.latest(tx, caller)
    if kept is not None and not words and not drill:
        declaring.open_form(desk, caller, declaring.from_draft(kept), command.trigger)
        return None
    form = declaring.from_words(caller.rules, words, drill=drill, channel=command.channel)
    opened = declaring.open_form(desk, caller, form, command.trigger)
    if kept is None or not opened:
        return None
    with desk.db.read() as tx:
        view = _scene(tx, caller)
    drawn = receipts.draft_kept(view, draft=kept.id, at=kept.at, until=kept.until)
    return replies.private(drawn.text, drawn.blocks)


@dataclass(frozen=True, slots=True)
class _Question:
    tx: Connection
    caller: Caller
    rest: str
    pages: str = ""


def answer(tx: Connection, caller: Caller, words: str, *, pages: str = "") -> Drawing:
    """The answer to `/change words`; `pages`: the address of the register, "" is none."""
    first, _, rest = words.strip().partition(" ")
    known = WORDS.get(first.casefold())
    if known is not None:
        return known(_Question(tx, caller, rest.strip(), pages))
    about = _WHY.sub("", words)
    key = key_of(about)
    if key:
        return _change(tx, caller, key, typed=words, why=about != words)
    if not first:
        return answers.help_words(_scene(tx, caller))
    near = difflib.get_close_matches(first.casefold(), list(WORDS), n=1, cutoff=0.6)
    return answers.unknown_word(_scene(tx, caller), first, nearest=near[0] if near else None)


def key_of(words: str) -> str:
    """The key that the words name, in its usual form: `ec 2026 42` is EC-2026-0042."""
    found = _KEY.fullmatch(words.strip().partition(" ")[0]) or _KEY.fullmatch(words)
    return f"{found[1].upper()}-{found[2]}-{int(found[3]):04d}" if found else ""


def _scene(tx: Connection, caller: Caller, people: tuple[str, ...] = ()) -> Scene:
    names = {caller.actor.person, *people}
    return scene(tx, caller.rules, now=caller.now, people=names, zone=caller.zone)


def _change(tx: Connection, caller: Caller, key: str, *, typed: str, why: bool = False) -> Drawing:
    case = lists.by_key(tx, key)
    if case is None:
        nearest, newest = lists.nearest_key(tx, key), lists.newest_key(tx)
        return answers.unknown_change(_scene(tx, caller), typed, nearest=nearest, newest=newest)
    sight = look(tx, caller, case)
    if why and sight.entitled:
        return _explained(tx, caller, sight)
    actions = policy.actions_for(sight.case, caller.actor, caller.rules, caller.now)
    return answers.change(sight.case, sight.scene, actions=actions, notes=sight.notes, may_read=sight.entitled)


def _explained(tx: Connection, caller: Caller, sight: Sight) -> Drawing:
    found = reasons.explained(tx, sight.case, caller.rules, caller.now)
    since = reasons.policy_since(tx, caller.rules.digest)
    saw = finding_card.explained(sight.case, sight.scene)
    return why.drawing(found, sight.case.key, sight.scene, policy_of=since, saw=saw)


def _list(asked: _Question) -> Drawing:
    if re.search(r"\bpatch", asked.rest.casefold()):
        rows, more = open_patches.listed(asked.tx, asked.caller.actor, asked.caller.rules)
        return patch_answers.listing_of(rows, more, _scene(asked.tx, asked.caller, tuple(row.person for row in rows)))
    span = _SPAN.search(asked.rest)
    days = min(max(int(span[1]), 1), MOST_DAYS) if span else 30
    kind = Kind.EMERGENCY if re.search(r"\bemergenc", asked.rest.casefold()) else None
    recent = lists.recent(asked.tx, asked.caller.actor, asked.caller.rules, now=asked.caller.now, days=days, kind=kind)
    people = tuple(row.person for row in recent.rows)
    around = None if kind or not asked.caller.rules.deploy else _around(asked, days)
    return answers.listing_of(recent, _scene(asked.tx, asked.caller, people), around)


def _around(asked: _Question, days: int) -> Period:
    """What of these days went around the gate."""
    now = asked.caller.now
    return periods.unexplained(asked.tx, now - timedelta(days=days), now, asked.caller.rules)


def _mine(asked: _Question) -> Drawing:
    caller = asked.caller
    found = lists.home(asked.tx, caller.actor, caller.now, caller.rules)
    return answers.mine(found, _scene(asked.tx, caller, _named(found)))


def _named(found: HomeLists) -> tuple[str, ...]:
    rows = (*found.waiting, *found.mine, *found.closed)
    owed = (*found.owed, *found.overdue)
    return (*(row.person for row in rows), *(debt.owner for debt in owed if debt.owner))


def _policy(asked: _Question) -> Drawing:
    caller, rules = asked.caller, asked.caller.rules
    rosters = facts.standing(asked.tx, rules, now=caller.now).rosters
    people = tuple(sorted({one for roster in rosters.values() for one in roster.members}))
    view = _scene(asked.tx, caller, people)
    names = {
        name: [view.people[one].name for one in sorted(roster.members) if one in view.people]
        for name, roster in rosters.items()
        if roster.as_of is not None
    }
    since = asked.tx.execute(sa.select(policies.c.at).where(policies.c.digest == rules.digest)).scalar()
    day = (since or caller.now).astimezone(ZoneInfo(caller.zone)).date()
    workspace = view.workspace or "this workspace"
    lines = procedure.sop(rules, names=names, workspace=workspace, policy_date=day)
    return answers.procedure([(line.number, line.label, line.text) for line in lines], view)


def _whoami(asked: _Question) -> Drawing:
    tx, caller = asked.tx, asked.caller
    standing = facts.standing(tx, caller.rules, [caller.actor.person], now=caller.now)
    groups = [
        (name, oncall_words.how(caller.rules.groups[name], roster, caller.actor.person))
        for name, roster in standing.rosters.items()
        if caller.actor.person in roster.members
    ]
    owed = lists.home(tx, caller.actor, caller.now, caller.rules).owed
    accounts = standing.accounts.get(caller.actor.person, ())
    known = Known(
        email=caller.person.email,
        github=standing.logins.get(caller.actor.person),
        zone=caller.zone,
        groups=tuple(groups) if quorum.good(accounts) else (),
        reviews=sum(1 for debt in owed if not debt.ref and not debt.patch),
        follow_ups=sum(1 for debt in owed if debt.ref),
        read=min((account.as_of for account in accounts), default=None),
    )
    return answers.whoami(_scene(tx, caller), person=caller.actor.person, known=known)


def _help(asked: _Question) -> Drawing:
    return answers.help_words(_scene(asked.tx, asked.caller))


WORDS: Mapping[str, Callable[[_Question], Drawing]] = {
    "list": _list,
    "mine": _mine,
    "policy": _policy,
    "digest": lambda asked: digesting.answer(asked.tx, asked.caller, asked.rest, pages=asked.pages),
    "whoami": _whoami,
    "help": _help,
}
