"""`import deployments`: all of a file or nothing of it, every mistake with its line, twice is once."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import import_verbs
from bot.__main__ import main
from bot.settings import Settings
from tests.build import NEXT_SHA, SHA
from workflows import db
from workflows.gate_models import sightings
from workflows.models import changes

POLICY = """version = 1
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "#incidents"
deploys = "#deploys"
[groups.leads]
users = ["cto@example.com"]
[systems.payments]
repositories = ["acme/payments"]
[emergency]
approvers = [{ group = "leads" }]
"""
HEADER = "id,repository,environment,sha,at,outcome,by,url\n"
FIRST = f"1,acme/payments,production,{SHA},2026-11-16T03:00:00+01:00,ok,dev-gh,\n"
SECOND = f'2,acme/payments,production,{NEXT_SHA},2026-11-16T04:00:00Z,failed,"dev-gh",https://ci.example.com/2\n'
STAGING = f"3,acme/payments,staging,{SHA},2026-11-16T04:00:00Z,,,\n"


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    (tmp_path / "policy.toml").write_text(POLICY)
    return Settings(database_url=sqlite_url, policy_file=str(tmp_path / "policy.toml"))


def imported(settings: Settings, text: str, tmp_path: Path) -> int:
    file = tmp_path / "deployments.csv"
    file.write_text(text, encoding="utf-8")
    return import_verbs.deployments(settings, str(file))


def count(settings: Settings) -> tuple[int, int]:
    """How many sightings and findings there are."""
    database = db.connect(settings.database_url, role="cli")
    with database.read() as tx:
        seen = tx.scalar(select(func.count()).select_from(sightings))
        found = tx.scalar(select(func.count()).select_from(changes))
    database.close()
    return seen or 0, found or 0


def test_twice_is_once(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\ufeff" + HEADER + FIRST + SECOND + STAGING
    assert imported(settings, text, tmp_path) == 0
    out = capsys.readouterr().out
    assert "3 deployments: 2 not explained by anything, 1 of no repository or environment that the policy names" in out
    assert "Found: FD-2026-0001, FD-2026-0002." in out
    assert count(settings) == (3, 2)
    assert imported(settings, text, tmp_path) == 0
    assert "3 known already" in capsys.readouterr().out
    assert count(settings) == (3, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "line 1: there is no column id", id="an empty file"),
        pytest.param("id,repository,sha\n", "line 1: there is no column environment", id="a missing column"),
        pytest.param("id,repository,environment,sha,colour\n", "line 1: 'colour' is no column", id="an unknown column"),
        pytest.param(HEADER + FIRST + SECOND.replace(NEXT_SHA, "9f8e7d6"), "line 3: sha must be", id="a short commit"),
        pytest.param(HEADER + FIRST + "2,acme/payments\n", "line 3: it has not as many fields", id="a short line"),
        pytest.param(HEADER + FIRST + FIRST, "line 3: the id 1 stands on line 2, too", id="an id twice"),
        pytest.param(HEADER + FIRST + '2,"acme\n', "line 3: unexpected end of data", id="a quote that never ends"),
        pytest.param(
            HEADER + "\n" + FIRST.replace("ok", "fine"), "line 3: outcome is one of", id="after an empty line"
        ),
    ],
)
def test_nothing_is_half_imported(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert imported(settings, text, tmp_path) == 1
    err = capsys.readouterr().err
    assert said in err
    assert err.endswith("Nothing was imported.\n")
    assert count(settings) == (0, 0)


def test_a_file_that_is_not_there(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_verbs.deployments(settings, "nowhere.csv") == 2
    assert "nowhere.csv cannot be read" in capsys.readouterr().err


def test_it_is_a_verb(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("POLICY_FILE", settings.policy_file)
    (tmp_path / "d.csv").write_text(HEADER + FIRST)
    assert main(["import", "deployments", str(tmp_path / "d.csv")]) == 0
    assert "1 deployment: 1 not explained by anything" in capsys.readouterr().out
