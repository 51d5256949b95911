"""GitHub's own address of an account that hides its real one: `123+login@users.noreply.github.com`."""

import re

NOREPLY = "@users.noreply.github.com"
_NUMBERED = re.compile(r"([1-9]\d{0,17})\+[^@]*" + re.escape(NOREPLY), re.ASCII)


def numbered(email: str | None) -> int | None:
    """The account id that such an address names; None: it names none. A commit may claim any."""
    found = _NUMBERED.fullmatch((email or "").strip().lower())
    return int(found[1]) if found else None
