"""Jira's answers → what a link returns. Pure; names that stand in a path are checked here."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from workflows.links import Rejected, keepable
from workflows.peered import Category, SeenIssue

FIELDS = "summary,status,labels"
"""What is asked of an issue."""

_ISSUE = re.compile(r"[1-9]\d{0,18}|[A-Za-z][A-Za-z0-9_]{1,20}-[1-9]\d{0,9}")
_LABEL = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,20}|\d{1,19}")
_NUMBER = re.compile(r"\d{1,19}")
_CATEGORIES = {"new": Category.TODO, "indeterminate": Category.DOING, "done": Category.DONE}


def issue_name(text: str) -> str:
    """An issue's id or key. Rejected("malformed") when it is neither: nothing is asked."""
    return _checked(_ISSUE, text)


def label(text: str) -> str:
    """A label as it may stand in a query. Rejected("malformed")."""
    return _checked(_LABEL, text)


def project(text: str) -> str:
    """A project's key or id. Rejected("no-project") when there is none."""
    if not _PROJECT.fullmatch(text):
        raise Rejected("no-project")
    return text


def number(text: str) -> str:
    """A number that Jira gave something. Rejected("malformed")."""
    return _checked(_NUMBER, str(text))


def _checked(shape: re.Pattern[str], text: str) -> str:
    if not shape.fullmatch(text):
        raise Rejected("malformed")
    return text


def category(status: Mapping[str, Any]) -> Category:
    """How far a status is; one of a category that Jira leaves undefined is not begun."""
    return _CATEGORIES.get((status.get("statusCategory") or {}).get("key", ""), Category.TODO)


def issue(found: Mapping[str, Any], base: str) -> SeenIssue:
    """An issue as Jira tells it; `base` is where people open this Jira."""
    fields = found["fields"]
    status = fields["status"]
    key = keepable(found["key"])
    return SeenIssue(
        id=str(found["id"]),
        key=key,
        url=browse(base, key),
        status=keepable(status["name"]),
        category=category(status),
        summary=keepable(fields.get("summary") or ""),
        labels=tuple(fields.get("labels") or ()),
    )


def browse(base: str, key: str) -> str:
    """Where people open an issue."""
    return f"{base}/browse/{key}"


def step_to(steps: Iterable[Mapping[str, Any]], wanted: Category) -> tuple[str | None, str | None]:
    """The id of the first step that leads there and asks for nothing; else None, and a field that one asks for."""
    field = None
    for one in steps:
        if category(one["to"]) is not wanted or one.get("isAvailable") is False:
            continue
        asked = [
            given.get("name") or name
            for name, given in (one.get("fields") or {}).items()
            if given.get("required") and not given.get("hasDefaultValue")
        ]
        if not asked:
            return str(one["id"]), None
        field = field or asked[0]
    return None, field
