"""The story of the logs of a deploy: what its pipeline said is kept with a digest in the record."""

from pathlib import Path

from tests.world.deploying import approved, hears, runs
from tests.world.github import REPO
from tests.world.policies import DEPLOYS
from tests.world.story import Begin

pytest_plugins = ["tests.world.fixtures"]


def test_the_logs_of_what_went_live_are_kept(begin: Begin, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    world = begin(f'{DEPLOYS}\n[audit]\nlogs = "{folder}"\n', github=True)
    hub = world.github.hub
    earlier = hub.run(REPO, world.github.head, environment="staging", by="dev-gh")
    key = approved(world)
    assert [one.run for one in world.case(key).logs] == [earlier], "fetched when it was decided"
    run = runs(world, world.github.head)
    world.advance(minutes=2)
    kept = {one.run: one.sha256 for one in world.case(key).logs}
    assert kept == {number: hub.log_digest(REPO, number) for number in (earlier, run)}
    assert {one.name for one in folder.iterdir()} == {f"{digest}.zip" for digest in kept.values()}
    asked = sum(one.path.endswith("/logs") for one in hub.calls)
    world.advance(hours=2)
    assert sum(one.path.endswith("/logs") for one in hub.calls) == asked == 2

    _, sha = world.github.change("dev", "Faster")
    hears(world)
    gone = hub.run(REPO, sha, environment="staging", by="dev-gh")
    hub.expire_logs(REPO, gone)
    second = approved(world)
    assert [(one.run, one.why) for one in world.case(second).logs] == [(gone, "gone")]
