"""Which pull requests brought some commits, what people said on them, and whose hands were in them."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from workflows.links import Rejected, Unavailable, github_asks
from workflows.links.github_asks import reason
from workflows.links.github_hands import Line, attributed, last_pusher, opener
from workflows.links.github_kept import Kept
from workflows.links.github_parts import chosen, pull, weighs
from workflows.links.github_wire import Wire
from workflows.reading import Hand, Opined, Part, Pull

MOST_PULLS = 60
NOT_READ = (Rejected, Unavailable, KeyError, TypeError, ValueError, AttributeError)
"""What a part may fail with: no answer, no, or an answer of a shape that GitHub does not describe."""
T = TypeVar("T")


@dataclass(slots=True)
class Unread:
    """The parts that could not be read, and why."""

    unknown: dict[Part, str] = field(default_factory=dict)

    def why(self, fault: BaseException, *parts: Part) -> None:
        """These parts are unknown; the first reason stays."""
        told = reason(fault) if isinstance(fault, (Rejected, Unavailable)) else "unreadable"
        for part in parts:
            self.unknown.setdefault(part, told)


class Pulls:
    """Which pull requests brought the commits, asked as few times as can be: a merged one names its own commits."""

    def __init__(
        self, wire: Wire, pool: Executor, kept: Kept, repository: str, *, default: str, unread: Unread
    ) -> None:
        self._wire, self._pool, self._kept = wire, pool, kept
        self._repository, self._default, self._unread = repository, default, unread
        self.found: dict[int, Pull] = {}
        self._openers: dict[int, Hand | None] = {}
        self._lines: dict[int, tuple[Line, ...]] = {}
        self._of: dict[str, int] = {}
        self.merges: set[str] = set()

    def bring(self, lines: tuple[Line, ...]) -> Mapping[str, int]:
        """Commit → the number of its pull request, 0: none; a commit that is not in it could not be asked about."""
        if Part.PULLS in self._unread.unknown and not lines:
            return {}
        main = _main_line(lines)
        self._ask(main)
        self._ask([one.sha for one in lines if one.sha not in self._of and one.sha not in set(main)])
        return self._of

    @property
    def lines(self) -> Iterable[Line]:
        """The commits of every pull request found."""
        return [one for lines in self._lines.values() for one in lines]

    def _ask(self, shas: list[str]) -> None:
        told = self._each(shas, self._pull_of, Part.PULLS)
        fresh: dict[int, Mapping[str, Any]] = {}
        for sha, one in told.items():
            self._of[sha] = one["number"] if one else 0
            if one and one["number"] not in self.found:
                fresh[one["number"]] = one
        room = MOST_PULLS - len(self.found)
        if len(fresh) > room:
            self._unread.unknown.setdefault(Part.PULLS, f"more than {MOST_PULLS} pull requests")
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
        known: Mapping[str, Any] | None = self._kept.peek(key)
        if known is not None:
            return known
        found = chosen(github_asks.pulls_of(self._wire, self._repository, sha), self._default)
        if found is None:
            return None
        slim = _slim(found)
        if slim["merged_at"]:
            self._kept.put(key, slim)
        return slim

    def _lines_of(self, number: int) -> tuple[Line, ...]:
        one = self.found[number]

        def ask() -> tuple[Line, ...]:
            return github_asks.lines_of(self._wire, self._repository, number)

        if not one.merged:
            return ask()
        return self._kept.get(("lines", self._repository, number, one.head), ask, final=attributed)

    def _each(self, keys: list[Any], ask: Callable[[Any], T], part: Part) -> dict[Any, T]:
        """What each question brought, asked side by side; one that fails makes the part unknown."""
        asked = {key: self._pool.submit(ask, key) for key in keys}
        told = {}
        for key, future in asked.items():
            try:
                told[key] = future.result()
            except NOT_READ as fault:
                self._unread.why(fault, part)
        return told

    def reviews(self) -> tuple[Opined, ...]:
        """The reviews of every pull request found, by those who may write there; each of them is asked about once."""

        def ask(number: int) -> tuple[Opined, ...]:
            return github_asks.opinions(self._wire, self._repository, number)

        def may_write(login: str) -> bool:
            return github_asks.may_write(self._wire, self._repository, login)

        told = [one for each in self._each(list(self.found), ask, Part.REVIEWS).values() for one in each]
        logins = sorted({one.login for one in told if weighs(one)})
        writers = self._each(logins, may_write, Part.REVIEWS)
        return tuple(one for one in told if not weighs(one) or writers.get(one.login))

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
        "user": {"login": user.get("login"), "type": user.get("type"), "id": user.get("id")},
        "head": {"sha": found["head"]["sha"]},
        "base": {"ref": found["base"]["ref"]},
        "merged_at": found.get("merged_at"),
        "merge_commit_sha": found.get("merge_commit_sha"),
    }
