"""Stories of declaring: recorded in twenty seconds, whatever else is down."""

from tests.world.story import World

pytest_plugins = ["tests.world.fixtures"]


def test_an_emergency_is_declared_with_three_inputs_and_two_clicks(world: World) -> None:
    dev = world.dev
    dev.types("/emergency-change checkout 500s in payments")
    form = dev.modal
    assert form.title == "Declare emergency"
    assert list(form.fields.values()) == [
        "What is broken, and why can't it wait?",
        "What will you do?",
        "Affected systems",
    ]
    assert form.value("broken") == "checkout 500s in payments"
    assert form.value("systems") == ["payments"], "the words name the system"
    assert "Preset: production · risk high · done by you." in form.words
    assert dev.submits(plan="roll back to v811").ok
    assert not dev.sees_modal

    card = world.card()
    assert card.header == "⏳ Emergency EC-2026-0001: waiting for approval"
    assert "payments: checkout 500s in payments" in card.words
    assert "Will do: roll back to v811" in card.words
    assert card.labels == ["Approve", "Reject", "Details"]
    assert dev.told("Recorded as EC-2026-0001").labels == ["Add details", "Details"]
    for approver in (world.cto, world.lead):
        assert approver.dm("Can you approve this?").labels == ["Approve", "Reject", "Details"]
        assert approver.notified[-1].startswith("Approve? EC-2026-0001 payments: checkout 500s in payments")
    assert world.rel.dms == []
    assert world.kinds("EC-2026-0001")[0] == "declared"
    assert world.case("EC-2026-0001").requester == dev.person


def test_without_a_slack_group_a_first_post_mentions_the_people_who_were_asked(world: World) -> None:
    key = world.declare()
    line = next(one for one in world.card(key).words.splitlines() if one.startswith("Asked "))
    assert line.startswith("Asked Mon 03:00 CET @")
    assert sorted(line.removeprefix("Asked Mon 03:00 CET ").split(", ")) == ["@cto", "@lead"]
    assert world.card(key).words.count("@") == 2, "and nobody else"
