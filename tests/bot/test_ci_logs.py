"""Fetching CI logs: what ends up in the folder and in the record, and what is asked for again."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.checkups import of_logs
from bot.checkups.finding import Grade
from bot.ci_logs import CiLogs, Keeping
from bot.outcomes import Attempt
from bot.slack_errors import SendFailed
from tests import build
from tests.bot.sending import HandClock
from tests.build import REPOSITORY, SHA
from tests.workflows.desk import Desk
from workflows import following, outbox
from workflows.audit_rules import Audit
from workflows.db import Database
from workflows.links import Rejected, Unavailable
from workflows.outbox import Row
from workflows.ruleset import Rules

ZIP = b"PK\x03\x04 what the run said"
DIGEST = hashlib.sha256(ZIP).hexdigest()
OVER = SimpleNamespace(id=812, attempt=1, status="completed", conclusion="success")
GOING = SimpleNamespace(id=813, attempt=1, status="in_progress", conclusion=None)


@dataclass
class GitHub:
    """Two runs of the commit: one is over. `says` is raised when its logs are asked for."""

    runs: tuple[Any, ...] = (GOING, OVER)
    says: Exception | None = None
    asked: list[int] = field(default_factory=list)

    def runs_of(self, repository: str, sha: str) -> tuple[Any, ...]:
        """The runs of the commit."""
        assert (repository, sha) == (REPOSITORY, SHA)
        return self.runs

    def log_archive(
        self, repository: str, run: int, attempt: int, write: Callable[[bytes], object], *, hosts: Collection[str]
    ) -> None:
        """The archive in two pieces; a failure comes between them."""
        self.asked.append(run)
        write(ZIP[:5])
        if self.says:
            raise self.says
        write(ZIP[5:])


@dataclass
class Bench:
    """An approved deploy, and what brings its logs."""

    desk: Desk
    github: GitHub = field(default_factory=GitHub)
    remote: Any = None

    def row(self) -> Row:
        """The row of the outbox, as it was left."""
        with self.desk.database.read() as tx:
            found = outbox.find(tx, outbox.key_of(self.desk.id, "github:ci_logs"))
        assert found is not None
        return Row(**{name: getattr(found, name) for name in Row.__dataclass_fields__} | {"remote": self.remote})

    def bring(self, *, writable: bool = True) -> Any:
        """One try."""
        policy: Any = SimpleNamespace(rules=self.desk.rules, writable=writable)
        clock: Any = HandClock()
        clock.at = self.desk.now
        one = CiLogs(
            db=self.desk.database, policy=policy, clock=clock, link=lambda: self.github,
            new_id=self.desk.new_id, salt=self.desk.salt,
        )  # fmt: skip
        row = self.row()
        self.remote = one.table()[following.LOGS](Attempt(row, row.wanted, False), lambda send: send())
        return self.remote

    @property
    def logs(self) -> list[tuple[int, str | None, str]]:
        """What the record says of each run."""
        return [(one.run, one.sha256, one.why) for one in self.desk.case.logs]

    def live(self) -> None:
        """A pipeline reports that it went live."""
        with self.desk.turn("") as turn:
            case = turn.hold(self.desk.id)
            assert case is not None
            told = {"at": self.desk.now.isoformat(), "outcome": "ok", "basis": "approved", "external": "ci:1"}
            turn.advance(case, "reported", **told, repository=REPOSITORY, sha=SHA)


def rules(folder: str = "") -> Rules:
    """A policy that keeps archives in this folder."""
    return build.deploy_rules(audit=Audit(logs=folder), linked=frozenset({"github"}))


@pytest.fixture
def bench(sqlite_database: Database, tmp_path: Path) -> Bench:
    desk = Desk(sqlite_database, rules=rules(str(tmp_path)))
    desk.ask()
    desk.approve("rel")
    return Bench(desk)


def test_a_decision_keeps_what_is_over_and_a_deployment_waits_for_the_rest(bench: Bench, tmp_path: Path) -> None:
    assert bench.bring()["occasion"]
    assert bench.logs == [(812, DIGEST, "")]
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {f"{DIGEST}.zip": ZIP}
    bench.bring()
    assert bench.github.asked == [812], "once, and nothing more is to be had for now"

    bench.live()
    with pytest.raises(SendFailed, match="still running") as later:
        bench.bring()
    assert later.value.wait == timedelta(minutes=1)
    bench.github.runs = (SimpleNamespace(**{**vars(GOING), "status": "completed", "conclusion": "success"}), OVER)
    bench.bring()
    bench.bring()
    assert bench.logs == [(812, DIGEST, ""), (813, DIGEST, "")]
    assert bench.github.asked == [812, 813]
    assert bench.desk.kinds().count("logs_kept") == 2


@pytest.mark.parametrize(
    ("says", "conclusion", "kept"),
    [
        pytest.param(Rejected("gone", 410), "success", [(812, None, "gone")], id="deleted after ninety days"),
        pytest.param(Rejected("gone", 410), "cancelled", [(812, None, "gone")], id="of a cancelled run too"),
        pytest.param(Rejected("gone", 404), "failure", [(812, None, "gone")], id="not there"),
        pytest.param(Rejected("gone", 404), "skipped", [], id="never there: it was skipped"),
        pytest.param(Rejected("too-large", 200), "success", [(812, None, "too-large")], id="too large"),
    ],
)
def test_what_is_not_to_be_had_is_said(
    bench: Bench, tmp_path: Path, says: Exception, conclusion: str, kept: list[Any]
) -> None:
    bench.github.runs = (SimpleNamespace(**{**vars(OVER), "conclusion": conclusion}),)
    bench.github.says = says
    assert bench.bring()["occasion"]
    assert bench.logs == kept
    assert list(tmp_path.iterdir()) == [], "no half of an archive stays"


def test_what_may_be_had_later_is_asked_for_again_and_after_a_day_it_is_missing(bench: Bench, tmp_path: Path) -> None:
    bench.live()
    bench.github.runs = (OVER,)
    for says in (Unavailable("timeout"), Rejected("not-from-github", 302), Rejected("Resource not accessible", 403)):
        bench.github.says = says
        with pytest.raises(SendFailed):
            bench.bring()
    bench.desk.rules, bench.github.says = rules(str(tmp_path / "absent")), None
    with pytest.raises(SendFailed, match="folder"):
        bench.bring()
    with pytest.raises(SendFailed, match="another process"):
        bench.bring(writable=False)
    assert bench.logs == []

    bench.desk.rules = rules(str(tmp_path))
    bench.github.says, bench.github.runs = Rejected("not-from-github", 302), (OVER, GOING)
    bench.desk.wait(hours=25)
    assert bench.bring()["occasion"]
    assert sorted(bench.logs) == [(812, None, "refused"), (813, None, "not-finished")]


def test_without_a_folder_only_the_digest_is_taken(bench: Bench, tmp_path: Path) -> None:
    bench.desk.rules = rules()
    bench.bring()
    assert bench.logs == [(812, DIGEST, "")]
    assert list(tmp_path.iterdir()) == []
    with Keeping("") as keeping:
        assert keeping.kept() == (hashlib.sha256(b"").hexdigest(), 0)


def test_the_doctor_looks_at_the_folder(tmp_path: Path) -> None:
    assert of_logs.looked_at(str(tmp_path)).grade is Grade.OK
    assert of_logs.looked_at(str(tmp_path / "absent")).grade is Grade.BAD
