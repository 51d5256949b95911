"""Where logs of runs are kept: addresses that need no token and take none, as the storage behind GitHub has them."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile

from bot.playground.github.records import Repository, Run
from bot.playground.github.world import World

_AT = re.compile(r"/_logs/([^/]+/[^/]+)/(\d+)\.zip")
_DAY = (2026, 1, 1, 0, 0, 0)


def at(repository: Repository, run: Run) -> str:
    """Return the path of the archive of a run."""
    return f"/_logs/{repository.full_name}/{run.id}.zip"


def kept(world: World, path: str, authorization: str) -> tuple[int, bytes] | None:
    """Return status and body of such an address; None for any other path. Whoever shows a token is refused."""
    found = _AT.fullmatch(path)
    if found is None:
        return None
    repository = world.repositories.get(found[1].lower()) or world.repositories.get(found[1])
    run = repository.runs.get(int(found[2])) if repository else None
    if authorization:
        return 400, b"<Error><Code>InvalidAuthenticationInfo</Code></Error>"
    return (200, archive(run)) if run is not None else (404, b"<Error><Code>BlobNotFound</Code></Error>")


def archive(run: Run) -> bytes:
    """Return the log archive of a run, the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as inside:
        said = f"Run {run.id} of {run.workflow} on {run.sha}\n##[section]{run.conclusion or run.status}\n"
        inside.writestr(zipfile.ZipInfo(f"0_{run.workflow}.txt", _DAY), said)
    return made.getvalue()


def digest(run: Run) -> str:
    """Return the SHA-256 of that archive in hex."""
    return hashlib.sha256(archive(run)).hexdigest()
