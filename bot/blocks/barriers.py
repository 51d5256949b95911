"""Refusals that have nothing to do with a vote: whose account it is, whose task it is, and when."""

from bot.blocks import times
from bot.blocks.buttons import BUTTONS, DETAILS, FOLLOW_UPS
from bot.blocks.sentence import Due, Sentence, Team, Value, Who, join, people, say
from bot.blocks.tries import NOTHING, Try, can
from bot.blocks.values import moment
from workflows.case import Case
from workflows.change import Action, Kind, Status

LOOK = "look"  # what `/change` tries


def _verb(no: Try) -> str:
    if no.doing in (DETAILS, LOOK):
        return "open changes"
    if no.case is None:
        return "declare changes"
    return "approve changes" if no.voting else "do that"


def guest(no: Try) -> Sentence:
    told = say("Guests of this workspace can't {verb}.", verb=_verb(no))
    return join((told, can(no) if no.case and no.voting else None, NOTHING), " ")


def foreign(no: Try) -> Sentence:
    verb = {"approve changes": "approve"}.get(_verb(no), _verb(no))
    told = say("Your account belongs to another organisation, so you can't {verb} here.", verb=verb)
    return join((told, can(no) if no.case and no.voting else None, NOTHING), " ")


def deactivated(no: Try) -> Sentence:
    return say("This account can't {verb}. Nothing changed.", verb=_verb(no))


_MAKERS = frozenset(
    {
        Action.PROCEED,
        Action.ADD_DETAILS,
        Action.MARK_DEPLOYED,
        Action.WITHDRAW,
        Action.NOT_NEEDED,
        Action.EXTEND,
        Action.LATER,
        Action.EDIT,
    }
)
_OWNERS = frozenset({Action.HAND_OVER, Action.SNOOZE})


def not_yours(no: Try) -> Sentence:
    case, action = no.case, no.doing
    if action == Action.TAKE_BACK:
        return say("You have no approval of {key} to take back. Nothing changed.", key=no.key)
    label = BUTTONS.get(action, (action or "That", None))[0]
    return join(
        (say("{label} on {key} is for {whom}.", label=label, key=no.key, whom=_whom(no, case, action)), NOTHING), " "
    )


def _whom(no: Try, case: Case | None, action: str) -> Sentence:
    if case is not None and action in _MAKERS:
        makers = people(dict.fromkeys((case.requester, case.implementer)))
        did = "asked for it" if case.kind is Kind.DEPLOY else "declared it"
        return say(f"the people who {did} or carry it out: {{makers}}", makers=makers)
    if case is not None and action == Action.ASK_AGAIN:
        return say("the people who asked for it, and for its approvers")
    owner = case.review.owner if case is not None and case.review is not None else None
    if owner and action in _OWNERS:
        return say("its owner, {owner}", owner=Who(owner))
    if action in FOLLOW_UPS:
        return say("the person who has the follow-up, and for reviewers")
    group: Value = Team(no.fact("group")) if no.fact("group") else "the reviewers of the policy"
    told = say("{group}, not for the people who made the change", group=group)
    return (*told, *say(". Owner: {owner}", owner=Who(owner))) if owner else told


def party_review(no: Try) -> Sentence:
    review = no.case.review if no.case else None
    who = None
    if review is not None and review.owner:
        who = say(": {owner}, due {due}", owner=Who(review.owner), due=Due(review.due))
    told = "You took part in {key}, so someone else writes its review{who}. Nothing changed."
    return say(told, key=no.key, who=who)


def snooze(no: Try) -> Sentence:
    review = no.case.review if no.case else None
    due = moment(no.fact("due")) or (review.due if review else None)
    if due is None:
        return say("{key} can't be put off any longer. Nothing changed.", key=no.key)
    spent = "deadline" not in no.verdict.facts
    how = "was put off three times" if spent else "can't sleep past its deadline"
    told = f"{{key}} {how}; the review is due {{due}} ({{left}}). You can Write review or Hand over."
    return say(told, key=no.key, due=Due(due), left=times.left(due, no.scene.now))


_NOW = {
    Status.DECLARED: "it is waiting for approval",
    Status.REQUESTED: "it is waiting for approval",
    Status.FOUND: "it is waiting for its review",
    Status.EXPIRED: "its approval ended",
    Status.SUPERSEDED: "a newer request replaced it",
    Status.APPROVED: "it has its approval and is not marked live",
    Status.PROCEEDING: "it is proceeding without approval",
    Status.REJECTED: "it was rejected",
    Status.DEPLOYED: "it is live",
    Status.REVIEWED: "it is closed",
    Status.WITHDRAWN: "it was closed without a deployment",
}


def not_now(no: Try) -> Sentence:
    label = BUTTONS.get(no.doing, ("That", None))[0]
    if no.fact("follow_up") == "done":
        return say("That follow-up of {key} is done already. Nothing changed.", key=no.key)
    now = _NOW.get(no.case.status, "it moved on") if no.case else "it moved on"
    told = "{label} is not possible on {key} now: {now}. Nothing changed."
    return say(told, label=label, key=no.key, now=now)
