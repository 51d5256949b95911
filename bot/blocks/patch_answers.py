"""The private answer to `/change list patches`: what is to be patched, what is due first on top."""

from collections.abc import Sequence
from dataclasses import replace

from bot.blocks import kit, receipts, render, times
from bot.blocks.kit import Drawing, Scene
from bot.blocks.listed import row_title
from bot.blocks.sentence import Due, Sentence, Typed, Who, join, say
from bot.blocks.text import one_line
from workflows.patches import PatchRow


def listing_of(rows: Sequence[PatchRow], more: int, scene: Scene) -> Drawing:
    """The patches that are owed (SCREENS 7)."""
    personal = replace(scene, shared=False, pings=None)
    if not rows:
        return receipts.line(say("No patch is owed."), personal)
    count = len(rows) + more
    late = sum(1 for row in rows if row.due <= scene.now)
    head = f"{count} {'patch' if count == 1 else 'patches'} owed, {late} overdue."
    blocks = [kit.header("Patches"), kit.context([kit.markdown(head)])]
    blocks += [render.passage(_row(row, personal), personal) for row in rows]
    if more:
        blocks.append(kit.context([kit.markdown(f"{more} more are due later.")]))
    return kit.drawing(f"Patches: {head}", blocks)


def _row(row: PatchRow, scene: Scene) -> list[Sentence]:
    """`CVE-2026-1234 payments · CVSS 9.8 · due 26 Nov 00:00 (2 d left)`, and whose it is."""
    named = Typed(one_line(row.advisory, 60), 60, bold=True) if row.advisory else None
    name = named or row_title(row.title, 60, confidential=row.confidential)
    score = f"CVSS {one_line(row.score, 8)}" if row.score else "no CVSS"
    due = say("due {t} ({left})", t=Due(row.due), left=times.left(row.due, scene.now))
    first = join((say("{name} {system}", name=name, system=one_line(row.system, 40)), score, due))
    waits = f"put off until {times.date_words(row.waits_until)}" if row.waits_until else None
    return [first, join((row.key, (Who(row.person),), waits))]
