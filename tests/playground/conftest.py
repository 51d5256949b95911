"""The servers of the stand-in's tests end with the session."""

from collections.abc import Iterator

import pytest

from tests import loopback


@pytest.fixture(scope="session", autouse=True)
def _servers() -> Iterator[None]:
    yield
    loopback.close_all()
