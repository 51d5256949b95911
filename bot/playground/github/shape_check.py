"""Checks, statuses and branch rules, as REST and webhooks show them."""

from __future__ import annotations

from bot.playground.github.records import Check, CommitStatus, Json, Repository, Ruleset
from bot.playground.github.shape_people import app, named
from bot.playground.github.shape_pull import open_at
from bot.playground.github.shape_repository import minimal
from bot.playground.github.world import World


def check(world: World, repository: Repository, one: Check) -> Json:
    """Return a check run as REST shows it."""
    url = world.api(repository, f"check-runs/{one.id}")
    output = {"title": None, "summary": None, "text": None, "annotations_count": 0}
    return {
        "id": one.id,
        "node_id": f"CR_{one.id}",
        "name": one.name,
        "head_sha": one.sha,
        "external_id": "",
        "url": url,
        "html_url": world.site(repository, f"runs/{one.id}"),
        "details_url": world.site(repository, f"runs/{one.id}"),
        "status": "in_progress" if one.conclusion is None else "completed",
        "conclusion": one.conclusion,
        "started_at": one.started,
        "completed_at": one.completed,
        "output": {**output, "annotations_url": f"{url}/annotations"},
        "check_suite": {"id": one.suite},
        "app": app(world, one.app),
        "pull_requests": open_at(world, repository, one.sha),
    }


def check_event(world: World, repository: Repository, one: Check) -> Json:
    """Return a check run as its webhook shows it, with its suite."""
    shown = check(world, repository, one)
    suite = {
        "id": one.suite,
        "node_id": f"CS_{one.suite}",
        "head_branch": next((name for name, sha in repository.branches.items() if sha == one.sha), None),
        "head_sha": one.sha,
        "status": shown["status"],
        "conclusion": one.conclusion,
        "url": world.api(repository, f"check-suites/{one.suite}"),
        "before": None,
        "after": one.sha,
        "pull_requests": shown["pull_requests"],
        "app": shown["app"],
        "repository": minimal(world, repository),
        "created_at": one.started,
        "updated_at": one.completed or one.started,
    }
    return {**shown, "check_suite": suite}


def status(world: World, repository: Repository, one: CommitStatus) -> Json:
    """Return a status as the list of statuses and the answer to a new one show it."""
    return {**simple_status(world, repository, one), "creator": named(world, one.by)}


def simple_status(world: World, repository: Repository, one: CommitStatus) -> Json:
    """Return a status as the combined one shows it, without its creator."""
    return {
        "url": world.api(repository, f"statuses/{one.sha}"),
        "avatar_url": f"{world.base_url}/avatars/{world.account(one.by).id}",
        "id": one.id,
        "node_id": f"SC_{one.id}",
        "state": one.state,
        "description": one.description,
        "target_url": one.url,
        "context": one.context,
        "created_at": one.at,
        "updated_at": one.at,
    }


def combined(world: World, repository: Repository, sha: str, latest: list[CommitStatus]) -> Json:
    """Return the combined status: failure when one failed, pending when one is or none is there."""
    states = {one.state for one in latest}
    state = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    return {
        "state": state,
        "statuses": [simple_status(world, repository, one) for one in latest],
        "sha": sha,
        "total_count": len(latest),
        "repository": minimal(world, repository),
        "commit_url": world.api(repository, f"commits/{sha}"),
        "url": world.api(repository, f"commits/{sha}/status"),
    }


def protection(world: World, repository: Repository, branch: str) -> Json:
    """Return the protection of a branch; what is not required is absent, as on GitHub."""
    rule = repository.protections[branch]
    url = world.api(repository, f"branches/{branch}/protection")
    shown: Json = {
        "url": url,
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": rule["admins"]},
        "required_signatures": {"url": f"{url}/required_signatures", "enabled": False},
    }
    for flag in ("required_linear_history", "allow_force_pushes", "allow_deletions", "block_creations"):
        shown[flag] = {"enabled": False}
    for flag in ("required_conversation_resolution", "lock_branch", "allow_fork_syncing"):
        shown[flag] = {"enabled": False}
    if rule["approvals"] is not None:
        shown["required_pull_request_reviews"] = {
            "url": f"{url}/required_pull_request_reviews",
            "dismiss_stale_reviews": rule["dismiss_stale"],
            "require_code_owner_reviews": False,
            "require_last_push_approval": rule["last_push"],
            "required_approving_review_count": rule["approvals"],
        }
    if rule["checks"]:
        shown["required_status_checks"] = {
            "url": f"{url}/required_status_checks",
            "strict": False,
            "contexts": list(rule["checks"]),
            "contexts_url": f"{url}/required_status_checks/contexts",
            "checks": [{"context": name, "app_id": None} for name in rule["checks"]],
        }
    return shown


def ruleset(world: World, repository: Repository, one: Ruleset) -> Json:
    """Return a ruleset as the list shows it, without its rules."""
    return {
        "id": one.id,
        "name": one.name,
        "target": "branch",
        "source_type": "Repository",
        "source": repository.full_name,
        "enforcement": one.enforcement,
        "node_id": f"RRS_{one.id}",
        "_links": {
            "self": {"href": world.api(repository, f"rulesets/{one.id}")},
            "html": {"href": world.site(repository, f"rules/{one.id}")},
        },
        "created_at": one.created,
        "updated_at": one.created,
    }
