"""What the pretend pipeline does by itself: checks end, main goes to staging, a job that was let through ends.

It looks at what is there and goes one step on, so a demo that was stopped in between continues.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.playground.github.hub import Hub
from bot.playground.github.records import Repository

CHECKS = ("unit", "build")
SECONDS = 2.0
"""How long checks and jobs take."""


class Ci:
    """`real` gives seconds; `fails` says whether jobs end badly now."""

    def __init__(self, hub: Hub, real: Callable[[], float], fails: Callable[[], bool] = lambda: False) -> None:
        """Begin with nothing under way."""
        self._hub, self._real, self._fails = hub, real, fails
        self._since: dict[tuple[str, object], float] = {}

    def begin(self, repo: str, sha: str) -> None:
        """Let the checks of a pushed commit begin."""
        for name in CHECKS:
            self._hub.check(repo, sha, name, None)

    def step(self) -> None:
        """Let whatever has run for its time end."""
        with self._hub.world.lock:
            for one in list(self._hub.world.repositories.values()):
                self._checks(one)
                self._staging(one)
                self._jobs(one)

    def _over(self, kind: str, what: object) -> bool:
        """Say whether this has been seen for long enough."""
        now = self._real()
        since = self._since.setdefault((kind, what), now)
        if now - since < SECONDS:
            return False
        del self._since[kind, what]
        return True

    def _checks(self, one: Repository) -> None:
        for check in [each for each in one.checks if each.conclusion is None]:
            if self._over("check", check.id):
                self._hub.check(one.full_name, check.sha, check.name, "success", check.app)

    def _staging(self, one: Repository) -> None:
        """Bring the head of the default branch to staging once its checks have passed."""
        head = one.branches.get(one.default_branch)
        ended = [each for each in one.checks if each.sha == head]
        there = any(each.sha == head and each.environment == "staging" for each in one.deployments.values())
        if head is None or there or not ended or any(each.conclusion != "success" for each in ended):
            return
        if self._over("staging", head):
            self._hub.deploy(one.full_name, head, "staging", by="github-actions[bot]", ref=one.default_branch)

    def _jobs(self, one: Repository) -> None:
        for run in [each for each in one.runs.values() if each.status == "in_progress"]:
            if self._over("job", run.id):
                self._hub.finish(one.full_name, run.id, "failure" if self._fails() else "success")
