"""SQLite is served by one process: a lock beside the file says who; the system lets go of it however we end."""

import fcntl
import os
from pathlib import Path


def taken(path: Path) -> bool:
    """Take the lock at `path` until this process ends; False: another process has it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return False
    return True
