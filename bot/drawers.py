"""One drawer per form: what the record says → the form, filled in as far as it can be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot import declaring, deploy_forming, disclosing
from bot.blocks import declaring as fields
from bot.blocks import deploy_lifting, forms
from bot.blocks import details as blocks
from bot.blocks.kit import View
from bot.caller import Caller
from bot.desk import Desk
from bot.incoming import Click
from bot.once import turn
from bot.seeing import Sight
from workflows import debts, matching, policy, question, quiet, reviews


@dataclass(frozen=True, slots=True)
class Asked:
    """A form that was asked for: everything its drawer needs. `filled`: what was typed in it before, by field."""

    tx: Connection
    desk: Desk
    caller: Caller
    click: Click
    sight: Sight
    filled: Mapping[str, Any] | None = None

    @property
    def metadata(self) -> str:
        """What the form has to bring back, as private_metadata."""
        meta: dict[str, Any] = {"change": self.sight.case.id, "revision": self.click.about.revision}
        if self.click.about.ref:
            meta["ref"] = self.click.about.ref
        if self.click.channel:
            meta["channel"] = self.click.channel
        return json.dumps(meta)


def details(asked: Asked) -> View:
    """Everything this reader may know and do now."""
    case, caller = asked.sight.case, asked.caller
    return blocks.details(
        case,
        asked.sight.scene,
        actions=policy.actions_for(case, caller.actor, caller.rules, caller.now),
        role=policy.role(case, caller.actor, caller.rules, caller.now),
        notes=asked.sight.notes,
        reading=disclosing.reading(asked.tx, caller, asked.sight),
        metadata=asked.metadata,
    )


def reject(asked: Asked) -> View:
    """Why not? (SCREENS 5.2)"""
    return forms.reject(asked.sight.case, asked.sight.scene, metadata=asked.metadata)


def proceed(asked: Asked) -> View:
    """Going ahead without approval: who is told, when the review is due (5.3)."""
    case, rules = asked.sight.case, asked.caller.rules
    due = debts.clock_start(case) + matching.emergency_rule(case, rules).review.due
    return forms.proceed(case, asked.sight.scene, metadata=asked.metadata, notes=asked.sight.notes, due=due)


def mark_deployed(asked: Asked) -> View:
    """What went live (6.1)."""
    return forms.mark_deployed(asked.sight.case, asked.sight.scene, metadata=asked.metadata, filled=asked.filled)


def object_to(asked: Asked) -> View:
    """Disagreeing afterwards (2.5)."""
    return forms.object_to(asked.sight.case, asked.sight.scene, metadata=asked.metadata)


def withdraw(asked: Asked) -> View:
    """Taking the request back (5.4)."""
    return forms.withdraw(asked.sight.case, asked.sight.scene, metadata=asked.metadata)


def details_form(asked: Asked) -> View:
    """Every field as the record has it, and what is missing (4.4)."""
    case = asked.sight.case
    return forms.details_form(
        case,
        asked.sight.scene,
        metadata=asked.metadata,
        documented_items=policy.documented(case),
        filled=asked.filled,
        incidents=declaring.incidents(asked.tx, asked.desk, asked.caller, opened=False),
    )


def edit(asked: Asked) -> View:
    """A deploy request as it stands; saving asks everyone again (12.2)."""
    case = asked.sight.case
    filled = asked.filled or fields.filled_from(case, asked.sight.scene)
    return deploy_forming.edit_form(asked.tx, asked.caller, case, filled, metadata=asked.metadata)


def lift(asked: Asked) -> View:
    """Why now, despite the freeze? (12.2)"""
    return deploy_lifting.lift(asked.sight.case, asked.sight.scene, metadata=asked.metadata)


def extend(asked: Asked) -> View:
    """The pipeline, open once more as long (5.5)."""
    case = asked.sight.case
    until = (case.window_until or asked.caller.now) + matching.emergency_rule(case, asked.caller.rules).window
    return forms.extend(case, asked.sight.scene, metadata=asked.metadata, until=until)


def review(asked: Asked) -> View:
    """The review, with the implementer's notes and what was typed before (6.3)."""
    case, filled = asked.sight.case, asked.filled or {}
    rows = max([n for n in range(1, reviews.MOST_FOLLOW_UPS + 1) if filled.get(f"followup_what_{n}")], default=1)
    return forms.review(
        case,
        asked.sight.scene,
        metadata=asked.metadata,
        documented_items=policy.documented(case),
        rows=rows,
        filled=asked.filled,
    )


def amend(asked: Asked) -> View:
    """Adding to a closed review (5.6)."""
    return forms.amend(asked.sight.case, asked.sight.scene, metadata=asked.metadata)


def hand_over(asked: Asked) -> View:
    """Who may write the review instead, those who owe least first (6.5)."""
    mine = turn(asked.desk, asked.caller, asked.tx)
    case = asked.sight.case
    people = [one for one in debts.eligible(case, mine) if one != asked.caller.actor.person]
    owed = debts.owing(mine, people)
    eligible = sorted(((one, owed.get(one, 0)) for one in people), key=lambda pair: pair[1])
    return forms.hand_over(case, asked.sight.scene, metadata=asked.metadata, eligible=eligible)


def hand_follow_up(asked: Asked) -> View:
    case, ref = asked.sight.case, asked.click.about.ref
    named = next(one for one in question.follow_ups(case) if one.id == ref)  # the policy said yes to this one
    return forms.hand_follow_up(case, asked.sight.scene, named, metadata=asked.metadata)


def snooze(asked: Asked) -> View:
    """The times that end before the deadline (6.6)."""
    case, caller = asked.sight.case, asked.caller
    ends = {name: quiet.asleep_until(name, caller.now, caller.zone) for name in ("1h", "4h", "morning")}
    deadline = case.review.deadline if case.review else caller.now
    choices = [(name, end) for name, end in ends.items() if end is not None and end <= deadline]
    left = policy.MOST_SNOOZES - (case.review.snoozes if case.review else 0)
    return forms.snooze(case, asked.sight.scene, metadata=asked.metadata, choices=choices, left=left)
