"""Builds a whole `Reading` of one commit for one environment; what cannot be read is named, never guessed.

The ref comes first; the branch, the checks, staging and the environment are then read side by side with the longest
path: what is live → what lies between → which pull requests brought it → their reviews and commits.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import TypeVar

from workflows.links import Rejected, Unavailable, github_asks
from workflows.links.github_asks import Compared
from workflows.links.github_hands import Line, attributed, distinct, last_pusher, of_merge
from workflows.links.github_kept import Kept
from workflows.links.github_pulls import NOT_READ, Pulls, Unread
from workflows.links.github_wire import Wire
from workflows.reading import Branch, Commit, Environment, Hand, Live, Part, Reading

T = TypeVar("T")
GONE = (404, 422)
"""GitHub's answers for a commit that is not there."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one repository. `pool` runs questions that wait for no other question of the pool."""

    wire: Wire
    pool: Executor
    kept: Kept
    app_id: str

    def read(
        self,
        repository: str,
        ref: str,
        environment: str,
        *,
        staging: Iterable[str],
        since_sha: str | None,
        pushers: Mapping[str, str],
    ) -> Reading:
        """The reading. Raises Unavailable or Rejected only when repository or ref cannot be resolved."""
        sha, head = _shaped(lambda: github_asks.resolve(self.wire, repository, ref))
        unread = Unread()
        side = _Side(self, repository, sha, environment, tuple(dict.fromkeys(staging)))
        base = self._base(repository, environment, sha, since_sha, unread)
        brought = self._brought(repository, base, sha, head, unread)
        pulls = Pulls(self.wire, self.pool, self.kept, repository, default=side.default(unread), unread=unread)
        by_commit = pulls.bring(brought.lines)
        hands = [*_of_lines(brought.lines, head, pushers, pulls.merges), *pulls.hands(pushers)]
        if any(one.anonymous for one in (*brought.lines, head, *pulls.lines)):
            unread.unknown.setdefault(Part.COMMITS, "a commit names no author")
        return Reading(
            repository=repository,
            environment=environment,
            ref=ref,
            sha=sha,
            head=sha,
            live=base,
            commits=tuple(Commit(c.sha, c.title, c.login, by_commit.get(c.sha)) for c in brought.lines),
            total=brought.total,
            behind=brought.behind,
            pulls=tuple(pulls.found.values()),
            reviews=pulls.reviews(),
            checks=side.part(unread, Part.CHECKS, side.checks) or (),
            staging=tuple(one for each in side.staged if (one := side.part(unread, Part.STAGING, each))),
            branch=side.protection(unread),
            target=side.part(unread, Part.ENVIRONMENT, side.target),
            paths=brought.paths,
            hands=distinct(hands),
            unknown=dict(sorted(unread.unknown.items())),
        )

    def _base(self, repository: str, environment: str, sha: str, since_sha: str | None, unread: Unread) -> Live | None:
        """What is live, as far as it is known. The record's word stands: GitHub's is whoever's may push there."""
        try:
            told = github_asks.live(self.wire, repository, environment)
        except NOT_READ as fault:
            if since_sha is None:
                unread.why(fault, Part.COMMITS, Part.PULLS, Part.REVIEWS, Part.PATHS)
                return None
            told = None
        if since_sha is None or (told and told.sha == since_sha):
            return told
        try:
            self._between(repository, since_sha, sha)
        except Rejected as no:
            if told is not None and no.status in GONE:
                return told
        except NOT_READ:
            pass  # asked again, and told as unknown
        return Live(since_sha)

    def _brought(self, repository: str, live: Live | None, sha: str, head: Line, unread: Unread) -> Compared:
        """What would become live; with nothing to compare to, or nothing between, the commit itself."""
        alone = Compared((head,), 1, False, (), False)
        if live is None:
            # Everything is new there: no list of changed paths would be whole.
            unread.unknown.setdefault(Part.PATHS, "nothing-live")
            return alone
        base = live.sha
        try:
            between = self._between(repository, base, sha)
        except NOT_READ as fault:
            unread.why(fault, Part.COMMITS, Part.PULLS, Part.REVIEWS, Part.PATHS)
            return alone
        if between.total > len(between.lines):
            unread.unknown.setdefault(Part.COMMITS, f"{between.total} commits")
        if not between.every_path:
            unread.unknown.setdefault(Part.PATHS, f"{github_asks.MOST_PATHS} files or more")
        lines = between.lines or (head,)
        if between.behind:
            # What is taken away changes too, and the comparison lists only what is added.
            back = self._paths_back(repository, base, sha, unread)
            return Compared(lines, between.total, True, tuple(dict.fromkeys((*between.paths, *back))), True)
        return Compared(lines, between.total, between.behind, between.paths, between.every_path)

    def _between(self, repository: str, base: str, head: str) -> Compared:
        """The comparison of two commits, which never becomes another once everybody in it is known."""

        def ask() -> Compared:
            return github_asks.compare(self.wire, repository, base, head)

        key = ("compare", repository, base, head)
        return self.kept.get(key, ask, final=lambda found: attributed(found.lines))

    def _paths_back(self, repository: str, base: str, sha: str, unread: Unread) -> tuple[str, ...]:
        try:
            back = self._between(repository, sha, base)
        except NOT_READ as fault:
            unread.why(fault, Part.PATHS)
            return ()
        if not back.every_path:
            unread.unknown.setdefault(Part.PATHS, f"{github_asks.MOST_PATHS} files or more")
        return back.paths


