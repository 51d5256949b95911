"""Runs that wait at GitHub, noticed: by the webhook at once, and by a poller each minute, since hooks get lost.

A payload is a hint at which repository to look: the runs that wait there, their commits, their environments and whose
installation it is are read from GitHub. No address of a payload is read anywhere.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection

from bot import wire
from bot.blocks import gate_words
from bot.desk import Desk
from bot.github_sends import Fetched
from bot.webhooks import Hook, Work, whole
from workflows import gates, persons, runs
from workflows.change import Actor
from workflows.gate import Says
from workflows.links import Rejected, Unavailable
from workflows.reading import Environment, Reading
from workflows.runs import Run, Seen
from workflows.turn import Turn

PAUSES = (0.5, 1.5)  # seconds: GitHub may tell of a run before its own list does


class Started(Fetched, Protocol):
    """A run in a list of them."""

    @property
    def id(self) -> int: ...


class Link(Protocol):
    """What is asked of `workflows.links.github.GitHub` here."""

    @property
    def is_app(self) -> bool: ...
    def installation(self, repository: str) -> int: ...
    def environment(self, repository: str, name: str) -> Environment: ...
    def waiting_runs(self, repository: str) -> tuple[Started, ...]: ...
    def email_of(self, login: str) -> str | None: ...


Read = Callable[[str, str, str], Reading | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRuns:
    """`link` None: GitHub is not configured. `read` (repository, ref, environment): what GitHub says, if it does."""

    desk: Desk
    link: Callable[[], Link | None]
    read: Read
    pause: Callable[[float], None] = time.sleep
    log: Any = field(default_factory=lambda: structlog.get_logger("runs"))

    def requested(self, hook: Hook) -> Work | None:
        """`deployment_protection_rule`: something waits there. Raises Unavailable when it could not be looked at."""
        link, repository = self.link(), hook.repository
        if hook.action != "requested" or link is None or not link.is_app or not repository:
            return None
        if not runs.covered(self.desk.policy.rules, repository):
            self.log.warning("ignored", why="not in the policy", repository=repository)
            return None
        ours = link.installation(repository)
        if hook.installation not in (None, ours):
            self.log.warning("ignored", why="another installation", repository=repository)
            return None
        for pause in (*PAUSES, None):
            found = self._seen(repository, link.waiting_runs(repository), ours)
            if any(_meant(hook, one) for one in found):
                return self._work(self._fresh(link, found))
            if pause is not None:
                self.pause(pause)
        self.log.warning("ignored", why="no such run waits", repository=repository)
        return None

    def _seen(self, repository: str, there: tuple[Started, ...], installation: int | None) -> list[Seen]:
        """Oldest first, so that of two runs the later one's request is the later one."""
        return [
            Seen(
                repository=repository,
                run=run.id,
                environment=name,
                sha=run.sha,
                installation=installation,
                login=run.triggering_actor,
            )
            for run in sorted(there, key=lambda run: run.id)
            for name in run.environments
        ]

    def _fresh(self, link: Link, found: list[Seen]) -> list[Seen]:
        """Those that wait for us, and are not known to wait for a request already."""
        with self.desk.db.read() as tx:
            known = {(one.repository, one.run, one.environment) for one in runs.waiting(tx) if one.change}
        new = [one for one in found if (one.repository.lower(), one.run, one.environment) not in known]
        return self._addressed(link, [one for one in new if self._ours(link, one)])

    def _addressed(self, link: Link, new: list[Seen]) -> list[Seen]:
        """With the address that GitHub verified of each starter nobody is known by, before a stranger is made."""
        logins = {one.login.lower() for one in new if one.login}
        with self.desk.db.read() as tx:
            strangers = persons.strangers(tx, logins, self.desk.policy.rules) if logins else ()
        emails = {login: self._email(link, login) for login in sorted(strangers)}
        return [replace(one, email=emails.get(one.login.lower())) for one in new]

    def _email(self, link: Link, login: str) -> str | None:
        try:
            return link.email_of(login)
        except (Unavailable, Rejected) as no:
            self.log.info("nobody's address", login=login, why=no.why)
            return None

    def _ours(self, link: Link, one: Seen) -> bool:
        """Whether our rule stands on the environment: a run may wait for a reviewer or a timer, and not for us.

        Where GitHub will not say it is taken for ours: a request too many is seen, a run too few is not.
        """
        try:
            return link.environment(one.repository, one.environment).gated is not False
        except (Unavailable, Rejected):
            return True

    def _work(self, fresh: list[Seen]) -> Work:
        readings = [(one, self._reading(one)) for one in fresh]

        def work(turn: Turn) -> None:
            for one, reading in readings:
                runs.seen(turn, one, reading)

        return work

    def _reading(self, one: Seen) -> Reading | None:
        try:
            return self.read(one.repository, one.sha, one.environment)
        except Rejected as no:
            self.log.warning("not read", repository=one.repository, run=one.run, why=no.why)
            return None

    def completed(self, hook: Hook) -> Work | None:
        """`workflow_run`: one is over, or was cancelled; whatever we wait with for it is looked at."""
        run = whole(hook.body, "workflow_run", "id")
        if hook.action != "completed" or run is None:
            return None
        with self.desk.db.read() as tx:
            mine = [one for one in runs.waiting(tx) if (one.repository, one.run) == (hook.repository.lower(), run)]
        return (lambda turn: runs.look_again(turn.tx, mine)) if mine else None

    def poll(self) -> int:
        """Notice runs whose hook was lost, and look again at those that may go or wait no more; how many were new.

        A repository that cannot be read is logged, and the next one is read.
        """
        link = self.link()
        if link is None or not link.is_app or not self.desk.policy.writable:
            return 0  # only an App is asked by a protection rule, and only an App may answer
        new, listed = 0, set[tuple[str, int, str]]()
        unread = set[str]()
        for repository in runs.watched(self.desk.policy.rules):
            try:
                found = self._seen(repository, link.waiting_runs(repository), None)
            except (Unavailable, Rejected) as fault:
                unread.add(repository)
                self.log.warning("not polled", repository=repository, why=fault.why)
                continue
            listed |= {(one.repository, one.run, one.environment) for one in found}
            for one in self._fresh(link, found):
                self._take(self._work([one]))
                new += 1
        self._look_again(listed, unread)
        return new

    def _take(self, work: Work) -> None:
        desk = self.desk
        with desk.db.write() as tx:
            work(Turn(tx, Actor(""), desk.policy.rules, desk.clock.now(), desk.new_id, desk.salt))

    def _look_again(self, listed: set[tuple[str, int, str]], unread: set[str]) -> None:
        """At runs that GitHub lists no more, and at those of which the gate says something else by now."""
        with self.desk.db.read() as tx:
            due = [
                run
                for run in runs.waiting(tx)
                if ((run.repository, run.run, run.environment) not in listed and run.repository not in unread)
                or self._says_else(tx, run)
            ]
        if due:
            with self.desk.db.write() as tx:
                runs.look_again(tx, due)

    def _says_else(self, tx: Connection, run: Run) -> bool:
        rules, now = self.desk.policy.rules, self.desk.clock.now()
        what = {"repository": run.repository, "sha": run.sha, "environment": run.environment}
        said = gates.look(tx, **what, rules=rules, now=now)
        if said.says is Says.YES or (said.says is Says.NO and said.why in gates.FINAL):
            return True
        words = gate_words.sentence(said, sha=run.sha, environment=run.environment)
        return words != run.reported and run.reports < runs.REPORTS


def _meant(hook: Hook, one: Seen) -> bool:
    """Whether this run could be the one that the hook tells of."""
    environment, sha = wire.text(hook.body, "environment"), wire.text(hook.body, "deployment", "sha")
    return environment.lower() in ("", one.environment.lower()) and sha in ("", one.sha)
