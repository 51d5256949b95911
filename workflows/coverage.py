"""Which repositories are ours, by the policy. Pure."""

import hashlib
import tomllib
from collections.abc import Iterable
from functools import lru_cache

from workflows.ruleset import Rules


def catalogue(rules: Rules) -> tuple[str, ...]:
    """The repositories that the policy names, of systems and of deploy rules, in small letters, in order."""
    named = [*(s.repositories for s in rules.systems.values()), *(r.repositories for r in rules.deploy)]
    return tuple(sorted({name.lower() for names in named for name in names}))


@lru_cache(maxsize=64)
def named(source: str, digest: str) -> tuple[str, ...] | None:
    """The catalogue of a policy of long ago, by its text alone; None: the text is not the one of this digest.

    What the program takes for a policy may have changed since, so that only the names are read.
    """
    if hashlib.sha256(source.encode()).hexdigest() != digest:
        return None
    read = tomllib.loads(source.removeprefix("\ufeff"))
    tables = [*read.get("systems", {}).values(), *read.get("deploy", ())]
    return tuple(sorted({name.lower() for table in tables for name in table.get("repositories", ())}))


def sources(repositories: Iterable[str]) -> tuple[str, ...]:
    """The sources that repositories are: two of each."""
    return tuple(f"{what}:{name}" for name in repositories for what in ("deployments", "commits"))


def covered(repository: str, rules: Rules) -> bool:
    """Whether a deployment of this repository is ours to explain: it is named, or a deploy rule is for any of ours.

    Ours are those of an owner whom the policy names with any repository, so that nobody who installs the App elsewhere
    speaks here; where it names no repository at all, nothing says whose they are, and all count.
    """
    named = catalogue(rules)
    owners = {name.partition("/")[0] for name in named}
    ours = not owners or repository.lower().partition("/")[0] in owners
    return repository.lower() in named or (ours and any(not rule.repositories for rule in rules.deploy))
