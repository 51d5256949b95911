"""The stand-in Jira as tests, stories and the demo handle it: one verb for each thing people do there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from bot.playground.jira import acts, shapes, store
from bot.playground.jira.records import Json, Project, Status, Token, Transition, User
from bot.playground.jira.world import World
from bot.playground.rest_faults import Faults
from bot.playground.traffic import Call, Exchange

STATUSES = (("To Do", "todo"), ("In Progress", "doing"), ("Done", "done"))
STEPS = (("To Do", "To Do"), ("In Progress", "In Progress"), ("Done", "Done"))


class Hub:
    """All state, and the acts of people. A name that does not exist is LookupError, an act that cannot be ValueError.

    Issues are named by key or id, people by name or e-mail, projects by key. `now` dates everything.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Begin empty."""
        self.world = World(now)

    @property
    def base_url(self) -> str:
        """Where people open it, without a slash at the end."""
        return self.world.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.world.base_url = url.rstrip("/")

    @property
    def gateway(self) -> str:
        """Where scoped tokens work, below the address it is served at (Atlassian: https://api.atlassian.com)."""
        return f"/ex/jira/{self.world.cloud}"

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.world.faults

    @property
    def calls(self) -> list[Call]:
        """Every request so far."""
        return self.world.traffic.calls

    def add_user(self, name: str, email: str, *, shown: bool = True, active: bool = True) -> str:
        """Add a person, and return the account id; with `shown` False nobody sees the e-mail."""
        world = self.world
        with world.lock:
            account = f"712020:{world.number():08d}-0000-4000-8000-000000000000"
            world.users[account] = User(account, name, email, active, shown)
            world.touch()
            return account

    def allow_token(self, token: str, who: str, *, scoped: bool = False) -> None:
        """Let a token speak for a person, also one that was revoked; a `scoped` one only through the gateway."""
        with self.world.lock:
            self.world.tokens[token] = Token(self.world.user(who).account, scoped)

    def revoke_token(self, token: str) -> None:
        """Take a token back."""
        with self.world.lock:
            self.world.tokens[token].alive = False

    def add_project(
        self,
        key: str,
        name: str = "",
        *,
        types: Iterable[str] = ("Task", "Bug"),
        components: Iterable[str] = (),
        required: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        """Add a project; `required` names by issue type the fields that must be filled in."""
        world = self.world
        with world.lock:
            kept = {str(world.number()): one for one in types}
            made = Project(str(world.number()), key, name or key.title(), kept, tuple(components))
            world.projects[key] = made
            self.workflow(key, STATUSES, STEPS)
            for type_name, fields in (required or {}).items():
                made.required[type_name] = tuple(fields)

    def workflow(self, project: str, statuses: Iterable[tuple[str, str]], steps: Iterable[tuple[str, str]], /) -> None:
        """Give a project another workflow: statuses with their category (todo, doing, done), steps with where to.

        Every step may be taken from anywhere; `step` adds one that may not.
        """
        world = self.world
        with world.lock:
            home = world.project(project)
            home.statuses = [Status(str(world.number()), name, category) for name, category in statuses]
            home.transitions = []
            for name, to in steps:
                self.step(project, name, to)

    def step(self, project: str, name: str, to: str, *, sources: Iterable[str] = (), asks: Iterable[str] = ()) -> None:
        """Add a step to a workflow: from some statuses only, or one that asks for fields by name."""
        world = self.world
        with world.lock:
            home = world.project(project)
            id = str(11 + 10 * len(home.transitions))
            home.transitions.append(Transition(id, name, to, tuple(sources), tuple(asks)))
            world.touch()

    def lag(self, seconds: float | None) -> None:
        """Let search find what is made from now on after so many seconds; None: not until `index` is told."""
        with self.world.lock:
            self.world.lag = seconds

    def index(self) -> None:
        """Let search find everything now."""
        with self.world.lock:
            for one in self.world.issues.values():
                one.found_at = 0.0

    def before_request(self, watcher: Callable[[str, str], None]) -> None:
        """Call `watcher` with the method and path of every request before anything is done about it."""
        self.world.traffic.early.append(watcher)

    def on_request(self, watcher: Callable[[Exchange], None]) -> None:
        """Show every request and its answer to `watcher`, from the server's thread."""
        self.world.traffic.late.append(watcher)

    def issue(self, name: str) -> Json:
        """Return an issue as the API shows it, whoever may see it, with comments and remote links."""
        world = self.world
        with world.lock:
            found = world.issue(name)
            shown = shapes.issue(world, found, ["*all"])
            shown["comments"] = [shapes.comment(world, found, one) for one in found.comments]
            shown["remote_links"] = [shapes.remote_link(world, found, one) for one in found.remote_links]
            return shown

    def issues(self, label: str = "") -> list[str]:
        """Return the keys of the issues with a label (all without), oldest first, whether search knows them or not."""
        with self.world.lock:
            return [one.key for one in self.world.issues.values() if not label or label in one.labels]

    def save(self, path: Path) -> None:
        """Write everything but tokens, calls and faults to a file, whole or not at all."""
        store.save(self.world, path)

    def load(self, path: Path) -> None:
        """Continue from a file, if it is there. ValueError when another version wrote it."""
        store.load(self.world, path)

    def state(self) -> Json:
        """Return everything as plain data, for the demo page."""
        with self.world.lock:
            return {
                "changes": self.world.changes,
                "projects": [shapes.project(self.world, one) for one in self.world.projects.values()],
                "issues": [self.issue(one.id) for one in self.world.issues.values()],
            }

    add_issue = acts.add_issue
    add_field = acts.add_field
    require_field = acts.require_field
    hide_field = acts.hide_field
    set_status = acts.set_status
    move = acts.move
    delete = acts.delete
    comment = acts.comment
    remove_permission = acts.remove_permission
    give_permission = acts.give_permission
