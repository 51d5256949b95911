"""The surfaces of a finding by name: one card of each thing that can be found, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.blocks import answers, card, forms
from bot.blocks.details import Reading, details
from tests.bot.blocks.gallery import Shown
from tests.bot.blocks.gallery_personal import row
from tests.bot.blocks.world import DECLARED, LATER, World, minutes
from workflows.case import Case, Party
from workflows.change import Action, Field, Found, Judgement, Kind, Relation, Role, Status
from workflows.completeness import Gap, Period, Unexplained
from workflows.gated import Sighting
from workflows.rows import Recent

SHA = "1a2b3c4" + "0" * 33


def finding(world: World, what: Found = Found.NO_BASIS, **given: Any) -> Case:
    """Something that sre did five minutes before it was found; lead answers for it."""
    of = {name: given.pop(name) for name in ("repository", "sha", "branch", "near", "by", "source") if name in given}
    seen: dict[str, Any] = {"repository": "acme/payments", "sha": SHA, "by": "sre", "source": "github"}
    values: dict[str, Any] = {
        "id": "fnd1",
        "key": "FD-2026-0003",
        "kind": Kind.FINDING,
        "status": Status.FOUND,
        "texts": {Field.TITLE: world.put("acme/payments@1a2b3c4 to production")},
        "requester": "sre",
        "implementer": "sre",
        "parties": (Party("sre", Relation.IMPLEMENTER, DECLARED),),
        "sighting": Sighting(what, minutes(-5), login="sre-gh", **(seen | of)),
        "posted": "C0DEP",
        "asks": (),
        "review": world.review(),
    }
    return world.case(**(values | given))


def of_each(world: World) -> dict[str, Case]:
    """A finding of every kind."""
    near = {"near": "DR-2026-0107"}
    more: dict[Found, dict[str, Any]] = {
        Found.DIRECT_PUSH: {"branch": "main"},
        Found.UNREVIEWED_MERGE: {"branch": "main"},
        Found.OTHER_COMMIT: near,
        Found.OUTSIDE_VALIDITY: near,
        Found.NOT_A_DEPLOYER: near,
        Found.DRIFT: {
            "source": "terraform-drift",
            "by": "",
            "texts": {Field.TITLE: world.put("two security groups differ from the plan")},
        },
    }
    return {what.value: finding(world, what, **more.get(what, {})) for what in Found}


def findings(world: World) -> dict[str, Shown]:
    """The cards, the details and the review form."""
    scene, late = world.scene(), world.scene(now=DECLARED + timedelta(hours=26))
    one = finding(world)
    closed = replace(
        one,
        status=Status.REVIEWED,
        closed_at=minutes(600),
        review=replace(world.review(), closed_at=minutes(600), by="lead", judgement=Judgement.YES),
    )
    made: dict[str, Shown] = {
        f"card_finding_{name}": card.card(case, scene, notes=LATER) for name, case in of_each(world).items()
    }
    made["card_finding_overdue"] = card.card(one, late, notes=LATER)
    made["card_finding_reviewed"] = card.card(closed, late, notes=LATER)
    made["card_finding_unowned"] = card.card(replace(one, review=replace(world.review(), owner=None)), scene)
    mine = (Action.WRITE_REVIEW, Action.HAND_OVER, Action.SNOOZE)
    made["details_finding"] = details(
        one, scene, actions=mine, role=Role.OWNER, notes=LATER, reading=Reading(entries=3)
    )
    made["modal_review_finding"] = forms.review(one, scene, documented_items=frozenset())
    return made


def around(world: World) -> dict[str, Shown]:
    """`/change list` with what went around the gate: nothing, something, and where nobody looked."""
    scene, rows = world.scene(), (row(world),)
    spans = {"clean": (), "found": ("FD-2026-0003", "FD-2026-0004", None), "found_gaps": ("FD-2026-0003",), "gaps": ()}
    made: dict[str, Shown] = {}
    for name, keys in spans.items():
        found = tuple(Unexplained(key, key, "acme/payments", SHA, "production", None, DECLARED, None) for key in keys)
        gaps = (Gap("commits:acme/payments", minutes(-500), minutes(-380)),) if "gaps" in name else ()
        sources = ("deployments:acme/payments", "commits:acme/payments")
        period = Period(minutes(-9000), DECLARED, len(found), found, gaps, 0, sources, DECLARED)
        made[f"answer_list_around_{name}"] = answers.listing_of(Recent(days=7, rows=rows, deploys=1), scene, period)
    return made
