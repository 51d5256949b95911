"""The checkpointer: lists new events in the log and signs what is there, at least every 15 minutes and 100 events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot import signing_key
from bot.clock import Clock
from workflows import checkpoints, history
from workflows.checkpoints import ForeignKey, LogBroken
from workflows.db import Database
from workflows.ruleset import Rules
from workflows.signing import KeyMistake, Signer

EVERY = timedelta(seconds=10)
LOG = structlog.get_logger("checkpoints")


@dataclass(slots=True)
class Checkpointer:
    """One of possibly many processes; a lease in the database lets one work at a time. `key_file` "": no checkpoints.

    `trouble`: in words why nothing is signed although it should be; None: all is well.
    """

    db: Database
    clock: Clock
    rules: Callable[[], Rules]
    new_id: Callable[[], str]
    holder: str
    key_file: str
    writable: Callable[[], bool]
    trouble: str | None = field(default=None, init=False)

    def __call__(self) -> str | None:
        """Sign when it is due; the note, or None."""
        if not self.key_file or not self.writable():
            return None
        with self.db.read() as tx:
            if not checkpoints.due(tx, self.clock.now()) or history.fault(tx) is not None:
                return None
        return self.sign()

    def sign(self) -> str | None:
        """Sign whatever is new now; the note, or None when nothing is."""
        try:
            signer = self.signer()
            while self._listed():
                pass
            with self.db.write() as tx:
                note = checkpoints.seal(tx, signer, self.holder, now=self._now(), real=self.clock.real())
        except (KeyMistake, ForeignKey) as mistake:
            self._says(str(mistake))
            return None
        except LogBroken as broken:
            self._broken()
            self._says(str(broken))
            return None
        self.trouble = None
        return note

    def signer(self) -> Signer:
        """The key as it is in its file now. Raises KeyMistake."""
        return signing_key.read(self.key_file, self.rules().audit.origin)

    def say_without_key(self) -> None:
        """Say once, at the start, that nothing will be signed."""
        if not self.key_file:
            LOG.warning("no checkpoints", why="SIGNING_KEY_FILE is not set; `key new` makes a key")

    def _listed(self) -> bool:
        with self.db.write() as tx:
            return checkpoints.list_some(tx, self.holder, real=self.clock.real())

    def _now(self) -> datetime:
        return self.clock.now()

    def _broken(self) -> None:
        to = self.rules().escalations
        with self.db.write() as tx:
            differs = history.broken_log(tx)
            history.noticed(tx, differs, escalations=to, now=self._now(), new_id=self.new_id)

    def _says(self, words: str) -> None:
        if words != self.trouble:
            LOG.error("no checkpoint", why=words)
        self.trouble = words
