"""Choices inside a form that change the form: More fields, a system or a type chosen; and Details kept current."""

from dataclasses import replace
from typing import Any

from bot import declaring, deploying, drawers, showing
from bot.blocks import deploy_forms, forms
from bot.blocks.buttons import DETAILS, MORE_FIELDS
from bot.blocks.kit import View
from bot.caller import Caller
from bot.desk import Desk
from bot.drawers import Asked
from bot.incoming import Click, Reference
from bot.seeing import see
from workflows import policy, reviews


def take(desk: Desk, caller: Caller, click: Click) -> Any:
    """Redraw the form that the choice was made in, with everything typed in it so far."""
    shown = click.shown
    if not shown.id or shown.home:
        return None
    view: View | None = None
    if shown.callback in ("declare", "more"):
        view = _declare(desk, caller, click)
    elif shown.callback == "review" and click.action == MORE_FIELDS:
        view = _review(desk, caller, click)
    elif shown.callback == "details_form" and click.block == "type":
        view = _details_form(desk, caller, click)
    elif click.block == "type" and shown.callback in (deploy_forms.ASK, deploy_forms.EDIT):
        view = deploying.redrawn(desk, caller, click)
    if view is not None:
        showing.redraw(desk, shown, {**view, "private_metadata": shown.raw})
    return None


def _declare(desk: Desk, caller: Caller, click: Click) -> View:
    more = click.shown.callback == "more" or click.action == MORE_FIELDS
    form = declaring.Form(declaring.filled(click.shown.values), click.shown.meta, more=more)
    with desk.db.read() as tx:
        return declaring.view(tx, desk, caller, form)


def _review(desk: Desk, caller: Caller, click: Click) -> View | None:
    with desk.db.read() as tx:
        sight = see(tx, caller, click.shown.meta.get("change", ""))
    if sight is None:
        return None
    rows = sum(1 for name in click.shown.values if name.startswith("followup_what_")) + 1
    return forms.review(
        sight.case,
        sight.scene,
        documented_items=policy.documented(sight.case),
        rows=min(rows, reviews.MOST_FOLLOW_UPS),
        filled=declaring.filled(click.shown.values),
    )


def _details_form(desk: Desk, caller: Caller, click: Click) -> View | None:
    with desk.db.read() as tx:
        sight = see(tx, caller, click.shown.meta.get("change", ""))
        incidents = declaring.incidents(tx, desk, caller, opened=False)
    if sight is None:
        return None
    return forms.details_form(
        sight.case,
        sight.scene,
        documented_items=policy.documented(sight.case),
        filled=declaring.filled(click.shown.values),
        incidents=incidents,
    )


def details(desk: Desk, caller: Caller, click: Click) -> None:
    """After a button in Details acted: show what holds now. Best effort; the record has it either way."""
    with desk.db.read() as tx:
        sight = see(tx, caller, click.about.change)
        if sight is None or click.shown.callback != DETAILS:
            return
        about = Reference(sight.case.id, sight.case.revision)
        view = drawers.details(Asked(tx, desk, caller, replace(click, about=about), sight))
    showing.redraw(desk, click.shown, view)
