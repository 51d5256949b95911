"""How a try ends in the outbox: what each class of failure leads to, in one short transaction each."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection

from bot import places
from bot.clock import Clock
from bot.meters import NOBODY, Meter
from bot.pacing import SURE, Heard, Pacing, Trying
from bot.peers import Peers, its_own
from bot.places import Addresses
from bot.slack_errors import GONE, SendFailed
from workflows import lanes, settlements, undelivered
from workflows.backoff import Trouble, backoff, given_up
from workflows.db import Database
from workflows.lanes import Lane
from workflows.outbox import Row

COSMETIC = frozenset({"home"})
FREE = frozenset({Trouble.RATE_LIMITED, Trouble.LOST_AUTHORITY, Trouble.REFUSED})


@dataclass(slots=True)
class Attempt:
    """One try. `unsettled`: it, or an earlier one, may have arrived and was not looked for since.

    `version`: what the place is brought up to; `key`: the change's, for the log. `sent`: something was, and answered.
    """

    row: Row
    version: int
    unsettled: bool
    key: str | None = None
    sent: bool = False
    began: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Settles tries, and paces the lanes by them.

    `addresses`: the channels of the policy in force; `rand`: [0, 1), for the jitter.
    """

    db: Database
    addresses: Callable[[], Addresses]
    clock: Clock
    new_id: Callable[[], str]
    rand: Callable[[], float] = random.random
    pacing: Pacing = field(default_factory=Pacing)
    meter: Meter = NOBODY
    log: Any = field(default_factory=lambda: structlog.get_logger("delivery"))

    def succeeded(self, attempt: Attempt, remote: Mapping[str, Any] | None) -> None:
        """The place shows what was wanted; `remote` says where the message is."""
        real = self.clock.real()
        with self.db.write() as tx:
            held = settlements.succeeded(tx, attempt.row, remote=remote, version=attempt.version, real=real)
        self._say("delivered" if held else "overtaken", attempt)
        self._beyond(attempt, None)

    def failed(self, attempt: Attempt, failed: SendFailed) -> None:
        """Another address, plain text, another try, or a dead letter: by the class of the failure."""
        row = attempt.row
        if lanes.of(row.place) is not Lane.SLACK:
            self._beyond(attempt, failed)
        elif row.remote and failed.error in GONE:
            self._again(attempt, failed, forget=True)
        elif failed.trouble is Trouble.WRONG_ADDRESS and row.remote and row.person:
            # it did arrive once, and only its later look can't be brought: nothing is lost
            self.succeeded(attempt, row.remote)
        elif failed.trouble is Trouble.WRONG_ADDRESS and not places.last_rung(row):
            self._climb(attempt, failed)
        elif failed.trouble is Trouble.BAD_CONTENT and self._has_text(row):
            self._again(attempt, failed, payload={**row.payload, "_plain": True})
        else:
            self._wait_or_give_up(attempt, failed)

    def _has_text(self, row: Row) -> bool:
        return not row.payload.get("_plain") and row.prefix != "home"

    def _climb(self, attempt: Attempt, failed: SendFailed) -> None:
        row, real = attempt.row, self.clock.real()
        payload = {**row.payload, "_rung": places.rung(row) + 1, "_wrong": failed.error}
        elsewhere = places.instead(row, rung=places.rung(row) + 1, addresses=self.addresses())
        with self.db.write() as tx:
            held = settlements.again(
                tx, row, at=real, error=failed.error, counted=False, unsettled=False, payload=payload, forget=True
            )
            if held and elsewhere and row.person:
                now = self.clock.now()
                undelivered.moved(tx, row, instead=elsewhere, now=now, new_id=self.new_id)
        self._say("next address", attempt, failed)

    def _again(
        self,
        attempt: Attempt,
        failed: SendFailed,
        *,
        payload: Mapping[str, Any] | None = None,
        forget: bool = False,
    ) -> None:
        """At once, in another way."""
        with self.db.write() as tx:
            settlements.again(
                tx,
                attempt.row,
                at=self.clock.real(),
                error=failed.error,
                counted=False,
                unsettled=False,
                payload=payload,
                forget=forget,
            )
        self._say("another way", attempt, failed)

    def _beyond(self, attempt: Attempt, failed: SendFailed | None) -> None:
        """Let the lane of a peer take the try into account, and keep what it tells of the peer."""
        lane = lanes.of(attempt.row.place)
        peers = Peers(self.db, self.pacing, self.clock, lambda: self.addresses().escalations, self.new_id)
        trying = peers.after(lane, failed, asked=attempt.sent or its_own(attempt.row.last_error or ""))
        if failed is not None:
            self._wait_or_give_up(attempt, failed, trying)
        peers.keep(lane, trying, failed.error if failed else None)

    def _wait_or_give_up(self, attempt: Attempt, failed: SendFailed, trying: Trying | None = None) -> None:
        row, real = attempt.row, self.clock.real()
        tries: dict[str, int] = dict(row.payload.get("_tries", {}))
        counted = failed.trouble not in FREE
        # a peer that answers nobody is no fault of the row
        spent = counted and (trying is None or trying.bad < SURE)
        tries[failed.trouble.value] = tries.get(failed.trouble.value, 0) + spent
        if spent and given_up(failed.trouble, tries[failed.trouble.value]):
            with self.db.write() as tx:
                self._give_up(tx, row, failed)
            self._say("undelivered", attempt, failed)
            return
        pause = backoff(row.attempts + 1, self.rand(), row.prefix in COSMETIC) if counted else timedelta()
        silent = trying is not None and trying.heard is Heard.SILENCE
        pause = trying.own(pause) if trying and silent else max(pause, failed.wait)
        with self.db.write() as tx:
            settlements.again(
                tx,
                row,
                at=real + pause,
                error=f"{failed.trouble}: {failed.error}",
                counted=counted,
                unsettled=attempt.unsettled,
                payload={**row.payload, "_tries": tries},
            )
        self._say("again later", attempt, failed)

    def _give_up(self, tx: Connection, row: Row, failed: SendFailed) -> None:
        undelivered.give_up(
            tx,
            row,
            error=failed.error,
            escalations=self.addresses().escalations,
            now=self.clock.now(),
            real=self.clock.real(),
            new_id=self.new_id,
        )

    def _say(self, what: str, attempt: Attempt, failed: SendFailed | None = None) -> None:
        """One line per delivery: never a text, a token or an answer."""
        row = attempt.row
        self.meter.sent(lanes.of(row.place), what, time.monotonic() - attempt.began)
        about = {"change": attempt.key, "place": row.place, "template": row.template, "row": row.id}
        if failed is None:
            self.log.info(what, **about)
        elif failed.trouble in (Trouble.LOST_AUTHORITY, Trouble.BAD_CONTENT, Trouble.POISON) or what == "undelivered":
            self.log.error(what, **about, trouble=failed.trouble.value, error=failed.error)
        else:
            self.log.warning(what, **about, trouble=failed.trouble.value, error=failed.error)
