"""How the link asks Jira: one host, nothing twice that may have arrived, and no answer meant for a stranger."""

import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.playground.rest_faults import Fault
from tests.playground.small_jira import BOT, PROJECT, TOKEN, Site
from workflows.links import Rejected, Unavailable
from workflows.links.jira import Jira
from workflows.links.jira_wire import Wire

pytest_plugins = ["tests.playground.jira_fixtures"]

LABEL = "countersign-EC-2026-0042"
Act = Callable[[Jira, str], object]
ACTS: dict[str, Act] = {
    "read": lambda link, id: link.issue(id),
    "find": lambda link, id: link.find(LABEL),
    "make": lambda link, id: link.create(issue_type="Task", summary="x", body="x", labels=(LABEL,)),
    "comment": lambda link, id: link.comment(id, "x"),
    "move": lambda link, id: link.move(id, "done"),  # type: ignore[arg-type]
}
READS, WRITES = ("read", "find", "move"), ("make", "comment")


@pytest.fixture
def at(small_jira: Site) -> Site:
    """A small Jira with one issue."""
    small_jira.hub.add_issue(PROJECT, "there", by=BOT, labels=(LABEL,))
    return small_jira


def only(at: Site) -> str:
    return str(at.hub.state()["issues"][0]["id"])


def said(act: Act, link: Jira, id: str) -> tuple[str, float]:
    """What it raises: why, and the status of a no or the seconds of a silence."""
    try:
        act(link, id)
    except (Unavailable, Rejected) as error:
        written = "".join(traceback.format_exception(error))
        assert "request headers" not in written
        assert "JIRAError" not in written  # which writes the whole request
        return (error.why, error.status if isinstance(error, Rejected) else error.retry_after)
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("outage", ("503", 0.0)),
        ("rate_limited", ("rate-limited", 30.0)),
        ("reset_before", ("no-connection", 0.0)),
        ("revoked", ("revoked", 401)),
        ("forbidden", ("no-permission", 403)),
    ],
)
def test_each_failure_has_its_word(at: Site, name: str, kind: str, why: tuple[str, float]) -> None:
    at.hub.faults.add(Fault(kind))
    assert said(ACTS[name], at.link(), only(at)) == why


def test_a_slow_answer_is_not_waited_for(at: Site) -> None:
    at.hub.faults.add(Fault("delay", seconds=0.4))
    link = Jira(at.url, BOT, TOKEN, PROJECT, timeout=(1, 0.1))
    try:
        assert said(ACTS["comment"], link, only(at)) == ("timeout", 0.0)
    finally:
        link.close()
        time.sleep(0.4)  # until the stand-in has done it


@pytest.mark.parametrize("name", ACTS)
def test_what_may_have_arrived_is_not_sent_again(at: Site, name: str) -> None:
    at.hub.faults.add(Fault("reset_before", times=1))
    if name in READS:
        ACTS[name](at.link(), only(at))
    else:
        assert said(ACTS[name], at.link(), only(at)) == ("no-connection", 0.0)
        assert len(at.paths()) == 1


def test_an_issue_whose_answer_was_lost_is_there_once(at: Site) -> None:
    at.hub.delete("OPS-1")
    at.hub.faults.add(Fault("reset_after", "/issue", times=1, method="POST"))
    assert said(ACTS["make"], at.link(), "") == ("no-connection", 0.0)
    assert [one.key for one in at.link().find(LABEL)] == at.hub.issues(LABEL) == ["OPS-2"]


def test_nobody_is_asked_before_a_rate_limit_is_over(at: Site) -> None:
    at.hub.faults.add(Fault("rate_limited", times=1, retry_after=60))
    link, id = at.link(), only(at)
    for name in ACTS:
        why, wait = said(ACTS[name], link, id)
        assert (why, 59 < wait <= 60) == ("rate-limited", True)
    assert len(at.paths()) == 1


@pytest.mark.parametrize("name", ACTS)
def test_what_jira_tells_anybody_is_no_answer_to_us(at: Site, name: str) -> None:
    # It says 404 of the issue, finds nothing, and shows fields: with status 200, to a token that it knows no more.
    link = at.link()
    link.issue(only(at))
    at.hub.revoke_token(TOKEN)
    assert said(ACTS[name], link, only(at)) == ("revoked", 401)
    at.hub.allow_token(TOKEN, BOT)
    if name != "make":
        ACTS[name](link, only(at))


