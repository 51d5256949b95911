"""What a use case wants said, put into the outbox of its own transaction."""

from collections.abc import Iterable
from typing import Any

from workflows import following, ledger, outbox, patches, schedule
from workflows.case import Case
from workflows.fold import duties
from workflows.rows import Line, Told
from workflows.turn import Turn

# What asks its reader for something, until it has passed.
ASKING = frozenset({Told.APPROVED, Told.NO_ANSWER, Told.RATIFY, Told.IS_LIVE, Told.ACCESS_OVER, Told.STILL_NEEDED})


def card(turn: Turn, case: Case, channel: str, *, main: bool) -> None:
    """Post the card of this change in a channel, and keep it up to date from now on; with the main one, the peers."""
    outbox.render(
        turn.tx,
        change=case.id,
        place=f"card:{channel}",
        template="card",
        payload={"main": main},
        version=case.version,
        now=turn.now,
        new_id=turn.new_id,
    )
    if main:
        following.follow(turn, case)


def line(turn: Turn, case: Case, name: Line, /, *, broadcast: bool = False, **facts: Any) -> None:
    """One line in the thread of the main card, after the card itself is there."""
    outbox.notice(
        turn.tx,
        key=f"{case.id}:{case.version}:line:{name}",
        change=case.id,
        place=f"thread:{case.posted}",
        template="line",
        payload={"line": name.value, "facts": turn.named(**facts), "broadcast": broadcast},
        now=turn.now,
        new_id=turn.new_id,
        after=f"render:{case.id}:card:{case.posted}",
    )


def ask(turn: Turn, case: Case, person: str, round_: str) -> None:
    """Ask one approver in a private message that follows the change until it is decided."""
    count = sum(1 for a in case.asks if person in a.people)
    outbox.render(
        turn.tx,
        change=case.id,
        place=f"ask:{person}:{count}",
        template="ask",
        payload={"person": person, "round": round_, "n": count},
        version=case.version,
        now=turn.now,
        new_id=turn.new_id,
    )


def tell(turn: Turn, case: Case, people: Iterable[str], what: Told, /, **facts: Any) -> None:
    """One private message each, once; whoever acts is not told what they just did.

    What asks for something is kept up to date: it shrinks once that has passed.
    """
    payload = {"what": what.value, "facts": turn.named(**facts)}
    for person in dict.fromkeys(people):
        if not person or person == turn.actor.person:
            continue
        if what in ASKING:
            outbox.render(
                turn.tx,
                change=case.id,
                place=f"dm:{person}:{what}:{case.version}",
                template="told",
                payload={**payload, "person": person},
                version=case.version,
                now=turn.now,
                new_id=turn.new_id,
            )
        else:
            outbox.notice(
                turn.tx,
                key=f"{case.id}:{case.version}:told:{what}:{person}",
                change=case.id,
                place=f"dm:{person}",
                template="told",
                payload={**payload, "person": person},
                now=turn.now,
                new_id=turn.new_id,
            )


def follow_up(turn: Turn, case: Case, owner: str, *, ref: str, what: Told = Told.FOLLOW_UP, **facts: Any) -> None:
    """Tell somebody of the follow-up that is theirs now; several of one review are several messages."""
    outbox.notice(
        turn.tx,
        key=f"{case.id}:{case.version}:told:{what}:{owner}:{ref}",
        change=case.id,
        place=f"dm:{owner}",
        template="told",
        payload={"what": what.value, "person": owner, "facts": turn.named(ref=ref, **facts)},
        now=turn.now,
        new_id=turn.new_id,
    )


def debts_of(turn: Turn, people: Iterable[str]) -> None:
    """Redraw the reminders these people were sent: what is done, handed on or asleep shrinks to a line."""
    for person in sorted({p for p in people if p}):
        outbox.redraw(turn.tx, f"debts:{person}:{outbox.newest(turn.tx, f'debts:{person}:')}")


def homes(turn: Turn, people: Iterable[str]) -> None:
    """Redraw the App Home of those of these people who ever opened theirs, from what is true then."""
    for person in sorted({p for p in people if p}):
        outbox.redraw(turn.tx, f"home:{person}")


def home(turn: Turn, people: Iterable[str]) -> None:
    """Draw these people's App Home now, and keep it up to date from now on: they opened it."""
    for person in sorted({p for p in people if p}):
        outbox.render(
            turn.tx,
            change=None,
            place=f"home:{person}",
            template="home",
            payload={"person": person},
            version=0,
            now=turn.now,
            new_id=turn.new_id,
        )


def settle(turn: Turn, case: Case, *, also: Iterable[str] = ()) -> Case:
    """The common end of every use case: when to look again, and whose App Home and reminders show something new.

    `also`: who had something to do with it before. Rows that several changes share are written here only, last and
    in one order, so that no two transactions wait for each other.
    """
    ledger.set_next_due(turn.tx, case.id, schedule.next_due(case, turn.rules, turn.now))
    owing = {d.person for d in duties(case) if d.person} | {p for p in also if p}
    if case.review and case.review.owner:
        owing.add(case.review.owner)
    if case.patch_due is not None:
        owing.add(patches.answers(case))
    people = {case.requester, case.implementer, turn.actor.person} | owing
    people |= {p for a in case.asks for p in a.people}
    homes(turn, people)
    debts_of(turn, owing)
    return case
