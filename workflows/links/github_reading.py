"""Builds a whole `Reading` of one commit for one environment; what cannot be read is named, never guessed.

The ref comes first; the branch, the checks, staging and the environment are then read side by side with the longest
path: what is live → what lies between → which pull requests brought it → their reviews and commits.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from workflows.links import Rejected, Unavailable, github_asks
from workflows.links.github_asks import Compared, reason
from workflows.links.github_hands import Line, distinct, last_pusher, of_merge, opener
from workflows.links.github_kept import Kept
from workflows.links.github_parts import chosen, pull
from workflows.links.github_wire import Wire
from workflows.reading import Branch, Commit, Environment, Hand, Live, Opined, Part, Pull, Reading

MOST_PULLS = 60
_NOT_READ = (Rejected, Unavailable, KeyError, TypeError, ValueError, AttributeError)
"""What a part may fail with: no answer, no, or an answer of a shape that GitHub does not describe."""
T = TypeVar("T")


@dataclass(slots=True)
class _Found:
    """What was gathered so far, and what could not be."""

    unknown: dict[Part, str] = field(default_factory=dict)

    def why(self, fault: BaseException, *parts: Part) -> None:
        """These parts are unknown; the first reason stays."""
        told = reason(fault) if isinstance(fault, (Rejected, Unavailable)) else "unreadable"
        for part in parts:
            self.unknown.setdefault(part, told)


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
        found = _Found()
        side = _Side(self, repository, sha, environment, tuple(dict.fromkeys(staging)))
        base, known = self._base(repository, environment, since_sha, found)
        default = side.default(found)
        brought = self._brought(repository, base.sha if base else None, sha, head, known, found)
        pulls = _Pulls(self, repository, default, found)
        by_commit = pulls.bring(brought.lines)
        hands = [*_of_lines(brought.lines, head, pushers, pulls.merges), *pulls.hands(pushers)]
        if any(one.anonymous for one in (*brought.lines, head)):
            found.unknown.setdefault(Part.COMMITS, "a commit names no author")
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
            checks=side.part(found, Part.CHECKS, side.checks) or (),
            staging=tuple(one for each in side.staged if (one := side.part(found, Part.STAGING, each))),
            branch=side.protection(found),
            target=side.part(found, Part.ENVIRONMENT, side.target),
            paths=brought.paths,
            hands=distinct(hands),
            unknown=dict(sorted(found.unknown.items())),
        )

    def _base(
        self, repository: str, environment: str, since_sha: str | None, found: _Found
    ) -> tuple[Live | None, bool]:
        """What is live, and whether that is known."""
        try:
            told = github_asks.live(self.wire, repository, environment)
        except _NOT_READ as fault:
            found.why(fault, Part.COMMITS, Part.PULLS, Part.REVIEWS, Part.PATHS)
            return None, False
        return told or (Live(since_sha) if since_sha else None), True

    def _brought(self, repository: str, base: str | None, sha: str, head: Line, known: bool, found: _Found) -> Compared:
        """What would become live; with nothing to compare to, or nothing between, the commit itself."""
        alone = Compared((head,), 1, False, (), False)
        if base is None:
            # Everything is new there: no list of changed paths would be whole.
            found.unknown.setdefault(Part.PATHS, "nothing-live")
            return alone
        try:
            between = self.kept.get(
                ("compare", repository, base, sha), lambda: github_asks.compare(self.wire, repository, base, sha)
            )
        except _NOT_READ as fault:
            found.why(fault, Part.COMMITS, Part.PULLS, Part.REVIEWS, Part.PATHS)
            return alone
        if between.total > len(between.lines):
            found.unknown.setdefault(Part.COMMITS, f"{between.total} commits")
        if not between.every_path:
            found.unknown.setdefault(Part.PATHS, f"{github_asks.MOST_PATHS} files or more")
        lines = between.lines or (head,)
        if between.behind:
            # What is taken away changes too, and the comparison lists only what is added.
            back = self._paths_back(repository, base, sha, found)
            return Compared(lines, between.total, True, tuple(dict.fromkeys((*between.paths, *back))), True)
        return Compared(lines, between.total, between.behind, between.paths, between.every_path)

    def _paths_back(self, repository: str, base: str, sha: str, found: _Found) -> tuple[str, ...]:
        try:
            back = self.kept.get(
                ("compare", repository, sha, base), lambda: github_asks.compare(self.wire, repository, sha, base)
            )
        except _NOT_READ as fault:
            found.why(fault, Part.PATHS)
            return ()
        if not back.every_path:
            found.unknown.setdefault(Part.PATHS, f"{github_asks.MOST_PATHS} files or more")
        return back.paths


class _Side:
    """The parts that wait for nothing but the commit, under way from the start."""

    def __init__(self, reader: Reader, repository: str, sha: str, environment: str, staging: tuple[str, ...]) -> None:
        wire, submit = reader.wire, reader.pool.submit
        self.checks = submit(github_asks.checks, wire, repository, sha)
        self.staged = [submit(github_asks.staged, wire, repository, sha, name) for name in staging]
        self.target: Future[Environment] = submit(github_asks.environment, wire, repository, environment, reader.app_id)
        self._branch = submit(_branch, wire, repository)

    def part(self, found: _Found, part: Part, asked: "Future[T]") -> T | None:
        """What came of it; None, and named as unknown, when nothing did."""
        try:
            return asked.result()
        except _NOT_READ as fault:
            found.why(fault, part)
            return None

    def default(self, found: _Found) -> str:
        """The default branch; "" when it is not known."""
        both = self.part(found, Part.BRANCH, self._branch)
        return both[0].name if both else ""

    def protection(self, found: _Found) -> Branch | None:
        """The default branch's rules."""
        both = self.part(found, Part.BRANCH, self._branch)
        if both is None:
            return None
        if both[1] is not None:
            found.unknown.setdefault(Part.BRANCH, both[1])
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


