"""Whoever runs a workflow has no voice on what it deploys."""

from typing import Any

from workflows import ageing, announce, persons, quorum, readiness
from workflows.case import Case
from workflows.change import Person, Relation
from workflows.turn import Turn


def person(turn: Turn, run: int, login: str, email: str | None = None) -> Person:
    """Who started a run, made on first sight; without a login somebody of whom only the run is known."""
    return persons.for_login(
        turn.tx,
        login=login or None,
        email=email,
        name=login or f"run {run}",
        rules=turn.rules,
        now=turn.now,
        new_id=turn.new_id,
    )


def bar(turn: Turn, case: Case, runner: Person, sha: str) -> Case:
    """Whoever runs the workflow cannot approve it (DESIGN §4); learnt after their voice, that voids it."""
    known = any(p.person == runner.id and p.relation is Relation.RUNNER for p in case.parties)
    if known or not readiness.pending(case):
        return case
    party = {"person": runner.id, "relation": Relation.RUNNER.value, "sha": sha}
    spoke = any(a.person == runner.id for a in quorum.voices(case))
    voids: dict[str, Any] = {"voids": True, "changed": ["author-learnt"]} if spoke else {}
    after = turn.advance(case, "read", parties=[party], known_as=turn.known_as([runner.id]), **voids)
    after = turn.with_standing(after)
    if spoke:
        after = ageing.tell_void(turn, case, after, parties=[runner.id])
    return announce.settle(turn, after)
