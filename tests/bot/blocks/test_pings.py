"""Who a new card pings: the one group that was asked, or the few people who were, and never anybody twice."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.blocks import card
from tests.bot.blocks.gallery import Shown
from tests.bot.blocks.limits import walk
from tests.bot.blocks.test_golden import CALM, blocks_of
from tests.bot.blocks.world import DECLARED, NOTES, World
from workflows.case import Ask


def mentions(shown: Shown) -> list[str]:
    """Every mention on a card, in order: what pings when the message is new."""
    marked = [str(one["text"]) for one in walk(blocks_of(shown)) if one.get("type") == "mrkdwn"]
    drawn = [one for one in walk(blocks_of(shown)) if one.get("type") in ("user", "usergroup")]
    assert drawn == [], "a mention among what somebody typed"
    return re.findall(r"<(?:@|!subteam\^)\w+>", " ".join(marked))


def test_a_first_post_pings_the_asked_group_once_and_nobody_else() -> None:
    assert mentions(CALM["card_first_post"]) == ["<!subteam^S0APPROVERS>"]


def test_a_first_post_pings_the_people_asked_where_there_is_no_slack_group() -> None:
    assert mentions(CALM["card_first_post_no_group"]) == ["<@U0CTO>", "<@U0LEAD>"]
    assert mentions(CALM["card_first_post_fallback"]) == ["<@U0CTO>", "<@U0REL>"]


def _first_post(*asks: Ask, groups: Mapping[str, str] | None = None, **more: Any) -> list[str]:
    world = World()
    scene = replace(world.scene(), group_mentions=groups or {})
    return mentions(card.card(world.case(asks=asks), scene, notes=NOTES, first_post=True, **more))


def _asked(*people: str, group: str = "emergency-approvers", round: str = "first") -> Ask:
    return Ask(round, DECLARED, people, (group,))


def test_a_first_post_pings_nobody_who_wants_no_ping() -> None:
    assert _first_post(_asked("lead", group="security")) == []
    assert _first_post(_asked(group="security"), groups={"security": "S0SEC"}) == []
    both = Ask("first", DECLARED, ("cto",), ("emergency-approvers", "security"))
    assert _first_post(both, groups={"security": "S0SEC"}) == ["<@U0CTO>"]


def test_a_first_post_pings_a_group_whose_people_are_not_known_yet() -> None:
    assert _first_post(_asked(), groups={"emergency-approvers": "S0APPROVERS"}) == ["<!subteam^S0APPROVERS>"]


def test_a_first_post_pings_at_most_five() -> None:
    more = ("dev", "sre", "pager")
    late = (_asked(*more), _asked("cto", "lead", "rel", round="stand-in", group="release-managers"))
    assert _first_post(*late) == []
    assert _first_post(_asked(*more, "cto", "lead")) == ["<@U0DEV>", "<@U0SRE>", "<@U0CTO>", "<@U0LEAD>"]


def test_a_copy_pings_nobody_a_second_time() -> None:
    assert _first_post(_asked("cto", "lead"), copy_of="C0INC") == []
    assert _first_post(_asked("cto"), copy_of="C0INC", groups={"emergency-approvers": "S0APPROVERS"}) == []


def test_a_first_post_pings_one_group_where_two_were_asked() -> None:
    both = Ask("first", DECLARED, ("cto", "rel"), ("emergency-approvers", "release-managers"))
    named = {"emergency-approvers": "S0APPROVERS", "release-managers": "S0REL"}
    assert _first_post(both, groups=named) == ["<!subteam^S0APPROVERS>"]
