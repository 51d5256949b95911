"""Workflow runs that wait for a protection rule, and what lets them go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.playground.github import deploying, events
from bot.playground.github.records import Deployment, Repository, Run, Verdict
from bot.playground.github.refusal import GitHubError
from bot.playground.github.world import ACTIONS, World

REPORTS = 10
"""Status reports an App may give on one deployment (GitHub docs: custom deployment protection rules)."""

PATIENCE = timedelta(days=30)
"""How long a job may wait before it fails (GitHub docs: reviewing deployments)."""

NOTHING = "No pending deployment requests to approve or reject"


def start(
    world: World,
    repository: Repository,
    ref: str,
    *,
    environment: str,
    by: str,
    workflow: str,
    outcome: str | None,
    event: str,
) -> Run:
    """Start a run of `ref` whose job deploys to an environment, made if it is not there; it waits if a rule says so."""
    head, at = world.commit(repository, ref), world.stamp()
    name = ref.removeprefix("refs/heads/")
    branch = name if name in repository.branches else _branch_of(repository, head.sha)
    place = deploying.environment_of(world, repository, environment)
    repository.workflows.setdefault(workflow, world.number())
    number = 1 + sum(one.workflow == workflow for one in repository.runs.values())
    login = world.account(by).login
    run = Run(world.number(), number, workflow, head.sha, branch, login, environment, at, at, world.number(), event)
    run.outcome = outcome
    repository.runs[run.id] = run
    events.workflow_run(world, repository, run, "requested")
    run.status = "queued" if place.rule is None else "waiting"
    made = deploying.create(world, repository, head.sha, environment, by=ACTIONS, ref=branch, run=run.id)
    run.deployment = made.id
    if place.rule is None:
        _proceed(world, repository, run)
    else:
        events.gate(world, repository, run, made)
    return run


def _branch_of(repository: Repository, sha: str) -> str:
    found = [name for name, tip in repository.branches.items() if tip == sha]
    return found[0] if found else repository.default_branch


def _deployment(repository: Repository, run: Run) -> Deployment:
    return repository.deployments[run.deployment or 0]


def _touch(world: World, repository: Repository, run: Run, status: str, conclusion: str | None = None) -> None:
    run.status, run.conclusion, run.updated = status, conclusion, world.stamp()
    events.workflow_run(world, repository, run, "completed" if conclusion else status)


def _proceed(world: World, repository: Repository, run: Run) -> None:
    """Let the job run: the deployment is in progress, and ends at once as the run was told to end."""
    _touch(world, repository, run, "in_progress")
    log = world.site(repository, f"actions/runs/{run.id}")
    deploying.report(world, repository, _deployment(repository, run), "in_progress", by=ACTIONS, log_url=log)
    if run.outcome is not None:
        finish(world, repository, run, run.outcome)


def finish(world: World, repository: Repository, run: Run, outcome: str) -> None:
    """End the job of a run in progress with success or failure. ValueError when it is not running."""
    if run.status != "in_progress":
        raise ValueError(f"run {run.id} is {run.status}")
    log = world.site(repository, f"actions/runs/{run.id}")
    url = f"{world.base_url}/live/{repository.full_name}/{run.environment}"
    deploying.report(
        world, repository, _deployment(repository, run), outcome, by=ACTIONS, log_url=log, environment_url=url
    )
    _touch(world, repository, run, "completed", outcome)


def verdict(
    world: World, repository: Repository, run: Run, *, environment: str, state: str | None, comment: str
) -> None:
    """Take the App's word on a waiting run: approved, rejected, or with None only a report. GitHubError 422 if late."""
    expire(world, repository)
    if run.status != "waiting" or run.environment != environment:
        raise GitHubError(422, NOTHING, [NOTHING])
    reports = sum(one.state == "pending" and one.by == world.bot() for one in run.verdicts)
    if state is None and reports >= REPORTS:
        raise GitHubError(422, f"No more than {REPORTS} status reports are allowed for one deployment")
    run.verdicts.append(Verdict(state or "pending", world.bot(), comment, world.stamp()))
    world.touch()
    if state == "approved":
        _proceed(world, repository, run)
    elif state == "rejected":
        _fail(world, repository, run, "Deployment was rejected")


def _fail(world: World, repository: Repository, run: Run, why: str) -> None:
    made = _deployment(repository, run)
    deploying.report(world, repository, made, "failure", by=ACTIONS, description=why)
    _touch(world, repository, run, "completed", "failure")


def bypass(world: World, repository: Repository, run: Run, by: str) -> None:
    """Let an administrator start the waiting job. PermissionError where the environment forbids it."""
    _must_wait(run)
    if not repository.environments[run.environment].can_admins_bypass:
        raise PermissionError(f"administrators cannot bypass the rules of {run.environment}")
    run.verdicts.append(Verdict("approved", world.account(by).login, "Bypassed protection rules", world.stamp()))
    _proceed(world, repository, run)


def cancel(world: World, repository: Repository, run: Run) -> None:
    """Cancel a run that has not ended."""
    if run.status == "completed":
        raise ValueError(f"run {run.id} has ended")
    made = _deployment(repository, run)
    deploying.report(world, repository, made, "error", by=ACTIONS, description="Deployment was cancelled")
    _touch(world, repository, run, "completed", "cancelled")


def expire(world: World, repository: Repository) -> None:
    """Fail the runs that have waited for more than thirty days."""
    for run in list(repository.runs.values()):
        if run.status == "waiting" and world.clock() - datetime.fromisoformat(run.created) > PATIENCE:
            _fail(world, repository, run, "The job waited for too long")


def _must_wait(run: Run) -> None:
    if run.status != "waiting":
        raise ValueError(f"run {run.id} is {run.status}")
