"""Which endpoint answers which path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from bot.playground.github import access, rest_app, rest_code, rest_deploy, rest_files, rest_review
from bot.playground.github.asking import Ask
from bot.playground.github.records import Repository
from bot.playground.github.refusal import missing
from bot.playground.github.world import World

Endpoint = Callable[[World, Ask], Any]
RepositoryEndpoint = Callable[[World, Repository, Ask], Any]

APP: dict[tuple[str, str], Endpoint] = {
    ("GET", "/app"): rest_app.app,
    ("GET", "/app/hook/config"): rest_app.hook,
    ("GET", "/app/installations"): rest_app.installations,
    ("GET", "/app/installations/{installation_id}"): rest_app.one_installation,
    ("POST", "/app/installations/{installation_id}/access_tokens"): rest_app.access_token,
    ("GET", "/repos/{owner}/{repo}/installation"): rest_app.repository_installation,
}
"""What the App asks with its JWT."""

TOKEN: dict[tuple[str, str], Endpoint] = {
    ("GET", "/installation/repositories"): rest_app.repositories,
    ("GET", "/users/{username}"): rest_app.user,
    ("GET", "/rate_limit"): rest_app.rate_limit,
}
"""What any token may ask, without a repository."""

REPOSITORY: dict[tuple[str, str], RepositoryEndpoint] = {
    ("GET", ""): rest_code.repository,
    ("GET", "/commits"): rest_code.commits,
    ("GET", "/commits/{ref*}/pulls"): rest_code.commit_pulls,
    ("GET", "/commits/{ref*}/check-runs"): rest_review.check_runs,
    ("GET", "/commits/{ref*}/status"): rest_review.combined_status,
    ("GET", "/commits/{ref*}/statuses"): rest_review.statuses,
    ("GET", "/commits/{ref*}"): rest_code.commit,
    ("GET", "/statuses/{ref}"): rest_review.statuses,
    ("POST", "/statuses/{sha}"): rest_review.post_status,
    ("GET", "/compare/{basehead*}"): rest_code.compare,
    ("GET", "/branches/{branch*}/protection"): rest_code.protection,
    ("GET", "/branches/{branch*}"): rest_code.branch,
    ("GET", "/rules/branches/{branch*}"): rest_review.branch_rules,
    ("GET", "/rulesets"): rest_review.rulesets,
    ("GET", "/rulesets/{ruleset_id}"): rest_review.one_ruleset,
    ("GET", "/git/ref/{ref*}"): rest_code.reference,
    ("GET", "/contents/{path*}"): rest_code.contents,
    ("PUT", "/contents/{path*}"): rest_files.put_contents,
    ("GET", "/collaborators/{username}/permission"): rest_code.permission,
    ("GET", "/pulls"): rest_review.pulls,
    ("GET", "/pulls/{pull_number}"): rest_review.pull,
    ("GET", "/pulls/{pull_number}/reviews"): rest_review.reviews,
    ("GET", "/pulls/{pull_number}/files"): rest_review.files,
    ("GET", "/pulls/{pull_number}/commits"): rest_review.pull_commits,
    ("GET", "/deployments"): rest_deploy.deployments,
    ("POST", "/deployments"): rest_deploy.post_deployment,
    ("GET", "/deployments/{deployment_id}"): rest_deploy.deployment,
    ("GET", "/deployments/{deployment_id}/statuses"): rest_deploy.deployment_statuses,
    ("POST", "/deployments/{deployment_id}/statuses"): rest_deploy.post_deployment_status,
    ("GET", "/environments"): rest_deploy.environments,
    ("GET", "/environments/{environment_name}"): rest_deploy.environment,
    ("GET", "/environments/{environment_name}/deployment_protection_rules"): rest_deploy.protection_rules,
    ("GET", "/actions/runs"): rest_deploy.runs,
    ("GET", "/actions/runs/{run_id}"): rest_deploy.run,
    ("GET", "/actions/runs/{run_id}/approvals"): rest_deploy.approvals,
    ("GET", "/actions/runs/{run_id}/attempts/{attempt_number}/logs"): rest_deploy.logs,
    ("GET", "/actions/runs/{run_id}/pending_deployments"): rest_deploy.pending,
    ("POST", "/actions/runs/{run_id}/pending_deployments"): rest_deploy.post_pending,
    ("POST", "/actions/runs/{run_id}/deployment_protection_rule"): rest_deploy.verdict,
}
"""What a token may ask of a repository it reaches; the first that fits answers. Names of branches hold slashes."""

BASE = "/repos/{owner}/{repo}"


def pattern(template: str) -> re.Pattern[str]:
    """Return what matches a path as it came, escapes included; `{name*}` takes the rest, slashes too."""
    whole = re.sub(r"\{(\w+)\*\}", r"(?P<\1>.*)", template)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", whole) + "/?")


PATTERNS: list[tuple[str, re.Pattern[str], Endpoint | None, RepositoryEndpoint | None, bool]] = [
    *((method, pattern(path), one, None, True) for (method, path), one in APP.items()),
    *((method, pattern(path), one, None, False) for (method, path), one in TOKEN.items()),
    *((method, pattern(BASE + path), None, one, False) for (method, path), one in REPOSITORY.items()),
]


def answer(world: World, method: str, path: str, ask: Ask) -> Any:
    """Find the endpoint of a path, let in whom it is for, and return what it says. GitHubError for a refusal."""
    header = ask.header
    access.bearer(header)
    for verb, shape, plain, of_repository, app in PATTERNS:
        found = shape.fullmatch(path)
        if found is None or verb != method:
            continue
        names = {key: unquote(value) for key, value in found.groupdict().items()}
        if app:
            access.as_app(world, header)
        token = None if app else access.as_token(world, header)
        asked = Ask(names, ask.query, ask.body, token, header)
        if plain is not None:
            return plain(world, asked)
        if of_repository is not None and token is not None:
            repository = access.repository(world, token, f"{names['owner']}/{names['repo']}")
            return of_repository(world, repository, asked)
    raise missing()
