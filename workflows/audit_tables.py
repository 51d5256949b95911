"""[audit] and [retention] of policy.toml: their shapes, and what they mean."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from workflows import policy_times
from workflows import policy_values as values
from workflows.audit_rules import YEAR, Audit, Retention

_ORIGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
_PATH = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_AGE = re.compile(r"([0-9]{1,2}(?=y)|[0-9]{1,5}(?=d))([yd])")
_KEY = re.compile(r"(?:EC|DR|FD|DRILL)-\d{4}-\d{4,}|\*")


def _origin(value: object) -> str:
    """The name of the log, like an address without https://."""
    said = values.words(value)
    if not _ORIGIN.fullmatch(said):
        raise ValueError(f'"{said}" is no name of a log; write it like an address, "record.example.com/changes"')
    return said


def _path(value: object) -> str:
    said = values.words(value)
    if not _PATH.fullmatch(said) or len(said) > 200:
        raise ValueError(f'"{said}" is not a path in a repository; write it like "countersign/checkpoint.txt"')
    return said


def _host(value: object) -> str:
    """The name of a host, without https:// and without a wildcard."""
    said = values.words(value).lower()
    if not _HOST.fullmatch(said) or len(said) > 253:
        raise ValueError(f'"{said}" is not the name of a host; write it like "logs.example.com"')
    return said


def _between(value: object) -> timedelta:
    found = policy_times.duration(value)
    if not timedelta(minutes=15) <= found <= timedelta(days=1):
        raise ValueError(f'"{value}" is out of bounds; write between "15m" and "1d"')
    return found


def _kept(value: object) -> timedelta:
    """Years or days, a year being 365 days."""
    said = _AGE.fullmatch(values.words(value))
    if said is None:
        raise ValueError(f'"{value}" is no such time; write years or days, "7y" or "400d"')
    found = int(said[1]) * (YEAR if said[2] == "y" else timedelta(days=1))
    if found < YEAR:
        raise ValueError(f'"{value}" is too short; records are kept for a year at least, "1y"')
    return found


def _key(value: object) -> str:
    said = values.words(value)
    if not _KEY.fullmatch(said):
        raise ValueError(f'"{said}" is no key of a change; write "EC-2026-0042", or "*" for all')
    return said


_STRICT = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)
Kept = Annotated[timedelta, BeforeValidator(_kept)]


class AuditTable(BaseModel):
    model_config = _STRICT
    origin: Annotated[str, BeforeValidator(_origin)] | None = None
    every: Annotated[timedelta, BeforeValidator(_between)] | None = None
    channel: Annotated[str, BeforeValidator(values.channel)] | None = None
    repository: Annotated[str, BeforeValidator(values.repository)] | None = None
    path: Annotated[str, BeforeValidator(_path)] | None = None
    branch: Annotated[str, BeforeValidator(values.phrase)] | None = None
    file: Annotated[str, BeforeValidator(values.phrase)] | None = None
    logs: Annotated[str, BeforeValidator(values.phrase)] | None = None
    logs_from: list[Annotated[str, BeforeValidator(_host)]] = []


class RetentionTable(BaseModel):
    model_config = _STRICT
    emergency: Kept | None = None
    deploy: Kept | None = None
    finding: Kept | None = None
    ci_logs: Kept | None = None
    hold: list[Annotated[str, BeforeValidator(_key)]] = []


def audit(table: AuditTable | None) -> Audit:
    """Where checkpoints go; without the table: nowhere but the database."""
    given = _given(table)
    return Audit(**given | {"logs_from": tuple(given.get("logs_from", ()))})


def retention(table: RetentionTable | None) -> Retention:
    """How long what is kept."""
    given = _given(table)
    return Retention(**given | {"hold": tuple(given.get("hold", ()))})


def _given(table: BaseModel | None) -> dict[str, Any]:
    return {} if table is None else {name: getattr(table, name) for name in table.model_fields_set}
