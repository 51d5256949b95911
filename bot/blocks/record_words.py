"""What channels read of the record itself."""

from collections.abc import Mapping
from typing import Any

from bot.blocks import kit, render
from bot.blocks.kit import Drawing, Scene
from bot.blocks.sentence import say

_WHY: Mapping[str, str] = {
    "restored": "It holds {length} events, and {place} saw {size}: it was restored from a backup, or cut.",
    "forked": "Its first {size} events are not those that {place} saw: it was rewritten, or is another record.",
    "edited": "What it holds is not what its own hashes say: an event or a text was changed, added or taken away.",
}


def differs(facts: Mapping[str, Any], scene: Scene) -> Drawing:
    """The record is not what an anchor saw; what that means and what to do."""
    given = {"length": str(facts["length"]), "size": str(facts["size"]), "place": str(facts["place"])}
    what = "as it was written" if facts["why"] == "edited" else "the one that its anchors saw"
    short = say(f"The record is NOT {what}. The gate lets nothing through.")
    told = _WHY[str(facts["why"])]
    whole = say(
        f"*The record is not {what}.* {told} The gate lets nothing through. Please run "
        "`python -m bot verify`; if the record is right as it is, `python -m bot history accept` says so by name.",
        **given,
    )
    return kit.drawing(render.notification(short, scene), [render.paragraph(whole, scene)])


def anchored(facts: Mapping[str, Any], scene: Scene) -> Drawing:
    """A checkpoint, to be kept here: nobody who rewrites the record can rewrite this too."""
    told = say("Checkpoint of the record: {size} events. Keep this message.", size=str(facts["size"]))
    note = kit.section(f"```\n{facts['note']}```")
    return kit.drawing(render.notification(told, scene), [render.paragraph(told, scene), note])
