"""The door for GitHub: only what was signed with our secret, each delivery once, nothing in it believed."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import signatures
from bot.waiting_runs import WaitingRuns
from bot.webhooks import Hook, Take, Webhooks
from tests import build
from tests.bot.sending import HandClock
from tests.build import REPOSITORY, SHA
from tests.needs import require
from tests.workflows.desk import Desk
from workflows import runs
from workflows.db import Database
from workflows.links import Rejected, Unavailable
from workflows.models import inbox, outbox
from workflows.reading import Environment

SECRET = "hush"


def signed(raw: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def test_githubs_own_example_holds() -> None:
    given = json.loads((require("specs") / "signature-vectors.json").read_text("utf-8"))["github"]
    raw, headers = given["body"].encode(), {"x-hub-signature-256": given["signature"]}
    assert signatures.from_github(raw, headers, secret=given["secret"])
    assert not signatures.from_github(raw + b" ", headers, secret=given["secret"])
    assert not signatures.from_github(raw, headers, secret=given["secret"] + "x")
    assert not signatures.from_github(raw, headers, secret="")


@pytest.mark.parametrize("signature", ["", "sha256=", "sha1=00", "sha256=ü", "\udcff", "sha256=" + "0" * 64])
def test_an_odd_signature_is_a_no(signature: str) -> None:
    assert not signatures.from_github(b"{}", {"x-hub-signature-256": signature}, secret=SECRET)


@dataclass
class Door:
    """The door on a desk, with one event whose effect is counted."""

    desk: Desk
    client: TestClient
    done: list[str] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)

    def post(self, raw: bytes = b'{"action":"created"}', *, delivery: str = "d-1", **headers: Any) -> Any:
        """Post as GitHub does."""
        given = {
            "x-github-event": "push",
            "x-github-delivery": delivery,
            "x-hub-signature-256": signed(raw),
            "content-type": "application/json",
        }
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/github/webhook", content=raw, headers=given | more)


def a_desk(desk: Desk, *, writable: bool = True) -> Any:
    """As much of `bot.desk.Desk` as the door needs."""
    clock = HandClock(desk.now)
    policy = SimpleNamespace(rules=desk.rules, writable=writable)
    return SimpleNamespace(db=desk.database, policy=policy, clock=clock, new_id=desk.new_id, salt=desk.salt)


@contextmanager
def opened(desk: Desk, table: dict[str, Take]) -> Iterator[TestClient]:
    hooks = Webhooks(a_desk(desk), SECRET, {event: (take,) for event, take in table.items()})
    try:
        with TestClient(Starlette(routes=hooks.routes())) as client:
            yield client
    finally:
        hooks.close()


@pytest.fixture
def door(sqlite_database: Database) -> Iterator[Door]:
    desk = Desk(sqlite_database, rules=build.deploy_rules())
    made: list[Door] = []

    def take(hook: Hook) -> Any:
        if made[0].fails:
            raise made[0].fails.pop()
        return lambda turn: made[0].done.append(hook.delivery)

    with opened(desk, {"push": take}) as client:
        made.append(Door(desk, client))
        yield made[0]


def test_a_delivery_repeated_a_hundred_times_has_one_effect_and_is_kept(door: Door) -> None:
    answers = [door.post().status_code for _ in range(100)]
    assert (answers, door.done) == ([200] * 100, ["d-1"])
    with door.desk.database.read() as tx:
        assert [(row.key, row.keep) for row in tx.execute(select(inbox))] == [("github:d-1", True)]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x_hub_signature_256": "sha256=" + "0" * 64}, 401),
        ({"x_hub_signature_256": ""}, 401),
        ({"x_github_delivery": ""}, 400),
        ({"x_github_delivery": "../../x"}, 400),
        ({"x_github_event": "Push me"}, 400),
        ({"x_github_event": "star"}, 202),
    ],
)
def test_what_is_not_githubs_or_not_for_us_does_nothing(door: Door, headers: dict[str, Any], status: int) -> None:
    assert door.post(**headers).status_code == status
    assert door.done == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b'{"a":', b'{"a": "\\ud800"}', b"[" * 100_000])
def test_what_is_signed_and_malformed_is_refused(door: Door, raw: bytes) -> None:
    assert door.post(raw).status_code == 400
    assert door.done == []


def test_more_than_a_megabyte_is_not_read(door: Door) -> None:
    assert door.post(b" " * 1_048_577).status_code == 413
    assert door.post(b'{"a":"' + b"x" * 1_048_000 + b'"}').status_code == 200


@pytest.mark.parametrize(
    ("fault", "status"), [(Unavailable("timeout"), 503), (Rejected("Not Found", 404), 202)], ids=["silent", "no"]
)
def test_what_could_not_be_checked_is_not_remembered(door: Door, fault: Exception, status: int) -> None:
    door.fails.append(fault)
    assert (door.post().status_code, door.done) == (status, [])
    assert (door.post().status_code, door.done) == (200, ["d-1"])


def test_a_process_that_decides_nothing_takes_nothing(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database, rules=build.deploy_rules())
    hooks = Webhooks(a_desk(desk, writable=False), SECRET, {"push": (lambda hook: lambda turn: None,)})
    assert hooks.take(Hook("push", "d", {}))[0] == 503
    hooks.close()


@dataclass
class Waiting:
    """A GitHub with one run that waits; every question is kept."""

    asked: list[str] = field(default_factory=list)
    environments: tuple[str, ...] = ("production",)
    silent: bool = False
    is_app: bool = True
    gated: bool | None = True

    def environment(self, repository: str, name: str) -> Environment:
        """Our rule stands on it, or not, or GitHub will not say."""
        return Environment(name, self.gated)

    def installation(self, repository: str) -> int:
        """Ours on every repository."""
        self.asked.append(f"installation {repository}")
        return 4711

    def email_of(self, login: str) -> str | None:
        """Nobody shows theirs."""
        self.asked.append(f"address {login}")
        return None

    def waiting_runs(self, repository: str) -> Any:
        """The one run."""
        self.asked.append(f"runs {repository}")
        if self.silent:
            raise Unavailable("timeout")
        run = SimpleNamespace(id=812, sha=SHA, environments=self.environments, triggering_actor="dev-gh")
        return (run,) if repository.lower() == REPOSITORY else ()


def payload(**more: Any) -> dict[str, Any]:
    """What GitHub says when a run asks to go on."""
    around: dict[str, Any] = {
        "action": "requested",
        "environment": "production",
        "deployment_callback_url": "https://evil.example/runs/1/deployment_protection_rule",
        "deployment": {"sha": SHA},
        "repository": {"full_name": REPOSITORY},
        "installation": {"id": 4711},
    }
    return around | more


def noticing(desk: Desk, github: Waiting) -> WaitingRuns:
    """What notices runs; GitHub's reading is silent, and nobody pauses."""
    return WaitingRuns(
        desk=a_desk(desk), link=lambda: github, read=lambda *given: None, pause=lambda seconds: None
    )  # fmt: skip


