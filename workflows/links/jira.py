"""The link to Jira Cloud: makes issues, reads them, comments, links and moves them. No other host is ever asked.

Every method raises `Unavailable` (no answer, or none now) or `Rejected` (Jira says no, or the question was malformed
and not asked). Issues are named by their id, which never changes, or their key, which does when they are moved.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, TypeVar

from jira import JIRA

from workflows.links import Rejected, Unavailable, jira_adf, jira_making, jira_parts, jira_people, jira_project
from workflows.links.jira_fields import Fields, Given
from workflows.links.jira_wire import Refused, Timeout, Wire
from workflows.peered import Category, SeenIssue

PAGE = 100
MOST_COMMENTS = 5000
MOST_FOUND = 50
RELATES = "Relates"
_OURS = frozenset({"project", "issuetype", "summary", "description", "labels", "reporter"})
T = TypeVar("T")


class Jira:
    """One Jira, spoken to with an API token (`email` and `token`), or a bearer token without `email`.

    A scoped token works through https://api.atlassian.com/ex/jira/CLOUD-ID only. Making it asks nothing. `timeout`:
    seconds to connect and to wait for an answer. Safe for many threads.
    """

    def __init__(self, url: str, email: str, token: str, project: str, timeout: Timeout = (3, 10)) -> None:
        self._wire = Wire(url, email, token, timeout)
        self._fields = Fields(self._wire)
        self._account = partial(jira_people.account, self._wire)
        self._project = project
        self._base = "" if self._wire.scoped else self._wire.url
        self._account_id = ""

    def close(self) -> None:
        """End its idle connections."""
        self._wire.close()

    @property
    def asked(self) -> int:
        """How many requests were sent so far."""
        return self._wire.asked

    def issue(self, id_or_key: str) -> SeenIssue:
        """An issue as it is now, wherever it was moved.

        Rejected("gone", 404): it was deleted, or moved where we may not look; ("no-permission", 404): we may look
        into the project no more.
        """
        name = jira_parts.issue_name(id_or_key)
        return self._told(lambda: self._seen(name))

    def find(self, label: str) -> tuple[SeenIssue, ...]:
        """The issues with a label that we made, oldest first, in every project. Jira knows a new one after a while.

        Anybody can label an issue as ours, or copy one with its labels: who made it can't be changed.
        Rejected("no-project") when there is none and we may not look into the project: then it proves nothing.
        """
        text = f'labels = "{jira_parts.label(label)}" AND creator = currentUser() ORDER BY created ASC'
        wanted = jira_parts.FIELDS.split(",")

        def search(client: JIRA) -> Any:
            given = {"maxResults": MOST_FOUND, "fields": list(wanted), "json_result": True}
            return client.enhanced_search_issues(text, **given)

        found = self._told(lambda: [jira_parts.issue(one, self._site()) for one in self._wire.ask(search)["issues"]])
        if not found:
            self.project_name()
        return tuple(found)

    def create(
        self,
        *,
        issue_type: str,
        summary: str,
        body: str,
        labels: tuple[str, ...],
        components: tuple[str, ...] = (),
        fields: Mapping[str, Given] | None = None,
        due: date | None = None,
        assignee: str | None = None,
    ) -> SeenIssue:
        """Make an issue in our project. `body`: paragraphs between blank lines, bare https links.

        `fields`: texts (or several) by the names of fields; `assignee`: an e-mail, left out when nobody has it.
        Unavailable: it may have been made, `find` tells after a while. Rejected: it was not.
        """
        project = jira_parts.project(self._project)
        given = jira_making.fields_of(project, issue_type, summary, body, labels, components, due)

        def make() -> Mapping[str, Any]:
            mapped = jira_making.mapped(self._fields, fields or {}, self._account, lambda _: self._screen(issue_type))
            account = jira_people.assignee(self._wire, assignee) if assignee else None
            more = {} if account is None else {"assignee": {"accountId": account}}
            found = jira_making.make(self._wire, self._fields, {**mapped, **given, **more})
            return {"id": str(found["id"]), "key": str(found["key"])}

        made = self._told(make)
        try:
            return self.issue(made["id"])
        except (Unavailable, Rejected):  # it is there all the same
            base = self._base or self._wire.url
            return SeenIssue(made["id"], made["key"], jira_parts.browse(base, made["key"]), "", Category.TODO)

    def edit(self, issue_id: str, *, summary: str, body: str, fields: Mapping[str, Given] | None = None) -> None:
        """Replace the summary and the description of an issue, and `fields` by their names."""
        path = f"issue/{jira_parts.issue_name(issue_id)}"

        def told() -> dict[str, Any]:
            mapped = jira_making.mapped(self._fields, fields or {}, self._account, lambda _: frozenset())
            return {**mapped, **jira_making.words(summary, body)}

        self._tell(path, {"fields": self._told(told)}, again=True)

    def assign(self, issue_id: str, email: str | None) -> None:
        """Give an issue to whoever has this e-mail; to nobody where nobody has it."""
        path = f"issue/{jira_parts.issue_name(issue_id)}/assignee"
        account = self._told(lambda: jira_people.assignee(self._wire, email)) if email else None
        self._tell(path, {"accountId": account}, again=True)

    def comments(self, issue_id: str) -> tuple[str, ...]:
        """The texts of our comments on an issue, oldest first: anybody can write what looks like one of ours."""
        path = f"issue/{jira_parts.issue_name(issue_id)}/comment"

        def read() -> tuple[str, ...]:
            me = self._me()
            found: list[Any] = []
            while len(found) < MOST_COMMENTS:
                page = self._about(path, startAt=len(found), maxResults=PAGE)
                found += page["comments"]
                if not page["comments"] or len(found) >= page["total"]:
                    break
            ours = (one for one in found if (one.get("author") or {}).get("accountId") == me)
            return tuple(jira_adf.plain(one.get("body")) for one in ours)

        return self._told(read)

    def comment(self, issue_id: str, text: str) -> None:
        """Comment on an issue."""
        self._tell(f"issue/{jira_parts.issue_name(issue_id)}/comment", {"body": jira_adf.document(text)})

    def remote_link(self, issue_id: str, *, global_id: str, url: str, title: str) -> None:
        """Link an issue to a page elsewhere; again with the same `global_id` replaces it."""
        body = {"globalId": global_id, "object": {"url": url, "title": title[:255]}}
        self._tell(f"issue/{jira_parts.issue_name(issue_id)}/remotelink", body)

    def move(self, issue_id: str, category: Category) -> SeenIssue | None:
        """Take an issue one step to a status of a category; as it is when it is there already.

        None: its workflow has no such step from where it is, or none for us. Rejected("field: NAME"): the step asks
        for something that only people can say.
        """
        path = f"issue/{jira_parts.issue_name(issue_id)}/transitions"
        now = self.issue(issue_id)
        if now.category is category:
            return now
        found = self._told(lambda: self._about(path, expand="transitions.fields")["transitions"])
        step, field = self._told(lambda: jira_parts.step_to(found, category))
        if step is None and field is not None:
            raise Rejected(f"field: {field}", 400)
        if step is None:
            return None
        self._tell(path, {"transition": {"id": step}})
        return self.issue(issue_id)

    def relate(self, issue_id: str, other_id: str) -> None:
        """Link two issues as related; nothing is sent when they are."""
        one, other = jira_parts.issue_name(issue_id), jira_parts.issue_name(other_id)
        if other in self._told(lambda: self._related(one)):
            return
        body = {"type": {"name": RELATES}, "inwardIssue": _end(one), "outwardIssue": _end(other)}
        self._tell("issueLink", body)

    def myself(self) -> str:
        """Whose token it is, by the name shown."""
        return self._told(lambda: str(self._wire.get("myself")["displayName"]))

    def permissions(self) -> Mapping[str, bool]:
        """Which of the permissions that we need we have in the project (`jira_project.NEEDED`)."""
        return self._told(lambda: jira_project.permissions(self._wire, self._project))

    def project_name(self) -> str:
        """The name of the project. Rejected("no-project"): there is none, or we may not look into it."""
        return self._told(lambda: jira_project.name(self._wire, self._project))

    def issue_types(self) -> tuple[str, ...]:
        """The issue types we can make in the project, as they are named there."""
        return self._told(lambda: tuple(jira_project.types(self._wire, self._project)))

    def required_fields(self, issue_type: str) -> tuple[str, ...]:
        """The names of the fields that an issue of a type must have and that we do not fill in by ourselves."""

        def read() -> tuple[str, ...]:
            found = jira_project.asked_for(self._wire, self._project, issue_type)
            bare = [one for one in found if one["required"] and not one.get("hasDefaultValue")]
            return tuple(one["name"] for one in bare if one["fieldId"] not in _OURS)

        return self._told(read)

    def _seen(self, name: str) -> SeenIssue:
        found = self._about(f"issue/{name}", fields=jira_parts.FIELDS)
        return jira_parts.issue(found, self._site())

    def _related(self, name: str) -> set[str]:
        links = self._about(f"issue/{name}", fields="issuelinks")["fields"].get("issuelinks") or ()
        ends = [one.get(side) for one in links for side in ("inwardIssue", "outwardIssue")]
        return {str(end[known]) for end in ends if end for known in ("id", "key")}

    def _screen(self, issue_type: str) -> frozenset[str]:
        found = jira_project.asked_for(self._wire, self._project, issue_type)
        return frozenset(one["fieldId"] for one in found)

    def _me(self) -> str:
        self._account_id = self._account_id or str(self._wire.get("myself")["accountId"])
        return self._account_id

    def _site(self) -> str:
        """Where people open this Jira: behind the gateway Jira itself says."""
        if not self._base:
            self._base = str(self._wire.get("serverInfo")["baseUrl"]).rstrip("/")
        return self._base

    def _about(self, path: str, **query: str | int) -> Any:
        return jira_project.seen(self._wire, self._project, path, **query)

    def _tell(self, path: str, body: Mapping[str, Any], *, again: bool = False) -> None:
        """Say something once, or (`again`) set what may be set twice; a refusal that is about a field names it."""
        try:
            (self._wire.put if again else self._wire.post)(path, body)
        except Refused as no:
            raise jira_making.named(no, self._fields) from None

    def _told(self, ask: Callable[[], T]) -> T:
        """The answer; one of a shape that Jira does not describe is none."""
        try:
            return ask()
        except (KeyError, TypeError, AttributeError, IndexError):
            raise Unavailable("unreadable") from None


def _end(name: str) -> dict[str, str]:
    return {"id": name} if name.isdigit() else {"key": name}
