"""A deploy request of the small company, and everything that may have become of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.blocks.kit import Scene
from tests.bot.blocks.world import DECLARED, NOW, RULES, World, minutes
from workflows import binding
from workflows.case import Approval, Ask, Case, Decision, Deployment, Party
from workflows.change import Basis, Field, Kind, Outcome, Relation, Risk, Status
from workflows.gated import Lifted, Passed, Rollback
from workflows.reading import (
    Branch,
    Check,
    CheckState,
    Commit,
    Environment,
    Hand,
    Live,
    Opined,
    Opinion,
    Pull,
    Read,
    Reading,
    Staged,
)
from workflows.ruleset import Condition, DeployRule, Freeze, Need, Requirement, Rules
from workflows.standing import Account, Roster, Standing

SHA = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
OLD = "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c"
LIVE = "0badc0de0badc0de0badc0de0badc0de0badc0de"
REPOSITORY = "acme/payments"

_REQUIRE = tuple(
    map(Requirement, (Condition.CHECKS_PASS, Condition.REVIEWED, Condition.STAGING_FIRST, Condition.PROTECTED))
)
DEPLOY_RULES = replace(
    RULES,
    deploy=(
        DeployRule(
            1,
            (Need("release-managers", 1), Need("security", 1)),
            environments=("production",),
            require=_REQUIRE,
            fallback=("emergency-approvers",),
        ),
    ),
)
WEEKEND = Freeze("weekend", ("production",), since=minutes(-600), until=minutes(2400), override="release-managers")
FROZEN = replace(DEPLOY_RULES, freezes=(WEEKEND,))
FROZEN_LATER = replace(DEPLOY_RULES, freezes=(replace(WEEKEND, since=minutes(120)),))


def scene(world: World, *, rules: Rules = DEPLOY_RULES, **given: Any) -> Scene:
    """The scene of the world under a policy that knows deploys, with a GitHub."""
    return replace(world.scene(**given), rules=rules, github_web="https://github.com")


def reading(world: World, **given: Any) -> Reading:
    """Everything is in order: three commits of dev by one pull request that lead approved."""
    shas = (OLD, "5" * 40, SHA)
    fields: dict[str, Any] = {
        "repository": REPOSITORY,
        "environment": "production",
        "ref": "v812",
        "sha": SHA,
        "head": SHA,
        "live": Live(LIVE, minutes(-4000), "v811"),
        "commits": tuple(Commit(sha, world.put("Answer faster"), "dev-login", 12) for sha in shas),
        "total": 3,
        "pulls": (Pull(12, world.put("Answer faster"), "dev-login", SHA, True, "main"),),
        "reviews": (Opined(12, "lead-login", Opinion.APPROVED, SHA, minutes(-60)),),
        "checks": (Check("unit", CheckState.PASSED), Check("semgrep", CheckState.PASSED, "status")),
        "staging": (Staged("staging", "success", minutes(-30)),),
        "branch": Branch("main", True, 1),
        "target": Environment("production", True, False),
        "paths": ("app/pay.py",),
        "hands": (Hand(Relation.AUTHOR, SHA, "dev-login", person="dev"),),
    }
    return Reading(**(fields | given))


def checked(world: World, state: CheckState) -> Reading:
    """The same with one check in another state, whose name a stranger chose."""
    return reading(world, checks=(Check("unit", CheckState.PASSED), Check(world.typed("semgrep"), state)))


def standing() -> Standing:
    """Who is in which group."""
    people = ("dev", "sre", "lead", "cto", "rel")
    accounts = {one: (Account(f"U0{one.upper()}", one, NOW),) for one in people}
    rosters = {
        "release-managers": Roster("release-managers", frozenset({"rel", "dev"}), NOW),
        "security": Roster("security", frozenset({"lead", "cto"}), NOW),
        "emergency-approvers": Roster("emergency-approvers", frozenset({"cto", "lead"}), NOW),
    }
    return Standing(accounts, rosters, logins={"rel": "rel-login", "cto": "cto-login"})


def deploy(world: World, **given: Any) -> Case:
    """Asked for by dev, everything read, two groups asked."""
    fields: dict[str, Any] = {
        "id": "chg7",
        "key": "DR-2026-0107",
        "kind": Kind.DEPLOY,
        "status": Status.REQUESTED,
        "risk": Risk.MEDIUM,
        "texts": {
            Field.TITLE: world.put("Answer card payments faster"),
            Field.WHY: world.put("Answer card payments faster\nThe provider times out after two seconds."),
            Field.TESTS: world.put("Two hundred test payments on staging."),
            Field.ROLLBACK: world.put("Deploy v811 again; the data is compatible."),
        },
        "implementer": "dev",
        "posted": "C0DEP",
        "repository": REPOSITORY,
        "ref": "v812",
        "sha": SHA,
        "reading": reading(world),
        "read": Read(minutes(12)),
        "parties": (Party("dev", Relation.REQUESTER, DECLARED), Party("dev", Relation.AUTHOR, DECLARED, SHA)),
        "asks": (Ask("first", DECLARED, ("rel", "lead", "cto"), ("release-managers", "security")),),
        "standing": standing(),
    }
    return world.case(**(fields | given))


def yes(person: str, group: str, at: float, case: Case, **given: Any) -> Approval:
    """A voice for exactly what is asked in that case."""
    bound = binding.digest(case, DEPLOY_RULES)
    fields: dict[str, Any] = {"digest": bound, "sha": case.sha}
    return Approval(person, case.revision, minutes(at), "approve", group, **(fields | given))


def partly(world: World, **given: Any) -> Case:
    """One of two said yes."""
    case = deploy(world, **given)
    return replace(case, approvals=(yes("rel", "release-managers", 6, case),))


def approved(world: World, asked: Case | None = None, **given: Any) -> Case:
    """Both said yes to what was asked; it holds for eight hours."""
    case = asked or deploy(world)
    both = (yes("rel", "release-managers", 6, case), yes("cto", "security", 8, case))
    more: Mapping[str, Any] = {
        "status": Status.APPROVED,
        "approvals": both,
        "decision": Decision("approved", minutes(8), "cto", 1),
        "valid_until": minutes(488),
    }
    return replace(case, **{**more, **given})


def changed(world: World, **given: Any) -> Case:
    """A push of lead after both had said yes."""
    before = approved(world)
    lost = tuple(replace(one, sha=OLD) for one in before.approvals)
    more: Mapping[str, Any] = {
        "status": Status.REQUESTED,
        "revision": 2,
        "approvals": lost,
        "decision": None,
        "valid_until": None,
        "changed_at": minutes(11),
        "changed": ("sha", "rollback"),
        "parties": (*before.parties, Party("lead", Relation.LAST_PUSHER, minutes(11), SHA)),
    }
    return replace(before, **{**more, **given})


def rejected(world: World, **given: Any) -> Case:
    """Rejected by rel with a reason."""
    reason = world.put("The timeout is the provider's; wait for their fix.")
    voice = Approval("rel", 1, minutes(7), "reject", "release-managers", note=reason)
    decision = Decision("rejected", minutes(7), "rel", 1, reason)
    return deploy(world, status=Status.REJECTED, approvals=(voice,), decision=decision, closed_at=minutes(7), **given)


def deployment(outcome: Outcome = Outcome.OK, *, at: float = 12, basis: str = "approved", **given: Any) -> Deployment:
    """What the pipeline reported."""
    fields: dict[str, Any] = {
        "repository": REPOSITORY,
        "sha": SHA,
        "external": "github:77",
        "login": "deploy-robot",
        "url": "https://github.com/acme/payments/deployments/77",
    }
    return Deployment("", minutes(at), outcome, "", minutes(at), basis, **(fields | given))


def deployed(world: World, outcome: Outcome = Outcome.OK, **given: Any) -> Case:
    """Approved, let through, and reported."""
    done: dict[str, Any] = {"status": Status.DEPLOYED, "deployments": (deployment(outcome),), "closed_at": minutes(12)}
    return passed(world, **(done | given))


def passed(world: World, **given: Any) -> Case:
    """Approved and let through by the gate."""
    one = Passed(REPOSITORY, "production", SHA, minutes(10), Basis.APPROVED, "run 812")
    return approved(world, **({"passed": (one,)} | given))


def back(world: World, **given: Any) -> Case:
    """Back to a commit that was live before."""
    reason = world.put("Card payments fail since v813.")
    fields: dict[str, Any] = {
        "key": "DR-2026-0109",
        "status": Status.PROCEEDING,
        "rollback": Rollback("DR-2026-0101", minutes(-4000), OLD),
        "decision": Decision("rollback", minutes(9), "dev", 1, reason),
        "reading": None,
        "asks": (),
    }
    return deploy(world, **(fields | given))


def lifted(world: World) -> Case:
    """A request for which the freeze was lifted."""
    return deploy(world, lifted=(Lifted("x", "rel", minutes(5), world.put("The provider goes away on Sunday.")),))
