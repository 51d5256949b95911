"""Where a key of a TOML document stands: key path → line. Pure; for documents that tomllib accepts.

tomllib gives values without places. This walks the same text once and notes the line of every table, key and
array element under its path in tomllib's result, so that an error can name the line a person has to mend.
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\]|\\.)*"')
_LITERAL = re.compile(r"'[^']*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""("{0,2})', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''('{0,2})", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\r\n#]+")
_ESCAPE = re.compile(r"\\(?:U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)


def line_of(source: str, path: Path) -> int:
    """The line (from 1) where `path` stands in `source`; of its nearest parent when it is absent; else 1.

    A table stands at its own header when it has one, a key where it is written, an element where it begins.
    `source` is a valid TOML document; of one that is not, the lines up to the mistake are known.
    """
    return nearest(lines_of(source), path)


def lines_of(source: str) -> dict[Path, int]:
    """The line of every table, key and array element of `source`."""
    walk = _Walk(source)
    with suppress(_Lost):  # not TOML: tomllib says so with a line of its own
        walk.document()
    return walk.lines


def nearest(lines: dict[Path, int], path: Path) -> int:
    """The line of the longest prefix of `path` that `lines` knows; 1 when it knows none."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Lost(Exception):
    """The text is not TOML from here on."""


@dataclass
class _Walk:
    source: str
    at: int = 0
    line: int = 1
    table: Path = ()
    lines: dict[Path, int] = field(default_factory=dict)
    counts: dict[Path, int] = field(default_factory=dict)  # arrays of tables: how many so far

    def document(self) -> None:
        self.skip()
        while self.at < len(self.source):
            if self.taken("[["):
                self.array_header()
            elif self.taken("["):
                self.header()
            else:
                self.pair(self.table)
            self.skip()

    def header(self) -> None:
        line, keys = self.line, self.dotted()
        self.expect("]")
        self.table = self.resolve(keys, line)
        self.lines[self.table] = line

    def array_header(self) -> None:
        line, keys = self.line, self.dotted()
        self.expect("]]")
        array = (*self.resolve(keys[:-1], line), keys[-1])
        index = self.counts.get(array, 0)
        self.counts[array] = index + 1
        self.lines.setdefault(array, line)
        self.table = (*array, index)
        self.lines[self.table] = line

    def resolve(self, keys: list[str], line: int) -> Path:
        """The path of a header: through an array of tables it means the newest element."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            self.lines.setdefault(path, line)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def pair(self, table: Path) -> None:
        line = self.line
        path = table
        for key in self.dotted():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.expect("=")
        self.value(path)

    def value(self, path: Path) -> None:
        self.skip()
        self.lines.setdefault(path, self.line)
        if self.taken("["):
            self.array(path)
        elif self.taken("{"):
            self.inline(path)
        elif not any(map(self.take, (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL, _SCALAR))):
            raise _Lost

    def array(self, path: Path) -> None:
        index = 0
        self.skip()
        while not self.taken("]"):
            self.value((*path, index))
            index += 1
            self.skip()
            if not self.taken(","):
                self.expect("]")
                return
            self.skip()

    def inline(self, path: Path) -> None:
        self.skip()
        while not self.taken("}"):
            self.pair(path)
            self.skip()
            if not self.taken(","):
                self.expect("}")
                return
            self.skip()

    def dotted(self) -> list[str]:
        keys = [self.key()]
        self.skip()
        while self.taken("."):
            keys.append(self.key())
            self.skip()
        return keys

    def key(self) -> str:
        self.skip()
        if bare := self.take(_BARE_KEY):
            return bare
        if quoted := self.take(_BASIC):
            return _unescaped(quoted)
        if literal := self.take(_LITERAL):
            return literal[1:-1]
        raise _Lost

    def skip(self) -> None:
        self.take(_SPACE)

    def taken(self, token: str) -> bool:
        if not self.source.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def expect(self, token: str) -> None:
        self.skip()
        if not self.taken(token):
            raise _Lost

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.at)
        if found is None:
            return ""
        self.line += found.group().count("\n")
        self.at = found.end()
        return found.group()


def _unescaped(quoted: str) -> str:
    """A basic string without its quotes and escapes. JSON knows all of them but \\U, \\x and \\e."""
    plain = _ESCAPE.sub(_short_escape, quoted)
    try:
        return str(json.loads(plain, strict=False))
    except ValueError:
        raise _Lost from None


def _short_escape(found: re.Match[str]) -> str:
    if found[3] and found[3] != "e":
        return found.group()
    digits = found[1] or found[2]
    return json.dumps(chr(int(digits, 16) if digits else 0x1B))[1:-1]
