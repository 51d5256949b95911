"""What the link does at Jira, through the real client: issues are found, read, commented, linked and moved."""

from collections.abc import Callable

import pytest

from tests.playground.small_jira import PROJECT, Site
from workflows.links import Rejected, jira_adf, jira_parts
from workflows.links.jira import Jira
from workflows.peered import Category, SeenIssue

LABEL = "countersign-EC-2026-0042"


pytest_plugins = ["tests.playground.jira_fixtures"]


@pytest.fixture
def at(small_jira: Site) -> Site:
    """A small Jira."""
    return small_jira


@pytest.fixture
def link(jira_link: Jira) -> Jira:
    """The link to it."""
    return jira_link


def made(link: Jira, label: str = LABEL) -> SeenIssue:
    return link.create(issue_type="Task", summary="EC-2026-0042: checkout 500s", body="Why.", labels=(label,))


def test_an_issue_is_made_as_it_was_told(at: Site, link: Jira) -> None:
    found = link.create(
        issue_type="Bug",
        summary="EC-2026-0042:\ncheckout 500s",
        body="Why: it burns.\nNow.\n\nThe record: https://changes.example/EC-2026-0042.",
        labels=(LABEL, "change"),
        components=("payments",),
    )
    assert found == SeenIssue(
        found.id, "OPS-1", f"{at.url}/browse/OPS-1", "To Do", Category.TODO, "EC-2026-0042: checkout 500s",
        (LABEL, "change"),
    )  # fmt: skip
    assert at.paths() == ["POST /issue", f"GET /issue/{found.id}"]
    fields = at.hub.issue("OPS-1")["fields"]
    assert (fields["issuetype"]["name"], fields["components"]) == ("Bug", [{"name": "payments"}])
    last = fields["description"]["content"][-1]["content"]
    assert [(one["text"], "marks" in one) for one in last] == [
        ("The record: ", False),
        ("https://changes.example/EC-2026-0042", True),
        (".", False),
    ]


def test_a_search_lags_and_then_finds_the_oldest_first(at: Site, link: Jira) -> None:
    at.hub.lag(30)
    ours = [made(link), made(link)]
    made(link, "countersign-EC-2026-0043")
    assert link.find(LABEL) == ()
    at.pass_by(seconds=29)
    assert link.find(LABEL) == ()
    at.pass_by(seconds=1)
    assert link.find(LABEL) == tuple(ours)


def test_an_issue_is_found_wherever_it_was_moved(at: Site, link: Jira) -> None:
    first = made(link)
    assert at.hub.move("OPS-1", "LEGACY") == "LEGACY-1"
    for name in (first.id, "OPS-1", "legacy-1"):
        assert (link.issue(name).id, link.issue(name).key) == (first.id, "LEGACY-1")
    assert [one.key for one in link.find(LABEL)] == ["LEGACY-1"]


def test_an_issue_of_somebody_else_is_not_found_whatever_its_labels(at: Site, link: Jira) -> None:
    at.hub.add_issue(PROJECT, "Put right EC-2026-0042", by="ada@acme.example", labels=(LABEL,))
    assert link.find(LABEL) == ()
    ours = made(link)
    assert link.find(LABEL) == (ours,)


def test_finding_nothing_proves_nothing_where_the_project_is_hidden(at: Site, link: Jira) -> None:
    made(link)
    at.hub.remove_permission(PROJECT)
    with pytest.raises(Rejected, match="no-project"):
        link.find(LABEL)


def test_a_deleted_issue_is_not_one_that_we_may_not_see(at: Site, link: Jira) -> None:
    first, second = made(link), made(link)
    at.hub.delete(first.key)
    with pytest.raises(Rejected) as gone:
        link.issue(first.id)
    at.hub.remove_permission(PROJECT)
    with pytest.raises(Rejected) as hidden:
        link.issue(second.id)
    assert [(no.value.why, no.value.status) for no in (gone, hidden)] == [("gone", 404), ("no-permission", 404)]


