"""Whether the views in a pack say what its events say: records whole, tables, and the sample.

`verify.py` holds the parts of a record that decide against the events, in a file short enough to be read. Where the
source is installed the whole record is made again, and whatever is made from it; who bears which name is taken from it.
"""

import csv
import io
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflows import dossier, pack_exceptions, pack_logs, pack_tables, replay
from workflows.population import Row
from workflows.verify import BROKEN, Bad

ARCHIVES = (pack_logs.GONE, pack_logs.DIFFERS, pack_logs.LEFT_OUT)
WHO = frozenset({"person", "by", "owner", "implementer", "requester", "reviewer", "done_by", "holder"})
MARK = "\0"  # before the name of a person, which no id begins with

Files = Mapping[str, bytes]


def differs(files: Files) -> list[Bad]:
    """What says something else than the events do, of a pack in which `verify` finds nothing wrong."""
    try:
        head, rows = json.loads(files["pack.json"]), _rows(files)
        return [*_tables(files, head, rows), *_records(files, head, rows)]
    except BROKEN as fault:
        return [Bad("pack", None, f"its views cannot be read: {type(fault).__name__} {fault}")]


def _rows(files: Files) -> list[Row]:
    told = [json.loads(line) for line in files["population.jsonl"].splitlines()]
    return [Row(**one | {"declared_at": datetime.fromisoformat(one["declared_at"])}) for one in told]


def _tables(files: Files, head: Mapping[str, Any], rows: list[Row]) -> Iterator[Bad]:
    if "".join(pack_tables.population(rows)).encode() != files["population.csv"]:
        yield Bad("population.csv", None, "is not population.jsonl")
    said, drawn = json.loads(files["sample.json"]), {*head["samples"], *head["emergencies"]}
    kinds = head["filters"]["kinds"]
    keys = {row.kind: list[str]() for row in sorted(rows, key=lambda one: one.kind) if not row.drill}
    for row in sorted(rows, key=lambda one: one.key):
        if not row.drill and (not kinds or row.kind in kinds):
            keys[row.kind].append(row.key)
    strata = {
        kind: {"population": len(some), "drawn": [key for key in some if key in drawn]}
        for kind, some in keys.items()
        if some
    }
    other = {kind: one | {"drawn": sorted(one["drawn"])} for kind, one in said["strata"].items()}
    if (said["seed"], said["size"], other) != (head["seed"], head["size"], strata) or said["keys"] != {
        kind: some for kind, some in keys.items() if some
    }:
        yield Bad("sample.json", None, "is not what was drawn from population.jsonl")


def _records(files: Files, head: Mapping[str, Any], rows: list[Row]) -> Iterator[Bad]:
    _, *table = list(csv.reader(io.StringIO(files["exceptions.csv"].decode())))
    listed = {key: [line for line in table if line[1] == key and line[3] not in ARCHIVES] for key in _drawn(head)}
    for row in (row for row in rows if row.key in listed):
        record = json.loads(files[f"changes/{row.key}/record.json"])
        wrong = _otherwise(files, row, record, datetime.fromisoformat(head["made_at"]))
        if wrong:
            yield Bad(row.key, None, f"its record says otherwise than its events: {wrong}")
        if record["status"] != row.status:
            yield Bad(row.key, None, f"is {record['status']}, and population.jsonl says {row.status}")
        lines = list(csv.reader(io.StringIO("".join(pack_tables.departures(pack_exceptions.of(record))))))[1:]
        if not row.drill and sorted(lines) != sorted(listed[row.key]):
            yield Bad("exceptions.csv", None, f"does not say what {row.key} says")


def _drawn(head: Mapping[str, Any]) -> set[str]:
    return {*head["samples"], *head["emergencies"], *head["practised"]}


def _otherwise(files: Files, row: Row, record: Mapping[str, Any], now: datetime) -> list[str]:
    """The fields of the record that are not what the events and texts come to."""
    lines = [json.loads(line) for line in files[f"changes/{row.key}/events.jsonl"].splitlines()]
    told = [(replay.read(b64decode(one["body"])), str(one["hash"])) for one in lines]
    kept = [json.loads(line) for line in files[f"changes/{row.key}/texts.jsonl"].splitlines()]
    *_, (_, _, case) = replay.steps(told)
    case = replace(case, bodies={one["digest"]: one["body"] for one in kept if one["body"] is not None})
    made = dossier.record(case, told, {}, policy_version=record["policy"]["version"], now=now)
    same, names = json.loads(json.dumps(made)), dict[str, str]()
    return [name for name in {**same, **record} if not _fits(same.get(name), record.get(name), names, name)]


def _fits(made: Any, said: Any, names: dict[str, str], field: str = "") -> bool:
    """Whether both are the same, with one name for each person, and another for each."""
    if isinstance(made, dict) and isinstance(said, dict):
        return made.keys() == said.keys() and all(_fits(made[key], said[key], names, key) for key in made)
    if isinstance(made, list) and isinstance(said, list):
        return len(made) == len(said) and all(_fits(a, b, names, field) for a, b in zip(made, said, strict=True))
    if isinstance(made, str) and isinstance(said, str) and field in WHO:
        return names.setdefault(made, said) == said and names.setdefault(f"{MARK}{said}", made) == made
    return type(made) is type(said) and bool(made == said)
