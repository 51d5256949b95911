"""Fixtures of a small Jira; a module names this one in `pytest_plugins`."""

from collections.abc import Iterator

import pytest

from tests.playground.small_jira import Site, running, site
from tests.world.servers import Switch
from workflows.links.jira import Jira


@pytest.fixture(scope="session")
def jira_server() -> Iterator[tuple[Switch, str]]:
    """One server for the sites of every test."""
    with running() as made:
        yield made


@pytest.fixture
def small_jira(jira_server: tuple[Switch, str]) -> Iterator[Site]:
    """A small Jira of the test's own."""
    with site(jira_server, answers=True) as made:
        yield made


@pytest.fixture
def jira_link(small_jira: Site) -> Jira:
    """The link to it."""
    return small_jira.link()
