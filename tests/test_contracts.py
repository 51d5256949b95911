"""What holds for the whole tree: imports, clocks, ids, commits, mocks, sizes, addresses."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.needs import ROOT

STDLIB = frozenset(sys.stdlib_module_names)

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
IDS = {"uuid1", "uuid4", "uuid6", "uuid7"}

NETWORK = ("pagerduty", "jira", "github", "requests", "httpx", "socket", "http.client", "urllib.request")

# Where a thing may stand that stands nowhere else. A folder ends in "/".
MAY = {
    "clock": ("bot/clock.py", "bot/playground/", "bot/demo.py", "tests/"),
    "id": ("bot/clock.py", "bot/ids.py", "bot/playground/", "tests/"),
    "commit": ("workflows/db.py", "migrations/", "tests/"),
}

# What decides, and what it decides on, import the standard library and one another, and can be replayed.
PURE = {
    "workflows.access",
    "workflows.admission",
    "workflows.attributes",
    "workflows.audit_rules",
    "workflows.binding",
    "workflows.case",
    "workflows.change",
    "workflows.condemned",
    "workflows.conditions",
    "workflows.controls",
    "workflows.durations",
    "workflows.event",
    "workflows.fold",
    "workflows.fold_decision",
    "workflows.fold_deploy",
    "workflows.fold_document",
    "workflows.fold_peers",
    "workflows.fold_review",
    "workflows.freezes",
    "workflows.gate",
    "workflows.gated",
    "workflows.lanes",
    "workflows.matching",
    "workflows.oncall",
    "workflows.pack_exceptions",
    "workflows.paging",
    "workflows.patches",
    "workflows.peered",
    "workflows.plans",
    "workflows.permitted",
    "workflows.placeholders",
    "workflows.policy",
    "workflows.question",
    "workflows.quiet",
    "workflows.quorum",
    "workflows.rows",
    "workflows.sampling",
    "workflows.readiness",
    "workflows.reading",
    "workflows.reading_json",
    "workflows.replay_deploys",
    "workflows.reviewed",
    "workflows.rosters",
    "workflows.ruleset",
    "workflows.schedule",
    "workflows.standing",
    "workflows.ticketing",
    "workflows.transitions",
    "workflows.voices",
}

# The packages, and the first-party modules, that these may import besides the standard library.
ONLY = {
    "workflows/chain.py": ({"rfc8785"}, {"workflows.event", "workflows.moments", "workflows.verify"}),
    "workflows/merkle.py": (set[str](), {"workflows.verify"}),
    "workflows/signing.py": ({"cryptography"}, {"workflows.verify"}),
    "workflows/verify.py": ({"cryptography"}, set[str]()),
    "workflows/numbering.py": (set[str](), {"workflows.verify"}),
    "workflows/walking.py": (set[str](), {"workflows.verify"}),
    "workflows/stored.py": ({"psycopg"}, {"workflows.verify"}),  # only to open a PostgreSQL record
    "workflows/logged.py": (set[str](), {"workflows.merkle", "workflows.stored", "workflows.verify"}),
    "workflows/parts.py": (
        set[str](),
        {"workflows.logged", "workflows.numbering", "workflows.stored", "workflows.verify", "workflows.walking"},
    ),
    "workflows/beside.py": (set[str](), {"workflows.parts", "workflows.stored", "workflows.verify"}),
    "workflows/verifying.py": (
        set[str](),
        {
            *("workflows.beside", "workflows.logged", "workflows.numbering", "workflows.parts", "workflows.stored"),
            "workflows.verify",
        },
    ),
    "workflows/links/": (
        {"pagerduty", "jira", "github", "jwt", "requests", "httpx2"},
        {"workflows.change", "workflows.reading", "workflows.noreply", "workflows.peered", "workflows.links"},
    ),
} | {f"{name.replace('.', '/')}.py": (set[str](), PURE) for name in PURE}

# First-party imports inside functions: the composition root, and `links` where it is loaded on first use.
INNER = {"bot/__main__.py": "", "bot/links.py": "workflows.links"}


@cache
def sources(*folders: str) -> list[str]:
    """The Python files below the folders, as paths relative to the root."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(str(path.relative_to(ROOT)) for path in found)


TELLING = (
    ast.Attribute,
    ast.Call,
    ast.ExceptHandler,
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
)


@cache
def nodes(file: str) -> tuple[ast.AST, ...]:
    """What the rules below look at in the file: to go through all of every tree for each of them takes many seconds."""
    module = ast.parse((ROOT / file).read_text(encoding="utf-8"), file)
    return tuple(node for node in ast.walk(module) if isinstance(node, TELLING))


def allowed(file: str, places: tuple[str, ...]) -> bool:
    """Whether the file is one of the places, or in a folder among them."""
    return any(file == place or (place.endswith("/") and file.startswith(place)) for place in places)


@cache
def uses(file: str) -> list[tuple[int, str, str]]:
    """Each attribute, called or not, and each bare call as (line, owner, name): `a.b.now` is ("b", "now")."""
    return list(_uses(nodes(file)))


