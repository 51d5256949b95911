"""Which pipeline asks: `Authorization: Bearer …`, looked up among the living tokens; a no says why."""

from dataclasses import dataclass

from starlette.requests import Request

from bot.clock import Clock
from workflows import tokens
from workflows.db import Database
from workflows.tokens import Token

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Denied:
    """`status` is 401 (no token that lives) or 403 (not for this repository); `words` say it."""

    status: int
    words: str


def text(request: Request) -> str:
    """The token that came with the request; "" for none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    found = given.strip()
    return found if scheme.lower() == "bearer" and len(found) <= LONGEST else ""


def caller(db: Database, clock: Clock, given: str, repository: str) -> Token | Denied:
    """The token that asks, when it may speak for this repository. Never called on the event loop."""
    if not given:
        return Denied(401, "Send a token: Authorization: Bearer cs_…. An operator makes one with `token new`.")
    with db.read() as tx:
        token = tokens.find(tx, given)
    if token is None:
        return Denied(401, "This token is not known here, or was revoked.")
    if not token.allows(repository):
        return Denied(403, f"The token {token.name} is not for {repository}.")
    if tokens.stale(token, clock.real()):
        with db.write() as tx:
            tokens.used(tx, token, clock.real())
    return token
