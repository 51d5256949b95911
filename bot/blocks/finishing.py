"""The fields of what comes after: what went live, and the review."""

from bot.blocks import buttons, commits, finding_card, inputs, kit, render, times
from bot.blocks.kit import JSON, Scene
from bot.blocks.phrases import approvers, missing_items, subject, systems, title
from bot.blocks.sentence import At, Due, Sentence, When, Who, join, say
from bot.blocks.states import last
from bot.blocks.type_fields import Filled
from workflows.case import Case
from workflows.change import UNDECIDED, Field, Item, Judgement, Kind, Outcome, Status, Type

MOST_FOLLOW_UPS = 5
_OUTCOMES = [(str(Outcome.OK), "Yes"), (str(Outcome.FAILED), "No"), (str(Outcome.ROLLED_BACK), "Rolled back")]
_JUDGEMENTS = [
    (str(Judgement.YES), "Yes"),
    (str(Judgement.FINDINGS), "Yes, with findings"),
    (str(Judgement.NO), "No"),
]
_ASKED = {Type.ACCESS: "What was done with the access?"}
# What of the seven can be typed; systems, environment and risk are always there.
_TYPED_ITEMS = {
    Item.JUSTIFICATION: "What was broken, and why couldn't it wait?",
    Item.PLAN: "What was to be done?",
    Item.TESTS: "What was tested before?",
    Item.ROLLBACK: "Rollback plan",
}


def deployed_fields(case: Case, scene: Scene, filled: Filled) -> list[JSON]:
    """What, when, how it went, what is known, and why where nobody said yes."""
    heading = say("*{key}* {systems}", key=case.key, systems=subject(case))
    deploy = case.kind is Kind.DEPLOY
    access = case.type is Type.ACCESS
    what, when = ("What was done with it?", "When did it end?") if access else ("What went live?", "When?")
    before = str(filled.get("what") or ("" if access else case.text(Field.REFERENCE) or _version(case)))
    blocks = [
        render.paragraph(heading, scene),
        inputs.text("what", what, before, long=access, limit=inputs.LONGEST if access else 300),
        inputs.moment("at", when, filled.get("at") or scene.now),
    ]
    if not access:
        blocks.append(inputs.radio("outcome", "Did it work?", _OUTCOMES, str(filled.get("outcome") or Outcome.OK)))
        blocks.append(
            inputs.text(
                "known",
                "What do you know of the cause?",
                str(filled.get("known") or ""),
                hint="" if deploy else "Copied into the review.",
                optional=True,
            )
        )
    return [*blocks, *_why(case, scene, str(filled.get("why") or ""))]


def _version(case: Case) -> str:
    """What a deploy asked for."""
    return commits.label(case.sha, case.ref) if case.kind is Kind.DEPLOY else ""


def _why(case: Case, scene: Scene, before: str) -> list[JSON]:
    if case.status in UNDECIDED:
        note = render.small([say("This counts as going ahead without approval.")], scene)
        return [inputs.text("why", "Why before approval?", before), note]
    if case.status is Status.WITHDRAWN:
        return [inputs.text("why", "Why although it was withdrawn?", before)]
    no = case.decision is not None and case.decision.kind == "rejected" and not case.deployments
    return [inputs.text("why", "Why although it was rejected?", before)] if no else []


def review_fields(case: Case, scene: Scene, there: frozenset[Item], *, rows: int, filled: Filled) -> list[JSON]:
    """The five questions of a review, its follow-ups, and what is still missing from the record."""
    blocks = [render.small([_summary(case, scene)], scene)]
    if case.kind is Kind.FINDING:
        return [*blocks, *_explained(case, filled), *_judged("Was it appropriate?", filled), *_follow_ups(rows, filled)]
    if not case.deployments:
        blocks.append(inputs.radio("live", "Did anything go live?", [("yes", "Yes"), ("no", "No")], filled.get("live")))
    label = _ASKED.get(case.type, "What was deployed?")
    blocks.append(inputs.text("deployed", label, _str(filled, "deployed") or _deployed(case)))
    blocks.append(inputs.text("cause", "What was the root cause?", _str(filled, "cause") or _known(case)))
    if note := _from(case):
        blocks.append(render.small([note], scene))
    blocks += [*_judged("Was the emergency change appropriate?", filled), *_follow_ups(rows, filled)]
    missing = [item for item in _TYPED_ITEMS if item not in there]
    if missing:
        words = missing_items({item for item in Item if item not in missing})
        blocks.append(render.paragraph(say("*Still missing from the record:* {words}", words=words), scene))
    for item in missing:
        name = f"missing_{item.value}"
        blocks.append(inputs.text(name, _TYPED_ITEMS[item], _str(filled, name) or _flagged(case, item)))
    return blocks


