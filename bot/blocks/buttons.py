"""The buttons: their names, colours and confirmations. What a click says is the change, the revision, and no more."""

from collections.abc import Sequence

from bot.blocks import commits, kit, render
from bot.blocks.kit import JSON, Scene
from bot.blocks.listed import row_subject, row_title
from bot.blocks.phrases import RISKS, plan_line, subject, system_words
from bot.blocks.sentence import Due, Piece, Sentence, Typed, Who, say
from bot.blocks.text import one_line
from workflows import conditions, freezes, matching
from workflows.case import Case
from workflows.change import Action, Kind, Type
from workflows.rows import Debt, Row

DETAILS = "details"
MORE_FIELDS = "more_fields"
DECLARE = "declare_emergency"

# action_id → (label, colour)
BUTTONS: dict[str, tuple[str, str | None]] = {
    Action.APPROVE: ("Approve", "primary"),
    Action.REJECT: ("Reject", "danger"),
    Action.TAKE_BACK: ("Take back", None),
    Action.PROCEED: ("Proceed without approval", "danger"),
    Action.MARK_DEPLOYED: ("Mark deployed", "primary"),
    Action.RATIFY: ("Ratify", "primary"),
    Action.OBJECT: ("Object", "danger"),
    Action.NOT_NEEDED: ("Not needed", None),
    Action.LATER: ("Later", None),
    Action.WITHDRAW: ("Withdraw", None),
    Action.ADD_DETAILS: ("Add details", None),
    Action.EXTEND: ("Extend", None),
    Action.WRITE_REVIEW: ("Write review", "primary"),
    Action.AMEND_REVIEW: ("Add details", None),
    Action.HAND_OVER: ("Hand over", None),
    Action.TAKE_OVER: ("Take over", None),
    Action.SNOOZE: ("Snooze", None),
    Action.MARK_DONE: ("Mark done", "primary"),
    Action.HAND_FOLLOW_UP: ("Hand over", None),
    Action.DECLARE_AGAIN: ("Declare again", None),
    Action.EDIT: ("Edit", None),
    Action.ASK_AGAIN: ("Ask again", "primary"),
    Action.MAKE_EMERGENCY: ("Make it an emergency", None),
    DETAILS: ("Details", None),
    MORE_FIELDS: ("More fields", None),
    DECLARE: ("Declare emergency", "danger"),
}

# These are about one of several follow-ups: their value names it.
FOLLOW_UPS = (Action.MARK_DONE, Action.HAND_FOLLOW_UP)

# What the confirmation says before a button acts: (title, text, yes, no).
_ASK = {
    Action.TAKE_BACK: (
        "Take back your approval?",
        "{key} waits again. You will not be able to approve this version a second time.",
        "Take back",
        "Keep it",
    ),
    Action.RATIFY: (
        "Ratify {key}?",
        'You looked at it afterwards and agree. It stays listed as "without approval".',
        "Ratify",
        "Cancel",
    ),
    Action.NOT_NEEDED: (
        "Nothing was deployed?",
        "{key} closes, no review is owed, the approval stays on record.",
        "Nothing deployed",
        "Cancel",
    ),
}
_NOT_NEEDED_UNAPPROVED = "{key} closes and no review is owed. That it went ahead without approval stays on record."


def value(change: str, revision: int, ref: str = "") -> str:
    """What a button carries: `{change}:{revision}` and, where there are several, `:{ref}`."""
    return f"{change}:{revision}:{ref}" if ref else f"{change}:{revision}"


def for_case(case: Case, scene: Scene, actions: Sequence[str], *, bare: bool = False) -> list[JSON]:
    """The buttons of a change in that order; `bare` draws none of them in colour but the first."""
    made = []
    for index, action in enumerate(actions):
        label, style = BUTTONS[action]
        if case.type is Type.ACCESS and action == Action.MARK_DEPLOYED:
            label = "Access ended"
        made.append(
            kit.button(
                label,
                str(action),
                value(case.id, case.revision),
                about=case.key,
                style=None if bare and index else style,
                confirm=_confirm(case, scene, action),
            )
        )
    return made


def one(action: str, change: str, revision: int, about: str, *, ref: str = "", style: bool = True) -> JSON:
    """A button without a confirmation."""
    label, colour = BUTTONS[action]
    colour = colour if style else None
    return kit.button(label, str(action), value(change, revision, ref), about=about, style=colour)


