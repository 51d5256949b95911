"""What the silence and the refusals of PagerDuty and Jira mean for a delivery."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.delivery import Sending
from bot.slack_errors import PAUSE, SendFailed
from workflows.backoff import Trouble
from workflows.links import Rejected, Unavailable

LIMITED = "rate-limited"
REVOKED = 401
LATER = timedelta(minutes=10)  # until what was refused for one change is asked for again
RARELY = timedelta(days=1)
T = TypeVar("T")


def asked(question: Callable[[], T]) -> T:
    """The answer of a question that changes nothing.

    Raises SendFailed when there is none or the token is revoked; any other Rejected is the caller's to judge.
    """
    try:
        return question()
    except Unavailable as silent:
        raise _silent(silent, Trouble.TRANSIENT) from None
    except Rejected as no:
        raise_if_revoked(no)
        raise


def posted(sending: Sending, post: Callable[[], T]) -> T:
    """Send what changes something, and return the answer: it may have arrived although none came.

    Raises SendFailed when none came or the token is revoked; any other Rejected is the caller's to judge: nothing
    arrived then.
    """

    def send() -> T:
        try:
            return post()
        except Unavailable as silent:
            raise _silent(silent, Trouble.AMBIGUOUS) from None
        except Rejected as no:
            raise_if_revoked(no)
            raise

    sent: T = sending(send)
    return sent


def raise_if_revoked(no: Rejected) -> None:
    """Raise SendFailed when the peer knows our token no more; any other no is about one change only."""
    if no.status == REVOKED:
        raise SendFailed(Trouble.LOST_AUTHORITY, f"{no.status} {no.why}"[:200], PAUSE) from None


def later(closed: datetime | None, now: datetime) -> timedelta:
    """Until what was refused for one change is asked for again: ever more rarely, the longer it is closed.

    So those whom a peer will refuse for ever take no time from the others, however many they become.
    """
    return LATER if closed is None else min(max(LATER, (now - closed) / 20), RARELY)


def put_off(no: Rejected) -> SendFailed:
    """The failure of what a peer refuses for one change, and for no other: asked again every ten minutes."""
    return SendFailed(Trouble.REFUSED, f"{no.status} {no.why}"[:200], LATER)


def _silent(silent: Unavailable, trouble: Trouble) -> SendFailed:
    wait = timedelta(seconds=silent.retry_after)
    return SendFailed(Trouble.RATE_LIMITED if silent.why == LIMITED else trouble, silent.why, wait)
