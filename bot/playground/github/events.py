"""What happened, told to the App."""

from __future__ import annotations

import json
import uuid

from bot.playground.github import shape_check, shape_deploy, shape_pull
from bot.playground.github.history import reachable
from bot.playground.github.records import (
    ZERO,
    Check,
    Commit,
    CommitStatus,
    Deployment,
    DeploymentStatus,
    Json,
    Pull,
    Repository,
    Review,
    Run,
)
from bot.playground.github.shape_people import named, organization
from bot.playground.github.shape_repository import full, pushed, pushed_commit, whole_commit
from bot.playground.github.traffic import Delivery
from bot.playground.github.world import World


def installed(world: World, repository: Repository) -> bool:
    """Say whether the App is installed on a repository."""
    ours = world.install
    if ours is None or repository.full_name.split("/")[0].lower() != ours.owner.lower():
        return False
    return ours.repositories is None or repository.full_name.lower() in (one.lower() for one in ours.repositories)


def send(world: World, event: str, payload: Json) -> Delivery:
    """Deliver one webhook with exactly this payload, unless webhooks are being lost."""
    body = json.dumps(payload, ensure_ascii=False).encode()
    made = Delivery(str(uuid.uuid4()), event, body, at=world.stamp())
    world.deliveries.append(made)
    if not world.lost:
        world.webhooks.put(made, world.app())
    return made


def emit(world: World, repository: Repository, event: str, sender: str, payload: Json) -> None:
    """Deliver one webhook about a repository; nothing where the App is not installed."""
    world.touch()
    if not installed(world, repository):
        return
    around = {
        "repository": full(world, repository),
        "organization": organization(world),
        "installation": {"id": world.app().installation, "node_id": f"I_{world.app().installation}"},
        "sender": named(world, sender),
    }
    send(world, event, {**around, **payload})


def push(world: World, repository: Repository, ref: str, before: str, after: str, made: list[Commit], by: str) -> None:
    """Tell that a branch or tag moved from `before` to `after` (40 zeros: it is new)."""
    new = before == ZERO
    span = f"compare/{before[:12]}...{after[:12]}"
    head = repository.commits[after]
    payload = {
        "ref": ref,
        "before": before,
        "after": after,
        "created": new,
        "deleted": False,
        "forced": not new and before not in reachable(repository, after),
        "base_ref": None,
        "compare": world.site(repository, f"commit/{after[:12]}" if new else span),
        "commits": [pushed_commit(world, repository, one) for one in made],
        "head_commit": pushed_commit(world, repository, head),
        "repository": pushed(world, repository),
        "pusher": {"name": by, "email": (world.account(by).emails or (None,))[0]},
    }
    emit(world, repository, "push", by, payload)


def pull(world: World, repository: Repository, one: Pull, action: str, by: str, **more: str | Json) -> None:
    """Tell that a pull request was opened, synchronized (`before`, `after`), edited (`changes`) or closed."""
    shown = shape_pull.whole(world, repository, one)
    emit(
        world,
        repository,
        "pull_request",
        by,
        {"action": action, "number": one.number, "pull_request": shown, **more},
    )


def review(world: World, repository: Repository, one: Pull, given: Review, action: str, by: str) -> None:
    """Tell that a review was submitted or dismissed; webhooks write its state in small letters."""
    shown = shape_pull.review(world, repository, one, given)
    shown["state"] = given.state.lower()
    pulled = shape_pull.simple(world, repository, one)
    emit(world, repository, "pull_request_review", by, {"action": action, "review": shown, "pull_request": pulled})


def check(world: World, repository: Repository, one: Check, action: str, by: str) -> None:
    """Tell that a check run was created or completed."""
    shown = shape_check.check_event(world, repository, one)
    emit(world, repository, "check_run", by, {"action": action, "check_run": shown})


def status(world: World, repository: Repository, one: CommitStatus) -> None:
    """Tell that a commit got a status."""
    shown = whole_commit(world, repository, repository.commits[one.sha])
    kept = {key: value for key, value in shown.items() if key not in ("stats", "files")}
    branches = [
        {
            "name": name,
            "commit": {"sha": sha, "url": world.api(repository, f"commits/{sha}")},
            "protected": name in repository.protections,
        }
        for name, sha in repository.branches.items()
        if sha == one.sha
    ]
    payload = {
        **shape_check.simple_status(world, repository, one),
        "sha": one.sha,
        "name": repository.full_name,
        "commit": kept,
        "branches": branches,
    }
    for key in ("url", "node_id"):
        del payload[key]
    emit(world, repository, "status", one.by, payload)


def workflow_run(world: World, repository: Repository, one: Run, action: str) -> None:
    """Tell that a workflow run was requested, is in progress or was completed."""
    payload = {
        "action": action,
        "workflow_run": shape_deploy.run(world, repository, one),
        "workflow": shape_deploy.workflow(world, repository, one),
    }
    emit(world, repository, "workflow_run", one.by, payload)


def _run_of(world: World, repository: Repository, made: Deployment) -> Json:
    """Return the run and workflow that made a deployment; both null for one made through the API."""
    if made.run is None:
        return {"workflow": None, "workflow_run": None}
    run = repository.runs[made.run]
    shown = {**shape_deploy.run(world, repository, run), "head_commit": None}
    return {"workflow": shape_deploy.workflow(world, repository, run), "workflow_run": shown}


def deployment(world: World, repository: Repository, made: Deployment) -> None:
    """Tell that a deployment was created."""
    shown = shape_deploy.deployment(world, repository, made)
    around = _run_of(world, repository, made)
    emit(world, repository, "deployment", made.by, {"action": "created", "deployment": shown, **around})


def deployment_status(world: World, repository: Repository, made: Deployment, one: DeploymentStatus) -> None:
    """Tell that a deployment got a status; `inactive` is not told (GitHub docs: deployment_status)."""
    if one.state == "inactive":
        return
    payload = {
        "action": "created",
        "deployment": shape_deploy.deployment(world, repository, made),
        "deployment_status": shape_deploy.deployment_status(world, repository, made, one),
        "check_run": None,
        **_run_of(world, repository, made),
    }
    emit(world, repository, "deployment_status", one.by, payload)


def gate(world: World, repository: Repository, run: Run, made: Deployment) -> None:
    """Ask the App whether a waiting run may go on."""
    pulls = [
        shape_pull.whole(world, repository, one)
        for one in repository.pulls.values()
        if one.state == "open" and one.head_sha == run.sha
    ]
    payload = {
        "action": "requested",
        "environment": run.environment,
        "event": run.event,
        "deployment_callback_url": world.api(repository, f"actions/runs/{run.id}/deployment_protection_rule"),
        "deployment": shape_deploy.deployment(world, repository, made),
        "pull_requests": pulls,
    }
    emit(world, repository, "deployment_protection_rule", run.by, payload)
