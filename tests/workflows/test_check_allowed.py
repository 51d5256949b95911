"""`check` finds in the events of a change what the auditor's program finds in a pack."""

from dataclasses import replace
from typing import Any

import pytest

from tests.build import T0, at, event
from tests.workflows.desk import Desk
from workflows import check, check_allowed, ledger
from workflows.change import Actor

DECLARED: dict[str, Any] = {"key": "EC-2026-0001", "kind": "emergency", "systems": ["payments"], "implementer": "ops"}
LIVE = {"basis": "approved", "at": T0.isoformat(), "outcome": "ok"}
PROOF = {
    "max_age": 60,
    "account": {"as_of": T0.isoformat()},
    "roster": {"as_of": T0.isoformat(), "group": "approvers", "members": ["cto", "ops"]},
}
VOICE = {"revision": 1, "right": "approvers", "final": True, "evidence": PROOF}


@pytest.mark.parametrize(
    ("kind", "person", "data", "found"),
    [
        ("deployed", "dev", LIVE, [(17, "event 2 is live as approved, which it was not")]),
        ("let_through", None, {"basis": "emergency"}, [(17, "event 2 is let through as emergency, which it was not")]),
        ("approved", "ops", VOICE, [(4, "event 2 is the voice of a party")]),
        ("approved", "stranger", VOICE, [(3, "event 2 is of no member")]),
        ("approved", "cto", {**VOICE, "revision": 2}, [(5, "event 2 is for what was changed or decided")]),
        ("approved", "cto", VOICE, []),
        ("reviewed", "dev", {}, [(4, "event 2 is reviewed by a party")]),
        ("declared", "dev", DECLARED, [(1, "event 2 is no beginning")]),
        ("approved", "cto", {}, [(1, "its events cannot be followed by verify.py: KeyError 'evidence'")]),
    ],
)
def test_what_no_policy_allows(kind: str, person: str, data: dict[str, Any], found: list[tuple[int, str]]) -> None:
    told = [replace(event("declared", seq=1), data=DECLARED), replace(event(kind, person=person), data=data)]
    assert list(check_allowed.found([(one, "") for one in told])) == found


def test_check_says_it_of_a_record(sqlite_desk: Desk) -> None:
    case = sqlite_desk.declare()
    with sqlite_desk.database.write() as tx:
        more = {**LIVE, "what": "d" * 64, "by": "dev"}
        ledger.advance(tx, case, "deployed", more, actor=Actor("dev"), now=at(1))
    with sqlite_desk.database.read() as tx:
        broken = [str(one) for one in check.promises(tx, real_now=at(1))]
    assert f"promise 17: {case.key}: event 3 is live as approved, which it was not" in broken
