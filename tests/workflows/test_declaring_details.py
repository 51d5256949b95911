"""Completing a change, on both databases: what makes it another one, and what does not."""

from typing import Any

import pytest

from tests import build
from tests.build import APPROVERS, at, needs
from tests.workflows.desk import Desk, Result
from workflows import completing, policy
from workflows.case import Done, Refused
from workflows.change import Field, Item, Mistakes, Reason, Relation, Risk, Status, Type
from workflows.documents import Details


def done(answer: Result) -> Done:
    assert isinstance(answer, Done), answer
    return answer


def no(answer: Result) -> Reason | None:
    assert isinstance(answer, Refused), answer
    return answer.verdict.reason


CHANGES: dict[str, Any] = {
    "title": "checkout fails",
    "plan": "fail over",
    "systems": ("web",),
    "environment": "staging",
    "reference": "v812",
    "broken": "checkout 502s",
    "type": Type.DATABASE,
    "risk": Risk.LOW,
    "rollback": "v810",
    "tests": "on staging",
    "incident": "4711",
    "jira": "OPS-12",
    "implementer": "ops",
    "live_since": at(-5),
    "confidential": True,
    "access": "read-only",
    "access_until": at(90),
    "advisory": "CVE-2026-1",
    "cvss": "9.8",
    "known_since": "2026-11-01",
    "plan_output": "+1 -1",
    "staging_proof": "same commit",
}
BINDING = {"plan", "systems", "environment", "reference"}


def test_every_field_that_can_be_completed_is_tried() -> None:
    beside = {name for name in Details.__slots__ if name.startswith("put_off_")} | {"title"}  # of a patch, of a deploy
    assert set(CHANGES) | beside == set(Details.__slots__)


@pytest.mark.parametrize("name", CHANGES)
def test_what_voids_an_approval_and_what_does_not(sqlite_desk: Desk, name: str) -> None:
    """DESIGN: only what will be done, systems, environment or reference."""
    desk = sqlite_desk
    desk.declare()
    done(desk.approve())
    done(desk.wait(5).add(**{name: CHANGES[name]}))

    case = desk.case
    assert (case.revision, case.status) == ((2, Status.DECLARED) if name in BINDING else (1, Status.APPROVED))
    assert case.changed == ((name,) if name in BINDING else ())
    assert desk.replayed() == case


def test_an_approval_is_void_and_asked_for_again(desk: Desk) -> None:
    desk.declare()
    done(desk.approve())
    done(desk.wait(5).add(plan="fail over to the other region"))

    case = desk.case
    assert (case.decision, case.review, case.window_until, case.changed_at) == (None, None, None, at(5))
    assert [ask.round for ask in case.asks] == ["first", "again"]
    assert desk.asked("cto") == ["first", "again"]
    assert "changed" in desk.told("cto")
    assert desk.lines()[-1] == "changed"
    done(desk.approve("cto"))
    assert desk.status == "approved"


def test_an_edit_before_any_voice_is_a_new_version_too(desk: Desk) -> None:
    """Whoever is reading the old card must not approve what they have not seen."""
    desk.declare()
    done(desk.wait(2).add(plan="drop the table"))

    assert desk.case.revision == 2
    assert no(desk.approve("cto", revision=1)) is Reason.STALE_REVISION


def test_the_fallback_that_was_asked_keeps_its_voice_through_an_edit(desk: Desk) -> None:
    desk.declare()
    desk.live(at(10))
    done(desk.wait(1).add(plan="fail over"))

    done(desk.approve("rel"))
    assert desk.status == "approved"


def test_an_edit_under_which_another_rule_matches_takes_new_voices(desk: Desk) -> None:
    strict = build.rule(index=1, risks=("high",), approvers=needs(**{APPROVERS: 2}))
    desk.rules = build.rules(strict)
    desk.declare()
    done(desk.approve("cto"))
    done(desk.add(risk=Risk.LOW))

    assert (desk.case.revision, desk.case.changed) == (2, ("risk",))
    done(desk.approve("cto"))
    assert desk.status == "approved"


def test_the_same_again_is_no_change(desk: Desk) -> None:
    version = desk.declare(reference="v811").version
    answer = done(
        desk.add(plan=" roll back to v811 ", systems=("payments",), reference="v811", rollback="", risk="high")
    )

    assert answer.happened == ()
    assert desk.case.version == version


def test_what_is_missing_is_added_and_counted(desk: Desk) -> None:
    desk.declare(plan="tbd")
    done(desk.add(rollback="v812 again", tests="on staging"))
    assert desk.posts("thread:")[-1]["facts"]["documented"] == 6
    done(desk.add(plan="roll back"))

    assert policy.documented(desk.case) == frozenset(Item)
    assert desk.case.flagged == ()


