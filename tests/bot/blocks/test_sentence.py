"""One sentence, three ways of writing it out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.blocks import kit, render
from bot.blocks.sentence import At, Channel, Due, Link, Moment, Team, Typed, When, Who, join, listing, people, say
from tests.bot.blocks.world import NOW, World, minutes

SCENE = World().scene()
SHARED = replace(SCENE, shared=True)


def test_a_person_is_a_mention_where_that_is_free_and_a_name_elsewhere() -> None:
    told = say("{who} said *yes*.", who=Who("cto"))
    assert render.mrkdwn(told, SCENE) == "<@U0CTO> said *yes*."
    assert render.plain(told, SCENE) == "cto said yes."
    assert render.notification(told, SCENE) == "@cto said yes."
    assert render.rich(told, SCENE) == [
        {"type": "user", "user_id": "U0CTO"},
        {"type": "text", "text": " said "},
        {"type": "text", "text": "yes", "style": {"bold": True}},
        {"type": "text", "text": "."},
    ]


@pytest.mark.parametrize(
    "who", [Who("cto", quiet=True), Who("pager"), Who("nobody")], ids=["quiet", "no Slack", "unknown"]
)
def test_who_cannot_or_may_not_be_mentioned_is_named(who: Who) -> None:
    name = {"cto": "cto", "pager": "pager"}.get(who.person, "someone")
    assert render.mrkdwn((who,), SCENE) == name


def test_only_whom_a_new_message_may_ping_is_mentioned() -> None:
    scene = replace(SCENE, pings=frozenset({"cto", "emergency-approvers"}))
    told = say("{a} {b} {c}", a=Who("cto"), b=Who("dev"), c=Team("emergency-approvers"))
    assert render.mrkdwn(told, scene) == "<@U0CTO> dev <!subteam^S0APPROVERS>"
    assert render.mrkdwn(told, replace(scene, pings=frozenset())) == "cto dev emergency-approvers"


def test_a_time_is_a_token_for_many_and_words_for_one() -> None:
    told = say("done {at}, due {due}", at=At(minutes(4)), due=Due(minutes(1440)))
    assert render.mrkdwn(told, SCENE) == "done at 03:06, due Tue 03:02"
    unix = int(minutes(4).timestamp())
    shape = "{date_short_pretty} at {time}"
    assert render.mrkdwn(told, SHARED).startswith(f"done <!date^{unix}^{shape}|Mon 03:06 CET>, due <!date^")
    assert render.notification(told, SHARED) == "done at 03:06, due Tue 03:02 CET"
    date = render.rich(told, SHARED)[1]
    assert date == {"type": "date", "timestamp": unix, "format": shape, "fallback": "Mon 03:06 CET"}


def test_an_old_time_has_its_day_and_a_near_one_may_be_a_clock() -> None:
    old = NOW - timedelta(days=2)
    assert render.plain(say("{at}", at=At(old)), SCENE) == "Sat 03:15"
    assert render.plain(say("{at}", at=When(old)), SCENE) == "Sat 03:15"
    assert "^{time}|" in render.mrkdwn(say("{at}", at=Moment(minutes(4), "clock")), SHARED)
    assert "{date_short_pretty}" in render.mrkdwn(say("{at}", at=Moment(old, "clock")), SHARED)


def test_a_date_is_never_bold_because_slack_has_no_such_date() -> None:
    assert all("style" not in one for one in render.rich(say("*{at}*", at=At(minutes(4))), SHARED))


def test_a_channel_is_a_mention_only_by_its_id() -> None:
    assert render.mrkdwn((Channel("C0INC"),), SCENE) == "<#C0INC>"
    assert render.mrkdwn((Channel("#incidents"),), SCENE) == "#incidents"
    assert render.plain((Channel("C0INC"),), SCENE) == "#incidents"
    assert render.plain((Channel("C0OTHER"),), SCENE) == "the other channel"


def test_a_link_of_ours_cannot_be_broken_by_its_address() -> None:
    assert render.mrkdwn((Link("https://a.example/x|y>&", "Card"),), SCENE) == "<https://a.example/x%7Cy&gt;&amp;|Card>"


def test_a_paragraph_with_typed_words_is_rich_text() -> None:
    assert render.paragraph(say("{why}", why=Typed("*x*", 10)), SCENE)["type"] == "rich_text"
    assert render.paragraph(say("fine"), SCENE)["type"] == "section"
    small = render.small([say("{why}", why=Typed("*x*", 10))], SCENE)
    assert small["elements"][0]["type"] == "plain_text"


def test_what_is_cut_says_where_the_rest_is() -> None:
    long = Typed("one two three", 8, flat=False, hint=" (more in Details)")
    assert render.plain((long,), SCENE) == "one two… (more in Details)"
    assert render.plain((replace(long, limit=20),), SCENE) == "one two three"


def test_many_are_counted() -> None:
    def said(*ids: str) -> str:
        return render.plain(people(ids, "or"), SCENE)

    assert said("cto") == "cto"
    assert said("cto", "lead") == "cto or lead"
    assert said("cto", "lead", "rel") == "cto, lead or 1 other"
    assert said("cto", "lead", "rel", "dev") == "cto, lead or 2 others"
    assert render.plain(join(("a", None, "", "b")), SCENE) == "a · b"
    assert render.plain(listing(()), SCENE) == ""


def test_what_slack_would_refuse_cannot_be_made() -> None:
    with pytest.raises(kit.TooLong):
        kit.header("x" * 151)
    with pytest.raises(kit.TooLong):
        kit.section("")
    with pytest.raises(kit.TooLong):
        kit.actions([])
    one = kit.button("Details", "details", "c:1", about="EC-2026-0042")
    with pytest.raises(kit.TooLong):
        kit.actions([one, one])
    with pytest.raises(kit.TooLong):
        kit.button("x" * 76, "a", "b", about="c")
    with pytest.raises(kit.TooLong):
        kit.drawing("text", [kit.divider()] * 51)
    with pytest.raises(kit.TooLong):
        kit.drawing("text", [kit.section("x" * 3000)] * 5)
    with pytest.raises(kit.TooLong):
        kit.card_drawing("text", [kit.section("x" * 2501)])
    with pytest.raises(kit.TooLong):
        kit.card_drawing("text", [kit.divider()] * 11)
    with pytest.raises(kit.TooLong):
        kit.modal("c", "x" * 25, [kit.divider()], submit=None)
    with pytest.raises(kit.TooLong):
        kit.modal("c", "t", [kit.divider()], submit="Go", metadata="x" * 3001)
