"""No field of a record and no line of a table says something else than the events, whoever signs the pack."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import records
from tests import packs
from tests.programs.mutations_packs import listed
from tests.workflows.test_checkpoints import SIGNER
from workflows import db, pack_views

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    url = f"sqlite:///{tmp_path_factory.mktemp('views') / 'record.db'}"
    db.migrate(url)
    database = db.connect(url, role="cli")
    desk = packs.fill(database)
    packs.seal(desk)
    yield packs.files(desk, SIGNER)
    database.close()


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, str) or value is None:
        return "x"
    return 99 if isinstance(value, int | float) else [] if value else ["x"]


@pytest.mark.parametrize("key", ["EC-2026-0001", "EC-2026-0002", "EC-2026-0003", "DR-2026-0001", "FD-2026-0001"])
def test_no_field_of_a_record_can_be_another(pack: Files, key: str) -> None:
    assert pack_views.differs(pack) == []
    name = f"changes/{key}/record.json"
    record = json.loads(pack[name])
    one = {each: file for each, file in pack.items() if "changes/" not in each or key in each}
    head = json.loads(pack["pack.json"]) | {"samples": [key], "emergencies": []}
    one["pack.json"] = json.dumps(head).encode()
    found = {field: str(pack_views.differs(one | {name: json.dumps(record | {field: other(record[field])}).encode()}))
             for field in record}  # fmt: skip
    untold = [field for field, said in found.items() if said == "[]"]
    assert untold == []


@pytest.mark.parametrize("table", ["population.csv", "sample.json", "exceptions.csv"])
def test_no_line_of_a_table_is_left_out(pack: Files, table: str) -> None:
    rows = pack[table].splitlines(keepends=True)
    if table == "sample.json":
        rows = [json.dumps(json.loads(pack[table]) | {"keys": {}}).encode(), b""]
    assert pack_views.differs(pack | {table: b"".join(rows[:-1])})


def test_the_command_says_so(pack: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, file = "changes/EC-2026-0001/record.json", tmp_path / "pack.zip"
    made = listed(pack | {name: json.dumps(json.loads(pack[name]) | {"status": "rejected"}).encode()})
    made["MANIFEST.note"] = SIGNER.manifest(made["MANIFEST.sha256"]).encode()
    for some, code in ((pack, 3), (made, 1)):
        file.write_bytes(packs.zipped(some))
        assert records.verify_pack(str(file), keys=[SIGNER.public.text]) == code
    assert "EC-2026-0001: its record says otherwise than its events: ['status']" in capsys.readouterr().out
