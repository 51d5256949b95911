"""A pack from the page is as good as one from the command line: keys, signatures, and the CI logs if they are few."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import signing_key
from bot.register import pages_sample
from tests import packs
from tests.bot.register.doorway import Browser, Doorway, doorway
from tests.bot.register.shelf import Shelf
from tests.build import REPOSITORY, SHA
from tests.databases import SqliteTemplates
from workflows import ci_logs, guards, signing, verify
from workflows.gated import CiLog
from workflows.models import events
from workflows.verify import SYSTEM

SIGNER, TEXT = signing.generate(b"k" * 32, "record.example.com")
PACK = "/register/sample/pack?size=3&seed=7"


@pytest.fixture(scope="module")
def shelf(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A register with a signing key and a folder of CI logs, of which one run's is there and one's is too big."""
    folder: Path = tmp_path_factory.mktemp("taken")
    signing_key.write(folder / "key", TEXT)
    with doorway(sqlite_templates.make(folder), folder, signing_key_file=str(folder / "key")) as doors:
        _keep_logs_in(doors, folder)
        (folder / f"{packs.LOG}.zip").write_bytes(packs.ARCHIVE)
        made = Shelf(doors)
        _kept(made, made.approved.id, len(packs.ARCHIVE))
        yield made


def _keep_logs_in(doors: Doorway, folder: Path) -> None:
    audit = f'[audit]\norigin = "record.example.com"\nlogs = "{folder}"\n'
    doors.change_policy("[workspace]", f"{audit}\n[workspace]")


def _kept(shelf: Shelf, change: str, size: int) -> None:
    shelf.desk.do("dev", ci_logs.keep, change, CiLog(REPOSITORY, SHA, size, 1, shelf.desk.now, packs.LOG, size))


@pytest.fixture(scope="module")
def auditor(shelf: Shelf) -> Browser:
    return shelf.auditor()


def files(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def test_it_names_the_signers_key_and_is_signed(shelf: Shelf, auditor: Browser) -> None:
    for path in (PACK, f"/register/changes/{shelf.approved.key}/pack"):
        made = files(auditor.get(path).content)
        assert json.loads(made["keys.json"])["keys"] == [SIGNER.public.text]
        found = verify.Pack(made, [SIGNER.public], [])
        assert (found.bad, [one[:11] for one in found.open]) == ([], ["no --anchor"])


def test_logs_come_along_when_asked_for_and_too_many_are_for_the_command_line(shelf: Shelf, auditor: Browser) -> None:
    assert "With the CI logs as they were kept" in auditor.get("/register/sample?size=3&seed=7").text
    assert not [name for name in files(auditor.get(PACK).content) if "/logs/" in name]
    made = files(auditor.get(f"{PACK}&logs=yes").content)
    assert [body for name, body in made.items() if "/logs/" in name] == [packs.ARCHIVE]
    assert json.loads(made["pack.json"])["repeat"].count("--logs") == 1
    assert verify.Pack(made, [SIGNER.public], []).bad == []
    one = f"/register/changes/{shelf.approved.key}"
    assert "With the CI logs as they were kept (0.0 MiB)" in auditor.get(one).text
    made = files(auditor.get(f"{one}/pack?logs=yes").content)
    assert [body for name, body in made.items() if "/logs/" in name] == [packs.ARCHIVE]
    assert 'name="logs"' not in auditor.get(f"/register/changes/{shelf.secret.key}").text, "it has none"
    _kept(shelf, shelf.removed.id, pages_sample.MOST_LOGS + 1)
    for page in ("/register/sample?size=3&seed=7", f"/register/changes/{shelf.removed.key}"):
        said = auditor.get(page).text
        assert 'name="logs"' not in said
        assert "The CI logs are more than 64 MiB" in said
    refused = auditor.get(f"{PACK}&logs=yes")
    assert refused.status_code == 400
    assert re.search("Make this pack with: python -m bot pack .*--logs", refused.text)
    assert auditor.get(PACK).status_code == 200


@contextmanager
def edited(shelf: Shelf, at: sa.ColumnElement[bool], body: bytes) -> Iterator[None]:
    """The bytes of an event are others for a while."""
    with shelf.desk.database.read() as tx:
        before = bytes(tx.scalar(sa.select(events.c.body).where(at)))  # type: ignore[arg-type]
    _write(shelf, at, body)
    try:
        yield
    finally:
        _write(shelf, at, before)


def _write(shelf: Shelf, at: sa.ColumnElement[bool], body: bytes) -> None:
    with shelf.desk.database.write() as tx:
        for statement in guards.removals(tx.dialect.name):
            tx.exec_driver_sql(statement)
        tx.execute(sa.update(events).where(at).values(body=body))
        for statement in guards.statements(tx.dialect.name):
            tx.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("whose", "body", "code", "says"),
    [
        ("the change", b"{}", 409, "event 1: the bytes do not give the hash. No pack was made"),
        ("its policy", b"{", 400, "cannot be read: JSONDecodeError. No pack was made"),
    ],
)
def test_no_pack_of_an_edited_record(
    shelf: Shelf, auditor: Browser, whose: str, body: bytes, code: int, says: str
) -> None:
    e = events.c
    mine, policy = (e.subject == shelf.approved.id) & (e.seq == 1), (e.subject == SYSTEM) & (e.kind == "policy")
    taken = len(shelf.doors.told("viewed"))
    with edited(shelf, mine if whose == "the change" else policy & (e.seq == 1), body):
        for path in ("/register/sample/pack?size=9&seed=7", f"/register/changes/{shelf.approved.key}/pack"):
            refused = auditor.get(path)
            assert (refused.status_code, refused.headers["content-type"][:9]) == (code, "text/html")
            assert says in refused.text
    assert len(shelf.doors.told("viewed")) == taken, "nothing was taken"
    assert auditor.get(f"/register/changes/{shelf.approved.key}/pack").status_code == 200
