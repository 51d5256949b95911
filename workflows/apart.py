"""A check of the whole record in a process of its own that gives way to all others, so that nobody waits for it.

It is told what to check on its input, never on its command line, which others can read: the URL may hold a password.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workflows import verify, verifying

NICE = 15
SHOWN = 10  # things wrong that are told in words, each cut to so many characters
LENGTH = 200
_START = "import sys; sys.path.insert(0, sys.argv[1]); from workflows import apart; apart.main()"


@dataclass(frozen=True, slots=True)
class Answer:
    """How many events there are, how many the newest checkpoint covers, how many things are wrong, the first of them.

    `unread`: the record could not be read at all; that says nothing of it.
    """

    events: int
    size: int
    wrong: int
    bad: tuple[str, ...]
    unread: bool = False


@dataclass(slots=True)
class Apart:
    """A check under way."""

    _process: "subprocess.Popen[bytes]" = field(repr=False)

    def answer(self) -> Answer | None:
        """What it found; None: it is still at it. RuntimeError: it ended without an answer."""
        if self._process.poll() is None:
            return None
        assert self._process.stdout is not None
        with self._process.stdout as said:
            text = said.read()
        if self._process.returncode:
            raise RuntimeError(f"the check ended with {self._process.returncode}")
        told = json.loads(text)
        return Answer(**{**told, "bad": tuple(told["bad"])})

    def stop(self) -> None:
        """End it, whatever it has found."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def begin(url: str, *, keys: Sequence[str], anchors: Sequence[str]) -> Apart:
    """Begin to check the database; `keys`: verifier keys, `anchors`: signed notes. OSError: no process can be begun."""
    folder = str(Path(__file__).resolve().parent.parent)
    process = subprocess.Popen(
        [sys.executable, "-c", _START, folder],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        with process.stdin as there:
            there.write(json.dumps({"url": url, "keys": list(keys), "anchors": list(anchors)}).encode())
    except OSError:
        pass  # it has ended already, and `answer` says so
    return Apart(process)


def main() -> None:
    """Check what the input names, and print what was found."""
    os.nice(NICE)
    given = json.loads(sys.stdin.buffer.read())
    keys = [verify.key(one) for one in given["keys"]]
    report = verifying.database(given["url"], keys=keys, anchors=given["anchors"])
    bad = [str(one)[:LENGTH] for one in report.bad[:SHOWN]]
    unread = report.subjects == 0 and any(one.subject == "record" for one in report.bad)
    told = {"events": report.events, "size": report.size, "wrong": len(report.bad), "bad": bad, "unread": unread}
    sys.stdout.write(json.dumps(told))
