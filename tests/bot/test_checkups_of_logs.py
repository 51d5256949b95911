"""The doctor looks for the archives of CI logs that are on record: they are there, and are what they were."""

import hashlib
from datetime import timedelta
from pathlib import Path

from bot.checkups import of_logs
from bot.checkups.finding import Grade
from tests import packs
from workflows.db import Database

YEAR = timedelta(days=365)


def test_an_archive_that_is_gone_or_another_one_is_bad(database: Database, tmp_path: Path) -> None:
    desk = packs.fill(database)
    with database.read() as tx:
        wanted = of_logs.kept(tx, desk.now, YEAR)
        assert of_logs.kept(tx, desk.now, timedelta(minutes=1)) == [], "nothing needs to be kept any more"
    assert wanted == [(packs.LOG, len(packs.ARCHIVE))]

    def said() -> tuple[Grade, str]:
        (found,) = of_logs.archives(tmp_path, wanted)
        return found.grade, found.found

    assert said() == (Grade.BAD, "of the newest 1, 1 are not there, 0 are not what the record says")
    file = tmp_path / f"{packs.LOG}.zip"
    file.write_bytes(packs.ARCHIVE)
    assert said() == (Grade.OK, "of the newest 1, all are there; 1 were read and have their digest")
    for other in (packs.ARCHIVE[::-1], packs.ARCHIVE[:-1]):
        file.write_bytes(other)
        assert said() == (Grade.BAD, "of the newest 1, 0 are not there, 1 are not what the record says")
    assert list(of_logs.archives(tmp_path, [])) == []


def test_what_is_too_much_to_read_is_looked_for_by_its_size(tmp_path: Path) -> None:
    bodies = [b"a" * 9, b"b" * 9]
    for body in bodies:
        (tmp_path / f"{hashlib.sha256(body).hexdigest()}.zip").write_bytes(body)
    big = tmp_path / f"{'0' * 64}.zip"
    with big.open("wb") as sparse:
        sparse.truncate(of_logs.BYTES + 1)
    wanted = [(hashlib.sha256(body).hexdigest(), 9) for body in bodies]
    (found,) = of_logs.archives(tmp_path, [("0" * 64, of_logs.BYTES + 1), *wanted])
    assert found.found == "of the newest 3, all are there; 2 were read and have their digest"
