"""What the register says no with: a status and a sentence, never a trace."""

from collections.abc import Mapping


class Wrong(Exception):
    """The page cannot be shown; the message is the sentence that people read. `status`: 400 to 499, or 503."""

    def __init__(self, words: str, status: int = 400, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.words, self.status, self.headers = words, status, dict(headers or {})


NOT_HERE = "There is nothing at this address."
NOT_SO = "This address can't be used like that."
AWAY = "The record can't be reached now, so nothing is shown. Try again in a minute."
UNREADABLE = "That is not an address I can read."
BROKEN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A fault · Countersign record</title></head>
<body><h1>A fault</h1>
<p>This page can't be shown: the fault is ours, and it is in the log. Nothing was changed. Whoever runs Countersign can
look into it.</p>
<p><a href="/register/">Overview</a></p></body></html>
"""
TITLES: Mapping[int, str] = {
    400: "Not understood",
    403: "No access",
    404: "Not here",
    405: "Not like that",
    413: "Too large",
    429: "Too many tries",
    503: "Not now",
}


def title(status: int) -> str:
    """The heading above a refusal."""
    return TITLES.get(status, "Not possible")