@pytest.mark.parametrize(
    ("status", "body", "headers", "why"),
    [
        (404, "<html>Not here</html>", {"Content_Type": "text/html"}, ("no-answer", 0.0)),
        (404, '{"status": 404, "error": "Not Found"}', {}, ("no-answer", 0.0)),
        (200, "<html>Log in</html>", {"Content_Type": "text/html"}, ("no-json", 0.0)),
        (200, "", {}, ("unreadable", 0.0)),
        (200, '["nothing"]', {}, ("unreadable", 0.0)),
        (200, '{"id": "1", "key": "OPS-1", "fields": {"status": null}}', {}, ("unreadable", 0.0)),
        (503, "", {"Retry_After": "7"}, ("503", 7.0)),
        (429, "", {"Retry_After": "soon"}, ("rate-limited", 30.0)),
        (429, "", {"Retry_After": "99999"}, ("rate-limited", 3600.0)),
        (401, '{"code": 401, "message": "Unauthorized; scope does not match"}', {}, ("no-permission", 403)),
        (403, "", {"X_Seraph_LoginReason": "AUTHENTICATION_DENIED"}, ("revoked", 401)),
        (410, '{"errorMessages": ["The requested API has been removed."]}', {}, ("refused", 410)),
        (302, "", {"Location": "http://127.0.0.1:9/elsewhere"}, ("redirected", 301)),
    ],
    ids=lambda one: str(one)[:40] if not isinstance(one, dict) else "",
)
def test_an_answer_that_is_none_is_not_taken_for_one(
    at: Site, status: int, body: str, headers: dict[str, str], why: tuple[str, float]
) -> None:
    id, asked = only(at), at.answers(status, body, **headers)
    assert said(ACTS["read"], at.link(), id) == why
    assert len(asked) == 1


def test_a_redirect_is_not_followed_on_this_host_either(at: Site) -> None:
    id, asked = only(at), at.answers(307, Location="/rest/api/3/issue/1/comment")
    assert said(ACTS["comment"], at.link(), id) == ("redirected", 301)
    assert len(asked) == 1


def test_nothing_there_is_no_connection() -> None:
    link = Jira("http://127.0.0.1:9", BOT, TOKEN, PROJECT, timeout=(1, 1))
    assert said(ACTS["make"], link, "1") == ("no-connection", 0.0)
    link.close()


def test_making_the_link_asks_nothing_and_a_question_only_itself(at: Site) -> None:
    link = at.link()
    assert at.paths() == []
    link.find(LABEL)
    assert (at.paths(), link.asked) == (["GET /search/jql"], 1)


def test_a_token_without_an_address_is_a_bearer(at: Site) -> None:
    assert at.link(email="").issue(only(at)).key == "OPS-1"
    assert said(ACTS["read"], at.link("another", email=""), only(at)) == ("revoked", 401)


def test_a_scoped_token_works_through_the_gateway_and_links_to_the_site(at: Site) -> None:
    at.hub.allow_token("scoped", BOT, scoped=True)
    gateway = at.url + at.hub.gateway
    at.hub.base_url = "https://acme.example"
    link = at.link("scoped", url=gateway + "/")
    assert [link.issue(only(at)).url, *(one.url for one in link.find(LABEL))] == [
        "https://acme.example/browse/OPS-1"
    ] * 2
    assert sum(one.path.endswith("/serverInfo") for one in at.hub.calls) == 1
    assert {one.path.startswith(at.hub.gateway) for one in at.hub.calls} == {True}
    for token, url in (("scoped", at.url), (TOKEN, gateway)):
        assert said(ACTS["read"], at.link(token, url=url), only(at)) == ("revoked", 401)


def test_an_issue_made_is_known_although_nothing_more_could_be_read(at: Site) -> None:
    at.hub.faults.add(Fault("outage", method="GET"))
    found = at.link().create(issue_type="Task", summary="x", body="x", labels=())
    assert (found.key, found.status, found.url) == ("OPS-2", "", f"{at.url}/browse/OPS-2")


def test_threads_share_no_client(at: Site) -> None:
    wire = Wire(at.url, BOT, TOKEN, (1, 1))
    clients: list[object] = []
    barrier = threading.Barrier(4)

    def ask(_: int) -> None:
        def look(client: object) -> None:
            clients.append(client)
            barrier.wait(5)

        wire.ask(look)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))
    assert len({id(one) for one in clients}) == 4
    wire.ask(clients.append)
    assert len({id(one) for one in clients}) == 4  # and the next takes one of them
    wire.close()
