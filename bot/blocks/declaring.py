"""The fields of a declaration: three that are asked, and those that can wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.blocks import buttons, inputs, kit, render, type_fields
from bot.blocks.kit import JSON, Scene
from bot.blocks.listed import row_title, state_words
from bot.blocks.phrases import RISKS, TYPES
from bot.blocks.sentence import Sentence, Team, Who, join, listing, say
from bot.blocks.text import one_line, size
from bot.blocks.type_fields import Filled
from workflows import patches
from workflows.case import Case
from workflows.change import Field, Risk, Type
from workflows.rows import Row
from workflows.ruleset import Rules

OTHER = "Other"
MOST_PICKED = 150  # what the value of an option holds

_TEXTS = {
    "plan": Field.PLAN,
    "rollback": Field.ROLLBACK,
    "tests": Field.TESTS,
    "reference": Field.REFERENCE,
    "access": Field.ACCESS,
    "advisory": Field.ADVISORY,
    "plan_output": Field.PLAN_OUTPUT,
    "staging_proof": Field.STAGING_PROOF,
}


@dataclass(frozen=True, slots=True)
class Incidents:
    """How a form takes the incident. `picked`: from a list of open ones; `opened`: one can be opened for the change."""

    picked: bool = False
    opened: bool = False


TYPED = Incidents()


def filled_from(case: Case, scene: Scene) -> dict[str, Any]:
    """The form's values as the record has them; `implementer` as a Slack account."""
    person = scene.people.get(case.implementer)
    return {
        "broken": case.text(Field.WHY) or "",
        **{name: case.text(field) or "" for name, field in _TEXTS.items()},
        "systems": case.systems,
        "type": case.type,
        "environment": case.environment,
        "risk": case.risk,
        "incident": case.incident or "",
        "jira": case.jira or "",
        "implementer": person.slack if person else None,
        "live_since": case.live_since,
        "confidential": case.confidential,
        "access_until": case.access_until,
        "cvss": case.cvss or "",
        "known_since": case.known_since or "",
        **(_put_off(case, scene) if patches.owed(case) else {}),
    }


def _put_off(case: Case, scene: Scene) -> dict[str, Any]:
    """The exception of a patch that is owed; whoever answers for it is suggested."""
    one = case.put_off
    person = scene.people.get(patches.answers(case))
    return {
        "put_off_until": one.until if one else "",
        "put_off_owner": person.slack if person else None,
        "put_off_control": (case.body(one.control) if one else None) or "",
    }


def again_from(case: Case, scene: Scene) -> dict[str, Any]:
    """What a follow-on begins with: the systems and what is broken; the plan too when it was only rejected."""
    kept: tuple[str, ...] = ("broken", "systems", "type", "environment", "risk", "incident", "jira", "confidential")
    kept = (*kept, "advisory", "cvss", "known_since", "access")
    filled = filled_from(case, scene)
    if not case.deployments:
        kept = (*kept, "plan", "rollback", "tests", "reference")
    return {name: filled[name] for name in kept}


def emergency_from(case: Case, scene: Scene) -> dict[str, Any]:
    """What an emergency begins with that was a deploy request: everything it said, and exactly its commit."""
    filled = filled_from(case, scene)
    commit = f"{case.repository}@{case.sha}" if case.sha else f"{case.repository}@{case.ref}"
    plan = filled["plan"] or f"Deploy {commit} to {case.environment}."
    kept = {name: value for name, value in filled.items() if not name.startswith("put_off_")}
    return {**kept, "plan": plan, "reference": filled["reference"] or commit, "live_since": None}


def first_fields(filled: Filled, scene: Scene, *, open_on: Sequence[Row]) -> list[JSON]:
    """The three questions, with what is already open on the chosen systems before them."""
    systems = [*scene.rules.systems, OTHER]
    return [
        *([render.passage(_open(open_on[:3], len(open_on) - 3), scene)] if open_on else []),
        inputs.text(
            "broken",
            "What is broken, and why can't it wait?",
            type_fields.string(filled, "broken"),
            hint="The first line becomes the title.",
            focus=True,
        ),
        inputs.text(
            "plan",
            "What will you do?",
            type_fields.string(filled, "plan"),
            hint="One or two lines: what, where, how you know it worked.",
        ),
        inputs.several("systems", "Affected systems", systems, filled.get("systems") or (), dispatch=True),
    ]


