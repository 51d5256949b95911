"""A request that Jira refuses."""

from __future__ import annotations

from bot.playground.jira.records import Json

NO_ISSUE = "Issue does not exist or you do not have permission to see it."


class JiraError(Exception):
    """The refusal, with its HTTP status, messages, and what is wrong with single fields by id."""

    def __init__(self, status: int, message: str = "", errors: dict[str, str] | None = None) -> None:
        """Keep what the answer is made of."""
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors or {}

    def body(self) -> Json:
        """Return the answer as Jira words it."""
        return {"errorMessages": [self.message] if self.message else [], "errors": self.errors}


def missing(message: str = NO_ISSUE) -> JiraError:
    """Return what Jira says of an issue that is not there, or that one may not see."""
    return JiraError(404, message)


def invalid(field: str, message: str) -> JiraError:
    """Return the refusal of one field of a request."""
    return JiraError(400, errors={field: message})
