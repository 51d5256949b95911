"""What people who are in, or whom others lead in, can do to the record, to each other and to the gate: nothing."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from anyio import to_thread
from anyio.from_thread import start_blocking_portal
from starlette.requests import Request
from structlog.testing import capture_logs

from bot.register import threads
from bot.register.cookies import SESSION, Cookies
from bot.register.doors import Doors
from bot.register.errors import Wrong
from bot.register.tries import Tries
from tests.bot.register.doorway import Browser, doorway
from tests.bot.register.shelf import Shelf
from tests.databases import SqliteTemplates
from workflows import erasing, history, ledger, policies
from workflows.case import Done
from workflows.change import Actor


@pytest.fixture(scope="module")
def shelf(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A register with a few emergencies."""
    folder: Path = tmp_path_factory.mktemp("abuse")
    with doorway(sqlite_templates.make(folder), folder) as doors:
        yield Shelf(doors)


@pytest.fixture
def auditor(shelf: Shelf) -> Browser:
    shelf.doors.clock.advance(timedelta(minutes=1))  # the tries of the test before are over
    return shelf.auditor()


def test_nothing_that_stands_in_an_address_gets_into_the_record(shelf: Shelf, auditor: Browser) -> None:
    for path in (
        "changes?after=e~2026-11-20T00:00:00%2B00:00~Jane%20Typed",
        "emergencies?before=o~2026-11-20T00:00:00%2B00:00~Jane%20Typed",
        "changes?system=Jane%20Typed",
        "export?person=Jane%20Typed",
        f"changes/%20{shelf.approved.key.lower()}",
    ):
        assert auditor.get(f"/register/{path}").status_code == 200, path
    seen = [told for *_, told in shelf.doors.told("viewed")][-5:]
    assert "Typed" not in str(seen)
    assert seen[0]["after"] == "e~2026-11-20T00:00:00+00:00"
    assert seen[-1]["key"] == shelf.approved.key, "whoever looks for who saw a change looks for its key"


@pytest.mark.parametrize("path", ["changes/{}/pack", "sample/pack?seed=7&size=2", "export/csv?kind=emergency"])
def test_no_other_site_has_a_visitor_take_evidence(shelf: Shelf, auditor: Browser, path: str) -> None:
    there = f"/register/{path.format(shelf.approved.key)}"
    before = len(shelf.doors.told("viewed"))
    for site in ("cross-site", "same-site", "x"):
        led = auditor.get(there, headers={"sec-fetch-site": site})
        page = "?".join([there.partition("?")[0].rpartition("/")[0], *there.split("?")[1:]])
        assert (led.status_code, led.headers["location"]) == (303, page)
    refused = auditor.client.head(there)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    assert len(shelf.doors.told("viewed")) == before
    assert auditor.get(page, headers={"sec-fetch-site": "cross-site"}).status_code == 200
    assert auditor.get(there, headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_nobody_fills_the_record_with_views(shelf: Shelf, auditor: Browser) -> None:
    parts, own = shelf.doors.parts, auditor.client.cookies[f"__Host-{SESSION}"]
    doors = Doors(parts.desk, Cookies(b"s" * 32, True), Tries(2, 9))
    header = (b"cookie", f"__Host-{SESSION}={own}".encode())
    request = Request({"type": "http", "method": "GET", "path": "/register/", "query_string": b"", "headers": [header]})
    for _ in range(2):
        doors.visitor(request)
    with pytest.raises(Wrong) as slow:
        doors.visitor(request)
    assert (slow.value.status, slow.value.headers) == (429, {"retry-after": "60"})
    shelf.doors.clock.advance(timedelta(minutes=1))
    doors.visitor(request)


def test_who_is_refused_is_in_the_log_without_what_was_tried(shelf: Shelf) -> None:
    reader, stranger = shelf.reader(), shelf.doors.browser()
    ended, token = shelf.doors.invite(hours=1)
    with capture_logs() as said:
        reader.get(f"/register/changes/{shelf.approved.key}/pack")
        reader.post("/register/sessions", csrf="x", end="mine")
        stranger.invited("ci_guess")
        shelf.doors.clock.advance(timedelta(hours=1))
        stranger.invited(token)
    warned = [one for one in said if one["log_level"] == "warning"]
    assert [one["event"] for one in warned] == ["not for this role", "form refused", "sign-in", "sign-in"]
    assert [one["invitation"] for one in warned[2:]] == ["unknown", ended.id]
    assert "ci_" not in str(said)


@pytest.fixture
def other(sqlite_templates: SqliteTemplates, tmp_path: Path) -> Iterator[Shelf]:
    """Another one, for a record that is no good for packs any more."""
    with doorway(sqlite_templates.make(tmp_path), tmp_path) as doors:
        yield Shelf(doors)


def test_a_reader_sees_no_address_of_an_operator_either(other: Shelf) -> None:
    desk, browsers = other.desk, {False: other.reader(), True: other.auditor()}
    case = desk.declare(rollback="hunter2")
    with desk.turn("lead", operator="ops@corp.example") as turn:
        assert isinstance(erasing.erase(turn, case.id, kind="password", field="rollback"), Done)
    with desk.database.write() as tx:
        policies.take(tx, desk.rules, actor=Actor("", None, "boss@corp.example"), now=desk.now)
        ledger.note(tx, history.ACCEPTED, {"place": "file"}, actor=Actor("", None, "acc@corp.example"), now=desk.now)
    for path in (f"changes/{case.key}", "policy", "export/jsonl", "sample?seed=1"):
        for shown, browser in browsers.items():
            said = browser.get(f"/register/{path}").text
            assert ("@corp.example" in said) == (shown and not path.startswith("sample")), path
            assert path.startswith("sample") or shown or "operator at the server" in said


def test_readers_keep_nobody_else_waiting() -> None:
    go = threading.Event()

    async def crowd() -> tuple[float, float]:
        waiting = [asyncio.create_task(threads.run(go.wait, 10)) for _ in range(60)]
        await asyncio.sleep(0.05)
        found = to_thread.current_default_thread_limiter().borrowed_tokens, threads.MOST.borrowed_tokens
        go.set()
        await asyncio.gather(*waiting)
        return found

    with start_blocking_portal() as beside:  # another thread: in this one the browser of other tests may have a loop
        assert beside.call(crowd) == (0, threads.MOST.total_tokens)


def test_what_streams_is_whole_and_in_order() -> None:
    async def taken() -> list[int | None]:
        return [one async for one in threads.streamed(iter([3, None, 1]))]

    with start_blocking_portal() as beside:
        assert beside.call(taken) == [3, None, 1]
