"""The numbers of changes: given out without gaps, each to one change. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from workflows.verify import Bad

Place = tuple[Any, Any, Any, Any, Any]  # id, key, series, year, number, as the database has them


def numbers_missing(numbers: Iterable[int], last: int) -> list[int]:
    """Return the numbers of 1..`last` that no key has, and those beyond it, sorted."""
    there = set(numbers)
    return sorted([*(n for n in range(1, last + 1) if n not in there), *(n for n in there if not 1 <= n <= last)])


def first_missing(numbers: Iterable[int], last: int) -> int | None:
    """The first of those; it takes no longer when `last` is absurd."""
    there, free = set(numbers), 1
    while free in there:
        free += 1
    strange = [one for one in there if not 1 <= one <= last]
    return min([*strange, *([free] if free <= last else [])], default=None)


def numbers_wrong(places: Sequence[Place], counters: Sequence[tuple[Any, Any, Any]]) -> Iterator[Bad]:
    """Hold the places of all changes against what the counters (series, year, last) gave out."""
    given: dict[tuple[str, int], list[int]] = {}
    moved, seen = list[Bad](), set[str]()
    for id_, key, series, year, number in places:
        if not (isinstance(series, str) and isinstance(year, int) and isinstance(number, int)):
            yield Bad(str(key), None, "cannot be read: its year and number are none")
            continue
        given.setdefault((series, year), []).append(number)
        if key != f"{series}-{year}-{number:04d}":
            moved.append(Bad(str(key), None, "has the number of another key"))
        if key in seen or id_ in seen:
            yield Bad(str(key), None, "is there twice")
        seen |= {key, id_}
    last = dict[tuple[str, int], int]()
    for series, year, most in counters:
        if not (isinstance(series, str) and isinstance(year, int) and isinstance(most, int)) or (series, year) in last:
            yield Bad(f"{series}-{year}", None, "has two counters, or one that counts nothing")
        else:
            last[series, year] = most
    gaps = {one: first_missing(given.get(one, []), last.get(one, 0)) for one in sorted(given.keys() | last.keys())}
    bad = [(series, year, gap) for (series, year), gap in gaps.items() if gap is not None]
    words = "no change has this number, or no counter gave it"
    yield from (Bad(f"{series}-{year}-{gap:04d}", None, words) for series, year, gap in bad)
    yield from () if bad else moved


def numbers_differ(numbered: Iterable[tuple[str, str]], keys: Mapping[str, str]) -> Iterator[Bad]:
    """Hold the keys as they were given out, in order, against the changes that are there (key → id)."""
    given: dict[str, str] = {}
    for one, subject in numbered:
        if one in given:
            yield Bad(one, None, "was given out twice")
        given[one] = subject
    for one in sorted(given.keys() | keys.keys()):
        if one not in keys:
            yield Bad(one, None, "was given out, and no change has it")
        elif one not in given:
            yield Bad(one, None, "no event says that it was given out")
        elif keys[one] != given[one]:
            yield Bad(one, None, "is not the change that it was given to")
