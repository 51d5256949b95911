"""Who is on call at a moment: what PagerDuty said of the schedules, policies and services that a group names. Pure.

It is read for a while to come and a while back, so that a shift that ends between the reading and a click, or an
override that begins then, is respected without another reading, and who just went off call can be told since when.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.peered import OnCall
from workflows.ruleset import Group, Rules
from workflows.standing import Shift

KIND = "oncall"
BACK = timedelta(hours=12)
AHEAD = timedelta(minutes=10)
KINDS = ("schedule", "policy", "service")


@dataclass(frozen=True, slots=True)
class Source:
    """What PagerDuty said of one schedule, policy or service, and when it was asked; `as_of` None: never."""

    entries: tuple[OnCall, ...] = ()
    as_of: datetime | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on call for a group now, and (`over`: person → until when) who was. `as_of`: of the oldest reading.

    `as_of` None: a part was never read, or somebody on call was never looked up in Slack.
    """

    shifts: tuple[Shift, ...] = ()
    over: Mapping[str, datetime] = field(default_factory=dict)
    as_of: datetime | None = None
    stale: bool = False


def subjects(group: Group) -> tuple[str, ...]:
    """What PagerDuty is asked for this group, as subjects of facts: "schedule:PABC123"; none: it names no rota."""
    named = (group.pagerduty_schedules, group.pagerduty_policies, group.pagerduty_services)
    return tuple(f"{kind}:{id}" for kind, ids in zip(KINDS, named, strict=True) for id in ids)


def asking(rules: Rules) -> tuple[str, ...]:
    """The groups of the policy that name a rota, by name."""
    return tuple(sorted(name for name, group in rules.groups.items() if subjects(group)))


def unlinked(rules: Rules) -> str | None:
    """What to say of a policy that names PagerDuty where it can't be read; None: it names none."""
    names = asking(rules)
    if not names:
        return None
    return (
        f"{', '.join(names)}: the policy names PagerDuty, which is not linked (PAGERDUTY_TOKEN is not set):"
        " nobody is in by being on call"
    )


def told(entries: Iterable[OnCall]) -> list[dict[str, Any]]:
    """The value of a fact: the entries, times as ISO 8601, addresses in small letters."""
    return [
        {
            "user": one.user,
            "name": one.name,
            "email": one.email.strip().lower() if one.email else None,
            "level": one.level,
            "start": one.start.astimezone(UTC).isoformat() if one.start else None,
            "end": one.end.astimezone(UTC).isoformat() if one.end else None,
            "schedule": one.schedule,
            "policy": one.policy,
        }
        for one in entries
    ]


def source(value: Any, as_of: datetime | None, *, stale: bool = False) -> Source:
    """A fact as it was kept."""
    times = dict.fromkeys(("start", "end"))
    return Source(
        tuple(OnCall(**one | {name: _moment(one[name]) for name in times}) for one in value or ()), as_of, stale
    )


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def addresses(sources: Iterable[Source]) -> set[str]:
    """The e-mail addresses to look up in Slack."""
    return {one.email for source in sources for one in source.entries if one.email}


def rota(
    group: Group,
    sources: Mapping[str, Source],
    now: datetime,
    *,
    person: Callable[[str], str | None],
    asked: Callable[[str], bool],
) -> Rota:
    """Who of the group is on call at `now`, up to its level. A group that names no rota has none, as of `now`.

    `person`: the person behind an address, None: nobody; `asked`: whether Slack was asked about it at all.
    """
    named = subjects(group)
    if not named:
        return Rota(as_of=now)
    parts = [sources.get(one, Source()) for one in named]
    shifts = _unique(
        _shift(entry, part.as_of, person)
        for part in parts
        for entry in part.entries
        if part.as_of and entry.level <= group.max_level and (entry.end is None or entry.end > now - BACK)
    )
    current = tuple(one for one in shifts if _covers(one, now))
    emails = {one.email for one in current if one.email}
    read = [part.as_of for part in parts if part.as_of]
    whole = len(read) == len(parts) and all(asked(email) for email in emails)
    return Rota(current, _over(shifts, current, now), min(read) if whole else None, any(part.stale for part in parts))


def _shift(entry: OnCall, as_of: datetime, person: Callable[[str], str | None]) -> Shift:
    return Shift(
        user=entry.user,
        name=entry.name,
        email=entry.email,
        level=entry.level,
        since=entry.start,
        until=entry.end,
        schedule=entry.schedule,
        policy=entry.policy,
        as_of=as_of,
        person=person(entry.email) if entry.email else None,
    )


def _unique(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """Each once, whichever sources told of it, the lowest level first; of one that was told twice, the younger."""
    order = sorted(shifts, key=lambda one: (one.level, one.name, one.user, one.policy, one.as_of))
    return tuple({(one.user, one.level, one.since, one.until, one.schedule, one.policy): one for one in order}.values())


def _covers(shift: Shift, now: datetime) -> bool:
    begun = shift.since is None or shift.since <= now
    return begun and (shift.until is None or now < shift.until)


def _over(shifts: Iterable[Shift], current: Iterable[Shift], now: datetime) -> dict[str, datetime]:
    """Who was on call and is no more: person → the end of their last shift."""
    still = {one.person for one in current}
    over: dict[str, datetime] = {}
    for one in shifts:
        if one.person and one.person not in still and one.until and one.until <= now:
            over[one.person] = max(one.until, over.get(one.person, one.until))
    return over


def until(shifts: Iterable[Shift], person: str) -> datetime | None:
    """Until when the person is on call by these; None: always, or not at all."""
    ends = [one.until for one in shifts if one.person == person]
    return None if not ends or None in ends else max(end for end in ends if end)
