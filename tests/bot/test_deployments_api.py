"""What pipelines and drift jobs report: who may, what is taken, and what is answered."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import reported_forms
from bot.deployments_api import DeploymentsApi
from bot.reported_forms import Unreadable
from tests import build
from tests.build import NEXT_SHA, REPOSITORY, SHA, T0, at
from tests.workflows.desk import Desk
from tests.workflows.test_reckoning import RULES
from workflows import tokens
from workflows.change import Found, Outcome
from workflows.db import connect
from workflows.models import changes


@dataclass
class Policy:
    rules: Any = RULES
    writable: bool = True


@dataclass
class Clock:
    desk: Desk

    def now(self) -> Any:
        return self.desk.now

    def real(self) -> Any:
        return self.desk.now


@dataclass
class House:
    """A desk, the API on it, and two tokens: for payments, and for all."""

    desk: Desk
    db: Any
    policy: Policy
    clock: Clock
    token: str = ""
    master: str = ""

    @property
    def new_id(self) -> Any:
        return self.desk.new_id

    @property
    def salt(self) -> Any:
        return self.desk.salt

    def post(self, body: Any, *, to: str = "deployments", token: str | None = None) -> tuple[int, dict[str, Any]]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        read = reported_forms.deployment if to == "deployments" else reported_forms.finding
        return DeploymentsApi(cast(Any, self)).take(self.token if token is None else token, raw, read)

    def found(self) -> list[Found]:
        with self.db.read() as tx:
            ids = tx.scalars(select(changes.c.id).where(changes.c.kind == "finding").order_by(changes.c.key)).all()
        return [case.sighting.what for case in map(self.desk.case_of, ids) if case.sighting]


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    database = connect(sqlite_url)
    desk = Desk(database, rules=RULES)
    made = House(desk, database, Policy(), Clock(desk))
    with database.write() as tx:
        for n, (name, scope) in enumerate((("ci", REPOSITORY), ("terraform-drift", "*"))):
            given = {"name": name, "repositories": [scope], "by": "admin", "now": T0, "new_id": desk.new_id}
            _, text = tokens.make(tx, random=bytes([n]) * 32, **given)  # type: ignore[arg-type]
            made.token, made.master = (text, made.master) if name == "ci" else (made.token, text)
    desk.wait(10)
    yield made
    database.close()


GOOD = {"id": 77, "repository": "Acme/payments", "environment": "Production", "sha": SHA}


def test_the_same_id_is_answered_as_before(house: House) -> None:
    first = house.post(GOOD)
    again = [house.post(GOOD) for _ in range(5)]
    assert (first[0], first[1]["explained"], first[1]["change"]) == (201, "found", "FD-2026-0001")
    assert {(status, body["change"], body["fresh"]) for status, body in again} == {(200, "FD-2026-0001", False)}
    assert house.found() == [Found.NO_BASIS]
    assert house.post({**GOOD, "sha": NEXT_SHA})[0] == 409  # an id is of one deployment


def test_a_deployment_in_an_emergencys_window_is_explained(house: House) -> None:
    house.desk.declare()
    house.desk.proceed()
    status, body = house.post({**GOOD, "at": at(10).isoformat(), "outcome": "success"})
    assert (status, body["explained"], body["change"]) == (201, "emergency", "EC-2026-0001")
    assert body["words"] == "Recorded on EC-2026-0001, an emergency that was open for this repository."


@pytest.mark.parametrize(
    ("token", "repository", "status"),
    [
        pytest.param("", REPOSITORY, 401, id="no token"),
        pytest.param("cs_" + "f" * 64, REPOSITORY, 401, id="an unknown one"),
        pytest.param(None, "acme/web", 403, id="for another repository"),
        pytest.param(None, "acme/payments/../web", 403, id="for no repository"),
    ],
)
def test_who_may_not_report(house: House, token: str | None, repository: str, status: int) -> None:
    assert house.post({**GOOD, "repository": repository}, token=token)[0] == status
    assert house.found() == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"sha": "1a2b3c4"}, "sha must be the whole commit", id="a short commit"),
        pytest.param({"sha": None}, "sha is missing", id="no commit"),
        pytest.param({"id": ""}, "id is missing", id="no id"),
        pytest.param({"id": "x" * 129}, "id has at most 128", id="a long id"),
        pytest.param({"id": "a\nb"}, "id has at most 128", id="an id of two lines"),
        pytest.param({"id": True}, "id must be text", id="an id of another type"),
        pytest.param({"outcome": "fine"}, "outcome is one of", id="an unknown outcome"),
        pytest.param({"at": "yesterday"}, "at must be a time", id="no time"),
        pytest.param({"at": "2026-11-16T02:00:00"}, "at must say its offset", id="a time of no zone"),
        pytest.param({"at": at(60).isoformat()}, "at is in the future", id="a time to come"),
        pytest.param({"by": "<!channel>"}, "by must be a GitHub login", id="no login"),
        pytest.param({"url": "javascript:alert(1)"}, "url must be a whole address", id="another scheme"),
        pytest.param({"url": "https://x y.example/"}, "url must be a whole address", id="an address with a space"),
        pytest.param({"url": "https://[::1"}, "url must be a whole address", id="half an address"),
        pytest.param({"state": "ok"}, "There is no field 'state'", id="a field that is none"),
    ],
)
def test_what_cannot_be_taken(house: House, given: dict[str, Any], words: str) -> None:
    status, body = house.post({**GOOD, **given})
    assert (status, body["words"][: len(words)]) == (400, words)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"x"', b"[" * 100_000, b"\xff"])
def test_what_is_no_object(house: House, raw: bytes) -> None:
    assert house.post(raw)[0] == 400


def test_an_address_keeps_no_secret() -> None:
    given = {**GOOD, "url": "https://user:pw@ci.example.com:8443/job/7?token=abc#x"}
    seen = reported_forms.deployment(given, source="ci", rules=RULES, now=T0)
    assert (seen.url, seen.outcome, seen.environment) == ("https://ci.example.com:8443/job/7", Outcome.OK, "production")


def test_nobody_but_github_is_called_github() -> None:
    assert reported_forms.deployment(GOOD, source="github", rules=RULES, now=T0).source == "token-github"


DRIFT = {"id": "plan-9", "title": "two security groups differ", "system": "payments"}


def test_a_drift_job_opens_one_finding(house: House) -> None:
    for _ in range(3):
        status, body = house.post(DRIFT, to="findings", token=house.master)
    assert (status, body["change"], house.found()) == (200, "FD-2026-0001", [Found.DRIFT])
    case = house.desk.case_of(house.desk.id_of("FD-2026-0001"))
    assert (case.systems, case.body(next(iter(case.texts.values())))) == (("payments",), DRIFT["title"])
    assert case.sighting is not None
    assert (case.sighting.source, case.review is not None) == ("terraform-drift", True)
    told = [event.data for event in house.desk.events(case.id)]
    assert "security groups" not in json.dumps(told)


@pytest.mark.parametrize(
    ("given", "token", "status"),
    [
        pytest.param(DRIFT, None, 403, id="without a repository, by a token of one"),
        pytest.param({**DRIFT, "repository": REPOSITORY}, None, 201, id="with it"),
        pytest.param({**DRIFT, "system": "moon"}, "master", 400, id="an unknown system"),
        pytest.param({**DRIFT, "title": " "}, "master", 400, id="no title"),
        pytest.param({**DRIFT, "title": "x" * 301}, "master", 400, id="a long title"),
    ],
)
def test_what_a_drift_job_may_say(house: House, given: dict[str, Any], token: str | None, status: int) -> None:
    assert house.post(given, to="findings", token=house.master if token else None)[0] == status


def test_a_process_that_may_not_write_takes_nothing(house: House) -> None:
    house.policy.writable = False
    assert house.post(GOOD)[0] == 503
    assert house.found() == []


def test_over_http(house: House) -> None:
    with TestClient(Starlette(routes=DeploymentsApi(cast(Any, house)).routes())) as web:
        headers = {"authorization": f"Bearer {house.token}"}
        assert web.post("/api/v1/deployments", json=GOOD, headers=headers).status_code == 201
        answer = web.post("/api/v1/findings", json=DRIFT)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert web.post("/api/v1/deployments", content=b"x" * 70_000, headers=headers).status_code == 413
        assert web.get("/api/v1/deployments").status_code == 405


def test_a_row_of_a_file_and_the_api_are_read_alike() -> None:
    row = {"id": "7", "repository": REPOSITORY, "environment": "production", "sha": SHA, "at": "", "by": ""}
    assert reported_forms.deployment(row, source="x", rules=build.rules(), now=T0).at == T0
    with pytest.raises(Unreadable):
        reported_forms.deployment({**row, "sha": ""}, source="x", rules=build.rules(), now=T0)
