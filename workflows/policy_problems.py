"""What is wrong with a policy, with file, line, key and what to do: `Problem`. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from workflows.policy_tables import PolicyTables
from workflows.toml_lines import Path, nearest

_SINGLE = frozenset(
    {"workspace", "channels", "emergency", "patches", "pagerduty", "jira", "audit", "retention", "register"}
)
_EXAMPLES: Mapping[str, str] = {
    "version": "version = 1",
    "workspace": '[workspace] with zone = "Europe/Berlin"',
    "zone": 'zone = "Europe/Berlin"',
    "channels": '[channels] with incidents = "#incidents"',
    "incidents": 'incidents = "#incidents"',
    "groups": '[groups.emergency-approvers] with users = ["cto@example.com"]',
    "users": 'users = ["cto@example.com"]',
    "emergency": '[emergency] with approvers = [{ group = "emergency-approvers", count = 1 }]',
    "approvers": 'approvers = [{ group = "emergency-approvers", count = 1 }]',
    "group": '{ group = "emergency-approvers", count = 1 }',
    "review": 'review = { due = "24h", deadline = "48h" }',
    "remind": 'remind = ["0h", "20h"]',
    "reason": 'reason = "weekend"',
    "github": 'github = "login"',
    "rule": "[[emergency.rule]], with two brackets",
    "deploy": "[[deploy]], with two brackets",
    "freeze": "[[freeze]], with two brackets",
    "require": 'require = ["checks-pass", "reviewed-pull-request"]',
    "paths": 'paths = ["*.tf", "migrations/**"]',
    "deployers": 'deployers = ["pipeline"]',
    "patches": '[patches] with critical = "72h"',
    "service": 'service = "PABC123"',
    "issue_type": 'issue_type = "Change"',
    "labels": 'labels = ["change-control"]',
    "components": 'components = ["Platform"]',
    "fields": 'fields = { "Rollback plan" = "rollback" }',
}
_SHAPES: Mapping[str, str] = {
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number, without quotes",
    "bool_type": "must be true or false, without quotes",
    "list_type": "must be a list in [ ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "too_short": "is an empty list; name at least one, or leave the key out",
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. Prints as `policy.toml:14: [groups.security] users: …`; `line` counts from 1."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}: {where}{self.message}"


class PolicyError(Exception):
    """The policy can't be taken; `problems` says why, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


Finding = tuple[Path, str]
"""A mistake before its line is known: where, and the sentence."""


def locate(findings: Sequence[Finding], lines: dict[Path, int], file: str) -> PolicyError:
    """The findings with their lines and keys, as the error to raise."""
    return PolicyError([Problem(file, nearest(lines, path), label(path), said) for path, said in findings])


def label(path: Path) -> str:
    """A path as people find it: `[groups.security] users`, `[[emergency.rule]] approvers.count`."""
    keys = [key for key in path if isinstance(key, str)]
    if path[:2] == ("emergency", "rule"):
        return _labelled("[[emergency.rule]]", keys[2:])
    if path[:1] in {("deploy",), ("freeze",)}:
        return _labelled(f"[[{keys[0]}]]", keys[1:])
    if path[:1] in {("groups",), ("people",), ("systems",)}:
        return _labelled(f"[{'.'.join(map(_quoted, keys[:2]))}]", keys[2:])
    if path[0] in _SINGLE:
        return _labelled(f"[{keys[0]}]", keys[1:])
    return ".".join(map(_quoted, keys))


def _labelled(table: str, keys: list[str]) -> str:
    return f"{table} {'.'.join(map(_quoted, keys))}".rstrip()


def _quoted(key: str) -> str:
    return key if key and all(c.isalnum() or c in "-_" for c in key) else f'"{key}"'


def read_errors(error: ValidationError) -> list[Finding]:
    """pydantic's errors as findings with sentences that say what to write."""
    return [_finding(dict(one)) for one in error.errors(include_url=False)]


def _finding(one: dict[str, Any]) -> Finding:
    path: Path = tuple(one["loc"])
    kind, context = one["type"], one.get("ctx") or {}
    if path[-1:] == ("[key]",):
        path = path[:-1]
    last = next((key for key in reversed(path) if isinstance(key, str)), "")
    if kind == "extra_forbidden":
        return path, _unknown(path)
    if kind == "value_error":
        return path, str(context["error"])
    if kind == "missing":
        return path, f"is missing; write {_EXAMPLES.get(last, last)}"
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
        return path, f"is {one['input']}; write {bound}"
    shape = _SHAPES.get(kind, str(one["msg"]))
    example = f"; write {_EXAMPLES[last]}" if last in _EXAMPLES and kind != "too_short" else ""
    return path, shape + example


def _unknown(path: Path) -> str:
    known = _known_keys(path[:-1])
    close = get_close_matches(str(path[-1]), known, 1, 0.6)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return f"is not a key that Countersign knows; {hint}"


def _known_keys(path: Path) -> list[str]:
    """The keys that the table at `path` may hold."""
    found: Any = PolicyTables
    for key in path:
        if _is_table(found):
            fields = found.model_fields.items()
            found = _inside(next(info.annotation for field, info in fields if key in {field, info.alias}))
        else:
            found = _inside(get_args(found)[-1])
    return [info.alias or field for field, info in found.model_fields.items()]


def _inside(annotation: Any) -> Any:
    """The table, list or dict that an annotation such as `list[Table] | None` is about."""
    if _is_table(annotation) or get_origin(annotation) in (list, dict):
        return annotation
    return next((found for one in get_args(annotation) if (found := _inside(one)) is not None), None)


def _is_table(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
