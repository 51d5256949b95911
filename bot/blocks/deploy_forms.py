"""The forms that ask for a deploy, change one, and go back (SCREENS 12.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.blocks import commits, condition_words, declaring, inputs, kit, render, type_fields
from bot.blocks.kit import JSON, Scene, View
from bot.blocks.phrases import RISKS, TYPES
from bot.blocks.sentence import Sentence, Typed, When, Who, join, listing, say
from bot.blocks.text import one_line
from bot.blocks.type_fields import Filled
from workflows.change import Relation, Risk, Type
from workflows.conditions import Held, State
from workflows.reading import Reading
from workflows.ruleset import Condition, Need

ASK, FIRST, EDIT, ROLL_BACK, LOADING = "deploy", "deploy_first", "edit_deploy", "roll_back", "deploy_loading"
HEADING = "Ask for a deploy"
_RELATIONS = {
    Relation.REQUESTER: "asks for it",
    Relation.IMPLEMENTER: "carries it out",
    Relation.AUTHOR: "author",
    Relation.CO_AUTHOR: "co-author",
    Relation.COMMITTER: "committer",
    Relation.LAST_PUSHER: "last push",
    Relation.RUNNER: "started the pipeline",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the form shows of the request before it is one.

    `held`: the four conditions of every form by name. `barred`: (person id, relation). `can`: person ids who could
    approve. `linked`: whether a GitHub is configured at all.
    """

    repository: str
    environment: str
    ref: str
    reading: Reading | None = None
    held: Mapping[Condition, Held] | None = None
    needs: Sequence[Need] = ()
    can: Sequence[str] = ()
    barred: Sequence[tuple[str, Relation]] = ()
    linked: bool = True


def first(scene: Scene, *, repositories: Sequence[str], filled: Filled, metadata: str = "") -> View:
    """What to deploy where, when the command did not say."""
    chosen = str(filled.get("repository") or (repositories[0] if len(repositories) == 1 else ""))
    where: JSON = (
        inputs.choice("repository", "Repository", [(one, one) for one in repositories[:100]], chosen)
        if repositories and (not chosen or chosen in repositories)
        else inputs.text("repository", "Repository", chosen, long=False, hint="owner/name", limit=140)
    )
    environment = str(filled.get("environment") or "production")
    choices = [(one, one) for one in declaring.environments(scene.rules, environment)]
    blocks = [
        where,
        inputs.text(
            "ref",
            "Version or branch",
            str(filled.get("ref") or ""),
            long=False,
            hint="A tag, a branch, or a commit: v812, main, 1a2b3c4.",
            limit=200,
        ),
        inputs.choice("environment", "Environment", choices, environment),
    ]
    return kit.modal(FIRST, HEADING, blocks, submit="Next", metadata=metadata)


def loading(seen: Seen, *, heading: str = HEADING, metadata: str = "") -> View:
    """While GitHub is read."""
    told = f"*{one_line(seen.repository, 140)}* to *{one_line(seen.environment, 60)}*"
    blocks = [kit.section(told), kit.section("Reading GitHub… this takes a few seconds.")]
    return kit.modal(LOADING, heading, blocks, submit=None, metadata=metadata)


def not_found(seen: Seen, scene: Scene) -> View:
    """Nothing by that name; nothing was recorded."""
    line = say(
        "I can't find {ref} in {repository}. Nothing was recorded; check the name and type the command again.",
        ref=Typed(seen.ref, 100),
        repository=Typed(seen.repository, 140),
    )
    return kit.modal(LOADING, HEADING, [render.passage([line], scene)], submit=None, close="Close")


def request(seen: Seen, scene: Scene, *, filled: Filled, metadata: str = "", edit: bool = False) -> View:
    """The request: what GitHub says on top, what only a person knows below; `edit`: of one that is there."""
    blocks = [render.passage(_head(seen), scene), *_facts(seen, scene), *_who(seen, scene), *_inputs(filled, scene)]
    if edit:
        blocks.insert(0, render.small([say("Saving asks everyone again.")], scene))
    heading, submit = ("Edit the request", "Save") if edit else (HEADING, "Ask")
    return kit.modal(EDIT if edit else ASK, heading, blocks, submit=submit, metadata=metadata)


