"""What another policy would have decided, in words: one line a change that comes out differently."""

import pytest

from bot.blocks import render, replayed
from tests.bot.blocks.test_why import scene
from tests.build import SECURITY, at
from workflows.change import Reason, Verdict
from workflows.replaying import Compared, Different, Outcome, Was
from workflows.ruleset import Need

THEN = Outcome(Was.APPROVED, at(5), "deploy[1]")


def said(would: Outcome, then: Outcome = THEN, revision: int = 1) -> str:
    return render.plain(replayed.line(Different("DR-2026-0001", revision, then, would), "new.toml"), scene(), sign="@")


def no(reason: Reason, **facts: str) -> Verdict:
    return Verdict(False, reason, facts=facts)


@pytest.mark.parametrize(
    ("would", "words"),
    [
        (
            Outcome(Was.REJECTED, at(5), "emergency"),
            "would have been rejected at 03:05. The usual emergency rule decides there.",
        ),
        (
            Outcome(Was.UNDECIDED, at(5), lacking=(Need(SECURITY),)),
            "would not have been approved. Missing: 1 of security.",
        ),
        (
            Outcome(Was.UNDECIDED, at(5), no=no(Reason.NOT_IN_GROUP, group=SECURITY), person="rel"),
            "would not have been approved. @rel is not in security.",
        ),
        (Outcome(Was.UNDECIDED, at(5), no=no(Reason.NO_RULE)), "would not have been approved. No rule is for it."),
        (
            Outcome(
                Was.UNDECIDED, at(5), no=no(Reason.CONDITION_MISSING, condition="checks-pass", state="no", failed="e2e")
            ),
            "would not have been approved. Then e2e did not pass.",
        ),
        (
            Outcome(Was.HELD, at(9), no=no(Reason.FROZEN, why="weekend", until=at(60).isoformat())),
            "would have been held when the pipeline asked at 03:09. It was frozen until 04:00: weekend.",
        ),
        (
            Outcome(Was.HELD, at(9), no=no(Reason.TOO_LATE, at=at(7).isoformat())),
            "would have been held when the pipeline asked at 03:09. Its approval would have ended 03:07.",
        ),
        (
            Outcome(Was.UNKNOWN, at(5), no=no(Reason.STANDING_UNKNOWN, group="duty")),
            "can't be told. Who was in duty then was not kept.",
        ),
        (
            Outcome(Was.UNDECIDED, at(5), no=no(Reason.AUTHOR), person="rel"),
            "would not have been approved. @rel may not decide it.",
        ),
    ],
)
def test_a_line(would: Outcome, words: str) -> None:
    assert said(would) == f"DR-2026-0001 was approved at 03:05. Under new.toml: {words}"


def test_what_was_refused_and_would_have_been_a_yes() -> None:
    then, would = Outcome(Was.UNDECIDED, at(5)), Outcome(Was.APPROVED, at(5), "deploy[2]")

    assert said(would, then, revision=2) == (
        "DR-2026-0001 (version 2 of it) was not approved. Under new.toml: would have been approved at 03:05."
        " Deploy rule 2 decides there."
    )


def test_the_sum() -> None:
    one = Different("K", 1, THEN, THEN)

    assert replayed.total(Compared(1)) == "1 decision, none of them different."
    assert replayed.total(Compared(41, (one,))) == "41 decisions, 1 of them different."