def test_a_placeholder_added_later_is_flagged_also_the_title_again(desk: Desk) -> None:
    desk.declare()
    done(desk.add(rollback="Checkout 500s!", tests="n/a"))

    assert set(desk.case.flagged) == {Field.ROLLBACK, Field.TESTS}


def test_what_was_named_can_be_taken_out(desk: Desk) -> None:
    desk.declare(incident="4711", jira="OPS-12", rollback="v810", cvss="9.8")
    done(desk.add(incident="", jira="", rollback="", cvss=""))

    case = desk.case
    assert (case.incident, case.jira, case.cvss, case.text(Field.ROLLBACK)) == (None, None, None, None)
    assert desk.replayed() == case


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        ({"broken": " "}, {"broken": "empty"}),
        ({"systems": ()}, {"systems": "empty"}),
        ({"jira": "that one"}, {"jira": "link"}),
        ({"live_since": at(9)}, {"live_since": "future"}),
    ],
)
def test_what_cannot_be_taken(sqlite_desk: Desk, given: dict[str, Any], mistakes: dict[str, str]) -> None:
    sqlite_desk.declare()

    assert sqlite_desk.add(**given) == Mistakes(mistakes)


def test_an_approver_who_carries_it_out_after_all_has_approved_nothing(desk: Desk) -> None:
    desk.declare()
    done(desk.approve("cto"))
    done(desk.add(implementer="cto"))

    case = desk.case
    assert (case.status, case.revision, case.changed) == (Status.DECLARED, 2, ("implementer",))
    assert no(desk.approve("cto")) is Reason.IMPLEMENTER
    assert desk.asked("lead")[-1] == "again"
    done(desk.approve("lead"))


def test_an_approver_who_turns_out_to_have_carried_it_out_leaves_it_live_without_approval(desk: Desk) -> None:
    desk.declare()
    done(desk.approve("cto"))
    done(desk.deploy())
    done(desk.wait(9).add(implementer="cto"))

    case = desk.case
    assert (case.status, case.revision, case.decision) == (Status.DEPLOYED, 2, None)
    assert case.review is not None
    assert case.review.owner == "lead", "the approver owned it, and is a party now"
    assert case.review.due == at(hours=24)
    assert "ratify" in desk.told("lead")
    done(desk.ratify("lead"))
    assert desk.replayed() == desk.case


def test_break_glass_stays_break_glass_when_a_voice_becomes_void(desk: Desk) -> None:
    desk.rules = build.rules(default=build.rule(approvers=needs(**{APPROVERS: 2})))
    desk.declare()
    done(desk.approve("cto"))
    done(desk.proceed())
    done(desk.add(implementer="cto"))

    assert desk.status == "proceeding"
    assert desk.case.decision is not None
    assert desk.case.window_until is not None


def test_a_review_owner_who_carries_it_out_owns_it_no_more(desk: Desk) -> None:
    desk.declare()
    done(desk.proceed())
    assert desk.case.review is not None
    owner = desk.case.review.owner
    assert owner is not None
    done(desk.add(implementer=owner))

    assert desk.case.review is not None
    assert desk.case.review.owner not in (owner, None)


def test_everybody_who_ever_carried_it_out_stays_a_party(desk: Desk) -> None:
    desk.declare(implementer="lead")
    done(desk.add(implementer="ops"))
    done(desk.add("ops", implementer="lead"))

    relations = [(p.person, p.relation) for p in desk.case.parties]
    assert relations == [
        ("dev", Relation.REQUESTER),
        ("lead", Relation.IMPLEMENTER),
        ("ops", Relation.IMPLEMENTER),
    ]
    assert no(desk.approve("lead")) is Reason.IMPLEMENTER
    assert desk.told("lead") == ["implementer", "implementer"]


def test_when_the_last_who_could_decide_carries_it_out_the_fallback_is_asked(desk: Desk) -> None:
    desk.declare(implementer="lead")
    done(desk.add(implementer="cto"))

    assert desk.asked("rel") == ["stand-in"]


def test_live_since_told_later_moves_the_clock(desk: Desk) -> None:
    desk.declare()
    done(desk.proceed())
    done(desk.add(live_since=at(-30)))

    assert desk.case.review is not None
    assert desk.case.review.start == at(-30)


@pytest.mark.parametrize("who", ["cto", "stranger"])
def test_only_the_makers_complete_it(desk: Desk, who: str) -> None:
    desk.declare()

    assert no(desk.add(who, rollback="v810")) is Reason.NOT_YOURS


def test_a_message_is_linked_and_its_text_kept(desk: Desk) -> None:
    desk.declare()
    done(desk.do("lead", completing.link_message, desk.id, permalink="https://x.example/p1", text="it hangs"))

    assert desk.case.messages == ("https://x.example/p1",)
    assert desk.lines()[-1] == "linked"
    assert desk.replayed() == desk.case
