"""The page's Pipeline panel: what stands at the pretend GitHub, what a person can do there, and what can go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.playground.ci import Ci
from bot.playground.github.faults import Fault
from bot.playground.github.history import only_in
from bot.playground.github.hub import Hub
from bot.playground.github.records import Repository
from bot.playground.pipeline_state import repository_json
from bot.playground.records import Json, Outcome

STEP = 0.2
SAVE_EVERY = 1.0
"""Seconds between two looks at what is under way, and between two savings of a state that changes."""

WORK = (
    ("Word the error messages anew", "messages.py"),
    ("Wait longer for slow networks", "network.py"),
    ("Keep amounts in cents", "amounts.py"),
    ("Log the time of each request", "requests.py"),
    ("Close connections that nobody uses", "connections.py"),
)
FAULTS = ("github_down", "lose_webhooks", "job_fails")
DOWN = Fault("outage")


class Pipeline:
    """`logins`: Slack account → GitHub login. `on_change` is called when anything changed; `path` keeps the state."""

    faults = FAULTS

    def __init__(
        self,
        hub: Hub,
        logins: Mapping[str, str],
        on_change: Callable[[], None],
        path: Path | None = None,
        real: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep what it works on; nothing moves by itself before `start`."""
        self.hub, self._logins, self._on_change, self._path, self._real = hub, logins, on_change, path, real
        self._on: set[str] = set()
        self._ci = Ci(hub, real, lambda: "job_fails" in self._on)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="playground-ci", daemon=True)

    def start(self) -> None:
        """Let checks and jobs go on by themselves."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and save."""
        self._closing.set()
        self._thread.join(5)
        self._save()

    def _work(self) -> None:
        seen, saved = self.hub.world.changes, self._real()
        while not self._closing.wait(STEP):
            self._ci.step()
            if self.hub.world.changes != seen:
                seen = self.hub.world.changes
                self._on_change()
            if self.hub.world.dirty and self._real() - saved > SAVE_EVERY:
                self._save()
                saved = self._real()

    def _save(self) -> None:
        if self._path is not None:
            self.hub.save(self._path)

    def shown(self, user: str) -> Json:
        """Return the panel for `user`: their login, every repository, the faults in force."""
        with self.hub.world.lock:
            every = [repository_json(self.hub.world, one) for one in self.hub.world.repositories.values()]
        return {"login": self._logins.get(user), "repositories": every, "faults": sorted(self._on)}

    def switch(self, fault: str, on: bool) -> None:
        """Switch a fault on or off. LookupError for one that does not exist."""
        if fault not in FAULTS:
            raise LookupError(fault)
        (self._on.add if on else self._on.discard)(fault)
        if fault == "github_down":
            self.hub.faults.clear(DOWN.kind)
            if on:
                self.hub.faults.add(DOWN)
        if fault == "lose_webhooks":
            self.hub.lose_webhooks(on)
        self._on_change()

    def act(self, user: str, body: Json) -> Outcome:
        """Do as `user` what `body` says (`deed`, `repo`, and what the deed is about); the outcome's text tells it."""
        deed, login = DEEDS.get(str(body.get("deed"))), self._logins.get(user)
        if deed is None:
            return Outcome(False, error="unknown_deed")
        if login is None:
            return Outcome(False, error="You have no GitHub account here. Become somebody else.")
        try:
            with self.hub.world.lock:
                return Outcome(True, text=deed(self, self.hub.world.repository(str(body.get("repo"))), login, body))
        except (LookupError, ValueError) as refusal:
            why = refusal.args[0] if refusal.args and isinstance(refusal.args[0], str) else "it is not there"
            return Outcome(False, error=f"GitHub does not do this: {why}.")

    def _commit(self, one: Repository, login: str, branch: str) -> tuple[str, str]:
        """Push the next piece of work to a branch; its SHA and title."""
        title, file = WORK[len(one.commits) % len(WORK)]
        files: dict[str, str | None] = {file: f"# change {len(one.commits)}\n"}
        sha = self.hub.commit(one.full_name, author=login, message=title, branch=branch, files=files)
        self._ci.begin(one.full_name, sha)
        return sha, title

    def push(self, one: Repository, login: str, body: Json) -> str:
        """Push to the default branch, past review."""
        sha, _ = self._commit(one, login, one.default_branch)
        return f"{sha[:7]} is on {one.default_branch}, past review."

    def undo(self, one: Repository, login: str, body: Json) -> str:
        """Let the default branch go back by one commit that no pull request brought."""
        head = one.commits[one.branches[one.default_branch]]
        if not head.parents or any(pull.merge_sha == head.sha for pull in one.pulls.values()):
            raise ValueError("only a push past review is taken back")
        self.hub.branch(one.full_name, one.default_branch, head.parents[0], by=login)
        return f"{one.default_branch} is at {head.parents[0][:7]} again."

    def open(self, one: Repository, login: str, body: Json) -> str:
        """Open a pull request with one commit."""
        branch = f"{login.removesuffix('-gh')}-{len(one.pulls) + 1}"
        _, title = self._commit(one, login, branch)
        number = self.hub.open_pull(one.full_name, author=login, title=title, branch=branch)
        return f"#{number} is open. Somebody else reviews and merges it."

    def merge(self, one: Repository, login: str, body: Json) -> str:
        """Approve a pull request and merge it; nobody does that to their own."""
        pull = one.pulls[int(body.get("number", 0))]
        if pull.author == login:
            raise ValueError("nobody reviews their own pull request; become somebody else")
        if any(each.sha == pull.head_sha and each.conclusion is None for each in one.checks):
            raise ValueError("its checks are still running")
        self.hub.review(one.full_name, pull.number, by=login)
        onto = one.branches[pull.base]
        head = self.hub.merge(one.full_name, pull.number, by=login, method="squash")
        self._ci.begin(one.full_name, head)
        more = len(only_in(one, onto, head))
        return f"#{pull.number} is merged as {head[:7]}{'' if more == 1 else f', {more} commits'}; staging follows."

    def run(self, one: Repository, login: str, body: Json) -> str:
        """Run the deploy workflow on a branch, tag or commit."""
        ref = str(body.get("ref") or one.default_branch)
        run = self.hub.run(one.full_name, ref, by=login, event="workflow_dispatch", outcome=None)
        return f"Run #{run} waits for Countersign. The card comes to #deploys."

    def cancel(self, one: Repository, login: str, body: Json) -> str:
        """Cancel a run."""
        run = one.runs[int(body.get("run", 0))]
        self.hub.cancel(one.full_name, run.id)
        return f"Run #{run.id} is cancelled."


DEEDS: dict[str, Callable[[Pipeline, Repository, str, Json], str]] = {
    "push": Pipeline.push,
    "undo": Pipeline.undo,
    "open": Pipeline.open,
    "merge": Pipeline.merge,
    "run": Pipeline.run,
    "cancel": Pipeline.cancel,
}
"""What a person can do at the pretend GitHub."""
