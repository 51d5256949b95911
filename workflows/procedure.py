"""The one-page emergency procedure, from the policy in force: for a terminal, for Slack, for the wall. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workflows import oncall
from workflows.durations import words
from workflows.ruleset import EmergencyRule, Group, Need, Rules

Names = Mapping[str, Sequence[str]]
"""Group → the people who can be asked now, as people call them. Absent: not read. Empty: nobody."""

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LABEL = 11
WHOEVER = "whoever is on call in PagerDuty"


@dataclass(frozen=True, slots=True)
class Line:
    """One step: number 1 to 8, what it is about, and its text (may have line breaks). Number 0 is the heading."""

    number: int
    label: str
    text: str


def sop(rules: Rules, *, names: Names, workspace: str, policy_date: date) -> tuple[Line, ...]:
    """The heading and the eight steps; only numbers, names and sentences that this policy has.

    `policy_date` is the day since which the policy is in force, in the reader's zone.
    """
    default, special = rules.emergency[-1], rules.emergency[:-1]
    phone = " or ".join(_contacts(default, rules))
    steps = (
        ("Declare", "/emergency-change and what is broken. Takes 20 seconds; it is recorded at once."),
        ("Approve", _approve(default, special, rules, names)),
        ("No answer", _no_answer(default, special, phone)),
        ("Can't wait", "Press Proceed without approval and say why. Everyone is told. It stays marked for good."),
        ("Deploy", "Do only what the card says. Press Mark deployed, whatever the outcome."),
        ("Review", _review(default, special)),
        ("Slack down", _slack_down(phone)),
        (
            "Checked",
            "Every click, also a refused one, is kept and can be checked by an auditor."
            " Practise: /emergency-change drill.",
        ),
    )
    since = f"{policy_date.day} {policy_date:%b} {policy_date.year}"
    heading = Line(0, f"Emergency changes at {workspace}", f"policy of {since}, {rules.digest[:7]}")
    return (heading, *(Line(number, label, text) for number, (label, text) in enumerate(steps, 1)))


def page(lines: Sequence[Line]) -> str:
    """The lines as plain text for a terminal or a wall, without a line break at the end."""
    gap = " " * (_LABEL + 2)
    shown = []
    for line in lines:
        if line.number == 0:
            shown.append(f"{line.label:<57} {line.text}")
        else:
            shown.append(f"{line.number} {line.label:<{_LABEL}}" + line.text.replace("\n", f"\n{gap}"))
    return "\n".join(shown)


def named(rules: Rules) -> dict[str, tuple[str, ...]]:
    """Names without Slack: what the policy itself lists, users, the user group's handle, and that there is a rota."""
    return {
        name: (
            *group.users,
            *((group.usergroup,) if group.usergroup else ()),
            *((WHOEVER,) if oncall.subjects(group) else ()),
        )
        for name, group in rules.groups.items()
        if group.users or group.usergroup or oncall.subjects(group)
    }


def _approve(default: EmergencyRule, special: Sequence[EmergencyRule], rules: Rules, names: Names) -> str:
    first = " and ".join(_need(need, rules, names) for need in default.approvers) + "."
    others = [
        f"{_when(rule)}: {_short(rule.approvers, default.approvers)}."
        for rule in special
        if rule.approvers != default.approvers
    ]
    lines = [" ".join((first, *others)), "Not the person who declared it, not the person who carries it out."]
    return "\n".join((*lines, *_nobody(default, special, names)))


def _need(need: Need, rules: Rules, names: Names) -> str:
    known = names.get(need.group)
    head = f"{_number(need.count)} of {need.group}"
    if not known:
        return head
    now = _on_call(rules.groups[need.group]) and WHOEVER not in known
    return f"{head}: {'on call now: ' if now else ''}{', '.join(known)}"


def _on_call(group: Group) -> bool:
    return bool(oncall.subjects(group) and not group.users and not group.usergroup)


def _short(approvers: tuple[Need, ...], usual: tuple[Need, ...]) -> str:
    """Only the number when it is the same single group as usual."""
    if len(approvers) == len(usual) == 1 and approvers[0].group == usual[0].group:
        return _number(approvers[0].count)
    return " and ".join(f"{_number(need.count)} of {need.group}" for need in approvers)


def _nobody(default: EmergencyRule, special: Sequence[EmergencyRule], names: Names) -> list[str]:
    asked = dict.fromkeys(need.group for rule in (default, *special) for need in rule.approvers)
    return [
        f"Nobody in {group} can be asked now{_stand_in(group, default, names)}."
        for group in asked
        if group in names and not names[group]
    ]


def _stand_in(group: str, default: EmergencyRule, names: Names) -> str:
    others = [one for one in default.fallback if one != group and names.get(one, (one,))]
    if not others:
        return ""
    return f"; {_and(others)} stand in"


def _no_answer(default: EmergencyRule, special: Sequence[EmergencyRule], phone: str) -> str:
    usual = f"after {words(default.nudge)} the same people are asked again; {_widened(default)}."
    others = [
        f"{_when(rule)}: after {words(rule.nudge)}; {_widened(rule)}."
        for rule in special
        if (rule.nudge, rule.widen, rule.fallback) != (default.nudge, default.widen, default.fallback)
    ]
    return " ".join((usual, *others, *((f"Call {phone}.",) if phone else ())))


def _widened(rule: EmergencyRule) -> str:
    if rule.fallback:
        return f"after {words(rule.widen)} {_and(rule.fallback)} too"
    return f"after {words(rule.widen)} you are told that nobody answered"


def _review(default: EmergencyRule, special: Sequence[EmergencyRule]) -> str:
    usual = (
        f"{' or '.join(default.reviewers)} {_within(default)}:"
        " what was the cause, what was deployed, was it appropriate."
    )
    others = [
        f"{_when(rule)}: {' or '.join(rule.reviewers)} {_within(rule)}."
        for rule in special
        if (rule.reviewers, _within(rule)) != (default.reviewers, _within(default))
    ]
    return " ".join((usual, *others))


def _within(rule: EmergencyRule) -> str:
    due, deadline = words(rule.review.due), words(rule.review.deadline)
    return f"within {due}" if due == deadline else f"within {due}, at the latest {deadline}"


def _slack_down(phone: str) -> str:
    said = "On the server: countersign declare, or countersign break-glass."
    return f"{said} Phone: {phone}." if phone else said


def _contacts(default: EmergencyRule, rules: Rules) -> list[str]:
    asked = (*(need.group for need in default.approvers), *default.fallback)
    found = (rules.groups[group].contact for group in asked)
    return list(dict.fromkeys(contact for contact in found if contact))


def _when(rule: EmergencyRule) -> str:
    risks = [f"{' or '.join(rule.risks)} risk"] if rule.risks else []
    kinds = [f"{' or '.join(rule.types)} changes"] if rule.types else []
    named = (" or ".join(one) for one in (rule.systems, rule.environments) if one)
    return ", ".join((*kinds, *named, *risks))


def _and(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
