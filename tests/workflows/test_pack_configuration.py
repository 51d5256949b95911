"""What a period's readings say of branches and groups: every change is heard, and only differences are told."""

import json
from datetime import datetime, timedelta
from typing import Any

from tests import packs
from tests.build import REPOSITORY, T0, at
from workflows import population
from workflows.db import Database
from workflows.pack_configuration import Configuration, Readings

HOUR = timedelta(hours=1)


def test_a_line_for_each_time_that_it_was_other_than_before_in_whatever_order_it_is_heard() -> None:
    readings = Readings()
    for value, hour in (("a", 0), ("b", 5), ("a", 9), ("a", 2), ("b", 4), ("a", 3)):
        readings.add(value, T0 + hour * HOUR)
    said = [(value, when["since"][11:13], when["until"][11:13], when["reads"]) for value, when in readings.stretches()]
    first = T0.hour
    assert said == [
        ("a", f"{first:02}", f"{first + 3:02}", 3),
        ("b", f"{first + 4:02}", f"{first + 5:02}", 2),
        ("a", f"{first + 9:02}", f"{first + 9:02}", 1),
    ]
    assert list(Readings().stretches()) == []


def body(**data: Any) -> bytes:
    return json.dumps({"data": data}, separators=(",", ":")).encode()


def test_members_count_from_when_they_were_read_and_not_by_their_order() -> None:
    here = Configuration()

    def decided(members: list[str], as_of: datetime | None, when: datetime) -> None:
        roster = {"as_of": as_of.isoformat() if as_of else None, "group": "leads", "members": members}
        here._hear(body(evidence={"roster": roster}), when, "")

    decided(["ann", "bob"], at(0), at(9))
    decided(["bob", "ann"], at(5), at(9))
    decided(["bob"], None, at(20))
    assert [(members, when["reads"]) for members, when in here._groups["leads"].stretches()] == [
        (("ann", "bob"), 2),
        (("bob",), 1),
    ]


def test_changes_that_were_not_drawn_are_heard_too(database: Database) -> None:
    packs.fill(database)
    with database.read() as tx:
        rows = tuple(population.rows(tx, T0, at(days=10)))
    found = Configuration().over(database, rows)
    (branch,) = found.branches()
    assert (branch["repository"], branch["name"], branch["reads"]) == (REPOSITORY, "main", 2)
    assert branch["rules"]["checks"] == ["unit"]
    with database.read() as tx:
        groups = [(one["group"], one["members"], one["reads"]) for one in found.groups(tx)]
    assert groups == [
        ("emergency-approvers", ["cto@example.com", "lead@example.com"], 3),
        ("release-managers", ["lead@example.com", "rel@example.com"], 1),
    ]
    assert list(Configuration().over(database, rows[:0]).branches()) == []
