"""From an outbox row to what it shows now: the case as it is at this moment, drawn for whoever reads it there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot import digesting, peer_drawing, record_drawing, sidenotes, whispers
from bot.blocks import card, home, owing, passed, telling, thread
from bot.blocks.kit import Drawing as Drawn
from bot.blocks.kit import Scene
from bot.delivery import Draw, Drawing, Skip
from bot.scenes import everybody, scene
from bot.slack_errors import SendFailed
from workflows import facts, ledger, lists, outbox, owed, persons, policy, read_times
from workflows.backoff import Trouble
from workflows.case import Case
from workflows.change import Actor
from workflows.outbox import Row
from workflows.rows import Debt, DebtKind, Told
from workflows.ruleset import Rules


@dataclass(frozen=True, slots=True)
class Drawings:
    """`rules`: the policy in force; `now`: the time of people; `broken`: what is wrong with the policy file.

    `pages`: as of `Desk`.
    """

    rules: Callable[[], Rules]
    now: Callable[[], datetime]
    broken: Callable[[], str | None]
    pages: str = ""

    def table(self) -> Mapping[str, Draw]:
        """Template → how it is drawn."""
        private = {**whispers.draws(self.rules, self.now), **peer_drawing.draws(self.rules, self.now)}
        private |= record_drawing.draws(self.rules, self.now)
        private |= digesting.draws(self.rules, self.now, self.pages)
        return {
            "card": self._card,
            "ask": self._ask,
            "line": self._line,
            "told": self._told,
            "debts": self._debts,
            "escalation": self._escalation,
            "home": self._home,
            **{name: _plain(draw) for name, draw in private.items()},
        }

    def _card(self, tx: Connection, row: Row) -> Drawing | Skip:
        case = self._held(tx, row)
        if case is None:
            return Skip("no such change")
        copy_of = None if row.payload.get("main") else _channel_of(tx, case)
        if copy_of == row.where:
            return Skip("the main card is in this channel")
        if not row.payload.get("main") and row.payload.get("_rung"):
            return Skip("a copy goes nowhere else than where it was declared")
        notes = sidenotes.notes(tx, case, self.rules(), self.now())
        view = self._scene(tx, case, shared=True)
        return _sent(card.card(case, view, notes=notes, copy_of=copy_of, first_post=row.remote is None))

    def _ask(self, tx: Connection, row: Row) -> Drawing | Skip:
        case = self._held(tx, row)
        if case is None:
            return Skip("no such change")
        person = str(row.payload["person"])
        mine = [a for a in case.asks if person in a.people]
        n = int(row.payload["n"])
        superseded = mine[n - 1].at if n < len(mine) else None
        asked = [p for a in case.asks for p in a.people]
        view = self._scene(tx, case, reader=person)
        notes = sidenotes.notes(tx, case, self.rules(), self.now())
        if not policy.may_read(case, Actor(person), self.rules()):
            return Skip("confidential")
        drawn = card.ask(
            case,
            view,
            person=person,
            round=str(row.payload["round"]),
            notes=notes,
            also_asked=tuple(dict.fromkeys(asked)),
            superseded_at=superseded,
        )
        return _sent(drawn)

    def _line(self, tx: Connection, row: Row) -> Drawing | Skip:
        case = self._held(tx, row)
        if case is None:
            return Skip("no such change")
        view = self._scene(tx, case, shared=True, more=_named(row))
        drawn = thread.entry(str(row.payload["line"]), case, view, row.payload["facts"])
        return replace(_sent(drawn), also_channel=bool(row.payload.get("broadcast")))

    def _told(self, tx: Connection, row: Row) -> Drawing | Skip:
        case = self._held(tx, row)
        if case is None and row.payload["what"] == Told.UNDELIVERED:
            to = str(row.payload["facts"]["to"])
            return _sent(telling.lost(scene(tx, self.rules(), now=self.now(), people={to}, shared=True), to))
        if case is None:
            return Skip("no such change")
        person = row.payload.get("person")
        view = self._scene(tx, case, reader=str(person) if person else None, more=_named(row))
        what, given = Told(row.payload["what"]), row.payload["facts"]
        if not row.remote and row.first_try_at is None and passed.line(what, case, view, given):
            return Skip("it has passed before anybody was told")
        return _sent(card.told(what, case, view, given))

    def _debts(self, tx: Connection, row: Row) -> Drawing | Skip:
        person, n = str(row.payload["person"]), int(row.payload["n"])
        cases = [c for c in (ledger.case(tx, one) for one in row.payload["changes"]) if c is not None]
        cases = [self._standing(tx, c, person) for c in cases]
        kind = DebtKind(row.payload["kind"])
        open_, done = self._owed(cases, person, kind, str(row.payload["lead"]))
        newer = outbox.newest(tx, f"debts:{person}:") > n
        view = self._scene(tx, *cases, reader=person)
        superseded = datetime.fromisoformat(row.payload["at"]) if newer and open_ else None
        late = row.payload.get("late")
        span = tuple(datetime.fromisoformat(late[k]) for k in ("due", "from", "to")) if late else None
        drawn = owing.debts(
            open_,
            view,
            kind=kind,
            lead=str(row.payload["lead"]),
            late=(span[0], span[1], span[2]) if span else None,
            superseded_at=superseded,
            done=done,
            person=person,
        )
        return _sent(drawn)

    def _owed(self, cases: list[Case], person: str, kind: DebtKind, lead: str) -> tuple[list[Debt], list[Case]]:
        """What of it is still owed (or may be taken over), and the changes where nothing is any more."""
        open_: list[Debt] = []
        done: list[Case] = []
        for case in cases:
            entitled = policy.may_read(case, Actor(person), self.rules())
            told = kind if case.id == lead or kind is not DebtKind.FOLLOW_UP else DebtKind.REMINDER
            rows = [d for d in owed.debt(case, person, told, entitled=entitled) if _for(d, case, person)]
            if rows:
                open_ += rows
            else:
                done.append(case)
        return open_, done

    def _escalation(self, tx: Connection, row: Row) -> Drawing | Skip:
        case = self._held(tx, row)
        if case is None or case.review is None or case.review.closed_at is not None:
            return Skip("the review is closed")
        reviewers = sidenotes.notes(tx, case, self.rules(), self.now()).reviewers
        nobody = bool(row.payload.get("nobody"))
        if nobody and case.review.owner is not None:
            return Skip("somebody has it by now")
        view = self._scene(tx, case, shared=True)
        return _sent(owing.escalation(case, view, reviewers=reviewers, nobody=nobody))

    def _home(self, tx: Connection, row: Row) -> Drawing | Skip:
        person = str(row.payload["person"])
        known = persons.by_id(tx, [person]).get(person)
        if known is None:
            return Skip("no such person")
        actor = Actor(person, known.slack)
        found = lists.home(tx, actor, self.now(), self.rules())
        people = {r.person for r in (*found.waiting, *found.mine, *found.closed)}
        people |= {p for d in (*found.owed, *found.overdue) if (p := d.owner)}
        people |= {p for one in found.lost if (p := one.to)}
        fact = facts.get(tx, "account", known.slack or "")
        guest = bool(fact and fact.value and fact.value.get("guest"))
        admins = self._askable(tx) if guest else []
        view = scene(tx, self.rules(), now=self.now(), people={*people, *admins, person}, zone=known.zone or "")
        drawn = home.home(found, view, person=person, guest=guest, admins=admins, policy_fault=self.broken())
        return Drawing("Countersign", list(drawn["blocks"]))

    def _askable(self, tx: Connection) -> list[str]:
        """Two of those who approve by the default rule: whom a guest may turn to."""
        group = self.rules().emergency[-1].approvers[0].group
        return sorted(facts.standing(tx, self.rules(), now=self.now()).rosters[group].members)[:2]

    def _held(self, tx: Connection, row: Row) -> Case | None:
        case = ledger.case(tx, row.change) if row.change else None
        if case is None:
            return None
        said = {str(value) for name, value in row.payload.get("facts", {}).items() if name.endswith("_digest")}
        return self._standing(tx, ledger.with_texts(tx, case, said), row.person)

    def _standing(self, tx: Connection, case: Case, person: str | None) -> Case:
        people = everybody(case) | ({person} if person else set())
        read = read_times.of(tx, (case,)).get(case.id, case.read)
        return replace(case, standing=facts.standing(tx, self.rules(), people, now=self.now()), read=read)

    def _scene(
        self,
        tx: Connection,
        *cases: Case,
        reader: str | None = None,
        shared: bool = False,
        more: frozenset[str] = frozenset(),
    ) -> Scene:
        people = set(more) | {p for case in cases for p in everybody(case)} | ({reader} if reader else set())
        known = persons.by_id(tx, [reader]).get(reader) if reader else None
        zone = (known.zone or "") if known else ""
        return scene(tx, self.rules(), now=self.now(), people=people, zone=zone, shared=shared)


def _for(debt: Debt, case: Case, person: str) -> bool:
    """A follow-up of theirs, their own review or patch, or one of an escalation of which they were told."""
    if debt.mine or debt.ref:
        return True
    told = "patch:" if debt.patch else "review:"
    return any(person in notice.to for notice in case.notices if notice.key.startswith(told))


def _channel_of(tx: Connection, case: Case) -> str | None:
    """The id of the channel where the main card was posted; None: it was given up.

    Raises SendFailed (to be tried again in a second) while nobody knows yet: declared in the incidents channel
    itself, a copy would be a second card.
    """
    found = outbox.find(tx, f"render:{case.id}:card:{case.posted}")
    if found is not None and found.remote:
        return str(found.remote["channel"])
    if found is not None and found.state != "dead":
        raise SendFailed(Trouble.RATE_LIMITED, "after the main card", timedelta(seconds=1))
    return None


def _named(row: Row) -> frozenset[str]:
    """The persons whom the facts of a row name."""
    given = row.payload["facts"]
    one = [str(given[name]) for name in ("by", "to") if isinstance(given.get(name), str)]
    many = [str(p) for p in given.get("people") or ()]
    asked = [str(p) for a in given.get("asked") or () for p in a["people"]]
    return frozenset((*one, *many, *asked))


def _sent(drawn: Drawn) -> Drawing:
    return Drawing(drawn.text, [dict(block) for block in drawn.blocks])


def _plain(draw: Callable[[Connection, Row], Drawn]) -> Draw:
    def drawn(tx: Connection, row: Row) -> Drawing | Skip:
        return _sent(draw(tx, row))

    return drawn
