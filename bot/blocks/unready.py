"""Refusals of a deploy that have nothing to do with the person's place in the policy: what it rests on, and when."""

from bot.blocks import condition_words
from bot.blocks.sentence import Due, Sentence, Team, When, join, people, say
from bot.blocks.text import one_line
from bot.blocks.tries import NOTHING, Try
from bot.blocks.values import moment


def github_unknown(no: Try) -> Sentence:
    """Nobody knows whether this person wrote part of it; who can approve are those whose account is known."""
    told = "I don't know your GitHub account, so I can't tell whether you wrote part of {key}. {mend}{others}."
    known = no.case.standing.logins if no.case else {}
    ids = [one for one in no.verdict.who_can if one != no.actor.person and (one in known or not known)]
    others = say("; {people} can approve now", people=people(ids, "or")) if ids else None
    mend = "Ask whoever keeps the policy to add it under [people], or show your e-mail on GitHub"
    return join((say(told, key=no.key, mend=mend, others=others), NOTHING), " ")


def evidence_unknown(no: Try) -> Sentence:
    """GitHub is silent, so nobody knows what would be approved."""
    if no.fact("unread"):
        told = "I could not read who had a hand in all of {key}, so I can't tell who may approve it."
        return join((say(told, key=no.key), say("Nothing was approved; this card updates by itself.")), " ")
    since = moment(no.fact("since"))
    silent = "GitHub has not answered{since}, so I can't show you what you would approve."
    first = say(silent, since=say(" since {t}", t=When(since)) if since else None)
    return join((first, say("Nothing was approved; this card updates by itself.")), " ")


def condition_missing(no: Try) -> Sentence:
    """What is not there yet."""
    missing = condition_words.missing(no.fact("condition"), no.fact("state"), no.verdict.facts)
    told = "{key} can't be approved yet: {missing}. You will be asked again when that holds."
    return join((say(told, key=no.key, missing=missing), NOTHING), " ")


def frozen(no: Try) -> Sentence:
    """Until when, why, and who can lift it."""
    until, why = moment(no.fact("until")), one_line(no.fact("why"), 120)
    environment = one_line(no.case.environment, 40).capitalize() if no.case else "This environment"
    told = "{environment} is frozen{until}{why}. {lift}"
    end = say(" until {t}", t=Due(until)) if until else None
    group = Team(no.fact("override")) if no.fact("override") else None
    lift = (
        say("{group} can lift it for this request, with a reason.", group=group) if group else say("Nobody lifts it.")
    )
    line = say(told, environment=environment, until=end, why=f": {why}" if why else None, lift=lift)
    return join((line, NOTHING), " ")


def no_rule(no: Try) -> Sentence:
    """The policy says nothing about such a deploy, so nobody may."""
    told = "No rule of the policy covers {key}, so nobody can approve it. Whoever keeps the policy can add one."
    return join((say(told, key=no.key), NOTHING), " ")


def over(no: Try) -> Sentence:
    """It expired, or a newer request took its place."""
    if no.fact("decision") == "expired":
        return join((say("{key} expired {at}; Ask again makes it current.", key=no.key, at=no.at()), NOTHING), " ")
    by = one_line(no.fact("key"), 30) or "A newer request"
    return join((say("{by} replaced {key} {at}. Decide there.", by=by, key=no.key, at=no.at()), NOTHING), " ")
