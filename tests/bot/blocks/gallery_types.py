"""What a type of change adds to the surfaces: the end of access, a patch and its clock, the numbers of a plan."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.blocks import card, finishing, forms, kit, patch_answers
from tests.bot.blocks import deploys
from tests.bot.blocks.gallery import ALL_ITEMS, Shown
from tests.bot.blocks.world import DECLARED, LATER, NOTES, World, minutes
from workflows.case import Case
from workflows.change import Field, Outcome, Status, Type
from workflows.gated import PutOff
from workflows.owed import debt
from workflows.patches import PatchRow
from workflows.rows import DebtKind

DUE = DECLARED + timedelta(hours=50)


def patch(world: World, **given: Any) -> Case:
    """An emergency that patches a critical vulnerability."""
    texts = {**world.case().texts, Field.ADVISORY: world.put("CVE-2026-1234")}
    fields: dict[str, Any] = {"type": Type.PATCH, "cvss_score": "9.8", "known_since": "2026-11-22", "patch_due": DUE}
    return world.case(**{"texts": texts, **fields, **given})


def put_off(world: World, case: Case) -> Case:
    return replace(case, put_off=PutOff("sre", "2026-12-04", world.put("behind the firewall"), minutes(9), "dev"))


def types(world: World) -> dict[str, Shown]:
    """Cards, forms and reminders of access, patches and plans."""
    scene = world.scene()
    deploy = deploys.deploy(world)
    typed = {**deploy.texts, Field.ADVISORY: world.put("CVE-2026-1234")}
    asked = replace(deploy, type=Type.PATCH, cvss_score="9.8", patch_due=DUE, texts=typed)
    numbers = "3 to add, 1 to change, 0 to destroy"
    output = {**deploy.texts, Field.PLAN_OUTPUT: world.put(f"Plan: {numbers}.")}
    plan = replace(
        deploy, type=Type.INFRASTRUCTURE, plan_summary=numbers, plan_sha256="7" * 64, texts=output, approvals=()
    )
    before = (world.deployment(basis="undeclared"),)
    given = world.deployed(type=Type.ACCESS, access_until=minutes(120), deployments=before)
    made: dict[str, Shown] = {
        "card_patch": card.card(patch(world), scene, notes=NOTES),
        "card_patch_unrated": card.card(patch(world, cvss_score=None), scene, notes=NOTES),
        "card_patch_put_off": card.card(put_off(world, patch(world)), scene, notes=NOTES),
        "card_patch_confidential": card.card(put_off(world, patch(world, confidential=True)), scene, notes=NOTES),
        "card_patch_deploy": card.card(asked, replace(scene, rules=deploys.DEPLOY_RULES), notes=NOTES),
        "card_plan": card.card(replace(world.case(), plan_summary=plan.plan_summary), scene, notes=NOTES),
        "card_plan_deploy": card.card(plan, replace(scene, rules=deploys.DEPLOY_RULES), notes=NOTES),
        "card_access_given_before": card.card(given, scene, notes=LATER),
        "modal_patch_details": forms.details_form(put_off(world, patch(world)), scene, documented_items=ALL_ITEMS),
        "modal_access_review": _review(given, world),
        "answer_patches": patch_answers.listing_of(_rows(world), 3, scene),
        "answer_patches_none": patch_answers.listing_of((), 0, scene),
    }
    return made | {f"debts_patch_{name}": shown for name, shown in _debts(world).items()}


def _review(case: Case, world: World) -> Shown:
    blocks = finishing.review_fields(case, world.scene(), ALL_ITEMS, rows=1, filled={})
    return kit.modal("review", "Review", blocks, submit="Close review")


def _debts(world: World) -> dict[str, Shown]:
    case, early, late = patch(world), world.scene(), world.scene(now=DUE + timedelta(hours=3))
    owed = debt(case, "sre", DebtKind.REMINDER)
    others = debt(replace(case, review=world.review()), "lead", DebtKind.ESCALATION)
    done = replace(case, status=Status.DEPLOYED, deployments=(world.deployment(outcome=Outcome.OK),))
    return {
        "reminder": card.debts(owed, early, kind=DebtKind.REMINDER),
        "due": card.debts([replace(one, kind=DebtKind.ESCALATION) for one in owed], late, kind=DebtKind.ESCALATION),
        "daily": card.debts([replace(one, kind=DebtKind.DAILY) for one in owed], late, kind=DebtKind.DAILY),
        "beside_its_review": card.debts(others, late, kind=DebtKind.ESCALATION),
        "done": card.debts([], early, kind=DebtKind.REMINDER, done=[done], person="sre"),
        "goes_on": card.debts(
            [], early, kind=DebtKind.REMINDER, done=[replace(case, follow_on=("EC-2026-0050",))], person="sre"
        ),
    }


def _rows(world: World) -> tuple[PatchRow, ...]:
    one = PatchRow(
        key="EC-2026-0042",
        system="payments",
        title=world.typed("openssl"),
        advisory=world.typed("CVE-2026-1234"),
        score="9.8",
        due=DUE,
        person="sre",
    )
    secret = replace(
        one, key="DR-2026-0107", title=None, advisory=None, score="", waits_until="2026-12-04", confidential=True
    )
    return (replace(one, due=minutes(-60)), replace(one, advisory=None), secret)
