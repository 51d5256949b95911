"""Sign in with Slack: OpenID Connect by Authlib, and what an id_token must say before anybody is let in.

Slack docs, "Sign in with Slack": issuer https://slack.com, RS256, client_secret_post. OpenID Connect Core 3.1.3.7.
PKCE is used where the issuer's configuration offers it, as RFC 8414 has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.settings import Settings

SCOPE = "openid profile"
ALGORITHMS = ["RS256"]
TIMEOUT = 5.0
LEEWAY = 60
UNREADABLE = (httpx2.HTTPError, ValueError, TypeError, RecursionError)  # no answer, or one that is not as documented
TEAM, USER = "https://slack.com/team_id", "https://slack.com/user_id"


class Unavailable(Exception):
    """Slack does not answer, or not as documented: nothing is known."""


class Refused(Exception):
    """Slack, or what it signed, does not say what lets somebody in; the message is a code for the log."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was asked with: none of it can be guessed, and all of it must come back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Slack as an issuer of identities. `issuer`: without a slash at the end; `redirect`: where browsers come back."""

    issuer: str
    client_id: str
    client_secret: str
    redirect: str

    def way_there(self, attempt: Attempt) -> str:
        """The address to which a browser is sent. Raises Unavailable."""
        told = self.configuration()
        more = {"code_verifier": attempt.verifier} if _offers_pkce(told) else {}
        with self._client(pkce=bool(more)) as client:
            url, _ = client.create_authorization_url(
                told["authorization_endpoint"], state=attempt.state, nonce=attempt.nonce, **more
            )
        return str(url)

    def identity(self, code: str, attempt: Attempt, *, team: str, now: datetime) -> str:
        """The Slack id of who came back with this code. Raises Refused and Unavailable."""
        told = self.configuration()
        more = {"code_verifier": attempt.verifier} if _offers_pkce(told) else {}
        try:
            with self._client(pkce=bool(more)) as client:
                token = client.fetch_token(told["token_endpoint"], code=code, **more)
            keys = _fetched(told["jwks_uri"])
        except AuthlibBaseError as refused:
            raise Refused(refused.error or "refused") from None
        except UNREADABLE as fault:
            raise Unavailable(type(fault).__name__) from None
        return slack_id(token, keys, self, nonce=attempt.nonce, team=team, now=now)

    def _client(self, *, pkce: bool) -> OAuth2Client:
        return OAuth2Client(
            self.client_id,
            self.client_secret,
            scope=SCOPE,
            redirect_uri=self.redirect,
            token_endpoint_auth_method="client_secret_post",
            code_challenge_method="S256" if pkce else None,
            timeout=TIMEOUT,
        )

    def configuration(self) -> Mapping[str, Any]:
        """What the issuer says of itself; every address of it is its own. Raises Unavailable."""
        try:
            told = _fetched(f"{self.issuer}/.well-known/openid-configuration")
        except UNREADABLE as fault:
            raise Unavailable(type(fault).__name__) from None
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if not isinstance(told, dict) or told.get("issuer") != self.issuer:
            raise Unavailable("another issuer")
        if not all(str(told.get(name)).startswith(f"{self.issuer}/") for name in names):
            raise Unavailable("addresses of others")
        return told


def of(settings: Settings) -> Provider | None:
    """Slack as these settings know it, where everything that it takes is set."""
    if not (settings.slack_client_id and settings.slack_client_secret and settings.public_url):
        return None
    return Provider(
        settings.slack_api_url.removesuffix("/api/"),
        settings.slack_client_id,
        settings.slack_client_secret,
        f"{settings.public_url.rstrip('/')}/register/signin/slack/back",
    )


def slack_id(token: Mapping[str, Any], keys: Any, provider: Provider, *, nonce: str, team: str, now: datetime) -> str:
    """The Slack id that the id_token of this answer vouches for, to us, now, for this attempt, in our team.

    Raises Refused for whatever is not so, with the name of the claim.
    """
    try:
        found = jwt.decode(str(token.get("id_token")), KeySet.import_key_set(keys), algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as fault:
        raise Refused(f"id_token: {type(fault).__name__}") from None
    asked = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
        "sub": {"essential": True},
    }
    given = {"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token")}
    claims = CodeIDToken(found.claims, found.header, asked, given)
    try:
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except (JoseError, AuthlibBaseError) as fault:
        raise Refused(f"claims: {getattr(fault, 'claim', None) or type(fault).__name__}") from None
    except (TypeError, ValueError) as fault:
        raise Refused(f"claims: {type(fault).__name__}") from None
    who = claims.get(USER)
    if not team or claims.get(TEAM) != team:
        raise Refused("claims: team")
    if not isinstance(who, str) or not who or who != claims.get("sub"):
        raise Refused("claims: user")
    return who


def _fetched(address: str) -> Any:
    return httpx2.get(address, timeout=TIMEOUT).raise_for_status().json()


def _offers_pkce(told: Mapping[str, Any]) -> bool:
    methods = told.get("code_challenge_methods_supported")
    return isinstance(methods, list) and "S256" in methods
