"""Checks, statuses and branch rules being set."""

from __future__ import annotations

from bot.playground.github import events
from bot.playground.github.records import Check, CommitStatus, Json, Repository, Ruleset
from bot.playground.github.world import ACTIONS, World

CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required")
STATES = ("success", "failure", "pending", "error")

PULL_REQUEST = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": False,
    "require_code_owner_review": False,
    "require_last_push_approval": False,
    "required_review_thread_resolution": False,
}
DEFAULTS: dict[str, Json | None] = {
    "pull_request": {"type": "pull_request", "parameters": PULL_REQUEST},
    "required_status_checks": {
        "type": "required_status_checks",
        "parameters": {"required_status_checks": [], "strict_required_status_checks_policy": False},
    },
}


def check(world: World, repository: Repository, sha: str, name: str, conclusion: str | None, app: str) -> Check:
    """Start a check run (`conclusion` None), or end the running one of this name, or make one that has ended."""
    if conclusion is not None and conclusion not in CONCLUSIONS:
        raise ValueError(f"no check ends in {conclusion!r}")
    on, at = world.commit(repository, sha).sha, world.stamp()
    key = (on, name, app)
    running = [one for one in repository.checks if (one.sha, one.name, one.app) == key and one.conclusion is None]
    if running and conclusion is not None:
        one = running[-1]
        one.conclusion, one.completed = conclusion, at
        events.check(world, repository, one, "completed", ACTIONS)
        return one
    made = Check(world.number(), world.number(), on, name, app, None, at, None)
    repository.checks.append(made)
    events.check(world, repository, made, "created", ACTIONS)
    if conclusion is not None:
        made.conclusion, made.completed = conclusion, at
        events.check(world, repository, made, "completed", ACTIONS)
    return made


def status(
    world: World,
    repository: Repository,
    sha: str,
    context: str,
    *,
    state: str,
    by: str,
    description: str | None = None,
    url: str | None = None,
) -> CommitStatus:
    """Give a commit a status and tell it. ValueError for an unknown state."""
    if state not in STATES:
        raise ValueError(f"no status says {state!r}")
    on = world.commit(repository, sha).sha
    made = CommitStatus(world.number(), on, context, state, description, url, by, world.stamp())
    repository.statuses.append(made)
    events.status(world, repository, made)
    return made


def latest(repository: Repository, sha: str) -> list[CommitStatus]:
    """Return the latest status of each context of a commit, newest first."""
    found: dict[str, CommitStatus] = {}
    for one in reversed(repository.statuses):
        if one.sha == sha:
            found.setdefault(one.context, one)
    return list(found.values())


def protect(
    repository: Repository,
    branch: str,
    *,
    approvals: int | None,
    checks: tuple[str, ...],
    admins: bool,
    dismiss_stale: bool,
    last_push: bool,
) -> None:
    """Protect a branch; `approvals` None asks for no review."""
    repository.protections[branch] = {
        "approvals": approvals,
        "checks": list(checks),
        "admins": admins,
        "dismiss_stale": dismiss_stale,
        "last_push": last_push,
    }


def ruleset(
    world: World,
    repository: Repository,
    branch: str,
    rules: list[Json | str],
    *,
    name: str,
    enforcement: str,
    bypass: list[Json],
) -> Ruleset:
    """Put a ruleset on a branch; a rule is GitHub's object, or only its type for GitHub's defaults."""
    whole = [dict(DEFAULTS.get(one) or {"type": one}) if isinstance(one, str) else one for one in rules]
    made = Ruleset(world.number(), name, branch, whole, enforcement, bypass, world.stamp())
    repository.rulesets.append(made)
    world.touch()
    return made
