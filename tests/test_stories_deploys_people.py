"""Who may not approve a deploy, through the front door: whoever has a hand in it, by whatever account."""

from typing import Any

import pytest

from tests.budget import spread
from tests.world.deploying import approved, deploy, hears, runs
from tests.world.github import REPO
from tests.world.person import Someone
from tests.world.policies import DEPLOYS, NO_LOGIN, TWO_MANAGERS
from tests.world.story import Begin

pytest_plugins = ["tests.world.fixtures"]
RAVI = "Ravi Patel <rel@example.com>"


@pytest.mark.parametrize(
    ("by", "more", "did"),
    spread(
        [
            pytest.param("dev", {"co_authors": (RAVI,)}, "co-wrote", id="who is named in a trailer"),
            pytest.param("rel", {}, "wrote", id="who wrote it"),
            pytest.param("dev", {"pusher": "rel-gh"}, "last pushed", id="who pushed it last"),
        ]
    ),
)
def test_whoever_has_a_hand_in_the_commits_cannot_approve_them(
    begin: Begin, by: str, more: dict[str, Any], did: str
) -> None:
    world = begin(TWO_MANAGERS, github=True)
    _, sha = world.github.change(by, "Faster bills", **more)
    world.github.arrives()
    key = deploy(world, by=world.sre)
    assert world.rel.dms == [], "nobody is asked who cannot"
    world.cto.dm("Can you approve this?")
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    no = world.rel.told(f"You {did} part of {key} (", "so you can't approve it.", channel="deploys")
    assert "@cto can; asked at 03:00. Nothing changed." in no.words
    assert "This try is kept in the record." in no.words
    assert [one.data["reason"] for one in world.events(key) if one.kind == "refused"] == ["author"]

    run = runs(world, sha)
    assert world.github.hub.run_state(REPO, run) == "waiting"
    world.cto.presses("Approve", on=world.card(key, "deploys"))
    hears(world)
    assert world.github.hub.run_state(REPO, run) == "completed:success"


def test_the_second_account_of_whoever_asked_cannot_approve(begin: Begin) -> None:
    world = begin(TWO_MANAGERS, github=True)
    world.slack.add_person("U0RELTWO", "rel2", "Ravi Patel", "rel@example.com", "Europe/Berlin")
    world.slack.state.find_channel("deploys").members.append("U0RELTWO")
    key = deploy(world, by=Someone(world, "U0RELTWO", "rel2"))
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    world.rel.told(
        f"This account and the one that asked belong to the same person, so it can't approve {key}.",
        "@cto can; asked at 03:00. Nothing changed.",
        channel="deploys",
    )
    assert [one.data["reason"] for one in world.events(key) if one.kind == "refused"] == ["second-account"]


def test_a_push_that_is_heard_of_only_after_the_approval_makes_it_void(begin: Begin) -> None:
    world = begin(TWO_MANAGERS, github=True)
    hub = world.github.hub
    hub.lose_webhooks()
    _, sha = world.github.change("dev", "Faster bills", pusher="rel-gh")
    lost = [one.id for one in hub.deliveries if one.event == "push"]
    hub.lose_webhooks(False)
    key = approved(world)
    for one in lost:
        hub.redeliver(one)
    hears(world)

    card = world.card(key, "deploys")
    assert card.header == f"↻ Deploy {key}: waiting again: it changed"
    assert "Changed since @rel approved Mon 03:00 CET: who had a part in it. Needs approval again." in card.words
    world.line(key, "Changed since rel said yes: rel turned out to have a part in it", channel="deploys")
    world.dev.dm("changed after @rel said yes: @rel turned out to have a part in it. It needs approval again.")
    run = runs(world, sha)
    assert hub.run_state(REPO, run) == "waiting"
    world.rel.presses("Approve", on=card)
    world.rel.told(f"You last pushed part of {key}", "so you can't approve it.", channel="deploys")
    world.cto.presses("Approve", on=world.cto.dm("can you approve it as it is now?"))
    hears(world)
    assert hub.run_state(REPO, run) == "completed:success"


def test_an_approver_who_turns_out_to_be_an_author_makes_it_void(begin: Begin) -> None:
    world = begin(TWO_MANAGERS, github=True)
    hub = world.github.hub
    hub.add_account("night-owl", "R.")
    hub.branch(REPO, "night", world.github.head)
    hub.commit(REPO, author="night-owl", message="Night work", branch="night", pusher="sre-gh")
    number = hub.open_pull(REPO, author="sre-gh", title="Night work", branch="night")
    hub.review(REPO, number, by="lead-gh")
    sha = hub.merge(REPO, number, by="sre-gh")
    world.github.passes(sha)
    world.github.arrives()
    key = approved(world)

    world.policy.write_text(TWO_MANAGERS.replace('"rel-gh"', '"night-owl"'))
    world.reload_policy()
    run = runs(world, sha, by="sre-gh")
    world.advance(minutes=2)
    card = world.card(key, "deploys")
    assert card.header == f"↻ Deploy {key}: waiting again: it changed"
    assert "who had a part in it" in card.words
    assert hub.run_state(REPO, run) == "waiting"
    assert hub.reports(REPO, run) == [f"Not yet: {key} waits for approval in Slack."]
    world.rel.presses("Approve", on=card)
    world.rel.told(f"You wrote part of {key}", "so you can't approve it.", channel="deploys")
    world.cto.presses("Approve", on=world.cto.dm("can you approve it as it is now?"))
    hears(world)
    assert hub.run_state(REPO, run) == "completed:success"


def test_an_approver_whom_nobody_knows_on_github_is_told_how_to_mend_it(begin: Begin) -> None:
    world = begin(NO_LOGIN, github=True)
    key = deploy(world)
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    world.rel.told(
        "I don't know your GitHub account, so I can't tell whether you wrote part of",
        "Ask whoever keeps the policy to add it under [people], or show your e-mail on GitHub",
        "Nothing changed.",
        channel="deploys",
    )
    world.rel.types("/change whoami", "deploys")
    world.rel.told("GitHub not known", channel="deploys")

    world.policy.write_text(DEPLOYS)
    world.reload_policy()
    world.advance(minutes=1)
    world.rel.types("/change whoami", "deploys")
    world.rel.told("GitHub rel-gh", channel="deploys")
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    assert world.card(key, "deploys").header == f"✅ Deploy {key}: approved for {world.github.head[:7]}"


def test_an_author_who_comes_to_slack_only_later_is_the_same_person(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    key = deploy(world, by=world.sre)
    world.dev.types("/change whoami", "deploys")
    world.dev.told("You are @dev.", "GitHub dev-gh", channel="deploys")
    world.policy.write_text(DEPLOYS.replace('users = ["rel@example.com"]', 'users = ["dev@example.com"]'))
    world.reload_policy()
    world.passes(minutes=1)
    world.tick()
    world.dev.presses("Approve", on=world.card(key, "deploys"))
    world.dev.told(f"You wrote part of {key} (", "so you can't approve it.", channel="deploys")
    assert world.kinds(key).count("approved") == 0
