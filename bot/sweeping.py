"""The sweep of a process: what is due is done, and who was overlooked is asked; one bad change stops no other.

Reviews that are due are one transaction, so that a person gets one message for all of them. Undecided changes, which
ask in messages of their own, are done a few at a time: a restart in between loses little. Only when a transaction
fails is each change done by itself, and the one at fault is put off for a while.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot import keys
from bot.clock import Clock
from bot.worker import Worker
from workflows import ledger, rechecking, reminders
from workflows.db import Database
from workflows.ruleset import Rules

PUT_OFF = timedelta(minutes=5)
A_FEW = 10
TOGETHER = 50


class Unswept(RuntimeError):
    """Some changes could not be looked at: each was logged, and will be tried again. All others were done."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """`rules`: the policy in force; `worker` keeps a fault to the change it is of."""

    database: Database
    worker: Worker
    rules: Callable[[], Rules]
    clock: Clock
    _put_off: dict[str, datetime] = field(default_factory=dict)

    def __call__(self) -> int:
        """Do all there is to do now and return on how many changes. Raises Unswept at the end, after all others."""
        now = self.clock.now()
        given: dict[str, Any] = {"rules": self.rules(), "now": now, "new_id": keys.new_id, "salt": keys.salt}
        failed: list[str] = []
        done = self._recheck(now, given, failed) + self._sweep(now, given, failed)
        if failed:
            raise Unswept(", ".join(sorted(set(failed))))
        return done

    def _recheck(self, now: datetime, given: dict[str, Any], failed: list[str]) -> int:
        with self.database.read() as tx:
            found = [c for c in rechecking.waiting(tx, now=now) if self._put_off.get(c, now) <= now]
        wanting = self.worker.guarded("recheck", partial(self._wanting, found, given))
        if wanting is None:
            wanting = []
            for change in found:
                one = self.worker.guarded(f"recheck {change}", partial(self._wanting, [change], given))
                wanting += one or ()
                if one is None:
                    self._later(change, now, failed)
        for change in wanting:
            if self.worker.guarded(f"recheck {change}", partial(self._ask, change, given)) is None:
                self._later(change, now, failed)
        return len(wanting)

    def _later(self, change: str, now: datetime, failed: list[str]) -> None:
        self._put_off[change] = now + PUT_OFF
        failed.append(change)

    def _wanting(self, changes: Sequence[str], given: dict[str, Any]) -> tuple[str, ...]:
        with self.database.read() as tx:
            return rechecking.wanting(tx, changes, rules=given["rules"], now=given["now"])

    def _ask(self, change: str, given: dict[str, Any]) -> bool:
        with self.database.write() as tx:
            return rechecking.recheck(tx, change, **given)

    def _sweep(self, now: datetime, given: dict[str, Any], failed: list[str]) -> int:
        with self.database.read() as tx:
            waiting = reminders.due(tx, now=now, undecided=True)
            owed = reminders.due(tx, now=now, undecided=False, limit=TOGETHER)
        slices = [waiting[n : n + A_FEW] for n in range(0, len(waiting), A_FEW)]
        done = 0
        for some in [*slices, owed] if owed else slices:
            one: int | None = self.worker.guarded("sweep", partial(self._do, some, given))
            done += self._one_by_one(some, now, given, failed) if one is None else one
        return done

    def _one_by_one(self, due: Sequence[str], now: datetime, given: dict[str, Any], failed: list[str]) -> int:
        done = 0
        for change in due:
            one = self.worker.guarded(f"sweep {change}", partial(self._do, (change,), given))
            done += one or 0
            if one is None:
                failed.append(change)
                with self.database.write() as tx:
                    ledger.set_next_due(tx, change, now + PUT_OFF)
        return done

    def _do(self, changes: Sequence[str], given: dict[str, Any]) -> int:
        down = self.worker.downtime
        span = (down.start, down.end) if down else None
        with self.database.write() as tx:
            return reminders.sweep(tx, **given, down=span, only=changes)
