"""Modals: each asks one thing, says what will happen, and is submitted with the name of the act."""

from collections.abc import Sequence
from datetime import datetime

from bot.blocks import declaring, finishing, inputs, kit, render, times
from bot.blocks.kit import JSON, Scene, View
from bot.blocks.notes import CardNotes
from bot.blocks.phrases import body, documented, missing_items, subject, system_words, systems, title
from bot.blocks.sentence import At, Due, Sentence, When, Who, people, say
from bot.blocks.states import asked
from bot.blocks.type_fields import Filled
from workflows.case import Case
from workflows.change import Item, Kind, Status, Type
from workflows.reviewed import FollowUp
from workflows.rows import Row


def declare(
    filled: Filled,
    scene: Scene,
    *,
    metadata: str = "",
    more: bool = False,
    drill: bool = False,
    groups: Sequence[str] = (),
    open_on: Sequence[Row] = (),
    from_key: str | None = None,
    incidents: declaring.Incidents = declaring.TYPED,
) -> View:
    """Declare an emergency (SCREENS 4.1), with all fields when `more` (4.2).

    `filled`: values by field name (texts, systems as names, times as aware datetimes, `implementer` a Slack account).
    `groups`: who is asked. `open_on`: what is open on the chosen systems. `from_key`: what this goes on from.
    """
    lines = [declaring.asked_line(scene, groups, drill=drill)]
    if from_key:
        lines.append(say("From {key}; the two will be linked.", key=from_key))
    blocks = [render.small(lines, scene), *declaring.first_fields(filled, scene, open_on=open_on)]
    blocks += declaring.more_fields(filled, scene, incidents=incidents) if more else declaring.preset(filled, scene)
    heading = "Declare a drill" if drill else "Declare emergency"
    return kit.modal("more" if more else "declare", heading, blocks, submit="Declare", metadata=metadata)


def details_form(
    case: Case,
    scene: Scene,
    *,
    metadata: str = "",
    documented_items: frozenset[Item],
    filled: Filled | None = None,
    incidents: declaring.Incidents = declaring.TYPED,
) -> View:
    """Add details (4.4): every field with its value; says what is missing and what asks for approval again."""
    known = declaring.filled_from(case, scene) if filled is None else filled
    missing = missing_items(documented_items)
    lines = [say("{documented}.{missing}", documented=documented(documented_items), missing=_missing(missing))]
    if case.status in (Status.DECLARED, Status.APPROVED) and case.approvals:
        lines.append(say("Changing systems, environment, version or what will be done asks for approval again."))
    blocks = [render.small(lines, scene), *declaring.first_fields(known, scene, open_on=())]
    blocks += declaring.more_fields(known, scene, incidents=incidents)
    return kit.modal("details_form", "Add details", blocks, submit="Save", metadata=metadata)


def _missing(items: str) -> str | None:
    return f" Missing: {items}." if items else None


def loading(heading: str, *, reading: str = "", callback_id: str = "loading") -> View:
    """What is shown while something is read; the real form takes its place."""
    what = f"Reading {reading}… this" if reading else "This"
    blocks = [kit.section(f"{what} takes a few seconds. What you type is kept.")]
    return kit.modal(callback_id, heading, blocks, submit=None)


def _about(case: Case, scene: Scene) -> JSON:
    return render.passage([say("*{systems}: {title}*", systems=subject(case), title=title(case, 120))], scene)


def reject(case: Case, scene: Scene, *, metadata: str = "") -> View:
    """Why not? (5.2)"""
    who = Who(case.requester, quiet=True) if case.requester else "whoever asked"
    then = "edit it, or ask again" if case.kind is Kind.DEPLOY else "declare again with a new plan"
    blocks = [
        _about(case, scene),
        inputs.text(
            "reason",
            "Why not?",
            hint="Shown to everyone in the thread. What would make it a yes?",
            focus=True,
        ),
        render.small([say(f"One no is final. {{who}} can {then}.", who=who)], scene),
    ]
    return kit.modal("reject", f"Reject {case.key}", blocks, submit="Reject", metadata=metadata)


