"""Everything of a process that has to do with GitHub, put together: readings, the gate, webhooks, ticks, routes.

Whoever has to hear of an event adds a line in `hooks`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.routing import Route

from bot import reconciling, wire
from bot.ci_logs import CiLogs
from bot.deployments_api import DeploymentsApi
from bot.desk import Desk
from bot.gate_api import GateApi
from bot.gating import CONTEXT, Gating
from bot.github_readings import GitHubReadings
from bot.links import GitHubLink
from bot.reconciling import Reconciler
from bot.waiting_runs import WaitingRuns
from bot.webhooks import Hook, Take, Webhooks

GITHUB = timedelta(seconds=10)
RUNS = timedelta(seconds=60)
Tick = tuple[timedelta, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Changed:
    """What makes a reading old: nothing rests on it any more, and it is read at once."""

    readings: GitHubReadings

    def anything(self, hook: Hook) -> None:
        """Something about the repository's pull requests or branches."""
        if hook.repository:
            self.readings.changed(hook.repository)

    def push(self, hook: Hook) -> None:
        """A branch moved; who pushed stands nowhere else."""
        sha, login = wire.text(hook.body, "after"), wire.text(hook.body, "sender", "login")
        if hook.repository and sha.strip("0") and login:
            self.readings.pushed(hook.repository, sha, login)
        self.anything(hook)

    def check(self, hook: Hook) -> None:
        """A check or status of one commit; our own status tells us nothing."""
        ours = wire.text(hook.body, "context").startswith(CONTEXT)
        sha = wire.text(hook.body, "sha") or wire.text(hook.body, "check_run", "head_sha")
        if hook.repository and sha and not ours:
            self.readings.changed(hook.repository, sha)

    def deployed(self, hook: Hook) -> None:
        """A commit came to an environment, staging perhaps."""
        sha = wire.text(hook.body, "deployment", "sha")
        if hook.repository and sha:
            self.readings.changed(hook.repository, sha)


def hooks(readings: GitHubReadings, runs: WaitingRuns, *more: Mapping[str, Take]) -> Mapping[str, Sequence[Take]]:
    """Event → what it does, each in its order; `more`: what others do with an event."""
    changed = Changed(readings)
    ours: Mapping[str, Take] = {
        "deployment_protection_rule": runs.requested,
        "workflow_run": runs.completed,
        "push": changed.push,
        "pull_request": changed.anything,
        "pull_request_review": changed.anything,
        "check_run": changed.check,
        "status": changed.check,
        "deployment_status": changed.deployed,
    }
    tables = (ours, *more)
    events = dict.fromkeys(event for table in tables for event in table)
    return {event: tuple(table[event] for table in tables if event in table) for event in events}


@dataclass(frozen=True, slots=True, kw_only=True)
class AtGitHub:
    """The parts; all of them do nothing where GitHub is not configured."""

    readings: GitHubReadings
    gating: Gating
    logs: CiLogs
    runs: WaitingRuns
    reconciler: Reconciler
    webhooks: Webhooks
    api: GateApi
    reports: DeploymentsApi

    def ticks(self) -> Mapping[str, Tick]:
        """What the worker does again and again."""
        return {
            "github": (GITHUB, self.readings.refresh),
            "runs": (RUNS, self.runs.poll),
            "reconcile": (reconciling.EVERY, self.reconciler),
        }

    def routes(self) -> list[Route]:
        """What the web serves of it."""
        return [*self.webhooks.routes(), *self.api.routes(), *self.reports.routes()]

    def close(self) -> None:
        """End its threads and connections."""
        self.readings.close()
        self.webhooks.close()


def compose(desk: Desk, readings: GitHubReadings, link: GitHubLink, *, secret: str) -> AtGitHub:
    """Put it together; nothing is started and nothing asked."""
    gating = Gating(
        db=desk.db, policy=desk.policy, clock=desk.clock, link=link.maybe, new_id=desk.new_id, salt=desk.salt
    )
    runs = WaitingRuns(desk=desk, link=link.maybe, read=readings.read)
    reconciler = Reconciler(
        db=desk.db,
        clock=desk.clock,
        rules=lambda: desk.policy.rules,
        new_id=desk.new_id,
        salt=desk.salt,
        link=link if link.configured else None,
        writable=lambda: desk.policy.writable,
    )
    return AtGitHub(
        readings=readings,
        gating=gating,
        logs=CiLogs(
            db=desk.db, policy=desk.policy, clock=desk.clock, link=link.maybe, new_id=desk.new_id, salt=desk.salt
        ),
        runs=runs,
        reconciler=reconciler,
        webhooks=Webhooks(desk, secret, hooks(readings, runs, reconciler.table())),
        api=GateApi(desk),
        reports=DeploymentsApi(desk),
    )
