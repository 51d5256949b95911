"""The policy file of a process: made, read, read again, agreed on; and the page that documents it."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.policies import Broken, Changed, PolicyFile, PolicyMissing
from bot.policy_init import init
from tests.needs import ROOT
from workflows import absence, policies
from workflows.change import Actor
from workflows.db import Database
from workflows.policy_problems import PolicyError
from workflows.rules import parse
from workflows.ruleset import Rules

NOW = datetime(2026, 11, 24, 3, 2, tzinfo=UTC)
SOON = NOW + timedelta(seconds=5)
SOURCE = """\
version = 1
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "#incidents"
[groups.leads]
users = ["cto@example.com", "lead@example.com"]
[emergency]
approvers = [{ group = "leads" }]
"""
OTHER = SOURCE.replace("lead@", "rel@")
THIRD = SOURCE.replace("lead@", "sre@")


def write(path: Path, source: str) -> None:
    """Write the file so that it looks touched however quick the test is."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(source)
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A valid policy file."""
    file = tmp_path / "policy.toml"
    write(file, SOURCE)
    return file


# Reading.


def test_without_a_file_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(PolicyMissing, match=r"countersign policy init"):
        PolicyFile(tmp_path / "policy.toml", now=NOW)


def test_a_mistake_at_the_start_stops_the_start(path: Path) -> None:
    write(path, SOURCE.replace("#incidents", ""))
    with pytest.raises(PolicyError, match=r"^policy\.toml:5: \[channels\] incidents: is empty"):
        PolicyFile(path, now=NOW)


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"can't be read: Is a directory"):
        PolicyFile(tmp_path, now=NOW)


def test_an_untouched_file_is_nothing_new(path: Path) -> None:
    file = PolicyFile(path, now=NOW)
    assert file.poll(SOON) is None
    os.utime(path)
    assert file.poll(SOON) is None


def test_a_changed_file_is_taken_once(path: Path) -> None:
    file = PolicyFile(path, now=NOW)
    before = file.rules
    write(path, OTHER)
    found = file.poll(SOON)
    assert isinstance(found, Changed)
    assert found.before == before
    assert file.rules == found.rules == parse(OTHER.encode(), "policy.toml")
    assert str(found) == f"The policy file changed: version 1, {file.rules.digest[:7]}."
    assert file.poll(SOON) is None


def test_a_file_with_a_mistake_keeps_the_earlier_policy_and_says_so_once(path: Path) -> None:
    file = PolicyFile(path, now=NOW)
    before = file.rules
    write(path, SOURCE.replace("leads]", "lead]"))
    found = file.poll(SOON)
    assert isinstance(found, Broken)
    assert str(found).startswith(
        "The policy file has a mistake; the earlier policy is in force.\npolicy.toml:9: [emergency] approvers.group:"
    )
    assert (file.rules, file.broken) == (before, found)
    assert file.poll(SOON) is None
    os.utime(path)
    assert file.poll(SOON) is None
    assert file.broken == found


def test_a_mended_file_is_fine_again(path: Path) -> None:
    file = PolicyFile(path, now=NOW)
    write(path, "")
    file.poll(SOON)
    write(path, SOURCE)
    assert file.poll(SOON) is None
    assert file.broken is None
    write(path, "")
    assert isinstance(file.poll(SOON), Broken)
    write(path, OTHER)
    assert isinstance(file.poll(SOON), Changed)
    assert file.broken is None


def test_a_file_that_went_away_keeps_the_policy(path: Path) -> None:
    file = PolicyFile(path, now=NOW)
    path.unlink()
    found = file.poll(SOON)
    assert isinstance(found, Broken)
    assert str(found.problems[0]) == "policy.toml:1: can't be read: No such file or directory"
    assert file.poll(SOON) is None
    write(path, SOURCE)
    assert file.poll(SOON) is None
    assert file.broken is None


def test_an_edit_that_left_no_trace_is_found_within_a_minute(path: Path) -> None:
    file = PolicyFile(path, now=NOW)
    seen = path.stat()
    path.write_text(SOURCE.replace("lead@", "lean@"))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert file.poll(SOON) is None
    assert isinstance(file.poll(NOW + timedelta(seconds=60)), Changed)


# Agreeing.


def rules(source: str) -> Rules:
    return parse(source.encode(), "policy.toml")


def in_force(db: Database) -> str | None:
    with db.read() as tx:
        return policies.in_force(tx)


class Process:
    """A server with its own file, at a time that the test sets."""

    def __init__(self, db: Database, folder: Path, holder: str, source: str) -> None:
        self.db, self.path, self.holder = db, folder / f"{holder}.toml", holder
        write(self.path, source)
        self.file = PolicyFile(self.path, now=NOW)

    def settle(self, seconds: int = 0) -> bool:
        at = NOW + timedelta(seconds=seconds)
        self.file.poll(at)
        return self.file.settle(self.db, holder=self.holder, now=at, real=at)


Start = Callable[[str, str], Process]


@pytest.fixture
def start(database: Database, tmp_path: Path) -> Start:
    """Start a process under a name, with a policy."""
    return lambda holder, source: Process(database, tmp_path, holder, source)


def test_the_first_policy_is_put_in_force_and_kept(database: Database, start: Start) -> None:
    assert in_force(database) is None
    one = start("one", SOURCE)
    assert not one.file.writable
    assert one.settle()
    assert one.file.writable
    assert one.file.why_not() is None
    assert in_force(database) == one.file.rules.digest
    with database.read() as tx:
        assert policies.source(tx, one.file.rules.digest) == SOURCE
        assert policies.source(tx, "0" * 64) is None
        assert policies.in_force_since(tx) == NOW
        assert policies.version(tx) == 1


def test_taking_a_policy_is_an_event_and_the_same_one_is_none(database: Database) -> None:
    operator = Actor(person="", operator="ops")
    with database.write() as tx:
        assert policies.take(tx, rules(SOURCE), actor=operator, now=NOW)
        assert not policies.take(tx, rules(SOURCE), actor=operator, now=SOON)
        assert policies.take(tx, rules(OTHER), actor=operator, now=SOON)
        assert policies.take(tx, rules(SOURCE), actor=operator, now=SOON)
    assert in_force(database) == rules(SOURCE).digest
    with database.read() as tx:
        found = tx.exec_driver_sql("SELECT kind, operator FROM events WHERE subject = 'system' ORDER BY seq")
        assert [tuple(row) for row in found] == [("policy", "ops")] * 3


def test_the_second_process_with_another_file_only_reads(start: Start, database: Database) -> None:
    one, two = start("one", SOURCE), start("two", OTHER)
    assert one.settle()
    assert not two.settle()
    assert not two.file.writable
    assert str(two.file.why_not()) == (
        f"two.toml ({two.file.rules.digest[:7]}) is not the policy in force, and another process works under that"
        " one; give both the same file"
    )
    assert one.settle()
    assert in_force(database) == one.file.rules.digest


def test_processes_with_the_same_file_all_write(start: Start) -> None:
    one, two = start("one", SOURCE), start("two", SOURCE)
    assert [one.settle(), two.settle(), one.settle(), two.settle()] == [True] * 4


def test_an_edit_while_running_is_taken_and_the_other_process_waits_for_its_own(start: Start) -> None:
    one, two = start("one", SOURCE), start("two", SOURCE)
    one.settle()
    two.settle()
    write(one.path, OTHER)
    assert one.settle(5)
    assert not two.settle(6)
    write(two.path, OTHER)
    assert two.settle(7)
    assert one.settle(8)


def test_an_edit_of_the_second_process_is_somebodys_decision(start: Start) -> None:
    one, two = start("one", SOURCE), start("two", OTHER)
    one.settle()
    two.settle()
    write(two.path, THIRD)
    assert two.settle(5)
    assert not one.settle(6)


def test_a_start_with_an_edited_file_is_taken_after_a_clean_end(start: Start, database: Database) -> None:
    one = start("one", SOURCE)
    one.settle()
    one.file.leave(database, "one")
    assert start("two", OTHER).settle(1)


def test_after_a_crash_it_is_taken_when_the_old_process_is_silent(start: Start) -> None:
    start("one", SOURCE).settle()
    two = start("two", OTHER)
    assert not two.settle(29)
    assert two.settle(30)


def test_a_living_process_is_not_taken_for_silent(start: Start) -> None:
    one, two = start("one", SOURCE), start("two", OTHER)
    for at in range(0, 120, 5):
        assert one.settle(at)
        assert not two.settle(at + 1)


def test_a_higher_version_wins_while_the_old_one_still_runs(start: Start) -> None:
    one, two = start("one", SOURCE), start("two", OTHER.replace("version = 1", "version = 2"))
    assert one.settle()
    assert two.settle(5)
    assert not one.settle(6)
    assert two.settle(7)


def test_a_displaced_process_does_not_come_back_by_itself(start: Start, database: Database) -> None:
    one, two = start("one", SOURCE), start("two", OTHER.replace("version = 1", "version = 2"))
    one.settle()
    two.settle(5)
    one.settle(6)
    two.file.leave(database, "two")
    assert not one.settle(600)


def test_a_change_of_the_file_closes_the_door_until_it_is_agreed_on(start: Start) -> None:
    one = start("one", SOURCE)
    one.settle()
    write(one.path, OTHER)
    one.file.poll(SOON)
    assert not one.file.writable


# policy init.


class Terminal:
    """Answers in turn; keeps what was said and asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.said: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)

    def say(self, text: str) -> None:
        self.said.append(text)


