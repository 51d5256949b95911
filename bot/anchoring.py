"""Anchors: the newest checkpoint is kept where others are in charge, and the record is held against what was kept.

A place that does not answer proves nothing and closes nothing: it is asked again. What it shows counts only with our
signature.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot import checkpointing
from bot.checkpointing import Checkpointer
from workflows import anchored, checkpoints, history, verify
from workflows.links import Rejected, Unavailable
from workflows.signing import KeyMistake
from workflows.verify import Key

EVERY = timedelta(minutes=1)
MOST = 1_000_000  # bytes read of the end of a file
LOG = structlog.get_logger("anchors")


class Kept(Protocol):
    """A file of a repository."""

    @property
    def text(self) -> str: ...
    @property
    def sha(self) -> str: ...


class Link(Protocol):
    """What is asked of `workflows.links.github.GitHub` here."""

    def file(self, repository: str, path: str, branch: str = "") -> Kept | None: ...
    def put_file(
        self, repository: str, path: str, text: str, *, message: str, before: str = "", branch: str = ""
    ) -> None: ...


class Place(Protocol):
    """Somewhere outside the database. Both raise OSError, Unavailable or Rejected."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    def read(self) -> str: ...
    def keep(self, note: str) -> None: ...


@dataclass(frozen=True, slots=True)
class InFile:
    """A file to which one checkpoint after the other is appended."""

    path: str
    kind: str = anchored.FILE

    @property
    def name(self) -> str:
        """What people are told."""
        return "the file"

    def read(self) -> str:
        """The end of the file; "": there is none."""
        try:
            with open(self.path, "rb") as opened:
                opened.seek(max(0, os.fstat(opened.fileno()).st_size - MOST))
                return opened.read(MOST).decode(errors="replace")
        except FileNotFoundError:
            return ""

    def keep(self, note: str) -> None:
        """Append it."""
        with open(self.path, "a", encoding="utf-8") as opened:
            opened.write(f"{note}\n")
            opened.flush()
            os.fsync(opened.fileno())


@dataclass(frozen=True, slots=True)
class InRepository:
    """A file of a GitHub repository; each checkpoint is a commit, so that the earlier ones stay in its history."""

    link: Link
    repository: str
    path: str
    branch: str
    kind: str = anchored.REPOSITORY

    @property
    def name(self) -> str:
        """What people are told."""
        return self.repository

    def read(self) -> str:
        """The newest; "": there is none."""
        found = self.link.file(self.repository, self.path, self.branch)
        return found.text if found else ""

    def keep(self, note: str) -> None:
        """Commit it in place of the one before."""
        found = self.link.file(self.repository, self.path, self.branch)
        size = note.split("\n")[1]
        given = {"message": f"Checkpoint of {size} events", "before": found.sha if found else "", "branch": self.branch}
        self.link.put_file(self.repository, self.path, note, **given)