def hooked(desk: Desk, github: Waiting, body: dict[str, Any]) -> bool:
    """Take one hook; whether there was anything to do."""
    work = noticing(desk, github).requested(Hook("deployment_protection_rule", "d", body))
    if work is not None:
        with desk.turn("") as turn:
            work(turn)
    return work is not None


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        pytest.param(payload(repository={"full_name": "evil/payments"}), 0, id="a repository nobody knows"),
        pytest.param(payload(installation={"id": 666}), 1, id="another installation"),
        pytest.param(payload(environment="moon"), 4, id="an environment that nothing waits for"),
        pytest.param(payload(deployment={"sha": "f" * 40}), 4, id="a commit that nothing waits with"),
        pytest.param(payload(action="completed"), 0, id="another action"),
        pytest.param({"action": "requested"}, 0, id="next to nothing"),
        pytest.param(payload(repository=[], deployment="x", installation=None), 0, id="other types"),
    ],
)
def test_a_payload_that_does_not_fit_what_github_shows_makes_nothing(
    sqlite_database: Database, body: dict[str, Any], asks: int
) -> None:
    named = (build.deploy_rule(repositories=(REPOSITORY,)),)
    desk, github = Desk(sqlite_database, rules=build.deploy_rules(*named)), Waiting()
    assert not hooked(desk, github, body)
    assert len(github.asked) == asks
    assert desk.known_keys() == []


def test_a_run_that_asks_has_its_request_made_once_whatever_else_the_payload_says(sqlite_database: Database) -> None:
    desk, github = Desk(sqlite_database, rules=build.deploy_rules()), Waiting()
    assert hooked(desk, github, payload())
    hooked(desk, github, payload(pull_requests=[], event="push"))
    assert desk.known_keys() == ["DR-2026-0001"]
    with desk.database.read() as tx:
        (run,) = runs.waiting(tx)
        said = json.dumps([str(row) for row in tx.execute(select(outbox))])
    assert (run.run, run.sha, run.environment, run.installation) == (812, SHA, "production", 4711)
    assert "evil.example" not in said + " ".join(github.asked)


def test_a_lost_hook_is_found_by_the_poller_and_an_unread_repository_stops_no_other(sqlite_database: Database) -> None:
    desk, github = Desk(sqlite_database, rules=build.deploy_rules()), Waiting()
    here = noticing(desk, github)
    assert (here.poll(), here.poll()) == (1, 0)
    assert desk.known_keys() == ["DR-2026-0001"]
    assert {one for one in github.asked if one.startswith("runs")} == {
        "runs acme/payments",
        "runs acme/search",
        "runs acme/web",
    }
    with desk.database.write() as tx:
        tx.execute(outbox.update().values(sent=outbox.c.wanted, state="sent"))
    github.environments = ()
    here.poll()
    with desk.database.read() as tx:
        open_ = select(outbox.c.template).where(outbox.c.state == "open")
        assert list(tx.scalars(open_)) == ["verdict"]
    github.silent = True
    assert here.poll() == 0


@pytest.mark.parametrize(
    ("is_app", "gated", "noticed"), [(True, True, 1), (True, None, 1), (True, False, 0), (False, True, 0)]
)
def test_a_run_that_waits_for_somebody_else_is_none_of_ours(
    sqlite_database: Database, is_app: bool, gated: bool | None, noticed: int
) -> None:
    desk = Desk(sqlite_database, rules=build.deploy_rules())
    assert noticing(desk, Waiting(is_app=is_app, gated=gated)).poll() == noticed
    assert len(desk.known_keys()) == noticed
