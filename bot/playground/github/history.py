"""Commits and how they hang together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from bot.playground.github.records import Commit, Repository, Signature
from bot.playground.github.world import WEB_FLOW, World, noreply


@dataclass(frozen=True)
class Change:
    """One file that differs between two trees; `status` is added, modified or removed."""

    path: str
    status: str
    before: str
    after: str

    @property
    def added(self) -> int:
        """How many lines were added."""
        return len([line for line in self.after.splitlines() if line not in self.before.splitlines()])

    @property
    def deleted(self) -> int:
        """How many lines were removed."""
        return len([line for line in self.before.splitlines() if line not in self.after.splitlines()])


def blob(text: str) -> str:
    """Return the SHA git gives to a file with this text."""
    body = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def signature(world: World, who: str, email: str | None = None) -> Signature:
    """Return who signs a commit: a login, or `Name <mail>` for somebody without an account. LookupError if unknown."""
    if who.endswith(">") and " <" in who:
        name, _, mail = who[:-1].partition(" <")
        return Signature(name, email or mail, world.stamp())
    account = world.account(who)
    own = "noreply@github.com" if account.login == WEB_FLOW else (account.emails or (noreply(account),))[0]
    return Signature(account.name, email or own, world.stamp())


def record(
    world: World,
    repository: Repository,
    parents: tuple[str, ...],
    files: dict[str, str],
    message: str,
    author: Signature,
    committer: Signature,
) -> Commit:
    """Keep one commit. Two are never the same, even when made in one second with one text."""
    listing = "\n".join(f"{path} {blob(text)}" for path, text in sorted(files.items()))
    tree = hashlib.sha1(b"tree" + listing.encode(), usedforsecurity=False).hexdigest()
    whole = "\n".join((repository.full_name, str(world.number()), tree, *parents, author.email, author.at, message))
    sha = hashlib.sha1(whole.encode(), usedforsecurity=False).hexdigest()
    made = Commit(sha, tree, parents, author, committer, message, files)
    repository.commits[sha] = made
    return made


def reachable(repository: Repository, sha: str) -> list[str]:
    """Return the SHAs reachable from `sha`, itself first, each before its parents."""
    seen: set[str] = set()
    order: list[str] = []
    stack = [(sha, False)]
    while stack:
        one, done = stack.pop()
        if done:
            order.append(one)
        elif one not in seen and one in repository.commits:
            seen.add(one)
            stack.append((one, True))
            stack.extend((parent, False) for parent in repository.commits[one].parents)
    return order[::-1]


def only_in(repository: Repository, base: str, head: str) -> list[str]:
    """Return the SHAs reachable from `head` but not from `base`, oldest first."""
    known = set(reachable(repository, base))
    return [sha for sha in reversed(reachable(repository, head)) if sha not in known]


def merge_base(repository: Repository, base: str, head: str) -> str | None:
    """Return the best common ancestor of two commits; None when they share no history."""
    known = set(reachable(repository, base))
    return next((sha for sha in reachable(repository, head) if sha in known), None)


def changes(before: dict[str, str], after: dict[str, str]) -> list[Change]:
    """Return the files that differ between two trees, by path."""
    found = []
    for path in sorted({*before, *after}):
        if path not in before:
            found.append(Change(path, "added", "", after[path]))
        elif path not in after:
            found.append(Change(path, "removed", before[path], ""))
        elif before[path] != after[path]:
            found.append(Change(path, "modified", before[path], after[path]))
    return found


def changed_by(repository: Repository, commit: Commit) -> list[Change]:
    """Return the files a commit changed against its first parent."""
    before = repository.commits[commit.parents[0]].files if commit.parents else {}
    return changes(before, commit.files)


def trailers(names: Iterable[str]) -> str:
    """Return `Co-authored-by` lines for `Name <mail>`, with the blank line before them; empty without names."""
    lines = [f"Co-authored-by: {name}" for name in names]
    return "\n\n" + "\n".join(lines) if lines else ""
