"""Two acts at the same moment on one change, again and again: who won, who was told so, and what is left.

Readings are made once and then left alone, so that nothing but the change itself makes one act wait for the other.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy import case, update

from tests import build
from tests.build import APPROVERS, FALLBACK, at, needs
from tests.workflows.desk import Desk
from workflows import aftermath, deciding, declaring, emergencies, ledger, policy, quorum, reviews
from workflows.case import Done, Refused
from workflows.change import Outcome, Reason, Status
from workflows.db import Database
from workflows.documents import Declaration
from workflows.models import changes
from workflows.turn import Turn

Act = Callable[[Desk], Any]
TWO = build.rules(default=build.rule(approvers=needs(**{APPROVERS: 2})))
BOTH_DECIDED = {Reason.ALREADY_DECIDED, Reason.TOO_LATE}


def together(desk: Desk, chance: random.Random, *acts: Act) -> list[Any]:
    """Do the acts at the same moment, in threads; what each answered, or the fault it raised, in their order."""
    barrier = threading.Barrier(len(acts))
    pauses = [chance.choice((0, 0, 0.0005, 0.002)) for _ in acts]

    def press(n: int) -> Any:
        barrier.wait(10)
        time.sleep(pauses[n])
        return acts[n](desk)

    with ThreadPoolExecutor(len(acts)) as pool:
        pressed = [pool.submit(press, n) for n in range(len(acts))]
    return [one.exception() or one.result() for one in pressed]


def ready(database: Database, rules: Any = None) -> Desk:
    """A desk whose readings are of now and stay so."""
    desk = Desk(database, rules=rules or build.rules(groups={APPROVERS: ("cto", "lead", "ops"), FALLBACK: ("rel",)}))
    desk.sweep()
    desk.silent = True
    return desk


def approve(who: str) -> Act:
    return lambda desk: desk.do(who, deciding.approve, desk.id, 1)


def refusals(answers: list[Any]) -> list[Reason | None]:
    return [answer.verdict.reason for answer in answers if isinstance(answer, Refused)]


def finals(desk: Desk) -> int:
    """How many events decided."""
    return sum(
        1
        for event in desk.events()
        if event.kind in ("rejected", "proceeding") or (event.kind == "approved" and event.data["final"])
    )


def two_approvers(desk: Desk, chance: random.Random) -> list[str]:
    """Quorum one: one decides, the other is told who did."""
    desk.declare()
    answers = together(desk, chance, approve("cto"), approve("lead"))
    wrong = [] if refusals(answers) == [Reason.ALREADY_DECIDED] else [f"answers {answers}"]
    told = [answer.verdict.facts.get("by") for answer in answers if isinstance(answer, Refused)]
    decision = desk.case.decision
    if decision is None or told != [decision.by]:
        wrong.append(f"told {told}")
    return wrong + ([] if finals(desk) == 1 else [f"{finals(desk)} decisions"])


def quorum_of_two(desk: Desk, chance: random.Random) -> list[str]:
    """Both voices count, the second of them decides."""
    desk.declare()
    answers = together(desk, chance, approve("cto"), approve("lead"))
    good = all(isinstance(answer, Done) for answer in answers) and len(quorum.voices(desk.case)) == 2
    return [] if good and finals(desk) == 1 and desk.status == "approved" else [f"{answers}, {desk.status}"]


def one_person_twice(desk: Desk, chance: random.Random) -> list[str]:
    """A double click, or Submit pressed twice, is one voice."""
    desk.declare()
    answers = together(desk, chance, approve("cto"), approve("cto"))
    known = refusals(answers) in ([Reason.ALREADY_DECIDED], [Reason.SECOND_VOICE])
    return [] if known and len(desk.case.approvals) == 1 else [f"{answers}"]


def approve_and_proceed(desk: Desk, chance: random.Random) -> list[str]:
    """Break-glass and approval at once: one of them, never both."""
    desk.declare()
    answers = together(desk, chance, approve("cto"), lambda d: d.do("dev", emergencies.proceed, d.id, reason="fire"))
    good = len(refusals(answers)) == 1 and set(refusals(answers)) <= BOTH_DECIDED and finals(desk) == 1
    return [] if good else [f"{answers}, {finals(desk)} decisions"]


def approve_and_reject(desk: Desk, chance: random.Random) -> list[str]:
    """Yes and no at once: whichever was first is final."""
    desk.declare()
    answers = together(desk, chance, approve("cto"), lambda d: d.do("lead", deciding.reject, d.id, 1, reason="no"))
    good = refusals(answers) == [Reason.ALREADY_DECIDED] and finals(desk) == 1
    return [] if good else [f"{answers}, {finals(desk)} decisions"]


def approve_and_take_back(desk: Desk, chance: random.Random) -> list[str]:
    """The second of two says yes while the first takes theirs back: whatever came first, it waits for another."""
    desk.declare()
    approve("cto")(desk)
    answers = together(desk, chance, approve("lead"), lambda d: d.do("cto", deciding.take_back, d.id))
    left = [voice.person for voice in quorum.voices(desk.case)]
    good = all(isinstance(answer, Done) for answer in answers) and desk.status == "declared" and left == ["lead"]
    return [] if good else [f"{answers}, {desk.status}, {left}"]


def approve_and_edit(desk: Desk, chance: random.Random) -> list[str]:
    """Nobody approves words they have not seen."""
    desk.declare()
    edit: Act = lambda d: d.add("dev", plan="something else")  # noqa: E731
    answers = together(desk, chance, approve("cto"), edit)
    left = desk.case
    good = (left.status, left.revision, quorum.voices(left)) == (Status.DECLARED, 2, ())
    good = good and refusals(answers) in ([], [Reason.STALE_REVISION])
    return [] if good else [f"{answers}, {left.status}"]


def two_deployments(desk: Desk, chance: random.Random) -> list[str]:
    """Two say that it is live: both are recorded, one review is owed."""
    desk.declare()

    def mark(who: str) -> Act:
        given: dict[str, Any] = {"what": "v811", "at": desk.now, "outcome": Outcome.OK, "why": "fire"}
        return lambda d: d.do(who, aftermath.mark_deployed, d.id, **given)

    answers = together(desk, chance, mark("dev"), mark("cto"))
    owed = desk.kinds().count("review_owed")
    good = all(isinstance(answer, Done) for answer in answers) and len(desk.case.deployments) == 2
    return [] if good and owed == 1 and finals(desk) == 1 else [f"{answers}, {owed} reviews"]


def two_sweeps(desk: Desk, chance: random.Random) -> list[str]:
    """Two workers at the same minute ask once more, once."""
    desk.declare()
    with desk.database.write() as tx:
        tx.execute(update(changes).where(changes.c.id == desk.id).values(next_due_at=at(-1)))
        tx.execute(update(changes).where(changes.c.id != desk.id).values(next_due_at=None))
    before = desk.now
    desk.now = at(5)
    answers = together(desk, chance, Desk.sweep, Desk.sweep)
    desk.now = before
    rounds = [ask.round for ask in desk.case.asks]
    return (
        []
        if rounds == ["first", "nudge"] and desk.asked("cto")[-2:] == ["first", "nudge"]
        else [f"{answers}, {rounds}"]
    )


def crossing(desk: Desk, chance: random.Random) -> list[str]:
    """Two owners hand each other their reviews while two workers remind both: nobody waits for ever, none is lost."""
    mine, yours = (_owned(desk, who) for who in ("cto", "lead"))
    with desk.database.write() as tx:
        due = case((changes.c.id.in_((mine, yours)), at(-1)), else_=None)
        tx.execute(update(changes).values(next_due_at=due))
    before, desk.now = desk.now, at(hours=20)
    acts: list[Act] = [
        lambda d: d.do("cto", reviews.hand_over, mine, to="lead"),
        lambda d: d.do("lead", reviews.hand_over, yours, to="cto"),
        Desk.sweep,
        Desk.sweep,
    ]
    answers = together(desk, chance, *acts)
    desk.now = before
    owners = [one.review and one.review.owner for one in map(desk.case_of, (mine, yours))]
    good = all(isinstance(answer, Done | int) for answer in answers) and owners == ["lead", "cto"]
    return [] if good else [f"{answers}, {owners}"]


def _owned(desk: Desk, who: str) -> str:
    """A new change that `who` approved, whose review is theirs."""
    desk.declare()
    approve(who)(desk)
    return desk.id


def two_declarations(desk: Desk, chance: random.Random) -> list[str]:
    """Each has a key of its own, and none is left out."""
    form = Declaration(broken="checkout 500s", plan="roll back", systems=("payments",))
    before = len(desk.known_keys())
    act: Act = lambda d: d.do("dev", declaring.declare, form)  # noqa: E731
    answers = together(desk, chance, act, act)
    numbers = [int(key[-4:]) for key in desk.known_keys()]
    good = all(isinstance(answer, Done) for answer in answers) and numbers == list(range(1, before + 3))
    return [] if good else [f"{answers}, {numbers}"]


CLASHES: dict[str, tuple[Any, Callable[[Desk, random.Random], list[str]]]] = {
    "two approvers of one": (None, two_approvers),
    "two approvers of two": (TWO, quorum_of_two),
    "one person twice": (None, one_person_twice),
    "one person twice of two": (TWO, one_person_twice),
    "approve and proceed": (None, approve_and_proceed),
    "approve and reject": (None, approve_and_reject),
    "approve and take back": (TWO, approve_and_take_back),
    "approve and edit": (None, approve_and_edit),
    "two deployments": (None, two_deployments),
    "two sweeps": (None, two_sweeps),
    "two hand each other their reviews": (None, crossing),
    "two declarations": (None, two_declarations),
}


def naively(who: str) -> Act:
    """Select, decide, update, with neither lock nor comparison: what must be caught."""

    def act(desk: Desk) -> Any:
        with desk.database.read() as tx:
            seen = ledger.case(tx, desk.id)
            assert seen is not None
            turn = Turn(tx, build.actor(who), desk.rules, desk.now, desk.new_id, desk.salt)
            seen = turn.with_standing(seen)
        verdict = policy.may_approve(seen, turn.actor, turn.rules, turn.now, revision=1)
        if not verdict.allowed:
            return Refused(verdict, seen)
        time.sleep(0.005)
        with desk.database.write() as tx:
            tx.execute(update(changes).where(changes.c.id == seen.id).values(status=Status.APPROVED.value))
        return Done(replace(seen, status=Status.APPROVED), ("approved",))

    return act


def both_decided(desk: Desk, chance: random.Random) -> bool:
    """Whether two naive approvers were both told that they decided."""
    desk.declare()
    answers = together(desk, chance, naively("cto"), naively("lead"))
    return all(isinstance(answer, Done) for answer in answers)
