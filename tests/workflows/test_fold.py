"""A case is the fold of its events: replayed, it is the same; what the fold does not know is never recorded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import build
from tests.budget import BOTH, LONG
from tests.build import APPROVERS, T0, at, needs
from tests.databases import SqliteTemplates
from tests.lending import Lender
from tests.workflows.desk import PEOPLE, Desk, Result
from workflows import aftermath, check, completing, fold, ledger, quorum, reviews
from workflows.case import Case, Done
from workflows.change import Action, Judgement, Kind, Outcome, Risk, Status
from workflows.db import Database
from workflows.replay import Broken
from workflows.reviews import FollowUpForm
from workflows.transitions import TRANSITIONS

DECLARED = build.event("declared", seq=1, key="EC-2026-0001")


def test_a_change_begins_with_its_declaration() -> None:
    case = fold.apply(None, DECLARED)

    assert (case.key, case.status, case.requester, case.implementer, case.version) == (
        *("EC-2026-0001", Status.DECLARED, "dev", "dev"),
        1,
    )
    assert (case.kind, case.risk.value, case.environment) == (Kind.EMERGENCY, "high", "production")


@pytest.mark.parametrize("kind", sorted(fold.APPLY))
def test_nothing_else_begins_a_change(kind: str) -> None:
    with pytest.raises(ValueError, match="cannot begin"):
        fold.apply(None, build.event(kind))


@pytest.mark.parametrize("kind", ["aproved", "", "declared_again", "Approved"])
def test_an_unknown_event_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="unknown event"):
        fold.apply(build.case(), build.event(kind))


def test_an_unknown_event_is_never_recorded(desk: Desk) -> None:
    case = desk.declare()
    with pytest.raises(ValueError, match="unknown event"), desk.turn() as turn:
        ledger.advance(turn.tx, case, "blessed", {}, actor=None, now=desk.now)

    assert desk.kinds() == ["declared", "asked"]


@pytest.mark.parametrize("kind", ["handed_over", "snoozed", "reviewed", "amended"])
def test_nothing_happens_to_a_review_that_nobody_owes(kind: str) -> None:
    with pytest.raises(ValueError, match="no review"):
        fold.apply(build.case(), build.event(kind, to="cto", until=T0.isoformat(), judgement="yes", text="x"))


@pytest.mark.parametrize("kind", ["refused", "undelivered", "erased"])
def test_what_is_only_kept_changes_nothing_but_the_version(kind: str) -> None:
    case = build.case(Status.APPROVED)

    assert fold.apply(case, build.event(kind, seq=9)) == replace(case, version=9)


def test_a_voice_that_is_not_the_last_one_decides_nothing() -> None:
    approved = build.event("approved", person="cto", revision=1, right=APPROVERS, final=False)
    case = fold.apply(build.case(), approved)

    assert (case.status, case.decision, [a.person for a in case.approvals]) == (Status.DECLARED, None, ["cto"])


def test_ratified_is_no_approval_and_no_decision() -> None:
    before = build.case(Status.PROCEEDING)
    case = fold.apply(before, build.event("ratified", person="cto", revision=1, right=APPROVERS, final=True))

    assert (case.status, case.decision) == (Status.PROCEEDING, before.decision)
    assert quorum.voices(case) == ()
    assert case.afterwards is not None
    assert case.afterwards.kind == "ratified"


def duties(case: Case) -> list[tuple[str, str | None]]:
    return [(duty.kind, duty.person) for duty in fold.duties(case)]


@pytest.mark.parametrize(
    ("status", "owed"),
    [
        (Status.DECLARED, []),
        (Status.APPROVED, [("review", "cto"), ("live", "dev")]),
        (Status.PROCEEDING, [("review", "lead"), ("live", "dev")]),
        (Status.REJECTED, []),
        (Status.DEPLOYED, [("review", "cto")]),
        (Status.REVIEWED, []),
        (Status.WITHDRAWN, []),
    ],
)
def test_what_is_owed_in_each_status(status: Status, owed: list[tuple[str, str | None]]) -> None:
    assert duties(build.case(status)) == owed


def details(desk: Desk, who: str, draw: Callable[[Any], Any]) -> Result:
    given = {
        "plan": "fail over",
        "rollback": "",
        "tests": "n/a",
        "risk": draw(st.sampled_from(list(Risk))),
        "implementer": draw(st.sampled_from(PEOPLE)),
        "systems": ("web",),
        "incident": "4711",
    }
    names = draw(st.sets(st.sampled_from(sorted(given)), min_size=1, max_size=3))
    return desk.add(who, **{name: given[name] for name in names})


def deploy(desk: Desk, who: str, draw: Callable[[Any], Any]) -> Result:
    when = max(desk.now - timedelta(minutes=draw(st.sampled_from((0, 5)))), desk.case.declared_at)
    return desk.deploy(who, at=when, outcome=draw(st.sampled_from(list(Outcome))), why="it burned")


def close(desk: Desk, who: str, draw: Callable[[Any], Any]) -> Result:
    follow = FollowUpForm("more memory", "ops", "2026-12-01")
    return desk.close(who, judgement=draw(st.sampled_from(list(Judgement))), follow_ups=(follow,))


def done(desk: Desk, who: str, draw: Callable[[Any], Any]) -> Result:
    known = [f.id for one in (desk.case.review, *desk.case.earlier_reviews) if one for f in one.follow_ups]
    return desk.do(who, reviews.mark_done, desk.id, ref=known[0] if known else "none")


def hand_over(desk: Desk, who: str, draw: Callable[[Any], Any]) -> Result:
    return desk.do(who, reviews.hand_over, desk.id, to=draw(st.sampled_from(PEOPLE)))


ACTS: dict[str, Callable[[Desk, str, Callable[[Any], Any]], Any]] = {
    "approve": lambda desk, who, draw: desk.approve(who),
    "approve an old card": lambda desk, who, draw: desk.approve(who, revision=1),
    "reject": lambda desk, who, draw: desk.reject(who),
    "take back": lambda desk, who, draw: desk.take_back(who),
    "proceed": lambda desk, who, draw: desk.proceed(who),
    "deploy": deploy,
    "details": details,
    "ratify": lambda desk, who, draw: desk.ratify(who),
    "object": lambda desk, who, draw: desk.object_to(who),
    "not needed": lambda desk, who, draw: desk.do(who, aftermath.not_needed, desk.id),
    "withdraw": lambda desk, who, draw: desk.do(who, aftermath.withdraw, desk.id),
    "later": lambda desk, who, draw: desk.do(who, aftermath.later, desk.id),
    "extend": lambda desk, who, draw: desk.do(who, aftermath.extend, desk.id, reason="slow"),
    "close": close,
    "amend": lambda desk, who, draw: desk.do(who, reviews.amend, desk.id, text="and the proxy"),
    "hand over": hand_over,
    "take over": lambda desk, who, draw: desk.do(who, reviews.take_over, desk.id),
    "snooze": lambda desk, who, draw: desk.do(who, reviews.snooze, desk.id, choice="1h"),
    "done": done,
    "link": lambda desk, who, draw: desk.do(who, completing.link_message, desk.id, permalink="https://x/p", text="x"),
    "sweep": lambda desk, who, draw: desk.sweep(),
}
BUSY = ("dev", "dev", "cto", "cto", "lead", "lead", "rel", "ops")


def legal(before: Case, after: Case) -> bool:
    """Whether the table knows a way from one status to the other."""
    ways = {(status, to) for (_, status, _), to in TRANSITIONS.items()}
    ways |= {(Status.APPROVED, Status.DECLARED), (before.status, before.status)}
    if after.deployments and not before.deployments:
        ways |= {(status, Status.REVIEWED) for status in (Status.APPROVED, Status.PROCEEDING)}
    return (before.status, after.status) in ways


@settings(max_examples=500 if LONG else 25 if BOTH else 15)
@given(data=st.data())
def test_any_sequence_of_acts_replays_to_the_stored_case(
    sqlite_templates: SqliteTemplates, sqlite_folder: Path, lender: Lender, data: st.DataObject
) -> None:
    with lender.lend(sqlite_templates.make(sqlite_folder)) as database:
        assert walk(database, data) == []


def walk(database: Database, data: st.DataObject) -> list[Broken]:
    """Some acts on a fresh database, looked at one by one; the promises that are broken after the last."""
    desk = Desk(database)
    wanted = data.draw(st.sampled_from((needs(**{APPROVERS: 1}), needs(**{APPROVERS: 2}))))
    desk.rules = build.rules(default=build.rule(approvers=wanted))
    desk.declare(drill=data.draw(st.booleans()), live_since=data.draw(st.sampled_from((None, None, at(-60)))))
    for _ in range(data.draw(st.integers(1, 12))):
        step(desk, data)
    with database.read() as tx:
        return check.promises(tx, real_now=desk.now)


def step(desk: Desk, data: st.DataObject) -> None:
    """One act of anybody's, after a while, and everything that holds whatever came of it."""
    before = desk.case
    desk.wait(data.draw(st.sampled_from((0, 1, 6, 11, 70, 26 * 60))))
    name = data.draw(st.sampled_from(sorted(ACTS)))
    answer = ACTS[name](desk, data.draw(st.sampled_from(BUSY)), data.draw)
    after = desk.case
    assert desk.replayed() == after, name
    assert legal(before, after), f"{name}: {before.status} → {after.status}"
    assert after.version == len(desk.events())
    voices = quorum.voices(after) + quorum.voices(after, phase="after")
    assert not {a.person for a in voices} & quorum.parties(after), name
    assert len({(a.person, a.revision, a.phase) for a in after.approvals}) == len(after.approvals), name
    if isinstance(answer, Done):
        assert replace(answer.case, standing=after.standing, bodies=after.bodies) == after, name


def test_the_acts_are_all_the_actions() -> None:
    """A new action has to be added to the walk above."""
    words = {name.replace(" ", "_") for name in ACTS} | {"mark_deployed", "add_details", "write_review"}
    words |= {"amend_review", "mark_done", "declare_again", "hand_follow_up"}
    words |= {"edit", "ask_again", "make_emergency", "lift"}  # of deploys, which have their own tests

    assert {action.value for action in Action} <= words
