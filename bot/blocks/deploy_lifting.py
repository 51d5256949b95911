"""Lifting a freeze for one request: what `Approve` opens for somebody who may."""

from bot.blocks import deploy_card, deploy_status, inputs, kit, render
from bot.blocks.deploy_states import deploy_state
from bot.blocks.kit import Scene, View
from bot.blocks.sentence import say
from workflows.case import Case
from workflows.change import Status


def lift(case: Case, scene: Scene, *, metadata: str = "") -> View:
    """Why now, despite the freeze? (SCREENS 12.2)"""
    given = case.status is Status.APPROVED
    after = "It was approved already and goes then." if given else "Where your approval counts, it is given with it."
    blocks = [
        render.paragraph(say("*{key}* {where}", key=case.key, where=deploy_card.where_to(case)), scene),
        render.paragraph(deploy_status.status(case, scene, deploy_state(case, scene)), scene),
        inputs.text(
            "reason",
            "Why now, despite the freeze?",
            hint="Shown to everyone in the thread, and kept with the decision.",
            focus=True,
        ),
        render.small([say("For this request and this freeze only. {after}", after=after)], scene),
    ]
    return kit.modal("lift", f"Approve {case.key}", blocks, submit="Approve", metadata=metadata)
