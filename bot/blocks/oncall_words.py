"""Being on call, in words: who can only be called, by which shift somebody may approve, and since when no more."""

from datetime import datetime

from bot.blocks.kit import Scene
from bot.blocks.sentence import Sentence, Typed, When, join, say
from workflows import oncall, quorum
from workflows.case import Case
from workflows.ruleset import Group
from workflows.standing import Roster

MOST = 3
_NAME, _CONTACT = 60, 60


def off_slack(case: Case, scene: Scene) -> Sentence:
    """`{name} is on call but not in Slack: call {contact}`, a line each, of whom the change waits for; mostly empty.

    The names are PagerDuty's, so they are written as what somebody typed: in a block of their own, since one with typed
    words mentions nobody.
    """
    found: dict[str, Sentence] = {}
    lacking = {need.group for need in quorum.missing(case, scene.rules)}
    for name in quorum.groups(case, scene.rules) if quorum.widened(case) else sorted(lacking):
        roster, group = case.standing.rosters.get(name), scene.rules.groups.get(name)
        for shift in roster.shifts if roster and group else ():
            if shift.person is None:
                contact = group.contact if group else None
                call = say(": call {contact}", contact=Typed(contact, _CONTACT)) if contact else None
                told = say("{name} is on call but not in Slack{call}", name=Typed(shift.name, _NAME), call=call)
                found.setdefault(shift.user, told)
    lines = list(found.values())[:MOST]
    return join(lines, "\n")


def how(group: Group, roster: Roster, person: str) -> Sentence:
    """By what the person is in the group: `Slack group`, `on call until 08:00` or `named in the policy`."""
    on_call = any(one.person == person for one in roster.shifts)
    if on_call and person not in roster.fixed:
        until = oncall.until(roster.shifts, person)
        return say("on call until {t}", t=When(until)) if until else say("always on call")
    return say("Slack group") if group.usergroup else say("named in the policy")


def not_since(since: datetime) -> Sentence:
    """`not on call since 03:00`."""
    return say("not on call since {t}", t=When(since))
