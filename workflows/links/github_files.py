"""One file of a repository, read and written through the contents API."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from urllib.parse import quote

from workflows.links import Rejected, Unavailable
from workflows.links.github_wire import Wire


@dataclass(frozen=True, slots=True)
class File:
    """What a file holds, and the SHA that a change of it has to name."""

    text: str
    sha: str


def read(wire: Wire, repository: str, path: str, branch: str) -> File | None:
    """The file; None: there is none. Raises Unavailable, Rejected ("not-a-file")."""
    try:
        found = wire.get(repository, _place(path), ref=branch or None)
    except Rejected as no:
        if no.status != 404:
            raise
        wire.get(repository)  # a repository that can't be seen is not an absent file
        return None
    if not isinstance(found, dict) or found.get("type") != "file" or found.get("encoding") != "base64":
        raise Rejected("not-a-file")
    try:
        return File(b64decode(found["content"]).decode(), found["sha"])
    except ValueError:
        raise Rejected("not-a-file") from None


def write(wire: Wire, repository: str, path: str, text: str, *, message: str, before: str, branch: str) -> None:
    """Commit the file; `before`: the SHA that `read` gave, "" when there was none. Rejected 409: it changed since."""
    body = {"message": message, "content": b64encode(text.encode()).decode()}
    body |= {name: value for name, value in (("sha", before), ("branch", branch)) if value}
    answer = wire.put(repository, _place(path), body)
    if not isinstance(answer, dict) or "commit" not in answer:
        raise Unavailable("unreadable")


def _place(path: str) -> str:
    if not path or any(part in ("", ".", "..") for part in path.split("/")):
        raise Rejected("not-a-path")
    return f"/contents/{quote(path)}"
