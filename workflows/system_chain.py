"""The events of the system chain of one kind, found by their kind: the chain itself is as long as the record is old."""

from sqlalchemy import ColumnElement

from workflows.models import events
from workflows.verify import SYSTEM


def of_kind(*kinds: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What such an event fulfils. The subject is compared as no index has it, so that the one of kinds is used."""
    e = events.c
    kind = e.kind == kinds[0] if len(kinds) == 1 else e.kind.in_(kinds)
    return kind, e.subject.concat("") == SYSTEM
