"""Deployments, environments and workflow runs, as REST and webhooks show them."""

from __future__ import annotations

from bot.playground.github.records import Deployment, DeploymentStatus, Environment, Json, Repository, Run, Verdict
from bot.playground.github.shape_people import app, named
from bot.playground.github.shape_pull import open_at
from bot.playground.github.shape_repository import minimal, simple_commit
from bot.playground.github.world import World


def deployment(world: World, repository: Repository, one: Deployment) -> Json:
    """Return a deployment."""
    url = world.api(repository, f"deployments/{one.id}")
    return {
        "url": url,
        "id": one.id,
        "node_id": f"DE_{one.id}",
        "sha": one.sha,
        "ref": one.ref,
        "task": one.task,
        "payload": one.payload,
        "original_environment": one.environment,
        "environment": one.environment,
        "description": one.description,
        "creator": named(world, one.by),
        "created_at": one.created,
        "updated_at": one.updated,
        "statuses_url": f"{url}/statuses",
        "repository_url": world.api(repository),
        "transient_environment": one.transient,
        "production_environment": one.production,
    }


def deployment_status(world: World, repository: Repository, made: Deployment, one: DeploymentStatus) -> Json:
    """Return one status of a deployment."""
    url = world.api(repository, f"deployments/{made.id}")
    return {
        "url": f"{url}/statuses/{one.id}",
        "id": one.id,
        "node_id": f"DES_{one.id}",
        "state": one.state,
        "creator": named(world, one.by),
        "description": one.description,
        "environment": made.environment,
        "target_url": one.log_url,
        "log_url": one.log_url,
        "environment_url": one.environment_url,
        "created_at": one.at,
        "updated_at": one.at,
        "deployment_url": url,
        "repository_url": world.api(repository),
    }


def environment(world: World, repository: Repository, one: Environment) -> Json:
    """Return an environment; rules of Apps are listed elsewhere, as on GitHub."""
    return {
        **named_environment(world, repository, one),
        "created_at": one.created,
        "updated_at": one.created,
        "can_admins_bypass": one.can_admins_bypass,
        "protection_rules": [],
        "deployment_branch_policy": None,
    }


def named_environment(world: World, repository: Repository, one: Environment) -> Json:
    """Return the short form of an environment."""
    return {
        "id": one.id,
        "node_id": f"EN_{one.id}",
        "name": one.name,
        "url": world.api(repository, f"environments/{one.name}"),
        "html_url": world.site(repository, f"deployments/activity_log?environments_filter={one.name}"),
    }


def rule(world: World, one: Environment) -> Json:
    """Return our App's protection rule on an environment."""
    ours = app(world)
    shown = {"id": ours["id"], "slug": ours["slug"], "node_id": ours["node_id"]}
    integration = f"{world.base_url}/apps/{ours['slug']}"
    return {
        "id": one.rule,
        "node_id": f"GA_{one.rule}",
        "enabled": True,
        "app": {**shown, "integration_url": integration},
    }


def run(world: World, repository: Repository, one: Run) -> Json:
    """Return a workflow run."""
    url = world.api(repository, f"actions/runs/{one.id}")
    suite = world.api(repository, f"check-suites/{one.suite}")
    head = repository.commits[one.sha]
    workflow = repository.workflows[one.workflow]
    return {
        "id": one.id,
        "name": one.workflow,
        "node_id": f"WFR_{one.id}",
        "head_branch": one.branch,
        "head_sha": one.sha,
        "path": f".github/workflows/{one.workflow}.yml",
        "display_title": head.message.splitlines()[0] if head.message else one.workflow,
        "run_number": one.number,
        "run_attempt": 1,
        "event": one.event,
        "status": one.status,
        "conclusion": one.conclusion,
        "workflow_id": workflow,
        "check_suite_id": one.suite,
        "check_suite_node_id": f"CS_{one.suite}",
        "url": url,
        "html_url": world.site(repository, f"actions/runs/{one.id}"),
        "pull_requests": open_at(world, repository, one.sha),
        "created_at": one.created,
        "updated_at": one.updated,
        "run_started_at": one.created,
        "actor": named(world, one.by),
        "triggering_actor": named(world, one.by),
        **{f"{rest}_url": f"{url}/{rest}" for rest in ("jobs", "logs", "artifacts", "cancel", "rerun")},
        "check_suite_url": suite,
        "previous_attempt_url": None,
        "referenced_workflows": [],
        "workflow_url": world.api(repository, f"actions/workflows/{workflow}"),
        "head_commit": simple_commit(head),
        "repository": minimal(world, repository),
        "head_repository": minimal(world, repository),
    }


def workflow(world: World, repository: Repository, one: Run) -> Json:
    """Return the workflow of a run, as webhooks show it."""
    number = repository.workflows[one.workflow]
    path = f".github/workflows/{one.workflow}.yml"
    return {
        "id": number,
        "node_id": f"W_{number}",
        "name": one.workflow,
        "path": path,
        "state": "active",
        "created_at": repository.created,
        "updated_at": repository.created,
        "url": world.api(repository, f"actions/workflows/{number}"),
        "html_url": world.site(repository, f"blob/{repository.default_branch}/{path}"),
        "badge_url": world.site(repository, f"workflows/{one.workflow}/badge.svg"),
    }


def verdict(world: World, repository: Repository, where: Environment, one: Verdict) -> Json:
    """Return one line of a run's review history."""
    return {
        "state": one.state,
        "comment": one.comment,
        "environments": [environment(world, repository, where)],
        "user": named(world, one.by),
    }


def pending(world: World, repository: Repository, where: Environment) -> Json:
    """Return an environment a run waits for. Only its App can let it through, so nobody has to be asked."""
    return {
        "environment": named_environment(world, repository, where),
        "wait_timer": 0,
        "wait_timer_started_at": None,
        "current_user_can_approve": False,
        "reviewers": [],
    }