def proceed(case: Case, scene: Scene, *, metadata: str = "", notes: CardNotes, due: datetime) -> View:
    """Break-glass (5.3): `notes.could` are told, `notes.gate` is what opens, `due` when the review is due."""
    told = people(notes.could, limit=3) or say("the approvers")
    happens = say(
        'What happens: {told} are told now; the record shows "without approval" for good; a review is due {due}.{gate}',
        told=told,
        due=Due(due),
        gate=say(" The pipeline opens for {where}.", where=system_words(notes.gate)) if notes.gate else None,
    )
    before = "You practise going ahead on *{systems}*" if case.drill else "You go ahead on *{systems}*"
    blocks = [
        render.paragraph(say(before + " before anyone approved.", systems=systems(case)), scene),
        inputs.text("reason", "Why can't it wait for an answer?", focus=True),
        render.paragraph(happens, scene),
    ]
    if waiting := _waiting(case):
        blocks.append(render.small([waiting], scene))
    return kit.modal("proceed", "Proceed without it", blocks, submit="Proceed", metadata=metadata)


def _waiting(case: Case) -> Sentence:
    asks = [ask for ask in asked(case) if ask.people]
    if not asks:
        return ()
    last = asks[-1]
    verb = "was" if len(last.people) == 1 else "were"
    return say(f"You can still wait: {{people}} {verb} asked {{at}}.", people=people(last.people), at=At(last.at))


def object_to(case: Case, scene: Scene, *, metadata: str = "") -> View:
    """Disagree afterwards (2.5)."""
    blocks = [
        _about(case, scene),
        inputs.text("reason", "What do you object to?", hint="Shown to everyone in the thread.", focus=True),
        render.small([say("It goes into the review; the deployment stays as it is.")], scene),
    ]
    return kit.modal("object", f"Object {case.key}", blocks, submit="Object", metadata=metadata)


def withdraw(case: Case, scene: Scene, *, metadata: str = "") -> View:
    """Take a request back (5.4); `Yes` leads to Mark deployed."""
    changed = [("no", "No, nothing"), ("yes", "Yes")]
    blocks = [
        _about(case, scene),
        inputs.radio("touched", "Was anything in production changed?", changed),
        inputs.search("duplicate_of", "Duplicate of", placeholder="An open change", optional=True),
        inputs.text("note", "Note", long=False, optional=True, limit=300),
    ]
    return kit.modal("withdraw", f"Withdraw {case.key}", blocks, submit="Withdraw", metadata=metadata)


def extend(case: Case, scene: Scene, *, metadata: str = "", until: datetime) -> View:
    """Keep the pipeline open once more (5.5); `until`: the end it would have then."""
    now_until = say("It closes {t}; ", t=When(case.window_until)) if case.window_until else ()
    blocks = [
        render.paragraph((*now_until, *say("this keeps it open until {t}. It works once.", t=When(until))), scene),
        inputs.text("reason", "Why?", focus=True),
    ]
    return kit.modal("extend", "Keep the pipeline open", blocks, submit="Extend", metadata=metadata)


def link(scene: Scene, *, metadata: str = "") -> View:
    """Link a message to a change (7)."""
    blocks = [
        inputs.search("change", "Change", placeholder="Key or system"),
        render.small([say("The message is linked and its text kept with the record.")], scene),
    ]
    return kit.modal("link", "Link to a change", blocks, submit="Save", metadata=metadata)


def amend(case: Case, scene: Scene, *, metadata: str = "") -> View:
    """Add to a closed review; the first text stays (5.6)."""
    review = case.review
    closed = say("Closed {at}. ", at=At(review.closed_at)) if review and review.closed_at else ()
    blocks = [
        render.small([(*closed, *say("This adds to the review; the first text stays."))], scene),
        inputs.text("text", "What do you want to add?", focus=True),
    ]
    return kit.modal("amend", f"Review {case.key}", blocks, submit="Save", metadata=metadata)