def _uses(found: tuple[ast.AST, ...]) -> Iterator[tuple[int, str, str]]:
    for node in found:
        match node:
            case ast.Call(func=ast.Attribute(attr="commit" | "rollback" as name), args=[], keywords=[]):
                yield node.lineno, "", f"{name}()"
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                yield node.lineno, owner, name
            case ast.Attribute(value=ast.Attribute(attr=owner), attr=name):
                yield node.lineno, owner, name
            case ast.Attribute(attr=name):
                yield node.lineno, "", name
            case ast.Call(func=ast.Name(id=name)):
                yield node.lineno, "", name
            case ast.ImportFrom(module="time", names=names):
                yield from ((node.lineno, "time", alias.name) for alias in names)
            case _:
                pass


def stray(kind: str, owner: str, name: str) -> bool:
    """Whether the use reads a clock, makes an id, or ends a transaction."""
    if kind == "clock":
        return f"{owner}.{name}" in CLOCKS
    if kind == "id":
        return name in IDS
    return name in ("commit()", "rollback()")  # called with nothing: commits and ways back are values, too


def imported(file: str) -> Iterator[tuple[int, str]]:
    """Every imported module with its line; `from workflows import db` counts as `workflows.db`."""
    for node in nodes(file):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def bodies(file: str) -> list[range]:
    """The lines of every function."""
    functions = (node for node in nodes(file) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in functions]


def test_the_packages_import_one_another_as_the_design_says() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("kind", MAY)
def test_there_is_one_clock_one_source_of_ids_and_one_place_that_commits(kind: str) -> None:
    found = [
        f"{file}:{line} {owner}.{name}"
        for file in sources("bot", "workflows", "migrations")
        if not allowed(file, MAY[kind])
        for line, owner, name in uses(file)
        if stray(kind, owner, name)
    ]
    assert found == []


@pytest.mark.parametrize("place", ONLY)
def test_the_pure_modules_import_only_what_they_may(place: str) -> None:
    packages, first_party = ONLY[place]
    found = [
        f"{file}:{line} {name}"
        for file in sources("workflows")
        if allowed(file, (place,))
        for line, name in imported(file)
        if name.split(".")[0] not in STDLIB | packages
        and not any(name == one or name.startswith(f"{one}.") for one in first_party)
    ]
    assert found == []


def test_use_cases_never_reach_for_the_network() -> None:
    found = [
        f"{file}:{line} {name}"
        for file in sources("workflows")
        if not file.startswith("workflows/links/")
        for line, name in imported(file)
        if name.startswith(("workflows.links", *NETWORK))
    ]
    assert found == []


def test_workflows_cannot_ask_the_environment() -> None:
    found = [
        f"{file}:{node.lineno}"
        for file in sources("workflows")
        for node in nodes(file)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in ("environ", "getenv", "environb")
    ]
    assert found == []


def test_first_party_imports_stand_at_the_top() -> None:
    found = [
        f"{file}:{line} {name}"
        for file in sources("bot", "workflows", "migrations")
        for line, name in imported(file)
        if name.split(".")[0] in ("bot", "workflows") and not (file in INNER and name.startswith(INNER[file]))
        if any(line in body for body in bodies(file))
    ]
    assert found == []


def test_everything_is_caught_in_two_places_only() -> None:
    found = {
        file
        for file in sources("bot", "workflows", "migrations")
        if not file.startswith("bot/playground/")
        for node in nodes(file)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or "Exception" in {name.id for name in names(node.type)})
    }
    assert found <= {"bot/delivery.py", "bot/worker.py"}


def names(node: ast.AST) -> list[ast.Name]:
    """Every plain name below the node."""
    return [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]


def test_tests_use_stand_ins_and_no_mocks() -> None:
    found = [
        f"{file}:{line} {name}"
        for file in sources("tests")
        for line, name in imported(file)
        if name.startswith(("unittest.mock", "mock", "pytest_mock"))
    ]
    found += [
        f"{file}:{line} {owner}.{name}"
        for file in sources("tests")
        for line, owner, name in uses(file)
        if (owner == "monkeypatch" and name in ("setattr", "setitem")) or owner == "mocker"
    ]
    assert found == []


def test_files_are_small_enough_to_be_read() -> None:
    # A migration is history: it is written once and never split.
    limits = {"workflows/verify.py": 400}
    found = {
        file: lines
        for file in sources("bot", "workflows")
        if (lines := len((ROOT / file).read_text(encoding="utf-8").splitlines())) > limits.get(file, 250)
    }
    assert found == {}


def test_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "common", "manager", "base"}
    assert [file for file in sources("bot", "workflows") if Path(file).stem in drawers] == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    # In pieces, so that this file does not name them either.
    hosts = re.compile(r"\b(?:npm" + r"js|py" + r"pi|python" + r"hosted)\.(?:org|com)\b")
    paths = re.compile(r"(?<![\w.$}/-])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me)/\w")
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = []
    for file in files.stdout.splitlines():
        content = (ROOT / file).read_bytes() if (ROOT / file).is_file() else b""
        if b"\0" in content:
            continue
        text = content.decode("utf-8")
        found += [f"{file}: {hit.group()}" for pattern in (hosts, paths) for hit in pattern.finditer(text)]
    assert found == []
