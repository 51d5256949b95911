"""SQLite is served by one process: a lock beside the file says who; the system lets go of it however we end."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(database: Path) -> Iterator[bool]:
    """Hold the lock beside this SQLite file, before anything of it is touched; False: another process serves it."""
    lock = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _mine(lock)
    finally:
        os.close(lock)


def _mine(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