@dataclass(slots=True)
class Anchors:
    """What the policy's [audit] names. `troubles`: place → why it could not be read or written the last time."""

    checkpointer: Checkpointer
    link: Callable[[], Link | None]
    troubles: dict[str, str] = field(default_factory=dict, init=False)
    _at: datetime | None = field(default=None, init=False)

    def ticks(self) -> dict[str, tuple[timedelta, Callable[[], object]]]:
        """What the worker does again and again."""
        return {"checkpoint": (checkpointing.EVERY, self.checkpointer), "anchors": (EVERY, self)}

    def start(self) -> None:
        """Hold the record against its anchors before anything is done with it."""
        self.checkpointer.say_without_key()
        self.compare()

    def __call__(self) -> None:
        """Compare and renew, as often as the policy says."""
        one = self.checkpointer
        real = one.clock.real()
        if self._at is not None and real - self._at < one.rules().audit.every:
            return
        if one.writable() and self.compare():
            self.renew()
        self._at = real

    def compare(self) -> bool:
        """Hold the record against every anchor there is; False: it is not what one of them saw, and people are told."""
        one = self.checkpointer
        keys = self.keys()
        if not keys:
            return True
        for place in self.places():
            for note in self.shown(place):
                if not self._goes_on(place.name, note, keys):
                    return False
        with one.db.read() as tx:
            return history.fault(tx) is None

    def renew(self) -> None:
        """Bring the newest checkpoint to every place that has not got it."""
        one, audit = self.checkpointer, self.checkpointer.rules().audit
        with one.db.read() as tx:
            newest = checkpoints.newest(tx)
        if newest is None:
            return
        for place in self.places():
            self._tried(place, lambda place=place: newest.note in place.read() or place.keep(newest.note))  # type: ignore[misc]
            self._told(place, newest.size)
        if audit.channel:
            with one.db.write() as tx:
                to, now = audit.channel, one.clock.now()
                history.anchor(tx, newest.note, newest.size, channel=to, now=now, new_id=one.new_id)
                anchored.posted(tx, to, newest.size, now=now)

    def places(self) -> Sequence[Place]:
        """Where checkpoints are kept and can be read again; Slack is not among them: people read it."""
        audit, found = self.checkpointer.rules().audit, list[Place]()
        if audit.file:
            found.append(InFile(audit.file))
        link = self.link() if audit.repository else None
        if link is not None:
            found.append(InRepository(link, audit.repository, audit.path, audit.branch))
        return found

    def keys(self) -> list[Key]:
        """Whose checkpoints are ours: our key, and those it took over from; none without a key."""
        one = self.checkpointer
        if not one.key_file:
            return []
        try:
            signer = one.signer()
        except KeyMistake as mistake:
            one.trouble = str(mistake)
            return []
        with one.db.read() as tx:
            return list(verify.trusted([signer.public], checkpoints.rotations(tx)).values())

    def shown(self, place: Place) -> list[str]:
        """The last checkpoint kept there, and the largest."""
        text: list[str] = []
        self._tried(place, lambda: text.append(place.read()))
        notes = verify.notes(text[0]) if text else []
        return [notes[-1], max(notes, key=lambda note: int(note.split("\n")[1]))] if notes else []

    def _goes_on(self, place: str, note: str, keys: Sequence[Key]) -> bool:
        one = self.checkpointer
        try:
            said = verify.checkpoint(note, keys)
        except ValueError as fault:
            self._in_trouble(place, str(fault))
            return True
        if not said.signers:
            self._in_trouble(place, "holds a checkpoint that is not ours")
            return True
        with one.db.read() as tx:
            differs = history.compare(tx, place, said)
        if differs is None:
            return True
        LOG.error("the record is not what an anchor saw", place=place, why=differs.why, size=differs.size)
        with one.db.write() as tx:
            to = one.rules().escalations
            history.noticed(tx, differs, escalations=to, now=one.clock.now(), new_id=one.new_id)
        return False

    def _told(self, place: Place, size: int) -> None:
        """Keep for every process how the last try went."""
        one, why = self.checkpointer, self.troubles.get(place.name)
        with one.db.write() as tx:
            if why is None:
                anchored.held(tx, place.kind, size, now=one.clock.now())
            else:
                anchored.failed(tx, place.kind, why, now=one.clock.now())

    def _tried(self, place: Place, what: Callable[[], object]) -> None:
        try:
            what()
        except OSError as fault:
            self._in_trouble(place.name, fault.strerror or type(fault).__name__)
        except (Unavailable, Rejected) as fault:
            self._in_trouble(place.name, re.sub(r"[^\w .,:-]", "", str(fault))[:200])
        else:
            self.troubles.pop(place.name, None)

    def _in_trouble(self, place: str, why: str) -> None:
        if self.troubles.get(place) != why:
            LOG.warning("anchor", place=place, why=why)
        self.troubles[place] = why
