"""A request that PagerDuty refuses."""

from __future__ import annotations

from bot.playground.pagerduty.records import Json


class PagerDutyError(Exception):
    """The refusal, with its HTTP status and PagerDuty's own code and words."""

    def __init__(self, status: int, code: int, message: str, *errors: str) -> None:
        """Keep what the answer is made of."""
        super().__init__(message)
        self.status, self.code, self.message, self.errors = status, code, message, errors

    def body(self) -> Json:
        """Return the answer as PagerDuty words it."""
        kept: Json = {"message": self.message, "code": self.code}
        return {"error": {**kept, "errors": list(self.errors)} if self.errors else kept}


class EventError(PagerDutyError):
    """The refusal of an event, which PagerDuty words otherwise."""

    def __init__(self, *errors: str) -> None:
        """Keep what is wrong with the event."""
        super().__init__(400, 0, "Event object is invalid", *errors)

    def body(self) -> Json:
        """Return the answer as the events API words it."""
        return {"status": "invalid event", "message": self.message, "errors": list(self.errors)}


def missing() -> PagerDutyError:
    """Return what is said of anything that is not there."""
    return PagerDutyError(404, 2100, "Not Found")


def invalid(*errors: str) -> PagerDutyError:
    """Return the refusal of what was sent."""
    return PagerDutyError(400, 2001, "Invalid Input Provided", *errors)


def unauthorized() -> PagerDutyError:
    """Return what is said to a token that is none, or none any more."""
    return PagerDutyError(401, 2006, "Unauthorized")


def forbidden() -> PagerDutyError:
    """Return what is said to a token that may not do this."""
    return PagerDutyError(403, 2010, "Access Denied")
