"""The surfaces of a deploy by name, in every state of SCREENS 12.2."""

from dataclasses import replace
from typing import Any

from bot.blocks import card
from bot.blocks.kit import Scene
from bot.blocks.notes import NOTHING
from tests.bot.blocks import deploys
from tests.bot.blocks.deploys import FROZEN, FROZEN_LATER
from tests.bot.blocks.gallery import Shown
from tests.bot.blocks.world import World, minutes
from workflows.case import Case
from workflows.change import Outcome, Status, Type
from workflows.reading import CheckState, Part, Read
from workflows.ruleset import Rules


def states(world: World) -> dict[str, tuple[Case, Rules]]:
    """Every state of a deploy, with the policy it is drawn under."""
    gone = {"withdrawn_by": "dev", "closed_at": minutes(8)}
    rules = deploys.DEPLOY_RULES
    found: dict[str, Case] = {
        "running": deploys.deploy(world, reading=deploys.checked(world, CheckState.RUNNING), asks=()),
        "failing": deploys.deploy(world, reading=deploys.checked(world, CheckState.FAILED)),
        "unread": deploys.deploy(world, reading=None, read=Read(since=minutes(1), error="timeout"), asks=()),
        "unlinked": deploys.deploy(world, reading=None, read=Read(), unlinked=True, asks=()),
        "unknown": deploys.deploy(world, reading=deploys.reading(world, unknown={Part.BRANCH: "403"}), asks=()),
        "no_staging": deploys.deploy(world, reading=deploys.reading(world, staging=())),
        "undecided": deploys.deploy(world),
        "partly": deploys.partly(world),
        "silent": deploys.partly(world, read=Read(minutes(4), minutes(9), "timeout")),
        "lifted": deploys.lifted(world),
        "approved": deploys.approved(world),
        "let_through": deploys.passed(world),
        "approved_unlinked": deploys.approved(world, unlinked=True),
        "changed": deploys.changed(world),
        "changed_running": deploys.changed(world, reading=deploys.checked(world, CheckState.RUNNING)),
        "another_head": deploys.approved(world, reading=deploys.reading(world, head="5" * 40)),
        "rejected": deploys.rejected(world),
        "deployed": deploys.deployed(world),
        "unapproved": deploys.deployed(world, deployments=(deploys.deployment(basis="rejected"),)),
        "failed": deploys.deployed(world, Outcome.FAILED),
        "rolled_back": deploys.deployed(world, Outcome.ROLLED_BACK),
        "going_back": deploys.back(world),
        "back": deploys.back(
            world, status=Status.DEPLOYED, deployments=(deploys.deployment(basis="rollback"),), closed_at=minutes(12)
        ),
        "superseded": deploys.deploy(
            world, status=Status.SUPERSEDED, superseded_by="DR-2026-0108", closed_at=minutes(8)
        ),
        "expired": deploys.approved(world, status=Status.EXPIRED, expired_at=minutes(13), closed_at=minutes(13)),
        "withdrawn": deploys.deploy(world, status=Status.WITHDRAWN, **gone),
        "confidential": deploys.deploy(world, confidential=True),
        "access": deploys.approved(world, type=Type.ACCESS, access_until=minutes(120)),
    }
    drawn = {name: (case, rules) for name, case in found.items()}
    drawn["no_rule"] = (deploys.deploy(world), replace(rules, deploy=()))
    drawn["frozen"] = (deploys.deploy(world), FROZEN)
    drawn["frozen_approved"] = (deploys.approved(world), FROZEN)
    drawn["freeze_begins"] = (deploys.approved(world), FROZEN_LATER)
    return drawn


def cards(world: World) -> dict[str, Shown]:
    """The card in every state, and as it is posted first."""
    made: dict[str, Shown] = {
        name: card.card(case, _scene(world, rules), notes=NOTHING) for name, (case, rules) in states(world).items()
    }
    made["first_post"] = card.card(deploys.deploy(world), _scene(world), notes=NOTHING, first_post=True)
    made["no_github"] = card.card(deploys.deploy(world), replace(_scene(world), github_web=""), notes=NOTHING)
    return {f"card_deploy_{name}": value for name, value in made.items()}


def _scene(world: World, rules: Rules = deploys.DEPLOY_RULES, **given: Any) -> Scene:
    return deploys.scene(world, rules=rules, **given)
