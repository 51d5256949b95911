"""The state as plain data, for the demo page."""

from __future__ import annotations

from bot.playground.github.history import reachable
from bot.playground.github.records import Commit, Deployment, Json, Pull, Repository, Run
from bot.playground.github.world import World

SHOWN = 30
"""How many commits of a branch, and how many runs and deployments, the page gets."""


def picture(world: World) -> Json:
    """Return people and repositories with all in them, newest first; `changes` grows whenever anything changes."""
    people = [{"login": one.login, "name": one.name} for one in world.accounts.values() if one.kind == "User"]
    shown = [_repository(world, one) for one in world.repositories.values()]
    return {"base_url": world.base_url, "people": people, "repositories": shown, "changes": world.changes}


def _repository(world: World, one: Repository) -> Json:
    tip = one.branches.get(one.default_branch)
    commits = [] if tip is None else reachable(one, tip)[:SHOWN]
    return {
        "full_name": one.full_name,
        "default_branch": one.default_branch,
        "private": one.private,
        "branches": dict(one.branches),
        "tags": dict(one.tags),
        "protected": sorted({*one.protections, *(rules.branch for rules in one.rulesets)}),
        "environments": [{"name": each.name, "gated": each.rule is not None} for each in one.environments.values()],
        "commits": [_commit(world, one, one.commits[sha]) for sha in commits],
        "pulls": [_pull(each) for each in reversed(one.pulls.values())],
        "runs": [_run(each) for each in reversed(one.runs.values())][:SHOWN],
        "deployments": [_deployment(each) for each in reversed(one.deployments.values())][:SHOWN],
    }


def _commit(world: World, repository: Repository, one: Commit) -> Json:
    author = world.owner_of(one.author.email)
    return {
        "sha": one.sha,
        "message": one.message,
        "author": one.author.name,
        "login": None if author is None else author.login,
        "at": one.committer.at,
        "checks": [
            {"name": each.name, "conclusion": each.conclusion} for each in repository.checks if each.sha == one.sha
        ],
        "statuses": {
            each.context: {"state": each.state, "description": each.description}
            for each in repository.statuses
            if each.sha == one.sha
        },
    }


def _pull(one: Pull) -> Json:
    return {
        "number": one.number,
        "title": one.title,
        "author": one.author,
        "head": one.head,
        "base": one.base,
        "sha": one.head_sha,
        "state": "merged" if one.merged else one.state,
        "reviews": [{"by": each.by, "state": each.state, "sha": each.sha} for each in one.reviews],
    }


def run_state(one: Run) -> str:
    """Return how a run stands: queued, waiting, in_progress, cancelled, completed:success or completed:failure."""
    if one.conclusion == "cancelled":
        return "cancelled"
    return one.status if one.conclusion is None else f"{one.status}:{one.conclusion}"


def _run(one: Run) -> Json:
    return {
        "id": one.id,
        "number": one.number,
        "workflow": one.workflow,
        "sha": one.sha,
        "branch": one.branch,
        "by": one.by,
        "environment": one.environment,
        "state": run_state(one),
        "at": one.created,
        "verdicts": verdicts(one),
    }


def verdicts(one: Run) -> list[Json]:
    """Return the review history of a run: state, by, comment, at."""
    return [{"state": each.state, "by": each.by, "comment": each.comment, "at": each.at} for each in one.verdicts]


def _deployment(one: Deployment) -> Json:
    return {
        "id": one.id,
        "sha": one.sha,
        "environment": one.environment,
        "by": one.by,
        "at": one.created,
        "state": one.statuses[-1].state if one.statuses else None,
    }
