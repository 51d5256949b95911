"""When GitHub was read for a deploy: a fact beside the record, of which the events keep only what was new."""

from collections.abc import Iterable

from sqlalchemy import Connection

from workflows import facts
from workflows.case import Case
from workflows.change import Kind
from workflows.reading import Read

FACT = "github"


def of(tx: Connection, cases: Iterable[Case]) -> dict[str, Read]:
    """By the id of each deploy that GitHub was ever asked about. A reading that is stale counts as none."""
    found = facts.some(tx, FACT, [case.id for case in cases if case.kind is Kind.DEPLOY])
    return {id: _read(fact) for id, fact in found.items()}


def _read(fact: facts.Fact) -> Read:
    last = None if fact.stale else fact.as_of
    silent = fact.stale or fact.error is not None
    return Read(last, (fact.as_of or fact.attempted_at) if silent else None, fact.error)
