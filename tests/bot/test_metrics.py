"""What Prometheus reads: of this process and of the record, in its own format, by whoever may."""

import urllib.request
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from bot import metrics_web
from bot.metrics import Metrics
from bot.metrics_web import allowed
from tests.bot.house import House, command, house
from tests.bot.sending import HandClock, Room, room
from tests.conftest import migrate
from tests.workflows.records import new_id
from workflows import history, leases, peer_state, walks
from workflows.change import Action
from workflows.db import Database, connect
from workflows.lanes import Lane
from workflows.models import facts, outbox
from workflows.peer_state import Health
from workflows.walks import Walk
from workflows.written import Written

OPEN = "application/openmetrics-text; version=1.0.0"
Samples = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for the whole module."""
    folder = tmp_path_factory.mktemp("metrics")
    url = f"sqlite:///{folder}/countersign.db"
    migrate(url)
    with house(url, folder) as built:
        yield built


def scraped(home: House, **headers: str) -> tuple[str, Samples]:
    """The content type, and the value of each sample by its name and labels."""
    request = urllib.request.Request(f"{home.web.url}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        kind, text = answer.headers["content-type"], answer.read().decode()
    parse = openmetrics if "openmetrics" in kind else plain
    return kind, values(parse(text))


def values(families: Any) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def scrape(metrics: Metrics) -> Samples:
    """The same without a server."""
    parse: Any = openmetrics
    return values(parse(metrics.written(OPEN)[0].decode()))


def test_a_click_a_refusal_a_delivery_and_a_repeat_are_counted(home: House) -> None:
    case = home.declare()
    home.deliver()
    home.ws.click("UDEV", home.card(), Action.APPROVE)
    home.ws.click("UCTO", home.card(), Action.APPROVE)
    same = command("help", trigger_id="9.9.9")
    for _ in range(2):
        home.signed(same)
    home.deliver()
    kind, found = scraped(home, Accept=OPEN)
    assert "openmetrics" in kind
    assert found["countersign_decisions_total", (("kind", "emergency"), ("outcome", "approved"))] == 1
    assert found["countersign_refusals_total", (("action", "approve"), ("reason", "requester"))] == 1
    assert found["countersign_inbox_duplicates_total", ()] == 1
    assert found["countersign_deliveries_total", (("lane", "slack"), ("outcome", "delivered"))] > 1
    assert found["countersign_answer_seconds_count", (("shape", "block_actions"),)] >= 2
    assert found["countersign_delivery_seconds_count", (("lane", "slack"),)] > 1
    assert found["countersign_webhook_deliveries_total", (("outcome", "taken"), ("peer", "slack"))] > 3
    assert found["countersign_record_up", ()] == 1
    assert found["countersign_outbox_depth", (("lane", "slack"),)] == 0
    assert ("process_resident_memory_bytes", ()) in found
    assert not [name for name in found if case.key in str(name) or "UDEV" in str(name)]


def test_what_the_last_walk_through_the_record_found(home: House) -> None:
    _, found = scraped(home)
    assert ("countersign_history_wrong", ()) not in found
    now = home.clock.now()
    one = Walk(now - timedelta(hours=3), 9, 9, 2, ("x", "y"), ())
    with home.parts.database.write() as tx:
        walks.keep(tx, one, escalations="#x", now=now, new_id=lambda: "w")
    _, found = scraped(home)
    assert found["countersign_history_wrong", ()] == 2
    assert 3 * 3600 <= found["countersign_history_checked_age_seconds", ()] < 3 * 3600 + 60
    with home.parts.database.write() as tx:
        tx.execute(facts.delete().where(facts.c.kind.in_((walks.FACT, history.FACT))))


def test_the_plain_format_is_for_whoever_asks_for_no_other(home: House) -> None:
    kind, found = scraped(home)
    assert kind.startswith("text/plain")
    assert found["countersign_record_up", ()] == 1


def test_no_word_of_a_person_is_counted_or_logged(home: House, capsys: pytest.CaptureFixture[str]) -> None:
    home.declare(words="the-secret-word")
    home.deliver()
    metrics = home.parts.metrics.written(OPEN)[0].decode()
    said = capsys.readouterr().out + metrics
    assert home.newest().key in said  # in the log
    assert home.newest().key not in metrics
    assert "the-secret-word" not in said
    assert "xoxb-" not in said


def request(client: str | None, **headers: str) -> Request:
    """A request from there."""
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": given, "client": (client, 1) if client else None})


@pytest.mark.parametrize(
    ("asks", "token", "may"),
    [
        pytest.param(request("127.0.0.1"), "", True, id="this machine"),
        pytest.param(request("::1"), "", True, id="this machine, the new way"),
        pytest.param(request("10.0.0.4"), "", False, id="another machine"),
        pytest.param(request("testclient"), "", False, id="a client that is no address"),
        pytest.param(request(None), "", False, id="a client that nobody knows"),
        pytest.param(request("127.0.0.1", x_forwarded_for="10.0.0.4"), "", False, id="a proxy of this machine"),
        pytest.param(request("10.0.0.4", authorization="Bearer t0ken"), "t0ken", True, id="the token"),
        pytest.param(request("127.0.0.1", authorization="Bearer other"), "t0ken", False, id="another token"),
        pytest.param(request("127.0.0.1"), "t0ken", False, id="no token where one is set"),
        pytest.param(request("127.0.0.1", authorization="Basic t0ken"), "t0ken", False, id="another scheme"),
    ],
)
def test_who_may_read_the_metrics(asks: Request, token: str, may: bool) -> None:
    assert allowed(asks, token) is may


@pytest.mark.parametrize(("token", "status"), [("", 403), ("t0ken", 401)])
def test_nobody_else_is_answered(home: House, token: str, status: int) -> None:
    client = TestClient(Starlette(routes=[metrics_web.route(home.parts.metrics, token)]))
    assert client.get("/metrics").status_code == status
    assert "countersign" not in client.get("/metrics").text


def test_what_the_record_holds_is_read_at_the_scrape(database: Database) -> None:
    with room(database) as here:
        waits(here)
        metrics = Metrics(here.db, here.clock)
        metrics.recorded([Written("approved", "DRILL-2026-0001", "emergency", True), Written("peer_lost")])
        here.clock.pass_(seconds=100)
        found = scrape(metrics)
    slack, jira, pages = ((("lane", lane),) for lane in ("slack", "jira", "pages"))
    assert [found["countersign_outbox_depth", lane] for lane in (slack, jira, pages)] == [1, 2, 0]
    assert [found["countersign_outbox_oldest_age_seconds", lane] for lane in (slack, jira, pages)] == [100, 100, 0]
    assert [found["countersign_outbox_dead", lane] for lane in (slack, jira)] == [1, 0]
    assert found["countersign_worker_heartbeat_age_seconds", ()] == 90
    peer = (("lane", "jira"), ("peer", "jira"))
    states = [found["countersign_peer_state", (("countersign_peer_state", one), *peer)] for one in Health]
    assert states == [0, 0, 1]
    assert not [name for name, _ in found if name.startswith("countersign_decisions_total")]  # practice counts nowhere


def waits(here: Room) -> None:
    """A message, one for tomorrow, two places at Jira, a dead letter, a lost token, a worker of ten seconds ago."""
    for _ in range(2):
        case = here.declare(card=False)
        with here.db.write() as tx:
            here.render(tx, "jira:issue", "issue", change=case.id, version=case.version)
    here.notify("now", "dm:cto")
    here.notify("tomorrow", "dm:cto", not_before=here.clock.now() + timedelta(days=1))
    here.notify("dead", "dm:dev")
    with here.db.write() as tx:
        tx.execute(outbox.update().where(outbox.c.key == "dead").values(state="dead"))
        since = here.clock.now()
        peer_state.turn(
            tx, Lane.JIRA, Health.LOST, why="401", since=since, now=since, escalations="#escalations", new_id=new_id
        )
        tx.execute(outbox.delete().where(outbox.c.template == peer_state.TEMPLATE))
        leases.beat(tx, "worker-real", here.clock.real() + timedelta(seconds=10))


def test_a_record_that_does_not_answer_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nothing.db"
    metrics = Metrics(connect(url), HandClock())
    found = scrape(metrics)
    assert found["countersign_record_up", ()] == 0
    assert ("process_resident_memory_bytes", ()) in found
