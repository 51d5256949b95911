"""What pipelines do: deploy, run, wait, go on. Each is a method of Hub."""

from __future__ import annotations

from bot.playground.github import checking, deploying, logs_kept, pipelines
from bot.playground.github.holder import Holder
from bot.playground.github.picture import run_state as state_of
from bot.playground.github.picture import verdicts
from bot.playground.github.records import Json


def deploy(
    self: Holder,
    repo: str,
    sha: str,
    environment: str,
    *,
    by: str,
    state: str | None = "success",
    url: str = "",
    log_url: str = "",
    ref: str | None = None,
    description: str | None = None,
) -> int:
    """Deploy past every gate, through the API: a deployment and, unless `state` is None, one status. Returns its id.

    `url` is where it is live.
    """
    world = self.world
    with world.lock:
        repository = world.repository(repo)
        made = deploying.create(world, repository, sha, environment, by=by, ref=ref, description=description)
        if state is not None:
            deploying.report(world, repository, made, state, by=by, environment_url=url, log_url=log_url)
        return made.id


def deployment_status(self: Holder, repo: str, deployment: int, state: str, *, by: str, url: str = "") -> None:
    """Give a deployment another status."""
    with self.world.lock:
        repository = self.world.repository(repo)
        made = repository.deployments[deployment]
        deploying.report(self.world, repository, made, state, by=by, environment_url=url)


def run(
    self: Holder,
    repo: str,
    ref_or_sha: str,
    *,
    environment: str = "production",
    by: str,
    workflow: str = "deploy",
    outcome: str | None = "success",
    event: str = "push",
) -> int:
    """Run a workflow whose job deploys, and return the run's id; it waits where our rule stands on the environment.

    Let through, the job ends at once with `outcome`; with None it goes on until `finish`.
    """
    world = self.world
    with world.lock:
        repository, ref = world.repository(repo), ref_or_sha
        made = pipelines.start(
            world, repository, ref, environment=environment, by=by, workflow=workflow, outcome=outcome, event=event
        )
        return made.id


def finish(self: Holder, repo: str, run: int, outcome: str = "success") -> None:
    """End the job of a run that was started with `outcome=None` and let through."""
    with self.world.lock:
        pipelines.finish(self.world, self.world.repository(repo), self.world.run(repo, run), outcome)


def admin_bypass(self: Holder, repo: str, run: int, by: str) -> None:
    """Let an administrator start a waiting job past its rules. PermissionError where the environment forbids it."""
    with self.world.lock:
        pipelines.bypass(self.world, self.world.repository(repo), self.world.run(repo, run), by)


def cancel(self: Holder, repo: str, run: int) -> None:
    """Cancel a run that has not ended."""
    with self.world.lock:
        pipelines.cancel(self.world, self.world.repository(repo), self.world.run(repo, run))


def expire_logs(self: Holder, repo: str, run: int) -> None:
    """Let the logs of a run be gone, as they are after ninety days."""
    with self.world.lock:
        self.world.run(repo, run).logs = False


def log_digest(self: Holder, repo: str, run: int) -> str:
    """Return the SHA-256 of the log archive of a run in hex."""
    with self.world.lock:
        return logs_kept.digest(self.world.run(repo, run))


def run_state(self: Holder, repo: str, run: int) -> str:
    """Return how a run stands: waiting, in_progress, cancelled, completed:success or completed:failure."""
    with self.world.lock:
        pipelines.expire(self.world, self.world.repository(repo))
        return state_of(self.world.run(repo, run))


def reports(self: Holder, repo: str, run: int) -> list[str]:
    """Return the status reports the App gave on a run, oldest first."""
    with self.world.lock:
        history = verdicts(self.world.run(repo, run))
        return [one["comment"] for one in history if one["state"] == "pending"]


def approvals(self: Holder, repo: str, run: int) -> list[Json]:
    """Return who let a run through or refused it: state, by, comment, at."""
    with self.world.lock:
        return [one for one in verdicts(self.world.run(repo, run)) if one["state"] != "pending"]


def commit_statuses(self: Holder, repo: str, sha: str) -> dict[str, tuple[str, str | None]]:
    """Return the latest status of each context of a commit: its state and description."""
    with self.world.lock:
        latest = checking.latest(self.world.repository(repo), sha)
        return {one.context: (one.state, one.description) for one in latest}
