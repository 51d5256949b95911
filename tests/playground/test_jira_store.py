"""The stand-in Jira goes on where it stopped."""

from pathlib import Path

import pytest

from bot.playground.jira.hub import Hub
from tests.playground.small_jira import BEGIN, BOT, PROJECT


def lived() -> Hub:
    """A Jira in which everything happened once."""
    hub = Hub(lambda: BEGIN)
    hub.add_user("Countersign", BOT)
    for key in (PROJECT, "LEGACY"):
        hub.add_project(key, components=("web",))
    hub.add_field("Team", "option", custom="select", options=("a", "b"))
    hub.step(PROJECT, "Close", "Done", sources=["In Progress"], asks=["Resolution"])
    hub.require_field("LEGACY", "Bug", "Team")
    hub.lag(None)
    for _ in range(3):
        hub.add_issue(PROJECT, "x", by=BOT, labels=("a",))
    hub.comment("OPS-1", "words", by=BOT)
    hub.set_status("OPS-1", "Done")
    hub.move("OPS-2", "LEGACY")
    hub.delete("OPS-3")
    return hub


def test_what_was_saved_is_there_again_and_goes_on(tmp_path: Path) -> None:
    before, after, file = lived(), Hub(lambda: BEGIN), tmp_path / "jira.json"
    before.save(file)
    assert not before.world.dirty
    after.load(file)
    assert {**after.state(), "changes": 0} == {**before.state(), "changes": 0}
    assert after.world.projects == before.world.projects
    assert after.world.fields == before.world.fields
    assert after.issue("OPS-2")["key"] == "LEGACY-1"
    assert not after.world.knows(after.world.issue("OPS-1"))
    assert after.add_issue(PROJECT, "x", by=BOT) == "OPS-4"
    assert [path.name for path in tmp_path.iterdir()] == ["jira.json"]


def test_a_file_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    hub = lived()
    hub.load(tmp_path / "none.json")
    assert hub.issues() == ["OPS-1", "LEGACY-1"]


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "jira.json"
    file.write_text('{"version": 99}', encoding="utf-8")
    with pytest.raises(ValueError, match="another version"):
        lived().load(file)


def test_an_issue_that_moves_back_still_answers_to_every_key(tmp_path: Path) -> None:
    hub = lived()
    hub.move("LEGACY-1", PROJECT)
    assert {hub.issue(key)["key"] for key in ("OPS-2", "LEGACY-1", "OPS-4")} == {"OPS-4"}
