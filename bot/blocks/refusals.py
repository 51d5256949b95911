"""Refusals in words: the reason, who can, and what holds now. A refusal never blames."""

from collections.abc import Callable, Mapping

from bot.blocks import barriers, unready
from bot.blocks.commits import short
from bot.blocks.kit import Scene
from bot.blocks.phrases import decider, field_words
from bot.blocks.sentence import At, Due, Sentence, Team, When, Who, join, people, say
from bot.blocks.tries import NOTHING, Try, can
from bot.blocks.values import moment
from workflows.case import Case
from workflows.change import Action, Actor, Kind, Reason, Relation, Status, Verdict


def sentence(verdict: Verdict, case: Case | None, scene: Scene, actor: Actor, action: str = "") -> Sentence:
    """The refusal as a sentence. `action`: what was tried, where the verdict does not say."""
    reason = verdict.reason or Reason.NOT_NOW
    return _WORDS[reason](Try(verdict, case, scene, actor, action))


def _barred(told: str) -> Callable[[Try], Sentence]:
    return lambda no: join((say(told, key=no.key, verb=no.verb), can(no), NOTHING), " ")


def _requester(no: Try) -> Sentence:
    did = "asked for" if _deploy(no) else "declared"
    return _barred(f"You {did} {{key}}, so you can't {{verb}} it.")(no)


def _deploy(no: Try) -> bool:
    return no.case is not None and no.case.kind is Kind.DEPLOY


def _author(no: Try) -> Sentence:
    did = {
        Relation.AUTHOR: "wrote",
        Relation.CO_AUTHOR: "co-wrote",
        Relation.COMMITTER: "committed",
        Relation.LAST_PUSHER: "last pushed",
    }
    did_it = next((word for relation, word in did.items() if relation == no.fact("relation")), "made")
    parties = no.case.parties if no.case else ()
    shas = (p.sha for p in parties if p.person == no.actor.person and p.relation == no.fact("relation") and p.sha)
    which = f" ({short(sha)})" if (sha := next(shas, None)) else ""
    return _barred(f"You {did_it} part of {{key}}{which}, so you can't {{verb}} it.")(no)


def _second_account(no: Try) -> Sentence:
    told = "This account and the one that asked belong to the same person, so it can't {verb} {key}."
    return _barred(told)(no)


def _not_in_group(no: Try) -> Sentence:
    group = Team(no.fact("group")) if no.fact("group") else "one of its approvers"
    told = say("Approving {key} takes someone from {group}.", key=no.key, group=group)
    since = moment(no.fact("since"))
    if since is not None:
        told = say(
            "You went off call {at}; approving {key} takes someone from {group}.", at=At(since), key=no.key, group=group
        )
    return join((told, can(no), NOTHING), " ")


def _second_voice(no: Try) -> Sentence:
    did = {"approve": "approved", "reject": "rejected", "ratify": "ratified", "object": "objected to"}
    verb = did.get(no.fact("voice"), "decided on")
    told = say(f"You already {verb} {{key}} {{at}}; one person counts once.", key=no.key, at=no.at())
    return join((told, _still(no), NOTHING), " ")


def _still(no: Try) -> Sentence:
    ids = [one for one in no.verdict.who_can if one != no.actor.person]
    return say("{people} can still decide.", people=people(ids, "or")) if ids else ()


def _took_back(no: Try) -> Sentence:
    told = "You took your approval of {key} back {at}, so someone else has to decide now{who}. Nothing changed."
    ids = [one for one in no.verdict.who_can if one != no.actor.person]
    who = say(": {people}", people=people(ids, "or")) if ids else None
    return say(told, key=no.key, at=no.at(), who=who)


def _stale(no: Try) -> Sentence:
    changed = field_words(name.strip() for name in no.fact("changed").split(",") if name.strip())
    told = "{key} changed {at}, after the card you saw: {what}. Read it again and decide; your click was not counted."
    return say(told, key=no.key, at=no.at(), what=changed)


_DECIDED = {
    "approved": "Already approved by {by} {at}.",
    "rejected": "Already rejected by {by} {at}.",
    "withdrawn": "{by} withdrew it {at}.",
    "ratified": "Already ratified afterwards by {by} {at}.",
    "objected": "{by} already objected {at}.",
}


def _decided(no: Try) -> Sentence:
    if no.fact("decision") in ("expired", "superseded"):
        return unready.over(no)
    told = _DECIDED.get(no.fact("decision"), "Already decided by {by} {at}.")
    if no.case is not None and no.case.status is Status.WITHDRAWN and no.case.nothing_deployed:
        told = "Closed: {by} said {at} that nothing was deployed."
    if no.case is not None and no.case.drill:
        told = told.replace("Already approved by {by}", "{by} already gave the practice approval")
    by = Who(no.fact("by")) if no.fact("by") or no.case is None else decider(no.case, "")
    return join((say(told, by=by, at=no.at()), NOTHING), " ")


