"""The gate as pipelines see it: the HTTP answer, the command, and the shell script of docs/gate.md."""

import argparse
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import gate_verbs
from bot.__main__ import main
from bot.gate_api import GateApi, Question
from bot.gate_verbs import Waiting
from bot.playground.running import serve
from bot.settings import Settings, SettingsError
from tests import build
from tests.bot.sending import HandClock
from tests.build import REPOSITORY, SHA
from tests.needs import ROOT, missing
from tests.workflows.desk import Desk
from workflows import tokens
from workflows.db import Database

WHAT = {"repository": REPOSITORY, "sha": SHA, "environment": "production"}


@dataclass
class Counter:
    """The API on a desk, with a token for payments."""

    desk: Desk
    api: GateApi
    token: str

    def get(self, token: str | None = None, **query: str) -> Any:
        """Ask as a pipeline does."""
        with TestClient(Starlette(routes=self.api.routes())) as client:
            given = self.token if token is None else token
            return client.get("/api/v1/gate", params=WHAT | query, headers={"authorization": f"Bearer {given}"})


@pytest.fixture
def counter(sqlite_database: Database) -> Counter:
    desk = Desk(sqlite_database, rules=build.deploy_rules())
    with sqlite_database.write() as tx:
        given: dict[str, Any] = {"name": "ci", "repositories": [REPOSITORY], "random": bytes(32)}
        _, token = tokens.make(tx, **given, by="Ola", now=desk.now, new_id=desk.new_id)
    policy = SimpleNamespace(rules=desk.rules, writable=True)
    parts: Any = SimpleNamespace(
        db=desk.database, policy=policy, clock=HandClock(desk.now), new_id=desk.new_id, salt=desk.salt
    )
    return Counter(desk, GateApi(parts), token)


def test_only_a_yes_is_a_200_and_it_names_its_basis(counter: Counter) -> None:
    nobody = counter.get()
    assert (nobody.status_code, nobody.json()["why"], nobody.json()["final"]) == (409, "not-asked", False)
    counter.desk.ask()
    waits = counter.get()
    assert (waits.status_code, waits.json()["answer"], waits.json()["change"]) == (409, "wait", "DR-2026-0001")
    counter.desk.approve("rel")
    yes = counter.get(sha=SHA.upper())
    assert (yes.status_code, yes.json()["answer"], yes.json()["basis"]) == (200, "yes", "approved")
    assert yes.json()["words"] == "Yes: approved as DR-2026-0001, until 2026-11-16 10:00 UTC."
    assert [one.by for one in counter.desk.case.passed] == ["ci"]


def test_a_no_that_stays_one_says_so(counter: Counter) -> None:
    counter.desk.ask()
    counter.desk.reject("rel")
    answer = counter.get()
    assert (answer.status_code, answer.json()["final"], answer.json()["why"]) == (409, True, "rejected")


@pytest.mark.parametrize("token", ["", "cs_" + "f" * 64, "x" * 5000], ids=["none", "unknown", "long"])
def test_without_a_token_that_lives_it_is_401_in_words(counter: Counter, token: str) -> None:
    answer = counter.get(token)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "token" in answer.json()["words"].lower()


def test_a_token_is_for_its_repositories_until_it_is_revoked(counter: Counter) -> None:
    other = counter.get(repository="acme/web")
    assert (other.status_code, other.json()["words"]) == (403, "The token ci is not for acme/web.")
    with counter.desk.database.write() as tx:
        tokens.revoke(tx, "ci", by="Ola", now=counter.desk.now)
    assert counter.get().status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        {"repository": "payments"},
        {"repository": "https://evil.example/x"},
        {"sha": "main"},
        {"sha": SHA[:7]},
        {"environment": " "},
        {"environment": "a\nb"},
    ],
    ids=str,
)
def test_a_question_that_is_none_is_400(counter: Counter, query: dict[str, str]) -> None:
    assert counter.get(**query).status_code == 400


def test_a_record_that_cannot_be_read_or_written_is_503_and_unknown(counter: Counter) -> None:
    counter.desk.ask()
    counter.desk.approve("rel")
    desk: Any = counter.api.desk
    desk.policy.writable = False
    assert counter.get().status_code == 503

    class Broken:
        """A record that does not answer."""

        def read(self) -> None:
            raise OperationalError("SELECT", {}, Exception("gone"))

    desk.db = Broken()
    status, body = counter.api.answer(counter.token, Question(**WHAT))
    assert (status, body["answer"]) == (503, "unknown")
    assert counter.desk.case.passed == ()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"answer": "yes", "basis": "approved"}, 0),
        (200, {"answer": "yes", "basis": "emergency"}, 0),
        (200, {"answer": "yes"}, 3),
        (200, {"answer": "no", "basis": "approved"}, 3),
        (200, {}, 3),
        (204, {"answer": "yes", "basis": "approved"}, 3),
        (302, {}, 3),
        (404, {}, 3),
        (409, {"answer": "wait"}, 1),
        (409, {"answer": "no"}, 1),
        (409, {}, 3),
        (400, {}, 2),
        (401, {}, 2),
        (403, {}, 2),
        (500, {}, 3),
        (503, {"answer": "unknown"}, 3),
        (0, {}, 3),
    ],
)
def test_whatever_is_not_clearly_a_yes_is_none(status: int, body: Mapping[str, Any], code: int) -> None:
    assert gate_verbs.meaning(status, body) == code


