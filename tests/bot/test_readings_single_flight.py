"""A reading that is over at once must not hang whoever started it, nor anybody after."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from slack_sdk import WebClient

from bot import keys
from bot.clock import SystemClock
from bot.standing import Readings
from tests import build
from workflows.db import Database


class AtOnce(ThreadPoolExecutor):
    """Does what is submitted before it says so, as a busy machine may."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done = super().submit(fn, *args, **kwargs)
        done.exception()
        return done


def nowhere() -> WebClient:
    return WebClient("xoxb-test", base_url="http://127.0.0.1:9/api/", timeout=1, retry_handlers=[])


@pytest.mark.timeout(20)
def test_a_reading_that_is_over_before_anybody_waits_hangs_nobody(database: Database) -> None:
    class Quick(Readings):
        def __init__(self) -> None:
            super().__init__(database, SystemClock(), nowhere, build.rules, keys.new_id)
            self._pool = AtOnce(1)

    readings = Quick()
    asking = threading.Thread(target=readings.fresh, args=(["U0DEV"], ["emergency-approvers"]), daemon=True)
    asking.start()
    asking.join(10)
    assert not asking.is_alive()
    readings.close()
