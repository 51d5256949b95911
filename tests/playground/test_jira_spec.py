"""The check on requests to Jira notices what the official description forbids."""

import pytest

from bot.playground.traffic import Exchange
from tests.needs import require
from tests.playground.jira_spec import answer_violations, request_violations

ISSUE = "/rest/api/3/issue"


def exchange(method: str, path: str, body: str = "", query: tuple[tuple[str, str], ...] = ()) -> Exchange:
    return Exchange(method, path, query, {"content-type": "application/json"}, body.encode(), 200, b"{}", True)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (exchange("POST", f"{ISSUE}/1/transitions", '{"transition": {"id": 31}}'), "31 is not of type 'string'"),
        (exchange("POST", "/rest/api/3/issueLink", '{"type": {"name": "Relates"}}'), "inwardIssue"),
        (exchange("POST", f"{ISSUE}/1/remotelink", '{"globalId": "g", "object": {"url": "u"}}'), "title"),
        (exchange("POST", f"{ISSUE}/1/comment", '{"text": "x"}'), "no field of body is called text"),
        (exchange("POST", f"{ISSUE}/1/comment", '{"body": null}'), "body.body is null"),
        (exchange("GET", "/rest/api/3/user/search", query=(("includeActive", "true"),)), "includeActive"),
        (exchange("GET", f"{ISSUE}/1/comment", query=(("startAt", "x"),)), "startAt"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_wrong_with_a_request_is_named(one: Exchange, words: str) -> None:
    found = request_violations(one, require("specs"))
    assert len(found) >= 1
    assert words in " ".join(found)


def test_a_good_request_passes_behind_the_gateway_too() -> None:
    for base in ("", "/ex/jira/9b2f4c1e"):
        one = exchange("POST", f"{base}{ISSUE}/1/transitions", '{"transition": {"id": "31"}}')
        assert request_violations(one, require("specs")) == []


def test_an_answer_of_another_shape_is_named() -> None:
    one = exchange("GET", "/rest/api/3/myself")
    bad = Exchange(one.method, one.path, (), {}, b"", 200, b'{"accountId": 7}', True)
    assert "7 is not of type 'string'" in " ".join(answer_violations(bad, require("specs")))