def _explained(case: Case, filled: Filled) -> list[JSON]:
    """The first questions about a finding: nobody asked for it, so it has no plan to be held against."""
    known = _str(filled, "deployed") or finding_card.what_was_deployed(case)
    return [
        inputs.text("cause", "What was it, and why this way?", _str(filled, "cause")),
        inputs.text("deployed", "What was deployed?", known),
    ]


def _judged(question: str, filled: Filled) -> list[JSON]:
    return [
        inputs.radio("judgement", question, _JUDGEMENTS, filled.get("judgement")),
        inputs.text("tests", "What was tested afterwards?", _str(filled, "tests")),
    ]


def _str(filled: Filled, name: str) -> str:
    return str(filled.get(name) or "")


def _summary(case: Case, scene: Scene) -> Sentence:
    """`checkout 500s · declared Tue 03:02, approved by cto 4 min later, live Tue 03:15. Due Wed 03:02, 6 h left.`"""
    review = case.review
    if case.kind is Kind.FINDING:
        due = say(" Due {due}.", due=Due(review.due)) if review else None
        return say("{title}, found {at}.{due}", title=title(case, 120), at=At(case.declared_at), due=due)
    live = say(", live {t}", t=At(last(case).at)) if case.deployments else None
    due = None
    if review is not None:
        due = say(" Due {due}, {left}.", due=Due(review.due), left=times.left(review.due, scene.now))
    told = say(
        "declared {at}, {decided}{live}.{due}", at=At(case.declared_at), decided=_decided(case), live=live, due=due
    )
    return join((say("{systems}: {title}", systems=systems(case), title=title(case, 120)), told))


def _decided(case: Case) -> Sentence:
    decision = case.decision
    if decision is None or decision.kind != "approved":
        return say("without approval")
    after = times.span(decision.at - case.declared_at)
    verb = "practice approval" if case.drill else "approved"
    return say(f"{verb} by {{by}} {{after}} later", by=approvers(case) or Who(decision.by), after=after)


def _deployed(case: Case) -> str:
    said = [case.body(one.what) or "" for one in case.deployments]
    return "\n".join(dict.fromkeys(line for line in said if line))


def _known(case: Case) -> str:
    said = [case.body(one.known) or "" for one in case.deployments]
    return "\n".join(dict.fromkeys(line for line in said if line))


def _from(case: Case) -> Sentence:
    known = [one for one in case.deployments if one.known]
    if not known:
        return ()
    told = "From {who}, {t}. Check it; you judge."
    return say(told, who=Who(known[-1].by, quiet=True), t=When(known[-1].recorded_at))


def _flagged(case: Case, item: Item) -> str:
    names = {
        Item.PLAN: Field.PLAN,
        Item.TESTS: Field.TESTS,
        Item.ROLLBACK: Field.ROLLBACK,
        Item.JUSTIFICATION: Field.WHY,
    }
    return case.text(names[item]) or ""


def _follow_ups(rows: int, filled: Filled) -> list[JSON]:
    shown = max(1, min(rows, MOST_FOLLOW_UPS))
    blocks: list[JSON] = []
    for n in range(1, shown + 1):
        what, owner, due = f"followup_what_{n}", f"followup_owner_{n}", f"followup_due_{n}"
        label = "Follow-up: what?" if n == 1 else f"Follow-up {n}: what?"
        hint = 'Needed for findings and "No".' if n == 1 else ""
        blocks += [
            inputs.text(what, label, _str(filled, what), long=False, optional=True, limit=300, hint=hint),
            inputs.person(owner, "Who?", filled.get(owner), optional=True),
            inputs.day(due, "By when?", filled.get(due), optional=True),
        ]
    if shown < MOST_FOLLOW_UPS:
        label = buttons.BUTTONS[buttons.MORE_FIELDS][0]
        one = kit.button(label, buttons.MORE_FIELDS, f"review:{shown + 1}", about="for another follow-up")
        blocks.append(kit.actions([one], "more"))
    return blocks
