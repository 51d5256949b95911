"""What somebody broke on purpose, through the front door: each stays mended."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import demo, exclusive, operator_word, ready
from bot.clock import SystemClock
from tests.needs import ROOT
from tests.world.policies import POLICY
from tests.world.story import World
from workflows.db import Database

pytest_plugins = ["tests.world.fixtures"]


def test_a_process_under_triggers_that_are_not_ours_is_not_ready(database: Database) -> None:
    assert ready.database(database)() is None
    with database.write() as tx:
        if database.dialect == "sqlite":
            tx.exec_driver_sql("CREATE TRIGGER swallow BEFORE INSERT ON refusals BEGIN SELECT RAISE(IGNORE); END")
        else:
            tx.exec_driver_sql("CREATE RULE swallow AS ON INSERT TO refusals DO INSTEAD NOTHING")
    said = ready.database(database)()
    assert said is not None
    assert said.startswith("triggers that are not ours: ")
    assert said.endswith("swallow on refusals")


def test_a_second_server_on_a_sqlite_file_does_not_touch_it(tmp_path: Path) -> None:
    file = tmp_path / "countersign.db"
    (tmp_path / "policy.toml").write_text(POLICY)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    given = {"SLACK_BOT_TOKEN": "xoxb-a", "SLACK_SIGNING_SECRET": "s", "PYTHONPATH": str(ROOT), "PORT": "1"}
    with exclusive.served(file) as alone:
        assert alone
        ended = subprocess.run(
            [sys.executable, "-m", "bot", "run"], cwd=tmp_path, env=kept | given, capture_output=True, timeout=60
        )
    assert ended.returncode == 2
    assert b"Another process serves this SQLite file" in ended.stderr
    assert not file.exists()  # it would have migrated it


def test_the_lock_is_let_go_of(tmp_path: Path) -> None:
    for _ in range(2):
        with exclusive.served(tmp_path / "a.db") as alone:
            assert alone


def test_a_second_demo_in_a_folder_does_not_start(tmp_path: Path) -> None:
    first = exclusive.served((tmp_path / "countersign.db").resolve())
    with first, pytest.raises(demo.AlreadyRunning), demo.running(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["countersign.db.lock"]


@pytest.mark.parametrize("moment", [999_999_999_999, -5, 2**37, 2**70])
def test_what_is_no_time_stands_at_its_field_and_is_no_fault(world: World, moment: int) -> None:
    words = "That is not a time I can read; choose one, or leave it empty."
    key = world.approved()
    world.dev.presses("Mark deployed", on=world.card(key))
    assert world.dev.submits(what="v811", outcome="ok", at=moment).errors == {"at": words}
    assert "deployed" not in world.kinds(key)
    world.dev.types("/emergency-change checkout 500s")
    world.dev.presses("More fields")
    assert world.dev.submits(plan="roll back", systems=["payments"], live_since=moment).errors == {"live_since": words}
    assert world.keys() == [key]
    world.dev.presses("Mark deployed", on=world.card(key))  # the draft that holds it opens
    assert world.dev.submits(what="v811", outcome="ok", at=world.clock.now()).ok
    assert "deployed" in world.kinds(key)


def opened(world: World) -> list[tuple[str | None, str]]:
    """Who opened which confidential change, in order."""
    return [(event.person, str(event.data["change"])) for event in world.notes() if event.kind == "opened"]


def test_every_form_of_a_confidential_change_leaves_an_entry_when_it_is_opened(world: World) -> None:
    key = world.declare(confidential=["yes"])
    case = world.case(key)
    assert case.confidential
    mine = (world.dev.person, case.id)
    world.dev.presses("Details", on=world.card(key))
    assert opened(world) == [mine]
    world.dev.presses("Add details")
    assert opened(world) == [mine] * 2
    world.cto.presses("Reject", on=world.card(key))
    his = (world.cto.person, case.id)
    assert opened(world) == [mine, mine, his]
    world.cto.submits(reason="no")
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Declare again")
    assert opened(world) == [mine, mine, his, mine, mine]


def test_a_process_that_may_not_write_shows_nothing_confidential(world: World) -> None:
    key = world.declare(confidential=["yes"], broken="the secret words")
    card = world.card(key)
    world.parts.policy.writable = False  # another process decides by another policy: this one only reads
    assert "the secret words" not in str(world.cto.types(f"/change {key}"))
    assert key in str(world.lead.types("/change list"))
    for button in ("Details", "Reject"):
        world.cto.presses(button, on=card)
        assert not world.cto.sees_modal
    assert opened(world) == []


def erasing_of(key: str, **given: str) -> argparse.Namespace:
    return argparse.Namespace(**({"key": key, "field": "", "digest": "", "kind": "password", "name": "Olga"} | given))


def test_an_operator_erases_what_somebody_pasted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.clock.move_to(SystemClock().now())
    key = world.declare(broken="login root/hunter2 fails")
    assert "hunter2" in world.card(key).words
    assert operator_word.erase(world.settings, erasing_of(key)) == 1
    assert "event 1, declared:  login root/hunter2 fails" in capsys.readouterr().out
    assert operator_word.erase(world.settings, erasing_of(key, field="broken")) == 0
    world.parts.tidy()
    world.passes(minutes=1)
    world.settle()
    assert "hunter2" not in world.card(key).words
    assert "hunter2" not in str(world.texts(key))
    assert world.line(key, "Text erased by Olga (password); the record shows that it was there.")
    assert operator_word.erase(world.settings, erasing_of(key, field="broken")) == 1
    assert operator_word.erase(world.settings, erasing_of("EC-2026-9999", field="plan")) == 1
    assert "Nothing was erased." in capsys.readouterr().err
    world.hold()
