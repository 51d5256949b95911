"""Stretches of time in which a source was read: as a table keeps them, and as events noted them. Pure.

What is kept beside the events counts only as far as they bear it out: each stretch up to where it was noted, the newest
up to a day further, because not every minute is noted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]

UNNOTED = timedelta(days=1)
"""How far the newest stretch may have grown since it was noted; as soon as it has, it is noted again."""


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same stretches in order, those that touch as one."""
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return tuple(found)


def counted(kept: Iterable[Span], noted: Sequence[Span]) -> tuple[Span, ...]:
    """What counts as read: the least of what is kept and what was noted, with the newest stretch's last day."""
    spans = [
        (max(since, begin), min(until, end))
        for since, until in kept
        for begin, end in _borne_out(noted, since)
        if max(since, begin) <= min(until, end)
    ]
    return joined(spans)


def due(spans: Iterable[Span], noted: Sequence[Span]) -> bool:
    """Whether these are to be noted: one is new, begins earlier, closes a gap, or has grown by a day."""
    return any(grown is None or grown >= UNNOTED for grown in _grown(spans, noted))


def beyond(kept: Iterable[Span], noted: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches that say more than was noted, and than can have been read since."""
    spans = joined(kept)
    return tuple(
        span
        for span, grown in zip(spans, _grown(spans, noted), strict=True)
        if grown is None or grown > UNNOTED
    )  # fmt: skip


def lost(kept: Iterable[Span], noted: Iterable[Span]) -> tuple[Span, ...]:
    """The stretches that were noted and are not kept, or not whole."""
    spans = joined(kept)
    return tuple((a, b) for a, b in joined(noted) if not any(since <= a and b <= until for since, until in spans))


def gaps(read: Iterable[Span], since: datetime, until: datetime) -> tuple[Span, ...]:
    """What of [since, until) is in none of these stretches, in order."""
    found: list[Span] = []
    at = since
    for begin, end in joined(read):
        if begin >= until:
            break
        if end > at:
            found += [(at, begin)] if begin > at else []
            at = end
    return tuple([*found, (at, until)] if at < until else found)


def within(spans: Iterable[Span], since: datetime, until: datetime) -> tuple[Span, ...]:
    """What of these stretches lies in [since, until)."""
    return tuple((max(a, since), min(b, until)) for a, b in joined(spans) if a < until and b > since)


def _borne_out(noted: Sequence[Span], since: datetime) -> Iterable[Span]:
    """How far each noted stretch bears out one that begins at `since`: what begins after a gap is no growth."""
    for n, (begin, end) in enumerate(noted):
        grows = n == len(noted) - 1 and since <= end
        yield begin, end + UNNOTED if grows else end


def _grown(spans: Iterable[Span], noted: Sequence[Span]) -> Iterable[timedelta | None]:
    """How far each stretch goes beyond the noted one that it is of; None: it is of none, or of more than one."""
    for since, until in spans:
        of = [n for n, (begin, end) in enumerate(noted) if begin <= since <= end]
        if not of:
            yield None
            continue
        grown = max(until - noted[of[0]][1], timedelta(0))
        yield grown if not grown or of[0] == len(noted) - 1 else None
