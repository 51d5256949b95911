"""Who asks: the App with a JWT, an installation with its token, or a person with theirs."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import jwt

from bot.playground.github.events import installed
from bot.playground.github.records import Json, Repository
from bot.playground.github.refusal import GitHubError, invalid, missing
from bot.playground.github.shape_people import PERMISSIONS
from bot.playground.github.shape_repository import full
from bot.playground.github.traffic import Token
from bot.playground.github.world import World, stamp

LIFETIME = 3600.0
"""Seconds an installation token is good for."""

LONGEST = 600
"""Seconds a JWT may be good for (GitHub docs: generating a JWT for a GitHub App)."""

SKEW = 60
"""Seconds the clocks may differ."""


def bearer(header: str) -> str:
    """Return the token of an Authorization header: GitHubError 401 without one."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() not in ("bearer", "token") or not token.strip():
        raise GitHubError(401, "Requires authentication")
    return token.strip()


def as_app(world: World, header: str) -> None:
    """Accept only a JWT of the App: RS256, its own id, signed with its key, good for ten minutes at most."""
    ours, now = world.install, world.real()
    try:
        if ours is None:
            raise jwt.InvalidTokenError
        checks = {"verify_exp": False, "verify_iat": False, "verify_iss": False, "require": ["exp", "iat", "iss"]}
        claims = jwt.decode(bearer(header), ours.public_key, algorithms=["RS256"], options=checks)  # type: ignore[arg-type]
    except jwt.MissingRequiredClaimError as absent:
        raise GitHubError(401, f"Missing '{absent.claim}' claim in assertion") from absent
    except jwt.InvalidTokenError as broken:
        raise GitHubError(401, "A JSON web token could not be decoded") from broken
    if str(claims["iss"]) != ours.app_id:
        raise GitHubError(404, "Integration not found")
    if claims["exp"] <= now - SKEW:
        raise GitHubError(401, "'Expiration time' claim ('exp') must be a numeric value in the future")
    if claims["exp"] > now + LONGEST + SKEW:
        raise GitHubError(401, "'Expiration time' claim ('exp') is too far in the future")
    if claims["iat"] > now + SKEW:
        raise GitHubError(401, "'Issued at' claim ('iat') must be an Integer representing a time in the past")


def as_token(world: World, header: str) -> Token:
    """Accept an installation's or a person's token that is known and not over: GitHubError 401."""
    token = world.tokens.get(bearer(header))
    if token is None or (token.expires is not None and token.expires <= world.real()):
        raise GitHubError(401, "Bad credentials")
    return token


def repository(world: World, token: Token, full_name: str) -> Repository:
    """Return a repository this token reaches; any other is not found."""
    found = world.repositories.get(full_name.lower())
    if found is None:
        raise missing()
    if token.installation is None:
        return found
    chosen = token.repositories
    if not installed(world, found) or (chosen is not None and found.full_name.lower() not in chosen):
        raise missing()
    return found


def issue(world: World, installation: int, body: Json) -> Json:
    """Give the App a token for an hour, for all its repositories or those it names."""
    ours = world.app()
    if installation != ours.installation:
        raise missing()
    asked = body.get("permissions") or PERMISSIONS
    if any(name not in PERMISSIONS for name in asked):
        raise GitHubError(422, "The permissions requested are not granted to this installation.")
    chosen = [one for one in world.repositories.values() if installed(world, one)]
    names, ids = body.get("repositories"), body.get("repository_ids")
    limited = names is not None or ids is not None
    if limited:
        wanted = [name.lower() for name in names or ()]
        chosen = [one for one in chosen if one.full_name.split("/")[1].lower() in wanted or one.id in (ids or ())]
        if len(chosen) < len(wanted) + len(ids or ()):
            raise invalid("Repository", "repositories")
    text, expires = "ghs_" + secrets.token_hex(18), world.real() + LIFETIME
    reach = tuple(one.full_name.lower() for one in chosen) if limited or ours.repositories is not None else None
    world.tokens[text] = Token(world.bot(), installation, expires, reach)
    answer: Json = {
        "token": text,
        "expires_at": stamp(datetime.fromtimestamp(expires, UTC)),
        "permissions": dict(asked),
        "repository_selection": "all" if reach is None else "selected",
    }
    if limited:
        answer["repositories"] = [full(world, one) for one in chosen]
    return answer
