"""A pack from the page is as good as one from the command line: keys, signatures, and the CI logs if they are few."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import signing_key
from bot.register import pages_sample
from tests import packs
from tests.bot.register.doorway import Browser, Doorway, doorway
from tests.bot.register.shelf import Shelf
from tests.build import REPOSITORY, SHA
from tests.databases import SqliteTemplates
from workflows import ci_logs, signing, verify
from workflows.gated import CiLog

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
    _kept(shelf, shelf.removed.id, pages_sample.MOST_LOGS)
    page = auditor.get("/register/sample?size=3&seed=7").text
    assert 'name="logs"' not in page
    assert "The CI logs are more than 64 MiB" in page
    refused = auditor.get(f"{PACK}&logs=yes")
    assert refused.status_code == 400
    assert re.search("Make this pack with: python -m bot pack .*--logs", refused.text)
    assert auditor.get(PACK).status_code == 200
