"""The drawing of what is posted about the record itself: a checkpoint, and that it is not what an anchor saw."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from bot.blocks import record_words
from bot.blocks.kit import Drawing
from bot.scenes import scene
from workflows import history
from workflows.outbox import Row
from workflows.ruleset import Rules


def draws(
    rules: Callable[[], Rules], now: Callable[[], datetime]
) -> Mapping[str, Callable[[Connection, Row], Drawing]]:
    """Template → how it is drawn."""

    def record(tx: Connection, row: Row) -> Drawing:
        view = scene(tx, rules(), now=now(), people=(), shared=True)
        tell = record_words.anchored if row.payload["what"] == history.ANCHORED else record_words.differs
        return tell(row.payload, view)

    return {history.TEMPLATE: record}
