"""What becomes of a lane by what its tries tell: its pace, the state that is kept, and everything let go on return."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.clock import Clock
from bot.pacing import Heard, Pacing, Trying, heard
from bot.slack_errors import SendFailed
from workflows import held_back, ledger, outbox, peer_state
from workflows.backoff import Trouble
from workflows.db import Database
from workflows.lanes import KEPT, PREFIXES, Lane
from workflows.links import passing
from workflows.peer_state import Health

LOG = structlog.get_logger("peers")


@dataclass(frozen=True, slots=True)
class Peers:
    """`escalations`: the channel where people are told that a token was taken away."""

    db: Database
    pacing: Pacing
    clock: Clock
    escalations: Callable[[], str]
    new_id: Callable[[], str]

    def after(self, lane: Lane, failed: SendFailed | None, *, asked: bool) -> Trying:
        """Pace the lane by a try that ended like that; `asked`: the peer was surely spoken to."""
        wait = failed.wait if failed else None
        told = heard(lane, failed, asked=asked)
        return self.pacing.after(lane, told, wait=wait, real=self.clock.real())

    def keep(self, lane: Lane, trying: Trying, why: str | None) -> None:
        """Keep what that makes of the peer, if it is news, and on its return let go what waited for it."""
        if lane is Lane.SLACK or trying.heard is Heard.NOTHING:
            return
        turned = self._turn(lane, trying, why)
        if turned:
            LOG.warning("peer", lane=lane.value, heard=trying.heard.value, why=why)
            self._redraw(lane)
        if trying.over:
            with self.db.write() as tx:
                gone = held_back.release(tx, PREFIXES[lane], peers=its_own, real=self.clock.real())
            LOG.info("let go", lane=lane.value, rows=gone)

    def _turn(self, lane: Lane, trying: Trying, why: str | None) -> bool:
        health = _health(trying)
        if lane not in KEPT or health is None:
            return False
        with self.db.read() as tx:
            if not peer_state.turns(tx, lane, health):
                return False
        now = self.clock.now()
        since = now - (self.clock.real() - trying.since) if trying.since else now
        with self.db.write() as tx:
            return peer_state.turn(
                tx,
                lane,
                health,
                why=why,
                since=since,
                now=now,
                escalations=self.escalations(),
                new_id=self.new_id,
            )

    def _redraw(self, lane: Lane) -> None:
        """The cards of what waits in the lane say so, or no longer."""
        with self.db.read() as tx:
            changes = held_back.changes(tx, PREFIXES[lane])
        for change in changes:
            with self.db.write() as tx:
                ledger.lock(tx, change)
                outbox.anew(tx, change)


def its_own(error: str) -> bool:
    """Whether what a row last failed with is the peer's silence or refusal, and not the row's own trouble."""
    trouble, _, why = error.partition(": ")
    return trouble == Trouble.LOST_AUTHORITY or passing(why)


def _health(trying: Trying) -> Health | None:
    """None: nothing can be said yet."""
    match trying.heard:
        case Heard.ANSWER:
            return Health.OK
        case Heard.REVOKED:
            return Health.LOST
        case Heard.SILENCE:
            return Health.SILENT if trying.sure else None
        case _:
            return None
