"""Making an issue: once, with the fields the policy maps, and a plain word for what Jira does not take."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from workflows.links import Rejected, jira_adf
from workflows.links.jira_fields import Field, Fields, Given, value
from workflows.links.jira_wire import Refused, Wire

LONGEST_SUMMARY = 254
Account = Callable[[str], str | None]
Screen = Callable[[str], frozenset[str]]


def fields_of(
    project: str,
    issue_type: str,
    summary: str,
    body: str,
    labels: tuple[str, ...],
    components: tuple[str, ...],
    due: date | None,
) -> dict[str, Any]:
    """The fields every issue of ours has, as Jira takes them."""
    given: dict[str, Any] = {
        "project": {"id": project} if project.isdigit() else {"key": project},
        "issuetype": {"name": issue_type},
        **words(summary, body),
        "labels": list(labels),
    }
    if components:
        given["components"] = [{"name": one} for one in components]
    if due is not None:
        given["duedate"] = due.isoformat()
    return given


def words(summary: str, body: str) -> dict[str, Any]:
    """What an issue says of itself: one line, and paragraphs."""
    line = " ".join(summary.split())
    short = line if len(line) <= LONGEST_SUMMARY else line[: LONGEST_SUMMARY - 1] + "…"
    return {"summary": short, "description": jira_adf.document(body)}


def mapped(fields: Fields, given: Mapping[str, Given], account: Account, screen: Screen) -> dict[str, Any]:
    """The fields a policy names, by id; an empty one is left out.

    `screen`: the ids of the fields on the screen, asked when two have one name. Rejected("field: NAME").
    """
    made = {}
    for name, content in given.items():
        if not content:
            continue
        field = _chosen(fields.named(name), name, screen)
        made[field.id] = value(field, content, account)
    return made


def _chosen(found: tuple[Field, ...], name: str, screen: Screen) -> Field:
    if len(found) > 1:
        there = screen(name)
        found = tuple(one for one in found if one.id in there)
    if not found:
        raise Rejected(f"field: {name}")
    return found[0]


def make(wire: Wire, fields: Fields, given: dict[str, Any]) -> Mapping[str, Any]:
    """Make an issue: its id and key. An assignee whom the project does not take is left out.

    Raises Unavailable (it may be there), Rejected (it is not): "no-project", "no-issue-type", "field: NAME",
    "no-permission".
    """
    try:
        made: Mapping[str, Any] = wire.post("issue", {"fields": given})
    except Refused as no:
        if "assignee" in no.errors and "assignee" in given:
            return make(wire, fields, {name: one for name, one in given.items() if name != "assignee"})
        raise named(no, fields) from None
    return made


def named(no: Refused, fields: Fields) -> Rejected:
    """A refusal by the name of the first field that it is about."""
    if no.why == "no-permission" or any("permission" in text.lower() for text in no.errors.values()):
        return Rejected("no-permission", no.status)
    for id, why in (("project", "no-project"), ("issuetype", "no-issue-type")):
        if id in no.errors:
            return Rejected(why, no.status)
    first = next(iter(no.errors), None)
    return no if first is None else Rejected(f"field: {fields.name_of(first)}", no.status)
