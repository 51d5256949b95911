"""Private lines: put into the outbox by the transaction of their cause; `whispers` draws them when they are sent."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.caller import Caller
from workflows import outbox
from workflows.case import Case, Refused
from workflows.change import Reason, Verdict
from workflows.drafts import Draft
from workflows.turn import Turn


def whisper(
    turn: Turn, caller: Caller, *, template: str, payload: Mapping[str, Any], change: str | None, channel: str
) -> None:
    """One private line to the caller: in the channel if there is one, else where the two of us are alone."""
    place = f"private:{channel}:{caller.slack}"  # without a channel: where only the two of us are
    outbox.notice(
        turn.tx,
        key=f"whisper:{caller.key}:{template}",
        change=change,
        place=place,
        template=template,
        payload={**payload, "person": caller.actor.person, "slack": caller.slack},
        now=turn.now,
        new_id=turn.new_id,
    )


def about(turn: Turn, caller: Caller, case: Case, what: str, *, channel: str = "", **facts: Any) -> None:
    """Tell the caller what became of what they did; `what` is a key of `whispers.RECEIPTS`."""
    payload = {"what": what, "facts": dict(facts)}
    whisper(turn, caller, template="private", payload=payload, change=case.id, channel=channel)


def refused(turn: Turn, caller: Caller, no: Refused, *, action: str, channel: str = "") -> None:
    """Tell the caller why not."""
    verdict = {**asdict(no.verdict), "facts": dict(no.verdict.facts)}
    payload = {"verdict": verdict, "action": action, "recorded": no.recorded and no.case is not None}
    change = no.case.id if no.case else None
    whisper(turn, caller, template="refusal", payload=payload, change=change, channel=channel)


def draft(turn: Turn, caller: Caller, kept: Draft | None, *, channel: str, late: bool) -> None:
    """Offer what was typed again; `late`: because the form did not open. Without a draft only that is said."""
    payload: dict[str, Any] = {"late": late}
    if kept is not None:
        payload |= {"ref": kept.id, "at": kept.at.isoformat(), "until": kept.until.isoformat()}
    whisper(turn, caller, template="draft", payload=payload, change=None, channel=channel)


def verdict_of(payload: Mapping[str, Any]) -> Verdict:
    """The verdict that a payload holds."""
    given = payload["verdict"]
    return Verdict(
        bool(given["allowed"]),
        Reason(given["reason"]) if given.get("reason") else None,
        given.get("right"),
        given.get("rule") or "",
        tuple(given.get("who_can") or ()),
        dict(given.get("facts") or {}),
    )