def test_five_answers_make_a_policy(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    terminal = Terminal(
        "CTO@example.com, @OnCall-Leads",
        "rel@example.com",
        "outages",
        "Europe/Berlin",
        "payments, Web shop, +49 30 1234",
    )
    assert init(path, terminal.ask, terminal.say)
    assert len(terminal.asked) == 5
    made = rules(path.read_text())
    leads, stand_ins = made.groups["emergency-approvers"], made.groups["stand-ins"]
    assert (leads.users, leads.usergroup, leads.contact) == (("cto@example.com",), "@oncall-leads", "+49 30 1234")
    assert stand_ins.users == ("rel@example.com",)
    assert (made.incidents, made.zone) == ("#outages", "Europe/Berlin")
    assert list(made.systems) == ["payments", "Web shop"]
    assert made.emergency[0].fallback == ("stand-ins",)
    assert made.emergency[0].review.escalate_to == "emergency-approvers"
    (deploy,) = made.deploy
    assert [str(one) for one in deploy.require] == ["checks-pass", "reviewed-pull-request"]
    assert (deploy.environments, deploy.deployers, deploy.fallback) == (("production",), ("pipeline",), ("stand-ins",))
    assert made.patches.escalate_to == "emergency-approvers"


def test_what_init_leaves_as_a_comment_is_a_policy_too(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    assert init(path, Terminal("cto@example.com, lead@example.com", "", "", "", "payments").ask, lambda said: None)
    commented = re.sub(r"^# (?=\[\[|[a-z]+ = )", "", path.read_text(), flags=re.MULTILINE)
    made = rules(commented)
    assert (len(made.emergency), len(made.deploy), len(made.freezes)) == (2, 2, 1)


def test_enter_takes_what_stands_in_brackets(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    terminal = Terminal("cto@example.com", "", "", "", "payments")
    assert init(path, terminal.ask, terminal.say)
    made = rules(path.read_text())
    assert (made.incidents, made.zone, list(made.groups)) == ("#incidents", "UTC", ["emergency-approvers"])
    assert made.emergency[0].fallback == ()
    assert any(
        "without cto@example.com (away, asking, or carrying it out) nobody can approve" in s for s in terminal.said
    )
    assert any("countersign policy check" in said for said in terminal.said)


@pytest.mark.parametrize(
    ("at", "answer", "said"),
    [
        (0, "", "  Somebody has to approve; name at least one person, best two."),
        (
            0,
            "cto",
            '  "cto" is neither an e-mail address nor a Slack member id; write "cto@example.com" or "U012AB3CD".',
        ),
        (0, "@a, @b", "  One user group fits here, not 2; name one, and others by e-mail."),
        (
            1,
            "cto@example.com",
            "  They approve already, so they can't stand in for themselves; name others, or press Enter.",
        ),
        (2, "two words", '  "#two words" is not a channel; write its name with #, "#incidents", or id, "C012AB3CD".'),
        (3, "Berlin", '  "Berlin" is not a time zone; did you mean "Europe/Berlin"?'),
        (4, "+49 30 1234", "  Name at least one system, like payments; more can be added to the file later."),
        (4, "a, 030 1234, 030 1235", "  One phone fits here; name the one that is answered at night."),
        (4, "other", "  Other is offered in every form anyway; leave it out."),
    ],
)
def test_an_answer_that_cannot_be_taken_is_asked_again_with_the_reason(
    tmp_path: Path, at: int, answer: str, said: str
) -> None:
    answers = ["cto@example.com", "", "", "", "payments"]
    answers.insert(at, answer)
    terminal = Terminal(*answers)
    assert init(tmp_path / "policy.toml", terminal.ask, terminal.say)
    assert terminal.said[1] == said
    assert terminal.asked[at] == terminal.asked[at + 1]


def test_a_file_that_exists_is_never_overwritten(path: Path) -> None:
    terminal = Terminal()
    assert not init(path, terminal.ask, terminal.say)
    assert path.read_text() == SOURCE
    assert terminal.asked == []
    assert terminal.said == [f"{path} exists already and stays as it is. Edit it, or move it away first."]


def test_questions_left_unanswered_write_nothing(tmp_path: Path) -> None:
    terminal = Terminal("cto@example.com")
    assert not init(tmp_path / "policy.toml", terminal.ask, terminal.say)
    assert not (tmp_path / "policy.toml").exists()
    assert terminal.said[-1].strip() == "The questions were not answered to the end; nothing was written."


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    terminal = Terminal("cto@example.com", "", "", "", "payments")
    assert not init(tmp_path / "absent" / "policy.toml", terminal.ask, terminal.say)
    assert "can't be written: No such file or directory" in terminal.said[-1]


# The page.

PAGE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
WHOLE = [block for block in BLOCKS if block.startswith(("version", "#")) and "version = " in block]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_of_the_page_is_a_policy(block: str) -> None:
    rules(block if block in WHOLE else WHOLE[0] + "\n" + block)


def test_there_are_three_policies_to_copy_in_which_nobody_is_indispensable() -> None:
    assert len(WHOLE) == 3
    for block in WHOLE:
        made = rules(block)
        gaps = absence.indispensable(made, absence.listed(made))
        assert [gap for gap in gaps if not gap.unread] == []
