"""The numbers of changes: given out without gaps, each to one change. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from workflows.verify import Bad


def numbers_missing(numbers: Iterable[int], last: int) -> list[int]:
    """Return the numbers of 1..`last` that no key has, and those beyond it, sorted."""
    return sorted(set(range(1, last + 1)) ^ set(numbers))


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
