"""What an act needs of the Hub."""

from __future__ import annotations

from typing import Protocol

from bot.playground.pagerduty.world import World


class Holder(Protocol):
    """Whoever holds the state."""

    world: World
