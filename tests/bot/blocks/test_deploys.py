"""What a deploy's surfaces never show: an approval that holds no more, the unknown as passed, a foreign link."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks import card, commits, condition_words, deploy_forms
from bot.blocks.deploy_states import DeployState, deploy_state, offers
from bot.blocks.kit import Drawing
from bot.blocks.notes import NOTHING
from bot.blocks.sentence import Link
from bot.scenes import web_address
from tests.bot.blocks import deploys
from tests.bot.blocks.deploys import DEPLOY_RULES, FROZEN, LIVE, REPOSITORY, SHA
from tests.bot.blocks.each import each
from tests.bot.blocks.gallery_deploys import states
from tests.bot.blocks.limits import walk
from tests.bot.blocks.test_golden import CALM, blocks_of
from tests.bot.blocks.world import NOW, World, minutes
from workflows.case import Case, Noticed
from workflows.change import Field, Outcome, Relation, Status
from workflows.conditions import Held, State
from workflows.reading import Read
from workflows.ruleset import Condition, DeployRule, Need, Requirement, Rules

WORLD = World()
SHOWN = {
    "running": DeployState.CHECKS,
    "unread": DeployState.CHECKS,
    "stale": DeployState.CHECKS,
    "unlinked": DeployState.CHECKS,
    "no_rule": DeployState.CHECKS,
    "undecided": DeployState.UNDECIDED,
    "partly": DeployState.PARTLY,
    "approved": DeployState.APPROVED,
    "let_through": DeployState.APPROVED,
    "changed": DeployState.CHANGED,
    "another_head": DeployState.CHANGED,
    "frozen": DeployState.FROZEN,
    "frozen_approved": DeployState.FROZEN,
    "rejected": DeployState.REJECTED,
    "going_back": DeployState.GOING_BACK,
    "back": DeployState.ROLLED_BACK,
    "deployed": DeployState.DEPLOYED,
    "unapproved": DeployState.UNAPPROVED,
    "failed": DeployState.FAILED,
    "rolled_back": DeployState.ROLLED_BACK,
    "superseded": DeployState.SUPERSEDED,
    "expired": DeployState.EXPIRED,
    "withdrawn": DeployState.WITHDRAWN,
}


def drawn(case: Case, rules: Rules = DEPLOY_RULES, **given: Any) -> Drawing:
    """The card of the case."""
    return card.card(case, replace(deploys.scene(WORLD, rules=rules), **given), notes=NOTHING)


def said(shown: Any) -> str:
    """Everything that is shown."""
    return str(blocks_of(shown))


@each(name=SHOWN)
def test_a_deploy_shows_its_state(name: str) -> None:
    case, rules = states(WORLD)[name]
    assert deploy_state(case, deploys.scene(WORLD, rules=rules)) is SHOWN[name]


OTHER_RULE = replace(DEPLOY_RULES, deploy=(DeployRule(1, (Need("security", 1),), require=()),))
PUSHED = deploys.approved(WORLD, sha="5" * 40)
HEADED = deploys.approved(WORLD, reading=deploys.reading(WORLD, head="5" * 40))
TAKEN = deploys.approved(WORLD)
TAKEN = replace(TAKEN, approvals=(TAKEN.approvals[0], replace(TAKEN.approvals[1], taken_back_at=minutes(9))))


@pytest.mark.parametrize(
    ("case", "rules", "now"),
    [
        pytest.param(PUSHED, DEPLOY_RULES, NOW, id="the commit is another one than was approved"),
        pytest.param(HEADED, DEPLOY_RULES, NOW, id="the branch is at another commit"),
        pytest.param(deploys.approved(WORLD), OTHER_RULE, NOW, id="another rule matches by now"),
        pytest.param(TAKEN, DEPLOY_RULES, NOW, id="one of the two took the yes back"),
        pytest.param(deploys.approved(WORLD), DEPLOY_RULES, minutes(488), id="it ran out this moment"),
        pytest.param(deploys.approved(WORLD), replace(DEPLOY_RULES, deploy=()), NOW, id="no rule matches any more"),
    ],
)
def test_an_approval_is_shown_only_while_it_holds(case: Case, rules: Rules, now: Any) -> None:
    shown = drawn(case, rules, now=now)
    assert "✅" not in said(shown)
    assert not shown.text.startswith("Approved")
    assert "'approve'" not in said(shown)
    assert "✅" in said(drawn(deploys.approved(WORLD)))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(deploys.deploy(WORLD, read=Read(None, minutes(1), "timeout")), id="silent"),
        pytest.param(deploys.deploy(WORLD, read=Read(NOW - timedelta(minutes=11))), id="read too long ago"),
        pytest.param(deploys.deploy(WORLD, reading=None, read=Read()), id="never read"),
        pytest.param(deploys.deploy(WORLD, reading=None, unlinked=True), id="not linked"),
    ],
)
def test_the_unknown_is_never_shown_as_passed(case: Case) -> None:
    shown = said(drawn(case))
    assert "Checks unknown · review unknown · staging unknown · branch rules unknown" in shown
    assert "'approve'" not in shown


@each(name=[name for name in CALM if "deploy" in name])
def test_a_long_hash_stands_in_details_only(name: str) -> None:
    shown = CALM[name]
    texts = [one["text"] for one in walk(blocks_of(shown)) if isinstance(one.get("text"), str)]
    texts += [shown.text] if isinstance(shown, Drawing) else []
    found = [text for text in texts if re.search(r"(?<![0-9a-f/.])[0-9a-f]{8,}", re.sub(r"<[^|>]*\|", "", text))]
    if name.startswith("details_"):
        assert len(found) == 1
    else:
        assert found == []


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com.evil.example/acme/payments/deployments/77",
        "https://evil.example/https://github.com/",
        "javascript:alert(1)",
        "https://github.com/a b",
        "https://github.com/<!channel>",
    ],
)
def test_an_address_of_another_host_is_no_link(url: str) -> None:
    failed = deploys.deployment(Outcome.FAILED, url=url)
    assert "What GitHub said" not in said(drawn(deploys.deployed(WORLD, deployments=(failed,))))
    assert "What GitHub said" in said(drawn(deploys.deployed(WORLD, Outcome.FAILED)))


@pytest.mark.parametrize(
    ("web", "repository", "sha"),
    [
        pytest.param("", REPOSITORY, SHA, id="no GitHub"),
        pytest.param("https://github.com", "acme/pay|ments", SHA, id="an odd name"),
        pytest.param("https://github.com", "../../evil", SHA, id="a way up"),
        pytest.param("https://github.com", REPOSITORY, "main>", id="no commit"),
    ],
)
def test_only_a_commit_of_a_repository_is_linked(web: str, repository: str, sha: str) -> None:
    scene = replace(deploys.scene(WORLD), github_web=web)
    assert not isinstance(commits.commit(scene, repository, sha), Link)
    assert commits.difference(scene, repository, LIVE, sha, "x") is None


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.github.com/", "https://github.com"),
        ("https://git.example.com/api/v3", "https://git.example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("ftp://git.example.com", ""),
        ("", ""),
    ],
)
def test_pages_lie_on_the_host_of_the_api(api: str, web: str) -> None:
    assert web_address(api) == web


def test_the_card_offers_what_somebody_can_use_now() -> None:
    def offered(case: Case, rules: Rules = DEPLOY_RULES) -> list[str]:
        scene = deploys.scene(WORLD, rules=rules)
        return [str(one) for one in offers(case, scene, deploy_state(case, scene))]

    assert offered(deploys.deploy(WORLD)) == ["approve", "reject", "details"]
    assert offered(deploys.deploy(WORLD, reading=None)) == ["details"]
    assert offered(deploys.approved(WORLD)) == ["details"]
    unreported = deploys.reading(WORLD, live=None, target=None)
    assert offered(deploys.approved(WORLD, reading=unreported)) == ["mark_deployed", "details"]
    assert offered(deploys.approved(WORLD), FROZEN) == ["approve", "details"]
    assert offered(deploys.deployed(WORLD, Outcome.FAILED)) == ["make_emergency", "ask_again", "details"]


CHECKS, REVIEWED, STAGED = Condition.CHECKS_PASS, Condition.REVIEWED, Condition.STAGING_FIRST


@pytest.mark.parametrize(
    ("condition", "state", "facts", "words"),
    [
        (CHECKS, State.NO, {"failed": "unit, lint"}, "unit and lint did not pass"),
        (CHECKS, State.WAITING, {"running": "unit"}, "unit is still running"),
        (CHECKS, State.UNKNOWN, {"absent": "semgrep"}, "semgrep has not reported"),
        (CHECKS, State.UNKNOWN, {}, "no check has run on this commit"),
        (CHECKS, State.NO, {"failed": "a, b, c, d, e, f"}, "a, b, c and 3 more did not pass"),
        (REVIEWED, State.NO, {"pull": "12"}, "nobody else approved the last commit of #12"),
        (REVIEWED, State.NO, {"commit": SHA}, "1a2b3c4 came without a pull request"),
        (REVIEWED, State.NO, {"pull": "12", "against": "lead-login"}, "lead-login asked for changes on #12"),
        (STAGED, State.NO, {"environment": "staging"}, "this commit has not been deployed to staging"),
        (STAGED, State.WAITING, {"environment": "staging", "stage": "queued"}, "the deployment to staging is still"),
        (
            Condition.PROTECTED,
            State.UNKNOWN,
            {"unread": "branch", "why": "404"},
            "GitHub did not tell the branch rules",
        ),
        (Condition.LINKED_ISSUE, State.NO, {"jira": ""}, "no Jira issue is named"),
        (Condition.LINKED_ISSUE, State.NO, {"jira": "", "unseen": "OPS-7"}, "Jira shows me no OPS-7"),
    ],
)
def test_what_is_missing_is_spelled_out(condition: Condition, state: State, facts: dict[str, str], words: str) -> None:
    assert condition_words.missing(str(condition), state, facts).startswith(words)
    held = Held(Requirement(condition), state, facts)
    assert condition_words.word(held) in {"running", "not passed", "unknown", "missing"}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"checks": ()}, "waiting for checks"),
        ({"reviews": ()}, "waiting for a review"),
        ({"staging": ()}, "waiting for staging"),
        ({"reviews": (), "staging": ()}, "waiting for a review and staging"),
    ],
)
def test_the_header_says_what_it_waits_for(parts: dict[str, Any], words: str) -> None:
    world = World()
    shown = drawn(deploys.deploy(world, asks=(), reading=deploys.reading(world, **parts)))
    assert shown.blocks[0]["text"]["text"].endswith(f": {words}")


def test_a_person_who_is_barred_twice_is_named_once() -> None:
    world = World()
    barred = [("dev", Relation.REQUESTER), ("dev", Relation.AUTHOR), ("lead", Relation.LAST_PUSHER)]
    needs = (Need("release-managers", 1),)
    seen = deploy_forms.Seen(repository=REPOSITORY, environment="production", ref="v812", needs=needs, barred=barred)
    shown = said(deploy_forms.request(seen, deploys.scene(world), filled={}))
    assert "Can't approve: dev (asks for it, author) and lead (last push)." in shown


def test_the_card_says_that_its_commit_is_live_through_an_emergency() -> None:
    case = deploys.deploy(World())
    told = "1a2b3c4 is live already, through emergency EC-2026-0042."
    for mark, there in ((f"through:EC-2026-0042:{SHA}", True), (f"through:EC-2026-0042:{LIVE}", False)):
        seen = Noticed(mark, NOW)
        assert (told in said(drawn(replace(case, notices=(seen,))))) is there


def test_an_emergency_for_a_commit_names_it_by_seven_digits() -> None:
    world = World()
    texts = {**world.case().texts, Field.REFERENCE: world.put(f"{REPOSITORY}@{SHA}")}
    shown = said(card.card(world.case(texts=texts), world.scene(), notes=NOTHING))
    assert f"{REPOSITORY}@1a2b3c4" in shown
    assert SHA not in shown


def test_an_approval_ended_when_it_said_also_where_that_was_noticed_late() -> None:
    case = replace(deploys.approved(World()), status=Status.EXPIRED)
    late = replace(case, valid_until=minutes(488), expired_at=minutes(2000))
    assert ", 8 h after it was given" in said(drawn(late))
