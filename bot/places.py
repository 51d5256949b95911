"""Where an outbox row goes: for each prefix of a place the ladder of addresses, first choice first."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from bot.slack_errors import SendFailed
from workflows import ledger, outbox
from workflows.backoff import Trouble
from workflows.models import identities
from workflows.outbox import Row

ACCOUNT = re.compile(r"[UW][A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The channels of the policy in force, each an id or `#name`; `review` "": the one of the escalations."""

    incidents: str
    escalations: str
    review: str = ""


class Way(StrEnum):
    """How Slack is to be called."""

    POST = "post"
    WHISPER = "whisper"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Target:
    """One rung: `channel` an id, `#name` or "" (the direct messages with `user`, a Slack account).

    `mention`: the person it was meant for, when it goes to a channel instead.
    """

    way: Way
    channel: str = ""
    user: str = ""
    thread: str | None = None
    mention: str = ""


Rung = Callable[[Connection, Row, Addresses], Target]


def target(tx: Connection, row: Row, addresses: Addresses) -> Target:
    """Where the row goes now. Raises SendFailed (wrong address) when there is nothing at that rung."""
    rungs = PLACES.get(row.prefix)
    if rungs is None:
        raise SendFailed(Trouble.POISON, f"unknown_place {row.prefix}")
    return rungs[min(rung(row), len(rungs) - 1)](tx, row, addresses)


def rung(row: Row) -> int:
    """How many addresses were found wrong before; kept in the row."""
    return int(row.payload.get("_rung", 0))


def last_rung(row: Row) -> bool:
    """Whether there is no further address to try."""
    return rung(row) + 1 >= len(PLACES.get(row.prefix, ()))


def instead(row: Row, *, rung: int, addresses: Addresses) -> str | None:
    """The channel that this rung of a private message's ladder posts in; None: it is still private."""
    in_public: dict[Rung, str] = {in_incidents: addresses.incidents, in_escalations: addresses.escalations}
    return in_public.get(PLACES[row.prefix][rung])


def in_channel(tx: Connection, row: Row, addresses: Addresses) -> Target:
    """The channel that the place names."""
    return Target(Way.POST, row.where)


def in_incidents(tx: Connection, row: Row, addresses: Addresses) -> Target:
    """The incidents channel, naming the person."""
    return _public(tx, row, addresses.incidents)


def in_escalations(tx: Connection, row: Row, addresses: Addresses) -> Target:
    """The escalations channel, naming the person if it was for one."""
    return _public(tx, row, addresses.escalations)


def in_review(tx: Connection, row: Row, addresses: Addresses) -> Target:
    """The channel of the change review meeting."""
    return Target(Way.POST, addresses.review or addresses.escalations)


def under_card(tx: Connection, row: Row, addresses: Addresses) -> Target:
    """The thread of the card, wherever the card is by now."""
    card = outbox.find(tx, f"render:{row.change}:card:{row.where}")
    if card is None or not card.remote:
        raise SendFailed(Trouble.WRONG_ADDRESS, "card_undelivered")
    return Target(Way.POST, str(card.remote["channel"]), thread=str(card.remote["ts"]))


def in_dm(tx: Connection, row: Row, addresses: Addresses) -> Target:
    """Our direct messages with the person."""
    return Target(Way.POST, user=account(tx, row.person or ""))


def whisper(tx: Connection, row: Row, addresses: Addresses) -> Target:
    """A line in the channel that only this person sees; where no channel is named, our direct messages."""
    channel = row.place.split(":")[1]
    return Target(Way.WHISPER if channel else Way.POST, channel, user=account(tx, row.person or ""))


def at_home(tx: Connection, row: Row, addresses: Addresses) -> Target:
    """The person's App Home."""
    return Target(Way.HOME, user=account(tx, row.person or ""))


def account(tx: Connection, person: str) -> str:
    """The Slack account of a person, the one verified last. Raises SendFailed when there is none."""
    known = select(identities.c.value).where(identities.c.kind == "slack", identities.c.person == person)
    found: str | None = (
        tx.execute(known.order_by(identities.c.verified_at.desc(), identities.c.value)).scalars().first()
    )
    if found is None and ACCOUNT.fullmatch(person):
        return person
    if found is None:
        raise SendFailed(Trouble.WRONG_ADDRESS, "no_account")
    return found


def _public(tx: Connection, row: Row, channel: str) -> Target:
    """A channel. What is confidential never goes to one that it was not meant for."""
    case = ledger.case(tx, row.change) if row.change else None
    if case is not None and case.confidential:
        raise SendFailed(Trouble.WRONG_ADDRESS, "confidential")
    if row.person is None:
        return Target(Way.POST, channel)
    try:
        return Target(Way.POST, channel, mention=account(tx, row.person))
    except SendFailed:
        return Target(Way.POST, channel)


PLACES: Mapping[str, tuple[Rung, ...]] = {
    "card": (in_channel, in_escalations),
    "channel": (in_channel, in_escalations),
    "digest": (in_review, in_escalations),
    "thread": (under_card,),
    "ask": (in_dm, in_incidents, in_escalations),
    "debts": (in_dm, in_escalations),
    "dm": (in_dm, in_incidents, in_escalations),
    "private": (whisper, in_dm),
    "home": (at_home,),
}
