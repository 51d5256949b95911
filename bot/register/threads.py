"""The threads in which the register works: few, and its own, so that whoever reads never keeps the gate waiting."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

P = ParamSpec("P")
T = TypeVar("T")
MOST = CapacityLimiter(8)
"""Fewer than there are connections to the database in a process, of which the gate and Slack need some."""


async def run(work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """Do it in one of the threads, as soon as one is free."""
    return await to_thread.run_sync(partial(work, *args, **more), limiter=MOST)


async def streamed(pieces: Iterator[T]) -> AsyncIterator[T]:
    """Yield the pieces, each made in one of the threads; none is kept while a slow reader takes a piece."""
    end = object()
    while (piece := await run(next, pieces, end)) is not end:
        yield piece  # type: ignore[misc]
