"""The issue of a change in Jira: outbox row → linked or made, commented, moved, with those of follow-ups beside it.

What is wanted is derived from the case; what was done is remembered with the row after every step. What may have
arrived is looked for first. A no of Jira's is written on the change, which never waits for it, and is tried again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, select

from bot import sidenotes
from bot.blocks import ticket_words
from bot.clock import Clock
from bot.delivery import Beyond, Overtaken, Sending
from bot.desk import Policy
from bot.outcomes import Attempt
from bot.peer_sends import asked, later
from bot.scenes import everybody
from bot.slack_errors import SendFailed
from bot.ticket_children import Children
from bot.ticket_errand import Errand, Later, Link
from bot.ticket_memory import Memory, load
from workflows import following, ledger, persons, settlements, ticketing, tickets
from workflows.backoff import Trouble
from workflows.case import Case, Done, Refused
from workflows.change import Actor
from workflows.db import Database
from workflows.links import Rejected
from workflows.models import outbox
from workflows.peered import Category
from workflows.turn import Turn

GAP = timedelta(minutes=5)
SOON, MOMENT = timedelta(seconds=20), timedelta(seconds=2)
"""How long it takes until a card is posted, and the pause between two looks while it is as new as that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticketing:
    """`link` makes the link to Jira on first use; None: it is not configured. `pages`: where the register is served.

    `project`: where we make issues. `gap`: how far apart two looks for an issue are after which it counts as not made;
    only a harness shortens it.
    """

    db: Database
    policy: Policy
    clock: Clock
    link: Callable[[], Link | None]
    new_id: Callable[[], str]
    salt: Callable[[], bytes]
    project: str
    pages: str = ""
    gap: timedelta = GAP
    log: Any = field(default_factory=lambda: structlog.get_logger("jira"))

    def table(self) -> Mapping[str, Beyond]:
        """Template → what brings it up to date."""
        return {following.ISSUE: self.issue}

    def issue(self, attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        """Bring the issue of a change up to date, and those of its follow-ups. Raises SendFailed, Overtaken."""
        link = self.link()
        errand = self._errand(link, attempt, sending) if link is not None else None
        if errand is None:
            return attempt.row.remote
        self._guarded(errand, "", partial(self._main, errand))
        children = Children(errand, self.policy.rules.jira, partial(self._learn, errand))
        for child in ticketing.children(errand.case):
            self._guarded(errand, "follow-up " if child.ref else "remediation ", partial(children.bring, child))
        return self._over(errand)

    def _errand(self, link: Link, attempt: Attempt, sending: Sending) -> Errand | None:
        if not self.policy.writable:
            raise SendFailed(Trouble.RATE_LIMITED, "another process decides", timedelta(seconds=5))
        row = attempt.row
        with self.db.read() as tx:
            attempt.version = tx.scalar(select(outbox.c.wanted).where(outbox.c.id == row.id)) or row.wanted
            case = ledger.case(tx, row.change) if row.change else None
            if case is None:
                return None
            attempt.key = case.key
            return Errand(
                link=link,
                attempt=attempt,
                sending=sending,
                case=case,
                people=persons.by_id(tx, everybody(case)),
                url=self._address(tx, case),
                unposted=not self.pages and sidenotes.unposted(tx, case),
                memory=load(row.remote),
                keep=partial(self._keep, attempt),
                real=self.clock.real,
                gap=self.gap,
            )

    def _address(self, tx: Connection, case: Case) -> str | None:
        """The record's page, else the card in Slack, else nothing yet."""
        return f"{self.pages.rstrip('/')}/register/{case.key}" if self.pages else sidenotes.address(tx, case)

    def _keep(self, attempt: Attempt, memory: Memory) -> None:
        with self.db.write() as tx:
            if not settlements.keep(tx, attempt.row, remote=memory.dump()):
                raise Overtaken

    def _guarded(self, errand: Errand, of: str, part: Callable[[], None]) -> None:
        """Do a part; what Jira says no to there holds up no other part."""
        try:
            part()
        except Rejected as no:
            self.log.warning("refused", change=errand.case.key, of=of or "issue", why=no.why, status=no.status)
            errand.troubles.append(of + ticketing.refused(no.why, no.status))
        except Later:
            errand.later = True

    def _over(self, errand: Errand) -> Mapping[str, Any]:
        """Say on the change what is wrong, if anything, and when to try again."""
        stuck = errand.memory.stuck
        why = next(iter(errand.troubles), f"{ticketing.STUCK}: {stuck}" if stuck else "")
        known = errand.case.issue.trouble if errand.case.issue is not None else None
        if why != (known or ""):
            self._learn(errand, lambda turn: tickets.trouble(turn, errand.case.id, why))
        if errand.troubles:
            raise SendFailed(Trouble.REFUSED, why, later(errand.case.closed_at, self.clock.now()))
        if errand.later:
            raise SendFailed(Trouble.REFUSED, "perhaps made; looked for once more later", self.gap)
        if errand.unposted:
            errand.keep(errand.memory)
            new = self.clock.now() - errand.case.declared_at < SOON
            raise SendFailed(Trouble.REFUSED, "the card it leads back to is not posted yet", MOMENT if new else SOON)
        return errand.memory.dump()

    def _main(self, errand: Errand) -> None:
        issue = self._linked(errand)
        if issue is None:
            return
        new = errand.memory.of(issue)
        self._hide(errand, issue)
        self._point(errand, issue)
        errand.say(issue, ticketing.comments(errand.case), look=new)
        self._move(errand, issue)

    def _linked(self, errand: Errand) -> str | None:
        """The id of the issue: known, found by the key that somebody named, or made; None: there is to be none."""
        case, link = errand.case, errand.link
        known = case.issue.id if case.issue is not None else ""
        if known and case.issue is not None and case.issue.trouble not in tickets.MENDED_BY_READING:
            return known
        named = known or case.jira
        if named:
            seen = asked(lambda: link.issue(named))
            self._learn(errand, lambda turn: tickets.linked(turn, case.id, seen))
            return seen.id
        return self._made(errand) if self.policy.rules.jira.create else None

    def _made(self, errand: Errand) -> str:
        case, wanted, label = errand.case, self.policy.rules.jira, ticketing.label(errand.case)
        seen = errand.make(
            label,
            issue_type=wanted.issue_type,
            summary=ticket_words.summary(case),
            body=ticket_words.body(case, errand.names, errand.url),
            labels=wanted.labels,
            components=wanted.components,
            fields=ticket_words.fields(case, wanted.fields, errand.names),
        )
        self._learn(errand, lambda turn: tickets.linked(turn, case.id, seen, created=True))
        errand.made(label)
        return seen.id

    def _hide(self, errand: Errand, issue: str) -> None:
        """What became confidential later is not to be read in the issue that we made any more."""
        case, names = errand.case, errand.names
        errand.hide(
            issue,
            case.issue is not None and case.issue.created,
            summary=ticket_words.summary(case),
            body=ticket_words.body(case, names, errand.url),
            fields=ticket_words.fields(case, self.policy.rules.jira.fields, names),
        )

    def _point(self, errand: Errand, issue: str) -> None:
        """Lead back from the issue to the record; done twice it is there once."""
        url, case = errand.url, errand.case
        if url is None or errand.memory.link == url:
            return
        given = {"global_id": ticketing.global_id(case), "url": url, "title": f"{case.key}: the record"}
        errand.post(lambda: errand.link.remote_link(issue, **given))
        errand.memory.link = url
        errand.keep(errand.memory)

    def _move(self, errand: Errand, issue: str) -> None:
        """Move it to where it is to be, unless people moved it further; no way there is noted, and no fault."""
        case, memory = errand.case, errand.memory
        want, now = ticketing.wanted(case), case.issue.category if case.issue is not None else Category.TODO
        if not ticketing.moves(now, want, memory.moved) or not self._movable(case):
            memory.stuck = ""
            return
        seen = errand.post(lambda: errand.link.move(issue, want))
        memory.stuck = "" if seen is not None else want.value
        if seen is not None:
            memory.moved = want.value
            self._learn(errand, lambda turn: tickets.read(turn, case.id, seen))
        errand.keep(memory)

    def _movable(self, case: Case) -> bool:
        """Whether we may move its issue: any key can be named, also that of what must not be done by it."""
        with self.db.read() as tx:
            return ticketing.movable(case, self.project, shared=tickets.shared(tx, case))

    def _learn(self, errand: Errand, use: Callable[[Turn], Done | Refused]) -> None:
        """Write what Jira said on the change, in a transaction of its own."""
        with self.db.write() as tx:
            found = use(Turn(tx, Actor(""), self.policy.rules, self.clock.now(), self.new_id, self.salt))
        if isinstance(found, Done):
            errand.case = found.case
