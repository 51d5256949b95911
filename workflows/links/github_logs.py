"""The log archive of a workflow run: GitHub sends us on to a short-lived address; only one of its own is asked.

Which hosts those are: GitHub docs, "Self-hosted runners reference", what logs are downloaded from. That address gets no
token of ours, is asked once and leads nowhere else; what comes is bounded in bytes and time, and has to be a zip.
"""

import re
import time
from collections.abc import Callable, Collection
from urllib.parse import SplitResult, urlsplit

import requests

from workflows.links import Rejected, Unavailable
from workflows.links import github_names as names
from workflows.links.github_runs import Run, shown
from workflows.links.github_wire import Wire

MOST = 256 * 1024 * 1024
SECONDS = 20.0
CHUNK = 64 * 1024
ZIP = b"PK"
GONE, TOO_LARGE, ELSEWHERE = "gone", "too-large", "not-from-github"
# Never all of blob.core.windows.net: anybody can have a name there.
_STORAGE = re.compile(
    r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.actions\.githubusercontent\.com|productionresultssa\d{1,3}\.blob\.core\.windows\.net"
)
Write = Callable[[bytes], object]


def fetch(
    wire: Wire, repository: str, run: int, attempt: int, write: Write, *, hosts: Collection[str], most: int = MOST
) -> None:
    """Hand the archive of one attempt of a run to `write`, piece by piece; `hosts`: further ones that may be asked.

    Raises Unavailable (pieces may have been handed over), Rejected: GONE (there are none, or no longer), TOO_LARGE
    (more than `most` bytes), ELSEWHERE.
    """
    path = f"/actions/runs/{names.number(run)}/attempts/{names.number(attempt)}/logs"
    try:
        where = wire.location(repository, path)
    except Rejected as no:
        raise Rejected(GONE, no.status) if no.status in (404, 410) else no from None
    if not allowed(where, wire.address, hosts):
        raise Rejected(ELSEWHERE, 302)
    _download(where, write, timeout=wire.timeout, most=most)


def runs(wire: Wire, repository: str, sha: str) -> tuple[Run, ...]:
    """The runs of a commit, newest first, at most 100; which environments they wait for is not asked."""
    found = wire.pages(repository, "/actions/runs", key="workflow_runs", most=100, head_sha=names.sha(sha))
    return tuple(shown(one) for one in found)


def allowed(location: str, api: str, hosts: Collection[str] = ()) -> bool:
    """Whether what GitHub names may be asked: on its own host, or by https where it keeps logs, or one of `hosts`."""
    try:
        there, home = urlsplit(location), urlsplit(api)
        if _origin(there) == _origin(home):
            return there.username is None and there.password is None
        plain = there.scheme == "https" and there.port in (None, 443) and "@" not in there.netloc
    except ValueError:
        return False
    host = there.hostname or ""
    known = home.hostname == "api.github.com" and _STORAGE.fullmatch(host) is not None
    return plain and (known or host in {one.lower() for one in hosts})


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or usual


def _download(where: str, write: Write, *, timeout: int, most: int) -> None:
    until = time.monotonic() + SECONDS
    with requests.Session() as session:
        session.auth = _nobody  # no ~/.netrc either
        try:
            said = session.get(
                where,
                headers={"Accept-Encoding": "identity", "User-Agent": "countersign"},
                allow_redirects=False,
                stream=True,
                timeout=timeout,
            )
            with said:
                _pour(said, write, until=until, most=most)
        except requests.Timeout:
            raise Unavailable("timeout") from None
        except (requests.RequestException, UnicodeError):
            raise Unavailable("no-connection") from None


def _pour(said: requests.Response, write: Write, *, until: float, most: int) -> None:
    if said.status_code in (404, 410):
        raise Rejected(GONE, said.status_code)
    if said.status_code != 200:
        raise Unavailable(str(said.status_code))
    size = 0
    for piece in said.iter_content(CHUNK):
        if not size and not piece.startswith(ZIP):
            raise Unavailable("no-archive")
        size += len(piece)
        if size > most:
            raise Rejected(TOO_LARGE, 200)
        if time.monotonic() > until:
            raise Unavailable("timeout")
        write(piece)
    if not size:
        raise Unavailable("no-archive")


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