class _Side:
    """The parts that wait for nothing but the commit, under way from the start."""

    def __init__(self, reader: Reader, repository: str, sha: str, environment: str, staging: tuple[str, ...]) -> None:
        wire, submit = reader.wire, reader.pool.submit
        self.checks = submit(github_asks.checks, wire, repository, sha)
        self.staged = [submit(github_asks.staged, wire, repository, sha, name) for name in staging]
        self.target: Future[Environment] = submit(github_asks.environment, wire, repository, environment, reader.app_id)
        self._branch = submit(_branch, wire, repository)

    def part(self, unread: Unread, part: Part, asked: "Future[T]") -> T | None:
        """What came of it; None, and named as unknown, when nothing did."""
        try:
            return asked.result()
        except NOT_READ as fault:
            unread.why(fault, part)
            return None

    def default(self, unread: Unread) -> str:
        """The default branch; "" when it is not known."""
        both = self.part(unread, Part.BRANCH, self._branch)
        return both[0].name if both else ""

    def protection(self, unread: Unread) -> Branch | None:
        """The default branch's rules."""
        both = self.part(unread, Part.BRANCH, self._branch)
        if both is None:
            return None
        if both[1] is not None:
            unread.unknown.setdefault(Part.BRANCH, both[1])
        return both[0]


def _branch(wire: Wire, repository: str) -> tuple[Branch, str | None]:
    return github_asks.branch_rules(wire, repository, github_asks.default_branch(wire, repository))


def _of_lines(lines: Iterable[Line], head: Line, pushers: Mapping[str, str], merges: Collection[str]) -> Iterable[Hand]:
    """Newest first: of many commits by one person the newest is named. `merges`: what merging pull requests made."""
    for one in (*reversed([*lines]), head):
        yield from of_merge(one) if one.by_site and one.sha in merges else one.hands
    if head.by_site and head.sha in merges:
        return  # pushed by pressing the button; who pushed what it merged is asked of the pull request
    pushed = last_pusher(head, pushers)
    if pushed is not None:
        yield pushed


def _shaped(ask: Callable[[], T]) -> T:
    """What the first question brought; an answer of no known shape is none."""
    try:
        return ask()
    except (KeyError, TypeError, AttributeError):
        raise Unavailable("unreadable") from None
