"""Who is indispensable: whose absence, own request or carrying out leaves nobody to approve or to review. Pure.

The three are one question: what still goes when this person's voice is missing. A voice of a group counts for that
group, one of a fallback group for any; one person counts once. Members that were not read can prove nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from workflows import oncall
from workflows.ruleset import EmergencyRule, Group, Need, Rules

Rosters = Mapping[str, frozenset[str]]
"""Group → its members, all in one way of naming people (person ids, or addresses as the policy has them)."""


class Duty(StrEnum):
    APPROVE = "approve"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Gap:
    """What breaks under a rule. `person` None: with everyone there already, or, with `unread`, it can't be told.

    `rule` is the rule's index, 0 for [emergency]; `unread` names the groups whose members were not read.
    """

    rule: int
    duty: Duty
    person: str | None = None
    unread: tuple[str, ...] = ()


def listed(rules: Rules) -> dict[str, frozenset[str]]:
    """The rosters that the policy itself gives: groups that only list users."""
    return {name: frozenset(group.users) for name, group in rules.groups.items() if not _elsewhere(group)}


def indispensable(rules: Rules, rosters: Rosters) -> list[Gap]:
    """Every gap, by rule in the policy's order, approving before reviewing, people in order of their names.

    A group that `rosters` lacks has at least the users it lists, and, with a user group or a rota, perhaps more.
    """
    known = {name: rosters.get(name, frozenset(group.users)) for name, group in rules.groups.items()}
    unread = frozenset(name for name, g in rules.groups.items() if name not in rosters and _elsewhere(g))
    return [gap for rule in rules.emergency for gap in _of_rule(rule, known, unread)]


def _elsewhere(group: Group) -> bool:
    return bool(group.usergroup or oncall.subjects(group))


def _of_rule(rule: EmergencyRule, known: Rosters, unread: frozenset[str]) -> Iterator[Gap]:
    seats = [{need.group, *rule.fallback} for need in rule.approvers for _ in range(need.count)]
    yield from _of_duty(rule.index, Duty.APPROVE, seats, known, unread)
    yield from _of_duty(rule.index, Duty.REVIEW, [reviewers(rule)], known, unread)


def reviewers(rule: EmergencyRule) -> set[str]:
    """The groups whose members may review: `reviewers` and `escalate_to`."""
    return {*rule.reviewers} | ({rule.review.escalate_to} if rule.review.escalate_to else set())


def _of_duty(index: int, duty: Duty, seats: list[set[str]], known: Rosters, unread: frozenset[str]) -> Iterator[Gap]:
    groups = set().union(*seats)
    open_groups = tuple(sorted(groups & unread))
    surely = [frozenset().union(*(known[g] for g in seat)) for seat in seats]
    perhaps = [people for people, seat in zip(surely, seats, strict=True) if not seat & unread]
    if not _seated(perhaps, None):
        yield Gap(index, duty)
        return
    untold = not _seated(surely, None)
    for person in sorted(frozenset().union(*surely)):
        if not _seated(perhaps, person):
            yield Gap(index, duty, person)
        elif not _seated(surely, person):
            untold = True
    if untold:
        yield Gap(index, duty, None, open_groups)


def _seated(seats: list[frozenset[str]], without: str | None) -> bool:
    """Whether every seat can have a person of its own (augmenting paths)."""
    taken: dict[str, int] = {}

    def sit(seat: int, tried: set[str]) -> bool:
        for person in seats[seat] - tried - {without}:
            tried.add(person)
            if person not in taken or sit(taken[person], tried):
                taken[person] = seat
                return True
        return False

    return all(sit(seat, set()) for seat in range(len(seats)))


def rule_name(rule: EmergencyRule) -> str:
    """A rule as people find it: "[emergency]", or "rule 2 (payments, high)"."""
    if rule.index == 0:
        return "[emergency]"
    return f"rule {rule.index} ({', '.join((*rule.systems, *rule.environments, *rule.risks, *rule.types))})"


def needs(approvers: tuple[Need, ...]) -> str:
    """ "2 of emergency-approvers and 1 of security" """
    return " and ".join(f"{need.count} of {need.group}" for need in approvers)


def sentence(gap: Gap, rules: Rules, name: Callable[[str], str] = str) -> str:
    """A gap in words; `name` turns a member of a roster into what people call them."""
    rule = next(rule for rule in rules.emergency if rule.index == gap.rule)
    asked = needs(rule.approvers) if gap.duty is Duty.APPROVE else " or ".join(sorted(reviewers(rule)))
    if gap.unread:
        members = ", ".join(_unread_name(rules.groups[group]) for group in gap.unread)
        return (
            f"{rule_name(rule)}: whether one person's absence leaves nobody to {gap.duty} can't be told;"
            f" the members of {members} were not read"
        )
    if gap.person is None:
        return f"{rule_name(rule)}: nobody can {gap.duty} ({asked}), even with everyone there"
    return (
        f"{rule_name(rule)}: without {name(gap.person)} (away, asking, or carrying it out)"
        f" nobody can {gap.duty} ({asked})"
    )


def _unread_name(group: Group) -> str:
    parts = (group.usergroup, "whoever PagerDuty has on call" if oncall.subjects(group) else None)
    told = " and ".join(part for part in parts if part)
    return f"{group.name} ({told})" if told else group.name


def report(rules: Rules, rosters: Rosters, name: Callable[[str], str] = str) -> tuple[str, ...]:
    """What `policy check` prints: one line on the policy, one per gap, or that nobody is indispensable."""
    groups, systems = _count(len(rules.groups), "group"), _count(len(rules.systems), "system")
    beside = _count(len(rules.emergency) - 1, "[[emergency.rule]] table")
    gaps = indispensable(rules, rosters)
    found = tuple(sentence(gap, rules, name) for gap in gaps) or (
        "Nobody is indispensable: with any one person missing, somebody can approve and somebody can review.",
    )
    deploy = _count(len(rules.deploy), "[[deploy]] table")
    said = f"Version {rules.version}, {rules.digest[:7]}: {groups}, {systems}, {beside}, {deploy}."
    return (said, *found)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
