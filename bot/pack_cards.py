"""The cards of a change as they were seen when somebody decided, drawn again from its events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot import card_html
from bot.blocks import card
from bot.blocks.kit import Scene
from bot.blocks.notes import CardNotes
from bot.scenes import everybody, scene
from workflows import matching, pack_pages, policies, policy, question, quorum
from workflows.case import Case
from workflows.change import UNDECIDED, Person
from workflows.event import Event
from workflows.pack_changes import Draw, Sight, sights
from workflows.policy_problems import PolicyError
from workflows.population import Seen
from workflows.reading import Read
from workflows.rules import parse
from workflows.ruleset import Rules
from workflows.standing import Account, Roster, Standing


def drawer(rules: Rules) -> Draw:
    """How `packing` gets the page with the cards of a change; `rules`: where the policy of then can't be read."""

    def draw(tx: Connection, sights: Sequence[Sight], one: Seen) -> str:
        return pack_pages.cards(one.row.key, [_card(tx, sight, rules) for sight in sights])

    return draw


def seen(
    tx: Connection, told: Iterable[tuple[Event, str]], bodies: Mapping[str, str], rules: Rules
) -> list[pack_pages.Card]:
    """The cards of a change with these events and texts, one for each decision."""
    return [_card(tx, sight, rules) for sight in sights(told, bodies)]


def _card(tx: Connection, sight: Sight, rules: Rules) -> pack_pages.Card:
    then = _rules(tx, str(sight.evidence.get("policy") or ""), rules)
    case = _standing(sight, then)
    event = sight.event
    people = everybody(case) | ({event.person} if event.person else set())
    view = scene(tx, then, now=event.at, people=people, shared=True)
    if case.confidential:
        drawn = card.ask(case, view, person=event.person or "", round="first", notes=_notes(case, then))
    else:
        drawn = card.card(case, view, notes=_notes(case, then))
    by = f"operator {event.operator}" if event.operator else _name(view.people, event.person)
    return pack_pages.Card(
        event.seq, event.at, event.kind, by, card_html.html(drawn.blocks, _names(view)), card_html.unescaped(drawn.text)
    )


def _name(people: Mapping[str, Person], person: str | None) -> str:
    known: Person | None = people.get(person or "")
    return (known.email or known.name) if known else (person or "the program")


def _names(view: Scene) -> dict[str, str]:
    """Slack's ids as people know them: accounts and user groups."""
    people = {one.slack: one.name for one in view.people.values() if one.slack}
    return people | {slack: group for group, slack in view.group_mentions.items()}


def _rules(tx: Connection, digest: str, otherwise: Rules) -> Rules:
    source = policies.source(tx, digest) if digest else None
    if source is None:
        return otherwise
    try:
        return parse(source.encode(), "policy.toml")
    except PolicyError:
        return otherwise


def _standing(sight: Sight, rules: Rules) -> Case:
    """The case with the readings that the decision kept; of groups it kept none of, whoever had been asked."""
    proof, case, event = sight.evidence, sight.before, sight.event
    asked = frozenset(person for ask in case.asks for person in ask.people)
    rosters = {name: Roster(name, asked, event.at) for name in rules.groups}
    if kept := proof.get("roster"):
        rosters[kept["group"]] = Roster(kept["group"], frozenset(kept["members"]), _time(kept["as_of"]))
    people = {event.person or "", *(person for roster in rosters.values() for person in roster.members)} - {""}
    accounts = {person: (Account("", person, event.at),) for person in people}
    read = _time((proof.get("reading") or {}).get("as_of")) or (event.at if case.reading else None)
    return replace(case, standing=Standing(accounts, rosters), read=Read(read))


def _time(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _notes(case: Case, rules: Rules) -> CardNotes:
    """What stood on the card of this change alone; what was open elsewhere at the time is not drawn again."""
    undecided = case.status in UNDECIDED
    return CardNotes(
        needs=quorum.missing(case, rules) if undecided else (),
        could=quorum.askable(case, rules) if undecided else (),
        documented=policy.documented(case),
        instead=matching.rule_for(case, rules).fallback,
        reviewers=question.reviewer_groups(case, rules),
    )
