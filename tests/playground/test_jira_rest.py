"""The stand-in Jira answers as Jira Cloud does, as seen without our own link."""

import json
from typing import Any

import pytest
import requests

from bot.playground.jira.hub import Hub
from bot.playground.rest_faults import Fault
from tests.playground.small_jira import BEGIN, BOT, PROJECT, TOKEN, Site

pytest_plugins = ["tests.playground.jira_fixtures"]

TEXT = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]}


@pytest.fixture
def at(small_jira: Site) -> Site:
    """A small Jira; its answers are checked against the description too."""
    return small_jira


def ask(at: Site, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
    verb = "GET" if body is None else "POST"
    said = requests.request(verb, f"{at.url}/rest/api/3/{path}", json=body, params=query, auth=(BOT, TOKEN), timeout=5)
    return said.status_code, said.json() if said.content else None


def fields(**more: Any) -> dict[str, Any]:
    return {"fields": {"project": {"key": PROJECT}, "issuetype": {"name": "Task"}, "summary": "x", **more}}


@pytest.mark.parametrize(
    ("given", "id", "words"),
    [
        ({"project": {"key": "NONE"}}, "project", "Specify a valid project ID or key"),
        ({"issuetype": {"name": "Story"}}, "issuetype", "Specify a valid issue type"),
        ({"summary": ""}, "summary", "You must specify a summary of the issue."),
        ({"summary": "a\nb"}, "summary", "The summary is invalid because it contains newline characters."),
        ({"summary": "x" * 256}, "summary", "Summary must be less than 255 characters."),
        ({"description": "text"}, "description", "Operation value must be an Atlassian Document"),
        ({"customfield_1": "x"}, "customfield_1", "Field 'customfield_1' cannot be set."),
        ({"resolution": {"name": "Done"}}, "resolution", "Field 'resolution' cannot be set."),
        ({"components": [{"name": "x"}]}, "components", "Component name 'x' is not valid"),
        ({"labels": ["a b"]}, "labels", "The label 'a b' contains spaces which is invalid."),
        ({"duedate": "soon"}, "duedate", "Error parsing date string"),
        ({"assignee": {"accountId": "1"}}, "assignee", "User"),
    ],
)
def test_a_wrong_field_is_named_by_its_id(at: Site, given: dict[str, Any], id: str, words: str) -> None:
    status, said = ask(at, "issue", fields(**given))
    assert (status, list(said["errors"])) == (400, [id])
    assert said["errors"][id].startswith(words)
    assert at.hub.issues() == []


def test_a_remote_link_is_new_once(at: Site) -> None:
    ask(at, "issue", fields())
    body = {"globalId": "g", "object": {"url": "https://a.example", "title": "x"}}
    assert [ask(at, "issue/OPS-1/remotelink", body)[0] for _ in range(2)] == [201, 200]
    assert ask(at, "issue/OPS-1/remotelink", {"object": {"url": "https://a.example"}})[0] == 400
    assert len(at.violations) == 1
    at.violations.clear()
    assert [one["globalId"] for one in ask(at, "issue/OPS-1/remotelink")[1]] == ["g"]


def test_a_step_is_taken_by_the_text_of_its_id_only(at: Site) -> None:
    ask(at, "issue", fields())
    steps = ask(at, "issue/OPS-1/transitions")[1]["transitions"]
    assert [(one["id"], one["to"]["statusCategory"]["key"]) for one in steps] == [
        ("11", "new"),
        ("21", "indeterminate"),
        ("31", "done"),
    ]
    at.violations.clear()
    assert [ask(at, "issue/OPS-1/transitions", {"transition": {"id": id}})[0] for id in (31, "7", "31")] == [
        400,
        400,
        204,
    ]
    assert len(at.violations) == 1  # the number
    at.violations.clear()
    assert ask(at, "issue/OPS-1")[1]["fields"]["status"]["name"] == "Done"


@pytest.mark.parametrize(
    ("jql", "status", "keys"),
    [
        ('labels = "a"', 200, ["OPS-1", "OPS-3"]),
        ('labels = "a" ORDER BY created DESC', 200, ["OPS-3", "OPS-1"]),
        ("labels in (a, b)", 200, ["OPS-1", "OPS-2", "OPS-3"]),
        ('labels = "a" AND key = OPS-3', 200, ["OPS-3"]),
        ("project = OPS AND labels = b", 200, ["OPS-2"]),
        ("project = LEGACY", 200, []),
        ("project = NONE", 400, None),
        ("key = OPS-9", 400, None),
        ('summary ~ "x"', 400, None),
        ('labels = "a" ORDER BY rank', 400, None),
    ],
)
def test_search_understands_what_it_understands_and_refuses_the_rest(
    at: Site, jql: str, status: int, keys: list[str] | None
) -> None:
    for label in ("a", "b", "a"):
        at.hub.add_issue(PROJECT, "x", by=BOT, labels=(label,))
    found, said = ask(at, "search/jql", jql=jql, fields="summary")
    assert (found, [one["key"] for one in said["issues"]] if found == 200 else None) == (status, keys)


def test_a_search_is_given_out_in_pages(at: Site) -> None:
    for _ in range(3):
        at.hub.add_issue(PROJECT, "x", by=BOT, labels=("a",))
    first = ask(at, "search/jql", jql="labels = a", maxResults="2")[1]
    last = ask(at, "search/jql", jql="labels = a", maxResults="2", nextPageToken=first["nextPageToken"])[1]
    assert [len(one["issues"]) for one in (first, last)] == [2, 1]
    assert (first["isLast"], last["isLast"], "nextPageToken" in last, "key" in first["issues"][0]["fields"]) == (
        False,
        True,
        False,
        False,
    )


def test_a_search_for_everything_is_refused(at: Site) -> None:
    status, said = ask(at, "search/jql", jql=" ")
    assert (status, said["errorMessages"][0][:21]) == (400, "Unbounded JQL queries")


def test_an_unknown_token_gets_what_anybody_gets_and_is_told_so(at: Site) -> None:
    at.hub.add_issue(PROJECT, "x", by=BOT, labels=("a",))
    found = []
    for path in ("serverInfo", "field", "search/jql?jql=labels=a", "issue/OPS-1", "myself", "issuetype"):
        said = requests.get(f"{at.url}/rest/api/3/{path}", auth=(BOT, "old"), timeout=5)
        found.append((said.status_code, said.headers["X-Seraph-LoginReason"]))
    assert found == [(status, "AUTHENTICATED_FAILED") for status in (200, 200, 200, 404, 401, 401)]


def test_all_that_is_asked_about_a_site_is_as_described(at: Site) -> None:
    at.hub.add_field("Team", "option", custom="select", options=("a",))
    type_id = next(iter(at.hub.world.project(PROJECT).types))
    for path in ("status", "issuetype", "field", "myself", "serverInfo", f"project/{PROJECT}", "user/search?query=ada"):
        assert ask(at, path)[0] == 200, path
    assert ask(at, f"issue/createmeta/{PROJECT}/issuetypes/{type_id}")[0] == 200
    assert [ask(at, "mypermissions", permissions=one)[0] for one in ("ADD_COMMENTS", "FLY", "")] == [200, 400, 400]
    assert [ask(at, path)[0] for path in ("nothing", "project/NONE", "user/search")] == [404, 404, 400]
    assert "GET /rest/api/3/nothing is not described" in at.violations
    at.violations.clear()


@pytest.mark.parametrize("body", ["{", "[]", "7"])
def test_a_body_that_is_none_is_refused(at: Site, body: str) -> None:
    said = requests.post(f"{at.url}/rest/api/3/issue", data=body, auth=(BOT, TOKEN), timeout=5)
    assert (said.status_code, "errorMessages" in json.loads(said.text)) == (400, True)
    at.violations.clear()


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda hub: hub.issue("OPS-9"), LookupError),
        (lambda hub: hub.move("OPS-1", "NONE"), LookupError),
        (lambda hub: hub.set_status("OPS-1", "Nowhere"), LookupError),
        (lambda hub: hub.allow_token("t", "nobody"), LookupError),
        (lambda hub: hub.faults.add(Fault("fire")), ValueError),
    ],
)
def test_an_act_that_cannot_be_says_so(act: Any, error: type[Exception]) -> None:
    hub = Hub(lambda: BEGIN)
    hub.add_user("Countersign", BOT)
    hub.add_project(PROJECT)
    hub.add_issue(PROJECT, "x", by=BOT)
    with pytest.raises(error):
        act(hub)
