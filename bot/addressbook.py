"""From the names of the policy and the persons of the record to channels that Slack can post to."""

import re
import threading
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.slack import Slack
from bot.slack_errors import SendFailed
from workflows.backoff import Trouble

ID = re.compile(r"[CGD][A-Z0-9]+")
AGE = timedelta(minutes=10)
MISS = timedelta(seconds=30)


class Addressbook:
    """Remembers channel ids by name for ten minutes, and direct messages by account; used by many threads."""

    def __init__(self, slack: Slack, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._lock = threading.Lock()
        self._channels: dict[str, str] = {}
        self._read_at: datetime | None = None
        self._dms: dict[str, str] = {}

    def channel(self, name: str) -> str:
        """The id of a channel given by id or as `#name`. Raises SendFailed, also when there is no such
        channel.
        """
        if ID.fullmatch(name):
            return name
        bare = name.removeprefix("#").lower()
        with self._lock:
            known, read_at = self._channels.get(bare), self._read_at
        age = self._clock.real() - read_at if read_at else None
        if age is None or age > (AGE if known else MISS):
            found = {one.lower(): id for one, id in self._slack.channels()}
            with self._lock:
                self._channels, self._read_at = found, self._clock.real()
            known = found.get(bare)
        if known is None:
            raise SendFailed(Trouble.WRONG_ADDRESS, "channel_not_found")
        return known

    def dm(self, user: str) -> str:
        """The channel of our direct messages with an account. Raises SendFailed."""
        with self._lock:
            known = self._dms.get(user)
        if known is None:
            known = self._slack.open_dm(user)
            with self._lock:
                self._dms[user] = known
        return known

    def forget(self) -> None:
        """An address turned out wrong: ask again next time."""
        with self._lock:
            self._read_at = None
            self._dms.clear()
