"""The doctor on the history: when it was last walked through, and whether an anchor can be read again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.checkups import of_history
from bot.checkups.finding import Finding, Grade, Patient
from bot.links import GitHubLink, JiraLink, PagerDutyLink
from bot.settings import Settings
from tests import build
from tests.bot.test_anchoring import Clock
from tests.workflows.records import NOW
from workflows import anchored, walks
from workflows.audit_rules import Audit
from workflows.db import Database
from workflows.walks import Walk

GOOD = Walk(NOW, 9, 9, 0, (), ("the file",))


def patient(database: Database, audit: Audit) -> Patient:
    settings = Settings(signing_key_file="/a/key")
    links = {"github": GitHubLink(settings), "pagerduty": PagerDutyLink(settings), "jira": JiraLink(settings)}
    rules = build.rules(audit=audit)
    return Patient(settings=settings, clock=Clock(), rules=rules, db=database, slack=WebClient("x"), **links)  # type: ignore[arg-type]


def graded(found: list[Finding]) -> list[tuple[Grade, str]]:
    return [(one.grade, one.found) for one in found]


def test_the_daily_check(database: Database) -> None:
    here = patient(database, Audit())
    assert graded(list(of_history.walk(here))) == [(Grade.NOTE, "there was none yet")]
    wrong = replace(GOOD, wrong=2, bad=("EC-1 event 2: out of sequence", "x"))
    for walk, later, grade, said in (
        (GOOD, 1, Grade.OK, "2026-11-16 02:00 UTC: 9 events, unbroken"),
        (GOOD, 48, Grade.BAD, "none since 2026-11-16 02:00 UTC"),
        (wrong, 1, Grade.BAD, "2026-11-16 02:00 UTC: 2 wrong: EC-1 event 2: out of sequence"),
    ):
        with database.write() as tx:
            walks.keep(tx, walk, escalations="#x", now=NOW, new_id=lambda: "w")
        later_on = replace(here, clock=Clock(timedelta(hours=later)))
        (found,) = of_history.walk(later_on)
        assert found.grade is grade
        assert found.found.replace(f"{NOW:%Y-%m-%d %H:%M}", "2026-11-16 02:00") == said


@pytest.mark.parametrize("audit", [Audit(), Audit(channel="#audit")], ids=["none", "Slack alone"])
def test_an_anchor_that_only_people_can_read_is_a_note(database: Database, audit: Audit) -> None:
    ((grade, said),) = graded(list(of_history.readable(patient(database, audit))))
    assert grade is Grade.NOTE
    assert said.startswith("none that can be read")


def test_a_file_that_once_held_checkpoints_is_missed(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "anchors"
    here = patient(database, Audit(file=str(file)))
    assert list(of_history.readable(here)) == [], "nothing was ever put there"
    with database.write() as tx:
        anchored.held(tx, anchored.FILE, 3, now=NOW)
    gone = graded(list(of_history.readable(here)))
    file.write_text("")
    assert gone == graded(list(of_history.readable(here))) == [(Grade.BAD, "held checkpoints once, and holds none now")]
