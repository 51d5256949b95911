"""A pack says which Countersign made it, and the words on its cover make it again: our own parser understands them."""

import argparse
import io
import json
import shlex
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import arguments, pack_verbs, version
from bot.__main__ import _VERBS, main
from tests import packs
from tests.bot.register.doorway import Browser, doorway
from tests.bot.register.shelf import Shelf
from tests.databases import SqliteTemplates

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def auditor(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder: Path = tmp_path_factory.mktemp("repeat")
    with doorway(sqlite_templates.make(folder), folder) as doors:
        yield Shelf(doors).auditor()


def test_the_version_is_that_of_the_package() -> None:
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert package["version"] == version.VERSION
    assert pack_verbs.product() == f"Countersign {package['version']}"


def parsed(head: dict[str, Any]) -> argparse.Namespace:
    words = shlex.split(head["repeat"])
    assert words[:3] == ["python", "-m", "bot"]
    given = arguments.parser(_VERBS).parse_args(words[3:])
    assert {"since": given.since[:19], "until": given.until[:19]} == {
        name: head["period"][name][:19] for name in ("since", "until")
    }
    assert sorted(given.keys) == head["filters"]["keys"]
    assert (given.sample, given.seed) == (head["size"], head["seed"])
    assert sorted(given.kinds) == head["filters"]["kinds"]
    assert given.name == head["made_by"]
    return given


@pytest.mark.parametrize(
    "path", ["sample/pack?size=2&seed=4711&kinds=deploy&kinds=emergency", "changes/EC-{year}-0001/pack"]
)
def test_the_words_of_a_pack_from_the_register(auditor: Browser, path: str) -> None:
    (key,) = {one for one in auditor.get("/register/changes").text.split('"') if one.endswith("-0001")}
    answer = auditor.get(f"/register/{path.replace('EC-{year}-0001', key.rpartition('/')[2])}")
    head = json.loads(zipfile.ZipFile(io.BytesIO(answer.content)).read("pack.json"))
    assert parsed(head).name == "Ada Auditor"


def test_the_words_of_a_pack_from_the_server(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    Path("policy.toml").write_text(packs.POLICY)
    given = ["pack", "--sample", "3", "--seed", "a-b", "--kind", "finding", "--kind", "deploy"]
    assert main([*given, "--since", "2026-01-01", "--name", "Lea O'Neil", "--logs", "--out", "one.zip"]) == 0
    assert parsed(json.loads(zipfile.ZipFile("one.zip").read("pack.json"))).logs
