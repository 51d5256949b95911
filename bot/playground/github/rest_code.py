"""REST: repositories, commits, branches, comparisons, files."""

from __future__ import annotations

import base64
from typing import Any

from bot.playground.github import shape_check, shape_people, shape_pull
from bot.playground.github.asking import Ask, Page, commit_of
from bot.playground.github.history import blob, changed_by, changes, merge_base, only_in, reachable
from bot.playground.github.records import Commit, Json, Pull, Repository
from bot.playground.github.refusal import GitHubError, missing
from bot.playground.github.shape_repository import commit as shape_commit
from bot.playground.github.shape_repository import file as shape_file
from bot.playground.github.shape_repository import full, whole_commit
from bot.playground.github.world import World

FILES = 300
"""Files a comparison or commit shows at most (GitHub docs: compare two commits)."""


def repository(world: World, repo: Repository, ask: Ask) -> Json:
    """Return a repository."""
    return full(world, repo)


def commits(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the commits reachable from `sha` (the default branch), newest first, between `since` and `until`."""
    if not repo.commits:
        raise GitHubError(409, "Git Repository is empty.")
    ref = ask.query.get("sha") or repo.default_branch
    try:
        tip = world.commit(repo, ref)
    except LookupError:
        raise missing() from None
    since, until = ask.moment("since"), ask.moment("until")
    path, author = ask.query.get("path"), ask.query.get("author", "").lower()
    found = []
    for sha in reachable(repo, tip.sha):
        one = repo.commits[sha]
        if (since and one.committer.at < since) or (until and one.committer.at > until):
            continue
        if path and not any(change.path.startswith(path) for change in changed_by(repo, one)):
            continue
        owner = world.owner_of(one.author.email)
        if author and author not in (one.author.email.lower(), owner.login.lower() if owner else ""):
            continue
        found.append(shape_commit(world, repo, one))
    return Page(found)


def commit(world: World, repo: Repository, ask: Ask) -> Json:
    """Return one commit with its files."""
    return whole_commit(world, repo, commit_of(world, repo, ask.names["ref"]))


def commit_pulls(world: World, repo: Repository, ask: Ask) -> Page:
    """Return the merged pull requests that brought a commit; one not on the default branch, the open ones too."""
    sha = commit_of(world, repo, ask.names["ref"]).sha
    tip = repo.branches.get(repo.default_branch)
    landed = tip is not None and sha in reachable(repo, tip)

    def brings(one: Pull) -> bool:
        if one.merged:
            return sha == one.merge_sha or sha in one.commits
        return not landed and sha in shape_pull.commits_of(repo, one)

    return Page([shape_pull.simple(world, repo, one) for one in repo.pulls.values() if brings(one)])


def compare(world: World, repo: Repository, ask: Ask) -> Json:
    """Return how two commits relate: ahead, behind, diverged or identical; the commits oldest first."""
    left, dots, right = ask.names["basehead"].partition("...")
    if not dots:
        raise missing()
    try:
        base, head = world.commit(repo, left), world.commit(repo, right)
    except LookupError:
        raise missing() from None
    fork = merge_base(repo, base.sha, head.sha)
    if fork is None:
        raise GitHubError(404, f"No common ancestor between {left} and {right}.")
    ahead, behind = only_in(repo, base.sha, head.sha), only_in(repo, head.sha, base.sha)
    status = ("diverged" if behind else "ahead") if ahead else "behind" if behind else "identical"
    page, size = ask.paging(usual=250, most=250)
    shown = ahead[(page - 1) * size : page * size]
    changed = changes(repo.commits[fork].files, head.files)[:FILES] if page == 1 else []
    site = world.site(repo, f"compare/{left}...{right}")
    return {
        "url": world.api(repo, f"compare/{left}...{right}"),
        "html_url": site,
        "permalink_url": world.site(repo, f"compare/{base.sha[:12]}...{head.sha[:12]}"),
        "diff_url": site + ".diff",
        "patch_url": site + ".patch",
        "base_commit": shape_commit(world, repo, base),
        "merge_base_commit": shape_commit(world, repo, repo.commits[fork]),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [shape_commit(world, repo, repo.commits[sha]) for sha in shown],
        "files": [shape_file(world, repo, head.sha, one) for one in changed],
    }


def branch(world: World, repo: Repository, ask: Ask) -> Json:
    """Return a branch; what protects it in short, as everyone may see it."""
    name = ask.names["branch"]
    if name not in repo.branches:
        raise GitHubError(404, "Branch not found")
    url = world.api(repo, f"branches/{name}")
    rule = repo.protections.get(name)
    checks = [] if rule is None else rule["checks"]
    level = "off" if not checks else "everyone" if rule is not None and rule["admins"] else "non_admins"
    return {
        "name": name,
        "commit": shape_commit(world, repo, repo.commits[repo.branches[name]]),
        "_links": {"self": url, "html": world.site(repo, f"tree/{name}")},
        "protected": rule is not None or any(one.branch == name for one in repo.rulesets),
        "protection": {
            "enabled": rule is not None,
            "required_status_checks": {
                "enforcement_level": level,
                "contexts": checks,
                "checks": [{"context": one, "app_id": None} for one in checks],
            },
        },
        "protection_url": f"{url}/protection",
    }


def protection(world: World, repo: Repository, ask: Ask) -> Json:
    """Return the protection of a branch: 404 when it has none."""
    name = ask.names["branch"]
    if name not in repo.branches:
        raise GitHubError(404, "Branch not found")
    if name not in repo.protections:
        raise GitHubError(404, "Branch not protected")
    return shape_check.protection(world, repo, name)


def reference(world: World, repo: Repository, ask: Ask) -> Json:
    """Return a branch or tag as git knows it."""
    kind, _, name = ask.names["ref"].partition("/")
    sha = {"heads": repo.branches, "tags": repo.tags}.get(kind, {}).get(name)
    if sha is None:
        raise missing()
    return {
        "ref": f"refs/{kind}/{name}",
        "node_id": f"REF_{kind}_{name}",
        "url": world.api(repo, f"git/refs/{kind}/{name}"),
        "object": {"type": "commit", "sha": sha, "url": world.api(repo, f"git/commits/{sha}")},
    }


def contents(world: World, repo: Repository, ask: Ask) -> Any:
    """Return a file, or the files of a folder, at `ref`."""
    path, ref = ask.names["path"].strip("/"), ask.query.get("ref") or repo.default_branch
    try:
        one = world.commit(repo, ref)
    except LookupError:
        raise GitHubError(404, f"No commit found for the ref {ref}") from None
    if path in one.files:
        text = one.files[path]
        body = base64.encodebytes(text.encode()).decode()
        return {**entry(world, repo, one, path, "file"), "encoding": "base64", "content": body}
    under = {
        name.removeprefix(f"{path}/" if path else "") for name in one.files if not path or name.startswith(path + "/")
    }
    if not under:
        raise missing()
    kinds = {name.partition("/")[0]: "dir" if "/" in name else "file" for name in under}
    return [entry(world, repo, one, f"{path}/{name}".strip("/"), kind) for name, kind in sorted(kinds.items())]


def entry(world: World, repo: Repository, one: Commit, path: str, kind: str) -> Json:
    """Return a file or folder as a list shows it."""
    sha = blob(one.files.get(path, path))
    url = world.api(repo, f"contents/{path}?ref={one.sha}")
    page = world.site(repo, f"{'blob' if kind == 'file' else 'tree'}/{one.sha}/{path}")
    git = world.api(repo, f"git/{'blobs' if kind == 'file' else 'trees'}/{sha}")
    return {
        "type": kind,
        "size": len(one.files.get(path, "").encode()),
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": world.site(repo, f"raw/{one.sha}/{path}") if kind == "file" else None,
        "_links": {"self": url, "git": git, "html": page},
    }


def permission(world: World, repo: Repository, ask: Ask) -> Json:
    """Return what somebody may do: 404 for nobody's login."""
    found = world.accounts.get(ask.names["username"].lower())
    if found is None:
        raise missing()
    level = repo.permissions.get(found.login.lower(), "write")
    return {"permission": level, "role_name": level, "user": {**shape_people.user(world, found), "role_name": level}}
