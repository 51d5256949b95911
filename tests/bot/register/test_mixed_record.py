"""The register over a record with a change of every kind in it: what auditors ask of each is on its page."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.register import words
from tests import build, packs
from tests.bot.register.doorway import Browser, Doorway, doorway
from tests.bot.register.test_pages import page
from tests.build import T0
from tests.databases import SqliteTemplates
from tests.workflows.desk import Desk
from workflows import (
    check,
    checkpoints,
    ci_logs,
    digest,
    facts,
    history,
    ledger,
    register,
    register_overview,
    register_records,
    signing,
    weeks,
)
from workflows.case import Done
from workflows.change import Actor
from workflows.gated import CiLog
from workflows.models import changes
from workflows.register import Filter

PERIOD = "since=2026-11-10&until=2026-11-30"
IDS = re.compile(rf"(?<![\w@.-])({'|'.join(build.PEOPLE)})(?![\w@.:-])")
PATHS = ("", "changes", "emergencies", "findings", "completeness", "policy", "sample?seed=7")


def _a_run_whose_logs_are_gone(desk: Desk) -> None:
    with desk.database.read() as tx:
        deploy = tx.execute(select(changes.c.id).where(changes.c.key == "DR-2026-0001")).scalar_one()
    gone = CiLog(build.REPOSITORY, build.SHA, 4712, 1, desk.now, None, 0, "gone")
    assert isinstance(desk.do("dev", ci_logs.keep, deploy, gone), Done)


@pytest.fixture(scope="module")
def both(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Doorway, Desk]]:
    """One register, and the desk on which its record was made; the tests here only look."""
    folder: Path = tmp_path_factory.mktemp("mixed")
    with doorway(sqlite_templates.make(folder), folder) as made:
        desk = packs.fill(made.parts.database, halfway=_a_run_whose_logs_are_gone)
        made.clock.advance(max(build.at(days=10) - made.clock.now(), timedelta()))
        yield made, desk


@pytest.fixture(scope="module")
def doors(both: tuple[Doorway, Desk]) -> Doorway:
    return both[0]


@pytest.fixture(scope="module")
def auditor(doors: Doorway) -> Browser:
    browser = doors.browser()
    answer = browser.invited(doors.invite()[1])
    assert answer.status_code == 303, answer.text
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


def test_the_register_and_a_pack_name_the_same_exceptions(both: tuple[Doorway, Desk], auditor: Browser) -> None:
    """On the list, on each change's own page, in the number of the overview and in the table of a pack."""
    doors, desk = both
    now = doors.clock.now()
    only = Filter(since=T0, until=build.at(days=10), now=now)
    with doors.parts.database.read() as tx:
        ids = [id for _, id in register.ids(tx, only, None)]
        lines = register_records.lines(tx, ids, now=now, full=True)
        counted = register_overview.overview(tx, only, doors.parts.policy.rules)
        assert check.promises(tx, real_now=now) == []
    table = csv.DictReader(io.StringIO(packs.files(desk, made_at=now)["exceptions.csv"].decode()))
    packed = {(one["key"], one["code"]) for one in table if one["key"]}
    assert {(one.key, code) for one in lines for code in one.exceptions} == packed
    assert len({group for _, group in packed}) > 8
    assert sum(counted.codes.values()) == len(packed)
    assert counted.excepted == len({key for key, _ in packed})
    for key in {key for key, _ in packed}:
        said = page(auditor, f"changes/{key}")
        own = [words.exception(code) for one, code in sorted(packed) if one == key]
        assert [one for one in own if one not in said] == [], key


