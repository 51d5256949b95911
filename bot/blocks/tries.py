"""One refused try, and what every refusal says: who can, whether they were asked, that nothing changed."""

from dataclasses import dataclass

from bot.blocks.kit import Scene
from bot.blocks.sentence import At, Sentence, Value, people, say
from bot.blocks.values import moment
from workflows.case import Case
from workflows.change import Actor, Verdict

NOTHING = "Nothing changed."


@dataclass(frozen=True, slots=True)
class Try:
    """A verdict with what it was given on; `action`: what was tried, where the verdict does not say."""

    verdict: Verdict
    case: Case | None
    scene: Scene
    actor: Actor
    action: str

    def fact(self, name: str) -> str:
        """A fact of the verdict; empty when absent."""
        return self.verdict.facts.get(name, "")

    @property
    def key(self) -> str:
        """The change's key in a sentence."""
        return self.case.key if self.case else "this"

    @property
    def doing(self) -> str:
        """The action that was tried; empty when nobody says."""
        return self.action or self.fact("action")

    @property
    def verb(self) -> str:
        """What the person wanted to do, in `can't … it`."""
        return {"reject": "reject", "ratify": "ratify", "object": "object to"}.get(self.doing, "approve")

    @property
    def voting(self) -> bool:
        """Whether it was a vote, or nobody says what it was."""
        return self.doing in ("", "approve", "reject", "ratify", "object")

    def at(self, name: str = "at") -> Value:
        """A time among the facts."""
        known = moment(self.fact(name))
        return At(known) if known else None


def can(no: Try) -> Sentence:
    """`@cto or @lead can; both were asked at 03:02.`"""
    ids = [one for one in no.verdict.who_can if one != no.actor.person]
    if not ids:
        return say("Nobody else can at the moment.")
    return say("{people} can; {asked}.", people=people(ids, "or"), asked=_asked(no, ids))


def _asked(no: Try, ids: list[str]) -> Sentence:
    asks = no.case.asks if no.case else ()
    told = [ask for ask in asks if set(ids) & set(ask.people)]
    if not told:
        return say("not asked yet")
    everybody = set(ids) <= {person for ask in told for person in ask.people}
    how = {1: "asked", 2: "both were asked"}.get(len(ids), "they were asked") if everybody else "asked"
    return say(f"{how} {{at}}", at=At(told[-1].at))