def _head(seen: Seen) -> list[Sentence]:
    lines = [
        say("*{repository} to {environment}*", repository=seen.repository, environment=one_line(seen.environment, 60))
    ]
    reading = seen.reading
    if reading is None:
        return [*lines, say("{ref}", ref=Typed(seen.ref, 100))]
    title = reading.commits[-1].title if reading.commits else ""
    lines.append(
        say("{sha} {title}", sha=reading.sha[:7], title=Typed(f"“{one_line(title, 60)}”", 64) if title else None)
    )
    since = reading.live
    if since is None:
        lines.append(say("Nothing was deployed there before, as far as GitHub knows."))
    elif reading.total == 0:
        at = say(" since {t}", t=When(since.at)) if since.at else None
        told = (
            "It is older than {live}, live there{at}." if reading.behind else "This commit is live there already{at}."
        )
        lines.append(say(told, live=commits.live(reading), at=at))
    else:
        lines.append(
            say(
                "{lines} and {pulls} since {live}{at}{behind}.",
                lines=_count(reading.total, "commit"),
                pulls=_count(len(reading.pulls), "pull request"),
                live=commits.live(reading),
                at=say(" ({t})", t=When(since.at)) if since.at else None,
                behind=", and it leaves out commits that are live" if reading.behind else None,
            )
        )
    return lines


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _facts(seen: Seen, scene: Scene) -> list[JSON]:
    if not seen.linked:
        unlinked = "GitHub: not linked. The request holds for exactly the commit you name; nothing is read of it."
        return [render.paragraph(say(unlinked), scene)]
    if seen.reading is None:
        line = say(
            "GitHub does not answer. Ask anyway: the request is recorded now, facts follow, "
            "nobody can approve before they are here."
        )
        return [render.paragraph(line, scene)]
    held = seen.held or {}
    names = (
        (Condition.CHECKS_PASS, "Checks"),
        (Condition.REVIEWED, "Review"),
        (Condition.STAGING_FIRST, "Staging"),
        (Condition.PROTECTED, "Branch rules"),
    )
    told = [kit.markdown(f"*{words}*\n{_state(held[one], scene)}") for one, words in names if one in held]
    return [kit.fields(told)] if told else []


def _state(held: Held, scene: Scene) -> str:
    """One condition in a few words; what was not read is never shown as passed."""
    facts, condition = held.facts, held.requirement.condition
    if held.state is not State.YES:
        told = condition_words.missing(condition, held.state, facts)
        return _safe(told[:1].upper() + told[1:], scene)
    good = {
        Condition.CHECKS_PASS: f"{facts.get('passed', '0')} passed",
        Condition.REVIEWED: f"{facts.get('by', '')} approved this commit",
        Condition.STAGING_FIRST: "Same commit, ok",
        Condition.PROTECTED: "Protected",
    }
    return _safe(good[condition], scene)


def _safe(text: str, scene: Scene) -> str:
    return render.mrkdwn(say("{text}", text=Typed(text, 120)), scene)


def _who(seen: Seen, scene: Scene) -> list[JSON]:
    """Who decides, and who can't: said before somebody asks."""
    if not seen.needs:
        return []
    needs = listing((say("{n} of {group}", n=str(need.count), group=need.group) for need in seen.needs), limit=5)
    can = (
        listing((Who(person, quiet=True) for person in seen.can), limit=6)
        if seen.can
        else say("nobody who can be asked now")
    )
    lines = [say("Needs {needs}: {can}.", needs=needs, can=can)]
    if seen.barred:
        parts: dict[str, list[str]] = {}
        for person, relation in seen.barred:
            parts.setdefault(person, []).append(_RELATIONS[relation])
        barred = listing(
            (
                say("{who} ({why})", who=Who(one, quiet=True), why=", ".join(dict.fromkeys(why)))
                for one, why in parts.items()
            ),
            limit=6,
        )
        lines.append(say("Can't approve: {barred}.", barred=barred))
    return [render.paragraph(join(lines, " "), scene)]


def _inputs(filled: Filled, scene: Scene) -> list[JSON]:
    kind = Type(filled.get("type") or Type.CODE)
    risks = [(str(risk), words) for risk, words in RISKS.items()]
    systems = [*scene.rules.systems, declaring.OTHER]
    return [
        inputs.text(
            "broken",
            "What changes, and why now?",
            str(filled.get("broken") or ""),
            hint="The first line becomes the title.",
            focus=True,
        ),
        inputs.several("systems", "Affected systems", systems, filled.get("systems") or ()),
        inputs.radio("risk", "Risk", risks, str(filled.get("risk") or Risk.MEDIUM)),
        inputs.text("tests", "What did you test?", str(filled.get("tests") or "")),
        inputs.text(
            "rollback",
            "Rollback plan",
            str(filled.get("rollback") or ""),
            hint="How you get back if it makes things worse.",
        ),
        inputs.choice(
            "type", "Type of change", [(str(one), words) for one, words in TYPES.items()], kind, dispatch=True
        ),
        *type_fields.by_type(kind, filled, scene),
        inputs.text("jira", "Jira issue", str(filled.get("jira") or ""), long=False, optional=True, limit=300),
    ]


def roll_back(
    seen: Seen, scene: Scene, *, of: str, live_at: datetime, away_from: str | None, metadata: str = ""
) -> View:
    """Back to what was live here until then, under an approved change: one click and a reason."""
    what = seen.ref if seen.reading is None or seen.ref != seen.reading.sha else seen.reading.sha[:7]
    told = say(
        "*{ref}* was live here until {t}, approved as {key}. It can go back without approval, also in a freeze.",
        ref=Typed(what, 60, bold=True),
        t=When(live_at),
        key=of,
    )
    forward = say(" Going forward to {sha} again needs a new approval.", sha=away_from[:7]) if away_from else None
    after = render.small([say("Approvers are told.{forward}", forward=forward)], scene)
    blocks = [render.passage([told], scene), inputs.text("reason", "Why?", focus=True), after]
    return kit.modal(ROLL_BACK, "Roll back", blocks, submit="Roll back", metadata=metadata)
