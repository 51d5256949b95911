"""One person's turn at the record: the open transaction and everything a use case may know, and nothing it may not."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from workflows import facts, ledger, persons, quorum, read_times
from workflows.case import Case, Refused
from workflows.change import Action, Actor, Reason, Verdict
from workflows.ruleset import Rules


@dataclass(frozen=True, slots=True)
class Turn:
    """`now` is aware UTC; `new_id` makes opaque ids, `salt` 32 random bytes for a text commitment."""

    tx: Connection
    actor: Actor
    rules: Rules
    now: datetime
    new_id: Callable[[], str]
    salt: Callable[[], bytes]

    def hold(self, change_id: str) -> Case | None:
        """Lock a change, then read it with the standing of everybody who matters to it; None: unknown."""
        if not ledger.lock(self.tx, change_id):
            return None
        case = ledger.case(self.tx, change_id)
        return self.with_standing(case) if case else None

    def with_standing(self, case: Case, people: Collection[str] = ()) -> Case:
        """The case with the readings as they are stored now, of a deploy also when GitHub was read for it."""
        everybody = {*quorum.parties(case), *people, self.actor.person}
        everybody |= {a.person for a in case.approvals}
        if case.review and case.review.owner:
            everybody.add(case.review.owner)
        standing = facts.standing(self.tx, self.rules, everybody - {""}, now=self.now)
        read = read_times.of(self.tx, (case,)).get(case.id, case.read)
        return replace(case, standing=standing, read=read)

    def advance(self, case: Case, kind: str, **data: Any) -> Case:
        """Write one event through the ledger and return the case after it."""
        given = {name: value for name, value in data.items() if value is not None}
        somebody = self.actor if self.actor.person or self.actor.operator else None
        return ledger.advance(self.tx, case, kind, given, actor=somebody, now=self.now)

    def text(self, body: str | None) -> str | None:
        """Commit to a typed text: its digest, or None when there is nothing but white space."""
        body = (body or "").strip()
        return ledger.put_text(self.tx, body, salt=self.salt()) if body else None

    def known_as(self, people: Iterable[str]) -> list[dict[str, Any]]:
        """Who these persons are to the record now: the Slack account, and the e-mail as a commitment.

        Kept in the event, so that nobody can later become somebody else by an edit of the table of persons.
        """
        found = persons.by_id(self.tx, set(people))
        return [{"person": id, "slack": one.slack, "email": self.text(one.email)} for id, one in sorted(found.items())]

    def refuse(self, case: Case, action: Action, verdict: Verdict) -> Refused:
        """Keep the refused try in the record (repeats are only counted) and hand the reason back as a value."""
        after = ledger.refuse(self.tx, case, action=action, verdict=verdict, actor=self.actor, now=self.now)
        return Refused(verdict, after)

    def named(self, **facts_: Any) -> Mapping[str, Any]:
        """Facts of a sentence, times as ISO 8601, absent ones left out."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in facts_.items()
            if value is not None
        }


UNKNOWN = Refused(Verdict(False, Reason.UNKNOWN_CHANGE), None, recorded=False)
