"""Whose voices are needed, whose count, and who could still give one. Pure functions of a case and the rules."""

from collections.abc import Iterable
from datetime import datetime

from workflows.case import Account, Approval, Case
from workflows.ruleset import EmergencyRule, Need, Rules


def rule_for(case: Case, rules: Rules) -> EmergencyRule:
    """The first emergency rule that matches the case; the default of [emergency] always does."""
    return next(rule for rule in rules.emergency if _matches(rule, case))


def _matches(rule: EmergencyRule, case: Case) -> bool:
    return (
        (not rule.systems or any(name in rule.systems for name in case.systems))
        and (not rule.environments or case.environment in rule.environments)
        and (not rule.risks or case.risk in rule.risks)
        and (not rule.types or case.type in rule.types)
    )


def widened(case: Case) -> bool:
    """Whether the fallback groups were asked for this revision, so that their voices count."""
    since = case.changed_at or case.declared_at
    return any(ask.round in ("widen", "fallback") and ask.at >= since for ask in case.asks)


def groups(case: Case, rules: Rules) -> tuple[str, ...]:
    """The groups whose voices count now, in the policy's order."""
    rule = rule_for(case, rules)
    named = tuple(need.group for need in rule.approvers)
    return _unique((*named, *rule.fallback)) if widened(case) else _unique(named)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def voices(case: Case, *, phase: str = "before") -> tuple[Approval, ...]:
    """The approvals (or ratifications) that stand on this revision."""
    voice = "approve" if phase == "before" else "ratify"
    return tuple(
        a
        for a in case.approvals
        if a.revision == case.revision and a.phase == phase and a.voice == voice and a.taken_back_at is None
    )


def missing(case: Case, rules: Rules, *, phase: str = "before") -> tuple[Need, ...]:
    """What the quorum still lacks. A voice counts for its own group; a fallback voice stands in for any missing one."""
    rule = rule_for(case, rules)
    given = [a.right for a in voices(case, phase=phase)]
    open_needs: list[Need] = []
    for need in rule.approvers:
        have = min(need.count, given.count(need.group))
        for _ in range(have):
            given.remove(need.group)
        if have < need.count:
            open_needs.append(Need(need.group, need.count - have))
    spare = sum(1 for right in given if right in rule.fallback)
    return _stood_in(open_needs, spare)


def _stood_in(needs: list[Need], spare: int) -> tuple[Need, ...]:
    left: list[Need] = []
    for need in needs:
        used = min(need.count, spare)
        spare -= used
        if used < need.count:
            left.append(Need(need.group, need.count - used))
    return tuple(left)


def needed(case: Case, rules: Rules) -> int:
    """How many voices the matching rule asks for in all."""
    return sum(need.count for need in rule_for(case, rules).approvers)


def right_for(case: Case, person: str, rules: Rules, *, phase: str = "before") -> str | None:
    """The group this person's voice counts for: the missing one that fewest others could still fill; None: no group.

    A fallback group is used only when no missing group of the rule has the person.
    """
    lacking = [n.group for n in missing(case, rules, phase=phase)]
    own = [g for g in lacking if person in _members(case, g)]
    if own:
        barred = parties(case) | {person}
        return min(own, key=lambda g: len(_members(case, g) - barred))
    fallback = [g for g in rule_for(case, rules).fallback if widened(case) and person in _members(case, g)]
    if fallback and lacking:
        return fallback[0]
    mine = [g for g in groups(case, rules) if person in _members(case, g)]
    return mine[0] if mine else None


def parties(case: Case) -> frozenset[str]:
    """Everybody who made the change: they never decide on it and never review it."""
    return frozenset(p.person for p in case.parties)


def _members(case: Case, group: str) -> frozenset[str]:
    roster = case.standing.rosters.get(group)
    return roster.members if roster else frozenset()


def members(case: Case, names: Iterable[str]) -> frozenset[str]:
    """The union of the rosters of these groups, whatever their age."""
    return frozenset().union(*(_members(case, name) for name in names))


def good(accounts: tuple[Account, ...]) -> bool:
    """Whether a person has an account that may act: active, human, internal, no guest."""
    return any(account.good for account in accounts)


def could_decide(case: Case, rules: Rules) -> tuple[str, ...]:
    """Who could still give a missing voice, in the order of the groups; people of a filled group are left out."""
    lacking = {n.group for n in missing(case, rules)}
    rule = rule_for(case, rules)
    stand_ins = set(rule.fallback) if widened(case) else set()
    spoken = {a.person for a in case.approvals if a.revision == case.revision and a.phase == "before"}
    barred = parties(case) | spoken
    found: dict[str, None] = {}
    for group in groups(case, rules):
        if group in lacking or (lacking and group in stand_ins):
            for person in sorted(_members(case, group) - barred):
                if good(case.standing.accounts.get(person, ())):
                    found.setdefault(person)
    return tuple(found)


def unreachable(case: Case, rules: Rules) -> tuple[Need, ...]:
    """The missing needs that nobody left can fill, as far as the rosters are known; an unread roster proves nothing."""
    lacking = missing(case, rules)
    candidates = set(could_decide(case, rules))
    rule = rule_for(case, rules)
    stand_ins = members(case, rule.fallback) & candidates if widened(case) else frozenset()
    short: list[Need] = []
    for need in lacking:
        roster = case.standing.rosters.get(need.group)
        if roster is None or roster.as_of is None:
            continue
        able = (roster.members & candidates) | stand_ins
        if len(able) < need.count:
            short.append(Need(need.group, need.count - len(able)))
    return tuple(short) or _overlapping(lacking, case, candidates)


def _overlapping(lacking: tuple[Need, ...], case: Case, candidates: set[str]) -> tuple[Need, ...]:
    """Each group alone could be filled, but the same few people cannot fill them all (Hall's condition)."""
    rosters = [case.standing.rosters.get(n.group) for n in lacking]
    if not lacking or any(r is None or r.as_of is None for r in rosters) or widened(case):
        return ()
    together = members(case, (n.group for n in lacking)) & candidates
    if len(together) >= sum(n.count for n in lacking):
        return ()
    return lacking[-1:]


def fresh(as_of: datetime | None, stale: bool, rules: Rules, now: datetime) -> bool:
    """Whether a reading may decide: not marked stale and no older than `standing_max_age`."""
    return as_of is not None and not stale and abs(now - as_of) <= rules.standing_max_age
