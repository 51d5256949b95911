"""One private message for everything a person owes at that time; older ones shrink to a line."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.blocks import buttons, kit, patch_words, render, times
from bot.blocks.kit import JSON, Drawing, Scene
from bot.blocks.listed import row_title
from bot.blocks.phrases import system_short, systems
from bot.blocks.sentence import At, Due, Sentence, Team, Value, When, Who, join, listing, say
from bot.blocks.text import one_line
from workflows import question
from workflows.case import Case
from workflows.change import Action, Status
from workflows.rows import Debt, DebtKind

MOST = 8
_SOFT = frozenset({DebtKind.ASKED, DebtKind.REMINDER, DebtKind.NOT_LIVE})
_MINE_SOFT = (Action.WRITE_REVIEW, Action.HAND_OVER, Action.SNOOZE)
_MINE = (Action.WRITE_REVIEW, Action.HAND_OVER)
_TAKE = (Action.TAKE_OVER, buttons.DETAILS)
_BOTH = (Action.WRITE_REVIEW, Action.TAKE_OVER)

# What the owner reads, and what somebody reads who may take over.
MINE: Mapping[DebtKind, str] = {
    DebtKind.FOLLOW_UP: 'Due {day}: "{what}" from {key}.',
    DebtKind.NOT_LIVE: "{key}: review by {due}. It was decided {decided} and is not marked live; "
    "you will be asked what went out.",
    DebtKind.ASKED: "{key} needs your review by {due} ({left}). {help}",
    DebtKind.REMINDER: "{key} needs your review by {due} ({left}). {help}",
    DebtKind.ESCALATION: "{key} {system} needs your review: it was due {due} ({left}). {help}",
    DebtKind.LAST_CALL: "Last call: {key} review, deadline {deadline} ({deadline_left}).",
    DebtKind.DEADLINE: "Deadline passed: {key} {system}, review due by {deadline}, still open. It is yours.",
    DebtKind.DAILY: "Still open: your review of {key} {system}, {past} past its deadline.",
}
OTHERS: Mapping[DebtKind, str] = {
    **MINE,
    DebtKind.ESCALATION: "Nobody has reviewed {key} {system} yet; due {due} ({left}). {has} You can take over.",
    DebtKind.LAST_CALL: "Last call: {key} review, deadline {deadline} ({deadline_left}). {has} You can take over.",
    DebtKind.DEADLINE: "Deadline passed: {key} {system}, review due by {deadline}, still open. You can take over.",
    DebtKind.DAILY: "Still open: review of {key} {system}, {past} past its deadline. {has}",
}


def debts(
    rows: Sequence[Debt],
    scene: Scene,
    *,
    kind: DebtKind,
    lead: str = "",
    late: tuple[datetime, datetime, datetime] | None = None,
    superseded_at: datetime | None = None,
    done: Sequence[Case] = (),
    person: str = "",
) -> Drawing:
    """What `person` owes, in order of due times; `kind` leads, of the change `lead`.

    Nothing owed any more: a line per change of `done`.
    `late`: (when it should have been sent, not running from, to). `superseded_at`: this one was sent then, a newer
    one follows.
    """
    personal = replace(scene, shared=False, pings=None)
    ordered = sorted(rows, key=lambda row: row.due)
    keys = listing(dict.fromkeys([row.key for row in ordered] + [case.key for case in done]), limit=3, others="more")
    if superseded_at is not None:
        line = say("{keys}: reminder of {at}; see below.", keys=keys, at=When(superseded_at))
        return kit.drawing(render.notification(line, personal), [render.small([line], personal)])
    if not ordered:
        lines = [settled(case, person, kind) for case in done[:MOST]] or [say("Nothing is owed here any more.")]
        return kit.drawing(render.notification(join(lines, " "), personal), [render.small(lines, personal)])
    leads = [row for row in ordered if row.kind is kind] or ordered
    first = next((row for row in leads if row.id == lead), leads[0])
    text = render.notification(_all(ordered, first, personal), personal)
    blocks = _one(first, personal) if len(ordered) == 1 else _several(ordered, first, personal)
    return kit.drawing(text, [*blocks, *_late(late, personal)])


def _all(ordered: Sequence[Debt], lead: Debt, scene: Scene) -> Sentence:
    more = len(ordered) - 1
    first = _asleep(lead) if _sleeps(lead, scene) else notice(lead, scene)
    return join((first, f"{more} more owed." if more else None), " ")


def _sleeps(debt: Debt, scene: Scene) -> bool:
    return debt.asleep_until is not None and debt.asleep_until > scene.now and debt.kind in _SOFT and debt.mine


def _asleep(debt: Debt) -> Sentence:
    until = When(debt.asleep_until) if debt.asleep_until else None
    return say("{key}: asleep until {t}; due {due}.", key=debt.key, t=until, due=Due(debt.due))


def _one(debt: Debt, scene: Scene) -> list[JSON]:
    if _sleeps(debt, scene):
        row = kit.actions(buttons.for_debt(debt, scene, (Action.WRITE_REVIEW,)))
        return [render.small([_asleep(debt)], scene), row]
    lines = [render.paragraph(notice(debt, scene), scene)]
    if debt.title and not debt.ref:
        name = row_title(debt.title, 120, system=debt.system)
        about = say("{system}: {title}", system=one_line(debt.system, 80), title=name)
        lines.append(render.passage([about], scene))
    return [*lines, kit.actions(buttons.for_debt(debt, scene, offers(debt)))]


def _several(ordered: Sequence[Debt], lead: Debt, scene: Scene) -> list[JSON]:
    blocks = [render.paragraph(notice(lead, scene), scene)]
    for debt in ordered[:MOST]:
        blocks += row(debt, scene)
    if len(ordered) > MOST:
        blocks.append(render.small([say(f"and {len(ordered) - MOST} more in Home")], scene))
    return blocks


def row(debt: Debt, scene: Scene) -> list[JSON]:
    """A thing owed as a line with its own buttons."""
    made = buttons.for_debt(debt, scene, offers(debt))
    return [render.paragraph(row_line(debt, scene), scene), kit.actions(made, f"row:{debt.slot}")]


def row_line(debt: Debt, scene: Scene) -> Sentence:
    """`*EC-2026-0042* payments: checkout 500s · due Tue 03:02 (6 h left)`."""
    if debt.ref:
        what: Sentence = say("follow-up: {what}", what=row_title(debt.what, 80))
    elif debt.patch:
        what = patch_words.what(debt)
    else:
        title = row_title(debt.title, 60, system=debt.system) if debt.title is not None else None
        what = join((one_line(debt.system, 40), (title,) if title else None), ": ")
    left = times.left(debt.due, scene.now)
    when = say("due {due} ({left})", due=_date(debt, scene) if debt.ref else Due(debt.due), left=left)
    owner = None if debt.mine else say("owner {owner}", owner=Who(debt.owner) if debt.owner else "nobody")
    issue = say("Jira {issue}", issue=one_line(debt.issue, 60)) if debt.issue else None
    return join((say("*{key}* {what}", key=debt.key, what=what), when, issue, owner))


def offers(debt: Debt) -> Sequence[str]:
    """The buttons of a thing owed."""
    if debt.ref:
        return (*buttons.FOLLOW_UPS, buttons.DETAILS)
    if debt.patch:
        return (buttons.DETAILS,)
    if debt.mine:
        return _MINE_SOFT if debt.kind in _SOFT else _MINE
    return _TAKE if debt.kind in (DebtKind.ESCALATION, DebtKind.DEADLINE) else _BOTH


def notice(debt: Debt, scene: Scene) -> Sentence:
    """The sentence of one notice."""
    if debt.patch:
        return patch_words.notice(debt, scene)
    kind = DebtKind.FOLLOW_UP if debt.ref else debt.kind
    if kind in (DebtKind.ASKED, DebtKind.REMINDER) and debt.mine and debt.due < scene.now:
        kind = DebtKind.ESCALATION
    if kind in (DebtKind.ASKED, DebtKind.REMINDER) and not debt.live and debt.decided_at is not None:
        kind = DebtKind.NOT_LIVE
    return say((MINE if debt.mine else OTHERS)[kind], **_values(debt, scene))


def _values(debt: Debt, scene: Scene) -> dict[str, Value]:
    deadline = debt.deadline or debt.due
    filled = "The implementer's notes are filled in; about 3 minutes."
    return {
        "key": debt.key,
        "system": system_short(debt.system.split(", ")),
        "due": Due(debt.due),
        "left": times.left(debt.due, scene.now),
        "deadline": Due(deadline),
        "deadline_left": times.left(deadline, scene.now),
        "past": times.span(scene.now - deadline),
        "decided": At(debt.decided_at) if debt.decided_at else None,
        "help": filled if debt.notes else "About 3 minutes.",
        "has": say("{owner} has it.", owner=Who(debt.owner)) if debt.owner else None,
        "day": _date(debt, scene),
        "what": row_title(debt.what, 50),
    }


def _date(debt: Debt, scene: Scene) -> str:
    """The day of a follow-up, which is a date without a zone: `today`, `1 Dec`."""
    day = debt.due.astimezone(UTC).date()
    today = scene.now.astimezone(times.zone_of(scene.zone)).date()
    return "today" if day == today else times.date_words(day.isoformat())


def settled(case: Case, person: str = "", kind: DebtKind = DebtKind.REMINDER) -> Sentence:
    """What became of a debt: `EC-2026-0042: reviewed by @lead at 10:12.`; of a follow-up, where that was told."""
    if kind is DebtKind.FOLLOW_UP and (said := _followed(case, person)):
        return said
    review = case.review
    if said := patch_words.settled(case, person):
        return said
    if case.status is Status.REVIEWED and review and review.by and review.closed_at:
        return say("{key}: reviewed by {by} {at}.", key=case.key, by=Who(review.by), at=At(review.closed_at))
    if case.status is Status.WITHDRAWN:
        return say("{key}: nothing was deployed, so no review is owed.", key=case.key)
    if review and review.owner:
        return say("{key}: {owner} has this review now.", key=case.key, owner=Who(review.owner))
    return say("{key}: done.", key=case.key)


def _followed(case: Case, person: str) -> Sentence:
    for one in reversed(question.follow_ups(case)):
        if one.owner == person and one.done_at is not None:
            return say("{key}: follow-up done {at}.", key=case.key, at=At(one.done_at))
        if one.owner == person and one.issue is not None and one.issue.done:
            return say("{key}: follow-up done in Jira, {issue}.", key=case.key, issue=one_line(one.issue.key, 40))
        if person in one.earlier:
            return say("{key}: {owner} has this follow-up now.", key=case.key, owner=Who(one.owner))
    return ()


def _late(late: tuple[datetime, datetime, datetime] | None, scene: Scene) -> list[JSON]:
    if late is None:
        return []
    due, start, end = late
    told = "Sent {span} late: I was not running from {start} to {end}."
    span = times.span(scene.now - due)
    return [render.small([say(told, span=span, start=When(start), end=When(end))], scene)]


_NOBODY = (
    "Nobody may review {key} {systems}, due {due} ({left}): everybody in {groups} took part in it or has left. "
    "Whoever keeps the policy can add a reviewer, who can then take over."
)


def escalation(case: Case, scene: Scene, *, reviewers: Sequence[str], nobody: bool = False) -> Drawing:
    """What the escalations channel reads when a deadline has passed, or whenever `nobody` may write the review."""
    shared = replace(scene, shared=True, pings=None)
    review = case.review
    groups = listing((Team(name) for name in reviewers), word="and" if nobody else "or")
    told = "Deadline passed: {key} {systems}, review due by {due}, still open. {groups} can take over."
    line = say(
        _NOBODY if nobody else told,
        key=case.key,
        systems=systems(case),
        due=Due(review.due if nobody else review.deadline) if review else None,
        left=times.left(review.due, scene.now) if review else None,
        groups=groups or ("the reviewers' groups" if nobody else "The reviewers"),
    )
    owner = say("Owner: {who}", who=Who(review.owner)) if review and review.owner else ()
    row = kit.actions(buttons.for_case(case, shared, _TAKE))
    blocks = [render.paragraph(line, shared), *([render.small([owner], shared)] if owner else []), row]
    return kit.drawing(render.notification(line, shared), blocks)
