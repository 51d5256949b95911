"""Deployments and their statuses."""

from __future__ import annotations

from bot.playground.github import events
from bot.playground.github.records import Deployment, DeploymentStatus, Environment, Json, Repository
from bot.playground.github.world import World

STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")


def environment_of(world: World, repository: Repository, name: str) -> Environment:
    """Return an environment; the first deployment that names it makes it, as on GitHub."""
    if name not in repository.environments:
        made = Environment(world.number(), name, None, True, world.stamp())
        repository.environments[name] = made
    return repository.environments[name]


def create(
    world: World,
    repository: Repository,
    sha: str,
    environment: str,
    *,
    by: str,
    ref: str | None = None,
    run: int | None = None,
    description: str | None = None,
    task: str = "deploy",
    payload: Json | str | None = None,
    production: bool | None = None,
    transient: bool = False,
) -> Deployment:
    """Create a deployment without a status, and tell it. LookupError for an unknown commit."""
    at = world.stamp()
    environment_of(world, repository, environment)
    made = Deployment(
        id=world.number(),
        sha=world.commit(repository, sha).sha,
        ref=ref or sha,
        environment=environment,
        by=world.account(by).login,
        created=at,
        updated=at,
        description=description,
        task=task,
        payload={} if payload is None else payload,
        run=run,
        production=environment == "production" if production is None else production,
        transient=transient,
    )
    repository.deployments[made.id] = made
    events.deployment(world, repository, made)
    return made


def report(
    world: World,
    repository: Repository,
    made: Deployment,
    state: str,
    *,
    by: str,
    description: str = "",
    log_url: str = "",
    environment_url: str = "",
) -> DeploymentStatus:
    """Give a deployment a status and tell it; success makes what was live before inactive. ValueError if unknown."""
    if state not in STATES:
        raise ValueError(f"no deployment is {state!r}")
    login = world.account(by).login
    one = DeploymentStatus(world.number(), state, login, world.stamp(), description, log_url, environment_url)
    made.statuses.append(one)
    made.updated = one.at
    events.deployment_status(world, repository, made, one)
    if state == "success":
        _supersede(world, repository, made)
    return one


def _supersede(world: World, repository: Repository, live: Deployment) -> None:
    """Make the others of this environment inactive: Actions always does, the API only outside production."""
    if live.run is None and live.production:
        return
    for other in repository.deployments.values():
        if other is live or other.environment != live.environment or other.transient or not other.statuses:
            continue
        if other.statuses[-1].state == "success":
            report(world, repository, other, "inactive", by=live.statuses[-1].by)
