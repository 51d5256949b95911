"""What checks say and what rules ask. Each is a method of Hub."""

from __future__ import annotations

from collections.abc import Iterable

from bot.playground.github import checking, deploying
from bot.playground.github.holder import Holder
from bot.playground.github.records import Json
from bot.playground.github.world import ACTIONS


def check(
    self: Holder, repo: str, sha: str, name: str, conclusion: str | None = "success", app: str = "actions"
) -> int:
    """Let a check run end, or with None begin, and return its id."""
    with self.world.lock:
        return checking.check(self.world, self.world.repository(repo), sha, name, conclusion, app).id


def status(self: Holder, repo: str, sha: str, context: str, state: str = "success", *, by: str = ACTIONS) -> None:
    """Give a commit a legacy status."""
    with self.world.lock:
        checking.status(self.world, self.world.repository(repo), sha, context, state=state, by=by)


def protect(
    self: Holder,
    repo: str,
    branch: str = "main",
    *,
    approvals: int | None = 1,
    checks: Iterable[str] = ("unit",),
    admins: bool = True,
    dismiss_stale: bool = False,
    last_push: bool = False,
) -> None:
    """Protect a branch; `approvals` None asks for no review."""
    with self.world.lock:
        rules = {"admins": admins, "dismiss_stale": dismiss_stale, "last_push": last_push}
        repository = self.world.repository(repo)
        checking.protect(repository, branch, approvals=approvals, checks=tuple(checks), **rules)
        self.world.touch()


def unprotect(self: Holder, repo: str, branch: str = "main") -> None:
    """Take protection and rulesets off a branch."""
    with self.world.lock:
        repository = self.world.repository(repo)
        repository.protections.pop(branch, None)
        repository.rulesets = [one for one in repository.rulesets if one.branch != branch]
        self.world.touch()


def ruleset(
    self: Holder,
    repo: str,
    branch: str,
    rules: list[Json | str],
    *,
    name: str = "production",
    enforcement: str = "active",
    bypass: list[Json] | None = None,
) -> int:
    """Put a ruleset on a branch and return its id; a rule is GitHub's object or only its type."""
    with self.world.lock:
        repository, may = self.world.repository(repo), bypass or []
        kept = checking.ruleset(self.world, repository, branch, rules, name=name, enforcement=enforcement, bypass=may)
        return kept.id


def environment(
    self: Holder, repo: str, name: str, *, custom_rule: bool = True, can_admins_bypass: bool = False
) -> None:
    """Make or change an environment; with `custom_rule` our App's protection rule stands on it."""
    with self.world.lock:
        one = deploying.environment_of(self.world, self.world.repository(repo), name)
        one.rule = (one.rule or self.world.number()) if custom_rule else None
        one.can_admins_bypass = can_admins_bypass
        self.world.touch()
