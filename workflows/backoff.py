"""When a failed delivery is tried again, and when it is given up: pure arithmetic."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

FIRST = timedelta(seconds=2)
CEILING = timedelta(minutes=5)
COSMETIC_CEILING = timedelta(minutes=30)
UNSETTLED = timedelta(seconds=10)


class Trouble(StrEnum):
    """Why a send failed, in the classes that are treated differently."""

    TRANSIENT = "transient"
    AMBIGUOUS = "ambiguous"
    RATE_LIMITED = "rate-limited"
    WRONG_ADDRESS = "wrong-address"
    BAD_CONTENT = "bad-content"
    LOST_AUTHORITY = "lost-authority"
    REFUSED = "refused"  # a no about this one change: asked again after a while, and no try
    POISON = "poison"


# Tries that count before a row is given up. With full jitter below five minutes a try costs 150 s on
# average, so 700 take 29 hours, and 24 hours of outage alone never spend them (that is 8 standard deviations
# away). Rate limits and lost authority are no tries at all.
TRIES: Mapping[Trouble, int] = {
    Trouble.TRANSIENT: 700,
    Trouble.AMBIGUOUS: 700,
    Trouble.WRONG_ADDRESS: 1,
    Trouble.BAD_CONTENT: 1,
    Trouble.POISON: 8,
}


def backoff(attempts: int, rand: float, cosmetic: bool = False) -> timedelta:
    """How long to wait after try number `attempts` (1, 2, …): full jitter over 2 s, 4 s, … up to 5 min.

    `rand` is in [0, 1). Cosmetic rows wait up to 30 min.
    """
    ceiling = COSMETIC_CEILING if cosmetic else CEILING
    doubled: timedelta = FIRST * 2 ** min(max(attempts, 1) - 1, 20)
    return min(ceiling, doubled) * rand


def given_up(trouble: Trouble, attempts: int) -> bool:
    """Whether try number `attempts` was the last one for that trouble."""
    return trouble in TRIES and attempts >= TRIES[trouble]