@pytest.mark.parametrize("name", ["", "OPS", "OPS-0", "../myself", "OPS-1/comment", "1?fields=x", "OPS-1\n", "0"])
def test_a_name_that_is_none_is_not_even_asked(at: Site, link: Jira, name: str) -> None:
    for ask in (link.issue, link.comments, lambda one: link.move(one, Category.DONE)):
        with pytest.raises(Rejected, match="malformed"):
            ask(name)
    assert at.paths() == []


@pytest.mark.parametrize("text", ['x" OR project = "LEGACY', "two words", "", "x\\"])
def test_a_label_cannot_change_the_question(at: Site, link: Jira, text: str) -> None:
    with pytest.raises(Rejected, match="malformed"):
        link.find(text)
    assert at.paths() == []


def test_our_comments_are_read_to_the_last_page_and_those_of_others_are_none_of_ours(at: Site, link: Jira) -> None:
    issue = made(link)
    link.comment(issue.id, "Declared. [EC-2026-0042/declared]")
    for number in range(100):
        at.hub.comment(issue.key, f"number {number} [EC-2026-0042/approved]", by="ada@acme.example")
    link.comment(issue.id, "Approved by cto.\nhttps://changes.example/1 [EC-2026-0042/approved]")
    assert link.comments(issue.id) == (
        "Declared. [EC-2026-0042/declared]",
        "Approved by cto.\nhttps://changes.example/1 [EC-2026-0042/approved]",
    )


def test_a_remote_link_is_there_once_and_follows(at: Site, link: Jira) -> None:
    issue = made(link)
    for url in ("https://slack.example/1", "https://changes.example/1"):
        link.remote_link(issue.id, global_id="countersign:EC-2026-0042", url=url, title="The record")
    links = at.hub.issue(issue.id)["remote_links"]
    assert [one["object"] for one in links] == [{"url": "https://changes.example/1", "title": "The record"}]


def test_two_issues_are_related_once(at: Site, link: Jira) -> None:
    one, other = made(link), made(link)
    for first, second in ((one.id, other.id), (one.id, other.id), (other.id, one.id)):
        link.relate(first, second)
    assert [end["outwardIssue"]["key"] for end in at.hub.issue(one.id)["fields"]["issuelinks"]] == [other.key]
    assert at.paths().count("POST /issueLink") == 1


def test_an_issue_is_moved_by_what_its_statuses_mean(at: Site, link: Jira) -> None:
    at.hub.workflow(PROJECT, [("Neu", "todo"), ("Läuft", "doing"), ("Erledigt", "done")], [("Los", "Läuft")])
    at.hub.step(PROJECT, "Fertig", "Erledigt", sources=["Läuft"])
    issue = made(link)
    assert link.move(issue.id, Category.DONE) is None  # not from where it is
    states = [link.move(issue.id, one) for one in (Category.DOING, Category.DONE)]
    assert [(one.status, one.category) for one in states if one] == [
        ("Läuft", Category.DOING),
        ("Erledigt", Category.DONE),
    ]
    assert link.move(issue.id, Category.TODO) is None


def test_what_is_there_already_is_not_moved(at: Site, link: Jira) -> None:
    issue = made(link)
    at.hub.set_status(issue.key, "Done")
    found = link.move(issue.id, Category.DONE)
    assert found is not None
    assert found.status == "Done"
    assert not [one for one in at.paths() if one.endswith("/transitions")]


def test_of_two_steps_the_one_that_asks_for_nothing_is_taken(at: Site, link: Jira) -> None:
    at.hub.workflow(PROJECT, [("Open", "todo"), ("Closed", "done"), ("Resolved", "done")], [])
    at.hub.step(PROJECT, "Resolve", "Resolved", asks=["Resolution"])
    issue = made(link)
    with pytest.raises(Rejected, match=r"^field: Resolution$"):
        link.move(issue.id, Category.DONE)
    at.hub.step(PROJECT, "Close", "Closed")
    found = link.move(issue.id, Category.DONE)
    assert found is not None
    assert found.status == "Closed"


