"""How the link asks PagerDuty: of one host, once, without sleeping; and what silence and refusals mean."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.playground.certificates import VARIABLE
from bot.playground.rest_faults import Fault
from tests.playground.small_pagerduty import BEGIN, SCHEDULE, SERVICE, TOKEN, Place, Stage, place, stage
from workflows.links import Rejected, Unavailable
from workflows.links.pagerduty import PagerDuty
from workflows.links.pagerduty_wire import MOST
from workflows.links.pagerduty_wire import PAGE as PER_PAGE

PAGE: dict[str, Any] = {"summary": "S", "severity": "critical", "source": "countersign", "link": "", "details": {}}


@pytest.fixture(scope="module")
def served() -> Iterator[Place]:
    """A server for all tests of this module."""
    with place() as made:
        yield made


@pytest.fixture
def at(served: Place) -> Iterator[Stage]:
    """A small PagerDuty with one incident, number 1001."""
    with stage(served) as made:
        made.hub.incident("Checkout", SERVICE)
        yield made


def read(link: PagerDuty) -> None:
    assert link.incident("1001").number == 1001


def note(link: PagerDuty) -> None:
    link.note("1001", "Approved")


def page(link: PagerDuty) -> None:
    link.alert(key="countersign:EC-2026-0042:review", at=BEGIN, **PAGE)


ACTS = pytest.mark.parametrize("act", [read, note, page])


@ACTS
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("rate_limited", retry_after=7), ("rate-limited", 7.0)),
        (Fault("rate_limited", retry_after=100_000), ("rate-limited", 3600.0)),
        (Fault("outage"), ("503", 0.0)),
        (Fault("revoked"), ("revoked", 401)),
        (Fault("forbidden"), ("no-permission", 403)),
        (Fault("missing"), ("gone", 404)),
    ],
    ids=lambda one: one.kind if isinstance(one, Fault) else "",
)
def test_an_answer_is_taken_as_it_is(
    at: Stage, act: Callable[[PagerDuty], None], fault: Fault, expected: tuple[str, float]
) -> None:
    at.hub.faults.add(fault)
    began = time.monotonic()
    with pytest.raises((Unavailable, Rejected)) as said:
        act(at.link)
    one = said.value
    assert isinstance(one, Unavailable | Rejected)
    assert (one.why, one.retry_after if isinstance(one, Unavailable) else one.status) == expected
    assert (len(at.asked()), time.monotonic() - began < 1) == (1, True)


@ACTS
def test_what_is_done_although_no_answer_came_may_have_arrived_and_is_sent_once(
    at: Stage, act: Callable[[PagerDuty], None]
) -> None:
    at.hub.faults.add(Fault("reset_after", method="POST"))
    if act is read:
        act(at.link)
        return
    with pytest.raises(Unavailable, match="no-connection"):
        act(at.link)
    assert (len(at.hub.notes("1001")) + sum(one.times for one in at.hub.alerts), len(at.asked())) == (1, 1)


@pytest.mark.parametrize(("cuts", "asked"), [(1, 2), (2, 2)], ids=["once", "twice"])
def test_a_question_is_asked_again_once_when_the_connection_is_cut(at: Stage, cuts: int, asked: int) -> None:
    at.hub.faults.add(Fault("reset_before", times=cuts))
    if cuts == 1:
        read(at.link)
    else:
        with pytest.raises(Unavailable, match="no-connection"):
            read(at.link)
    assert len(at.asked()) == asked


@ACTS
def test_who_does_not_answer_in_time_is_not_waited_for(at: Stage, act: Callable[[PagerDuty], None]) -> None:
    at.hub.faults.add(Fault("delay", seconds=0.15, times=1))
    link = at.another(timeout=0.05)
    with pytest.raises(Unavailable, match="timeout"):
        act(link)
    link.close()


@ACTS
def test_nobody_is_there(at: Stage, act: Callable[[PagerDuty], None]) -> None:
    link = PagerDuty("t", "s@acme.example", "r" * 32, "https://127.0.0.1:1", "https://127.0.0.1:1/")
    with pytest.raises(Unavailable, match="no-connection"):
        act(link)
    link.close()


def test_a_server_that_nobody_vouches_for_is_told_nothing(at: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    link = at.another()
    for act in (read, note, page):
        with pytest.raises(Unavailable, match="no-connection"):
            act(link)
    link.close()
    assert at.asked() == []


def test_what_is_not_set_up_is_not_asked(at: Stage) -> None:
    unread, unsent, unpaged = at.another(token=""), at.another(sender=""), at.another(routing_key="")
    for act, link in ((read, unread), (note, unread), (note, unsent), (page, unpaged)):
        with pytest.raises(Rejected, match="not-configured"):
            act(link)
    assert at.asked() == []


def test_a_key_of_no_integration_and_a_token_that_only_reads(at: Stage) -> None:
    strange = at.another(routing_key="0" * 32)
    with pytest.raises(Rejected) as no:
        page(strange)
    assert (no.value.why, no.value.status) == ("revoked", 401)
    at.hub.allow_token(TOKEN, read_only=True)
    with pytest.raises(Rejected) as no:
        note(at.link)
    assert (no.value.why, no.value.status) == ("no-permission", 403)
    read(at.link)
    strange.close()


def test_many_threads_share_one_link(at: Stage) -> None:
    link = at.another()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: (read if n % 2 else note)(link), range(16)))
    link.close()
    assert len(at.hub.notes("1001")) == 8


class Odd:
    """A server that answers everything in one way, and keeps the paths it was asked for."""

    def __init__(self, answer: Callable[[], Response]) -> None:
        self.paths: list[str] = []
        self.answer = answer
        self.app = Starlette(routes=[Route("/{path:path}", self._said, methods=["GET", "POST"])])

    async def _said(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        await request.body()
        return self.answer()


@ACTS
def test_nobody_is_followed_anywhere(served: Place, act: Callable[[PagerDuty], None]) -> None:
    odd = Odd(lambda: RedirectResponse(f"{served.url}/elsewhere", 307))
    served.switch.app = odd.app
    with pytest.raises(Rejected, match="redirected"):
        act(served.link)
    assert len(odd.paths) == 1
    assert "/elsewhere" not in odd.paths


ASKS: list[Callable[[PagerDuty], object]] = [
    read,
    lambda link: link.open_incidents(),
    lambda link: link.by_key("k"),
    lambda link: link.notes("1001"),
    lambda link: link.said("1001", BEGIN),
    lambda link: link.oncalls(schedules=[SCHEDULE], since=BEGIN, until=BEGIN),
    lambda link: link.oncalls(services=[SERVICE], since=BEGIN, until=BEGIN),
    lambda link: link.schedule(SCHEDULE),
    lambda link: link.whose(),
    lambda link: link.abilities(),
]


@pytest.mark.parametrize(
    ("answer", "whys"),
    [
        (lambda: Response("<html>", 200), {"no-json"}),
        (lambda: Response(b"", 204), {"unreadable", "no-list"}),
        (lambda: JSONResponse([]), {"unreadable", "no-list"}),
        (lambda: JSONResponse({"incident": 1, "incidents": 1, "oncalls": 1, "service": []}), {"unreadable", "no-list"}),
        (
            lambda: JSONResponse({name: [{}] for name in ("incidents", "notes", "oncalls")} | {"incident": {}}),
            {"unreadable", "no-list"},
        ),
        (lambda: Response("nothing", 502), {"502"}),
    ],
    ids=["no JSON", "nothing", "a list", "numbers", "empty things", "a gateway's page"],
)
def test_an_answer_of_another_shape_is_none(served: Place, answer: Callable[[], Response], whys: set[str]) -> None:
    served.switch.app = Odd(answer).app
    found = set()
    for ask in ASKS:
        with pytest.raises(Unavailable) as said:
            ask(served.link)
        found.add(said.value.why)
    assert found <= whys


def test_a_list_without_end_is_not_read_for_ever(served: Place) -> None:
    odd = Odd(lambda: JSONResponse({"oncalls": [], "more": True}))
    served.switch.app = odd.app
    with pytest.raises(Unavailable, match="no-list"):
        served.link.oncalls(schedules=[SCHEDULE], since=BEGIN, until=BEGIN)
    assert len(odd.paths) == 1


def test_a_list_that_is_too_long_is_not_taken_for_the_whole(served: Place) -> None:
    pointed = {name: {"id": "P1"} for name in ("user", "escalation_policy")}
    odd = Odd(lambda: JSONResponse({"oncalls": [{**pointed, "escalation_level": 1}] * PER_PAGE, "more": True}))
    served.switch.app = odd.app
    with pytest.raises(Unavailable, match="pages-missing"):
        served.link.oncalls(schedules=[SCHEDULE], since=BEGIN, until=BEGIN)
    assert len(odd.paths) == MOST // PER_PAGE


def test_who_is_not_on_call_then_is_not_taken_for_it(served: Place) -> None:
    pointed = {name: {"id": "P1"} for name in ("user", "escalation_policy")}
    over = {**pointed, "escalation_level": 1, "start": None, "end": "2026-03-02T09:00:00Z"}
    served.switch.app = Odd(lambda: JSONResponse({"oncalls": [over], "more": False})).app
    assert served.link.oncalls(schedules=[SCHEDULE], since=BEGIN, until=BEGIN) == ()


def test_the_events_api_may_answer_something_else(served: Place) -> None:
    served.switch.app = Odd(lambda: JSONResponse({"status": "odd"}, 202)).app
    with pytest.raises(Unavailable, match="unreadable"):
        page(served.link)
