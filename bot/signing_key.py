"""The signing key in its file: read, made and replaced; nobody but its owner may read the file."""

import os
import stat
from pathlib import Path

from workflows import signing
from workflows.signing import KeyMistake, Signer

LONGEST = 10_000


def read(file: str, origin: str) -> Signer:
    """The key in `file`, for the log with this name ("": as the key is named). Raises KeyMistake, naming the file."""
    try:
        with open(file, encoding="utf-8") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if not stat.S_ISREG(mode) or mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyMistake("can be read by others; `chmod 600` it")
            return signing.read(opened.read(LONGEST), origin)
    except (OSError, UnicodeDecodeError) as fault:
        raise KeyMistake(f"{file} cannot be read ({type(fault).__name__})") from None
    except KeyMistake as mistake:
        raise KeyMistake(f"{file} {mistake}") from None


def write(file: Path, text: str) -> None:
    """Write a key where no file is, readable by its owner alone. Raises FileExistsError, OSError."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as made:
        made.write(text)
        made.flush()
        os.fsync(made.fileno())
