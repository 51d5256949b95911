"""A repository as the Pipeline panel shows it."""

from __future__ import annotations

from bot.playground.github.history import only_in
from bot.playground.github.picture import run_state
from bot.playground.github.records import Commit, Deployment, Json, Pull, Repository, Run
from bot.playground.github.world import World

PULLS, RUNS, OLDER = 3, 3, 4
WORDS = {
    "waiting": "waiting for Countersign",
    "queued": "queued",
    "in_progress": "deploying",
    "completed:success": "deployed",
    "completed:failure": "failed",
    "cancelled": "cancelled",
}


def repository_json(world: World, one: Repository) -> Json:
    """Return its branch head, open pull requests, latest runs, and what is live."""
    head = one.commits[one.branches[one.default_branch]]
    live = _live(one)
    pulls = [each for each in reversed(one.pulls.values()) if each.state == "open"]
    return {
        "name": one.full_name,
        "branch": one.default_branch,
        "head": _commit(world, one, head),
        "staging": _staging(one),
        "past_review": not any(pull.merge_sha == head.sha for pull in one.pulls.values()) and bool(head.parents),
        "live": None if live is None else _version(one, live),
        "ahead": 0 if live is None else len(only_in(one, live.sha, head.sha)),
        "pulls": [_pull(one, each) for each in pulls[:PULLS]],
        "more_pulls": max(0, len(pulls) - PULLS),
        "runs": [_run(one, each) for each in list(reversed(one.runs.values()))[:RUNS]],
        "older": _older(one, live, head.sha),
    }


def _commit(world: World, one: Repository, commit: Commit) -> Json:
    author = world.owner_of(commit.author.email)
    return {
        "sha": commit.sha[:7],
        "title": commit.message.partition("\n")[0],
        "by": commit.author.name if author is None else author.login,
        "at": commit.committer.at,
        "checks": _checks(one, commit.sha),
    }


def _checks(one: Repository, sha: str) -> str:
    ends = [each.conclusion for each in one.checks if each.sha == sha]
    if not ends:
        return "none"
    if None in ends:
        return "running"
    return "passed" if all(each == "success" for each in ends) else "failed"


def _staging(one: Repository) -> Json | None:
    found = next(iter(_succeeded(one, "staging")), None)
    return None if found is None else _version(one, found)


def _succeeded(one: Repository, environment: str = "production") -> list[Deployment]:
    """Return every deployment there that worked, newest first."""
    there = [each for each in one.deployments.values() if each.environment == environment]
    return [each for each in reversed(there) if any(status.state == "success" for status in each.statuses)]


def _live(one: Repository) -> Deployment | None:
    return next(iter(_succeeded(one)), None)


def _version(one: Repository, live: Deployment) -> Json:
    at = next(status.at for status in reversed(live.statuses) if status.state in ("success", "inactive"))
    return {"sha": live.sha[:7], "tag": _tag(one, live.sha), "at": at}


def _tag(one: Repository, sha: str) -> str | None:
    return next((name for name, tip in one.tags.items() if tip == sha), None)


def _pull(one: Repository, pull: Pull) -> Json:
    shape: Json = {"number": pull.number, "title": pull.title, "by": pull.author}
    return shape | {"checks": _checks(one, pull.head_sha)}


def _run(one: Repository, run: Run) -> Json:
    state = run_state(run)
    said = [each.comment for each in run.verdicts if each.comment]
    stopped = run.conclusion == "failure" and bool(run.verdicts) and run.verdicts[-1].state == "rejected"
    return {
        "id": run.id,
        "number": run.number,
        "sha": run.sha[:7],
        "tag": _tag(one, run.sha),
        "by": run.by,
        "at": run.updated,
        "state": run.status if run.conclusion is None else run.conclusion,
        "words": "stopped by Countersign" if stopped else WORDS.get(state, state),
        "said": said[-1] if said and run.status == "waiting" else None,
        "why": said[-1] if said and stopped else None,
    }


def _older(one: Repository, live: Deployment | None, head: str) -> list[Json]:
    """Return the versions that were live before, newest first: what a person could go back to."""
    found: dict[str, Json] = {}
    for each in _succeeded(one):
        if each.sha != head and (live is None or each.sha != live.sha):
            found.setdefault(each.sha, {"ref": each.sha, "label": _tag(one, each.sha) or each.sha[:7]})
    return list(found.values())[:OLDER]
