"""What the escalations channel reads of a peer that took our token away, and of its return."""

from collections.abc import Mapping
from datetime import datetime

from bot.blocks import kit, render
from bot.blocks.kit import Drawing, Scene
from bot.blocks.sentence import When, say
from workflows.lanes import Lane

# What the lane takes, where it stands, and what waits meanwhile.
_TAKES: Mapping[Lane, tuple[str, str, str, str]] = {
    Lane.PAGERDUTY: ("PagerDuty", "the token", "PAGERDUTY_TOKEN", "Notes on incidents"),
    Lane.PAGES: ("PagerDuty", "the routing key", "PAGERDUTY_ROUTING_KEY", "Pages and change events"),
    Lane.JIRA: ("Jira", "the token", "JIRA_TOKEN", "Issues and comments"),
}


def lost(lane: Lane, since: datetime, scene: Scene) -> Drawing:
    """It refuses us: nothing is lost, and what to do."""
    peer, key, variable, waits = _TAKES[lane]
    short = say("{peer} refuses {key} since {t}. Nothing is lost.", peer=peer, key=key, t=When(since))
    whole = say(
        "*{peer} refuses {key}* since {t}. {waits} wait and nothing is lost; changes are decided as usual. "
        "Please set a new {variable}, restart, and run `python -m bot doctor`.",
        peer=peer,
        key=key,
        t=When(since),
        waits=waits,
        variable=variable,
    )
    return kit.drawing(render.notification(short, scene), [render.paragraph(whole, scene)])


def back(lane: Lane, since: datetime, scene: Scene) -> Drawing:
    """It takes our token again, and what waited goes out."""
    peer, _, _, waits = _TAKES[lane]
    told = say(
        "{peer} answers again; it refused us since {t}. {waits} that waited go out now.",
        peer=peer,
        t=When(since),
        waits=waits,
    )
    return kit.drawing(render.notification(told, scene), [render.paragraph(told, scene)])
