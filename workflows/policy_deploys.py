"""What the deploy rules, freezes and patch times of a policy say of each other. Pure."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import pairwise

from workflows import policy_values
from workflows.conditions import STAGING
from workflows.durations import text
from workflows.matching import is_one_of, path_fits
from workflows.policy_problems import Finding
from workflows.policy_tables import DeployTable, PolicyTables
from workflows.ruleset import PIPELINE, Condition, Rules
from workflows.toml_lines import Path

_KEYS = ("systems", "risks", "types")
_ANY_LETTERS = ("environments", "repositories")


def findings(tables: PolicyTables) -> list[Finding]:
    """Every mistake in [[deploy]] and [[freeze]] that takes more than one key to see."""
    return [*_deployers(tables), *_staging(tables), *_never(tables), *_shadowed(tables), *_frozen(tables)]


def times(rules: Rules) -> list[Finding]:
    """Freezes that end before they begin, and patch times that are longer for what is worse."""
    return [*_spans(rules), *_bands(rules)]


def _deployers(tables: PolicyTables) -> Iterator[Finding]:
    for at, row in enumerate(tables.deploy):
        for number, name in enumerate(row.deployers or ()):
            path: Path = ("deploy", at, "deployers", number)
            if name == PIPELINE and PIPELINE in tables.groups:
                yield path, f'"{PIPELINE}" is the pipeline itself; give the group of that name another one'
            elif name != PIPELINE and name not in tables.groups:
                yield path, f'"{name}" is neither "{PIPELINE}" nor a group; {_near(name, (PIPELINE, *tables.groups))}'


def _near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), 1, 0.6)
    return f'did you mean "{close[0]}"?' if close else f"add [groups.{name}] or write one that is there"


def _staging(tables: PolicyTables) -> Iterator[Finding]:
    """A rule whose commit must have been in its own environment first would wait for itself."""
    for at, row in enumerate(tables.deploy):
        for number, one in enumerate(row.require):
            condition, _, names = one.partition(": ")
            own = [
                name for name in policy_values.names(names) or STAGING if is_one_of(name, tuple(row.environments or ()))
            ]
            if condition == Condition.STAGING_FIRST and own:
                yield (
                    ("deploy", at, "require", number),
                    f"waits for {own[0]}, which this rule itself is for; name the environment that comes before",
                )


def _never(tables: PolicyTables) -> Iterator[Finding]:
    """A rule for sensitive systems where none is sensitive."""
    if any(system.sensitive for system in tables.systems.values()):
        return
    for at, row in enumerate(tables.deploy):
        if row.sensitive:
            yield (
                ("deploy", at, "sensitive"),
                "never matches, no system is sensitive; write sensitive = true in [systems.…], or leave it out here",
            )


def _shadowed(tables: PolicyTables) -> Iterator[Finding]:
    for at, row in enumerate(tables.deploy):
        taken = (number for number, earlier in enumerate(tables.deploy[:at]) if _takes_all(earlier, row, tables))
        number = next(taken, None)
        if number is not None:
            said = f"never decides, number {number + 1} of [[deploy]] takes all of it; move this up"
            yield ("deploy", at), said


def _takes_all(earlier: DeployTable, later: DeployTable, tables: PolicyTables) -> bool:
    return (
        all(_within(getattr(earlier, key), getattr(later, key)) for key in _KEYS)
        and all(_within(_small(getattr(earlier, key)), _small(getattr(later, key))) for key in _ANY_LETTERS)
        and _paths_within(earlier.paths, later.paths)
        and (earlier.sensitive is None or earlier.sensitive is _sensitive(later, tables))
    )


def _within(earlier: list[str] | None, later: list[str] | None) -> bool:
    return earlier is None or (later is not None and set(later) <= set(earlier))


def _small(names: list[str] | None) -> list[str] | None:
    return None if names is None else [name.lower() for name in names]


def _paths_within(earlier: list[str] | None, later: list[str] | None) -> bool:
    """Whether every path of `later` fits `earlier`; a pattern with ? or [ ] takes only itself."""
    if earlier is None or later is None:
        return earlier is None
    wide = [one for one in earlier if not set(one) & set("?[")]
    return all(one in earlier or any(path_fits(one, pattern) for pattern in wide) for one in later)


def _sensitive(row: DeployTable, tables: PolicyTables) -> bool | None:
    """What a rule says of sensitivity; one that names only sensitive systems, or their repositories, says yes too."""
    if row.sensitive is not None:
        return row.sensitive
    systems = {name for name, system in tables.systems.items() if system.sensitive}
    served = {one.lower() for name in systems for one in tables.systems[name].repositories}
    named = bool(row.systems) and set(row.systems or ()) <= systems
    return True if named or (row.repositories and set(_small(row.repositories) or ()) <= served) else None


def _frozen(tables: PolicyTables) -> Iterator[Finding]:
    """A freeze of an environment that no rule is for holds nothing: most likely it is misspelt."""
    if not tables.deploy or any(row.environments is None for row in tables.deploy):
        return
    known = list(dict.fromkeys(name for row in tables.deploy for name in row.environments or ()))
    for at, freeze in enumerate(tables.freeze):
        for number, name in enumerate(freeze.environments or ()):
            if not is_one_of(name, tuple(known)):
                close = get_close_matches(name, known, 1, 0.6)
                hint = f'did you mean "{close[0]}"?' if close else "write one that a rule names"
                yield ("freeze", at, "environments", number), f'no [[deploy]] rule is for "{name}"; {hint}'


def _spans(rules: Rules) -> Iterator[Finding]:
    for at, freeze in enumerate(rules.freezes):
        if freeze.since and freeze.until and freeze.since >= freeze.until:
            yield ("freeze", at, "until"), "is not after from; a freeze ends after it began"


def _bands(rules: Rules) -> Iterator[Finding]:
    names = ("critical", "high", "medium", "low")
    for worse, better in pairwise(names):
        long, short = getattr(rules.patches, worse), getattr(rules.patches, better)
        if long > short:
            yield (
                ("patches", worse),
                f"{text(long)} is longer than {better}, {text(short)}; what is worse is mended sooner",
            )
