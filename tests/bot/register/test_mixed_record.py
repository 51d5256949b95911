"""The register over a record with a change of every kind in it: what auditors ask of each is on its page."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests import build, packs
from tests.bot.register.doorway import Browser, Doorway, doorway
from tests.bot.register.test_pages import page
from tests.databases import SqliteTemplates
from tests.workflows.desk import Desk
from workflows import ci_logs
from workflows.case import Done
from workflows.gated import CiLog
from workflows.models import changes

PERIOD = "since=2026-11-10&until=2026-11-30"
IDS = re.compile(rf"(?<![\w@.-])({'|'.join(build.PEOPLE)})(?![\w@.:-])")
PATHS = ("", "changes", "emergencies", "findings", "completeness", "policy", "sample?seed=7")


def _a_run_whose_logs_are_gone(desk: Desk) -> None:
    with desk.database.read() as tx:
        deploy = tx.execute(select(changes.c.id).where(changes.c.key == "DR-2026-0001")).scalar_one()
    gone = CiLog(build.REPOSITORY, build.SHA, 4712, 1, desk.now, None, 0, "gone")
    assert isinstance(desk.do("dev", ci_logs.keep, deploy, gone), Done)


@pytest.fixture(scope="module")
def doors(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doorway]:
    """One register, for all tests here; they only look."""
    folder: Path = tmp_path_factory.mktemp("mixed")
    with doorway(sqlite_templates.make(folder), folder) as made:
        packs.fill(made.parts.database, halfway=_a_run_whose_logs_are_gone)
        made.clock.advance(max(build.at(days=10) - made.clock.now(), timedelta()))
        yield made


@pytest.fixture(scope="module")
def auditor(doors: Doorway) -> Browser:
    browser = doors.browser()
    assert browser.invited(doors.invite()[1]).status_code == 303
    return browser


def test_nobody_is_told_by_the_id_of_the_record(auditor: Browser) -> None:
    said = page(auditor, f"changes?{PERIOD}")
    assert "approved by rel@example.com" in said
    keys = sorted(set(re.findall(r"(?:EC|DR|FD)-\d{4}-\d{4}", said)))
    assert len(keys) == 6
    for path in (*(f"{one}{'&' if '?' in one else '?'}{PERIOD}" for one in PATHS), *(f"changes/{key}" for key in keys)):
        assert not IDS.findall(page(auditor, path)), path
    for form in ("csv", "jsonl"):
        taken = auditor.get(f"/register/export/{form}?{PERIOD}").text
        assert keys[0] in taken
        assert not IDS.findall(taken), form


def test_the_logs_of_a_run_are_on_its_page_and_so_are_those_that_are_missing(auditor: Browser) -> None:
    said = page(auditor, "changes/DR-2026-0001")
    assert f"logs kept sha256:{packs.LOG} · {len(packs.ARCHIVE)} bytes · 16 Nov 2026" in said
    assert "acme/payments 4711, attempt 1" in said
    assert "acme/payments 4712, attempt 1" in said
    assert "logs missing: gone" in said
    assert "CI logs" not in page(auditor, "changes/EC-2026-0003")


def test_a_decision_says_by_which_rule_and_readings_of_whom_it_was_made(auditor: Browser) -> None:
    said = page(auditor, "changes/EC-2026-0001")
    assert "By which rule, and on which readings of people" in said
    group = "emergency-approvers: cto@example.com, lead@example.com; read 16 Nov 2026"
    assert re.search(rf"cto@example\.com approved, 16 Nov 2026 .* \S+ {group} \d\d:\d\d Slack UCTO, read 16 Nov", said)


def test_a_notice_says_of_what_and_to_whom(auditor: Browser) -> None:
    said = page(auditor, "changes/EC-2026-0002")
    assert re.search(r"sent a notice \([a-z; ]+\) to \w+@example\.com", said), said
    assert "sent a notice –" not in said
