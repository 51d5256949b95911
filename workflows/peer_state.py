"""Whether PagerDuty and Jira answer us: a fact per lane, written when it changes, and who has to hear of it.

A peer that took our token away is an event on the chain of the system, and so is its return; both are told in the
escalations channel, once, however many processes notice. One that does not answer is only shown.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from workflows import facts, lanes, ledger, outbox
from workflows.lanes import Lane
from workflows.models import facts as table
from workflows.peered import Peer

FACT = "peer"
TEMPLATE = "peer"
LOST, BACK = "peer_lost", "peer_back"
"""The kinds of the events, and what the message in the escalations channel tells."""


class Health(StrEnum):
    """How a peer is: it answers, it does not, or it knows our token no more."""

    OK = "ok"
    SILENT = "silent"
    LOST = "lost"


_WORSE = tuple(Health)


@dataclass(frozen=True, slots=True)
class State:
    """`since`: of the health, in the time of people. `why`: the code of the failure, None when there is none.

    `lane`: which of the peer's lanes it is.
    """

    health: Health
    since: datetime
    lane: Lane
    why: str | None = None


def of(tx: Connection) -> Mapping[Peer, State]:
    """Each peer that was ever spoken to, as its worst lane is."""
    found: dict[Peer, State] = {}
    for lane, state in of_lanes(tx).items():
        peer = lanes.KEPT[lane]
        known = found.get(peer)
        if known is None or _WORSE.index(state.health) > _WORSE.index(known.health):
            found[peer] = state
    return found


def of_lanes(tx: Connection) -> Mapping[Lane, State]:
    """The state of each lane that was ever spoken to."""
    kept = facts.some(tx, FACT, (lane.value for lane in lanes.KEPT))
    return {Lane(name): _state(Lane(name), fact.value) for name, fact in kept.items() if fact.value}


def turn(
    tx: Connection,
    lane: Lane,
    health: Health,
    *,
    why: str | None,
    since: datetime,
    now: datetime,
    escalations: str,
    new_id: Callable[[], str],
) -> bool:
    """Keep that a lane of `lanes.KEPT` is in this health from `since` on; False: it was already.

    One that lost its token is not merely silent, whatever it does: only an answer ends that.
    """
    ledger.lock_notes(tx)  # before the fact, as everybody does who writes an event
    facts.there(tx, FACT, lane.value)
    was = _held(tx, lane)
    if not _turns(was, health):
        return False
    state = {"state": health.value, "why": why, "since": since.isoformat()}
    facts.put(tx, FACT, lane.value, state, as_of=now, now=now)
    lost, back = health is Health.LOST, was is not None and was.health is Health.LOST
    if lost or back:
        _tell(
            tx, lane, lost=lost, why=why, since=was.since if was and back else since, now=now, to=(escalations, new_id)
        )
    return True


def turns(tx: Connection, lane: Lane, health: Health) -> bool:
    """Whether `turn` would have something to keep; for a read transaction."""
    return _turns(of_lanes(tx).get(lane), health)


def _turns(was: State | None, health: Health) -> bool:
    if was is None:
        return True
    return was.health is not health and not (was.health is Health.LOST and health is Health.SILENT)


def _held(tx: Connection, lane: Lane) -> State | None:
    here = select(table.c.value).where(table.c.kind == FACT, table.c.subject == lane.value).with_for_update()
    value = tx.scalar(here)
    return _state(lane, json.loads(value)) if value else None


def _tell(
    tx: Connection,
    lane: Lane,
    *,
    lost: bool,
    why: str | None,
    since: datetime,
    now: datetime,
    to: tuple[str, Callable[[], str]],
) -> None:
    escalations, new_id = to
    about = {"peer": lanes.KEPT[lane].value, "lane": lane.value}
    what = LOST if lost else BACK
    told = {**about, "why": why} if lost else {**about, "since": since.isoformat()}
    head = ledger.note(tx, what, told, actor=None, now=now)
    outbox.notice(
        tx,
        key=f"{what}:{head}",
        change=None,
        place=f"channel:{escalations}",
        template=TEMPLATE,
        payload={"what": what, **about, "since": since.isoformat()},
        now=now,
        new_id=new_id,
    )


def _state(lane: Lane, value: Mapping[str, str]) -> State:
    return State(Health(value["state"]), datetime.fromisoformat(value["since"]), lane, value.get("why"))
