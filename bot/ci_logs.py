"""CI logs: outbox row of a change → the log archives of its runs fetched from GitHub, their digests in the record.

An archive goes to the folder of the policy, under its SHA-256, before the record says so; without a folder only the
digest is taken. Nothing here ever deletes one. No transaction is open while GitHub is asked.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import structlog
from sqlalchemy import select

from bot.clock import Clock
from bot.delivery import Beyond, Sending
from bot.desk import Policy
from bot.github_sends import asked
from bot.outcomes import Attempt
from bot.peer_sends import put_off
from bot.slack_errors import SendFailed
from workflows import ci_logs, following, ledger
from workflows.backoff import Trouble
from workflows.case import Case
from workflows.change import Actor
from workflows.db import Database
from workflows.gated import CiLog
from workflows.links import Rejected
from workflows.models import changes, outbox
from workflows.turn import Turn

GONE, NOT_FINISHED, REFUSED = "gone", "not-finished", "refused"
FINAL = (GONE, "too-large")
# A run that ended so may never have had a job, and then has no logs; that is no gap.
IDLE = frozenset({"skipped", "cancelled", "action_required", "stale", "startup_failure"})


class Ran(Protocol):
    """A workflow run."""

    @property
    def id(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def conclusion(self) -> str | None: ...


class Link(Protocol):
    """What is asked of `workflows.links.github.GitHub` here."""

    def runs_of(self, repository: str, sha: str) -> tuple[Ran, ...]: ...
    def log_archive(
        self, repository: str, run: int, attempt: int, write: Callable[[bytes], object], *, hosts: Collection[str]
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CiLogs:
    """`link` makes the link to GitHub on first use; None: GitHub is not configured, nothing is fetched."""

    db: Database
    policy: Policy
    clock: Clock
    link: Callable[[], Link | None]
    new_id: Callable[[], str]
    salt: Callable[[], bytes]
    log: Any = field(default_factory=lambda: structlog.get_logger("ci-logs"))

    def table(self) -> Mapping[str, Beyond]:
        """Template → what brings it up to date."""
        return {following.LOGS: self.bring}

    def bring(self, attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        """Fetch what is not in the record yet. Raises SendFailed while a run of what went live still goes on."""
        row, link = attempt.row, self.link()
        with self.db.read() as tx:
            case = ledger.case(tx, row.change or "")
            attempt.version = tx.scalar(select(outbox.c.wanted).where(outbox.c.id == row.id)) or row.wanted
            attempt.key = tx.scalar(select(changes.c.key).where(changes.c.id == row.change))
        if case is None or link is None or not ci_logs.commits(case):
            return row.remote
        occasion = ci_logs.occasion(case)
        if (row.remote or {}).get("occasion") == occasion:
            return row.remote
        if not self.policy.writable:
            raise SendFailed(Trouble.RATE_LIMITED, "another process decides", timedelta(seconds=5))
        wanting = ""
        for repository, sha in ci_logs.commits(case):
            for run in self._runs(link, repository, sha):
                if not ci_logs.known(case, repository, run.id, run.attempt):
                    one = CiLog(repository, sha, run.id, run.attempt, self.clock.now())
                    wanting = self._wanting(link, case, one, run, sending) or wanting
        if wanting:
            wait = ci_logs.pause(case, self.clock.now()) or ci_logs.LATER
            raise SendFailed(Trouble.REFUSED, wanting, wait)
        return {"occasion": occasion}

    def _runs(self, link: Link, repository: str, sha: str) -> tuple[Ran, ...]:
        try:
            return asked(lambda: link.runs_of(repository, sha))
        except Rejected as no:
            raise put_off(no) from None

    def _wanting(self, link: Link, case: Case, one: CiLog, run: Ran, sending: Sending) -> str:
        """Why the logs of this run are still to be had; "": they are in the record, or nothing is to be waited for.

        Raises SendFailed.
        """
        over = ci_logs.pause(case, self.clock.now()) is None
        if run.status != "completed":
            if over:
                self._keep(case, one, why=NOT_FINISHED)
            return "still running" if ci_logs.ended(case) and not over else ""
        try:
            sha256, size = sending(partial(self._archive, link, one))
        except Rejected as no:
            if no.why == GONE and no.status == 404 and run.conclusion in IDLE:
                return ""
            if no.why not in FINAL and not over:
                self.log.warning("logs refused", run=one.run, repository=one.repository, status=no.status)
                return f"{no.status} {no.why}"[:200]
            self._keep(case, one, why=no.why if no.why in FINAL else REFUSED)
            return ""
        self._keep(case, one, sha256=sha256, size=size)
        return ""

    def _archive(self, link: Link, one: CiLog) -> tuple[str, int]:
        """SHA-256 and size of the archive, which is in the folder then. Raises SendFailed, Rejected."""
        audit = self.policy.rules.audit
        try:
            with Keeping(audit.logs) as keeping:
                fetch = partial(link.log_archive, one.repository, one.run, one.attempt, keeping.write)
                asked(lambda: fetch(hosts=audit.logs_from))
                return keeping.kept()
        except OSError as fault:
            self.log.error("the folder of the CI logs can't be written", error=fault.strerror)
            raise SendFailed(Trouble.REFUSED, f"folder: {fault.strerror}"[:200], timedelta(minutes=10)) from None

    def _keep(self, case: Case, one: CiLog, **more: Any) -> None:
        found = CiLog(one.repository, one.sha, one.run, one.attempt, one.at, **more)
        with self.db.write() as tx:
            turn = Turn(tx, Actor(""), self.policy.rules, self.clock.now(), self.new_id, self.salt)
            ci_logs.keep(turn, case.id, found)
        self.log.info("logs", run=one.run, repository=one.repository, sha256=found.sha256, why=found.why)


class Keeping:
    """An archive on its way into a folder; "": nowhere, only its digest is taken. OSError when it can't be written."""

    def __init__(self, folder: str) -> None:
        self._digest, self._size, self._folder = hashlib.sha256(), 0, Path(folder) if folder else None
        self._file: Any = None
        self._draft = ""

    def __enter__(self) -> "Keeping":
        if self._folder is not None:
            handle, self._draft = tempfile.mkstemp(prefix=".part-", dir=self._folder)
            self._file = os.fdopen(handle, "wb")
        return self

    def __exit__(self, *_: object) -> None:
        """What was not kept leaves nothing behind."""
        if self._file is not None:
            self._file.close()
        if self._draft:
            Path(self._draft).unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """The next piece."""
        self._digest.update(piece)
        self._size += len(piece)
        if self._file is not None:
            self._file.write(piece)

    def kept(self) -> tuple[str, int]:
        """It is whole: SHA-256 in hex, and bytes; it has its name in the folder."""
        name = self._digest.hexdigest()
        if self._file is not None and self._folder is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            os.replace(self._draft, self._folder / f"{name}.zip")
            self._draft = ""
        return name, self._size
