"""The story of a change review meeting: the digest comes on Monday, and that the meeting looked at it is recorded."""

from tests.world.policies import POLICY
from tests.world.story import Begin, World

pytest_plugins = ["tests.world.fixtures"]

REVIEWED = POLICY.replace('escalations = "#escalations"', 'escalations = "#escalations"\nreview = "#deploys"')


def test_the_meeting_looks_at_the_week_once(world: World) -> None:
    channel = "escalations"
    key = world.approved()
    world.deployed(key)
    secret = world.declare(confidential=["yes"])
    assert world.parts.worker.tick("digest")
    world.advance(days=7, hours=5)
    world.parts.worker.tick("digest")
    world.settle()
    assert not [one for one in world.messages(channel) if one.header.startswith("Changes")], "it is not nine yet"

    world.advance(hours=1)
    for _ in range(2):
        world.parts.worker.tick("digest")
        world.settle()
    (post,) = [one for one in world.messages(channel) if one.header == "Changes, 16–22 Nov"]
    assert "2 emergencies (100 % of all; line is 10 %)" in post.words
    assert f"{key} payments: checkout 500s · approved in" in post.words
    assert f"{secret} payments: confidential" in post.words
    assert "0 unexplained" not in post.words, "nobody read GitHub"
    assert post.labels == ["Mark done"]

    world.lead.presses("Mark done", on=post)
    (post,) = [one for one in world.messages(channel) if one.header == "Changes, 16–22 Nov"]
    assert "Looked at by @lead" in post.words
    assert post.labels == []
    world.cto.types("/change digest")
    assert "Looked at by @lead" in world.cto.private()[-1].words
    world.cto.types("/change digest this")
    assert "Changes, 23–29 Nov" in world.cto.private()[-1].words
    world.cto.types("/change digest yesterday")
    assert 'I can\'t read "yesterday" as a week.' in world.cto.private()[-1].words
    assert [one.data["week"] for one in world.notes() if one.kind == "digest_seen"] == ["2026-W47"]


def test_two_press_and_the_second_hears_who_did(begin: Begin) -> None:
    world = begin(REVIEWED)
    world.declare()
    world.advance(days=8)
    world.parts.worker.tick("digest")
    world.settle()
    assert "Changes, 16–22 Nov" in [one.header for one in world.messages("deploys")], "where the policy says"
    world.dev.types("/change digest")
    world.cto.types("/change digest")
    mine, theirs = world.dev.private()[-1], world.cto.private()[-1]
    world.cto.presses("Mark done", on=theirs)
    assert "Looked at by @cto" in world.messages("deploys")[-1].words
    world.dev.presses("Mark done", on=mine)
    world.dev.told("Looked at by @cto", "Nothing changed.")