def _went(case: Case) -> Sentence:
    if case.deployments:
        return say("went live {at}", at=At(case.deployments[-1].at))
    if case.passed:
        return say("was let through {at}", at=At(case.passed[-1].at))
    if case.decision is not None:
        return say("is proceeding since {t}", t=When(case.decision.at))
    return say("is closed")


def _too_late(no: Try) -> Sentence:
    case = no.case
    if case is None:
        return say("It is too late for that. Nothing changed.")
    told = say("{key} {went}, so it can't be {did} any more.", key=case.key, went=_went(case), did=_participle(no))
    return join((told, _instead(no, case), NOTHING), " ")


def _participle(no: Try) -> str:
    return "rejected" if no.doing == Action.REJECT else "approved"


def _instead(no: Try, case: Case) -> Sentence:
    if case.kind is Kind.DEPLOY:
        return ()
    unapproved = case.decision is None or case.decision.kind != "approved"
    open_still = case.afterwards is None and case.status in (Status.PROCEEDING, Status.DEPLOYED)
    if unapproved and open_still and no.actor.person in no.verdict.who_can:
        return say("You can Ratify or Object in Details.")
    if case.review is not None and case.review.closed_at is None:
        return say("Its review is due {due}.", due=Due(case.review.due))
    return ()


def _too_late_back(no: Try) -> Sentence:
    went = _went(no.case) if no.case else say("went ahead")
    if _deploy(no):
        return join((say("{key} {went}, so your approval can't be taken back.", key=no.key, went=went), NOTHING), " ")
    told = "{key} {went}, so your approval can't be taken back. Use Object in Details, or say it in the review."
    return join((say(told, key=no.key, went=went), NOTHING), " ")


def _unknown_standing(no: Try) -> Sentence:
    what = "your account"
    if no.fact("what") == "group":
        what = f"whether you are in {no.fact('group') or 'the group'}"
    done = "approved" if no.doing in ("", Action.APPROVE) else "done"
    peer = {"pagerduty": "PagerDuty"}.get(no.fact("peer"), "Slack")
    told = f"I could not check {{what}}: {peer} did not answer. Nothing was {done}; try again in a minute."
    return say(told, what=what)


def _unknown_change(no: Try) -> Sentence:
    return say("I don't know that change. /change list shows all. Nothing changed.")


def _unavailable(no: Try) -> Sentence:
    return say(UNAVAILABLE)


UNAVAILABLE = "I could not save that, so nothing happened. Try again in a minute; what you typed is kept for 24 h."

_WORDS: Mapping[Reason, Callable[[Try], Sentence]] = {
    Reason.REQUESTER: _requester,
    Reason.IMPLEMENTER: _barred("You are carrying out {key}, so you can't {verb} it."),
    Reason.AUTHOR: _author,
    Reason.RUNS_PIPELINE: _barred("You started the pipeline run for {key}, so you can't {verb} it."),
    Reason.SECOND_ACCOUNT: _second_account,
    Reason.NOT_IN_GROUP: _not_in_group,
    Reason.SECOND_VOICE: _second_voice,
    Reason.TOOK_BACK: _took_back,
    Reason.STALE_REVISION: _stale,
    Reason.ALREADY_DECIDED: _decided,
    Reason.TOO_LATE: _too_late,
    Reason.TOO_LATE_TO_TAKE_BACK: _too_late_back,
    Reason.STANDING_UNKNOWN: _unknown_standing,
    Reason.GUEST: barriers.guest,
    Reason.OTHER_ORGANISATION: barriers.foreign,
    Reason.DEACTIVATED: barriers.deactivated,
    Reason.NOT_YOURS: barriers.not_yours,
    Reason.REVIEW_BY_PARTY: barriers.party_review,
    Reason.SNOOZE_SPENT: barriers.snooze,
    Reason.GITHUB_UNKNOWN: unready.github_unknown,
    Reason.EVIDENCE_UNKNOWN: unready.evidence_unknown,
    Reason.CONDITION_MISSING: unready.condition_missing,
    Reason.FROZEN: unready.frozen,
    Reason.NO_RULE: unready.no_rule,
    Reason.NOT_NOW: barriers.not_now,
    Reason.UNKNOWN_CHANGE: _unknown_change,
    Reason.RECORD_UNAVAILABLE: _unavailable,
}
