"""What a transaction wrote into the record, for whoever counts and logs it after the commit: no text, no name."""

from dataclasses import dataclass

from sqlalchemy import Connection

from workflows.case import Case
from workflows.event import Event

INFO = "countersign.written"


@dataclass(frozen=True, slots=True)
class Written:
    """One event. `key` and `kind` are of its change, None when it is about none; `action` and `reason` of a refusal."""

    event: str
    key: str | None = None
    kind: str | None = None
    drill: bool = False
    person: str | None = None
    action: str | None = None
    reason: str | None = None


def say(tx: Connection, event: Event, case: Case | None) -> None:
    """Tell that this event was written, where somebody listens."""
    told: list[Written] | None = tx.info.get(INFO)
    if told is None:
        return
    refused = event.kind == "refused"
    told.append(
        Written(
            event.kind,
            key=case.key if case else None,
            kind=case.kind.value if case else None,
            drill=case.drill if case else False,
            person=event.person,
            action=event.data.get("action") if refused else None,
            reason=event.data.get("reason") if refused else None,
        )
    )
