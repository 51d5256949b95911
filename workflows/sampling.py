"""Drawing a sample that anybody can draw again with plain tools. Pure.

Method: for each key the SHA-256 of `SEED:KEY` in hex; in the order of these, the first N. With a file of keys:

    while read k; do
        printf '%s %s\\n' "$(printf '%s:%s' SEED "$k" | sha256sum | cut -c1-64)" "$k"
    done < keys | sort | head -N
"""

import hashlib
from collections.abc import Iterable, Mapping

METHOD = "the first N by the SHA-256 of SEED:KEY in hexadecimal"


def place(key: str, seed: str) -> str:
    """By what a key is ordered."""
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def sample(keys: Iterable[str], *, size: int, seed: str) -> tuple[str, ...]:
    """`size` of the keys, or all when there are fewer; the same for the same seed and keys. ValueError: size < 0."""
    if size < 0:
        raise ValueError("a sample has no negative size")
    return tuple(sorted(set(keys), key=lambda key: (place(key, seed), key))[:size])


def by_kind(keys: Mapping[str, Iterable[str]], *, size: int, seed: str) -> dict[str, tuple[str, ...]]:
    """A sample of each kind, `size` shared out by their numbers (largest remainder), none of a kind left out.

    Raises ValueError when there are more kinds than places.
    """
    there = {kind: sorted(set(some)) for kind, some in keys.items()}
    there = {kind: some for kind, some in there.items() if some}
    total = sum(map(len, there.values()))
    if size >= total:
        return {kind: sample(some, size=len(some), seed=seed) for kind, some in there.items()}
    if size < len(there):
        raise ValueError(f"{size} places for {len(there)} kinds")
    exact = {kind: size * len(some) / total for kind, some in there.items()}
    shares = {kind: max(1, int(share)) for kind, share in exact.items()}
    while sum(shares.values()) > size:
        most = max((k for k in shares if shares[k] > 1), key=lambda kind: (shares[kind] - exact[kind], kind))
        shares[most] -= 1
    for kind in sorted(exact, key=lambda kind: (shares[kind] - exact[kind], kind)):
        if sum(shares.values()) < size and shares[kind] < len(there[kind]):
            shares[kind] += 1
    return {kind: sample(some, size=shares[kind], seed=seed) for kind, some in there.items()}
