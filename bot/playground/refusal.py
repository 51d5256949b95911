"""How the stand-in says no."""

from __future__ import annotations

from bot.playground.records import Json


class SlackError(Exception):
    """The Web API refuses: `error` is Slack's name for why, `extra` further fields of the answer."""

    def __init__(self, error: str, **extra: object) -> None:
        """Keep the name and the further fields."""
        super().__init__(error)
        self.error = error
        self.extra = extra

    def body(self) -> Json:
        """Return the answer as JSON."""
        return {"ok": False, "error": self.error, **self.extra}


def malformed(error: str, messages: list[str]) -> SlackError:
    """Return a refusal that lists what is wrong with the arguments, as Slack lists it."""
    metadata = {"messages": [f"[ERROR] {message}" for message in messages]}
    if error == "invalid_blocks":
        return SlackError(error, errors=messages, response_metadata=metadata)
    return SlackError(error, response_metadata=metadata)
