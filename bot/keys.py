"""Where randomness comes from: ids and salts. Everything else is given them as arguments."""

import os


def new_id() -> str:
    """Return a fresh id: 32 hex digits, 128 random bits."""
    return os.urandom(16).hex()


def salt() -> bytes:
    """Return a fresh salt of 32 random bytes for one text commitment."""
    return os.urandom(32)


def fraction() -> float:
    """Return a random number in [0, 1) for spreading retries."""
    return int.from_bytes(os.urandom(7), "big") / 2**56
