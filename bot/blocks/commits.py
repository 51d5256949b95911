"""Commits and repositories in words: seven digits, a link to the configured GitHub and to no other host."""

import re

from bot.blocks.kit import Scene
from bot.blocks.sentence import Link, Piece, Words
from bot.blocks.text import one_line
from workflows.reading import Reading

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_SHA = re.compile(r"[0-9a-f]{7,64}")
_SHORT = 7


def short(sha: str | None) -> str:
    """`1a2b3c4`; what is no commit id stays as it is, in one line."""
    text = sha or ""
    return text[:_SHORT] if _SHA.fullmatch(text) else one_line(text, 20)


def label(sha: str | None, ref: str | None) -> str:
    """What is asked for: `1a2b3c4`, while nobody resolved it `v812`, of an access `it`."""
    return short(sha) or one_line(ref or "", 40) or "it"


def name(repository: str | None, limit: int = 60) -> str:
    """`acme/payments`."""
    return one_line(repository or "no repository", limit)


def live(reading: Reading) -> str:
    """What the environment runs: the tag it went there as, else `1a2b3c4`; the default branch names no version."""
    there = reading.live
    if there is None:
        return "nothing"
    ref = one_line(there.ref or "", 40)
    of_branch = reading.branch is None or ref == reading.branch.name
    return short(there.sha) if not ref or of_branch or there.sha.startswith(ref.lower()) else ref


def last_name(repository: str | None, limit: int = 24) -> str:
    """`payments` of `acme/payments`, for a notification."""
    return one_line((repository or "no repository").rpartition("/")[2], limit)


def commit(scene: Scene, repository: str | None, sha: str | None, *, full: bool = False) -> Piece:
    """The commit with its page; `full`: all of its digits, for Details."""
    text = one_line(sha or "", 64) if full else short(sha)
    return _link(scene, repository, f"commit/{sha}", text) if _SHA.fullmatch(sha or "") else Words(text or "no commit")


def difference(scene: Scene, repository: str | None, old: str | None, new: str | None, text: str) -> Piece | None:
    """The page that compares two commits; None where there is none to link to."""
    if not (_SHA.fullmatch(old or "") and _SHA.fullmatch(new or "")) or old == new:
        return None
    piece = _link(scene, repository, f"compare/{old}...{new}", text)
    return piece if isinstance(piece, Link) else None


def pull(scene: Scene, repository: str | None, number: int) -> Piece:
    """`#12`, a pull request with its page."""
    return _link(scene, repository, f"pull/{number}", f"#{number}")


def page(scene: Scene, url: str | None, text: str) -> Piece | None:
    """An address that GitHub gave; None unless it lies on the configured host."""
    if not scene.github_web or not url or not url.startswith(f"{scene.github_web}/"):
        return None
    return Link(url, text) if re.fullmatch(r"[!-;=?-\[\]_a-z~]+", url) else None


def _link(scene: Scene, repository: str | None, path: str, text: str) -> Piece:
    if not scene.github_web or not _REPOSITORY.fullmatch(repository or ""):
        return Words(text)
    return Link(f"{scene.github_web}/{repository}/{path}", text)
