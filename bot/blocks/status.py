"""The status line of a card: one sentence or two that say whether work may go ahead, and who said so."""

import re
from collections.abc import Callable

from bot.blocks import endings, times
from bot.blocks.kit import Scene
from bot.blocks.notes import CardNotes
from bot.blocks.phrases import (
    approvers,
    body,
    decider,
    needs,
    quoted,
    system_words,
    what,
)
from bot.blocks.sentence import At, Sentence, Team, Typed, When, Who, Words, join, listing, say
from bot.blocks.states import State, asked, kind_word, last, voices
from workflows import access
from workflows.case import Case
from workflows.change import Field, Outcome, Type


def status(case: Case, scene: Scene, notes: CardNotes, state: State) -> Sentence:
    """The status line; a drill says first that it is one, an access grant says which access."""
    line = _STATUS[state](case, scene, notes)
    if case.type is Type.ACCESS and state in (State.APPROVED, State.PROCEEDING):
        line = join((line, _access(case)), " ")
    return join((say("*This is a drill.*"), line), " ") if case.drill else line


def _undecided(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    yes = voices(case, "approve")
    if not notes.needs:
        return say("Needs approval.")
    if not yes:
        return say("Needs {needs}.", needs=needs(notes.needs))
    said = listing((say("{who} {at}", who=Who(one.person), at=At(one.at)) for one in yes), limit=3)
    return say("Said yes: {said}. Still needed: {needs}.", said=said, needs=needs(notes.needs))


def _widened(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    asks = asked(case)
    widened = next(ask for ask in asks if ask.round == "widen")
    waited = times.span(widened.at - asks[0].at)
    groups = listing(Team(name) for name in widened.groups)
    if not groups:
        told = say("No answer for {span}.", span=waited)
        return join((told, _undecided(case, scene, notes)), " ")
    told = say("No answer for {span}. Now also {groups} can approve.", span=waited, groups=groups)
    one_is_enough = sum(need.count for need in notes.needs) == 1
    return told if one_is_enough else join((told, _undecided(case, scene, notes)), " ")


def _fallback(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    ask = [one for one in case.asks if one.round == "fallback"][-1]
    groups = listing(Team(name) for name in notes.instead or ask.groups)
    short = notes.short or short_of(ask.why or "")
    why = f": {short[1]}" if short[1] else ""
    told = "Nobody in {group} can approve this one{why}. {groups} were asked instead."
    return say(told, group=Team(short[0]), why=why, groups=groups or "Others")


_SHORT = re.compile(r"(.+): (\d+) party, (\d+) away, of (\d+)")


def short_of(why: str) -> tuple[str, str]:
    """The recorded reason as (group, words): `2 of 3 are part of it, 1 is away`."""
    match = _SHORT.fullmatch(why)
    if match is None:
        return why.partition(":")[0] or "the approvers", ""
    group, party, away, count = match[1], int(match[2]), int(match[3]), int(match[4])
    part = f"{party} of {count} {'is' if party == 1 else 'are'} part of it" if party else ""
    gone = f"{away} {'is' if away == 1 else 'are'} away" if away else ""
    return group, ", ".join(words for words in (part, gone) if words) or "too few are left"


def _approved(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    decision = case.decision
    assert decision is not None
    by = approvers(case) or decider(case, decision.by)
    if case.drill:
        return say("Practice approval by {by} {at}.", by=by, at=At(decision.at))
    note = quoted(body(case, _note(case), 120))
    told = say("{by} approved {at}{note}. Go ahead.", by=by, at=At(decision.at), note=note)
    return join((told, _gate(case, scene, notes)), " ")


def _note(case: Case) -> str | None:
    if case.confidential:
        return None
    return next((one.note for one in reversed(voices(case, "approve")) if one.note), None)


def _gate(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    if not notes.gate or case.window_until is None or case.window_until <= scene.now:
        return ()
    where = system_words(notes.gate)
    return say("Pipeline open for {where} until {until}.", where=where, until=When(case.window_until))


def _access(case: Case) -> Sentence:
    text = case.text(Field.ACCESS)
    what_for = Typed(text, 120) if text and not case.confidential else "granted"
    until = say(" until {t}", t=When(case.access_until)) if case.access_until else None
    told = "Access: {access}, for {who}{until}."
    return say(told, access=what_for, who=Who(case.implementer), until=until)


def _proceeding(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    decision = case.decision
    assert decision is not None
    since = say("*Proceeding WITHOUT approval since {t}*", t=When(decision.at))
    reason = None if case.confidential else body(case, decision.reason, 160)
    if decision.operator or not decision.by:
        word = say(", on the word of {name}.", name=decider(case, ""))
        told = join((since, word, say(" An exception until ratified.")), "")
    else:
        told = say("{since}. {by} decided.", since=since, by=Who(decision.by))
    said = say(' Reason: "{reason}".', reason=reason) if reason else None
    return join((join((told, said), ""), _gate(case, scene, notes)), " ")


def refusal_words(case: Case, limit: int = 200) -> Sentence:
    """`@cto said no at 03:09: "…"`."""
    decision = case.decision
    if decision is None:
        return say("It was rejected")
    reason = None if case.confidential else body(case, decision.reason, limit)
    told = "{by} said no {at}{reason}"
    return say(told, by=decider(case, decision.by), at=At(decision.at), reason=quoted(reason))


def _rejected(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    told = "{no}. Do not deploy this. A new plan needs a new {kind}."
    return say(told, no=refusal_words(case), kind=kind_word(case).lower())


def _against(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    one = last(case)
    said = say("{no}. {by} recorded a deployment {at}: ", no=refusal_words(case, 120), by=Who(one.by), at=At(one.at))
    reason = None if case.confidential else body(case, one.why, 160)
    why = say(' Reason: "{reason}".', reason=reason) if reason else None
    return (*said, what(case, one), Words("."), *(why or ()), *_several(case))


def _deployed(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    one = last(case)
    if access.is_open(case):
        told = say("Access is open since {t}.", t=When(one.at))
    elif case.type is Type.ACCESS:
        told = say("Access ended {at}, recorded by {by}.", at=At(one.at), by=Who(one.by))
    else:
        told = say("{what} live since {t}, by {by}.", what=what(case, one), t=When(one.at), by=Who(one.by))
    return join((told, basis(case)), " ") + _several(case)


def basis(case: Case) -> Sentence:
    """On what it went live: `Approved by @cto.`, `Without approval; ratified afterwards by …`."""
    if last(case).basis == "approved":
        return say("Practice approval." if case.drill else "Approved by {by}.", by=approvers(case) or "the approvers")
    before = {"rejected": "Although rejected", "withdrawn": "Although withdrawn"}.get(
        last(case).basis, "Without approval"
    )
    after = case.afterwards
    if after is None:
        return say(f"{before}.")
    verb = "ratified afterwards by" if after.kind == "ratified" else "objected to by"
    return say(f"{before}; {verb} {{by}} {{at}}.", by=Who(after.by), at=At(after.at))


def _several(case: Case) -> Sentence:
    count = len(case.deployments)
    return say(f" {count} deployments in Details.") if count > 1 else ()


def _failed(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    one = last(case)
    known = None if case.confidential else body(case, one.known, 160)
    told = say("{what} tried {at}, by {by}: did not work.", what=what(case, one), at=At(one.at), by=Who(one.by))
    said = say('Known so far: "{known}".', known=known) if known else None
    return join((told, said), " ") + _several(case)


def _rolled_back(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    one = last(case)
    before = [d for d in case.deployments[:-1] if d.outcome is Outcome.OK]
    if before:
        told = "{what} live since {start}, rolled back {at} by {by}."
        line = say(told, what=what(case, one), start=When(before[-1].at), at=At(one.at), by=Who(one.by))
    else:
        line = say("{what} was rolled back {at} by {by}.", what=what(case, one), at=At(one.at), by=Who(one.by))
    return line + _several(case)


_STATUS: dict[State, Callable[[Case, Scene, CardNotes], Sentence]] = {
    State.UNDECIDED: _undecided,
    State.AGAIN: _undecided,
    State.WIDENED: _widened,
    State.FALLBACK: _fallback,
    State.APPROVED: _approved,
    State.PROCEEDING: _proceeding,
    State.REJECTED: _rejected,
    State.AGAINST: _against,
    State.DEPLOYED: _deployed,
    State.FAILED: _failed,
    State.ROLLED_BACK: _rolled_back,
    State.OVERDUE: endings.overdue,
    State.REVIEWED: endings.reviewed,
    State.WITHDRAWN: endings.withdrawn,
    State.NOT_NEEDED: endings.not_needed,
}
