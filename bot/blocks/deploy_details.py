"""What Details says of a deploy only: the whole commit, who can't approve it, every condition and its source."""

from bot.blocks import commits, condition_words, deploy_card, issue_words, kit, render
from bot.blocks.kit import JSON, Scene
from bot.blocks.phrases import RISKS, TYPES, body, decider, same_person, system_words
from bot.blocks.sentence import At, Due, Sentence, Typed, When, Who, Words, join, listing, people, say
from bot.blocks.states import voices
from bot.blocks.text import one_line
from workflows import quorum
from workflows.case import Case
from workflows.change import UNDECIDED, Relation
from workflows.conditions import Held, State
from workflows.reading import Commit, Reading

MOST_COMMITS = 10
_DID = {
    Relation.REQUESTER: "asked for it",
    Relation.IMPLEMENTER: "carries it out",
    Relation.AUTHOR: "wrote",
    Relation.CO_AUTHOR: "co-wrote",
    Relation.COMMITTER: "committed",
    Relation.LAST_PUSHER: "last pushed",
    Relation.RUNNER: "started the pipeline",
}


def facts(case: Case, scene: Scene) -> list[tuple[str, Sentence]]:
    """Name and value of what is asked for, at most ten."""
    told: list[tuple[str, Sentence | str]] = [
        ("Repository", commits.name(case.repository) if case.repository else "none"),
        ("Environment", one_line(case.environment, 40)),
        ("Commit", (commits.commit(scene, case.repository, case.sha, full=True),)),
        ("Asked as", (Typed(case.ref, 60),) if case.ref and case.ref != case.sha else "the commit itself"),
        ("Systems", system_words(case.systems, 8)),
        ("Risk and type", f"{RISKS[case.risk]}, {TYPES[case.type].lower()}"),
        ("Requester", decider(case, case.requester)),
        ("Implementer", same_person(case)),
        ("Jira", issue_words.full(case)),
        ("Holds until", say("{t}", t=Due(case.valid_until)) if case.valid_until else "not approved yet"),
    ]
    return [(name, value if isinstance(value, tuple) else (Words(value),)) for name, value in told]


def barred(case: Case, scene: Scene) -> list[JSON]:
    """Who can't approve it and why: everybody who had a part in it, once each."""
    if case.status not in UNDECIDED:
        return []
    said: dict[str, list[str]] = {}
    for party in case.parties:
        at = f" {commits.short(party.sha)}" if party.sha else ""
        said.setdefault(party.person, []).append(f"{_DID.get(party.relation, 'had a part in it')}{at}")
    lines = [
        say("{who} {did}", who=Who(person), did=", ".join(list(dict.fromkeys(did))[:3])) for person, did in said.items()
    ]
    unknown = [] if case.unlinked else _unknown_logins(case, scene)
    if unknown:
        lines.append(say("GitHub account not known: {who}", who=people(unknown, limit=5)))
    return [render.paragraph(say("*Who can't*\n{who}", who=join(lines, "; ")), scene)] if lines else []


def _unknown_logins(case: Case, scene: Scene) -> list[str]:
    return [one for one in quorum.could_decide(case, scene.rules) if one not in case.standing.logins]


def evidence(case: Case, scene: Scene) -> list[JSON]:
    """Every condition with what it rests on and when that was read; the commits; the way to the difference."""
    blocks = []
    held = deploy_card.held(case, scene)
    if held:
        lines = [say("{line}", line=_condition(one)) for one in held]
        blocks.append(render.paragraph(say("*Conditions*\n{lines}", lines=join(lines, "\n")), scene))
    if case.reading is not None:
        blocks += _commits(case, case.reading, scene)
    return blocks


def _condition(one: Held) -> Sentence:
    name = condition_words.NAMES[one.requirement.condition]
    named = f" ({one_line(', '.join(one.requirement.names), 80)})" if one.requirement.names else ""
    why = condition_words.missing(str(one.requirement.condition), one.state, one.facts)
    said = f"{name}{named}: {condition_words.word(one)}" + ("" if one.state is State.YES else f", {why}")
    if one.state is State.YES:
        said += condition_words.because(one)
    read = say(", read {t}", t=When(one.as_of)) if one.as_of and not condition_words.written(one) else None
    return say("{said}{read}", said=said[:1].upper() + said[1:], read=read)


def _commits(case: Case, reading: Reading, scene: Scene) -> list[JSON]:
    shown = reading.commits[-MOST_COMMITS:]
    total = max(reading.total, len(reading.commits))
    since = f" since {commits.live(reading)}" if reading.live else ""
    head = say(f"*{total} commit{'s' if total != 1 else ''}{since}*")
    lines = [_commit(case, one, scene) for one in reversed(shown)]
    left = total - len(shown)
    lines += [say(f"… {left} more")] if left > 0 else []
    live = reading.live.sha if reading.live else None
    diff = commits.difference(scene, case.repository, live, case.sha, "See what would change")
    pulls = [commits.pull(scene, case.repository, one.number) for one in reading.pulls]
    more = join((say("Pull requests {pulls}", pulls=listing(pulls, limit=8)) if pulls else None, diff))
    made = [render.passage([head, *lines], scene)]
    return [*made, *([render.paragraph(more, scene)] if more else [])]


def _commit(case: Case, one: Commit, scene: Scene) -> Sentence:
    title = None if case.confidential else body(case, one.title, 80)
    sha = commits.commit(scene, case.repository, one.sha)
    by = say(" by {login}", login=Typed(one.login, 40)) if one.login else None
    return say("{sha} {title}{by}", sha=sha, title=title or "no title", by=by)


def voiced(case: Case, scene: Scene) -> list[JSON]:
    """Who said yes, by which right, to exactly which commit."""
    lines = [
        say("{who} yes {at} for {sha}, as {right}", who=Who(v.person), at=At(v.at), sha=_sha(v.sha), right=v.right)
        for v in voices(case, "approve")
    ]
    return [render.paragraph(say("*Said yes*\n{lines}", lines=join(lines, "\n")), scene)] if lines else []


def _sha(sha: str | None) -> str:
    return commits.short(sha)


def through(case: Case, scene: Scene) -> list[JSON]:
    """What the gate let through, and on what grounds."""
    basis = {"approved": "approved request", "emergency": "emergency", "rollback": "rollback"}
    lines = [
        say(
            "{at} {sha}, {basis}, for {by}", at=When(p.at), sha=_sha(p.sha), basis=basis[p.basis], by=one_line(p.by, 60)
        )
        for p in case.passed[-MOST_COMMITS:]
    ]
    return [render.paragraph(say("*Let through*\n{lines}", lines=join(lines, "\n")), scene)] if lines else []


def lifted(case: Case, scene: Scene) -> list[JSON]:
    """Who lifted a freeze for it, and why."""
    lines = [
        say('{who} lifted the freeze {at}: "{why}"', who=Who(x.by), at=At(x.at), why=body(case, x.reason, 300))
        for x in case.lifted
    ]
    return [render.passage(lines, scene)] if lines else []


def blocks(case: Case, scene: Scene) -> list[JSON]:
    """Everything of it, in the order in which a decision asks for it."""
    parts = (barred, voiced, evidence, lifted, through)
    return [kit.divider(), *(block for part in parts for block in part(case, scene))]
