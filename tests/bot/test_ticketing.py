"""The issue of a change in Jira: one, told everything once and in order, whatever happens on the way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.bot.waiting_jira import Board, board
from tests.budget import spread
from tests.crash_points import STEPS, Killed
from tests.workflows.desk import GOOD
from workflows import condemned, follow_ups, question, reviews
from workflows.change import Judgement
from workflows.db import Database
from workflows.links import Rejected, Unavailable
from workflows.models import outbox
from workflows.peered import Category
from workflows.reviews import FollowUpForm

LABEL = "countersign-EC-2026-0001"


@pytest.fixture
def here(database: Database) -> Board:
    return board(database)


@pytest.fixture
def one(sqlite_database: Database) -> Board:
    """On SQLite only: for many points of what no database decides."""
    return board(sqlite_database)


def reviewed(here: Board, judgement: Judgement = Judgement.FINDINGS) -> None:
    """Approved, live, and reviewed with a follow-up that is the CTO's."""
    here.desk.declare()
    here.desk.wait(1).approve()
    here.desk.wait(1).deploy()
    follow = FollowUpForm("Alert on pool use", "cto", "2026-12-01")
    here.desk.wait(60).close("lead", form=replace(GOOD, judgement=judgement), follow_ups=(follow,))
    here.drain()


def test_one_issue_follows_a_change_from_its_declaration_to_its_end(here: Board) -> None:
    here.desk.declare()
    here.drain()
    main = here.main()
    assert (main.seen.summary, main.seen.labels) == ("EC-2026-0001: checkout 500s", (LABEL,))
    assert main.links == {"countersign:EC-2026-0001": "https://change.acme.example/register/EC-2026-0001"}
    assert "Approvals are given in Slack" in main.made["body"]
    assert (main.comments, main.seen.category) == ([], Category.TODO)
    here.desk.wait(2).approve()
    here.drain()
    assert (here.said(), here.main().seen.category) == (["approved"], Category.DOING)
    here.desk.wait(2).deploy()
    here.desk.wait(60).close("lead")
    here.drain()
    assert here.said() == ["approved", "deployed", "reviewed-1"]
    assert here.main().seen.category is Category.DONE
    assert here.main().comments[0] == "Approved by cto, 2026-11-16 02:02 UTC. [EC-2026-0001/approved-20261116T020200]"
    assert (len(here.jira.there), here.desk.lines().count("jira_created")) == (1, 1)
    here.desk.sound()


def test_the_issue_that_somebody_named_is_told_of_the_change_and_none_is_made(one: Board) -> None:
    named = one.jira.add("OPS-12")
    one.desk.declare(jira="ops-12")
    one.desk.approve()
    one.drain()
    assert (one.desk.case.jira, one.said(), named.seen.category) == ("OPS-12", ["declared", "approved"], Category.DOING)
    assert "create" not in one.jira.calls


def test_what_somebody_named_is_not_moved_where_we_make_no_issues(one: Board) -> None:
    named = one.jira.add("SEC-1")
    one.desk.declare(jira="SEC-1")
    one.desk.wait(1).withdraw()
    one.drain()
    assert (one.said(), named.seen.category) == (["declared", "withdrawn"], Category.TODO)
    assert "move" not in one.jira.calls


def test_nobody_puts_right_what_a_review_condemned_by_naming_its_issue_on_another_change(one: Board) -> None:
    reviewed(one, Judgement.NO)
    first, left = one.desk.id, one.desk.case.remediation
    assert left is not None
    one.desk.declare(jira=left.key)
    one.desk.wait(1).withdraw()
    one.drain()
    one.poll()
    assert (one.said(), one.jira.there[left.id].seen.category) == (["declared", "withdrawn"], Category.TODO)
    assert condemned.unmended(one.desk.case_of(first))


def test_an_issue_that_is_named_again_is_not_told_again(one: Board) -> None:
    one.jira.add("OPS-12")
    one.jira.add("OPS-13")
    one.desk.declare(jira="OPS-12")
    one.drain()
    for other in ("OPS-13", "OPS-12"):
        one.desk.wait(1).add(jira=other)
        one.drain()
    assert [one.desk.case.jira, one.said(), len(one.jira.there)] == ["OPS-12", ["declared"], 2]


