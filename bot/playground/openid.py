"""Sign in with Slack, as the stand-in speaks it: OpenID Connect, with the claims that Slack documents.

Whoever looks at the page of the authorization chooses as whom they agree; the real one knows from its own session.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from joserfc import jwt
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.playground import faults
from bot.playground.faults import API_KINDS
from bot.playground.records import Json, Person
from bot.playground.refusal import SlackError
from bot.playground.sign_in import Code, SignIn
from bot.playground.state import State

LIFE = 600.0
"""Seconds for which a code is good."""
TOKEN_LIFE = 300
SCOPES = ("openid", "profile", "email")
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
STYLE = (
    "body{font:16px/1.5 system-ui;max-width:30rem;margin:3rem auto;padding:0 1rem}button{min-height:44px;font:inherit}"
)


class OpenId:
    """The endpoints."""

    def __init__(self, state: State) -> None:
        """Serve the people of this workspace to the app that `state.sign_in` describes."""
        self.state = state

    @property
    def app(self) -> SignIn:
        """The app that people sign in to."""
        return self.state.sign_in

    def routes(self) -> list[Route]:
        """Where Slack has them."""
        return [
            Route("/.well-known/openid-configuration", self.configuration),
            Route("/openid/connect/authorize", self.ask),
            Route("/openid/connect/authorize", self.agree, methods=["POST"]),
            Route("/openid/connect/keys", self.keys),
            Route("/api/openid.connect.token", self.token, methods=["POST"]),
            Route("/api/openid.connect.userInfo", self.who, methods=["GET", "POST"]),
        ]

    async def configuration(self, request: Request) -> Response:
        """Say where everything is."""
        if faults.take(self.state.faults, API_KINDS, "openid.connect.configuration"):
            return Response(status_code=503)
        base = self.state.base_url
        told: Json = {
            "issuer": base,
            "authorization_endpoint": f"{base}/openid/connect/authorize",
            "token_endpoint": f"{base}/api/openid.connect.token",
            "userinfo_endpoint": f"{base}/api/openid.connect.userInfo",
            "jwks_uri": f"{base}/openid/connect/keys",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["form_post"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "auth_time", "iss"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
        if self.app.pkce:
            told["code_challenge_methods_supported"] = ["S256"]
        return JSONResponse(told)

    async def ask(self, request: Request) -> Response:
        """Show who may agree."""
        given = dict(request.query_params)
        wrong = self._wrong(given)
        if wrong:
            return HTMLResponse(f"<h1>Something went wrong</h1><p>{escape(wrong)}</p>", 400, HEADERS)
        kept = "".join(f'<input type=hidden name="{escape(n)}" value="{escape(v)}">' for n, v in given.items())
        people = [one for one in self.state.people.values() if not one.is_bot and not one.deleted]
        choices = "".join(
            f'<p><button name=user value="{escape(one.id)}">Continue as {escape(one.real_name)}</button>'
            for one in people
        )
        cancel = '<p><button name=user value="">Cancel</button>'
        page = (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>Sign in with Slack</title><style>{STYLE}</style>"
        )
        page += f"<main><h1>Pretend Slack: who are you?</h1><form method=post>{kept}{choices}{cancel}</form></main>"
        return HTMLResponse(page, headers=HEADERS)

    async def agree(self, request: Request) -> Response:
        """Send the browser back, with a code or with a no."""
        given = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        person = self.state.people.get(given.get("user", ""))
        if self._wrong(given):
            return HTMLResponse("<h1>Something went wrong</h1>", 400, HEADERS)
        back = {"state": given.get("state", "")}
        if person is None or person.deleted:
            return RedirectResponse(f"{given['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}", 302)
        code = secrets.token_hex(24)
        self.app.codes[code] = Code(
            person.id,
            given.get("nonce", ""),
            given["redirect_uri"],
            given.get("code_challenge", ""),
            self.state.real(),
        )
        return RedirectResponse(f"{given['redirect_uri']}?{urlencode({'code': code} | back)}", 302)

    def _wrong(self, given: dict[str, str]) -> str | None:
        if not self.app.client_id or given.get("client_id") != self.app.client_id:
            return "invalid_client_id"
        if given.get("redirect_uri") not in self.app.redirects:
            return "redirect_uri did not match any configured URIs"
        if given.get("response_type") != "code" or "openid" not in given.get("scope", "").replace(",", " ").split():
            return "invalid_scope"
        return "invalid_code_challenge_method" if given.get("code_challenge_method", "S256") != "S256" else None

    async def keys(self, request: Request) -> Response:
        """Give the public key."""
        key = await run_in_threadpool(lambda: self.app.key)
        return JSONResponse({"keys": [key.as_dict(private=False)]})

    async def token(self, request: Request) -> Response:
        """Take a code, once."""
        if faults.take(self.state.faults, API_KINDS, "openid.connect.token"):
            return Response(status_code=503)
        given = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        try:
            code = self._taken(given, request.headers.get("authorization", ""))
        except SlackError as refusal:
            return JSONResponse(refusal.body())
        access = f"xoxp-{secrets.token_hex(16)}"
        self.app.tokens[access] = code.user
        claims = self.claims(self.state.people[code.user], code.nonce, access)
        key = await run_in_threadpool(lambda: self.app.key)
        signed = jwt.encode({"typ": "JWT", "alg": "RS256", "kid": str(key.kid)}, claims, key)
        return JSONResponse({"ok": True, "access_token": access, "token_type": "Bearer", "id_token": signed})

    def _taken(self, given: dict[str, str], header: str) -> Code:
        if header.startswith("Basic "):
            name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            given = given | {"client_id": name, "client_secret": secret}
        if given.get("client_id") != self.app.client_id:
            raise SlackError("invalid_client_id")
        if not secrets.compare_digest(given.get("client_secret", ""), self.app.client_secret):
            raise SlackError("bad_client_secret")
        code = self.app.codes.get(given.get("code", ""))
        if code is None or self.state.real() - code.born > LIFE:
            raise SlackError("invalid_code")
        if code.used:
            raise SlackError("code_already_used")
        code.used = True
        if given.get("redirect_uri") != code.redirect:
            raise SlackError("bad_redirect_uri")
        if code.challenge and _challenge(given.get("code_verifier", "")) != code.challenge:
            raise SlackError("invalid_code_verifier")
        return code

    async def who(self, request: Request) -> Response:
        """Tell who a token is of."""
        user = self.app.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if user is None:
            return JSONResponse(SlackError("invalid_auth").body())
        return JSONResponse({"ok": True, **self._about(self.state.people[user])})

    def claims(self, person: Person, nonce: str, access: str) -> Json:
        """Return what an id_token says."""
        now = int(self.state.real())
        half = hashlib.sha256(access.encode()).digest()[:16]
        told: Json = {
            "iss": self.state.base_url,
            "aud": self.app.client_id,
            "exp": now + TOKEN_LIFE,
            "iat": now,
            "auth_time": now,
            "nonce": nonce,
            "at_hash": _plain(half),
        }
        return told | self._about(person)

    def _about(self, person: Person) -> dict[str, Any]:
        return {
            "sub": person.id,
            "https://slack.com/user_id": person.id,
            "https://slack.com/team_id": person.team_id,
            "email": person.email,
            "email_verified": True,
            "locale": "en-US",
            "name": person.real_name,
            "given_name": person.real_name.partition(" ")[0],
            "family_name": person.real_name.partition(" ")[2],
            "https://slack.com/team_name": self.state.team_name,
            "https://slack.com/team_domain": self.state.team_domain,
        }


def _challenge(verifier: str) -> str:
    return _plain(hashlib.sha256(verifier.encode()).digest())


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