class _Pulls:
    """Which pull requests brought the commits, asked as few times as can be: a merged one names its own commits."""

    def __init__(self, reader: Reader, repository: str, default: str, found: _Found) -> None:
        self._reader, self._repository, self._default, self._unknown = reader, repository, default, found
        self.found: dict[int, Pull] = {}
        self._openers: dict[int, Hand | None] = {}
        self._lines: dict[int, tuple[Line, ...]] = {}
        self._of: dict[str, int] = {}
        self.merges: set[str] = set()

    def bring(self, lines: tuple[Line, ...]) -> Mapping[str, int]:
        """Commit → the number of its pull request, 0: none; a commit that is not in it could not be asked about."""
        if Part.PULLS in self._unknown.unknown and not lines:
            return {}
        main = _main_line(lines)
        self._ask(main)
        self._ask([one.sha for one in lines if one.sha not in self._of and one.sha not in set(main)])
        return self._of

    def _ask(self, shas: list[str]) -> None:
        told = self._each(shas, self._pull_of, Part.PULLS)
        fresh: dict[int, Mapping[str, Any]] = {}
        for sha, one in told.items():
            self._of[sha] = one["number"] if one else 0
            if one and one["number"] not in self.found:
                fresh[one["number"]] = one
        room = MOST_PULLS - len(self.found)
        if len(fresh) > room:
            self._unknown.unknown.setdefault(Part.PULLS, f"more than {MOST_PULLS} pull requests")
        kept = dict(list(fresh.items())[: max(room, 0)])
        for number, one in kept.items():
            self.found[number] = pull(one)
            self._openers[number] = opener(one["head"]["sha"], one.get("user"))
            if one["merged_at"]:
                self.merges.add(one["merge_commit_sha"])
        for number, brought in self._each(list(kept), self._lines_of, Part.PULLS).items():
            self._lines[number] = brought
            if self.found[number].merged:
                self._of.update({one.sha: number for one in brought if one.sha not in self._of})

    def _pull_of(self, sha: str) -> Mapping[str, Any] | None:
        """The pull request of a commit. One that is merged stays its own; others are asked about each time."""
        key = ("pull", self._repository, sha, self._default)
        known: Mapping[str, Any] | None = self.kept.peek(key)
        if known is not None:
            return known
        found = chosen(github_asks.pulls_of(self._reader.wire, self._repository, sha), self._default)
        if found is None:
            return None
        slim = _slim(found)
        if slim["merged_at"]:
            self.kept.put(key, slim)
        return slim

    def _lines_of(self, number: int) -> tuple[Line, ...]:
        one = self.found[number]

        def ask() -> tuple[Line, ...]:
            return github_asks.lines_of(self._reader.wire, self._repository, number)

        return self.kept.get(("lines", self._repository, number, one.head), ask) if one.merged else ask()

    @property
    def kept(self) -> Kept:
        """What does not change on GitHub."""
        return self._reader.kept

    def _each(self, keys: list[Any], ask: Callable[[Any], T], part: Part) -> dict[Any, T]:
        """What each question brought, asked side by side; one that fails makes the part unknown."""
        asked = {key: self._reader.pool.submit(ask, key) for key in keys}
        told = {}
        for key, future in asked.items():
            try:
                told[key] = future.result()
            except _NOT_READ as fault:
                self._unknown.why(fault, part)
        return told

    def reviews(self) -> tuple[Opined, ...]:
        """The reviews of every pull request found."""

        def ask(number: int) -> tuple[Opined, ...]:
            return github_asks.reviews(self._reader.wire, self._repository, number)

        told = self._each(list(self.found), ask, Part.REVIEWS)
        return tuple(one for each in told.values() for one in each)

    def hands(self, pushers: Mapping[str, str]) -> Iterable[Hand]:
        """Who opened each pull request, wrote its commits and pushed its head last."""
        for number, one in self.found.items():
            hand = self._openers.get(number)
            if hand is not None:
                yield hand
            lines = self._lines.get(number, ())
            for each in reversed(lines):
                yield from each.hands
            tip = next((each for each in lines if each.sha == one.head), Line(one.head, (), "", None, ()))
            pushed = last_pusher(tip, pushers)
            if pushed is not None:
                yield pushed


def _main_line(lines: tuple[Line, ...]) -> list[str]:
    """From the newest commit along first parents: merges, squashes and direct pushes; not what a merge brought."""
    known = {one.sha: one for one in lines}
    found, at = list[str](), lines[-1] if lines else None
    while at is not None and at.sha not in found:
        found.append(at.sha)
        at = known.get(at.parents[0]) if at.parents else None
    return found


def _slim(found: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a pull request."""
    user = found.get("user") or {}
    return {
        "number": found["number"],
        "title": found.get("title"),
        "user": {"login": user.get("login"), "type": user.get("type")},
        "head": {"sha": found["head"]["sha"]},
        "base": {"ref": found["base"]["ref"]},
        "merged_at": found.get("merged_at"),
        "merge_commit_sha": found.get("merge_commit_sha"),
    }


def _shaped(ask: Callable[[], T]) -> T:
    """What the first question brought; an answer of no known shape is none."""
    try:
        return ask()
    except (KeyError, TypeError, AttributeError):
        raise Unavailable("unreadable") from None
