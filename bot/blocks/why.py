"""Why a change may go, or not yet, in words that let a person predict the verdict (SCREENS 12.4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from bot.blocks import condition_words, kit, render, times
from bot.blocks.commits import short
from bot.blocks.kit import JSON, Drawing, Scene
from bot.blocks.oncall_words import not_since
from bot.blocks.sentence import Sentence, Team, Typed, Value, When, Who, join, listing, say
from bot.blocks.why_not import so, without
from workflows.change import UNDECIDED, Basis, Kind, Reason, Relation
from workflows.conditions import Held, State
from workflows.explanation import Barred, Explanation, Given, Lack, Match, Wanted

_MOST = 8
_NAME = 60


def drawing(
    found: Explanation, key: str, scene: Scene, *, policy_of: datetime | None = None, saw: Sequence[Sentence] = ()
) -> Drawing:
    """The private answer to `/change KEY why`; `policy_of`: since when that policy is in force.

    `saw`: what a finding is about, told first.
    """
    told = (*saw, *sentences(found, key, scene, policy_of=policy_of))
    return kit.drawing(render.notification(say("{key}: {so}", key=key, so=so(found)), scene), [*_drawn(told, scene)])


def blocks(found: Explanation, key: str, scene: Scene, *, policy_of: datetime | None = None) -> list[JSON]:
    """The same, for the Details modal."""
    return [*_drawn(sentences(found, key, scene, policy_of=policy_of), scene)]


def text(
    found: Explanation, key: str, scene: Scene, *, policy_of: datetime | None = None, saw: Sequence[Sentence] = ()
) -> str:
    """The same, for a terminal: a line each."""
    told = (*saw, *sentences(found, key, scene, policy_of=policy_of))
    return "\n".join(render.plain(one, scene, sign="@") for one in told)


def _drawn(told: Sequence[Sentence], scene: Scene) -> Iterator[JSON]:
    yield from (render.paragraph(one, scene) for one in told)


def sentences(found: Explanation, key: str, scene: Scene, *, policy_of: datetime | None = None) -> tuple[Sentence, ...]:
    """What decides, what is needed and who has given it, who still can, the conditions, and the verdict."""
    lines = (
        _rule(found, key, scene, policy_of),
        _needed(found),
        without(found.without),
        _who(found),
        _conditions(found),
        say("So: {so}", so=so(found)),
        _gate(found),
    )
    return tuple(line for line in lines if line)


def _rule(found: Explanation, key: str, scene: Scene, policy_of: datetime | None) -> Sentence:
    of = f" of {times.day(policy_of, scene.zone)}" if policy_of else ""
    policy = f"the policy{of} (version {found.version}, {found.policy[:7]})"
    table, _, number = found.rule.rstrip("]").partition("[")
    if found.back_to is not None:
        told = "{key} goes back to what was live under {of}: {policy} asks nobody for that, also in a freeze."
        return say(told, key=key, of=found.back_to, policy=policy)
    if number == "0":
        return say("No deploy rule of {policy} is for {key}, so nobody can approve it.", key=key, policy=policy)
    decides = "says who reviews" if found.kind is Kind.FINDING else "decides on"
    if not number:
        told = f"The usual emergency rule of {{policy}} {decides} {{key}}: no rule of its own matches."
        return say(told, key=key, policy=policy)
    because = listing((_MATCHES[one.key](one) for one in found.matches), limit=_MOST)
    return say(
        f"{{kind}} rule {{number}} of {{policy}} {decides} {{key}}, because {{because}}.",
        key=key,
        kind="Deploy" if table == "deploy" else "Emergency",
        number=number,
        policy=policy,
        because=because or "it matches everything",
    )


def _path(one: Match) -> Sentence:
    return say("nobody knows which files change") if one.unknown else say("{it} changes", it=Typed(one.value, 80))


_MATCHES: Mapping[str, Callable[[Match], Sentence]] = {
    "environments": lambda one: say("the environment is {it}", it=Typed(one.value, _NAME)),
    "repositories": lambda one: say("the repository is {it}", it=Typed(one.value, _NAME)),
    "systems": lambda one: say("it is about {it}", it=one.value),
    "risks": lambda one: say("its risk is {it}", it=one.value),
    "types": lambda one: say("it is a change of type {it}", it=one.value),
    "paths": _path,
    "sensitive": lambda one: say(
        "a system of it is sensitive" if one.value == "yes" else "no system of it is sensitive"
    ),
}


def _needed(found: Explanation) -> Sentence:
    if not found.needs:
        return ()
    needs = join((_need(one) for one in found.needs), " · ")
    instead = join((_voice(one) for one in found.stand_ins), ", ")
    return say(
        "Needed: {needs}{instead}.", needs=needs, instead=say(" · instead: {who}", who=instead) if instead else None
    )


def _need(one: Wanted) -> Sentence:
    have = one.count - one.lacking
    state = "have it" if not one.lacking else "missing" if not have else f"{have} of {one.count}, {one.lacking} missing"
    given = join((_voice(voice) for voice in one.given), ", ")
    return say(
        "{count} of {group}: {state}{given}",
        count=one.count,
        group=Team(one.group),
        state=state,
        given=say(" ({who})", who=given) if given else None,
    )


def _voice(one: Given) -> Sentence:
    gone = None if one.counts else ", no longer counts: it changed since, or they made it"
    return say("{who}, {at}{gone}", who=Who(one.person, quiet=True), at=When(one.at), gone=gone)


def _who(found: Explanation) -> Sentence:
    if not found.needs:
        return ()
    can: Value = None
    if found.status in UNDECIDED and {one.what for one in found.missing} & {Lack.VOICE, Lack.PRESS}:
        can = say("Can still give it: {who}.", who=_people(found.could) or _nobody(found))
    barred = [_barred(person, [*many]) for person, many in groupby(_by_person(found), key=lambda one: one.person)]
    cannot = say("Can't: {who}.", who=listing(barred, limit=_MOST)) if barred else None
    return join((can, cannot), " ")


def _people(ids: Sequence[str]) -> Sentence:
    return listing((Who(one, quiet=True) for one in ids), "or", limit=_MOST)


def _nobody(found: Explanation) -> Sentence:
    unread = [Team(one.group) for one in found.needs if one.lacking and one.unread]
    if unread:
        return say("not known, the members of {groups} were not read yet", groups=listing(unread, limit=4))
    if found.fallback and not found.widened:
        asked = listing((Team(name) for name in found.fallback), "or", limit=4)
        return say("nobody of them; {groups} can once they are asked instead", groups=asked)
    return say("nobody")


def _by_person(found: Explanation) -> list[Barred]:
    order = {person: at for at, person in enumerate(dict.fromkeys(one.person for one in found.barred))}
    return sorted(found.barred, key=lambda one: order[one.person])


def _barred(person: str, why: list[Barred]) -> Sentence:
    return say("{who} ({why})", who=Who(person, quiet=True), why=join((_bar(one) for one in why), ", "))


def _bar(one: Barred) -> Value:
    if one.since is not None:
        return not_since(one.since)
    if one.relation is not None:
        return _RELATIONS[one.relation].format(sha=short(one.sha) if one.sha else "a commit of it")
    return _REASONS.get(one.reason, "may not decide") if one.reason else "may not decide"


_RELATIONS: Mapping[Relation, str] = {
    Relation.REQUESTER: "asked for it",
    Relation.IMPLEMENTER: "carries it out",
    Relation.AUTHOR: "author of {sha}",
    Relation.CO_AUTHOR: "co-author of {sha}",
    Relation.COMMITTER: "committed {sha}",
    Relation.LAST_PUSHER: "last pushed {sha}",
    Relation.RUNNER: "runs the pipeline",
}
_SAME = "is somebody who made it, under another name"
_REASONS: Mapping[Reason, str] = {
    Reason.GUEST: "a guest",
    Reason.DEACTIVATED: "the account is switched off",
    Reason.OTHER_ORGANISATION: "of another organisation",
    Reason.STANDING_UNKNOWN: "the account was not read yet",
    Reason.TOOK_BACK: "took the approval of this version back",
    Reason.GITHUB_UNKNOWN: "GitHub login not known; [people] of the policy can name it",
    **dict.fromkeys((Reason.REQUESTER, Reason.SECOND_ACCOUNT, Reason.IMPLEMENTER), _SAME),
    **dict.fromkeys((Reason.AUTHOR, Reason.RUNS_PIPELINE), _SAME),
}


def _conditions(found: Explanation) -> Sentence:
    if found.kind is not Kind.DEPLOY or found.back_to is not None:
        return ()
    told = [_condition(one, found) for one in found.conditions]
    return say("Conditions: {all}.", all=join((*told, _freeze(found)), " · "))


def _condition(one: Held, found: Explanation) -> Sentence:
    name = str(one.requirement.condition).replace("-", " ")
    names = Typed(", ".join(one.requirement.names), 120) if one.requirement.names else None
    if one.state is State.YES:
        state = "yes" + condition_words.because(one)
    else:
        word = {State.NO: "no", State.WAITING: "not yet", State.UNKNOWN: "unknown"}[one.state]
        state = f"{word}, {condition_words.missing(one.requirement.condition, one.state, one.facts)}"
    listed = say(" ({names})", names=names) if names else None
    return say("{name}{listed}: {state}{read}", name=name, listed=listed, state=state, read=_read(one, found))


def _read(one: Held, found: Explanation) -> Sentence | None:
    if condition_words.written(one):
        return None
    if found.silent_since and (one.as_of is None or one.as_of <= found.silent_since):
        return say(", GitHub silent since {t}", t=When(found.silent_since))
    return say(", read {t}", t=When(one.as_of)) if one.as_of else None


def _freeze(found: Explanation) -> Sentence:
    frozen = found.frozen
    if frozen is not None:
        lift = say("; {group} can lift it with a reason", group=Team(frozen.override)) if frozen.override else None
        until = say("until {t}", t=When(frozen.until)) if frozen.until else "without an end"
        return say("freeze: {why}, {until}{lift}", why=Typed(frozen.reason, _NAME), until=until, lift=lift)
    if found.lifted:
        last = found.lifted[-1]
        return say("freeze: lifted by {who}, {t}", who=Who(last.by, quiet=True), t=When(last.at))
    begins = say(", the next begins {t}", t=When(found.next_freeze)) if found.next_freeze else None
    return say("freeze: none{begins}", begins=begins)


def _gate(found: Explanation) -> Sentence:
    answer = found.answer
    if answer is None or answer.basis is None:
        return ()
    until = say(" until {t}", t=When(answer.until)) if answer.until else None
    what = say(_BASES[answer.basis], key=answer.key or "", until=until)
    return say("The pipeline may go because: {what}.", what=what)


_BASES: Mapping[Basis, str] = {
    Basis.APPROVED: "approved request {key}{until}",
    Basis.EMERGENCY: "emergency {key}{until}, which is not an approval",
    Basis.ROLLBACK: "rollback {key}, to a commit that was live under an approved change",
}
