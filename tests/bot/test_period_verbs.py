"""`unexplained`: 0 only where every source was read, 1 with the list, 3 where nobody can tell."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.build import NEXT_SHA, REPOSITORY
from tests.workflows.desk import Desk
from tests.workflows.test_periods import COMMITS, DEPLOYMENTS, RULES
from tests.workflows.test_sightings import deployed, see
from workflows import periods
from workflows.db import connect

POLICY = f"""version = 1
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "#incidents"
[groups.leads]
users = ["cto@example.com"]
[systems.payments]
repositories = ["{REPOSITORY}"]
[emergency]
approvers = [{{ group = "leads" }}]
"""
Told = tuple[int, str]


@pytest.fixture
def record(sqlite_url: str) -> Iterator[Desk]:
    database = connect(sqlite_url)
    desk = Desk(database)
    desk.rules, desk.now = RULES, datetime.now(UTC) - timedelta(days=3)
    yield desk
    database.close()


@pytest.fixture
def said(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Told]:
    """What the verb prints of the last two days, and its exit code."""
    (tmp_path / "policy.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    def saying(*given: str) -> Told:
        since = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
        code = main(["unexplained", "--since", since, *given])
        told = capsys.readouterr()
        return code, told.out + told.err

    return saying


def read(desk: Desk, *sources: str) -> None:
    with desk.database.write() as tx:
        for source in sources:
            periods.read(tx, source, desk.now, datetime.now(UTC))


def test_nothing_read_is_not_known(record: Desk, said: Callable[..., Told]) -> None:
    read(record, DEPLOYMENTS)
    code, text = said()
    assert code == 3
    assert "GitHub was not read" in text
    assert f"not read        {COMMITS}" in text
    assert "unexplained" not in text
    assert DEPLOYMENTS not in text


def test_everything_read_and_nothing_found_is_zero(record: Desk, said: Callable[..., Told]) -> None:
    read(record, DEPLOYMENTS, COMMITS)
    code, text = said()
    assert code == 0
    assert text.splitlines()[1:] == ["Around the gate: 0 unexplained; sources read without a gap."]


def test_what_was_found_is_listed(record: Desk, said: Callable[..., Told]) -> None:
    read(record, DEPLOYMENTS, COMMITS)
    record.now = datetime.now(UTC) - timedelta(hours=1)
    see(record, deployed(sha=NEXT_SHA, at=record.now))
    code, text = said()
    assert code == 1
    assert "Around the gate: 1 unexplained: FD-" in text
    assert text.splitlines()[2].startswith("FD-")
    assert NEXT_SHA[:7] in text.splitlines()[2]


def test_a_period_that_is_none_is_a_mistake(record: Desk, said: Callable[..., Told]) -> None:
    assert said("--until", "2020-01-01")[0] == 2


def test_a_record_that_is_not_there_is_unknown_and_no_trace(
    said: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    code, text = said()
    assert code == 3
    assert text.startswith("The record is not available: ")
    assert "Traceback" not in text
