"""How the link asks: as the App, for one repository at a time, of one host, without sleeping or asking twice."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.playground.github.faults import Fault
from bot.playground.running import serve
from tests.playground.small_github import APP, REPO, keys
from tests.workflows.links.linked import Linked, linked
from workflows.links import Rejected, Unavailable, github_asks
from workflows.links.github import GitHub


@pytest.fixture
def at() -> Iterator[Linked]:
    """A link to a small hub."""
    with linked() as made:
        yield made


def paths(at: Linked, of: str) -> int:
    return sum(1 for call in at.hub.calls if of in call.path)


def test_one_token_serves_a_repository_until_it_ends(at: Linked) -> None:
    for _ in range(3):
        at.link.default_branch(REPO)
    assert (paths(at, "access_tokens"), at.link.installation(REPO)) == (1, 4711)
    at.hub.world.tokens.clear()  # GitHub knows it no more
    assert at.link.default_branch(REPO) == "main"
    assert paths(at, "access_tokens") == 2


def test_a_token_reaches_no_other_repository(at: Linked) -> None:
    at.hub.add_repository("acme/other")
    at.link.default_branch(REPO)
    held = at.link._wire.tokens._held
    assert at.link.default_branch("acme/other") == "main"
    held["acme/other"] = held[REPO]
    with pytest.raises(Rejected) as no:
        at.link.default_branch("acme/other")
    assert no.value.status == 404


def test_many_who_begin_at_once_take_one_token(at: Linked) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: at.link.default_branch(REPO), range(8))) == {"main"}
    assert paths(at, "access_tokens") == 1


def test_no_two_questions_under_way_share_a_requester(at: Linked) -> None:
    # PyGithub's keeps the question it is at in itself: two threads in one would get each other's answers.
    at.hub.faults.add(Fault("delay", seconds=0.2))
    with at.anew() as link, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(link.default_branch, [REPO] * 4)) == ["main"] * 4
        idle = link._wire._idle
        assert len({id(idle.get_nowait()) for _ in range(idle.qsize())}) == 4


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"app_id": APP, "private_key": keys(1)[0]}, "A JSON web token could not be decoded"),
        ({"app_id": APP, "private_key": "no key"}, "private-key"),
        ({"token": "ghp_unknown"}, "Bad credentials"),
        ({}, "not-linked"),
    ],
    ids=["another key", "no key at all", "a token nobody knows", "nothing"],
)
def test_whoever_is_not_known_is_rejected(at: Linked, given: dict[str, Any], why: str) -> None:
    link = GitHub(at.stage.url, **given)
    with pytest.raises(Rejected) as no:
        link.default_branch(REPO)
    link.close()
    assert no.value.why == why


def test_a_key_may_come_with_its_line_ends_written_out(at: Linked) -> None:
    link = GitHub(at.stage.url, app_id=APP, private_key=keys(0)[0].replace("\n", "\\n"))
    assert link.default_branch(REPO) == "main"
    link.close()


def test_a_rate_limit_is_handed_back_and_nothing_more_is_asked(at: Linked) -> None:
    at.link.default_branch(REPO)
    at.hub.faults.add(Fault("rate_limited", path="/repos", retry_after=30, times=1))
    began, before = time.perf_counter(), len(at.hub.calls)
    for _ in range(3):
        with pytest.raises(Unavailable) as no:
            at.link.default_branch(REPO)
        assert no.value.why == "rate-limited"
        assert 25 < no.value.retry_after <= 30
    assert time.perf_counter() - began < 5
    assert len(at.hub.calls) == before + 1


def test_another_owner_is_still_asked(at: Linked) -> None:
    at.hub.add_repository("other/thing")
    at.hub.allow_token("ghp_bob", "bob")
    with at.anew() as link:
        at.hub.faults.add(Fault("rate_limited", path="/repos/acme", times=1))
        with pytest.raises(Unavailable):
            link.default_branch(REPO)
        assert link.default_branch("other/thing") == "main"


@pytest.mark.parametrize("times", [1, 2], ids=["once", "again"])
def test_a_question_that_was_cut_off_is_asked_once_more(at: Linked, times: int) -> None:
    at.link.default_branch(REPO)
    at.hub.faults.add(Fault("reset_before", path="/repos", times=times))
    if times == 1:
        assert at.link.default_branch(REPO) == "main"
        return
    with pytest.raises(Unavailable) as no:
        at.link.default_branch(REPO)
    assert no.value.why == "no-connection"


def test_what_changes_something_is_sent_once(at: Linked) -> None:
    sha = at.tip
    at.hub.faults.add(Fault("reset_after", method="POST", path="/repos", times=1))
    with pytest.raises(Unavailable):
        at.link.commit_status(REPO, sha, "countersign/production", "pending", "waiting")
    assert paths(at, "/statuses/") == 1


def test_a_github_that_hangs_costs_the_timeout() -> None:
    with linked() as at:
        at.hub.faults.add(Fault("delay", seconds=1.2))
        link = GitHub(at.stage.url, token="t", timeout=1)
        with pytest.raises(Unavailable) as no:
            link.default_branch(REPO)
        assert no.value.why == "timeout"
        link.close()


def test_no_log_shows_a_token(at: Linked, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with at.anew() as link:
        link.default_branch(REPO)
    assert "ghp_bob" not in caplog.text
    assert "acme/payments" in caplog.text


@contextmanager
def odd(answer: Any) -> Iterator[tuple[GitHub, list[Request]]]:
    """A server that answers everything as told, and the questions it heard."""
    heard: list[Request] = []

    async def any_path(request: Request) -> Response:
        heard.append(request)
        said: Response = answer(request)
        return said

    server = serve(Starlette(routes=[Route("/{path:path}", any_path, methods=["GET", "POST"])]))
    link = GitHub(server.url, token="t")
    try:
        yield link, heard
    finally:
        link.close()
        server.close()


def test_what_github_says_is_unchanged_is_not_sent_again() -> None:
    def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == '"v1"':
            return Response(status_code=304)
        return JSONResponse({"default_branch": "trunk"}, headers={"etag": '"v1"'})

    with odd(answer) as (link, heard):
        assert [link.default_branch(REPO) for _ in range(3)] == ["trunk"] * 3
        assert [request.headers.get("if-none-match") for request in heard] == [None, '"v1"', '"v1"']


@pytest.mark.parametrize("status", [301, 302, 307])
def test_no_other_host_is_ever_asked(status: int) -> None:
    asked = threading.Event()

    def elsewhere(request: Request) -> Response:
        asked.set()
        return JSONResponse({"default_branch": "evil"})

    with odd(elsewhere) as (there, other):
        # The same machine under another name is another host.
        away = there._wire.address.replace("127.0.0.1", "localhost") + "/repos/acme/payments"
        with (
            odd(lambda _: Response(status_code=status, headers={"location": away})) as (link, _),
            pytest.raises(Rejected),
        ):
            link.default_branch(REPO)
        assert (other, asked.is_set()) == ([], False)


def test_links_to_further_pages_are_built_here() -> None:
    def answer(request: Request) -> Response:
        page = int(request.query_params["page"])
        away = {"link": '<http://evil.example/next>; rel="next"', "x-url": "http://evil.example"}
        found = [{"environment": {"name": "x"}}] * (100 if page == 1 else 1)
        return JSONResponse(found, headers=away)

    with odd(answer) as (link, heard):
        listed = list(link._wire.pages(REPO, "/rules/branches/main"))
        assert (len(listed), [r.query_params["page"] for r in heard]) == (101, ["1", "2"])


@pytest.mark.parametrize("body", ["<html>", "[1", '{"message": 5}', "[]", '"x"', "null"])
def test_an_answer_of_another_shape_is_no_answer(body: str) -> None:
    with odd(lambda _: Response(body, media_type="application/json")) as (link, _):
        with pytest.raises(Unavailable):
            link.default_branch(REPO)
        with pytest.raises((Unavailable, Rejected)):
            link.read(REPO, "main", "production")


def test_the_link_gives_verdicts_reports_and_statuses(at: Linked) -> None:
    run = at.hub.run(REPO, "main", by="bob")
    seen = at.link.run(REPO, run)
    assert (seen.sha, seen.status, seen.environments, seen.actor) == (at.tip, "waiting", ("production",), "bob")
    assert [one.id for one in at.link.waiting_runs(REPO)] == [run]
    at.link.report(REPO, run, "production", "waiting for 1 of 2 " + "x" * 2000)
    at.link.verdict(REPO, run, "production", approve=True, comment="approved by Ada")
    assert at.hub.run_state(REPO, run) == "completed:success"
    assert [one.state for one in at.link.approvals(REPO, run)] == ["pending", "approved"]
    with pytest.raises(Unavailable) as no:
        at.link.verdict(REPO, run, "production", approve=True, comment="again")
    assert no.value.why == "nothing-to-approve"
    with pytest.raises(Rejected) as unknown:
        at.link.run(REPO, run + 999)
    assert unknown.value.status == 404
    at.link.commit_status(REPO, at.tip, "countersign/production", "success", "Approved " + "y" * 200)
    state, words = at.hub.commit_statuses(REPO, at.tip)["countersign/production"]
    assert (state, len(words or "")) == ("success", 140)


def test_the_link_tells_a_reconciler_what_happened(at: Linked) -> None:
    first = at.tip
    since = at.stage.clocks.now - timedelta(hours=1)
    at.hub.deploy(REPO, first, "production", by="bob")
    sha = at.lands()
    direct = at.hub.commit(REPO, author="ada")
    at.hub.deploy(REPO, first, "staging", by="bob")
    [deployed] = at.link.deployments(REPO, ("PRODUCTION", "canary"), since)
    assert (deployed.sha, deployed.login, deployed.state, deployed.succeeded) == (first, "bob", "success", True)
    assert at.link.deployments(REPO, ("production",), since + timedelta(days=1)) == ()
    landed = at.link.commits(REPO, "main", after=first)
    assert [one.sha for one in landed][-2:] == [sha, direct]
    assert [one.site for one in landed][-2:] == [True, False]
    assert at.link.commits(REPO, "main", since) == at.link.commits(REPO, "main", since, after=None)
    assert at.link.commits(REPO, "main", after=direct) == ()
    assert [one.number for one in at.link.pulls_of(REPO, sha)] == [1]
    assert at.link.pulls_of(REPO, direct) == ()
    assert [one.login for one in at.link.reviews(REPO, 1)] == ["bob"]


def test_people_are_known_by_what_github_has_verified(at: Linked) -> None:
    assert at.link.login_of("Ada@acme.example", REPO) == "ada"
    assert at.link.login_of("nobody@acme.example", REPO) is None
    assert (at.link.email_of("ada"), at.link.email_of("bob")) == ("ada@acme.example", None)


def test_of_more_commits_than_can_be_shown_the_newest_are_kept_and_all_are_counted() -> None:
    git = {"message": "x", "author": {"name": "a", "email": "a@b.example"}, "committer": None}

    def answer(request: Request) -> Response:
        page = int(request.query_params["page"])
        shas = [f"{n:040x}" for n in range((page - 1) * 100, min(page * 100, 270))]
        commits = [{"sha": sha, "commit": git, "parents": []} for sha in shas]
        files = [{"filename": f"f{n}"} for n in range(300)] if page == 1 else []
        return JSONResponse({"total_commits": 270, "behind_by": 0, "commits": commits, "files": files})

    with odd(answer) as (link, heard):
        found = github_asks.compare(link._wire, REPO, "a" * 40, "b" * 40)
    assert (found.total, len(found.lines), found.lines[-1].sha) == (270, 250, f"{269:040x}")
    assert (found.every_path, len(heard)) == (False, 3)
