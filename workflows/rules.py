"""policy.toml → `Rules`, or every mistake with file, line, key and what to do."""

import hashlib
import re
import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from workflows import audit_tables, policy_checks, policy_values, register_table
from workflows.policy_problems import PolicyError, Problem, locate, read_errors
from workflows.policy_tables import (
    EmergencyRuleTable,
    EmergencyTable,
    FreezeTable,
    JiraTable,
    NeedTable,
    PatchesTable,
    PolicyTables,
    ReviewTable,
)
from workflows.ruleset import (
    Condition,
    DeployRule,
    EmergencyRule,
    Freeze,
    Group,
    Jira,
    Need,
    PagerDuty,
    Patches,
    Requirement,
    ReviewTimes,
    Rules,
    System,
)
from workflows.toml_lines import lines_of

MOST_BYTES = 1_000_000

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)\s*$")


def parse(source: bytes, name: str) -> Rules:
    """The rules of a policy file called `name`, or `PolicyError` with all that is wrong."""
    text = _text(source, name)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(str(error), text, name) from None
    lines = lines_of(text)
    try:
        tables = PolicyTables.model_validate(raw)
    except ValidationError as error:
        raise locate(read_errors(error), lines, name) from None
    rules = _rules(tables, hashlib.sha256(source).hexdigest(), source.decode())  # to the byte, as its digest is
    findings = [*policy_checks.findings(tables, raw), *policy_checks.times(rules)]
    if findings:
        raise locate(findings, lines, name)
    return rules


def _text(source: bytes, name: str) -> str:
    if len(source) > MOST_BYTES:
        raise PolicyError([Problem(name, 1, "", "is larger than 1 MB; that is not a policy")])
    try:
        return source.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        said = "holds bytes that are not UTF-8; save the file as UTF-8"
        raise PolicyError([Problem(name, line, "", said)]) from None


def _syntax(message: str, text: str, name: str) -> PolicyError:
    found = _PLACE.search(message)
    line = int(found[1]) if found and found[1] else text.rstrip().count("\n") + 1
    said = _PLACE.sub("", message)
    return PolicyError([Problem(name, line, "", f"is not TOML here: {said[:1].lower()}{said[1:]}")])


def _rules(tables: PolicyTables, digest: str, source: str) -> Rules:
    workspace, channels = tables.workspace, tables.channels
    return Rules(
        version=tables.version,
        digest=digest,
        zone=workspace.zone,
        standing_max_age=workspace.standing_max_age or timedelta(seconds=60),
        enterprise=workspace.enterprise,
        incidents=channels.incidents,
        deploys=channels.deploys or channels.incidents,
        escalations=channels.escalations or channels.incidents,
        review=channels.review or channels.escalations or channels.incidents,
        groups=_groups(tables),
        emergency=_emergency(tables.emergency),
        systems={name: System(name, tuple(s.repositories), s.sensitive) for name, s in tables.systems.items()},
        people_github={who: person.github for who, person in tables.people.items()},
        deploy=_deploys(tables),
        freezes=tuple(_freeze(freeze, ZoneInfo(workspace.zone)) for freeze in tables.freeze),
        patches=_patches(tables.patches),
        audit=audit_tables.audit(tables.audit),
        retention=audit_tables.retention(tables.retention),
        register=register_table.register(tables.admitted),
        pagerduty=PagerDuty(tables.pagerduty.service) if tables.pagerduty else PagerDuty(),
        jira=_jira(tables.jira),
        source=source,
    )


def _groups(tables: PolicyTables) -> dict[str, Group]:
    return {
        name: Group(
            name,
            users=tuple(group.users),
            usergroup=group.usergroup,
            pagerduty_schedules=tuple(group.pagerduty_schedules),
            pagerduty_policies=tuple(group.pagerduty_policies),
            pagerduty_services=tuple(group.pagerduty_services),
            max_level=group.max_level,
            notify=group.notify,
            contact=group.contact,
        )
        for name, group in tables.groups.items()
    }


