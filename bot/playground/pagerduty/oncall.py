"""Who is on call: shifts, and whoever stands in for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.playground.pagerduty.records import Override, Shift
from bot.playground.pagerduty.world import World, stamp


def final(world: World) -> list[Shift]:
    """Return every shift as it turns out: overrides cut out of it, and put in beside it."""
    found: list[Shift] = []
    for one in world.shifts:
        over = [each for each in world.overrides if each.schedule == one.schedule]
        found += _pieces(one, over)
    rungs = dict.fromkeys((one.schedule, one.level, one.policy) for one in world.shifts)
    for each in world.overrides:
        for schedule, level, policy in rungs:
            if schedule == each.schedule:
                found.append(Shift(schedule, each.user, each.start, each.end, level, policy))
    return found


def _pieces(shift: Shift, over: list[Override]) -> Iterator[Shift]:
    start = shift.start
    for each in sorted(over, key=lambda one: one.start):
        if (shift.end is not None and each.start >= shift.end) or (start is not None and each.end <= start):
            continue
        if start is None or each.start > start:
            yield Shift(shift.schedule, shift.user, start, each.start, shift.level, shift.policy)
        start = each.end
    if shift.end is None or start is None or start < shift.end:
        yield Shift(shift.schedule, shift.user, start, shift.end, shift.level, shift.policy)


def between(world: World, since: datetime, until: datetime) -> list[Shift]:
    """Return who is on call at some moment of a time."""
    first, last = stamp(since), stamp(until)
    overlap = [
        one for one in final(world) if (one.start is None or one.start <= last) and (one.end is None or one.end > first)
    ]
    return sorted(overlap, key=lambda one: (one.policy, one.level, one.start or ""))


def at_level(world: World, policy: str, level: int) -> list[str]:
    """Return the ids of who is on call now by a policy at a level."""
    now = world.clock()
    found = [one.user for one in between(world, now, now) if (one.policy, one.level) == (policy, level)]
    return list(dict.fromkeys(found))
