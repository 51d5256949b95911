"""What `check` finds on the way of a deploy: each promise broken by hand is named, and nothing else is."""

from dataclasses import replace
from typing import Any

import pytest

from tests import build
from tests.build import NEXT_SHA, SHA, at
from workflows import binding, conditions, fold, replay_deploys
from workflows.case import Case
from workflows.change import Basis, Status
from workflows.event import Event
from workflows.gated import Passed, Rollback

RULES = build.deploy_rules()
REQUESTED, APPROVED = build.deploy(), build.deploy(Status.APPROVED)
UNDER_WAY = replace(APPROVED, passed=(Passed(build.REPOSITORY, "production", SHA, at(9), Basis.APPROVED, "run 1"),))
EMERGENCY = build.case(Status.APPROVED)
BACK = build.deploy(Status.PROCEEDING, rollback=Rollback("DR-2026-0001", at(-9), NEXT_SHA))


def approved(case: Case = REQUESTED, *, proof: dict[str, Any] | None = None, **given: Any) -> Event:
    """rel's yes as it is recorded when all is well."""
    values = binding.bound(case, RULES)
    kept = {
        "bound": values,
        "conditions": [
            {"condition": str(h.requirement), "state": h.state.value} for h in conditions.evaluate(case, RULES)
        ],
        "reading": {"as_of": at(1).isoformat(), "sha": SHA},
        "login": "rel-gh",
    }
    data: dict[str, Any] = {
        "revision": 1,
        "right": build.RELEASERS,
        "final": True,
        "digest": binding.digest(case, RULES),
    }
    data |= {"valid_until": at(hours=8).isoformat(), "evidence": kept | (proof or {})}
    return build.event("approved", person="rel", when=at(2), **(data | given))


def through(**given: Any) -> Event:
    told = {"repository": build.REPOSITORY, "environment": "production", "sha": SHA, "basis": "approved", "by": "run 1"}
    return build.event("let_through", person=None, when=given.pop("when", at(10)), **(told | given))


def found(case: Case, event: Event) -> list[int]:
    """The numbers of the promises that this step breaks."""
    return sorted({number for number, _ in replay_deploys.wrong(case, event, fold.apply(case, event))})


@pytest.mark.parametrize(
    ("case", "event"),
    [
        (REQUESTED, approved()),
        (APPROVED, through()),
        (BACK, through(basis="rollback")),
        (EMERGENCY, through(basis="emergency")),
        (APPROVED, build.event("voided", changed=["policy"])),
        (APPROVED, build.event("superseded", by_key="DR-2026-0002")),
        (REQUESTED, build.event("lifted", person="rel", freeze="f", reason="0" * 64)),
    ],
    ids=lambda one: one.kind if isinstance(one, Event) else one.status.value,
)
def test_what_goes_by_the_book_breaks_nothing(case: Case, event: Event) -> None:
    assert found(case, event) == []


@pytest.mark.parametrize(
    ("case", "event", "promises"),
    [
        (REQUESTED, approved(digest="0" * 64), [6]),
        (replace(REQUESTED, sha=NEXT_SHA), approved(), [6, 7]),
        (replace(REQUESTED, environment="canary"), approved(), [6]),
        (replace(REQUESTED, texts={}), approved(), [6]),
        (replace(REQUESTED, approvals=(build.approval("lead", digest="0" * 64),)), approved(), [6]),
        (REQUESTED, approved(proof={"conditions": [{"condition": "checks-pass", "state": "unknown"}]}), [7]),
        (REQUESTED, approved(proof={"reading": {"as_of": at(-10).isoformat(), "sha": SHA}}), [7]),
        (REQUESTED, approved(proof={"reading": {}}), [7]),
        (REQUESTED, approved(proof={"login": None}), [7]),
        (APPROVED, approved(), [17]),
        (BACK, approved(BACK), [17]),
        (APPROVED, through(sha=NEXT_SHA), [6]),
        (APPROVED, through(basis="rollback"), [6]),
        (APPROVED, through(when=at(5, hours=8)), [6]),
        (REQUESTED, through(), [6]),
        (BACK, through(), [6]),
        (EMERGENCY, through(basis="approved"), [6]),
        (EMERGENCY, through(basis="emergency", when=at(hours=5)), [6]),
        (replace(EMERGENCY, drill=True), through(basis="emergency"), [6]),
        (UNDER_WAY, build.event("superseded", by_key="DR-2026-0002"), [5]),
        (UNDER_WAY, build.event("expired"), [5]),
        (REQUESTED, build.event("lifted", person="dev", freeze="f", reason="0" * 64), [4]),
        (APPROVED, build.event("edited", sha=NEXT_SHA), [6]),
    ],
    ids=[
        "a digest of nothing",
        "another commit",
        "another environment",
        "another document",
        "with a voice for something else",
        "a condition that nobody knew",
        "an old reading",
        "no reading",
        "nobody knows the GitHub account",
        "approved twice",
        "a way back approved",
        "another commit let through",
        "a way back that is none",
        "past its validity",
        "before anybody said yes",
        "a way back as approved",
        "an emergency as approved",
        "a window that was over",
        "a drill",
        "superseded under way",
        "expired under way",
        "a freeze lifted by who asked",
        "moved with its approval",
    ],
)
def test_each_promise_that_is_broken_is_named(case: Case, event: Event, promises: list[int]) -> None:
    assert found(case, event) == promises