def hand_over(case: Case, scene: Scene, *, metadata: str = "", eligible: Sequence[tuple[str, int]]) -> View:
    """Give a review to somebody who may write it (6.5); `eligible`: (person id, reviews they owe)."""
    due = case.review.due if case.review else scene.now
    options = [(person, f"{render.name_of(scene, person)} · owes {owes}") for person, owes in eligible[:100]]
    if not options:
        nobody = say("Nobody else may review this one. It stays yours, due {due}.", due=Due(due))
        return kit.modal("hand_over", "Hand over review", [render.paragraph(nobody, scene)], submit=None, close="Close")
    blocks = [
        inputs.choice("to", "To whom?", options, None),
        inputs.text("note", "Note", long=False, optional=True, limit=300),
        render.small([say("They are told now; the due time {due} stays.", due=Due(due))], scene),
    ]
    return kit.modal("hand_over", "Hand over review", blocks, submit="Hand over", metadata=metadata)


def hand_follow_up(case: Case, scene: Scene, follow_up: FollowUp, *, metadata: str = "") -> View:
    """Give a follow-up to somebody else (6.4); its date stays."""
    due = times.date_words(follow_up.due)
    what = body(case, follow_up.what, 200) or "a follow-up"
    blocks = [
        render.paragraph(say("*{key}*, due {due}: {what}", key=case.key, due=due, what=what), scene),
        inputs.person("to", "To whom?", None),
        inputs.text("note", "Note", long=False, optional=True, limit=300),
        render.small([say("They are told now; the date, {due}, stays.", due=due)], scene),
    ]
    return kit.modal("hand_follow_up", "Hand over follow-up", blocks, submit="Hand over", metadata=metadata)


def snooze(case: Case, scene: Scene, *, metadata: str = "", choices: Sequence[tuple[str, datetime]], left: int) -> View:
    """Put reminders off (6.6). `choices`: those that end before the deadline, with their end; `left`: of three."""
    words = {"1h": "1 hour", "4h": "4 hours", "morning": "Until morning"}
    due = case.review.due if case.review else scene.now
    if not choices:
        spent = say("It can't sleep any longer: the review is due {due}.", due=Due(due))
        return kit.modal("snooze", "Snooze", [render.paragraph(spent, scene)], submit=None, close="Close")
    options = [(name, render.plain(say(f"{words[name]} ({{t}})", t=When(end)), scene)) for name, end in choices]
    blocks = [
        inputs.radio("choice", "For how long?", options, options[0][0]),
        render.small([say(f"{left} of 3 left. The due time stays {{due}}.", due=Due(due))], scene),
    ]
    return kit.modal("snooze", "Snooze", blocks, submit="Save", metadata=metadata)


def mark_deployed(case: Case, scene: Scene, *, metadata: str = "", filled: Filled | None = None) -> View:
    """What went live (6.1); asks why when there was no yes."""
    heading = "Access ended" if case.type is Type.ACCESS else "Mark deployed"
    blocks = finishing.deployed_fields(case, scene, filled or {})
    return kit.modal("mark_deployed", heading, blocks, submit="Record", metadata=metadata)


def review(
    case: Case,
    scene: Scene,
    *,
    metadata: str = "",
    documented_items: frozenset[Item],
    rows: int = 1,
    filled: Filled | None = None,
) -> View:
    """The retroactive review (6.3) with `rows` follow-ups; `filled`: what was typed before, by field name."""
    blocks = finishing.review_fields(case, scene, documented_items, rows=rows, filled=filled or {})
    return kit.modal("review", f"Review {case.key}", blocks, submit="Send review", metadata=metadata)
