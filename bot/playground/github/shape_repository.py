"""Repositories and commits, as REST and webhooks show them."""

from __future__ import annotations

from datetime import datetime

from bot.playground.github.history import Change, blob, changed_by
from bot.playground.github.records import Commit, Json, Repository, Signature
from bot.playground.github.shape_people import user
from bot.playground.github.world import World

TEMPLATES = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "contributors": "contributors",
    "deployments": "deployments",
    "downloads": "downloads",
    "events": "events",
    "forks": "forks",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "hooks": "hooks",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "languages": "languages",
    "merges": "merges",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "stargazers": "stargazers",
    "statuses": "statuses/{sha}",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "tags": "tags",
    "teams": "teams",
    "trees": "git/trees{/sha}",
}


def minimal(world: World, repository: Repository) -> Json:
    """Return the short form of a repository, as it stands inside other objects."""
    owner, name = repository.full_name.split("/")
    return {
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": user(world, world.account(owner)),
        "html_url": world.site(repository),
        "description": None,
        "fork": False,
        "url": world.api(repository),
        **{f"{key}_url": world.api(repository, rest) for key, rest in TEMPLATES.items()},
    }


def full(world: World, repository: Repository) -> Json:
    """Return a repository as `/repos/{owner}/{repo}` and webhooks show it."""
    host = world.base_url.partition("://")[2]
    counts = ("forks_count", "stargazers_count", "watchers_count", "size", "open_issues_count", "forks")
    more = ("open_issues", "watchers", "subscribers_count", "network_count")
    on = ("has_issues", "has_projects", "has_wiki", "has_downloads", "allow_forking")
    off = ("has_pages", "has_discussions", "archived", "disabled", "is_template", "web_commit_signoff_required")
    return {
        **minimal(world, repository),
        **dict.fromkeys((*counts, *more), 0),
        **dict.fromkeys(on, True),
        **dict.fromkeys(off, False),
        "git_url": f"git://{host}/{repository.full_name}.git",
        "ssh_url": f"git@{host}:{repository.full_name}.git",
        "clone_url": world.site(repository) + ".git",
        "svn_url": world.site(repository),
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "default_branch": repository.default_branch,
        "created_at": repository.created,
        "updated_at": repository.pushed,
        "pushed_at": repository.pushed,
    }


def pushed(world: World, repository: Repository) -> Json:
    """Return a repository as the `push` webhook alone shows it, with times in seconds since 1970."""
    shown = full(world, repository)
    owner, _ = repository.full_name.split("/")
    return {
        **shown,
        "owner": {**shown["owner"], "name": owner, "email": None},
        "created_at": epoch(repository.created),
        "pushed_at": epoch(repository.pushed),
        "stargazers": 0,
        "master_branch": repository.default_branch,
    }


def epoch(at: str) -> int:
    """Return seconds since 1970."""
    return int(datetime.fromisoformat(at).timestamp())


def signed(one: Signature) -> Json:
    """Return who signed a commit."""
    return {"name": one.name, "email": one.email, "date": one.at}


def commit(world: World, repository: Repository, one: Commit) -> Json:
    """Return a commit as lists show it; `author` and `committer` are null when the e-mail is nobody's."""
    author, committer = world.owner_of(one.author.email), world.owner_of(one.committer.email)
    site = one.committer.email == "noreply@github.com"
    proof = {"verified": site, "reason": "valid" if site else "unsigned"}
    return {
        "url": world.api(repository, f"commits/{one.sha}"),
        "sha": one.sha,
        "node_id": f"C_{one.sha}",
        "html_url": world.site(repository, f"commit/{one.sha}"),
        "comments_url": world.api(repository, f"commits/{one.sha}/comments"),
        "commit": {
            "url": world.api(repository, f"git/commits/{one.sha}"),
            "author": signed(one.author),
            "committer": signed(one.committer),
            "message": one.message,
            "comment_count": 0,
            "tree": {"sha": one.tree, "url": world.api(repository, f"git/trees/{one.tree}")},
            "verification": {**proof, "payload": None, "signature": None, "verified_at": None},
        },
        "author": None if author is None else user(world, author),
        "committer": None if committer is None else user(world, committer),
        "parents": [
            {
                "sha": parent,
                "url": world.api(repository, f"commits/{parent}"),
                "html_url": world.site(repository, f"commit/{parent}"),
            }
            for parent in one.parents
        ],
    }


def whole_commit(world: World, repository: Repository, one: Commit) -> Json:
    """Return a commit with its files and counts."""
    changed = changed_by(repository, one)
    added, deleted = sum(each.added for each in changed), sum(each.deleted for each in changed)
    return {
        **commit(world, repository, one),
        "stats": {"additions": added, "deletions": deleted, "total": added + deleted},
        "files": [file(world, repository, one.sha, each) for each in changed],
    }


def file(world: World, repository: Repository, sha: str, one: Change) -> Json:
    """Return one changed file."""
    return {
        "sha": blob(one.after if one.status != "removed" else one.before),
        "filename": one.path,
        "status": one.status,
        "additions": one.added,
        "deletions": one.deleted,
        "changes": one.added + one.deleted,
        "blob_url": world.site(repository, f"blob/{sha}/{one.path}"),
        "raw_url": world.site(repository, f"raw/{sha}/{one.path}"),
        "contents_url": world.api(repository, f"contents/{one.path}?ref={sha}"),
        "patch": "\n".join(
            [f"@@ -1,{len(one.before.splitlines())} +1,{len(one.after.splitlines())} @@"]
            + [f"-{line}" for line in one.before.splitlines()]
            + [f"+{line}" for line in one.after.splitlines()]
        ),
    }


def simple_commit(one: Commit) -> Json:
    """Return a commit as it stands in a workflow run."""
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "message": one.message,
        "timestamp": one.committer.at,
        "author": {"name": one.author.name, "email": one.author.email},
        "committer": {"name": one.committer.name, "email": one.committer.email},
    }


def pushed_commit(world: World, repository: Repository, one: Commit) -> Json:
    """Return a commit as it stands in a `push`, with the logins of those who have an account."""
    shown = simple_commit(one)
    for role, mail in (("author", one.author.email), ("committer", one.committer.email)):
        account = world.owner_of(mail)
        if account is not None:
            shown[role]["username"] = account.login
    paths: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for change in changed_by(repository, one):
        paths[change.status].append(change.path)
    return {**shown, "distinct": True, "url": world.site(repository, f"commit/{one.sha}"), **paths}
