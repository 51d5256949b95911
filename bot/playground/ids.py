"""Identifiers as Slack makes them."""

from __future__ import annotations

import secrets
import string

ALPHABET = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits


def new_id(prefix: str, length: int = 10) -> str:
    """Return an id such as `V0A1B2C3D4E`: the prefix and `length` characters."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


def short_id() -> str:
    """Return a block or action id as Slack gives to blocks without one."""
    return "".join(secrets.choice(LOWER) for _ in range(5))


def trigger_id() -> str:
    """Return a trigger id: digits, digits, 32 hexadecimal characters."""
    return f"{secrets.randbelow(10**13):013d}.{secrets.randbelow(10**12):012d}.{secrets.token_hex(16)}"


def url_token() -> str:
    """Return the unguessable part of a response URL."""
    return secrets.token_urlsafe(24)
