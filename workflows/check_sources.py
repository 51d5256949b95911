"""Which stretches each source was read for, as the table keeps them, held against the events that noted them."""

from collections.abc import Iterator

from sqlalchemy import Connection

from workflows import periods, read_notes
from workflows.moments import moment_text
from workflows.replay import Broken
from workflows.stretches import Span, beyond, lost

_ASK = "ask who edited or restored the table `reads`, and"


def reads_edited(tx: Connection) -> Iterator[Broken]:
    """Nothing is kept as read that was not noted, but for the newest stretch's last day; what was noted is kept."""
    kept, noted = periods.kept(tx), read_notes.everything(tx)
    for source in sorted(kept.keys() | noted.keys()):
        said = noted.get(source, ())
        for span in beyond(kept.get(source, ()), said):
            what = f"is kept as read {_text(span)}, and the events note {_all(said)}"
            yield Broken(12, source, f"{what}; {_ASK} set its rows of this source to that")
        for span in lost(kept.get(source, ()), said):
            what = f"was noted as read {_text(span)}, and is not kept so any more"
            yield Broken(12, source, f"{what}; {_ASK} put the row back")


def _all(spans: tuple[Span, ...]) -> str:
    return ", ".join(_text(span) for span in spans) or "nothing"


def _text(span: Span) -> str:
    return f"{moment_text(span[0])[:19]}Z to {moment_text(span[1])[:19]}Z"
