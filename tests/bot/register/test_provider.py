"""What an id_token must say before anybody is let in: each claim that is wrong lets nobody in."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.register.provider import Attempt, Provider, Refused, Unavailable, slack_id
from tests.bot.register.doorway import signing_key
from tests.loopback import served

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
ACCESS = "xoxp-1"
SLACK = Provider("https://slack.com", "123.456", "secret", "https://changes.example.com/back")
HALF = base64.urlsafe_b64encode(hashlib.sha256(ACCESS.encode()).digest()[:16]).rstrip(b"=").decode()
GOOD = {
    "iss": "https://slack.com",
    "aud": "123.456",
    "sub": "UDEV",
    "exp": AT + 300,
    "iat": AT,
    "auth_time": AT,
    "nonce": "n-1",
    "at_hash": HALF,
    "https://slack.com/user_id": "UDEV",
    "https://slack.com/team_id": "T0OURS",
}
KEYS = {"keys": [signing_key().as_dict(private=False)]}
GONE = object()


def token(key: Any = None, alg: str = "RS256", **claims: Any) -> dict[str, Any]:
    """Slack's answer with these claims; `GONE` leaves one out."""
    told = {name: value for name, value in (GOOD | claims).items() if value is not GONE}
    signed = jwt.encode(
        {"alg": alg, "kid": signing_key().kid or ""}, told, key or signing_key(), algorithms=["RS256", "HS256", "none"]
    )
    return {"access_token": ACCESS, "token_type": "Bearer", "id_token": signed}


def who(answer: dict[str, Any], **more: Any) -> str:
    given: dict[str, Any] = {"nonce": "n-1", "team": "T0OURS", "now": NOW}
    return slack_id(answer, more.pop("keys", KEYS), SLACK, **given | more)


def test_what_slack_signed_for_us_names_the_account() -> None:
    assert who(token()) == "UDEV"
    assert who(token(exp=AT - 59)) == "UDEV"  # clocks differ a little


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://slack.com.evil.example"},
    "an issuer with a slash": {"iss": "https://slack.com/"},
    "no issuer": {"iss": GONE},
    "for another app": {"aud": "999.999"},
    "for another app, passed on to us": {"aud": "999.999", "azp": "123.456"},
    "for us, passed on to another": {"azp": "999.999"},
    "no audience": {"aud": GONE},
    "another attempt's nonce": {"nonce": "n-2"},
    "no nonce": {"nonce": GONE},
    "an empty nonce": {"nonce": ""},
    "over": {"exp": AT - 61},
    "without an end": {"exp": GONE},
    "an end that is no time": {"exp": "tomorrow"},
    "from the future": {"iat": AT + 3600},
    "not valid yet": {"nbf": AT + 3600},
    "without a beginning": {"iat": GONE},
    "of another access token": {"at_hash": "x" * 22},
    "another team's": {"https://slack.com/team_id": "T0THEIRS"},
    "no team": {"https://slack.com/team_id": GONE},
    "no user": {"https://slack.com/user_id": GONE},
    "a user that is not the subject": {"https://slack.com/user_id": "UCTO"},
    "no subject": {"sub": GONE},
    "a user that is no text": {"https://slack.com/user_id": ["UDEV"], "sub": ["UDEV"]},
    "a user that is empty": {"https://slack.com/user_id": "", "sub": ""},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_claim_lets_nobody_in(claims: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        who(token(**claims))


def _unsigned() -> dict[str, Any]:
    return token() | {"id_token": ".".join([*token(alg="RS256")["id_token"].split(".")[:2], ""])}


def _turned() -> dict[str, Any]:
    head, body, mac = token()["id_token"].split(".")
    return {"id_token": f"{head}.{body}.{('B' if mac[0] == 'A' else 'A') + mac[1:]}"}


def _by_public_key() -> dict[str, Any]:
    pem = signing_key().as_pem(private=False)
    head = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=").decode()
    body = token()["id_token"].split(".")[1]
    mac = hmac.new(pem, f"{head}.{body}".encode(), hashlib.sha256).digest()
    return {"id_token": f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"}


def _none() -> dict[str, Any]:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return {"id_token": f"{head}.{token()['id_token'].split('.')[1]}."}


FORGED: dict[str, dict[str, Any]] = {
    "no token at all": {},
    "a token that is null": {"id_token": None},
    "no token but words": {"id_token": "hello"},
    "three dots": {"id_token": "..."},
    "without its signature": _unsigned(),
    "with another signature": _turned(),
    "by another key under the same name": token(key=RSAKey.generate_key(2048)),
    "by the public key as a password": _by_public_key(),
    "by nobody": _none(),
    "by a password": token(key=OctKey.generate_key(256), alg="HS256"),
}


@pytest.mark.parametrize("answer", FORGED.values(), ids=FORGED.keys())
def test_a_token_that_slack_did_not_sign_lets_nobody_in(answer: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        who(answer)


@pytest.mark.parametrize("keys", [{}, {"keys": []}, [], None, "x", {"keys": [{"kty": "RSA"}]}])
def test_keys_that_are_none_let_nobody_in(keys: Any) -> None:
    with pytest.raises(Refused):
        who(token(), keys=keys)


DEEP = "[" * 100_000
ANSWERS = {
    "too deep": ("token", DEEP),
    "no time": ("token", '{"access_token": "x", "expires_at": {}, "id_token": "x"}'),
    "no object": ("token", "[]"),
    "keys that are too deep": ("keys", DEEP),
    "a configuration that is too deep": ("configuration", DEEP),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_issuer_that_answers_otherwise_than_documented_is_away(case: str) -> None:
    which, body = ANSWERS[case]

    async def answer(request: Request) -> Response:
        at = str(request.base_url).rstrip("/")
        names = {"authorization_endpoint": f"{at}/a", "token_endpoint": f"{at}/token", "jwks_uri": f"{at}/keys"}
        good = {"token": token(), "keys": KEYS, "configuration": {"issuer": at} | names}
        asked = request.url.path.rpartition("/")[2].rpartition("-")[2]
        return Response(body if asked == which else json.dumps(good[asked]), media_type="application/json")

    with served(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as at:
        issuer = Provider(at, "123.456", "secret", "https://changes.example.com/back")
        with pytest.raises(Unavailable):
            issuer.identity("c", Attempt("s", "n-1", "v" * 64), team="T0OURS", now=NOW)


def test_while_our_own_team_is_not_known_nobody_is_let_in() -> None:
    with pytest.raises(Refused):
        who(token(**{"https://slack.com/team_id": ""}), team="")
