"""A REST request that GitHub refuses."""

from __future__ import annotations

from bot.playground.github.records import Json

DOCS = "https://docs.github.com/rest"


class GitHubError(Exception):
    """The refusal, with its HTTP status and GitHub's message."""

    def __init__(self, status: int, message: str, errors: list[Json] | list[str] | None = None) -> None:
        """Keep what the answer is made of."""
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors

    def body(self) -> Json:
        """Return the answer as GitHub words it."""
        kept: Json = {"message": self.message, "documentation_url": DOCS, "status": str(self.status)}
        return kept if self.errors is None else {**kept, "errors": self.errors}


def missing() -> GitHubError:
    """Return what GitHub says of anything that is not there, or that the token may not see."""
    return GitHubError(404, "Not Found")


def invalid(resource: str, field: str, code: str = "invalid") -> GitHubError:
    """Return the refusal of one field of a request."""
    return GitHubError(422, "Validation Failed", [{"resource": resource, "field": field, "code": code}])
