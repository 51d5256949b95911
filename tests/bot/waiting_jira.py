"""A Jira of a few issues in memory, and a worker that keeps changes in step with it; every step can be cut."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from bot.addressbook import Addressbook
from bot.delivery import Delivery
from bot.issue_polls import IssuePolls
from bot.outcomes import Outcomes
from bot.places import Addresses
from bot.slack import Slack
from bot.ticketing import Ticketing
from bot.worker import Worker
from tests import build
from tests.bot.sending import HandClock
from tests.workflows.desk import Desk
from workflows import following
from workflows.db import Database
from workflows.links import Rejected, Unavailable
from workflows.models import outbox
from workflows.outbox import Row, find
from workflows.peered import Category, SeenIssue
from workflows.ruleset import Jira as Wanted

NAMES = {Category.TODO: "To Do", Category.DOING: "In Progress", Category.DONE: "Done"}
Moment = Callable[[str], None]


def nothing(name: str) -> None:
    """Nothing happens there."""


@dataclass
class There:
    """An issue, and what was done to it."""

    seen: SeenIssue
    made: Mapping[str, Any] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    related: list[str] = field(default_factory=list)


@dataclass
class Jira:
    """Answers as Jira does. `down`: it does not. `fails`: method → what its next call raises.

    What fails has arrived before when `arrives`. `shown`: whether search finds what was made. `ways`: the categories
    to which the workflow has a step. `required`: names of fields. `calls`: every question and post by name.
    """

    there: dict[str, There] = field(default_factory=dict)
    down: bool = False
    fails: dict[str, Exception] = field(default_factory=dict)
    arrives: bool = False
    shown: bool = True
    ways: tuple[Category, ...] = tuple(Category)
    required: tuple[str, ...] = ()
    calls: list[str] = field(default_factory=list)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.down:
            raise Unavailable("timeout")
        if name in self.fails and not self.arrives:
            raise self.fails.pop(name)

    def _done(self, name: str) -> None:
        if name in self.fails:
            raise self.fails.pop(name)

    def _of(self, name: str) -> There:
        found = self.there.get(name) or next((one for one in self.there.values() if one.seen.key == name), None)
        if found is None:
            raise Rejected("gone", 404)
        return found

    def add(self, key: str, **given: Any) -> There:
        """An issue that people made."""
        id = str(10000 + len(self.there))
        seen = SeenIssue(id, key, f"https://acme.example/browse/{key}", "To Do", Category.TODO, **given)
        self.there[id] = There(seen)
        return self.there[id]

    def issue(self, id_or_key: str) -> SeenIssue:
        self._called("issue")
        return self._of(id_or_key).seen

    def find(self, label: str) -> tuple[SeenIssue, ...]:
        self._called("find")
        return tuple(one.seen for one in self.there.values() if self.shown and label in one.seen.labels)

    def create(self, *, labels: tuple[str, ...], summary: str, due: date | None = None, **given: Any) -> SeenIssue:
        self._called("create")
        one = self.add(f"OPS-{len(self.there) + 1}", summary=summary, labels=labels)
        one.made = {**given, "due": due}
        self._done("create")
        return one.seen

    def edit(self, issue_id: str, *, summary: str, body: str, fields: Mapping[str, str] | None = None) -> None:
        self._called("edit")
        one = self._of(issue_id)
        one.seen, one.made = replace(one.seen, summary=summary), {**one.made, "body": body, "fields": fields}
        self._done("edit")

    def assign(self, issue_id: str, email: str | None) -> None:
        self._called("assign")
        one = self._of(issue_id)
        one.made = {**one.made, "assignee": email}
        self._done("assign")

    def required_fields(self, issue_type: str) -> tuple[str, ...]:
        self._called("required_fields")
        return self.required

    def comments(self, issue_id: str) -> tuple[str, ...]:
        self._called("comments")
        return tuple(self._of(issue_id).comments)

    def comment(self, issue_id: str, text: str) -> None:
        self._called("comment")
        self._of(issue_id).comments.append(text)
        self._done("comment")

    def remote_link(self, issue_id: str, *, global_id: str, url: str, title: str) -> None:
        self._called("remote_link")
        self._of(issue_id).links[global_id] = url

    def move(self, issue_id: str, category: Category) -> SeenIssue | None:
        self._called("move")
        one = self._of(issue_id)
        if category not in self.ways:
            return None
        one.seen = replace(one.seen, category=category, status=NAMES[category])
        self._done("move")
        return one.seen

    def relate(self, issue_id: str, other_id: str) -> None:
        self._called("relate")
        self._of(issue_id).related.append(other_id)

    def becomes(self, key: str, category: Category, *, status: str = "", moved_to: str = "") -> None:
        """Somebody moves an issue, to another status or another project."""
        one = self._of(key)
        name = status or NAMES[category]
        one.seen = replace(one.seen, category=category, status=name, key=moved_to or one.seen.key)


@dataclass
class Board:
    """A desk, a Jira, and the worker between them, all in one thread."""

    desk: Desk
    jira: Jira
    moment: Moment = nothing
    clock: HandClock = field(default_factory=HandClock)
    working: Worker | None = None

    def worker(self) -> Worker:
        """The worker that delivers to Jira, made anew after it was killed."""
        self.clock.at = self.desk.now
        if self.working is None:
            self.working = Worker(self.desk.database, self._delivery(), self.clock, holder="one")
        return self.working

    def _delivery(self) -> Delivery:
        link: Any = self.jira
        desk = self.desk
        made = Ticketing(
            db=desk.database,
            policy=self._policy(),
            clock=self.clock,
            link=lambda: link,
            new_id=desk.new_id,
            salt=desk.salt,
            project="OPS",
            pages="https://change.acme.example/",
        )
        slack = Slack("xoxb-none", self.clock, api_url="http://127.0.0.1:9/api/")
        outcomes = Outcomes(desk.database, lambda: Addresses("#i", "#e"), self.clock, desk.new_id, rand=lambda: 0.5)
        return Delivery(slack, Addressbook(slack, self.clock), outcomes, {}, self.step, made.table())

    def _policy(self) -> Any:
        return SimpleNamespace(rules=self.desk.rules, writable=True)

    def step(self, name: str, row: Row) -> None:
        """The hook of `Delivery`."""
        self.moment(name)

    def drain(self, times: int = 200) -> None:
        """Bring Jira up to date; cards and messages are put aside."""
        for _ in range(times):
            with self.desk.database.write() as tx:
                aside = outbox.update().where(outbox.c.template != following.ISSUE)
                tx.execute(aside.values(sent=outbox.c.wanted, state="sent", done_at=self.desk.now))
            if not self.worker().run_once():
                return

    def live(self, step: timedelta = timedelta(seconds=5), **span: float) -> None:
        """Let time pass with the worker looking again and again."""
        until = self.desk.now + timedelta(**span)
        while self.desk.now < until:
            self.desk.now += step
            self.drain()

    def poll(self) -> int:
        """One reading of what is followed, by a process that read nothing before."""
        return self.polls()()

    def polls(self, **given: Any) -> IssuePolls:
        """What reads it."""
        desk: Any = SimpleNamespace(
            db=self.desk.database,
            policy=self._policy(),
            clock=self.clock,
            new_id=self.desk.new_id,
            salt=self.desk.salt,
        )
        link: Any = self.jira
        self.clock.at = self.desk.now
        return IssuePolls(desk=desk, link=lambda: link, **given)

    def main(self, change: str = "") -> There:
        """The issue of the change. AssertionError: it has none."""
        issue = self.desk.case_of(change or self.desk.id).issue
        assert issue is not None
        return self.jira.there[issue.id]

    def said(self, change: str = "") -> list[str]:
        """The keys of what was commented on it, in order."""
        return [text.rpartition("/")[2].rstrip("]").split("-2026")[0] for text in self.main(change).comments]

    @property
    def row(self) -> Row:
        """The row of the change's issue."""
        with self.desk.database.read() as tx:
            found = find(tx, f"render:{self.desk.id}:jira:issue")
        assert found is not None
        return found


def board(database: Database, **wanted: Any) -> Board:
    """A desk that is linked to an empty Jira; `wanted` as the policy's [jira]."""
    rules = replace(build.rules(), linked=frozenset({"jira"}), jira=Wanted(**wanted))
    return Board(Desk(database, rules=rules), Jira())
