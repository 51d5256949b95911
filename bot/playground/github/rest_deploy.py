"""REST: deployments, environments, workflow runs and the verdict on one that waits."""

from __future__ import annotations

from bot.playground.github import deploying, logs_kept, pipelines, shape_deploy
from bot.playground.github.asking import Ask, Elsewhere, Made, Page, commit_of
from bot.playground.github.records import Deployment, Environment, Json, Repository, Run
from bot.playground.github.refusal import GitHubError, invalid, missing
from bot.playground.github.world import World

COMMENT = 1024
"""Characters a status report may have (GitHub docs: custom deployment protection rules)."""

STATUSES = {"queued", "waiting", "in_progress", "completed", "requested", "pending"}


def deployments(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the deployments, newest first, of an environment, commit, ref or task."""
    wanted = {name: ask.query[name] for name in ("environment", "sha", "ref", "task") if ask.query.get(name)}
    found = [
        one
        for one in reversed(repo.deployments.values())
        if all(getattr(one, name) == value for name, value in wanted.items())
    ]
    return Page([shape_deploy.deployment(world, repo, one) for one in found])


def _deployment(repo: Repository, ask: Ask) -> Deployment:
    found = repo.deployments.get(ask.number("deployment_id"))
    if found is None:
        raise missing()
    return found


def deployment(world: World, repo: Repository, ask: Ask) -> Json:
    """Return one deployment."""
    return shape_deploy.deployment(world, repo, _deployment(repo, ask))


def post_deployment(world: World, repo: Repository, ask: Ask) -> Made:
    """Create a deployment of a ref; required contexts are not looked at."""
    ref = ask.text("ref", "Deployment")
    made = deploying.create(
        world,
        repo,
        commit_of(world, repo, ref, f"No ref found for: {ref}").sha,
        ask.text("environment", "Deployment", "production"),
        by=ask.token.login if ask.token else world.bot(),
        ref=ref,
        description=ask.body.get("description"),
        task=ask.text("task", "Deployment", "deploy"),
        payload=ask.body.get("payload"),
        production=ask.body.get("production_environment"),
        transient=bool(ask.body.get("transient_environment", False)),
    )
    return Made(shape_deploy.deployment(world, repo, made))


def deployment_statuses(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the statuses of a deployment, newest first."""
    one = _deployment(repo, ask)
    return Page([shape_deploy.deployment_status(world, repo, one, each) for each in reversed(one.statuses)])


def post_deployment_status(world: World, repo: Repository, ask: Ask) -> Made:
    """Give a deployment a status."""
    one, state = _deployment(repo, ask), ask.text("state", "DeploymentStatus")
    if state not in deploying.STATES:
        raise invalid("DeploymentStatus", "state")
    given = deploying.report(
        world,
        repo,
        one,
        state,
        by=ask.token.login if ask.token else world.bot(),
        description=ask.text("description", "DeploymentStatus", ""),
        log_url=ask.body.get("log_url") or ask.body.get("target_url") or "",
        environment_url=ask.body.get("environment_url") or "",
    )
    return Made(shape_deploy.deployment_status(world, repo, one, given))


def environments(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the environments."""
    return Page([shape_deploy.environment(world, repo, one) for one in repo.environments.values()], "environments")


def _environment(repo: Repository, ask: Ask) -> Environment:
    found = repo.environments.get(ask.names["environment_name"])
    if found is None:
        raise missing()
    return found


def environment(world: World, repo: Repository, ask: Ask) -> Json:
    """Return one environment."""
    return shape_deploy.environment(world, repo, _environment(repo, ask))


def protection_rules(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the protection rules of Apps on an environment."""
    one = _environment(repo, ask)
    rules = [] if one.rule is None else [shape_deploy.rule(world, one)]
    return Page(rules, "custom_deployment_protection_rules")


def runs(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the workflow runs, newest first, by status or conclusion, branch, event, actor, SHA and time."""
    pipelines.expire(world, repo)
    status = ask.query.get("status")
    wanted = {"branch": "branch", "event": "event", "actor": "by", "head_sha": "sha"}
    begin, end = _span(ask.query.get("created"))
    found = [
        one
        for one in reversed(repo.runs.values())
        if (status is None or status in (one.status, one.conclusion))
        and all(ask.query.get(name) in (None, getattr(one, field)) for name, field in wanted.items())
        and begin <= one.created[: len(begin)]
        and one.created[: len(end)] <= end
    ]
    return Page([shape_deploy.run(world, repo, one) for one in found], "workflow_runs")


def _span(created: str | None) -> tuple[str, str]:
    """Read GitHub's date syntax: `>=T`, `<=T`, `A..B`, or a day; both ends belong to it."""
    if not created:
        return "", "~"
    if ".." in created:
        begin, _, end = created.partition("..")
        return begin.replace("*", ""), "~" if end == "*" else end
    for sign in (">=", ">"):
        if created.startswith(sign):
            return created.removeprefix(sign), "~"
    for sign in ("<=", "<"):
        if created.startswith(sign):
            return "", created.removeprefix(sign)
    return created, created


def _run(world: World, repo: Repository, ask: Ask) -> Run:
    pipelines.expire(world, repo)
    found = repo.runs.get(ask.number("run_id"))
    if found is None:
        raise missing()
    return found


def run(world: World, repo: Repository, ask: Ask) -> Json:
    """Return one workflow run."""
    return shape_deploy.run(world, repo, _run(world, repo, ask))


def logs(world: World, repo: Repository, ask: Ask) -> Elsewhere:
    """Send on to the log archive of a run that is over; 410 once the logs are gone, 404 before there are any."""
    one = _run(world, repo, ask)
    if not one.logs:
        raise GitHubError(410, "Server Error")
    if one.status != "completed" or ask.number("attempt_number") != 1:
        raise missing()
    return Elsewhere(f"{world.base_url}{logs_kept.at(repo, one)}")


def approvals(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the review history of a run."""
    one = _run(world, repo, ask)
    where = repo.environments[one.environment]
    return Page([shape_deploy.verdict(world, repo, where, each) for each in one.verdicts])


def pending(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the environments a run waits for."""
    one = _run(world, repo, ask)
    where = [repo.environments[one.environment]] if one.status == "waiting" else []
    return Page([shape_deploy.pending(world, repo, each) for each in where])


def post_pending(world: World, repo: Repository, ask: Ask) -> Json:
    """Refuse: no environment here asks for people's reviews, only for the App's word."""
    _run(world, repo, ask)
    raise GitHubError(422, pipelines.NOTHING, [pipelines.NOTHING])


def verdict(world: World, repo: Repository, ask: Ask) -> Made:
    """Take the App's word on a waiting run: 204. Only the App may give it."""
    if ask.token is None or ask.token.installation is None:
        raise GitHubError(403, "Resource not accessible by personal access token")
    one = _run(world, repo, ask)
    environment, state = ask.text("environment_name", "DeploymentProtectionRule"), ask.body.get("state")
    comment = ask.text("comment", "DeploymentProtectionRule", None if state is None else "")
    if state not in (None, "approved", "rejected"):
        raise invalid("DeploymentProtectionRule", "state")
    if len(comment) > COMMENT:
        raise invalid("DeploymentProtectionRule", "comment")
    if environment not in repo.environments:
        raise missing()
    pipelines.verdict(world, repo, one, environment=environment, state=state, comment=comment)
    return Made(None)