def _open(rows: Sequence[Row], more: int) -> list[Sentence]:
    """What is open already, a line each; with the advice, which one line has room for."""
    advice = say("Continue only if this is something else.")
    if len(rows) == 1:
        where, what = one_line(rows[0].system, 40), _open_one(rows[0], 60)
        return [join((say("Already open on {where}: {what}.", where=where, what=what), advice), " ")]
    left = say("and {more} more", more=str(more)) if more > 0 else ()
    return [say("Already open:"), *(_open_one(row, 40) for row in rows), *([left] if left else []), advice]


def _open_one(row: Row, limit: int) -> Sentence:
    return say(
        "*{key}* {title}, {state}, by {who}",
        key=row.key,
        title=row_title(row.title, limit, confidential=row.confidential, system=row.system),
        state=state_words(row.status, became=row.became),
        who=Who(row.person, quiet=True),
    )


def asked_line(scene: Scene, groups: Sequence[str], *, drill: bool) -> Sentence:
    """Who is asked the moment the button is pressed."""
    if drill:
        return say("Practice only: counted nowhere, opens nothing.")
    if not groups:
        return say("Recorded at once; its approvers are asked the moment you press Declare.")
    many = listing((Team(name) for name in groups), limit=3)
    return say("Recorded at once. {groups} are asked the moment you press Declare.", groups=many)


def preset(filled: Filled, scene: Scene) -> list[JSON]:
    """What holds unless somebody says otherwise, and the way to say so."""
    line = say(
        "Preset: {environment} · risk {risk} · done by you.",
        environment=one_line(type_fields.string(filled, "environment") or "production", 40),
        risk=RISKS[Risk(filled.get("risk") or Risk.HIGH)],
    )
    label = buttons.BUTTONS[buttons.MORE_FIELDS][0]
    button = kit.button(label, buttons.MORE_FIELDS, "declare", about="of this form")
    return [render.paragraph(line, scene), kit.actions([button], "more")]


def environments(rules: Rules, current: str) -> list[str]:
    """Production first, then every environment the policy names, then the usual ones."""
    named = [one for rule in rules.emergency for one in rule.environments]
    named += [one for rule in rules.deploy for one in rule.environments]
    return list(dict.fromkeys(["production", *named, "staging", "test", current]))[: inputs.MOST_OPTIONS]


def more_fields(filled: Filled, scene: Scene, *, incidents: Incidents = TYPED) -> list[JSON]:
    """Everything else, all optional; which of them depends on the type of change."""
    kind = Type(filled.get("type") or Type.CODE)
    environment = type_fields.string(filled, "environment") or "production"
    choices = [(one, one) for one in environments(scene.rules, environment)]
    risks = [(str(risk), words) for risk, words in RISKS.items()]
    kinds = [(str(one), words) for one, words in TYPES.items()]
    return [
        inputs.choice("type", "Type of change", kinds, kind, dispatch=True),
        *type_fields.by_type(kind, filled, scene),
        inputs.choice("environment", "Environment", choices, environment),
        inputs.radio("risk", "Risk", risks, str(filled.get("risk") or Risk.HIGH)),
        type_fields.optional("rollback", "Rollback plan", filled, hint="How you get back if it makes things worse."),
        type_fields.optional("tests", "What did you test?", filled),
        _incident(filled, picked=incidents.picked),
        *([_open_incident(filled)] if incidents.opened and not type_fields.string(filled, "incident") else []),
        type_fields.optional("jira", "Jira issue", filled, long=False, hint="OPS-12, or its address."),
        type_fields.optional("reference", "Pull request or version", filled, long=False),
        inputs.person("implementer", "Who carries it out?", filled.get("implementer"), optional=True, hint=_SELF),
        inputs.moment(
            "live_since",
            "Already live since",
            type_fields.moment(filled, "live_since"),
            optional=True,
            hint="Only if the change was made before this form.",
        ),
        inputs.check("confidential", "Confidential", _SECRET, on=bool(filled.get("confidential"))),
    ]


_SELF = "Nobody chosen: you."
_SECRET = "Only parties, approvers and reviewers can read it"


def _incident(filled: Filled, *, picked: bool) -> JSON:
    """The incident: typed, or picked from the open ones."""
    label, hint, named = "PagerDuty incident", "Its number or address.", type_fields.string(filled, "incident")
    if not picked or size(named) > MOST_PICKED:
        return type_fields.optional("incident", label, filled, long=False, hint=hint)
    words = "Search, or type its number or address"
    chosen = (named, f"#{named}" if named.isdigit() else named) if named else None
    return inputs.search("incident", label, placeholder=words, optional=True, chosen=chosen)


def _open_incident(filled: Filled) -> JSON:
    words = "Open a PagerDuty incident for it"
    return inputs.check("open_incident", "No incident yet?", words, on=bool(filled.get("open_incident")))
