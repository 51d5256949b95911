"""Who can only be called is named while the change waits for them; who went off call is told so."""

from dataclasses import replace

from bot.blocks import card, oncall_words, render, why
from tests.bot.blocks import deploys
from tests.bot.blocks.limits import walk
from tests.bot.blocks.test_golden import blocks_of
from tests.bot.blocks.world import DECLARED, NOTES, World, minutes
from workflows import explaining
from workflows.case import Ask, Case
from workflows.standing import Roster, Standing

WORLD = World()
CALL = "Jane Doe is on call but not in Slack"


def line(case: Case) -> str:
    """What is said of those without Slack."""
    return render.plain(oncall_words.off_slack(case, WORLD.scene()), WORLD.scene())


def waiting(group: str = "emergency-approvers", *, widened: bool = False) -> Case:
    """An emergency in whose group, or fallback, two people are on call without Slack."""
    asks = (Ask("first", DECLARED, (), ("emergency-approvers",)),)
    more = (Ask("widen", minutes(10), (), ("release-managers",)),) if widened else ()
    return WORLD.case(standing=WORLD.on_call(group), asks=asks + more)


def test_everybody_is_named_once_with_the_number_of_the_policy() -> None:
    assert line(waiting()).split("\n") == [
        f"{CALL}: call +49 30 1234",
        "Sam Roe is on call but not in Slack: call +49 30 1234",
    ]


def test_without_a_number_there_is_none() -> None:
    assert line(waiting("release-managers", widened=True)).startswith(f"{CALL}\n")


def test_a_fallback_that_was_not_asked_is_not_to_be_called() -> None:
    assert line(waiting("release-managers")) == ""


def test_whoever_is_in_slack_is_not_called() -> None:
    roster = waiting().standing.rosters["emergency-approvers"]
    known = replace(roster, shifts=tuple(replace(one, person="cto") for one in roster.shifts))
    assert line(replace(waiting(), standing=Standing(rosters={known.group: known}))) == ""


def test_the_line_that_asks_goes_on_to_mention_people_on_a_first_post() -> None:
    case = WORLD.case(standing=WORLD.on_call())
    shown = card.card(case, replace(WORLD.scene(), group_mentions={}), notes=NOTES, first_post=True)
    pings = [one for one in walk(shown.blocks) if isinstance(one, dict) and "<@U0CTO>" in str(one.get("text"))]
    assert {one["type"] for one in pings} == {"mrkdwn"}
    assert any(CALL in str(block) for block in shown.blocks)


def test_a_decided_emergency_names_nobody_to_call() -> None:
    for case in (WORLD.approved(standing=WORLD.on_call()), WORLD.proceeding(standing=WORLD.on_call())):
        assert CALL not in str(blocks_of(card.card(case, WORLD.scene(), notes=NOTES)))


def test_a_deploy_that_is_asked_for_names_them_too() -> None:
    standing = deploys.standing()
    rosters = dict(standing.rosters) | dict(WORLD.on_call("security").rosters)
    case = deploys.deploy(WORLD, standing=replace(standing, rosters=rosters))
    assert CALL in str(blocks_of(card.card(case, deploys.scene(WORLD), notes=NOTES)))


def test_nobody_is_called_for_a_voice_that_is_there() -> None:
    case, view = deploys.partly(WORLD), deploys.scene(WORLD)
    given = {one.right for one in case.approvals}
    for group in ("release-managers", "security"):
        rosters = dict(case.standing.rosters) | dict(WORLD.on_call(group).rosters)
        told = oncall_words.off_slack(replace(case, standing=replace(case.standing, rosters=rosters)), view)
        assert bool(told) is (group not in given)


def test_why_says_since_when_somebody_is_not_on_call() -> None:
    case = waiting()
    roster = Roster("emergency-approvers", as_of=DECLARED, over={"lead": minutes(3)})
    case = replace(case, standing=replace(case.standing, rosters={roster.group: roster}))
    view = WORLD.scene()
    told = explaining.explain(case, view.rules, view.now)
    assert "lead (not on call since 03:05)" in why.text(told, case.key, view)
