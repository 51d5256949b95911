"""Access that expires, a plan that changed and a CVSS of 9.8, through the front door."""

from tests.world.deploying import ASKED
from tests.world.github import REPO
from tests.world.policies import DEPLOYS
from tests.world.story import Begin, World

pytest_plugins = ["tests.world.fixtures"]

PLAN = "Plan: 3 to add, 1 to change, 0 to destroy."


def deploy(world: World, type: str, **fields: str) -> str:
    """Ask for a deploy of this type through the form, as dev; its key."""
    world.dev.types(f"/deploy-request {REPO}@main production", "deploys")
    world.form(world.dev)
    world.dev.chooses("type", type)
    world.dev.submits(**(ASKED | fields))
    (key,) = world.keys()
    return key


def test_access_that_expires_is_asked_about_until_somebody_says_that_it_is_over(world: World) -> None:
    key = world.declare(type="access", access="read-only, payments database")
    world.cto.presses("Approve", on=world.card(key))
    card = world.card(key)
    assert card.header == f"✅ Emergency {key}: access open"
    assert card.labels == ["Access ended", "Details"]
    assert "Access: read-only, payments database, for @dev until Mon 05:00 CET." in card.words

    world.advance(hours=2, minutes=1)
    asked = world.dev.dm("the access was to end at 05:00. Is it over?")
    assert asked.labels == ["Access ended", "Details"]
    world.cto.dm("the access was to end at 05:00. Is it over?")
    world.line(key, "The access was to end Mon 05:00 CET; dev and cto asked whether it is over.")
    world.advance(hours=1)
    assert len([one for one in world.dev.dms if "Is it over?" in one.words]) == 2

    world.dev.presses("Access ended", on=asked)
    assert world.dev.modal.title == "Access ended"
    world.dev.submits(what="read three rows of payments")
    assert world.card(key).header == f"🚀 Emergency {key}: access ended"
    assert [one for one in world.dev.dms if "Is it over?" in one.words] == []
    assert world.kinds(key).count("access_ended") == 1
    world.advance(hours=3)
    assert world.dev.dm(f"{key}: the access ended at 06:01.").labels == []


def test_a_terraform_plan_that_changed_after_the_approval(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    key = deploy(world, "infrastructure", plan_output=PLAN)
    card = world.card(key, "deploys")
    assert PLAN in card.words
    world.rel.presses("Approve", on=card)
    world.dev.presses("Details", on=world.card(key, "deploys"))
    world.dev.presses("Edit")
    assert world.dev.modal.value("plan_output") == PLAN
    world.dev.submits(plan_output=PLAN.replace("0 to destroy", "1 to destroy"))

    card = world.card(key, "deploys")
    assert card.header == f"↻ Deploy {key}: waiting again: it changed"
    assert "plan output" in card.words
    assert "Plan: 3 to add, 1 to change, 1 to destroy." in card.words
    world.rel.dm("It changed; can you approve it as it is now?")


def test_a_cvss_of_9_8_is_an_emergency_and_its_clock_goes_on(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    patch = {"advisory": "CVE-2026-1234", "known_since": "2026-11-14"}
    key = deploy(world, "patch", **patch, cvss="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
    card = world.card(key, "deploys")
    assert "Patch CVE-2026-1234 · CVSS 9.8, critical · due Tue 00:00 CET" in card.words
    assert "A critical one is an emergency" in card.words

    world.dev.presses("Details", on=card)
    world.dev.presses("Make it an emergency")
    world.dev.submits(known_since="2026-11-16")
    assert world.dev.modal.errors == {
        "known_since": "It was known before that day already. The clock does not start again; "
        "only an earlier day can be set."
    }
    world.dev.submits(known_since="2026-11-14")
    emergency, _ = sorted(world.keys(), reverse=True)
    assert "Patch CVE-2026-1234 · CVSS 9.8, critical · due Tue 00:00 CET" in world.card(emergency).words

    world.dev.types("/change list patches")
    told = world.dev.told("1 patch owed, 0 overdue.")
    assert "CVE-2026-1234 payments · CVSS 9.8 · due" in told.words
    world.advance(hours=22)
    assert any("is not patched; it was due" in one for one in world.dev.notified)

    world.dev.presses("Details", on=world.card(emergency))
    world.dev.presses("Add details")
    world.dev.submits(put_off_until="2026-11-30")
    assert set(world.dev.modal.errors) == {"put_off_control"}
    world.dev.submits(put_off_until="2026-11-30", put_off_owner=world.rel.id, put_off_control="the port is closed")
    line = 'dev put the patch off until 30 Nov; rel answers for it: "the port is closed".'
    world.line(emergency, line)
    assert "Put off until 30 Nov" in world.card(emergency).words
    heard = len(world.dev.notified)
    world.advance(days=2)
    assert not [one for one in world.dev.notified[heard:] if "patched" in one]
