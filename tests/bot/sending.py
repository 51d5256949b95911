"""A room for tests of sending: the record, the stand-in Slack over real HTTP, and a worker between them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.addressbook import Addressbook
from bot.clock import Clock
from bot.delivery import Beyond, Delivery, Draw, Drawing, Skip, Step, no_step
from bot.outcomes import Outcomes
from bot.places import Addresses
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.slack import Slack
from bot.worker import Ticks, Worker
from tests.loopback import served
from tests.workflows.records import NOW, declared, new_id, people
from workflows import ledger, outbox
from workflows.case import Case
from workflows.change import Actor
from workflows.db import Database
from workflows.models import identities
from workflows.models import outbox as table
from workflows.outbox import Row

TOKEN = "xoxb-room"
SCOPES = (
    *("commands", "chat:write", "im:write", "users:read", "channels:read", "groups:read"),
    *("channels:history", "groups:history", "im:history"),
)
PEOPLE = {"dev": "UDEV", "ops": "UOPS", "cto": "UCTO"}
CARD = "card:#incidents"


@dataclass
class HandClock:
    """Two times that a test moves by hand."""

    at: datetime = datetime(2026, 11, 22, 3, 2, tzinfo=UTC)
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """The time of people."""
        return self.at + self.ahead

    def real(self) -> datetime:
        """The time of machines."""
        return self.at

    def pass_(self, **step: float) -> None:
        """Let time go by, for people and machines."""
        self.at += timedelta(**step)


def draw_card(tx: Connection, row: Row) -> Drawing | Skip:
    """The state of the change, and what the row says should be drawn."""
    case = ledger.case(tx, row.change) if row.change else None
    text = f"{case.key} is {case.status} at {case.version}." if case else f"{row.place} {row.wanted}."
    return Drawing(text, [{"type": "section", "text": {"type": "plain_text", "text": text}}])


def draw_text(tx: Connection, row: Row) -> Drawing | Skip:
    """The words of the payload."""
    text = str(
        row.payload.get("text") or f"{row.payload.get('what') or row.payload.get('line')}: {row.payload['facts']}"
    )
    blocks = row.payload.get("blocks") or [{"type": "section", "text": {"type": "plain_text", "text": text}}]
    return Drawing(text, blocks, also_channel=bool(row.payload.get("broadcast")))


def draw_peer(tx: Connection, row: Row) -> Drawing | Skip:
    """Which lane it is about, and what."""
    return Drawing(f"{row.payload['lane']}: {row.payload['what']}")


def draw_nothing(tx: Connection, row: Row) -> Drawing | Skip:
    """Nothing to show any more."""
    return Skip("over")


def draw_same(tx: Connection, row: Row) -> Drawing | Skip:
    """The same at every version."""
    return Drawing("Always the same.")


DRAW: dict[str, Draw] = {
    **dict.fromkeys(("card", "ask", "home", "debts"), draw_card),
    **dict.fromkeys(("line", "told", "text"), draw_text),
    "peer": draw_peer,
    "nothing": draw_nothing,
    "same": draw_same,
}


@dataclass
class Room:
    """Everything a test of sending touches."""

    db: Database
    ws: Workspace
    clock: HandClock
    url: str
    changes: list[str] = field(default_factory=list)
    says: str = "First words."
    addresses: Addresses = field(default_factory=lambda: Addresses("#incidents", "#escalations"))

    def worker(
        self,
        *,
        step: Step = no_step,
        ticks: Ticks | None = None,
        holder: str = "one",
        token: str = TOKEN,
        beyond: Mapping[str, Beyond] | None = None,
    ) -> Worker:
        """A worker with a connection to Slack of its own; `beyond`: what goes elsewhere."""
        slack = Slack(token, self.clock, api_url=f"{self.url}/api/")
        outcomes = Outcomes(self.db, lambda: self.addresses, self.clock, new_id, rand=lambda: 0.5)
        draw = {**DRAW, "says": self.draw_says}
        delivery = Delivery(slack, Addressbook(slack, self.clock), outcomes, draw, step, beyond or {})
        return Worker(self.db, delivery, self.clock, holder=holder, ticks=ticks)

    def draw_says(self, tx: Connection, row: Row) -> Drawing | Skip:
        """What the room says now."""
        return Drawing(self.says)

    def declare(self, *, card: bool = True, **fields: Any) -> Case:
        """A change, with its card wanted in #incidents."""
        with self.db.write() as tx:
            case = declared(tx, at=self.clock.now(), data={"posted": "#incidents", **fields})
            if card:
                self.render(tx, CARD, "card", change=case.id, version=case.version)
        self.changes.append(case.id)
        return case

    def advance(self, change: str) -> Case:
        """One event more, which every card has to show."""
        with self.db.write() as tx:
            case = ledger.case(tx, change)
            assert case is not None
            return ledger.advance(tx, case, "followed_on", {"key": "EC-1"}, actor=Actor("dev"), now=self.clock.now())

    def render(self, tx: Connection, place: str, template: str, *, change: str | None, version: int = 0) -> None:
        """Want a place drawn."""
        outbox.render(
            tx,
            change=change,
            place=place,
            template=template,
            payload={},
            version=version,
            now=self.clock.now(),
            new_id=new_id,
        )

    def notify(self, key: str, place: str, *, change: str | None = None, template: str = "text", **more: Any) -> bool:
        """Put a notice whose words are its key."""
        with self.db.write() as tx:
            fields = {name: more.pop(name) for name in ("after", "not_before") if name in more}
            return outbox.notice(
                tx,
                key=key,
                change=change,
                place=place,
                template=template,
                payload={"text": f"{key}.", **more},
                now=self.clock.now(),
                new_id=new_id,
                **fields,
            )

    def row(self, key: str) -> Row:
        """The row as it is now."""
        with self.db.read() as tx:
            found = outbox.find(tx, key)
        assert found is not None
        return found

    def card_row(self, case: Case) -> Row:
        """The row of the card."""
        return self.row(f"render:{case.id}:{CARD}")

    def open_rows(self) -> list[str]:
        """The keys of what is not settled."""
        with self.db.read() as tx:
            return list(tx.scalars(select(table.c.key).where(table.c.state == "open")))

    def texts(self, channel: str, user: str | None = None) -> list[str]:
        """What stands in a channel."""
        return [one.text for one in self.ws.messages(channel, user) if one.by_app and not one.deleted]

    def settle(self, worker: Worker, minutes: int = 60) -> None:
        """Let time go by until nothing is left to do for `worker`."""
        for _ in range(minutes * 6):
            worker.drain()
            self.clock.pass_(seconds=10)


def make_workspace(clock: Clock) -> Workspace:
    """Three people and the channels of the policy."""
    ws = Workspace(now=clock.now, real=lambda: clock.real().timestamp())
    ws.install(bot_token=TOKEN, signing_secret="s", scopes=SCOPES)
    for person, account in PEOPLE.items():
        ws.add_person(account, person, person.title(), f"{person}@example.com", "UTC")
    for id_, name in (("CINC", "incidents"), ("CESC", "escalations"), ("CDEP", "deploys")):
        ws.add_channel(id_, name, list(PEOPLE.values()))
    return ws


@contextmanager
def room(db: Database, made: Callable[[HandClock], Workspace] = make_workspace) -> Iterator[Room]:
    """The record with three people who have Slack accounts, and the stand-in, served until the end."""
    clock = HandClock(NOW)
    ws = made(clock)
    with db.write() as tx:
        people(tx, *PEOPLE)
        rows = [{"kind": "slack", "value": a, "person": p, "verified_at": NOW} for p, a in PEOPLE.items()]
        tx.execute(insert(identities), rows)
    with served(build_playground(ws)) as url:
        yield Room(db, ws, clock, url)
