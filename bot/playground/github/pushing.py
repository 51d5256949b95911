"""Commits, branches and tags being pushed."""

from __future__ import annotations

from collections.abc import Iterable

from bot.playground.github import events
from bot.playground.github.history import record, signature, trailers
from bot.playground.github.records import ZERO, Commit, Repository
from bot.playground.github.world import World


def commit(
    world: World,
    repository: Repository,
    *,
    author: str,
    message: str,
    branch: str,
    committer: str | None = None,
    co_authors: Iterable[str] = (),
    pusher: str | None = None,
    files: dict[str, str | None] | None = None,
    email: str | None = None,
) -> Commit:
    """Make one commit on a branch and push it; a new branch begins at the default one. A file of None is removed."""
    start = repository.branches.get(branch) or repository.branches.get(repository.default_branch)
    tree: dict[str, str] = {} if start is None else dict(repository.commits[start].files)
    wanted = {"app.py": f"# revision {len(repository.commits) + 1}\n"} if files is None else files
    for path, text in wanted.items():
        if text is None:
            tree.pop(path, None)
        else:
            tree[path] = text
    signed = signature(world, author, email)
    second = signed if committer is None else signature(world, committer)
    parents = () if start is None else (start,)
    made = record(world, repository, parents, tree, message + trailers(co_authors), signed, second)
    by = pusher or (author if not author.endswith(">") else committer)
    if by is None or by.endswith(">"):
        raise LookupError("who pushes must have an account: name the pusher")
    move(world, repository, branch, made, [made], by)
    return made


def move(world: World, repository: Repository, branch: str, to: Commit, made: list[Commit], by: str) -> None:
    """Let a branch point to a commit and tell it, also to the open pull requests that come from it."""
    by = world.account(by).login
    before = repository.branches.get(branch, ZERO)
    repository.branches[branch] = to.sha
    repository.pushed = world.stamp()
    events.push(world, repository, f"refs/heads/{branch}", before, to.sha, made, by)
    for one in repository.pulls.values():
        if one.state == "open" and one.head == branch:
            one.head_sha, one.updated = to.sha, world.stamp()
            rules = repository.protections.get(one.base)
            if rules is not None and rules["dismiss_stale"]:
                for given in one.reviews:
                    given.state = "DISMISSED" if given.state == "APPROVED" else given.state
            events.pull(world, repository, one, "synchronize", by, before=before, after=to.sha)


def tag(world: World, repository: Repository, name: str, sha: str, by: str) -> None:
    """Let a tag point to a commit and tell it. LookupError for an unknown commit."""
    to = world.commit(repository, sha)
    before = repository.tags.get(name, ZERO)
    repository.tags[name] = to.sha
    events.push(world, repository, f"refs/tags/{name}", before, to.sha, [], by)
