"""What GitHub says of people and commits, whenever it is learnt: nobody's own work is approved by them."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests import build
from tests.build import NEXT_SHA, RELEASERS, SHA, T0, at, deploy_rule, hand
from tests.workflows import seats
from tests.workflows.desk import Desk
from workflows import deciding, learning
from workflows.case import Done, Refused
from workflows.change import Reason, Relation, Status
from workflows.db import Database
from workflows.gate import Says, Why
from workflows.models import identities, parties, persons
from workflows.reading import Commit, Part
from workflows.ruleset import Need

MADE = (Relation.AUTHOR, Relation.CO_AUTHOR, Relation.COMMITTER, Relation.LAST_PUSHER)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, rules=build.deploy_rules())


@pytest.fixture
def lite(sqlite_desk: Desk) -> Desk:
    sqlite_desk.rules = build.deploy_rules()
    return sqlite_desk


def no(answer: object) -> Reason | None:
    assert isinstance(answer, Refused), answer
    return answer.verdict.reason


@pytest.mark.parametrize("relation", MADE)
def test_whoever_had_a_hand_in_it_cannot_approve_it(lite: Desk, relation: Relation) -> None:
    lite.ask(reading=build.reading(hands=(hand("dev"), hand("rel", relation))))

    answer = lite.approve("rel")
    assert no(answer) is Reason.AUTHOR
    assert isinstance(answer, Refused)
    assert answer.verdict.facts["relation"] == relation.value
    assert "rel" not in answer.verdict.who_can
    assert (lite.asked("rel"), lite.asked("lead")) == ([], ["first"])
    lite.sound()


def test_a_second_slack_account_is_no_second_person(lite: Desk) -> None:
    lite.ask(reading=build.reading(hands=(hand("rel"),)))
    for who, reason in (("rel", Reason.AUTHOR), ("dev", Reason.SECOND_ACCOUNT)):
        with lite.turn(who, slack=f"{build.slack(who)}2") as turn:
            seats.second_account(turn.tx, who)
            assert no(deciding.approve(turn, lite.id, 1)) is reason


def test_whoever_runs_the_workflow_cannot_approve_it(lite: Desk) -> None:
    lite.ask(reading=build.reading(hands=(hand("rel", Relation.RUNNER),)))
    assert no(lite.approve("rel")) is Reason.RUNS_PIPELINE


@pytest.mark.parametrize(
    "given",
    [{"login": "rel-gh"}, {"login": "REL-GH"}, {"login": None, "email": "rel@example.com"}],
    ids=["by the policy's people", "in other letters", "by a verified e-mail"],
)
def test_an_author_learnt_only_after_the_approval_voids_it(desk: Desk, given: dict[str, Any]) -> None:
    desk.ask()
    desk.wait(1).approve("rel")
    assert desk.gate().says is Says.YES
    author = hand("rel", Relation.CO_AUTHOR, **given)
    done = desk.wait(1).read(hands=(hand("dev"), author))

    assert isinstance(done, Done)
    assert done.happened == ("read", "voided")
    case = desk.case
    assert (case.status, case.revision, case.changed) == (Status.REQUESTED, 2, ("author-learnt",))
    assert [(a.person, a.revision) for a in case.approvals] == [("rel", 1)]  # kept on record
    with desk.database.read() as tx:
        rows = tx.execute(select(parties.c.relation).where(parties.c.person == "rel")).scalars().all()
    assert rows == ["co-author"]
    assert desk.gate().why is Why.UNDECIDED
    assert no(desk.approve("rel")) is Reason.AUTHOR
    assert desk.posts("dm:rel", "told")[-1]["facts"]["parties"] == ["rel"]
    assert isinstance(desk.approve("lead"), Done)
    assert desk.replayed() == desk.case
    desk.sound()


def test_a_second_slack_account_of_an_author_is_the_author(desk: Desk) -> None:
    """Two accounts that come to share one verified e-mail are one human, also after the approval."""
    desk.ask(reading=build.reading(hands=(hand("dev"), hand("ops"))))
    desk.wait(1).approve("rel")
    with desk.database.write() as tx:  # Slack now says that rel's address is the one of ops
        tx.execute(update(persons).where(persons.c.id == "rel").values(email=build.email("ops")))

    assert desk.gate().says is Says.YES  # what is stored has no standing; the click at the gate has
    assert desk.run().says is not Says.YES
    assert desk.recheck() == 1
    assert (desk.status, desk.case.changed) == ("requested", ("author-learnt",))
    assert no(desk.approve("rel")) is Reason.AUTHOR
    with desk.database.write() as tx:
        tx.execute(update(persons).where(persons.c.id == "rel").values(email=build.email("rel")))
    desk.sound()


def test_whoever_the_policy_comes_to_name_as_the_author_is_barred(lite: Desk) -> None:
    lite.ask(reading=build.reading(hands=(hand("dev"), hand("x", login="nightowl"))))
    assert isinstance(lite.approve("rel"), Done)
    people = {**lite.rules.people_github, build.email("rel"): "nightowl"}
    lite.rules = build.deploy_rules(people_github=people)

    assert lite.run().says is not Says.YES
    assert lite.recheck() == 1
    assert no(lite.approve("rel")) is Reason.AUTHOR


def test_an_unknown_author_is_a_party_by_a_name_of_their_own(lite: Desk) -> None:
    lite.ask(reading=build.reading(hands=(hand("x", login="nightowl"), hand("y", login=None, email="x@y.example"))))
    logins = [h.login for h in (lite.case.reading.hands if lite.case.reading else ())]
    assert logins == ["nightowl", None]
    assert len({p.person for p in lite.case.parties}) == 3
    assert "x@y.example" not in str([e.data for e in lite.events()])
    lite.sound()


def test_the_same_again_is_no_event_and_counts_as_read(lite: Desk) -> None:
    lite.ask()
    before = lite.case.version
    lite.wait(9).read()
    assert lite.case.version == before
    lite.wait(9)
    assert isinstance(lite.approve("rel"), Done)


def test_an_older_reading_that_comes_late_tells_nothing(lite: Desk) -> None:
    lite.ask()
    lite.wait(5).read(sha=NEXT_SHA)
    with lite.turn("") as turn:
        learning.learn(turn, lite.id, build.reading(), as_of=at(3))
    assert (lite.case.sha, lite.case.revision) == (NEXT_SHA, 2)


def test_a_reading_of_something_else_tells_nothing(lite: Desk) -> None:
    lite.ask()
    others: tuple[dict[str, Any], ...] = ({"repository": "acme/web"}, {"environment": "staging"}, {"ref": "other"})
    for other in others:
        done = lite.wait(1).read(sha=NEXT_SHA, **other)
        assert isinstance(done, Done)
        assert done.happened == ()
    assert lite.case.sha == SHA


def test_a_request_for_a_bare_commit_is_never_moved(lite: Desk) -> None:
    lite.ask(ref=SHA, reading=build.reading(ref=SHA))
    lite.approve("rel")
    lite.wait(1).read(ref=SHA, sha=NEXT_SHA)
    assert (lite.status, lite.case.sha) == ("approved", SHA)


def test_what_is_closed_learns_nothing_more(lite: Desk) -> None:
    lite.ask()
    lite.reject("rel")
    lite.wait(1).read(sha=NEXT_SHA)
    assert (lite.status, lite.case.sha) == ("rejected", SHA)


def test_paths_read_at_last_may_bring_another_rule_and_void(desk: Desk) -> None:
    """While the paths were not read the strict rule holds; that the lenient one holds is another approval."""
    strict = deploy_rule(paths=("migrations/**",), approvers=(Need("security"),))
    desk.rules = build.deploy_rules(strict, deploy_rule())
    desk.ask(reading=build.reading(unknown={Part.PATHS: "timeout"}))
    assert no(desk.approve("rel")) is Reason.NOT_IN_GROUP
    assert isinstance(desk.approve("cto"), Done)
    desk.wait(1).read()
    assert (desk.status, desk.case.changed) == ("requested", ("rule",))
    assert isinstance(desk.approve("rel"), Done)
    assert desk.case.approvals[-1].right == RELEASERS
    desk.sound()


def test_silence_is_kept_and_what_was_known_ages(lite: Desk) -> None:
    lite.ask()
    with lite.wait(5).turn("") as turn:
        done = learning.silent(turn, lite.id, "timeout")
    assert isinstance(done, Done)
    assert (done.case.read.as_of, done.case.read.error) == (T0, "timeout")
    assert no(lite.wait(6).approve("rel")) is Reason.EVIDENCE_UNKNOWN


def test_a_card_is_drawn_anew_when_github_falls_silent_and_when_it_answers_though_nothing_else_is_new(
    lite: Desk,
) -> None:
    lite.ask()
    drawn = [lite.wanted("card:#deploys")]
    for error in ("timeout", "timeout", None, None):
        if error:
            with lite.wait(1).turn("") as turn:
                learning.silent(turn, lite.id, error)
        else:
            lite.wait(1).read()
        drawn.append(lite.wanted("card:#deploys"))
    first = drawn[0]
    assert drawn == [first, first + 1, first + 1, first + 2, first + 2]


def test_titles_are_digests_and_may_be_erased(lite: Desk) -> None:
    lite.ask()
    reading = lite.case.reading
    assert reading is not None
    assert lite.case.body(reading.commits[0].title) == "Give the pool more connections"
    more = (*build.reading().commits, Commit("c" * 40, "Say hello", "dev-gh", 7))
    lite.wait(1).read(commits=more)
    later = lite.case.reading
    assert later is not None
    assert later.commits[0].title == reading.commits[0].title
    assert "hello" not in str([e.data for e in lite.events()])
    lite.sound()


def test_a_person_known_by_a_login_before_slack_is_one_with_their_account(lite: Desk) -> None:
    lite.rules = build.deploy_rules(people_github={})
    with lite.database.write() as tx:
        row = {"kind": "github", "value": "rel-gh", "person": "rel", "verified_at": T0}
        tx.execute(insert(identities), row)
    lite.ask(reading=build.reading(hands=(hand("rel"),)))
    assert no(lite.approve("rel")) is Reason.AUTHOR
