"""What people do with code: push, open, review, merge. Each is a method of Hub."""

from __future__ import annotations

from collections.abc import Iterable

from bot.playground.github import pulling, pushing
from bot.playground.github.holder import Holder


def commit(
    self: Holder,
    repo: str,
    *,
    author: str,
    message: str = "Change the application",
    branch: str = "main",
    committer: str | None = None,
    co_authors: Iterable[str] = (),
    pusher: str | None = None,
    files: dict[str, str | None] | None = None,
    email: str | None = None,
) -> str:
    """Push one commit and return its SHA. `author` is a login or `Name <mail>`; `email` replaces the author's.

    A new branch begins at the default one. `files` replaces whole files (None removes one); without it, one
    file changes.
    """
    world = self.world
    with world.lock:
        made = pushing.commit(
            world,
            world.repository(repo),
            author=author,
            message=message,
            branch=branch,
            committer=committer,
            co_authors=co_authors,
            pusher=pusher,
            files=files,
            email=email,
        )
        return made.sha


def branch(self: Holder, repo: str, name: str, sha: str, *, by: str | None = None) -> None:
    """Let a branch point to a commit: makes it, or moves it like a forced push."""
    with self.world.lock:
        repository = self.world.repository(repo)
        made = self.world.commit(repository, sha)
        pushing.move(self.world, repository, name, made, [], by or repository.full_name.split("/")[0])


def tag(self: Holder, repo: str, name: str, sha: str, *, by: str | None = None) -> None:
    """Let a tag point to a commit."""
    with self.world.lock:
        repository = self.world.repository(repo)
        pushing.tag(self.world, repository, name, sha, by or repository.full_name.split("/")[0])


def open_pull(self: Holder, repo: str, *, author: str, title: str, branch: str, base: str = "main") -> int:
    """Open a pull request and return its number."""
    with self.world.lock:
        repository = self.world.repository(repo)
        made = pulling.open_pull(self.world, repository, author=author, title=title, branch=branch, base=base)
        return made.number


def review(
    self: Holder, repo: str, number: int, *, by: str, state: str = "APPROVED", sha: str | None = None, body: str = ""
) -> int:
    """Review a pull request on its head, or on `sha`, and return the review's id."""
    with self.world.lock:
        repository, pull = self.world.repository(repo), self.world.pull(repo, number)
        return pulling.review(self.world, repository, pull, by=by, state=state, sha=sha, body=body).id


def dismiss_review(self: Holder, repo: str, number: int, review: int, *, by: str) -> None:
    """Dismiss a review."""
    with self.world.lock:
        repository, pull = self.world.repository(repo), self.world.pull(repo, number)
        pulling.dismiss(self.world, repository, pull, review, by)


def merge(self: Holder, repo: str, number: int, *, by: str, method: str = "merge") -> str:
    """Merge a pull request on the site by `merge` or `squash`, and return the SHA it became."""
    with self.world.lock:
        repository, pull = self.world.repository(repo), self.world.pull(repo, number)
        return pulling.merge(self.world, repository, pull, by=by, method=method).sha


def close_pull(self: Holder, repo: str, number: int, *, by: str) -> None:
    """Close a pull request without merging it."""
    with self.world.lock:
        pulling.close(self.world, self.world.repository(repo), self.world.pull(repo, number), by)


def retarget(self: Holder, repo: str, number: int, base: str, *, by: str) -> None:
    """Let a pull request go to another branch."""
    with self.world.lock:
        repository, pull = self.world.repository(repo), self.world.pull(repo, number)
        pulling.retarget(self.world, repository, pull, base, by)
