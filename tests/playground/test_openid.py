"""Sign in with Slack as the stand-in speaks it: addresses, answers and refusals as Slack documents them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from bot.playground.server import build_playground
from bot.playground.sign_in import SignIn
from bot.playground.workspace import Workspace
from tests.loopback import served
from tests.playground.small_bot import Clock, make_workspace

BACK = "https://app.example.com/back"
ASK = {
    "response_type": "code",
    "scope": "openid profile",
    "client_id": "1.2",
    "redirect_uri": BACK,
    "state": "s",
    "nonce": "n",
}


class Slack:
    """The stand-in, and whoever asks it."""

    def __init__(self, url: str, ws: Workspace) -> None:
        self.url, self.ws = url, ws

    def ask(self, **change: str) -> Any:
        return httpx2.get(f"{self.url}/openid/connect/authorize", params=ASK | change)

    def agree(self, user: str = "UCTO", **change: str) -> dict[str, str]:
        answer = httpx2.post(f"{self.url}/openid/connect/authorize", data=ASK | {"user": user} | change)
        assert answer.status_code == 302
        assert answer.headers["location"].startswith(BACK)
        return {name: one[0] for name, one in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    def take(self, code: str, **change: str) -> Any:
        given = {"client_id": "1.2", "client_secret": "x", "code": code, "redirect_uri": BACK} | change
        return httpx2.post(f"{self.url}/api/openid.connect.token", data=given).json()


@pytest.fixture(scope="module")
def slack() -> Iterator[Slack]:
    ws = make_workspace(Clock())
    ws.state.sign_in = SignIn("1.2", "x", (BACK,))
    with served(build_playground(ws)) as url:
        yield Slack(url, ws)
    ws.close()


def test_the_configuration_names_what_is_there(slack: Slack) -> None:
    told = httpx2.get(f"{slack.url}/.well-known/openid-configuration").json()
    assert told["issuer"] == slack.url
    assert told["token_endpoint"] == f"{slack.url}/api/openid.connect.token"
    assert "code_challenge_methods_supported" not in told
    assert httpx2.get(told["jwks_uri"]).json()["keys"][0].keys() >= {"kty", "n", "e", "kid"}


def test_a_person_agrees_and_the_token_says_who_it_is(slack: Slack) -> None:
    page = slack.ask()
    assert "Continue as Chris Cto" in page.text
    back = slack.agree()
    assert back["state"] == "s"
    token = slack.take(back["code"])
    keys = httpx2.get(f"{slack.url}/openid/connect/keys").json()
    claims = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=["RS256"]).claims
    assert (token["ok"], token["token_type"]) == (True, "Bearer")
    assert (claims["sub"], claims["https://slack.com/team_id"], claims["aud"]) == ("UCTO", "T0PLAYGRND", "1.2")
    assert (claims["nonce"], claims["exp"] - claims["iat"]) == ("n", 300)
    bearer = {"authorization": f"Bearer {token['access_token']}"}
    who = httpx2.post(f"{slack.url}/api/openid.connect.userInfo", headers=bearer).json()
    assert (who["ok"], who["https://slack.com/user_id"]) == (True, "UCTO")
    assert slack.take(back["code"])["error"] == "code_already_used"


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "9"},
        {"redirect_uri": "https://evil.example"},
        {"response_type": "token"},
        {"scope": "profile"},
        {"code_challenge": "x", "code_challenge_method": "plain"},
    ],
    ids=str,
)
def test_what_is_no_question_of_the_app_gets_no_page(slack: Slack, change: dict[str, str]) -> None:
    assert slack.ask(**change).status_code == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "9"}, "invalid_client_id"),
        ({"client_secret": "y"}, "bad_client_secret"),
        ({"code": "0"}, "invalid_code"),
        ({"redirect_uri": "https://app.example.com/other"}, "bad_redirect_uri"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_code_is_given_out_to_the_app_alone(slack: Slack, change: dict[str, str], error: str) -> None:
    code = slack.agree()["code"]
    assert slack.take(**{"code": code} | change) == {"ok": False, "error": error}


def test_a_challenge_is_held_against_its_verifier_and_a_no_is_told(slack: Slack) -> None:
    code = slack.agree(code_challenge="0" * 43, code_challenge_method="S256")["code"]
    assert slack.take(code, code_verifier="x" * 43)["error"] == "invalid_code_verifier"
    assert slack.agree(user="")["error"] == "access_denied"
    assert httpx2.get(f"{slack.url}/api/openid.connect.userInfo").json() == {"ok": False, "error": "invalid_auth"}
