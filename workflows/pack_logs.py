"""The archives of the CI logs of a change in a pack: each as it was kept, or a line that says why it is not there.

An archive that is gone, or is not what the record says, stops no pack; it is an exception of it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import IO, Any

from workflows.gated import CiLog
from workflows.pack_exceptions import MISSING, Departure

MOST = 512 * 1024 * 1024
"""Bytes of archives in one pack: `verify.py` takes a pack of no more than twice as much."""
PIECE = 64 * 1024
GONE, DIFFERS, LEFT_OUT = "ci-log-archive-missing", "ci-log-archive-differs", "ci-log-archive-left-out"


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive of one run. `name`: of its file below the change's folder; None: it is not in the pack.

    `lies`: the file in which it was kept; None: only its digest was. `code`: of the exception, "" for none, and `says`
    its words. `file` is open until the shelf is left.
    """

    log: CiLog
    lies: str | None
    name: str | None = None
    code: str = ""
    says: str = ""
    file: IO[bytes] | None = None

    def json(self) -> dict[str, Any]:
        """Where it is, as `facts.json` says it; `missing`: why it is not in this pack although it was asked for."""
        return {"file": self.name, "kept_as": self.lies, "missing": self.says or None}

    def pieces(self) -> Iterator[bytes]:
        """Its bytes."""
        while self.file is not None and (piece := self.file.read(PIECE)):
            yield piece


class Shelf:
    """Where archives are kept: the `folder` of the policy, "" for none. `wanted`: they go into the pack."""

    def __init__(self, folder: str, *, wanted: bool, room: int = MOST) -> None:
        self._folder, self._wanted, self._room = folder, wanted, room

    def of(self, logs: Iterable[CiLog], opened: ExitStack) -> list[Archive]:
        """The archives of these runs, those of which there never was any left out; files close with `opened`."""
        return [self._one(one, opened) for one in logs if one.sha256 is not None]

    def _one(self, log: CiLog, opened: ExitStack) -> Archive:
        lies = str(Path(self._folder) / f"{log.sha256}.zip") if self._folder else None
        if not self._wanted:
            return Archive(log, lies)
        if lies is None:
            return Archive(log, None, code=GONE, says="no folder is set for archives: only its digest was kept")
        try:
            if not S_ISREG(os.stat(lies).st_mode):  # a pipe or a device would never come to its end
                return Archive(log, lies, code=GONE, says="is no file")
            file = opened.enter_context(open(lies, "rb"))  # noqa: SIM115 (closed with the stack)
            size, digest = _measured(file, most=log.size)
        except OSError as fault:
            gone = isinstance(fault, FileNotFoundError)
            return Archive(log, lies, code=GONE, says="is not in its folder" if gone else "cannot be read")
        if digest != log.sha256:
            return Archive(log, lies, code=DIFFERS, says="its bytes do not give the digest that is on record")
        if size > self._room:
            return Archive(
                log, lies, code=LEFT_OUT, says=f"left out: a pack holds {MOST >> 20} MiB of archives at most"
            )
        self._room -= size
        return Archive(log, lies, f"logs/{log.run}-{log.attempt}.zip", file=file)


def _measured(file: IO[bytes], *, most: int) -> tuple[int, str]:
    """Size and SHA-256 of a file, not far beyond `most` bytes; it is at its beginning again afterwards."""
    size, digest = 0, hashlib.sha256()
    while size <= most and (piece := file.read(PIECE)):
        size += len(piece)
        digest.update(piece)
    file.seek(0)
    return size, digest.hexdigest()


def departures(key: str, kind: str, some: Sequence[Archive]) -> Iterator[Departure]:
    """Yield a line for each archive that was asked for and is not in the pack."""
    for one in some:
        if one.code:
            run = f"run {one.log.run}, attempt {one.log.attempt}, of {one.log.repository}"
            yield Departure(key, kind, MISSING, one.code, f"the archive of the CI logs of {run}: {one.says}")


def told(facts: Mapping[str, Any], some: Sequence[Archive]) -> dict[str, Any]:
    """The facts of a change with where the archive of each of its logs is."""
    at = {(one.log.repository, one.log.run, one.log.attempt): one.json() for one in some}
    return {
        **facts,
        "logs": [
            one | {"archive": at.get((one["run"]["repository"], one["run"]["run"], one["run"]["attempt"]))}
            for one in facts["logs"]
        ],
    }


def size(logs: Iterable[CiLog]) -> int:
    """Bytes of the archives of these runs, by the record."""
    return sum(one.size for one in logs if one.sha256 is not None)
