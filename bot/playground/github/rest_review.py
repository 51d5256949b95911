"""REST: pull requests, checks, statuses, branch rules."""

from __future__ import annotations

from bot.playground.github import checking, shape_check, shape_pull
from bot.playground.github.asking import Ask, Made, Page, commit_of
from bot.playground.github.history import changes
from bot.playground.github.records import Check, Json, Pull, Repository
from bot.playground.github.refusal import invalid, missing
from bot.playground.github.shape_people import app_number
from bot.playground.github.shape_repository import commit as shape_commit
from bot.playground.github.shape_repository import file as shape_file
from bot.playground.github.world import World


def pulls(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the pull requests of a state (open), newest first; `head` is `owner:branch`."""
    state, base, head = ask.query.get("state", "open"), ask.query.get("base"), ask.query.get("head")
    if state not in ("open", "closed", "all"):
        raise invalid("PullRequest", "state")
    found = [
        one
        for one in reversed(repo.pulls.values())
        if state in ("all", one.state)
        and base in (None, one.base)
        and (head is None or head.partition(":")[2] == one.head)
    ]
    if ask.query.get("sort") == "updated":
        found.sort(key=lambda one: one.updated, reverse=ask.query.get("direction") == "desc")
    elif ask.query.get("direction") == "asc":
        found.reverse()
    return Page([shape_pull.simple(world, repo, one) for one in found])


def _pull(repo: Repository, ask: Ask) -> Pull:
    found = repo.pulls.get(ask.number("pull_number"))
    if found is None:
        raise missing()
    return found


def pull(world: World, repo: Repository, ask: Ask) -> Json:
    """Return one pull request."""
    return shape_pull.whole(world, repo, _pull(repo, ask))


def reviews(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the reviews of a pull request, oldest first."""
    one = _pull(repo, ask)
    return Page([shape_pull.review(world, repo, one, given) for given in one.reviews])


def files(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the files a pull request changes."""
    one = _pull(repo, ask)
    before = repo.commits[shape_pull.fork_point(repo, one)].files
    changed = changes(before, repo.commits[one.head_sha].files)
    return Page([shape_file(world, repo, one.head_sha, each) for each in changed])


def pull_commits(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the commits of a pull request, oldest first."""
    shas = shape_pull.commits_of(repo, _pull(repo, ask))
    return Page([shape_commit(world, repo, repo.commits[sha]) for sha in shas])


def check_runs(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the check runs of a commit, newest first; unless `filter=all`, the latest of each name."""
    sha = commit_of(world, repo, ask.names["ref"]).sha
    name, status, app = ask.query.get("check_name"), ask.query.get("status"), ask.query.get("app_id")
    latest: dict[object, Check] = {}
    for one in reversed(repo.checks):
        state = "in_progress" if one.conclusion is None else "completed"
        if one.sha != sha or name not in (None, one.name) or status not in (None, state):
            continue
        if app is not None and app != str(app_number(one.app)):
            continue
        latest.setdefault(one.id if ask.query.get("filter") == "all" else (one.name, one.app), one)
    return Page([shape_check.check(world, repo, one) for one in latest.values()], "check_runs")


def combined_status(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the combined status of a commit."""
    sha = commit_of(world, repo, ask.names["ref"]).sha
    whole = shape_check.combined(world, repo, sha, checking.latest(repo, sha))
    return Page(whole.pop("statuses"), "statuses", whole)


def statuses(world: World, repo: Repository, ask: Ask) -> Page:
    """Return every status of a commit, newest first."""
    sha = commit_of(world, repo, ask.names["ref"]).sha
    return Page([shape_check.status(world, repo, one) for one in reversed(repo.statuses) if one.sha == sha])


def post_status(world: World, repo: Repository, ask: Ask) -> Made:
    """Give a commit a status."""
    state = ask.text("state", "Status")
    if state not in checking.STATES:
        raise invalid("Status", "state")
    description, url = ask.body.get("description"), ask.body.get("target_url")
    if description is not None and len(description) > 140:
        raise invalid("Status", "description")
    made = checking.status(
        world,
        repo,
        commit_of(world, repo, ask.names["sha"]).sha,
        ask.text("context", "Status", "default"),
        state=state,
        by=ask.token.login if ask.token else world.bot(),
        description=description,
        url=url,
    )
    return Made(shape_check.status(world, repo, made))


def branch_rules(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the rules of active rulesets that apply to a branch; none is an empty list."""
    found = [
        {
            **rule,
            "ruleset_source_type": "Repository",
            "ruleset_source": repo.full_name,
            "ruleset_id": one.id,
        }
        for one in repo.rulesets
        if one.branch == ask.names["branch"] and one.enforcement == "active"
        for rule in one.rules
    ]
    return Page(found)


def rulesets(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the rulesets of a repository."""
    return Page([shape_check.ruleset(world, repo, one) for one in repo.rulesets])


def one_ruleset(world: World, repo: Repository, ask: Ask) -> Json:
    """Return a ruleset with its rules and who may go past them."""
    found = next((one for one in repo.rulesets if one.id == ask.number("ruleset_id")), None)
    if found is None:
        raise missing()
    where = {"ref_name": {"include": [f"refs/heads/{found.branch}"], "exclude": []}}
    inside = {"conditions": where, "rules": found.rules, "bypass_actors": found.bypass}
    return {**shape_check.ruleset(world, repo, found), **inside}
