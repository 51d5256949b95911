"""What a pipeline reads while a freeze holds it."""

import pytest

from bot.blocks import gate_words
from tests import build
from tests.build import REPOSITORY, SHA, T0, at
from workflows import gate
from workflows.change import Status
from workflows.ruleset import Freeze

FROZEN = build.deploy_rules(freezes=(Freeze("release", since=T0, until=at(hours=9)),))


@pytest.mark.parametrize(
    ("status", "how"),
    [(Status.REQUESTED, "waits for approval, and"), (Status.APPROVED, "is approved, but")],
)
def test_a_freeze_is_named_whether_or_not_somebody_approved(status: Status, how: str) -> None:
    asked = {"repository": REPOSITORY, "sha": SHA, "environment": "production"}
    said = gate.answer([build.deploy(status)], rules=FROZEN, now=at(30), **asked)
    words = gate_words.sentence(said, sha=SHA, environment="production")
    until = gate_words.moment(at(hours=9))
    assert words == f"Not yet: DR-2026-0001 {how} production is frozen until {until}: release."
