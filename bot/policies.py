"""The policy file of a process: read at the start, read again when it changes, agreed on with the other processes."""

import hashlib
import os
import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from workflows import policies
from workflows.change import Actor
from workflows.db import Database
from workflows.policy_problems import PolicyError, Problem
from workflows.rules import parse
from workflows.ruleset import Rules

LOOK_INSIDE = timedelta(seconds=60)
"""A file that looks untouched is read all the same when the last reading is older than this."""
SIGN_OF_LIFE = timedelta(seconds=10)


class PolicyMissing(Exception):
    """There is no policy file; the message says how to get one. Exit code 2."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no policy file at {path}: nobody has said who may approve.\n"
            "Run `countersign policy init` to answer five questions and get one,"
            " or name another file in POLICY_FILE."
        )


@dataclass(frozen=True, slots=True)
class Changed:
    """The file holds another valid policy; `rules` is it now."""

    before: Rules
    rules: Rules

    def __str__(self) -> str:
        return f"The policy file changed: version {self.rules.version}, {self.rules.digest[:7]}."


@dataclass(frozen=True, slots=True)
class Broken:
    """The file of `at` has mistakes; the earlier policy is in force."""

    at: datetime
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        said = "\n".join(map(str, self.problems))
        return f"The policy file has a mistake; the earlier policy is in force.\n{said}"


class PolicyFile:
    """The policy of this process. `rules` is always valid; `broken` says what is wrong with the file now, if anything.

    `writable`: whether this process may change anything, as `settle` found. Safe to read from many threads.
    """

    def __init__(self, path: Path, *, now: datetime, linked: Collection[str] = ()) -> None:
        """Read the file. Raises PolicyMissing, or PolicyError with every mistake. `linked`: the peers there are."""
        self.path, self._linked = path, frozenset(linked)
        self._lock = threading.Lock()
        self._look = _look(path)
        try:
            source = path.read_bytes()
        except FileNotFoundError:
            raise PolicyMissing(path) from None
        except OSError as fault:
            raise PolicyError([_unreadable(path, fault)]) from None
        self.rules: Rules = self._parse(source)
        self.broken: Broken | None = None
        self.writable = False
        self._seen = self.rules.digest
        self._read_at = now
        self._edited = False  # while this process runs: someone's decision to have another policy
        self._settled = False  # whether this process ever worked under its own policy
        self._spoke_at: datetime | None = None

    def poll(self, now: datetime) -> Changed | Broken | None:
        """Look at the file, and take what is new in it; each finding is returned once.

        A file that cannot be read, or holds mistakes, changes nothing but `broken`.
        """
        with self._lock:
            look = _look(self.path)
            if look == self._look and now - self._read_at < LOOK_INSIDE:
                return None
            self._look, self._read_at = look, now
            try:
                source = self.path.read_bytes()
            except OSError as fault:
                return self._is_broken(type(fault).__name__, now, (_unreadable(self.path, fault),))
            if _look(self.path) != look:  # being written: what was read may be half of it
                self._look = None
                return None
            return self._take(source, now)

    def _parse(self, source: bytes) -> Rules:
        return replace(parse(source, self.path.name), linked=self._linked)

    def _take(self, source: bytes, now: datetime) -> Changed | Broken | None:
        digest = hashlib.sha256(source).hexdigest()
        if digest == self.rules.digest:
            self.broken, self._seen = None, digest
            return None
        try:
            rules = self._parse(source)
        except PolicyError as error:
            return self._is_broken(digest, now, error.problems)
        before, self.rules = self.rules, rules
        self.broken, self._seen, self._edited = None, digest, True
        self.writable = False  # until it is agreed on
        return Changed(before, rules)

    def _is_broken(self, seen: str, now: datetime, problems: tuple[Problem, ...]) -> Broken | None:
        if self._seen == seen:
            return None
        self._seen = seen
        self.broken = Broken(now, problems)
        return self.broken

    def settle(self, db: Database, *, holder: str, now: datetime, real: datetime, actor: Actor | None = None) -> bool:
        """Agree with the database on the policy in force; sets and returns `writable`.

        This process may write when its policy is the one in force. It puts its own in force when none is, when its
        file was changed while it ran, when its `version` is higher, or when no other process works under the one in
        force. Else it only reads: two processes with different files would decide by different rules.
        `holder` is an id of this process; `real` the time of machines. Call it after every poll.
        """
        with self._lock:
            with db.read() as tx:
                mine, may = self._standing(tx, holder, real)
            silent = self._spoke_at is None or real - self._spoke_at >= SIGN_OF_LIFE
            if may and (silent or not mine):
                with db.write() as tx:
                    may = self._take_part(tx, holder, now=now, real=real, actor=actor)
            self.writable = may
            return may

    def _standing(self, tx: Connection, holder: str, real: datetime) -> tuple[bool, bool]:
        """Whether this process's policy is the one in force, and whether it is or may be put there."""
        current = policies.in_force(tx)
        if current is None or current == self.rules.digest:
            return current is not None, True
        if self._edited or self._settled:  # once displaced by another file, only an edit brings this one back
            return False, self._edited
        newer = self.rules.version > policies.version(tx)
        return False, newer or not policies.others(tx, current, holder, real=real)

    def _take_part(self, tx: Connection, holder: str, *, now: datetime, real: datetime, actor: Actor | None) -> bool:
        if not self._standing(tx, holder, real)[1]:
            return False
        policies.take(tx, self.rules, actor=actor, now=now)
        policies.gone(tx, holder)
        policies.alive(tx, self.rules.digest, holder, real=real)
        self._edited, self._settled, self._spoke_at = False, True, real
        return True

    def why_not(self) -> str | None:
        """What `/readyz` says when this process must not write; None: it may."""
        if self.writable:
            return None
        return (
            f"{self.path.name} ({self.rules.digest[:7]}) is not the policy in force, and another process works under"
            " that one; give both the same file"
        )

    def leave(self, db: Database, holder: str) -> None:
        """Say at a clean end that this process is gone."""
        with db.write() as tx:
            policies.gone(tx, holder)


def _look(path: Path) -> tuple[int, ...] | None:
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino)


def _unreadable(path: Path, fault: OSError) -> Problem:
    return Problem(path.name, 1, "", f"can't be read: {fault.strerror or type(fault).__name__}")
