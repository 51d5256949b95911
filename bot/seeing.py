"""What one reader sees of one change at this moment: the case with its standing, and the scene for it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bot.blocks.kit import Scene
from bot.blocks.notes import CardNotes
from bot.caller import Caller
from bot.scenes import everybody, scene
from bot.sidenotes import notes
from workflows import facts, ledger, policy, read_times
from workflows.case import Case


@dataclass(frozen=True, slots=True)
class Sight:
    """One change, for one reader. `entitled`: its texts may be shown to them."""

    case: Case
    scene: Scene
    notes: CardNotes
    entitled: bool


def see(tx: Connection, caller: Caller, change: str) -> Sight | None:
    """The change of this id; None: there is none."""
    found = ledger.case(tx, change) if change else None
    return look(tx, caller, found) if found else None


def look(tx: Connection, caller: Caller, found: Case, more: Iterable[str] = ()) -> Sight:
    """The case with everything that drawing it for the caller takes; readings of any age serve."""
    people = everybody(found) | {caller.actor.person, *more}
    read = read_times.of(tx, (found,)).get(found.id, found.read)
    case = replace(found, standing=facts.standing(tx, caller.rules, people, now=caller.now), read=read)
    view = scene(tx, caller.rules, now=caller.now, people=everybody(case) | people, zone=caller.zone)
    entitled = policy.may_read(case, caller.actor, caller.rules)
    return Sight(case, view, notes(tx, case, caller.rules, caller.now), entitled)
