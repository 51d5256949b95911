"""What the tables of a policy say of each other: what is named exists, times are in order. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from workflows import policy_deploys, policy_values
from workflows.durations import text
from workflows.policy_problems import Finding
from workflows.policy_tables import EmergencyRuleTable, EmergencyTable, GroupTable, NeedTable, PolicyTables
from workflows.policy_values import OTHER
from workflows.ruleset import EmergencyRule, Rules
from workflows.toml_lines import Path

OURS = frozenset({"summary", "description", "labels", "components", "project", "issue type", "due date", "assignee"})
"""Fields of an issue, in small letters, that no policy fills: they are ours."""


def findings(tables: PolicyTables, raw: Mapping[str, Any]) -> list[Finding]:
    """Every mistake between the tables; `raw` is the document as tomllib read it."""
    return [
        *_names_once(tables, raw),
        *_groups(tables),
        *_people(tables),
        *_mentions(tables),
        *_approvers(tables),
        *_freezes(tables),
        *_shadowed(tables),
        *policy_deploys.findings(tables),
        *_jira(tables, raw),
        *_register(tables),
    ]


def times(rules: Rules) -> list[Finding]:
    """Every mistake in the times of the merged emergency rules, and of what waits or is patched."""
    return [*(one for rule in rules.emergency for one in _times(rule)), *policy_deploys.times(rules)]


def _names_once(tables: PolicyTables, raw: Mapping[str, Any]) -> Iterator[Finding]:
    for table, read in (("groups", tables.groups), ("people", tables.people), ("systems", tables.systems)):
        if len(raw.get(table, {})) != len(read):
            yield (table,), "names the same one twice, apart from spaces or capital letters; keep one of them"
    if any(name.lower() == OTHER.lower() for name in tables.systems):
        yield ("systems", OTHER), "is offered in every form anyway; remove it"


def _groups(tables: PolicyTables) -> Iterator[Finding]:
    for name, group in tables.groups.items():
        if not group.users and not _open(group):
            yield (
                ("groups", name),
                'has nobody in it; write users = ["cto@example.com"] or usergroup = "@oncall-leads"',
            )
        for at, user in _repeated(group.users):
            yield ("groups", name, "users", at), f"names {user} twice; one person counts once"


def _people(tables: PolicyTables) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for who, person in tables.people.items():
        other = owners.setdefault(person.github.lower(), who)
        if other != who:
            yield (
                ("people", who, "github"),
                f"{person.github} is already {other}; one login belongs to one person",
            )


def _mentions(tables: PolicyTables) -> Iterator[Finding]:
    if tables.patches and tables.patches.escalate_to:
        yield from _group_exists(("patches", "escalate_to"), tables.patches.escalate_to, tables)
    for path, table in _rows(tables):
        for key in ("fallback", "reviewers"):
            for at, name in enumerate(getattr(table, key, None) or ()):
                yield from _group_exists((*path, key, at), name, tables)
        for at, name in enumerate(getattr(table, "systems", None) or ()):
            if name not in tables.systems and name != OTHER:
                yield (*path, "systems", at), _nobody(name, "systems", tables.systems)
        review = getattr(table, "review", None)
        if review and review.escalate_to:
            yield from _group_exists((*path, "review", "escalate_to"), review.escalate_to, tables)
        if override := getattr(table, "override", None):
            yield from _group_exists((*path, "override"), override, tables)


def _approvers(tables: PolicyTables) -> Iterator[Finding]:
    for path, table in _rows(tables):
        needs: Sequence[NeedTable] = getattr(table, "approvers", None) or ()
        for at, need in enumerate(needs):
            where: Path = (*path, "approvers", at)
            yield from _group_exists((*where, "group"), need.group, tables)
            group = tables.groups.get(need.group)
            if group and not _open(group) and len(group.users) < need.count:
                listed = f"{len(group.users)} {'person' if len(group.users) == 1 else 'people'}"
                yield (
                    (*where, "count"),
                    f"asks for {need.count} of {need.group}, which lists {listed}; add users or lower it",
                )
        for at, name in _repeated([need.group for need in needs]):
            yield (
                (*path, "approvers", at, "group"),
                f"names {name} twice; write one entry with the sum as its count",
            )


def _jira(tables: PolicyTables, raw: Mapping[str, Any]) -> Iterator[Finding]:
    if tables.jira is None:
        return
    for key, names in (("labels", tables.jira.labels), ("components", tables.jira.components)):
        for at, name in _repeated(names):
            yield ("jira", key, at), f'names "{name}" twice; keep one of them'
    if len(raw["jira"].get("fields", {})) != len({name.lower() for name in tables.jira.fields}):
        yield ("jira", "fields"), "names the same one twice, apart from spaces or capital letters; keep one of them"
    for name in tables.jira.fields:
        if name.lower() in OURS:
            yield ("jira", "fields", name), "is filled by Countersign in every issue anyway; remove it"


def _register(tables: PolicyTables) -> Iterator[Finding]:
    if tables.admitted is None:
        return
    for key in ("readers", "auditors", "admins"):
        names: list[str] = getattr(tables.admitted, key)
        for at, name in enumerate(names):
            if name not in tables.groups and not policy_values.is_person(name):
                yield ("register", key, at), _nobody(name, "groups", tables.groups)
        for at, name in _repeated(names):
            yield ("register", key, at), f"names {name} twice; keep one of them"


def _freezes(tables: PolicyTables) -> Iterator[Finding]:
    for at, freeze in enumerate(tables.freeze):
        fixed = freeze.since is not None or freeze.until is not None
        if freeze.every and fixed:
            yield ("freeze", at, "every"), "stands beside from or until; write one freeze for each"
        if not freeze.every and not fixed:
            yield ("freeze", at), 'says no time; write every = "fri 16:00 - mon 08:00", or from and until'


def _shadowed(tables: PolicyTables) -> Iterator[Finding]:
    keys = ("systems", "environments", "risks", "types")
    seen: list[tuple[int, EmergencyRuleTable]] = []
    for at, rule in enumerate(tables.emergency.rule):
        path: Path = ("emergency", "rule", at)
        if not any(getattr(rule, key) for key in keys):
            yield (
                path,
                "matches all, so [emergency] never decides; name systems, environments, risks or types",
            )
        for number, earlier in seen:
            if all(_takes(getattr(earlier, key), getattr(rule, key)) for key in keys):
                yield (
                    path,
                    f"never decides, number {number + 1} of [[emergency.rule]] takes all of it; move this up",
                )
                break
        seen.append((at, rule))


def _takes(earlier: list[str] | None, later: list[str] | None) -> bool:
    return earlier is None or (later is not None and set(later) <= set(earlier))


def _times(rule: EmergencyRule) -> Iterator[Finding]:
    path: Path = ("emergency", "rule", rule.index - 1) if rule.index else ("emergency",)
    review = rule.review
    if rule.nudge >= rule.widen:
        yield (
            (*path, "nudge"),
            f"{text(rule.nudge)} is not before widen, {text(rule.widen)}; the same people are asked first",
        )
    if review.due > review.deadline:
        yield (
            (*path, "review", "due"),
            f"{text(review.due)} is after the deadline, {text(review.deadline)}; lower due or raise deadline",
        )
    if list(review.remind) != sorted(set(review.remind)):
        yield (
            (*path, "review", "remind"),
            f"is not in rising order; write {_listed(sorted(set(review.remind)))}",
        )
    late = [one for one in review.remind if one >= review.deadline >= review.due]
    if late:
        yield (
            (*path, "review", "remind"),
            f"{_listed(late)} is not before the deadline, {text(review.deadline)}; write earlier ones",
        )


def _listed(offsets: Sequence[timedelta]) -> str:
    return "[" + ", ".join(f'"{text(one)}"' for one in offsets) + "]"


def _rows(tables: PolicyTables) -> Iterator[tuple[Path, object]]:
    default: EmergencyTable = tables.emergency
    yield ("emergency",), default
    yield from ((("emergency", "rule", at), rule) for at, rule in enumerate(default.rule))
    yield from ((("deploy", at), rule) for at, rule in enumerate(tables.deploy))
    yield from ((("freeze", at), freeze) for at, freeze in enumerate(tables.freeze))


def _group_exists(path: Path, name: str, tables: PolicyTables) -> Iterator[Finding]:
    if name not in tables.groups:
        yield path, _nobody(name, "groups", tables.groups)


def _nobody(name: str, table: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), 1, 0.6)
    hint = f'did you mean "{close[0]}"?' if close else f"add [{table}.{name}] or write one that is there"
    return f"there is no [{table}.{name}]; {hint}"


def _open(group: GroupTable) -> bool:
    return bool(group.usergroup or group.pagerduty_schedules or group.pagerduty_policies or group.pagerduty_services)


def _repeated(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    times_of = Counter(names)
    yield from ((at, one) for at, one in enumerate(names) if times_of[one] > 1 and one in names[:at])
