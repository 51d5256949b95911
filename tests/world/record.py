"""What a story left in the record, and whether it holds."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa

from tests.world.clock import StoryClock
from workflows import check, ledger, persons, replay, verifying
from workflows.case import Case
from workflows.db import Database
from workflows.event import Event
from workflows.models import changes

_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


class Record:
    """Reads the record of a story; `database` is the one that the bot has open now."""

    def __init__(self, database: Callable[[], Database], clock: StoryClock) -> None:
        """Nothing is read yet."""
        self._database = database
        self._clock = clock

    def keys(self) -> list[str]:
        """The key of every change, in order."""
        with self._database().read() as tx:
            return sorted(tx.scalars(sa.select(changes.c.key)))

    def case(self, key: str) -> Case:
        """A change as the record has it now."""
        with self._database().read() as tx:
            case = ledger.case_by_key(tx, key)
        if case is None:
            raise AssertionError(f"the record has no {key}")
        return case

    def events(self, key: str) -> list[Event]:
        """The events of a change, in order."""
        id = self.case(key).id
        with self._database().read() as tx:
            return [event for event, _ in replay.history(tx, [id])[id]]

    def kinds(self, key: str) -> list[str]:
        """The kinds of the events of a change, in order."""
        return [event.kind for event in self.events(key)]

    def person(self, slack: str) -> str:
        """The person behind an account."""
        with self._database().read() as tx:
            found = persons.by_slack(tx, [slack]).get(slack)
        if found is None:
            raise AssertionError(f"the record knows nobody as {slack}")
        return found

    def texts(self, key: str) -> set[str]:
        """Everything that people wrote about a change and that is kept."""
        digests = {one for event in self.events(key) for one in _DIGEST.findall(str(event.data))}
        with self._database().read() as tx:
            return set(ledger.with_texts(tx, self.case(key), digests).bodies.values())

    def notes(self) -> list[Event]:
        """The events that belong to no change, in order."""
        with self._database().read() as tx:
            return [event for event, _ in replay.history(tx, ["system"])["system"]]

    def hold(self) -> None:
        """AssertionError when a chain is broken or a promise is."""
        with self._database().read() as tx:
            report = verifying.database(tx)
            broken = check.promises(tx, real_now=self._clock.real())
        assert report.ok, report.bad
        assert not broken, broken