def test_who_may_not_take_steps_has_none(at: Site, link: Jira) -> None:
    issue = made(link)
    at.hub.remove_permission(PROJECT, "TRANSITION_ISSUES")
    assert link.move(issue.id, Category.DONE) is None


@pytest.mark.parametrize(
    ("permission", "act"),
    [
        ("ADD_COMMENTS", lambda link, id: link.comment(id, "x")),
        ("LINK_ISSUES", lambda link, id: link.remote_link(id, global_id="g", url="https://x.example", title="x")),
    ],
    ids=["comment", "remote link"],
)
def test_what_we_may_not_do_there_is_said(at: Site, link: Jira, permission: str, act: object) -> None:
    issue = made(link)
    at.hub.remove_permission(PROJECT, permission)
    with pytest.raises(Rejected, match="no-permission"):
        act(link, issue.id)  # type: ignore[operator]


def test_a_doctor_learns_what_is_there_and_what_is_missing(at: Site, link: Jira) -> None:
    at.hub.add_field("Team")
    at.hub.require_field(PROJECT, "Bug", "Team")
    at.hub.remove_permission(PROJECT, "ADD_COMMENTS")
    assert (link.myself(), link.project_name(), link.issue_types()) == ("Countersign", "Operations", ("Task", "Bug"))
    assert [name for name, ours in link.permissions().items() if not ours] == ["ADD_COMMENTS"]
    assert [link.required_fields(one) for one in ("Task", "Bug")] == [(), ("Team",)]
    with pytest.raises(Rejected, match="no-issue-type"):
        link.required_fields("Story")


@pytest.mark.parametrize("project", ["", "NONE", "no project", "../x"])
def test_a_project_that_is_not_there_is_said_to_be_none(at: Site, project: str) -> None:
    other = at.link(project=project)
    for ask in (other.project_name, other.permissions, other.issue_types, lambda: made(other)):
        with pytest.raises(Rejected, match="no-project"):
            ask()


def test_an_issue_is_told_anew_and_handed_on(at: Site, link: Jira) -> None:
    issue = made(link)
    field = at.hub.add_field("Where")
    for _ in range(2):
        link.edit(issue.id, summary="EC-2026-0042:\nconfidential change", body="Nothing.", fields={"Where": "hidden"})
        link.assign(issue.id, "ada@acme.example")
    fields = at.hub.issue(issue.id)["fields"]
    assert (fields["summary"], fields[field]) == ("EC-2026-0042: confidential change", "hidden")
    assert jira_adf.plain(fields["description"]) == "Nothing."
    assert fields["assignee"]["displayName"] == "Ada Byron"
    link.assign(issue.id, "nobody@acme.example")
    assert at.hub.issue(issue.id)["fields"]["assignee"] is None


@pytest.mark.parametrize(
    ("permission", "act"),
    [
        ("EDIT_ISSUES", lambda link, id: link.edit(id, summary="other", body="other")),
        ("ASSIGN_ISSUES", lambda link, id: link.assign(id, "ada@acme.example")),
    ],
)
def test_what_we_may_not_change_stays(at: Site, link: Jira, permission: str, act: Callable[[Jira, str], None]) -> None:
    issue = made(link)
    at.hub.remove_permission(PROJECT, permission)
    with pytest.raises(Rejected, match="no-permission"):
        act(link, issue.id)
    fields = at.hub.issue(issue.id)["fields"]
    assert (fields["summary"], fields["assignee"]) == ("EC-2026-0042: checkout 500s", None)


def test_what_can_not_be_kept_is_not_read() -> None:
    status = {"name": "To\ud800 Do\0" + "!" * 999, "statusCategory": {"key": "new"}}
    seen = jira_parts.issue({"id": 1, "key": "OPS-1\udfff", "fields": {"status": status}}, "https://acme.example")
    assert (seen.key, seen.url, len(seen.status)) == ("OPS-1", "https://acme.example/browse/OPS-1", 255)
    assert seen.status.startswith("To Do!")