def test_a_moved_issue_is_followed_by_its_id(one: Board) -> None:
    one.desk.declare()
    one.drain()
    one.jira.becomes("OPS-1", Category.DOING, moved_to="PLAT-4")
    assert one.poll() == 1
    assert (one.desk.case.jira, one.desk.lines()[-1]) == ("PLAT-4", "jira_moved")
    assert one.poll() == 0
    one.desk.approve()
    one.drain()
    assert one.said() == ["approved"]


def test_what_was_not_read_for_longest_is_read_first_and_a_silence_ends_the_round(one: Board) -> None:
    for _ in range(3):
        one.desk.declare()
        one.drain()
    polls = one.polls(most=2)
    rounds = []
    for _ in range(3):
        one.desk.wait(1)
        one.drain()
        before = dict(polls.read_at)
        assert polls() == 0
        rounds.append(sorted(id for id, at in polls.read_at.items() if before.get(id) != at))
    assert rounds == [["10000", "10001"], ["10000", "10002"], ["10000", "10001"]]
    one.jira.down, one.jira.calls = True, []
    assert (polls(), one.jira.calls) == (0, ["issue"])


def test_without_create_in_the_policy_nothing_is_made(sqlite_database: Database) -> None:
    here = board(sqlite_database, create=False)
    here.desk.declare()
    here.drain()
    assert (here.jira.calls, here.desk.case.issue) == ([], None)


def test_practice_is_no_business_of_jira(one: Board) -> None:
    one.desk.declare(drill=True)
    one.drain()
    assert one.jira.calls == []


def test_a_create_that_arrived_though_it_timed_out_is_found_and_not_repeated(one: Board) -> None:
    one.jira.fails, one.jira.arrives = {"create": Unavailable("timeout")}, True
    one.desk.declare()
    one.drain()
    assert one.desk.case.issue is None
    one.live(minutes=1)
    assert (len(one.jira.there), one.desk.case.jira, one.jira.calls.count("create")) == (1, "OPS-1", 1)


def test_a_create_that_search_does_not_show_yet_is_not_repeated_before_five_minutes(one: Board) -> None:
    one.jira.fails, one.jira.arrives, one.jira.shown = {"create": Unavailable("timeout")}, True, False
    one.desk.declare()
    one.live(minutes=4)
    assert one.jira.calls.count("create") == 1
    one.jira.shown = True
    one.live(minutes=3)
    assert (len(one.jira.there), one.desk.case.jira) == (1, "OPS-1")


def test_a_create_that_got_lost_is_repeated_after_two_looks(one: Board) -> None:
    one.jira.fails = {"create": Unavailable("timeout")}
    one.desk.declare()
    one.live(minutes=4)
    assert one.jira.there == {}
    one.live(minutes=3)
    assert (len(one.jira.there), one.jira.calls.count("create")) == (1, 2)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("nth", spread(range(1, 8)))
def test_killed_at_any_step_it_is_one_issue_and_every_comment_once(one: Board, step: str, nth: int) -> None:
    seen: list[str] = []

    def kill(name: str) -> None:
        seen.append(name)
        if name == step and seen.count(step) == nth:
            one.working = None
            raise Killed(step)

    one.moment = kill
    one.desk.declare()
    one.desk.wait(1).approve()
    one.desk.wait(1).deploy()
    for _ in range(20):
        try:
            one.live(minutes=1)
        except Killed:
            one.desk.wait(1)
    assert (len(one.jira.there), one.said()) == (1, ["approved", "deployed"])
    assert one.row.state == "sent"


def test_a_comment_that_timed_out_is_looked_for_by_its_marker(one: Board) -> None:
    one.desk.declare()
    one.drain()
    one.jira.fails, one.jira.arrives = {"comment": Unavailable("timeout")}, True
    one.desk.wait(1).approve()
    one.desk.wait(1).deploy()
    one.live(minutes=2)
    assert one.said() == ["approved", "deployed"]


def test_a_marker_that_somebody_quotes_tells_nothing(one: Board) -> None:
    one.desk.declare()
    one.desk.wait(1).proceed(reason="money is being lost [EC-2026-0001/deployed-20261116T020200]")
    one.drain()
    one.jira.fails = {"comment": Unavailable("timeout")}
    one.desk.wait(1).deploy()
    one.live(minutes=2)
    assert one.said() == ["proceeding", "deployed"]


