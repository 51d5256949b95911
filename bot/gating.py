"""Verdicts on waiting runs and commit statuses: outbox row → what the gate says at this moment, told to GitHub.

Before a verdict the run is read anew: its commit, whether it still waits, and for this environment. A verdict is for
the commit that was read, and says yes only when the gate says yes for exactly that one, in the transaction that says
so on the change. No transaction is open while GitHub is asked. A verdict that may have arrived is looked for first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select

from bot.blocks import gate_words
from bot.clock import Clock
from bot.delivery import Beyond, Sending
from bot.desk import Policy
from bot.github_sends import Fetched, Link, asked, posted, refused
from bot.outcomes import Attempt
from bot.slack_errors import SendFailed
from workflows import gates, runs
from workflows.backoff import Trouble
from workflows.case import Case
from workflows.change import Actor
from workflows.db import Database
from workflows.gate import Answer, Says, Why
from workflows.links import Rejected
from workflows.models import changes, outbox
from workflows.runs import Run, State
from workflows.turn import Turn

CONTEXT = "countersign/"
YOUNG = timedelta(minutes=2)  # how long after it was seen a run may not wait yet
_STATES: Mapping[Says, str] = {Says.YES: "success", Says.WAIT: "pending", Says.UNKNOWN: "pending", Says.NO: "failure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gating:
    """`link` makes the link to GitHub on first use; None: GitHub is not configured, nothing is told."""

    db: Database
    policy: Policy
    clock: Clock
    link: Callable[[], Link | None]
    new_id: Callable[[], str]
    salt: Callable[[], bytes]
    log: Any = field(default_factory=lambda: structlog.get_logger("gate"))

    def table(self) -> Mapping[str, Beyond]:
        """Template → what brings it up to date."""
        return {gates.VERDICT: self.verdict, gates.STATUS: self.status}

    def verdict(self, attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        """Say on a waiting run what the gate says: a verdict once it is decided, a report when the words changed."""
        link = self.link()
        with self.db.read() as tx:
            run = runs.get(tx, str(attempt.row.payload["run"]))
            _begin(tx, attempt)
        if link is None or run is None or run.state != State.WAITING:
            return None
        now = self._now(link, run)
        over = self._over(link, run, now, unsettled=attempt.unsettled)
        if now is None or over is not None:
            self._end(run, over or State.GONE)
            return None
        attempt.unsettled = False
        answer, words = self._ask(run, now.triggering_actor)
        if answer.says is Says.YES:
            self._give(link, run, words, sending, approve=True)
        elif answer.says is Says.NO and answer.why in gates.FINAL:
            self._give(link, run, words, sending, approve=False)
        elif answer.says is not Says.UNKNOWN and words != run.reported and run.reports < runs.REPORTS:
            self._report(link, run, words, sending)
        return None

    def _now(self, link: Link, run: Run) -> Fetched | None:
        """The run as it is; None: it is not there any more. Raises SendFailed."""
        try:
            return asked(lambda: link.run(run.repository, run.run))
        except Rejected as no:
            if no.status == 404:
                return None
            raise refused(no) from None

    def _over(self, link: Link, run: Run, now: Fetched | None, *, unsettled: bool) -> State | None:
        """What became of a run that does not wait for us any more; None: it does. Raises SendFailed."""
        if now is None:
            return State.GONE
        if now.sha != run.sha:
            self.log.warning("another commit", run=run.run, repository=run.repository)
            return State.GONE
        if any(name.lower() == run.environment.lower() for name in now.environments):
            return None
        told = self._told(link, run)
        if told is not None:
            return told
        if now.status == "completed":
            return State.CANCELLED if now.conclusion == "cancelled" else State.ELSEWHERE
        if not unsettled and self.clock.now() - run.seen_at < YOUNG:
            raise SendFailed(Trouble.TRANSIENT, "not waiting yet")
        return State.ELSEWHERE

    def _told(self, link: Link, run: Run) -> State | None:
        """The verdict of ours that stands in the run's history: the words it came with are in the row."""
        meant = runs.intent(run)
        if meant is None:
            return None
        try:
            history = asked(lambda: link.approvals(run.repository, run.run))
        except Rejected as no:
            raise refused(no) from None
        state, words = meant
        ours = any(
            one.state == state.value and one.comment == words
            for one in history
            if any(name.lower() == run.environment.lower() for name in one.environments)
        )
        return state if ours else None

    def _ask(self, run: Run, login: str) -> tuple[Answer, str]:
        """Ask the gate for this run, and put down which verdict is about to be given; `login` started this attempt."""
        if not self.policy.writable:
            raise SendFailed(Trouble.RATE_LIMITED, "another process decides", timedelta(seconds=5))
        with self.db.write() as tx:
            turn = self._turn(tx)
            runs.started(turn, run, login)
            said = gates.ask(turn, repository=run.repository, sha=run.sha, environment=run.environment, by=run.by)
            said = _moved_away(said, runs.request_of(tx, run), run)
            words = gate_words.sentence(said, sha=run.sha, environment=run.environment)
            if said.says is Says.YES:
                runs.meant(turn, run, State.APPROVED, words)
            elif said.says is Says.NO and said.why in gates.FINAL:
                runs.meant(turn, run, State.REJECTED, words)
        return said, words

    def _give(self, link: Link, run: Run, words: str, sending: Sending, *, approve: bool) -> None:
        posted(sending, lambda: link.verdict(run.repository, run.run, run.environment, approve=approve, comment=words))
        self.log.info("verdict", run=run.run, repository=run.repository, approve=approve, sha=run.sha)
        self._end(run, State.APPROVED if approve else State.REJECTED)

    def _report(self, link: Link, run: Run, words: str, sending: Sending) -> None:
        try:
            posted(sending, lambda: link.report(run.repository, run.run, run.environment, words))
        except SendFailed as failed:
            if failed.trouble is not Trouble.LOST_AUTHORITY:
                raise
            self.log.warning("report refused", run=run.run, error=failed.error)  # ten were given, or it has gone on
        with self.db.write() as tx:
            runs.said(self._turn(tx), run, words)

    def _end(self, run: Run, state: State) -> None:
        with self.db.write() as tx:
            runs.ended(self._turn(tx), run, state)
        self.log.info("run ended", run=run.run, repository=run.repository, state=state.value)

    def status(self, attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        """Show the gate's answer on the commit; nothing is sent when it shows that already."""
        row, link = attempt.row, self.link()
        repository, sha, environment = (str(row.payload[name]) for name in ("repository", "sha", "environment"))
        with self.db.read() as tx:
            _begin(tx, attempt)
            said = gates.look(
                tx,
                repository=repository,
                sha=sha,
                environment=environment,
                rules=self.policy.rules,
                now=self.clock.now(),
            )
        state, words = _STATES[said.says], gate_words.description(said, sha=sha, environment=environment)
        shows = f"{state} {words}"
        if link is None or ((row.remote or {}).get("shows") == shows and not attempt.unsettled):
            return row.remote
        context = CONTEXT + environment
        try:
            posted(sending, lambda: link.commit_status(repository, sha, context, state, words))
        except SendFailed as failed:
            if failed.trouble is not Trouble.LOST_AUTHORITY:
                raise
            self.log.error("commit status refused", repository=repository, sha=sha, error=failed.error)
        return {"shows": shows}

    def _turn(self, tx: Connection) -> Turn:
        return Turn(tx, Actor(""), self.policy.rules, self.clock.now(), self.new_id, self.salt)


def _begin(tx: Connection, attempt: Attempt) -> None:
    """What is wanted by now: whatever is wanted later is not what is looked at here."""
    attempt.version = tx.scalar(select(outbox.c.wanted).where(outbox.c.id == attempt.row.id)) or attempt.row.wanted
    attempt.key = tx.scalar(select(changes.c.key).where(changes.c.id == attempt.row.change))


def _moved_away(said: Answer, request: Case | None, run: Run) -> Answer:
    """Nobody asks for this commit any more, because the request of this run is for another one by now."""
    if said.why is not Why.NOT_ASKED or request is None or not request.sha or request.sha == run.sha:
        return said
    return Answer(Says.NO, None, Why.OTHER_COMMIT, request.id, request.key, facts={"asked": request.sha})
