"""What another policy would have decided, in words for a terminal: one line a change that comes out differently."""

from collections.abc import Callable, Mapping

from bot.blocks import condition_words, phrases
from bot.blocks.sentence import At, Sentence, Team, Typed, When, Who, join, listing, say
from bot.blocks.values import moment
from workflows.change import Reason, Verdict
from workflows.replaying import Compared, Different, Outcome, Was

_THEN: Mapping[Was, str] = {
    Was.APPROVED: "was approved {at}",
    Was.REJECTED: "was rejected {at}",
    Was.UNDECIDED: "was not approved",
}
_WOULD: Mapping[Was, str] = {
    Was.APPROVED: "would have been approved {at}",
    Was.REJECTED: "would have been rejected {at}",
    Was.UNDECIDED: "would not have been approved",
    Was.HELD: "would have been held when the pipeline asked {at}",
    Was.UNKNOWN: "can't be told",
}


def line(one: Different, file: str) -> Sentence:
    """`DR-2026-0101 was approved Tue 10:02. Under new.toml: would not have been approved. 1 of security is missing.`"""
    return say(
        "{key}{version} {then}. Under {file}: {would}{why}.",
        key=one.key,
        version=f" (version {one.revision} of it)" if one.revision > 1 else None,
        then=say(_THEN[one.then.was], at=At(one.then.at)),
        file=Typed(file, 60),
        would=say(_WOULD[one.would.was], at=At(one.would.at)),
        why=say(". {why}", why=why) if (why := _why(one.would)) else None,
    )


def total(found: Compared) -> str:
    """`41 decisions, 1 of them different.`"""
    decisions = "1 decision" if found.decided == 1 else f"{found.decided} decisions"
    return f"{decisions}, {len(found.different) or 'none'} of them different."


def _why(would: Outcome) -> Sentence:
    if would.was in (Was.APPROVED, Was.REJECTED):
        return say("{rule}", rule=_rule(would.rule)) if would.rule else ()
    lacking = listing((phrases.need(need) for need in would.lacking), limit=4)
    missing = say("Missing: {needs}", needs=lacking) if lacking else None
    return join((_no(would.no, would.person) if would.no else None, missing), ". ")


def _rule(name: str) -> str:
    table, _, number = name.rstrip("]").partition("[")
    if not number:
        return "The usual emergency rule decides there"
    return f"{'Deploy' if table == 'deploy' else 'Emergency'} rule {number} decides there"


def _no(no: Verdict, person: str) -> Sentence:
    told = _NOES.get(no.reason) if no.reason else None
    return (
        told(no.facts, Who(person, quiet=True)) if told else say("{who} may not decide it", who=Who(person, quiet=True))
    )


Facts = Mapping[str, str]


def _frozen(facts: Facts, who: Who) -> Sentence:
    until = moment(facts.get("until"))
    told = say(" until {t}", t=When(until)) if until else None
    return say("It was frozen{until}: {why}", until=told, why=Typed(facts.get("why", ""), 60))


def _condition(facts: Facts, who: Who) -> Sentence:
    said = condition_words.missing(facts.get("condition", "").partition(":")[0], facts.get("state", ""), facts)
    return say("Then {said}", said=said)


def _ended(facts: Facts, who: Who) -> Sentence:
    at = moment(facts.get("at"))
    return say("Its approval would have ended{t}", t=say(" {t}", t=When(at)) if at else None)


def _unread(facts: Facts, who: Who) -> Sentence:
    return say("Who was in {group} then was not kept", group=Team(facts.get("group", "the group")))


_NOES: Mapping[Reason, Callable[[Facts, Who], Sentence]] = {
    Reason.NOT_IN_GROUP: lambda facts, who: say(
        "{who} is not in {group}", who=who, group=Team(facts.get("group", "a group that it names"))
    ),
    Reason.FROZEN: _frozen,
    Reason.CONDITION_MISSING: _condition,
    Reason.NO_RULE: lambda facts, who: say("No rule is for it"),
    Reason.TOO_LATE: _ended,
    Reason.STANDING_UNKNOWN: _unread,
    Reason.EVIDENCE_UNKNOWN: lambda facts, who: say("GitHub had not been read"),
    Reason.GITHUB_UNKNOWN: lambda facts, who: say("The GitHub login of {who} is not known", who=who),
}