def test_a_workflow_without_a_way_is_noted_once_and_holds_nothing_up(one: Board) -> None:
    one.jira.ways = (Category.TODO, Category.DONE)
    one.desk.declare()
    one.desk.wait(1).approve()
    one.drain()
    assert (one.desk.case.issue and one.desk.case.issue.trouble) == "no-transition: doing"
    assert (one.said(), one.row.state) == (["approved"], "sent")
    one.poll()
    one.desk.deploy()
    one.desk.wait(60).close("lead")
    one.drain()
    assert (one.desk.case.issue and one.desk.case.issue.trouble, one.main().seen.category) == (None, Category.DONE)
    assert one.desk.kinds().count("issue_trouble") == 2


def test_what_people_did_to_it_in_jira_stays(one: Board) -> None:
    one.desk.declare()
    one.desk.wait(1).approve()
    one.drain()
    one.jira.becomes("OPS-1", Category.TODO)
    one.poll()
    one.desk.wait(1).deploy()
    one.drain()
    assert one.main().seen.category is Category.TODO


REFUSALS = {
    "a required field": ("create", Rejected("field: Team", 400), "field: Team"),
    "no permission to comment": ("comment", Rejected("no-permission", 403), "no-permission: change"),
    "a project that is not there": ("create", Rejected("no-project", 404), "no-project"),
}


