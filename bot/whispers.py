"""The drawings of private lines: what the person hears of what they did, from the case as it is when it is sent."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.blocks import buttons, deploy_receipts, receipts
from bot.blocks.kit import Drawing, Scene
from bot.blocks.sentence import say
from bot.scenes import everybody, scene
from bot.slack_errors import SendFailed
from bot.telling import verdict_of
from workflows import facts, ledger, outbox, persons, quorum
from workflows.backoff import Trouble
from workflows.case import Case
from workflows.change import Actor
from workflows.outbox import Row
from workflows.ruleset import Rules

SOON = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Heard:
    """One private line about a change, at the moment of its sending."""

    tx: Connection
    row: Row
    case: Case
    scene: Scene
    facts: Mapping[str, Any]


def _recorded(heard: Heard) -> Drawing:
    """Where the card is; while the card is on its way for the first time, this waits a second."""
    case, channel = heard.case, heard.row.place.split(":")[1]
    card = outbox.find(heard.tx, f"render:{case.id}:card:{case.posted}")
    main = str(card.remote["channel"]) if card is not None and card.remote else None
    if main is None and card is not None and heard.scene.now - case.declared_at < SOON:
        raise SendFailed(Trouble.RATE_LIMITED, "after the main card", timedelta(seconds=1))
    return receipts.declared(
        replace(case, posted=main or heard.scene.incidents),
        heard.scene,
        asked=[str(one) for one in heard.facts.get("people") or ()],
        posted=bool(heard.facts.get("inside")),
        here=main is not None and main == channel,
        late=main is None,
    )


def _requested(heard: Heard) -> Drawing:
    """The same for a deploy; its card is in another channel, mostly."""
    case, channel = heard.case, heard.row.place.split(":")[1]
    card = outbox.find(heard.tx, f"render:{case.id}:card:{case.posted}")
    main = str(card.remote["channel"]) if card is not None and card.remote else None
    if main is None and card is not None and heard.scene.now - case.declared_at < SOON:
        raise SendFailed(Trouble.RATE_LIMITED, "after the main card", timedelta(seconds=1))
    asked = [str(one) for one in heard.facts.get("people") or ()]
    return deploy_receipts.requested(
        case, heard.scene, asked=asked, posted=main, here=main is not None and main == channel
    )


RECEIPTS: Mapping[str, Callable[[Heard], Drawing]] = {
    "recorded": _recorded,
    "requested": _requested,
    "counted": lambda heard: receipts.counted(heard.case, heard.scene, quorum.missing(heard.case, heard.scene.rules)),
    "later": lambda heard: receipts.later(heard.case, heard.scene),
    "reviewed": lambda heard: receipts.closed(heard.case, heard.scene),
    "linked": lambda heard: receipts.linked(heard.case, heard.scene),
    "not_opened": lambda heard: receipts.line(
        say("{key}: the form did not open in time.", key=heard.case.key),
        heard.scene,
        buttons.for_case(heard.case, heard.scene, (str(heard.facts.get("action") or buttons.DETAILS),)),
    ),
}
Draw = Callable[[Connection, Row], Drawing]


@dataclass(frozen=True, slots=True)
class Hearing:
    """`rules`: the policy in force; `now`: the time of people."""

    rules: Callable[[], Rules]
    now: Callable[[], datetime]

    def table(self) -> Mapping[str, Draw]:
        """Template → how it is drawn."""
        return {"refusal": self._refusal, "private": self._private, "draft": self._draft}

    def _refusal(self, tx: Connection, row: Row) -> Drawing:
        case = ledger.case(tx, row.change) if row.change else None
        verdict = verdict_of(row.payload)
        if case is not None:
            case = replace(case, standing=facts.standing(tx, self.rules(), [*verdict.who_can], now=self.now()))
        names = {*verdict.who_can, *map(str, verdict.facts.values()), *(everybody(case) if case else ())}
        actor = Actor(str(row.payload["person"]), str(row.payload["slack"]))
        return receipts.refused(
            verdict,
            case,
            self._scene(tx, row, names),
            actor,
            action=str(row.payload["action"]),
            recorded=bool(row.payload["recorded"]),
        )

    def _private(self, tx: Connection, row: Row) -> Drawing:
        case = ledger.case(tx, row.change or "")
        if case is None:
            raise LookupError("a private line about no change")
        facts = dict(row.payload.get("facts") or {})
        names = {*everybody(case), *map(str, facts.get("people") or ())}
        view = self._scene(tx, row, names)
        return RECEIPTS[str(row.payload["what"])](Heard(tx, row, case, view, facts))

    def _draft(self, tx: Connection, row: Row) -> Drawing:
        view = self._scene(tx, row, ())
        ref = row.payload.get("ref")
        if row.payload.get("late") or not ref:
            return receipts.form_too_late(view, value=f"draft:{ref}" if ref else "new")
        at, until = (datetime.fromisoformat(str(row.payload[name])) for name in ("at", "until"))
        return receipts.draft_kept(view, draft=str(ref), at=at, until=until)

    def _scene(self, tx: Connection, row: Row, names: Iterable[str]) -> Scene:
        person = str(row.payload["person"])
        known = persons.by_id(tx, [person]).get(person)
        zone = (known.zone or "") if known else ""
        return scene(tx, self.rules(), now=self.now(), people={*names, person}, zone=zone)


def draws(rules: Callable[[], Rules], now: Callable[[], datetime]) -> Mapping[str, Draw]:
    """The drawings of the templates "refusal", "private" and "draft"."""
    return Hearing(rules, now).table()