WAIT, NO, SILENT = (409, {"answer": "wait"}), (409, {"answer": "no", "final": True}), (0, dict[str, Any]())
YES = (200, {"answer": "yes", "basis": "rollback"})


@pytest.mark.parametrize(
    ("answers", "limit", "code", "asked"),
    [
        pytest.param([WAIT, SILENT, YES], 60, 0, 3, id="waits through a silence"),
        pytest.param([WAIT] * 99, 20, 1, 5, id="not within the wait"),
        pytest.param([WAIT] * 99, 0, 1, 1, id="asks once without a wait"),
        pytest.param([NO, YES], 60, 1, 1, id="a final no ends it"),
        pytest.param([WAIT, *[SILENT] * 99], 20, 3, 5, id="silent at the end is unknown"),
        pytest.param([(401, {}), YES], 60, 2, 1, id="a wrong token ends it"),
    ],
)
def test_it_asks_until_it_knows_or_the_wait_is_over(
    answers: list[tuple[int, dict[str, Any]]], limit: float, code: int, asked: int
) -> None:
    left, time = iter(answers), [0.0]

    def sleep(seconds: float) -> None:
        assert seconds > 0
        time[0] += seconds

    wait = Waiting(limit, sleep, lambda: time[0], lambda: 0.5)
    assert gate_verbs.until_known(lambda: next(left), wait) == code
    assert len(answers) - len(list(left)) == asked


def given(**more: str) -> argparse.Namespace:
    return argparse.Namespace(**{"repo": REPOSITORY, "sha": SHA, "env": "production", "wait": None} | more)


def test_what_cannot_be_asked_is_usage_and_what_does_not_answer_is_unknown() -> None:
    at = Settings(countersign_url="http://127.0.0.1:9", countersign_token="cs_x")
    assert gate_verbs.gate(at, given()) == 3
    assert gate_verbs.gate(at, given(sha="main")) == 2
    for settings in (Settings(), Settings(countersign_url="file:///etc/passwd", countersign_token="cs_x")):
        with pytest.raises(SettingsError):
            gate_verbs.gate(settings, given())
    with pytest.raises(SettingsError, match="--wait"):
        gate_verbs.gate(at, given(wait="soon"))


@pytest.fixture
def served(counter: Counter) -> Iterator[str]:
    handle = serve(Starlette(routes=counter.api.routes()))
    yield handle.url
    handle.close()


def script() -> str:
    """The shell script of the page."""
    found = re.search(r"```sh\n(#!/bin/sh\n.*?)```", (ROOT / "docs/gate.md").read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_command_and_the_script_of_the_page_agree(counter: Counter, served: str, tmp_path: Any) -> None:
    if shutil.which("curl") is None:
        missing("curl", "the shell script of docs/gate.md asks with it")
    (tmp_path / "gate.sh").write_text(script(), encoding="utf-8")

    def both(token: str = counter.token, url: str = served, sha: str = SHA) -> tuple[int, int]:
        settings = Settings(countersign_url=url, countersign_token=token)
        env = {"PATH": os.environ["PATH"], "COUNTERSIGN_URL": url, "COUNTERSIGN_TOKEN": token}
        argv = ["sh", str(tmp_path / "gate.sh"), REPOSITORY, sha, "production"]
        run = subprocess.run(argv, env=env, capture_output=True, timeout=30, check=False)
        return gate_verbs.gate(settings, given(sha=sha)), run.returncode

    assert both() == (1, 1)
    counter.desk.ask()
    assert both() == (1, 1)
    counter.desk.approve("rel")
    assert both() == (0, 0)
    assert both("cs_wrong") == (2, 2)
    assert both(url="http://127.0.0.1:9") == (3, 3)
    assert both(sha="abc")[1] == 2
    assert len(counter.desk.case.passed) == 1


def test_an_operator_makes_lists_and_ends_tokens_at_the_server(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    def said(*argv: str) -> tuple[int, str]:
        return main(argv), capsys.readouterr().out

    made, text = said("token", "new", "ci", "--repo", "acme/payments", "--repo", "acme/web", "--by", "Ola")
    assert made == 0
    assert re.fullmatch(r"cs_[0-9a-f]{64}\n", text)
    assert said("token", "new", "ci", "--repo", "acme/web", "--by", "Ola") == (2, "")
    listed = said("token", "list")[1]
    assert "acme/payments, acme/web" in listed
    assert text.strip() not in listed
    assert said("token", "revoke", "ci", "--by", "Ola") == (0, "ci is revoked.\n")
    assert said("token", "revoke", "ci", "--by", "Ola") == (1, "No living token is named ci.\n")
