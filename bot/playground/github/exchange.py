"""One request and its answer, for whoever checks them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Exchange:
    """A REST request as it came and the answer it got; `handled` is False when a fault answered instead."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes
    handled: bool