def test_meetings_and_what_became_of_the_log_are_on_pages(both: tuple[Doorway, Desk], auditor: Browser) -> None:
    doors, desk = both
    held = history.Differs("acme/audit", "it holds fewer entries", 9, "a" * 64, 7)
    old, new = (signing.generate(bytes([n]) * 32, "example.com/log")[0].public for n in (1, 2))
    with desk.turn("cto") as turn:
        assert digest.look(turn, weeks.containing(T0, "Europe/Berlin")).anew
        ledger.note(turn.tx, history.ACCEPTED, asdict(held), actor=Actor("", None, "Lea"), now=desk.now)
        told = {"old": old.text, "new": new.text, "by_old": "secret-signature", "by_new": "another"}
        ledger.note(turn.tx, checkpoints.ROTATED, told, actor=Actor("", None, "Lea"), now=desk.now)
    said = page(auditor, f"?{PERIOD}")
    assert re.search(r"2026-W47 cto@example\.com \d+ Nov 2026 \d\d:\d\d 6 changes, 3 emergencies \(1 without", said), (
        said
    )
    policy = page(auditor, "policy")
    assert "the record was said to be right as it is (acme/audit saw 9 entries, the record held 7" in policy
    over = r"the key example\.com/log\+\w{8} handed over to example\.com/log\+\w{8}; both signed it operator Lea"
    assert re.search(over, policy)
    assert "secret-signature" not in policy
    assert "What was last noted as read of the sources" in policy
    reader = doors.browser()
    reader.sign_in("UDEV")
    seen = page(reader, f"?{PERIOD}")
    assert "2026-W47 cto " in seen
    assert "@example.com" not in seen


def test_what_is_owed_and_what_nobody_explained_are_charts_with_tables(auditor: Browser) -> None:
    said = page(auditor, f"?{PERIOD}")
    owed = "Owed Late In time Reviews 1 0 Findings 1 0 Follow-ups 0 0 Patches 0 0 Overdue access 0 0"
    assert owed in said, said
    assert re.search(r"Unexplained deployments per week\. 1 unexplained in the period; .* Week of Unexplained", said)
    assert 'id="weeks"' in auditor.get("/register/").text


def test_the_procedure_names_the_workspace_where_slack_told_it(doors: Doorway, auditor: Browser) -> None:
    doors.browser().sign_in("UDEV")
    with doors.parts.database.read() as tx:
        known = facts.get(tx, "workspace", "self")
    assert known is not None
    name = known.value["url"].removeprefix("https://").partition(".")[0]
    assert f"Emergency changes at {name}" in page(auditor, "policy?on=2026-11-20")
    assert "this workspace" not in name


def test_on_paper_the_form_of_the_period_is_left_out(auditor: Browser) -> None:
    (printed,) = auditor.get("/register/static/style.css").text.split("@media print")[1:]
    hidden = re.search(r"^ *([^{}]*) \{ display: none; \}", printed, re.MULTILINE)
    assert hidden is not None
    assert 'form[aria-label="Period"]' in hidden[1].split(", ")
    assert 'aria-label="Period"' in auditor.get("/register/").text


def test_a_fault_of_ours_is_a_plain_page_that_tells_nothing(both: tuple[Doorway, Desk]) -> None:
    doors, desk = both
    browser = doors.browser(raise_server_exceptions=False)
    browser.invited(doors.invite()[1])
    whole = browser.get(f"/register/changes?{PERIOD}")
    with desk.database.write() as tx:
        kept = tx.execute(select(changes.c.id, changes.c.state)).all()
        tx.execute(update(changes).values(state="{"))
    answer = browser.get(f"/register/changes?{PERIOD}")
    with desk.database.write() as tx:
        for row in kept:
            tx.execute(update(changes).where(changes.c.id == row.id).values(state=row.state))
    assert (whole.status_code, answer.status_code) == (200, 500)
    assert "the fault is ours" in answer.text
    assert "Traceback" not in answer.text
    own = ("content-type", "content-length")
    assert {k: v for k, v in answer.headers.items() if k not in own} == {
        k: v for k, v in whole.headers.items() if k not in own
    }


def test_a_yes_of_the_matrix_names_the_page_on_which_a_pack_shows_it(auditor: Browser) -> None:
    said = page(auditor, f"sample?size=2&seed=4711&{PERIOD}").partition("Nothing to draw")[0]
    cells = re.split(r"((?:EC|DR|FD)-\d{4}-\d{4})", said.partition("sampled changes and the seven checks")[2])
    pages = {key: set(re.findall(r"yes, p\. (\d)", text)) for key, text in zip(cells[1::2], cells[2::2], strict=True)}
    found = [(n, pages[key]) for n, key in enumerate(sorted(pages), 1) if pages[key]]  # as `page N of the pack`
    assert len(found) > 1
    assert all(shown == {str(n)} for n, shown in found)
