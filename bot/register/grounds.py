"""What each decision on a change rested on, as its event keeps it: the rule, the group, who was in it, the account."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.event import Event

Told = Sequence[tuple[Event, str]]
DECISIONS: Mapping[str, str] = {
    "approved": "approved",
    "rejected": "rejected",
    "ratified": "agreed to afterwards",
    "objected": "objected to afterwards",
    "proceeding": "went ahead without approval",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """One decision. `group_at`, `account_at`: when that was read, aware; None: it rested on no such reading."""

    seq: int
    at: datetime
    what: str
    by: str
    rule: str
    group: str
    members: tuple[str, ...]
    group_at: datetime | None
    on_call: str
    account: str
    account_at: datetime | None


def named(told: Told) -> frozenset[str]:
    """The persons whom decisions and notices name, beside those who did something."""
    found: set[str] = set()
    for event, _ in told:
        roster = (event.data.get("evidence") or {}).get("roster") or {}
        found |= {str(one) for one in roster.get("members", ())}
        found |= {str(one) for one in event.data.get("to") or ()} if event.kind == "noticed" else set()
    return frozenset(found)


def of(told: Told, name: Callable[[str | None], str]) -> Iterator[Ground]:
    """Yield each decision with what it rested on, in their order. `name`: how a person id is told."""
    for event, _ in told:
        kept = event.data.get("evidence")
        if event.kind in DECISIONS and kept:
            yield _ground(event, kept, name)


def _ground(event: Event, kept: Mapping[str, Any], name: Callable[[str | None], str]) -> Ground:
    roster, account = kept.get("roster") or {}, kept.get("account") or {}
    shift = roster.get("on_call") or {}
    return Ground(
        seq=event.seq,
        at=event.at,
        what=DECISIONS[event.kind],
        by=name(event.person),
        rule=str(kept.get("rule") or ""),
        group=str(roster.get("group") or ""),
        members=tuple(sorted(name(str(one)) for one in roster.get("members", ()))),
        group_at=_at(roster.get("as_of")),
        on_call=f"on call by {shift['schedule'] or shift['policy']}" if shift else "",
        account=str(account.get("slack") or ""),
        account_at=_at(account.get("as_of")),
    )


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
