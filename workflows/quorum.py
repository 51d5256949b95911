"""Whose voices are needed, whose count, and who could still give one. Pure functions of a case and the rules."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from workflows.case import Approval, Case
from workflows.change import UNDECIDED
from workflows.matching import rule_for
from workflows.ruleset import Need, Rules
from workflows.standing import Account


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


def twice(case: Case) -> bool:
    """Whether one human gave two of the voices that stand, by two ids that turned out to be theirs only afterwards."""
    given = [human(case, a.person) for a in voices(case)]
    return len(set(given)) < len(given)


def missing(case: Case, rules: Rules, *, phase: str = "before") -> tuple[Need, ...]:
    """What the quorum still lacks. A voice counts for its own group; a fallback voice stands in for any missing one,
    first where nobody else is left.
    """
    rule = rule_for(case, rules)
    given = [a.right for a in voices(case, phase=phase)]
    lacking: list[Need] = []
    for need in rule.approvers:
        have = min(need.count, given.count(need.group))
        for _ in range(have):
            given.remove(need.group)
        if have < need.count:
            lacking.append(Need(need.group, need.count - have))
    spare = sum(1 for right in given if right in rule.fallback) if widened(case) else 0
    if not spare:
        return tuple(lacking)
    hardest = _short(lacking, _able(case, rules, lacking, phase))
    return _less(lacking, (*hardest, *lacking), spare)


def _less(needs: Iterable[Need], order: Iterable[Need], spare: int) -> tuple[Need, ...]:
    """`needs` with `spare` voices taken off, in that order."""
    left: dict[str, int] = {}
    for need in needs:
        left[need.group] = left.get(need.group, 0) + need.count
    for need in order:
        used = min(need.count, left[need.group], spare)
        left[need.group] -= used
        spare -= used
    return tuple(Need(group, count) for group, count in left.items() if count)


def enough(case: Case, rules: Rules) -> bool:
    """Whether no voice is missing and yet nothing is decided: a policy that asks for fewer came in between.

    Nothing is decided without a press, so one more is needed, by anybody who may.
    """
    return case.status in UNDECIDED and not missing(case, rules)


def needed(case: Case, rules: Rules) -> int:
    """How many voices the matching rule asks for in all."""
    return sum(need.count for need in rule_for(case, rules).approvers)


def right_for(
    case: Case, person: str, rules: Rules, *, phase: str = "before", among: Collection[str] | None = None
) -> str | None:
    """The group this person's voice counts for; None: no group. `among`: the groups whose readings may decide.

    Of the missing ones it is a group after which the others can still be filled, and there the one with fewest to
    spare. A fallback group is used only when that takes it, or when no missing group of the rule has the person.
    """
    mine = [g for g in groups(case, rules) if person in _members(case, g) and (among is None or g in among)]
    lacking = missing(case, rules, phase=phase)
    able = {g: people - {person} for g, people in _able(case, rules, lacking, phase).items()}

    def shortfall(*filled: Need) -> int:
        return sum(need.count for need in _short(_less(lacking, filled, 1), able))

    own = [(shortfall(n), len(able[n.group]) - n.count, n.group) for n in lacking if n.group in mine]
    best = min(own, key=lambda option: option[:2], default=None)
    stand_in = next((g for g in rule_for(case, rules).fallback if g in mine), None)
    if lacking and stand_in and (best is None or shortfall(*_short(lacking, able), *lacking) < best[0]):
        return stand_in
    return best[2] if best else mine[0] if mine else None


def parties(case: Case) -> frozenset[str]:
    """Everybody who made the change, by whatever id of theirs: they never decide on it and never review it."""
    made = {p.person for p in case.parties} | {human(case, p.person) for p in case.parties}
    return frozenset(made | {other for other, person in case.standing.same.items() if person in made})


def human(case: Case, person: str) -> str:
    """The one id of a human who is two persons in the record: two accounts that came to share one e-mail."""
    return case.standing.same.get(person, person)


def _members(case: Case, group: str) -> frozenset[str]:
    roster = case.standing.rosters.get(group)
    return roster.members if roster else frozenset()


def members(case: Case, names: Iterable[str]) -> frozenset[str]:
    """The union of the rosters of these groups, whatever their age."""
    return frozenset().union(*(_members(case, name) for name in names))


def off_call(case: Case, names: Iterable[str]) -> dict[str, tuple[datetime, str]]:
    """Who was on call for one of these groups and is in none of them now: person → (until when, for which group)."""
    names, rosters = tuple(names), case.standing.rosters
    ended = [(at, name, person) for name in names if name in rosters for person, at in rosters[name].over.items()]
    inside = members(case, names)
    return {person: (at, name) for at, name, person in sorted(ended) if person not in inside}


def good(accounts: tuple[Account, ...]) -> bool:
    """Whether a person has an account that may act: active, human, internal, no guest."""
    return any(account.good for account in accounts)


def could_decide(case: Case, rules: Rules) -> tuple[str, ...]:
    """Who could still give a missing voice, in the order of the groups; people of a filled group are left out."""
    lacking = missing(case, rules)
    wanted = {n.group for n in lacking}
    if lacking and widened(case):
        wanted |= set(rule_for(case, rules).fallback)
    left = _candidates(case, "before")
    names = [g for g in groups(case, rules) if g in wanted]
    return _unique(person for group in names for person in sorted(_members(case, group)) if left(person))


def askable(case: Case, rules: Rules) -> tuple[str, ...]:
    """Whom to ask: who could give a missing voice; where the voices are enough already, anybody who can press."""
    if not enough(case, rules):
        return could_decide(case, rules)
    left = _candidates(case, "before")
    return _unique(p for group in groups(case, rules) for p in sorted(_members(case, group)) if left(p))


def unreachable(case: Case, rules: Rules) -> tuple[Need, ...]:
    """The missing needs that those left cannot fill, each person counting once; an unread roster proves nothing."""
    rosters = case.standing.rosters
    lacking = [n for n in missing(case, rules) if n.group in rosters and rosters[n.group].as_of is not None]
    return _short(lacking, _able(case, rules, lacking, "before"))


def _candidates(case: Case, phase: str) -> Callable[[str], bool]:
    """Whether somebody can still speak: took no part, has not spoken on this revision, has a good account."""
    barred = parties(case) | {a.person for a in case.approvals if a.revision == case.revision and a.phase == phase}
    return lambda person: person not in barred and good(case.standing.accounts.get(person, ()))


def _able(case: Case, rules: Rules, needs: Iterable[Need], phase: str) -> dict[str, frozenset[str]]:
    """Who could fill each of the needs: candidates of its group, and everybody who may stand in."""
    left = _candidates(case, phase)
    stand_ins = members(case, rule_for(case, rules).fallback) if widened(case) else frozenset[str]()
    return {n.group: frozenset(filter(left, _members(case, n.group) | stand_ins)) for n in needs}


def _short(needs: Iterable[Need], able: Mapping[str, frozenset[str]]) -> tuple[Need, ...]:
    """What these people cannot fill together, each counting once (a maximum matching, by augmenting paths)."""
    seats = [need.group for need in needs for _ in range(need.count)]
    taken: dict[str, int] = {}

    def seat(n: int, tried: set[str]) -> bool:
        for person in sorted(able[seats[n]] - tried):
            tried.add(person)
            if person not in taken or seat(taken[person], tried):
                taken[person] = n
                return True
        return False

    empty = [group for n, group in enumerate(seats) if not seat(n, set())]
    return tuple(Need(group, empty.count(group)) for group in dict.fromkeys(empty))


def fresh(as_of: datetime | None, stale: bool, rules: Rules, now: datetime) -> bool:
    """Whether a reading may decide: not marked stale and no older than `standing_max_age`."""
    return as_of is not None and not stale and abs(now - as_of) <= rules.standing_max_age