def _confirm(case: Case, scene: Scene, action: str) -> JSON | None:
    if action == Action.APPROVE:
        return _approve(case, scene)
    if action == Action.TAKE_OVER and case.review is not None:
        owner = say("{who} is told; nothing is needed from them.", who=Who(case.review.owner or ""))
        said = say("It becomes yours, due {due}. {owner}", due=Due(case.review.due), owner=_owned(case, owner))
        text = render.plain(said, scene)
        return kit.confirmation(f"Take over the review of {case.key}?", text, "Take over", "Cancel")
    if action not in _ASK:
        return None
    heading, text, yes, no = _ASK[Action(action)]
    if action == Action.NOT_NEEDED and not (case.decision and case.decision.kind == "approved"):
        text = _NOT_NEEDED_UNAPPROVED
    key = case.key
    return kit.confirmation(heading.replace("{key}", key), text.replace("{key}", key), yes, no)


def _owned(case: Case, owner: Sentence) -> Sentence:
    return owner if case.review and case.review.owner else ()


def _approve(case: Case, scene: Scene) -> JSON | None:
    if case.kind is Kind.DEPLOY:
        return _approve_deploy(case, scene)
    what = say(
        "{systems} · risk {risk} · {environment}. {plan}{stop} You can take it back until it is live.",
        systems=system_words(case.systems),
        risk=RISKS[case.risk],
        environment=case.environment,
        plan=plan_line(case, 150),
        stop=_stop(plan_line(case, 150)),
    )
    return kit.confirmation(f"Approve {case.key}?", render.plain(what, scene), "Approve", "Not yet")


def _approve_deploy(case: Case, scene: Scene) -> JSON | None:
    """Nothing in a freeze: there Approve opens a form, or is refused."""
    if freezes.holds(case, scene.rules, scene.now) is not None:
        return None
    count = len(case.reading.commits) if case.reading else 0
    held = conditions.evaluate(case, scene.rules)
    passed = bool(held) and all(one.state is conditions.State.YES for one in held)
    what = say(
        "{subject}{sha} · risk {risk}.{commits}{passed} "
        "Holds for exactly this{commit}, until {until}. You can take it back until it goes.",
        subject=subject(case),
        sha=f" {commits.label(case.sha, case.ref)}" if case.sha or case.ref else None,
        risk=RISKS[case.risk],
        commits=f" {count} commit{'s' if count != 1 else ''}." if count else None,
        passed=" Checks passed." if passed else None,
        commit=" commit" if case.sha else None,
        until=Due(scene.now + matching.deploy_rule(case, scene.rules).valid_for),
    )
    return kit.confirmation(f"Approve {case.key}?", render.plain(what, scene), "Approve", "Not yet")


def _stop(piece: Piece) -> str:
    """A full stop, unless the text has its own end."""
    return "" if isinstance(piece, Typed) and piece.text.rstrip().endswith((".", "!", "?")) else "."


def for_row(row: Row, scene: Scene, actions: Sequence[str]) -> list[JSON]:
    """The buttons of a change in a list."""
    made = []
    for action in actions:
        button = one(action, row.id, row.revision, row.key, style=action in (Action.APPROVE, Action.REJECT))
        if action == Action.APPROVE:
            button["confirm"] = _approve_row(row, scene)
        made.append(button)
    return made


def _approve_row(row: Row, scene: Scene) -> JSON:
    if row.kind is Kind.DEPLOY:
        return _approve_deploy_row(row, scene)
    plan = row_title(row.plan or row.title, 150, confidential=row.confidential and row.title is None)
    what = say(
        "{system} · risk {risk}. {plan}{stop} You can take it back until it is live.",
        system=one_line(row.system, 60),
        risk=RISKS[row.risk],
        plan=plan,
        stop=_stop(plan),
    )
    return kit.confirmation(f"Approve {row.key}?", render.plain(what, scene), "Approve", "Not yet")


def _approve_deploy_row(row: Row, scene: Scene) -> JSON:
    what = say(
        "{about} · risk {risk}. Holds for exactly this commit. You can take it back until it goes.",
        about=row_subject(row),
        risk=RISKS[row.risk],
    )
    return kit.confirmation(f"Approve {row.key}?", render.plain(what, scene), "Approve", "Not yet")


def for_debt(debt: Debt, scene: Scene, actions: Sequence[str]) -> list[JSON]:
    """The buttons of something owed."""
    made = []
    for action in actions:
        ref = debt.ref if action in FOLLOW_UPS else ""
        button = one(action, debt.id, debt.revision, debt.key, ref=ref)
        if action == Action.TAKE_OVER:
            button["confirm"] = _take_over_debt(debt, scene)
        made.append(button)
    return made


def _take_over_debt(debt: Debt, scene: Scene) -> JSON:
    told = say("{who} is told; nothing is needed from them.", who=Who(debt.owner)) if debt.owner else ()
    said = say("It becomes yours, due {due}. {told}", due=Due(debt.due), told=told)
    text = render.plain(said, scene)
    return kit.confirmation(f"Take over the review of {debt.key}?", text, "Take over", "Cancel")
