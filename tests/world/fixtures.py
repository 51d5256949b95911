"""Fixtures of stories; a module of stories names this one in `pytest_plugins`."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.databases import SqliteTemplates
from tests.world.clock import NIGHT, StoryClock
from tests.world.policies import POLICY
from tests.world.servers import Servers, servers
from tests.world.story import Begin, World


@pytest.fixture(scope="session")
def story_servers() -> Iterator[Servers]:
    """The two servers behind every story of this session."""
    with servers() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def story_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh, migrated database of each kind, in memory where the machine has a place for it."""
    if request.param == "postgres":
        yield request.getfixturevalue("postgres_url")
        return
    templates: SqliteTemplates = request.getfixturevalue("sqlite_templates")
    memory = Path("/dev/shm")
    with TemporaryDirectory(prefix="story-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield templates.make(Path(folder))


@pytest.fixture
def begin(story_servers: Servers, story_database: str, tmp_path: Path) -> Iterator[Begin]:
    """Begins the one story of a test: `begin(policy=…, start=…, socket_mode=…)`. At its end the record must hold."""
    with ExitStack() as stack:

        def beginning(policy: str = POLICY, start: datetime = NIGHT, *, socket_mode: bool = False) -> World:
            file = tmp_path / "policy.toml"
            file.write_text(policy, encoding="utf-8")
            world = World(story_servers, story_database, file, StoryClock(start), socket_mode=socket_mode)
            stack.callback(world.close)
            stack.callback(world.hold)
            return world

        yield beginning


@pytest.fixture
def world(begin: Begin) -> World:
    """A story under the usual policy, beginning at three in the night."""
    return begin()
