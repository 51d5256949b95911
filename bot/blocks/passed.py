"""What a private message becomes once what it asked for has passed: one line, without buttons."""

from datetime import timedelta

from bot.blocks import times
from bot.blocks.deploy_states import deploy_state
from bot.blocks.deploy_states import words_of as deploy_words
from bot.blocks.kit import Scene
from bot.blocks.phrases import approvers, decider
from bot.blocks.sentence import At, Sentence, Who, say
from bot.blocks.states import state_of, words_of
from bot.blocks.values import Facts, moment, values
from workflows.case import Case
from workflows.change import UNDECIDED, Kind, Status
from workflows.rows import Told

_AHEAD = frozenset({Status.APPROVED, Status.PROCEEDING})


def line(what: Told, case: Case, scene: Scene, facts: Facts) -> Sentence:
    """The line that takes the message's place; empty while it still asks for something."""
    if what is Told.APPROVED:
        return _approved(case, scene, facts)
    if what is Told.NO_ANSWER:
        return _no_answer(case, scene, facts)
    if what is Told.RATIFY:
        return _ratify(case, scene, facts)
    if what is Told.STILL_NEEDED:
        return _still_needed(case, scene, facts)
    if what is Told.ACCESS_OVER:
        return _access_over(case)
    return _is_live(case, scene, facts) if what is Told.IS_LIVE else ()


def _access_over(case: Case) -> Sentence:
    if case.access_ended_at is None:
        return say("{key}: closed.", key=case.key) if case.closed_at is not None else ()
    return say("{key}: the access ended {at}.", key=case.key, at=At(case.access_ended_at))


def _since(case: Case, scene: Scene) -> str:
    if case.kind is Kind.DEPLOY:
        return deploy_words(case, scene, deploy_state(case, scene))[1]
    return words_of(case, state_of(case, scene.now))[1]


def _still_holds(case: Case, facts: Facts) -> bool:
    """Whether the decision of which was told is the one that stands."""
    at = moment(facts.get("at"))
    return case.decision is not None and (at is None or case.decision.at <= at)


def _approved(case: Case, scene: Scene, facts: Facts) -> Sentence:
    if case.status is Status.APPROVED and _still_holds(case, facts):
        return ()
    by, at = str(facts.get("by") or ""), moment(facts.get("at"))
    who = (approvers(case) if not by else ()) or decider(case, by)
    verb = "practice approval" if case.drill else "approved"
    told = f"{{key}}: {verb} by {{who}} {{at}}; since then {{now}}."
    return say(told, key=case.key, who=who, at=At(at) if at else None, now=_since(case, scene))


def _no_answer(case: Case, scene: Scene, facts: Facts) -> Sentence:
    if case.status in UNDECIDED:
        return ()
    waited = times.span(timedelta(minutes=int(facts.get("minutes") or 0)))
    return say("{key}: no answer for {waited}; since then {now}.", key=case.key, waited=waited, now=_since(case, scene))


def _still_needed(case: Case, scene: Scene, facts: Facts) -> Sentence:
    if case.status in UNDECIDED:
        return ()
    told = "{key}: its incident {incident} was resolved before anybody decided; since then {now}."
    return say(told, key=case.key, incident=values(case, facts)["incident"], now=_since(case, scene))


def _ratify(case: Case, scene: Scene, facts: Facts) -> Sentence:
    after, at = case.afterwards, moment(facts.get("at"))
    if after is None and case.closed_at is None:
        return ()
    if after is None:
        told = "{key}: went live {at}; since then {now}."
        return say(told, key=case.key, at=At(at) if at else None, now=_since(case, scene))
    did = "ratified afterwards" if after.kind == "ratified" else "objected to"
    return say(f"{{key}}: {did} by {{by}} {{at}}.", key=case.key, by=Who(after.by), at=At(after.at))


def _is_live(case: Case, scene: Scene, facts: Facts) -> Sentence:
    asked_at = moment(facts.get("asked_at"))
    if case.status not in _AHEAD or not _still_holds(case, facts):
        return say("{key}: asked whether it is live; since then {now}.", key=case.key, now=_since(case, scene))
    if asked_at is None or case.later_until is None or case.later_until <= asked_at:
        return ()
    if case.later_until > scene.now:
        return say("{key}: I ask again {at}.", key=case.key, at=At(case.later_until))
    return say("{key}: asked {at} whether it is live; see below.", key=case.key, at=At(asked_at))
