"""The drawing of what the escalations channel reads of a peer that refuses us, and of its return."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from bot.blocks import peer_words
from bot.blocks.kit import Drawing
from bot.scenes import scene
from workflows import peer_state
from workflows.lanes import Lane
from workflows.outbox import Row
from workflows.ruleset import Rules


def draws(
    rules: Callable[[], Rules], now: Callable[[], datetime]
) -> Mapping[str, Callable[[Connection, Row], Drawing]]:
    """Template → how it is drawn."""

    def told(tx: Connection, row: Row) -> Drawing:
        view = scene(tx, rules(), now=now(), people=(), shared=True)
        lane, since = Lane(row.payload["lane"]), datetime.fromisoformat(row.payload["since"])
        tell = peer_words.lost if row.payload["what"] == peer_state.LOST else peer_words.back
        return tell(lane, since, view)

    return {peer_state.TEMPLATE: told}
