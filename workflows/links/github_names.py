"""Names that come from people and payloads, checked before they become part of a path on GitHub's API. Pure.

Whatever passes holds no way out of its place in the path: it is percent-encoded, and no dot segment is left.
"""

import re
from typing import Any
from urllib.parse import quote

from workflows.links import Rejected

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}")
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORT = re.compile(r"[0-9a-f]{7,64}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?")
_REF_FORBIDS = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|^[/.-]|[/.]$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DOTS = (".", "..")


def repository(name: str) -> str:
    """`/repos/owner/name`. Raises Rejected unless it is one owner and one name."""
    if not _REPOSITORY.fullmatch(name) or name.split("/")[1] in _DOTS:
        raise Rejected("not-a-repository")
    return f"/repos/{name}"


def ref(name: str) -> str:
    """A branch or tag as git allows it, percent-encoded, its slashes too. Raises Rejected."""
    if not 0 < len(name) <= 255 or _REF_FORBIDS.search(name) or not name.isprintable() or name == "@":
        raise Rejected("not-a-ref")
    return quote(name, safe="")


def sha(name: str) -> str:
    """A whole commit id. Raises Rejected."""
    if not _SHA.fullmatch(name):
        raise Rejected("not-a-commit")
    return name


def is_sha(name: str) -> bool:
    """Whether this is a whole commit id."""
    return _SHA.fullmatch(name) is not None


def is_short(name: str) -> bool:
    """Whether this may be the beginning of a commit id."""
    return _SHORT.fullmatch(name) is not None


def environment(name: str) -> str:
    """The name of an environment, percent-encoded. Raises Rejected."""
    if not 0 < len(name) <= 255 or _CONTROL.search(name) or name in _DOTS:
        raise Rejected("not-an-environment")
    return quote(name, safe="")


def login(name: str) -> str:
    """An account's name, percent-encoded. Raises Rejected."""
    if not _LOGIN.fullmatch(name):
        raise Rejected("not-a-login")
    return quote(name, safe="")


def number(value: Any) -> int:
    """A run's, pull request's or deployment's number. Raises Rejected for what is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 63:
        raise Rejected("not-a-number")
    return value
