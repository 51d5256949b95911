"""Pull requests: opened, reviewed, merged, closed."""

from __future__ import annotations

from bot.playground.github import events
from bot.playground.github.history import merge_base, only_in, record, signature, trailers
from bot.playground.github.pushing import move
from bot.playground.github.records import Commit, Pull, Repository, Review
from bot.playground.github.shape_pull import commits_of, fork_point
from bot.playground.github.world import WEB_FLOW, World

STATES = ("APPROVED", "CHANGES_REQUESTED", "COMMENTED")


def open_pull(world: World, repository: Repository, *, author: str, title: str, branch: str, base: str) -> Pull:
    """Open a pull request. LookupError for an unknown branch; ValueError when it brings no commit."""
    for name in (branch, base):
        if name not in repository.branches:
            raise LookupError(f"no branch is called {name!r}")
    head, onto = repository.branches[branch], repository.branches[base]
    if not only_in(repository, onto, head):
        raise ValueError(f"no commits between {base} and {branch}")
    number, at = len(repository.pulls) + 1, world.stamp()
    login = world.account(author).login
    made = Pull(world.number(), number, login, title, branch, base, head, onto, at, at)
    repository.pulls[number] = made
    events.pull(world, repository, made, "opened", login)
    return made


def review(
    world: World, repository: Repository, pull: Pull, *, by: str, state: str, sha: str | None, body: str
) -> Review:
    """Submit a review, on the head commit unless another is named. ValueError as GitHub would refuse it."""
    if state not in STATES:
        raise ValueError(f"no review says {state!r}")
    login = world.account(by).login
    if login == pull.author and state != "COMMENTED":
        raise ValueError("nobody can approve or refuse their own pull request")
    on = pull.head_sha if sha is None else world.commit(repository, sha).sha
    given = Review(world.number(), login, state, on, world.stamp(), body)
    pull.reviews.append(given)
    pull.updated = given.at
    events.review(world, repository, pull, given, "submitted", login)
    return given


def dismiss(world: World, repository: Repository, pull: Pull, review_id: int, by: str) -> None:
    """Dismiss a review. LookupError when the pull request has none with this id."""
    found = next((one for one in pull.reviews if one.id == review_id), None)
    if found is None:
        raise LookupError(f"no review has the id {review_id}")
    found.state = "DISMISSED"
    pull.updated = world.stamp()
    events.review(world, repository, pull, found, "dismissed", world.account(by).login)


def merge(world: World, repository: Repository, pull: Pull, *, by: str, method: str) -> Commit:
    """Merge on the site: `merge` makes a commit with two parents, `squash` one with one. ValueError when closed."""
    if pull.state != "open":
        raise ValueError(f"pull request {pull.number} is closed")
    if method not in ("merge", "squash"):
        raise ValueError(f"no way to merge is called {method!r}")
    login = world.account(by).login
    onto = repository.branches[pull.base]
    pull.fork = merge_base(repository, onto, pull.head_sha) or onto
    brought = only_in(repository, onto, pull.head_sha)
    pull.commits, pull.base_sha = tuple(brought), onto
    made = (_joined if method == "merge" else _squashed)(world, repository, pull, onto, login)
    pull.state, pull.merge_sha, pull.merged_by = "closed", made.sha, login
    pull.merged = pull.closed = pull.updated = world.stamp()
    pushed = [*brought, made.sha] if method == "merge" else [made.sha]
    move(world, repository, pull.base, made, [repository.commits[sha] for sha in pushed], login)
    events.pull(world, repository, pull, "closed", login)
    return made


def retarget(world: World, repository: Repository, pull: Pull, base: str, by: str) -> None:
    """Let a pull request go to another branch. LookupError for an unknown one."""
    if base not in repository.branches:
        raise LookupError(f"no branch is called {base!r}")
    before = {"ref": {"from": pull.base}, "sha": {"from": pull.base_sha}}
    pull.base, pull.base_sha, pull.updated = base, repository.branches[base], world.stamp()
    events.pull(world, repository, pull, "edited", world.account(by).login, changes={"base": before})


def close(world: World, repository: Repository, pull: Pull, by: str) -> None:
    """Close a pull request without merging it."""
    pull.state = "closed"
    pull.closed = pull.updated = world.stamp()
    events.pull(world, repository, pull, "closed", world.account(by).login)


def _merged_tree(repository: Repository, pull: Pull, onto: str) -> dict[str, str]:
    """Return the base branch's files with what the pull request changed."""
    fork = repository.commits[fork_point(repository, pull)].files
    head = repository.commits[pull.head_sha].files
    tree = dict(repository.commits[onto].files)
    for path in {*fork, *head}:
        if fork.get(path) == head.get(path):
            continue
        if path in head:
            tree[path] = head[path]
        else:
            tree.pop(path, None)
    return tree


def _joined(world: World, repository: Repository, pull: Pull, onto: str, by: str) -> Commit:
    owner, _ = repository.full_name.split("/")
    message = f"Merge pull request #{pull.number} from {owner}/{pull.head}\n\n{pull.title}"
    tree = _merged_tree(repository, pull, onto)
    mine, site = signature(world, by), signature(world, WEB_FLOW)
    return record(world, repository, (onto, pull.head_sha), tree, message, mine, site)


def _squashed(world: World, repository: Repository, pull: Pull, onto: str, by: str) -> Commit:
    """Make one commit of all; those who wrote the others stay named in trailers."""
    mine = signature(world, pull.author)
    others: dict[str, str] = {}
    for sha in commits_of(repository, pull) or pull.commits:
        one = repository.commits[sha]
        if one.author.email != mine.email:
            others[one.author.email] = f"{one.author.name} <{one.author.email}>"
        for line in one.message.splitlines():
            if line.lower().startswith("co-authored-by: "):
                who = line.partition(": ")[2].strip()
                others.setdefault(who.partition("<")[2].rstrip(">"), who)
    message = f"{pull.title} (#{pull.number})" + trailers(others.values())
    tree = _merged_tree(repository, pull, onto)
    return record(world, repository, (onto,), tree, message, mine, signature(world, WEB_FLOW))
