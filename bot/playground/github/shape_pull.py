"""Pull requests and reviews, as REST and webhooks show them."""

from __future__ import annotations

from bot.playground.github.history import changes, merge_base, only_in
from bot.playground.github.records import Json, Pull, Repository, Review
from bot.playground.github.shape_people import named
from bot.playground.github.shape_repository import full, minimal
from bot.playground.github.world import World


def commits_of(repository: Repository, pull: Pull) -> list[str]:
    """Return the SHAs a pull request brings, oldest first; a merged one keeps those it brought."""
    return list(pull.commits) if pull.merged else only_in(repository, tip(repository, pull), pull.head_sha)


def tip(repository: Repository, pull: Pull) -> str:
    """Return where the base branch stands, for a pull request that is not merged."""
    return pull.base_sha if pull.merged else repository.branches.get(pull.base, pull.base_sha)


def fork_point(repository: Repository, pull: Pull) -> str:
    """Return the commit a pull request began at."""
    return pull.fork or merge_base(repository, tip(repository, pull), pull.head_sha) or pull.base_sha


def links(world: World, repository: Repository, pull: Pull) -> Json:
    """Return the addresses around a pull request."""
    here, issue = world.api(repository, f"pulls/{pull.number}"), world.api(repository, f"issues/{pull.number}")
    return {
        "self": here,
        "html": world.site(repository, f"pull/{pull.number}"),
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{here}/comments",
        "review_comment": world.api(repository, "pulls/comments{/number}"),
        "commits": f"{here}/commits",
        "statuses": world.api(repository, f"statuses/{pull.head_sha}"),
    }


def side(world: World, repository: Repository, branch: str, sha: str) -> Json:
    """Return the head or the base of a pull request."""
    owner, _ = repository.full_name.split("/")
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": named(world, owner),
        "repo": full(world, repository),
    }


def simple(world: World, repository: Repository, pull: Pull) -> Json:
    """Return a pull request as lists show it."""
    at = links(world, repository, pull)
    return {
        "url": at["self"],
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        "html_url": at["html"],
        "diff_url": at["html"] + ".diff",
        "patch_url": at["html"] + ".patch",
        **{f"{key}_url": value for key, value in at.items() if key not in ("self", "html")},
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "active_lock_reason": None,
        "title": pull.title,
        "user": named(world, pull.author),
        "body": None,
        "labels": [],
        "milestone": None,
        "created_at": pull.created,
        "updated_at": pull.updated,
        "closed_at": pull.closed,
        "merged_at": pull.merged,
        "merge_commit_sha": pull.merge_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": side(world, repository, pull.head, pull.head_sha),
        "base": side(world, repository, pull.base, tip(repository, pull)),
        "_links": {key: {"href": value} for key, value in at.items()},
        "author_association": "MEMBER",
        "auto_merge": None,
        "draft": pull.draft,
    }


def whole(world: World, repository: Repository, pull: Pull) -> Json:
    """Return a pull request with its counts and whether it is merged."""
    before = repository.commits[fork_point(repository, pull)].files
    changed = changes(before, repository.commits[pull.head_sha].files)
    return {
        **simple(world, repository, pull),
        "merged": pull.merged is not None,
        "mergeable": None if pull.merged else True,
        "mergeable_state": "unknown" if pull.merged else "clean",
        "rebaseable": None if pull.merged else True,
        "merged_by": named(world, pull.merged_by),
        "comments": 0,
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(commits_of(repository, pull)),
        "additions": sum(one.added for one in changed),
        "deletions": sum(one.deleted for one in changed),
        "changed_files": len(changed),
    }


def reference(world: World, repository: Repository, pull: Pull) -> Json:
    """Return a pull request as it stands in a check or a workflow run."""
    shown = minimal(world, repository)
    where = {"id": shown["id"], "url": shown["url"], "name": shown["name"]}
    return {
        "id": pull.id,
        "number": pull.number,
        "url": world.api(repository, f"pulls/{pull.number}"),
        "head": {"ref": pull.head, "sha": pull.head_sha, "repo": where},
        "base": {"ref": pull.base, "sha": tip(repository, pull), "repo": where},
    }


def open_at(world: World, repository: Repository, sha: str) -> list[Json]:
    """Return the open pull requests whose head this commit is."""
    return [
        reference(world, repository, one)
        for one in repository.pulls.values()
        if one.state == "open" and one.head_sha == sha
    ]


def review(world: World, repository: Repository, pull: Pull, one: Review) -> Json:
    """Return a review as REST shows it."""
    page = world.site(repository, f"pull/{pull.number}#pullrequestreview-{one.id}")
    here = world.api(repository, f"pulls/{pull.number}")
    return {
        "id": one.id,
        "node_id": f"PRR_{one.id}",
        "user": named(world, one.by),
        "body": one.body,
        "state": one.state,
        "html_url": page,
        "pull_request_url": here,
        "author_association": "MEMBER",
        "_links": {"html": {"href": page}, "pull_request": {"href": here}},
        "submitted_at": one.at,
        "commit_id": one.sha,
    }
