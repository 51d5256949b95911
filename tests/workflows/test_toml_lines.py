"""Where a key of a TOML document stands."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.toml_lines import Path, line_of, lines_of

DOCUMENT = '''\
# a comment with [brackets] and key = 1
version = 1
title = "one \\" quote # no comment"    # a comment, "quoted"

[workspace]
zone = 'Europe/Berlin'
"quoted key" = 2
'literal.key' = 3
site."a.b".c = 4

[groups.security]   # header comment
users = [
  "a@example.com",  # first ]
  # between
  "b@example.com",
]
[groups . "on call" ]
contact = """
first
[not.a.table]
key = "no" \\
"""
after = \'\'\'
it's [[not]] one
\'\'\'
last = { group = "x", deep = { count = [1, 2] } }

[[emergency.rule]]
systems = ["payments"]

[[emergency.rule]]
systems = ["web"]
approvers = [
  { group = "a", count = 1 },
  { group = "b", count = 2 },
]
[emergency.rule.review]
due = "24h"
[emergency]
nudge = "5m"
"caf\\u00e9\\U0001F600" = 2026-12-23 16:00:00
[[emergency.rule.deep]]
x = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("version",), 2),
        (("title",), 3),
        (("workspace",), 5),
        (("workspace", "zone"), 6),
        (("workspace", "quoted key"), 7),
        (("workspace", "literal.key"), 8),
        (("workspace", "site", "a.b", "c"), 9),
        (("workspace", "site"), 9),
        (("groups", "security"), 11),
        (("groups", "security", "users"), 12),
        (("groups", "security", "users", 0), 13),
        (("groups", "security", "users", 1), 15),
        (("groups", "on call"), 17),
        (("groups", "on call", "contact"), 18),
        (("groups", "on call", "after"), 23),
        (("groups", "on call", "last", "deep", "count", 1), 26),
        (("emergency", "rule"), 28),
        (("emergency", "rule", 0), 28),
        (("emergency", "rule", 0, "systems", 0), 29),
        (("emergency", "rule", 1), 31),
        (("emergency", "rule", 1, "systems"), 32),
        (("emergency", "rule", 1, "approvers", 0, "count"), 34),
        (("emergency", "rule", 1, "approvers", 1), 35),
        (("emergency", "rule", 1, "review"), 37),
        (("emergency", "rule", 1, "review", "due"), 38),
        (("emergency",), 39),
        (("emergency", "nudge"), 40),
        (("emergency", "café😀"), 41),
        (("emergency", "rule", 1, "deep", 0, "x"), 43),
    ],
)
def test_every_key_is_found_at_its_line(path: Path, line: int) -> None:
    tomllib.loads(DOCUMENT)
    assert line_of(DOCUMENT, path) == line


def test_an_absent_key_is_named_at_its_table() -> None:
    assert line_of(DOCUMENT, ("groups", "security", "usergroup")) == 11
    assert line_of(DOCUMENT, ("emergency", "rule", 1, "approvers", 1, "typo")) == 35
    assert line_of(DOCUMENT, ("nothing", "at", "all")) == 1


def test_a_table_written_after_its_children_stands_at_its_own_header() -> None:
    assert line_of("[a.b]\nx = 1\n\n[a]\ny = 2\n", ("a",)) == 4


def test_windows_lines_count_as_one() -> None:
    assert line_of('a = 1\r\n[b]\r\nc = """\r\nx\r\n"""\r\nd = 2\r\n', ("b", "d")) == 6


def test_a_broken_document_keeps_the_lines_before_the_mistake() -> None:
    assert line_of("a = 1\nb = 2\nc = = 3\nd = 4\n", ("b",)) == 2


def test_quotes_at_the_end_of_long_strings_belong_to_them() -> None:
    document = 'a = """x"""""\nb = \'\'\'y\'\'\'\'\'\nc = """\\\\"""\nd = ""\ne = 1\n'
    tomllib.loads(document)
    assert [line_of(document, (key,)) for key in "abcde"] == [1, 2, 3, 4, 5]


# Documents made by hand of hypothesis: every leaf is a number of its own, so the line that holds it is known.

KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5),
    st.sampled_from(["a.b", "[x]", "#", '"', "\\", "é", "\u0001", "=", "'"]),
)
TREES = st.recursive(
    st.just(0),
    lambda inner: st.one_of(
        st.dictionaries(KEYS, inner, max_size=4),
        st.lists(inner, max_size=3),
        st.lists(st.dictionaries(KEYS, inner, max_size=3), min_size=1, max_size=3),
    ),
    max_leaves=20,
)


def quoted(key: str) -> str:
    if key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key):
        return key
    if key and "'" not in key and all(c.isprintable() for c in key):
        return f"'{key}'"
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08X}" for c in key) + '"'


class Writer:
    """Writes a tree as TOML in ways that `draw` picks; leaves are numbered, and some stand behind noise."""

    def __init__(self, data: st.DataObject) -> None:
        self.data, self.leaf, self.lines = data, 1000, list[str]()

    def pick(self, *ways: str) -> str:
        return self.data.draw(st.sampled_from(ways))

    def value(self, tree: Any) -> str:
        if isinstance(tree, dict):
            return "{ " + ", ".join(f"{quoted(k)} = {self.value(v)}" for k, v in tree.items()) + " }"
        if isinstance(tree, list):
            gap = self.pick(" ", "\n  ", " # ], } = [\n\n")
            return "[" + gap + f",{gap}".join(self.value(one) for one in tree) + gap + "]"
        self.leaf += 1
        text = self.pick(str(self.leaf), f'"{self.leaf} # ]"', f"'{self.leaf} \\'", f'"""{self.leaf}\n[x]\n"""')
        return text

    def table(self, tree: dict[str, Any], header: str) -> None:
        later = []
        for key, value in tree.items():
            tables = isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
            if (tables or isinstance(value, dict)) and self.pick("header", "inline") == "header":
                later.append((key, value))
            else:
                self.lines += ["# key = [1"] * (self.pick("", "#") == "#")
                self.lines.append(f"{quoted(key)} = {self.value(value)}")
        for key, value in later:
            name = f"{header}.{quoted(key)}" if header else quoted(key)
            for one in value if isinstance(value, list) else [value]:
                self.lines.append(f"[[{name}]]" if isinstance(value, list) else f"[ {name} ] # [no]")
                self.table(one, name)


def paths(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every path of a document with what stands there."""
    yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in children:
        yield from paths(inner, (*path, key))


@given(st.dictionaries(KEYS, TREES, max_size=5), st.data())
def test_the_paths_are_those_of_tomllib_and_every_leaf_is_on_its_line(
    tree: dict[str, Any], data: st.DataObject
) -> None:
    writer = Writer(data)
    writer.table(tree, "")
    document = "\n".join(writer.lines) + "\n"
    known = lines_of(document)
    found = dict(paths(tomllib.loads(document)))
    del found[()]
    assert set(known) == set(found)
    lines = document.split("\n")
    for path, value in found.items():
        if isinstance(value, int | str):
            assert str(value)[:4] in lines[known[path] - 1]
