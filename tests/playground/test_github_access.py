"""Who the stand-in GitHub lets in: JWTs, installation tokens, people's tokens."""

from __future__ import annotations

import time
from collections.abc import Iterator

import jwt
import pytest
import requests
from github import GithubException, UnknownObjectException

from tests.playground.small_github import APP, INSTALLATION, REPO, Stage, keys, stage

TOKENS = f"/app/installations/{INSTALLATION}/access_tokens"


@pytest.fixture(scope="module")
def made() -> Iterator[Stage]:
    """A served hub with a repository of somebody else."""
    with stage(checks=False) as one:
        one.hub.add_repository("rival/secrets")
        one.hub.commit("rival/secrets", author="bob")
        yield one


def claims(**changed: object) -> dict[str, object]:
    """Return the claims of a JWT that is in order, but for those changed; None leaves one out."""
    now = int(time.time())
    usual: dict[str, object] = {"iat": now - 60, "exp": now + 300, "iss": APP}
    return {key: value for key, value in {**usual, **changed}.items() if value is not None}


NOW = int(time.time())


@pytest.mark.parametrize(
    ("changed", "which", "status", "said"),
    [
        ({}, 0, 201, None),
        ({}, 1, 401, "A JSON web token could not be decoded"),
        ({"iss": "999"}, 0, 404, "Integration not found"),
        ({"exp": NOW - 600}, 0, 401, "'Expiration time' claim ('exp') must be a numeric value in the future"),
        ({"exp": NOW + 1200}, 0, 401, "'Expiration time' claim ('exp') is too far in the future"),
        ({"iat": NOW + 600}, 0, 401, "'Issued at' claim ('iat') must be an Integer representing a time in the past"),
        ({"exp": None}, 0, 401, "Missing 'exp' claim in assertion"),
    ],
    ids=["in order", "another key", "another app", "over", "too long", "not yet", "endless"],
)
def test_a_jwt(made: Stage, changed: dict[str, object], which: int, status: int, said: str | None) -> None:
    token = jwt.encode(claims(**changed), keys(which)[0], algorithm="RS256")
    answer = requests.post(made.url + TOKENS, headers={"Authorization": f"Bearer {token}"}, json={}, timeout=5)
    assert (answer.status_code, answer.json().get("message")) == (status, said)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({}, "Requires authentication"),
        ({"Authorization": "Basic YTpi"}, "Requires authentication"),
        ({"Authorization": "Bearer ghs_unknown"}, "Bad credentials"),
    ],
    ids=["none", "a password", "an unknown token"],
)
def test_nobody_else_comes_in(made: Stage, header: dict[str, str], said: str) -> None:
    for path in (f"/repos/{REPO}", "/users/ada", f"/repos/{REPO}/commits"):
        answer = requests.get(made.url + path, headers=header, timeout=5)
        assert (answer.status_code, answer.json()["message"]) == (401, said)


def test_a_token_reaches_its_repositories_for_an_hour(made: Stage) -> None:
    client = made.client()
    assert client.get_repo(REPO).full_name == REPO
    with pytest.raises(UnknownObjectException):
        client.get_repo("rival/secrets")
    with pytest.raises(UnknownObjectException):
        client.get_repo("acme/nothing")
    token = made.integration().get_access_token(INSTALLATION).token
    header = {"Authorization": f"Bearer {token}"}
    made.clocks.offset = 3599
    assert requests.get(f"{made.url}/repos/{REPO}", headers=header, timeout=5).status_code == 200
    made.clocks.offset = 3601
    assert requests.get(f"{made.url}/repos/{REPO}", headers=header, timeout=5).status_code == 401
    made.clocks.offset = 0


def test_a_token_for_one_repository_reaches_no_other(made: Stage) -> None:
    made.hub.add_repository("acme/ledger")
    token = jwt.encode(claims(), keys(0)[0], algorithm="RS256")
    ask = {"Authorization": f"Bearer {token}"}
    given = requests.post(made.url + TOKENS, headers=ask, json={"repositories": ["ledger"]}, timeout=5).json()
    assert [one["full_name"] for one in given["repositories"]] == ["acme/ledger"]
    header = {"Authorization": f"Bearer {given['token']}"}
    assert requests.get(f"{made.url}/repos/acme/ledger", headers=header, timeout=5).status_code == 200
    assert requests.get(f"{made.url}/repos/{REPO}", headers=header, timeout=5).status_code == 404
    refused = requests.post(made.url + TOKENS, headers=ask, json={"repositories": ["secrets"]}, timeout=5)
    assert refused.status_code == 422
    with pytest.raises(GithubException):
        made.integration().get_access_token(INSTALLATION, {"secrets": "write"})
    with pytest.raises(UnknownObjectException):
        made.integration().get_access_token(1)


def test_a_jwt_opens_no_repository_and_a_token_no_app(made: Stage) -> None:
    token = jwt.encode(claims(), keys(0)[0], algorithm="RS256")
    answer = requests.get(f"{made.url}/repos/{REPO}", headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert answer.status_code == 401
    with pytest.raises(GithubException) as caught:
        made.client().requester.requestJsonAndCheck("GET", "/app")
    assert caught.value.status == 401


def test_a_persons_token(made: Stage) -> None:
    made.hub.allow_token("ghp_ada", "ada")
    header = {"Authorization": "token ghp_ada"}
    assert requests.get(f"{made.url}/repos/rival/secrets", headers=header, timeout=5).status_code == 200
    sha = made.client().get_repo(REPO).get_branch("main").commit.sha
    url = f"{made.url}/repos/{REPO}/statuses/{sha}"
    made_status = requests.post(url, headers=header, json={"state": "success"}, timeout=5).json()
    assert (made_status["creator"]["login"], made_status["context"]) == ("ada", "default")
    broken = requests.post(url, headers=header, data=b"{", timeout=5)
    assert (broken.status_code, broken.json()["message"]) == (400, "Problems parsing JSON")
