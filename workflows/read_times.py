"""When GitHub was read for a deploy: a fact beside the record, of which the events keep only what was new."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from workflows import facts
from workflows.case import Case
from workflows.change import Kind
from workflows.reading import Read

FACT = "github"


def of(tx: Connection, cases: Iterable[Case]) -> dict[str, Read]:
    """By the id of each deploy that GitHub was ever asked about. A reading that is stale counts as none.

    GitHub is silent since its last answer; where there was none, since the deploy was asked for.
    """
    asked = {case.id: case.declared_at for case in cases if case.kind is Kind.DEPLOY}
    found = facts.some(tx, FACT, list(asked))
    return {id: _read(fact, asked[id]) for id, fact in found.items()}


def _read(fact: facts.Fact, asked_at: datetime) -> Read:
    last = None if fact.stale else fact.as_of
    silent = fact.stale or fact.error is not None
    return Read(last, (fact.as_of or asked_at) if silent else None, fact.error)
