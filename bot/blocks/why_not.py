"""What still keeps a change from going, in words: the last line of "why" (SCREENS 12.4)."""

from collections.abc import Mapping

from bot.blocks import condition_words
from bot.blocks.sentence import Sentence, Team, When, Who, join, say
from bot.blocks.values import moment
from workflows.change import Kind, Status
from workflows.explanation import Explanation, Given, Lack, Missing


def so(found: Explanation) -> Sentence:
    """The verdict: it may go, not yet and what is missing, or no and why."""
    if found.allowed:
        return say("it may go.")
    if found.answer is None and found.kind is Kind.FINDING:
        return say("nothing to approve, a review is owed.")
    ended = next((one for one in found.missing if one.what in (Lack.ENDED, Lack.WINDOW, Lack.RULE, Lack.DRILL)), None)
    if ended is not None:
        if ended.facts.get("status") in (Status.DEPLOYED, Status.REVIEWED):
            return say("nothing more is decided on it. {why}.", why=_lack(ended))
        return say("no. {why}.", why=_lack(ended))
    lacking = join(dict.fromkeys(_lack(one) for one in found.missing), "; ")
    return say("not allowed yet. Missing: {lacking}.", lacking=lacking)


def _lack(one: Missing) -> Sentence:
    facts = one.facts
    at, until = moment(facts.get("at")), moment(facts.get("until"))
    match one.what:
        case Lack.VOICE:
            return say("{count} of {group}", count=facts["count"], group=Team(facts["group"]))
        case Lack.CONDITION:
            return say(_CONDITIONS[facts["condition"]])
        case Lack.EVIDENCE if facts.get("unread"):
            return say("to know who had a hand in all of it, which GitHub did not tell")
        case Lack.EVIDENCE:
            since, read = moment(facts.get("since")), moment(facts.get("read"))
            told = say(", silent since {t}", t=When(since)) if since else None
            return say(
                "a fresh answer of GitHub{told}", told=told or (say(", last {t}", t=When(read)) if read else None)
            )
        case Lack.FREEZE:
            lift = say(", or a lift by {group}", group=Team(facts["override"])) if facts.get("override") else None
            return say("the end of the freeze{t}{lift}", t=say(" at {t}", t=When(until)) if until else None, lift=lift)
        case Lack.EXPIRED:
            return say("approval again, it ended{t}", t=say(" {t}", t=When(at)) if at else None)
        case Lack.WINDOW:
            return say("It opened the pipeline until {t}", t=When(at)) if at else say("It opens no pipeline")
        case Lack.ENDED:
            return say("{was}", was=_ENDS.get(facts.get("status", ""), "It is over"))
    return say(_LACKS[one.what])


_CONDITIONS: Mapping[str, str] = {str(one): words for one, words in condition_words.NAMES.items()}
_LACKS: Mapping[Lack, str] = {
    Lack.RULE: "The policy names nobody who could approve it",
    Lack.PRESS: "one more Approve (the policy asks for fewer voices by now, and nothing is decided without a click)",
    Lack.DIGEST: "approval again, what was approved has changed",
    Lack.DRILL: "It is practice, and opens nothing",
}
_ENDS: Mapping[str, str] = {
    Status.REJECTED: "It was rejected",
    Status.EXPIRED: "Its approval expired; Ask again asks anew",
    Status.SUPERSEDED: "A newer request took its place",
    Status.WITHDRAWN: "It was withdrawn",
    Status.DEPLOYED: "It is live already",
    Status.REVIEWED: "It is closed",
}


def without(one: Given | None) -> Sentence:
    """Who broke the glass, and when; empty where nobody did."""
    if one is None:
        return ()
    return say("{who} went ahead WITHOUT approval, {t}.", who=Who(one.person, quiet=True), t=When(one.at))
