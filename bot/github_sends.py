"""What is asked of GitHub by the gate, and what its silence and its refusals mean for a delivery."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeVar

from bot.delivery import Sending
from bot.slack_errors import PAUSE, SendFailed
from workflows.backoff import Trouble
from workflows.links import Rejected, Unavailable

LIMITED, NOT_YET = "rate-limited", "nothing-to-approve"
T = TypeVar("T")


class Fetched(Protocol):
    """A run as GitHub shows it now, and who started this attempt of it."""

    @property
    def sha(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def conclusion(self) -> str | None: ...
    @property
    def environments(self) -> tuple[str, ...]: ...
    @property
    def triggering_actor(self) -> str: ...


class Said(Protocol):
    """An entry of a run's review history."""

    @property
    def environments(self) -> tuple[str, ...]: ...
    @property
    def state(self) -> str: ...
    @property
    def comment(self) -> str: ...


class Link(Protocol):
    """What is asked of `workflows.links.github.GitHub` here."""

    def run(self, repository: str, run: int) -> Fetched: ...
    def approvals(self, repository: str, run: int) -> tuple[Said, ...]: ...
    def verdict(self, repository: str, run: int, environment: str, *, approve: bool, comment: str) -> None: ...
    def report(self, repository: str, run: int, environment: str, comment: str) -> None: ...
    def commit_status(
        self, repository: str, sha: str, context: str, state: str, description: str, target_url: str | None = None
    ) -> None: ...


def asked(question: Callable[[], T]) -> T:
    """The answer of a question that changes nothing. Raises SendFailed when there is none, Rejected."""
    try:
        return question()
    except Unavailable as silent:
        raise _silent(silent, Trouble.TRANSIENT) from None


def posted(sending: Sending, post: Callable[[], None]) -> None:
    """Send what changes something: it may have arrived although no answer came. Raises SendFailed."""

    def send() -> None:
        try:
            post()
        except Unavailable as silent:
            not_yet = silent.why == NOT_YET
            raise _silent(silent, Trouble.TRANSIENT if not_yet else Trouble.AMBIGUOUS) from None
        except Rejected as no:
            raise refused(no) from None

    sending(send)


def _silent(silent: Unavailable, trouble: Trouble) -> SendFailed:
    wait = timedelta(seconds=silent.retry_after)
    return SendFailed(Trouble.RATE_LIMITED if silent.why == LIMITED else trouble, silent.why, wait)


def refused(no: Rejected) -> SendFailed:
    """A no: something is missing that only an operator can give, such as a permission. Tried each minute."""
    return SendFailed(Trouble.LOST_AUTHORITY, f"{no.status} {no.why}"[:200], PAUSE)
