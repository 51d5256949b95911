"""The stand-in GitHub goes on where it ended."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from bot.playground.github.hub import Hub
from tests.playground.small_github import REPO, Clocks, small_hub


def lived() -> tuple[Hub, int]:
    """Return a hub in which everything there is has happened, and a run that waits."""
    hub = small_hub()
    hub.commit(REPO, author="ada", branch="fees", co_authors=["Bob Hale <bob@acme.example>"])
    number = hub.open_pull(REPO, author="ada", title="Fees", branch="fees")
    hub.review(REPO, number, by="bob")
    sha = hub.merge(REPO, number, by="bob")
    hub.check(REPO, sha, "unit", None)
    hub.status(REPO, sha, "legacy")
    hub.protect(REPO)
    hub.ruleset(REPO, "main", ["pull_request"])
    hub.tag(REPO, "v1", sha)
    hub.permit(REPO, "bob", "admin")
    hub.deploy(REPO, sha, "staging", by="ada")
    return hub, hub.run(REPO, "main", by="ada")


def test_everything_is_there_again(tmp_path: Path) -> None:
    hub, run = lived()
    path = tmp_path / "github.json"
    assert hub.world.dirty
    hub.save(path)
    assert not hub.world.dirty
    again = Hub(lambda: Clocks().now)
    again.load(path)
    assert dataclasses.asdict(again.world.repository(REPO)) == dataclasses.asdict(hub.world.repository(REPO))
    assert again.world.account("bob") == hub.world.account("bob")
    assert again.run_state(REPO, run) == "waiting"
    assert again.world.number() > hub.world.last()


def test_what_was_not_saved_and_what_another_version_saved(tmp_path: Path) -> None:
    hub = small_hub()
    hub.load(tmp_path / "absent.json")
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"version": 0}))
    with pytest.raises(ValueError, match="another version"):
        hub.load(path)


def test_the_page_sees_plain_data_that_counts_its_changes() -> None:
    hub, run = lived()
    before = hub.state()
    assert json.loads(json.dumps(before)) == before
    (shown,) = before["repositories"]
    assert [one["message"].splitlines()[0] for one in shown["commits"]][-1] == "Begin"
    assert [(one["number"], one["state"]) for one in shown["pulls"]] == [(1, "merged")]
    assert [(one["id"], one["state"]) for one in shown["runs"]] == [(run, "waiting")]
    assert [(one["environment"], one["state"]) for one in shown["deployments"]] == [
        ("production", None),
        ("staging", "success"),
    ]
    assert {one["name"]: one["gated"] for one in shown["environments"]} == {"production": True, "staging": False}
    hub.cancel(REPO, run)
    after = hub.state()
    assert after["changes"] > before["changes"]
    assert after["repositories"][0]["runs"][0]["state"] == "cancelled"
