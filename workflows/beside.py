"""Two processes that share the parts of a check: each takes the next part that nobody took, and both see one state.

The second one is started by the first, which tells it what to do on its input.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from workflows import stored
from workflows.parts import Found, Part, work
from workflows.verify import Key

TRIES = 50  # to see the same state of SQLite, while others write
_START = "import sys; sys.path.insert(0, sys.argv[1]); from workflows import beside; beside.main()"
Answer = dict[int, Found]
LOST = (OSError, EOFError, pickle.UnpicklingError)


def share(
    url: str, cursor: Any, todo: Sequence[Part], keys: Sequence[Key], anchors: Sequence[str]
) -> tuple[Any, Answer]:
    """Do the parts with a second process; the cursor to go on with, and what was found by the place of the part.

    Parts that the second process took and did not bring back are missing: whoever asks does them again.
    """
    taking, giving = os.pipe()
    os.write(giving, bytes(range(len(todo))))
    os.close(giving)
    second = subprocess.Popen(
        [sys.executable, "-c", _START, str(Path(__file__).resolve().parent.parent)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(taking,),
    )  # fmt: skip
    try:
        assert second.stdin is not None
        assert second.stdout is not None
        with suppress(*LOST):
            _say(second.stdin, (url, list(todo), list(keys), list(anchors), taking))
            cursor, same = _same_state(url, cursor, second.stdin, second.stdout)
            found = _take(cursor, todo, keys, anchors, taking) if same else Answer()
            return cursor, {**found, **(_brought(second.stdout) if same else {})}
        return cursor, {}
    finally:
        os.close(taking)
        _end(second)


def _brought(there: IO[bytes]) -> Answer:
    """What the second process found; nothing, if it was lost."""
    with suppress(*LOST):
        found: Answer = pickle.load(there)
        return found
    return {}


def _end(second: "subprocess.Popen[bytes]") -> None:
    for one in (second.stdin, second.stdout):
        with suppress(OSError):
            assert one is not None
            one.close()
    with suppress(subprocess.TimeoutExpired):
        second.wait(5)
        return
    second.kill()
    second.wait()


def _same_state(url: str, cursor: Any, there: IO[bytes], back: IO[bytes]) -> tuple[Any, bool]:
    """Have both processes see one state; False: others write too often."""
    connection = cursor.connection
    if not stored.is_sqlite(cursor):
        (snapshot,) = cursor.execute("SELECT pg_export_snapshot()").fetchone()
        _say(there, snapshot)
        pickle.load(back)
        _say(there, "go")
        return cursor, True
    watch = stored.opened(url)
    try:
        for _ in range(TRIES):
            # A commit of anyone between the two readings would change the version: so both begin in one state.
            (before,) = watch.execute("PRAGMA data_version").fetchone()
            cursor = stored.begin(connection)
            _say(there, None)
            pickle.load(back)
            if watch.execute("PRAGMA data_version").fetchone() == (before,):
                _say(there, "go")
                return cursor, True
            _say(there, "again")
        return cursor, False
    finally:
        watch.close()


def _say(there: IO[bytes], what: object) -> None:
    pickle.dump(what, there)
    there.flush()


def _take(cursor: Any, todo: Sequence[Part], keys: Sequence[Key], anchors: Sequence[str], taking: int) -> Answer:
    """Do the next part until none is left."""
    found = Answer()
    while taken := os.read(taking, 1):
        found[taken[0]] = work(cursor, todo[taken[0]], keys, anchors)
    return found


def main() -> None:
    """Be the second process."""
    with suppress(EOFError):  # the first one is gone
        _serve()


def _serve() -> None:
    here, there = sys.stdin.buffer, sys.stdout.buffer
    url, todo, keys, anchors, taking = pickle.load(here)
    connection, said = stored.opened(url), "again"
    while said == "again":
        cursor = stored.begin(connection, pickle.load(here))
        _say(there, "begun")
        said = pickle.load(here)
    _say(there, _take(cursor, todo, keys, anchors, taking))