def _emergency(default: EmergencyTable) -> tuple[EmergencyRule, ...]:
    """The rules in the order of the file, each merged with [emergency], which is itself the last."""
    rules = [_merged(at, rule, default) for at, rule in enumerate(default.rule, 1)]
    return (*rules, _merged(0, EmergencyRuleTable(), default))


def _merged(index: int, rule: EmergencyRuleTable, default: EmergencyTable) -> EmergencyRule:
    def pick(key: str, otherwise: Any) -> Any:
        given = (getattr(table, key) for table in (rule, default) if key in table.model_fields_set)
        return next(given, otherwise)

    approvers = _needs(rule.approvers or default.approvers)
    return EmergencyRule(
        index=index,
        approvers=approvers,
        systems=tuple(rule.systems or ()),
        environments=tuple(rule.environments or ()),
        risks=tuple(rule.risks or ()),
        types=tuple(rule.types or ()),
        fallback=_once(pick("fallback", ())),
        reviewers=_once(pick("reviewers", [need.group for need in approvers])),
        nudge=pick("nudge", timedelta(minutes=5)),
        widen=pick("widen", timedelta(minutes=10)),
        window=pick("window", timedelta(hours=4)),
        review=_review(rule.review, default.review),
        quiet_hours=pick("quiet_hours", None),
    )


def _review(rule: ReviewTable | None, default: ReviewTable | None) -> ReviewTimes:
    """Key by key: the rule's own, else [emergency]'s, else ours; our reminders only before the due time."""
    given: dict[str, Any] = {}
    for table in (default, rule):
        if table is not None:
            given |= {key: getattr(table, key) for key in table.model_fields_set}
    if "remind" in given:
        given["remind"] = tuple(given["remind"])
    if "due" in given and "deadline" not in given:
        given["deadline"] = max(ReviewTimes().deadline, given["due"])
    times = ReviewTimes(**given)
    if "remind" in given:
        return times
    ours = tuple(offset for offset in times.remind if offset < times.due)
    return ReviewTimes(times.due, times.deadline, ours, times.then_every, times.escalate_to)


def _needs(approvers: list[NeedTable]) -> tuple[Need, ...]:
    return tuple(Need(need.group, need.count) for need in approvers)


def _once(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _deploys(tables: PolicyTables) -> tuple[DeployRule, ...]:
    return tuple(
        DeployRule(
            index=at,
            approvers=_needs(row.approvers),
            environments=tuple(row.environments or ()),
            repositories=tuple(row.repositories or ()),
            systems=tuple(row.systems or ()),
            risks=tuple(row.risks or ()),
            types=tuple(row.types or ()),
            paths=tuple(row.paths or ()),
            sensitive=row.sensitive,
            valid_for=row.valid_for or timedelta(hours=8),
            rollback_within=row.rollback_within or timedelta(days=30),
            require=_required(row.require),
            deployers=_once(row.deployers or ()),
            fallback=_once(row.fallback),
        )
        for at, row in enumerate(tables.deploy, 1)
    )


def _required(given: list[str]) -> tuple[Requirement, ...]:
    """ "checks-pass: unit, semgrep" → the condition and its names."""
    found: list[Requirement] = []
    for one in _once(given):
        condition, _, names = one.partition(": ")
        found.append(Requirement(Condition(condition), policy_values.names(names)))
    return tuple(found)


def _patches(table: PatchesTable | None) -> Patches:
    return Patches(**{key: getattr(table, key) for key in table.model_fields_set}) if table else Patches()


def _jira(table: JiraTable | None) -> Jira:
    if table is None:
        return Jira()
    types = ("issue_type", "follow_up_type", "remediation_type")
    return Jira(
        **{key: kind for key in types if (kind := getattr(table, key))},
        labels=tuple(table.labels),
        components=tuple(table.components),
        fields=dict(table.fields),
        create=table.create,
    )


def _freeze(table: FreezeTable, zone: ZoneInfo) -> Freeze:
    return Freeze(
        reason=table.reason,
        environments=tuple(table.environments or ()),
        every=table.every,
        since=_utc(table.since, zone),
        until=_utc(table.until, zone),
        override=table.override,
    )


def _utc(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
