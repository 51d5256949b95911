"""What a link to another service raises: it could not be reached, or it said no."""


class Unavailable(Exception):
    """No answer, or none now; asking again later may help. `retry_after`: seconds to wait first, as far as is known.

    `why` is short and plain: "timeout", "no-connection", "rate-limited", "503".
    """

    def __init__(self, why: str, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after


_PASSING = frozenset({"timeout", "no-connection", "rate-limited", "no-answer", "no-json", "no-list", "pages-missing"})


def passing(why: str) -> bool:
    """Whether the reason why a part of a reading is unknown is likely to be gone soon."""
    return why in _PASSING or (len(why) == 3 and why.startswith("5") and why.isdigit())


def keepable(text: object, most: int = 255) -> str:
    """What a peer calls something, as it can be kept: no half of a character, at most `most` characters."""
    return str(text).replace("\0", "").encode(errors="ignore").decode()[:most]


class Rejected(Exception):
    """An answer, and it is no; asking again the same way does not help. `status` 0: it was not even asked."""

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.status = status