@pytest.mark.parametrize(("method", "no", "why"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_no_stands_on_the_change_and_is_tried_again_after_ten_minutes(
    one: Board, method: str, no: Rejected, why: str
) -> None:
    one.jira.fails = {method: no}
    one.desk.declare()
    one.desk.wait(1).approve()
    one.drain()
    issue = one.desk.case.issue
    assert issue is not None
    assert (issue.trouble, one.desk.status) == (why, "approved")
    one.live(minutes=9)
    assert one.desk.case.issue == issue
    one.live(minutes=2)
    assert one.desk.case.issue is not None
    assert (one.desk.case.issue.trouble, one.said(), one.row.state) == (None, ["approved"], "sent")


def test_a_no_to_every_comment_is_said_once_although_the_issue_can_be_read(one: Board) -> None:
    one.desk.declare()
    one.drain()
    one.desk.wait(1).approve()
    for _ in range(25):
        one.jira.fails = {"comment": Rejected("no-permission", 403)}
        one.live(timedelta(minutes=1), minutes=1)
        one.poll()
    assert (one.desk.case.issue and one.desk.case.issue.trouble) == "no-permission: change"
    assert (one.desk.kinds().count("issue_trouble"), one.desk.kinds().count("issue_read")) == (1, 0)
    one.jira.fails = {}
    one.live(minutes=11)
    assert (one.desk.case.issue and one.desk.case.issue.trouble, one.said()) == (None, ["approved"])


def test_what_is_refused_for_ever_is_asked_for_ever_more_rarely_once_the_change_is_closed(one: Board) -> None:
    one.desk.declare()
    one.drain()
    one.jira.there.clear()
    one.poll()
    one.desk.wait(1).withdraw()
    waits = []
    for days in (0, 1, 4, 400):
        one.desk.now += timedelta(days=days)
        one.drain()
        with one.desk.database.read() as tx:
            (again,) = tx.scalars(select(outbox.c.next_at).where(outbox.c.id == one.row.id))
        waits.append(round((again - one.desk.now) / timedelta(minutes=1)))
    assert waits == [10, 72, 360, 1440]


def test_a_deleted_issue_is_not_made_again(one: Board) -> None:
    one.desk.declare()
    one.drain()
    one.jira.there.clear()
    one.poll()
    one.desk.approve()
    one.live(minutes=30)
    assert one.desk.case.issue is not None
    assert (one.desk.case.issue.trouble, one.jira.there, one.desk.status) == ("gone", {}, "approved")
    other = one.jira.add("OPS-77")
    one.desk.add(jira="OPS-77")
    one.live(minutes=11)
    assert (one.desk.case.issue.id, one.desk.case.issue.trouble, one.said()) == (
        other.seen.id,
        None,
        ["declared", "approved"],
    )


def test_a_revoked_token_stops_the_lane_and_nothing_is_lost(one: Board) -> None:
    one.jira.fails = {"find": Rejected("revoked", 401)}
    one.desk.declare()
    one.drain()
    assert (one.desk.case.issue, one.row.last_error) == (None, "lost-authority: 401 revoked")
    one.live(minutes=2)
    assert one.desk.case.jira == "OPS-1"


def test_follow_ups_become_issues_and_their_state_is_read_back(here: Board) -> None:
    reviewed(here)
    follow = here.desk.case.review.follow_ups[0]  # type: ignore[union-attr]
    assert follow.issue is not None
    there = here.jira.there[follow.issue.id]
    assert (there.seen.summary, str(there.made["due"]), there.made["assignee"], there.related) == (
        "Follow-up of EC-2026-0001: Alert on pool use",
        "2026-12-01",
        "cto@example.com",
        [here.main().seen.id],
    )
    assert here.desk.case.remediation is None
    here.jira.becomes(there.seen.key, Category.DONE, status="Shipped")
    assert here.poll() == 1
    follow = here.desk.case.review.follow_ups[0]  # type: ignore[union-attr]
    assert (follow.open, follow.done_at, follow.done_by) == (False, None, None)
    assert here.desk.lines()[-1] == "follow_up_in_jira"
    here.desk.sound()


def test_what_is_opened_again_in_jira_is_open_again_here_within_a_week(one: Board) -> None:
    reviewed(one, Judgement.NO)
    follow = one.desk.case.review.follow_ups[0]  # type: ignore[union-attr]
    keys = [issue.key for issue in (follow.issue, one.desk.case.remediation) if issue is not None]
    for key in keys:
        one.jira.becomes(key, Category.DONE)
    polls = one.polls()
    assert polls() == 2
    assert (question.follow_up(one.desk.case, follow.id).open, condemned.unmended(one.desk.case)) == (False, False)  # type: ignore[union-attr]
    for key in keys:
        one.jira.becomes(key, Category.DOING)
    one.desk.wait(10)
    one.drain()
    assert polls() == 0, "what is over is read more seldom"
    one.desk.wait(10)
    one.drain()
    assert polls() == 2
    assert (question.follow_up(one.desk.case, follow.id).open, condemned.unmended(one.desk.case)) == (True, True)  # type: ignore[union-attr]
    assert "follow_up_again" in one.desk.lines()
    for key in keys:
        one.jira.becomes(key, Category.DONE)
    assert polls() == 2
    for key in keys:
        one.jira.becomes(key, Category.DOING)
    one.desk.wait(8 * 24 * 60)
    one.drain()
    assert polls() == 0


def test_a_follow_up_that_is_ticked_off_here_is_done_there(one: Board) -> None:
    reviewed(one)
    follow = one.desk.case.review.follow_ups[0]  # type: ignore[union-attr]
    one.desk.do("cto", reviews.mark_done, one.desk.id, ref=follow.id)
    one.drain()
    there = one.jira.there[follow.issue.id]  # type: ignore[union-attr]
    assert there.seen.category is Category.DONE
    assert [text.split(",")[0] for text in there.comments] == ["Ticked off in Slack by cto"]


def test_a_follow_up_that_jira_refuses_holds_up_nothing_else(one: Board) -> None:
    one.desk.declare()
    one.drain()
    one.jira.fails = {"create": Rejected("field: Team", 400)}
    one.desk.approve()
    one.desk.wait(1).deploy()
    follow = FollowUpForm("Alert on pool use", "cto", "2026-12-01")
    one.desk.wait(60).close("lead", form=replace(GOOD, judgement=Judgement.NO), follow_ups=(follow,))
    one.drain()
    assert one.said()[-1] == "reviewed-1"
    assert one.desk.case.issue is not None
    assert one.desk.case.issue.trouble == "follow-up field: Team"
    assert one.desk.case.remediation is not None
    one.live(minutes=11)
    assert (len(one.jira.there), one.desk.case.issue.trouble or "") == (3, "")


def test_a_no_opens_a_remediation(one: Board) -> None:
    reviewed(one, Judgement.NO)
    found = one.desk.case.remediation
    assert found is not None
    there = one.jira.there[found.id]
    assert (there.seen.labels, there.made["issue_type"], there.related) == (
        (f"{LABEL}-remediation",),
        "Bug",
        [one.main().seen.id],
    )
    one.jira.becomes(there.seen.key, Category.DONE)
    one.poll()
    assert one.desk.case.remediation is not None
    assert (one.desk.case.remediation.done, one.desk.lines()[-1]) == (True, "remedied")


@pytest.mark.dealt
def test_after_four_hours_without_jira_twenty_changes_are_in_step_within_ten_minutes(here: Board) -> None:
    here.jira.down = True
    made = []
    for _ in range(20):
        made.append(here.desk.declare().id)
        here.live(timedelta(minutes=6), minutes=12)
        here.desk.approve()
        here.desk.wait(1).deploy()
    assert here.jira.there == {}
    here.jira.down = False
    began = here.desk.now
    while any(not here.desk.case_of(change).issue or here.said(change) != ["approved", "deployed"] for change in made):
        here.live(timedelta(seconds=10), seconds=30)
    assert (here.desk.now - began).total_seconds() < 600
    assert len(here.jira.there) == 20
    here.live(minutes=15)
    assert [here.said(change) for change in made] == [["approved", "deployed"]] * 20
    here.desk.sound()


def test_what_becomes_confidential_is_taken_back_from_what_we_made_once(sqlite_database: Database) -> None:
    here = board(sqlite_database, fields={"Where": "systems"})
    here.desk.declare()
    here.drain()
    told = here.main()
    assert ("checkout" in told.seen.summary, "edit" in here.jira.calls) == (True, False)
    here.jira.fails, here.jira.arrives = {"edit": Unavailable("timeout")}, True
    here.desk.wait(1).add(confidential=True)
    here.live(minutes=1)
    assert (told.seen.summary, told.made["fields"]) == ("EC-2026-0001: confidential change", {"Where": "confidential"})
    for secret in ("checkout", "payments", "pool"):
        assert secret not in f"{told.seen} {told.made} {told.comments}"
    here.desk.wait(1).approve()
    here.drain()
    assert (here.jira.calls.count("edit"), here.said()) == (2, ["approved"])


def test_what_is_confidential_from_the_beginning_needs_no_taking_back(one: Board) -> None:
    one.desk.declare(confidential=True)
    one.drain()
    assert ("checkout" not in one.main().seen.summary, "edit" in one.jira.calls) == (True, False)


def test_what_somebody_else_wrote_is_not_rewritten(one: Board) -> None:
    one.jira.add("OPS-12", summary="Search is slow")
    one.desk.declare(jira="OPS-12", confidential=True)
    one.drain()
    assert (one.main().seen.summary, "edit" in one.jira.calls) == ("Search is slow", False)


@pytest.mark.parametrize("refuses", [False, True])
def test_a_follow_up_that_is_handed_on_is_handed_on_in_jira_once(one: Board, refuses: bool) -> None:
    reviewed(one)
    follow = one.desk.case.review.follow_ups[0]  # type: ignore[union-attr]
    if refuses:
        one.jira.fails = {"assign": Rejected("no-permission", 403)}
    one.desk.wait(1).do("cto", follow_ups.hand_over, one.desk.id, ref=follow.id, to="dev")
    one.drain()
    there = one.jira.there[follow.issue.id]  # type: ignore[union-attr]
    assert there.made["assignee"] == ("cto@example.com" if refuses else "dev@example.com")
    assert [text.split(".")[0] for text in there.comments] == ["Handed to dev"]
    one.desk.wait(1).do("dev", reviews.mark_done, one.desk.id, ref=follow.id)
    one.drain()
    assert one.jira.calls.count("assign") == 1


def test_a_field_that_follow_ups_need_is_filled_as_the_policy_says(sqlite_database: Database) -> None:
    here = board(sqlite_database, fields={"Change risk": "risk", "Where": "systems"})
    here.jira.required = ("change risk",)
    reviewed(here)
    follow = here.desk.case.review.follow_ups[0]  # type: ignore[union-attr]
    there = here.jira.there[follow.issue.id]  # type: ignore[union-attr]
    assert list(there.made["fields"]) == ["Change risk"]
