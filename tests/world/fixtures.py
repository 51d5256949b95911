"""Fixtures of stories; a module of stories names this one in `pytest_plugins`.

What stories walk through is proved act by act elsewhere: so each is told on one database, dealt by its name, and on
both where it is about two at the same moment or about another process (`both_databases`). `STORIES=both` tells every
story on both, as `.ci/run` does.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.budget import dealt
from tests.databases import SqliteTemplates, memory
from tests.lending import Lender
from tests.world.clock import NIGHT, StoryClock
from tests.world.policies import POLICY
from tests.world.servers import Servers, servers
from tests.world.story import Begin, World


@pytest.fixture(scope="session")
def story_servers() -> Iterator[Servers]:
    """The two servers behind every story of this session."""
    with servers() as running:
        yield running


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Deal the stories to the databases."""
    if "story_database" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") is not None
        metafunc.parametrize("story_database", dealt(metafunc.definition.name, both=both), indirect=True)


@pytest.fixture(scope="session")
def story_folder() -> Iterator[Path]:
    """Where the SQLite files of the stories of this worker are, one after another; in memory, if it can be."""
    with TemporaryDirectory(prefix="story-", dir=memory()) as folder:
        yield Path(folder)


@pytest.fixture
def story_database(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database of each kind."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    templates: SqliteTemplates = request.getfixturevalue("sqlite_templates")
    return templates.make(request.getfixturevalue("story_folder"))


@pytest.fixture
def begin(story_servers: Servers, story_database: str, lender: Lender, tmp_path: Path) -> Iterator[Begin]:
    """Begins the one story of a test: `begin(policy=…, start=…, github=…)`. At its end the record must hold."""
    with ExitStack() as stack:

        def beginning(
            policy: str = POLICY, start: datetime = NIGHT, *, socket_mode: bool = False, **linked: bool
        ) -> World:
            file = tmp_path / "policy.toml"
            file.write_text(policy, encoding="utf-8")
            clock, how = StoryClock(start), {"socket_mode": socket_mode, **linked}
            world = World(story_servers, story_database, file, clock, opens=lender.opened, **how)
            stack.callback(world.close)
            stack.callback(world.hold)
            return world

        yield beginning


@pytest.fixture
def world(begin: Begin) -> World:
    """A story under the usual policy, beginning at three in the night."""
    return begin()
