"""World: everything a story happens in, and what it left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import serving
from bot.demo_slack import PEOPLE
from bot.parts import Parts
from bot.playground.faults import Fault
from bot.playground.records import Message, Outcome
from bot.playground.running import Handle, serve
from bot.playground.workspace import Workspace
from bot.worker import ALIVE, ALIVE_REAL
from tests.world import github as linked
from tests.world import jira as tracked
from tests.world import pagerduty as paged
from tests.world import setting
from tests.world.clock import StoryClock
from tests.world.person import Someone
from tests.world.record import Record
from tests.world.seen import Seen, seen, shown
from tests.world.servers import Servers
from workflows import leases
from workflows.db import Database
from workflows.models import changes, outbox


class World:
    """The stand-in Slack and the real bot on a real database. Nothing happens by itself."""

    def __init__(
        self,
        servers: Servers,
        database_url: str,
        policy: Path,
        clock: StoryClock,
        *,
        opens: Callable[[str], Database],
        socket_mode: bool = False,
        github: bool = False,
        pagerduty: bool = False,
        jira: bool = False,
    ) -> None:
        """Begin a story; `policy` is the path of a policy file. With `socket_mode` nothing is posted to the bot.

        `opens` opens the database at a URL, for the bot to close.
        With `github` a GitHub is linked, and stands behind `self.github`; so with `pagerduty` and `jira`.
        """
        self.clock = clock
        self.policy = policy
        self.slack = Workspace(clock.now, clock.epoch)
        self._servers, self._opens = servers, opens
        more = linked.environment(servers) if github else {}
        more |= paged.environment(servers) if pagerduty else {}
        more |= tracked.environment(servers) if jira else {}
        self.settings = setting.settings(servers, database_url, policy, socket_mode=socket_mode, more=more)
        self._linked: Handle | None = None
        self.record = Record(lambda: self.parts.database, clock)
        self.keys, self.case, self.person = self.record.keys, self.record.case, self.record.person
        self.events, self.kinds, self.texts = self.record.events, self.record.kinds, self.record.texts
        self.notes, self.hold = self.record.notes, self.record.hold
        setting.furnish(self.slack, servers, self.settings)
        self.dev, self.sre, self.lead, self.cto, self.rel, self.guest = (
            Someone(self, slack, name) for slack, name, *_ in PEOPLE
        )
        self.linked = linked.GitHub(servers, clock) if github else None
        self.paged = paged.PagerDuty(servers, clock) if pagerduty else None
        self.tracked = tracked.Jira(servers, clock) if jira else None
        self.parts = self._start()

    @property
    def github(self) -> linked.GitHub:
        """The GitHub of this story. AssertionError: none is linked."""
        assert self.linked is not None
        return self.linked

    @property
    def pagerduty(self) -> paged.PagerDuty:
        """The PagerDuty of this story. AssertionError: none is linked."""
        assert self.paged is not None
        return self.paged

    @property
    def jira(self) -> tracked.Jira:
        """The Jira of this story. AssertionError: none is linked."""
        assert self.tracked is not None
        return self.tracked

    def _start(self) -> Parts:
        parts = serving.compose(self.settings, self.clock, self._opens(self.settings.database_url))
        if self.settings.slack_app_token:
            self._linked = serve(serving.application(parts, works=False))
            until(lambda: bool(self.slack.state.sockets.connected()))
        else:
            parts.start(works=False)
            self._servers.bot.app = serving.application(parts, works=False)
        parts.worker.heartbeat()
        parts.readings.refresh(200)
        return parts

    def _stop(self) -> None:
        self._servers.bot.app = None
        if self._linked is not None:
            self._linked.close()
        else:
            self.parts.stop()

    def close(self) -> None:
        """End the bot and the stand-in."""
        self._stop()
        self.slack.close()
        self._servers.slack.app = None
        if self.linked is not None:
            self._servers.github.app = None
            assert self.linked.broken == []
        if self.paged is not None:
            self.paged.close()
        if self.tracked is not None:
            self.tracked.close()

    # Time

    def settle(self) -> None:
        """Deliver what is due now."""
        self.parts.worker.drain()

    def tick(self) -> None:
        """What a running worker does again and again: a sign of life, readings, what is due, deliveries."""
        with self.parts.database.write() as tx:  # it gave many since the last tick
            leases.beat(tx, ALIVE, self.clock.now())
            leases.beat(tx, ALIVE_REAL, self.clock.real())
        self.parts.readings.refresh(200)
        self._look_at_peers()
        self.parts.sweep()
        self.settle()

    def _look_at_peers(self) -> None:
        parts = self.parts
        for there, its in ((self.linked, parts.github), (self.paged, parts.pagerduty), (self.tracked, parts.jira)):
            for _, do in its.ticks().values() if there else ():
                do()

    def advance(self, **by: float) -> None:
        """Let time pass with the worker running: stop at every moment at which something falls due."""
        until = self.clock.now() + timedelta(**by)
        for _ in range(500):
            at = self._next_due()
            if at is None or at > until:
                break
            self.clock.move_to(at)
            self.tick()
        else:
            raise AssertionError(f"still something due at {self.clock.now()}")
        self.clock.move_to(until)
        self.tick()

    def passes(self, **by: float) -> None:
        """Let a moment pass in which the worker does nothing: between two of its ticks."""
        self.clock.move(timedelta(**by))

    def down(self, **by: float) -> None:
        """Let time pass without the bot, then start it again."""
        self._stop()
        self.clock.move(timedelta(**by))
        self.parts = self._start()
        self.tick()

    def reload_policy(self) -> None:
        """What a running process does every few seconds: look at its policy file."""
        self.parts.settle_policy()

    def _next_due(self) -> Any:
        now, o = self.clock.now(), outbox.c
        waiting = sa.select(sa.func.min(o.next_at)).where(o.state == "open", o.wanted > o.sent, o.next_at > now)
        with self.parts.database.read() as tx:
            due = tx.scalar(sa.select(sa.func.min(changes.c.next_due_at)).where(changes.c.next_due_at > now))
            return min((at for at in (due, tx.scalar(waiting)) if at is not None), default=None)

    # Acting

    def declare(self, by: Someone | None = None, **fields: Any) -> str:
        """Declare an emergency in the incidents channel, with the three inputs filled in; its key.

        `fields` beyond the three open the other fields; `drill=True` declares a drill.
        """
        who, before = by or self.dev, self.keys()
        words = "drill checkout 500s" if fields.pop("drill", False) else "checkout 500s"
        who.types(f"/emergency-change {words}", fields.pop("channel", "incidents"))
        three = {"plan": "roll back to v811", "systems": ["payments"]} | fields
        if set(three) - {"broken", "plan", "systems"}:
            who.presses("More fields")
        if three.get("type"):
            who.chooses("type", three["type"])
        outcome = who.submits(**three)
        made = [key for key in self.keys() if key not in before]
        if len(made) != 1:
            raise AssertionError(f"declared {made}: {outcome}")
        return made[0]

    def fault(self, kind: str, method: str = "*", **given: Any) -> Callable[[], int]:
        """Let Slack fail in this way from now on; the returned function says how many such faults are in force."""
        self.slack.faults.add(Fault(kind, method, **given))
        return lambda: sum(one.kind == kind and one.method == method for one in self.slack.faults.active())

    def approved(self, by: Someone | None = None, **fields: Any) -> str:
        """An emergency that the CTO, or `by`, has approved; its key."""
        key = self.declare(**fields)
        (by or self.cto).presses("Approve", on=self.card(key))
        return key

    def deployed(self, key: str, by: Someone | None = None, **fields: Any) -> None:
        """Mark it deployed by its implementer, or by `by`."""
        who = by or self.dev
        who.presses("Details", on=self.card(key))
        who.presses("Mark deployed")
        who.submits(**({"what": "v811", "outcome": "ok"} | fields))

    def form(self, who: Someone) -> Seen:
        """The form of a deploy, once GitHub was read for it."""
        until(lambda: who.sees_modal and "Reading GitHub" not in who.modal.words)
        return who.modal

    def at_once(self, *acts: Callable[[], Outcome]) -> list[Outcome]:
        """Let people act at the same moment, each in a thread of their own."""
        barrier, found = threading.Barrier(len(acts)), dict[int, Outcome]()

        def act(n: int) -> None:
            barrier.wait(5)
            found[n] = acts[n]()

        threads = [threading.Thread(target=act, args=(n,)) for n in range(len(acts))]
        for one in threads:
            one.start()
        for one in threads:
            one.join(20)
        self.settle()
        return [found[n] for n in range(len(acts))]

    # Seeing

    @property
    def names(self) -> Mapping[str, str]:
        """Slack id → the name shown."""
        state = self.slack.state
        named = {one.id: one.name for one in state.people.values()}
        named |= {one.id: f"@{one.handle}" for one in state.usergroups.values()}
        return named | {one.id: one.name for one in state.channels.values()}

    def shown(self, text: str) -> str:
        """A line of mrkdwn as it is shown."""
        return shown(text, self.names)

    def messages(self, channel: str = "incidents") -> list[Seen]:
        """What the bot wrote in a channel for everybody, outside of threads."""
        return [self._seen(one) for one in self._posted(channel) if one.thread_ts in (None, one.ts)]

    def cards(self, channel: str = "incidents") -> list[Seen]:
        """The cards in a channel, oldest first."""
        return [one for one in self.messages(channel) if one.header]

    def card(self, key: str = "", channel: str = "incidents") -> Seen:
        """The newest card of a change, or of all. AssertionError: there is none."""
        found = [one for one in self.cards(channel) if key in one.header]
        if not found:
            raise AssertionError(f"no card of {key} in #{channel}, but {[one.words for one in self.messages(channel)]}")
        return found[-1]

    def thread(self, key: str, channel: str = "incidents") -> list[str]:
        """The lines under the card of a change, oldest first, as they stand there."""
        top = self.card(key, channel).what
        assert isinstance(top, Message)
        under = [one for one in self._posted(channel) if one.thread_ts == top.ts and one.ts != top.ts]
        return [self._seen(one).words.removeprefix(f"{key}: ") for one in under]

    def line(self, key: str, *parts: str, channel: str = "incidents") -> str:
        """The newest line under a card that has all `parts`. AssertionError: there is none.

        Whether a name stands there as a mention is not looked at: lines that ping nobody have plain names.
        """
        lines = self.thread(key, channel)
        bare = [part.replace("@", "") for part in parts]
        found = [one for one in lines if all(part in one.replace("@", "") for part in bare)]
        if not found:
            raise AssertionError(f"nothing with {parts} under {key}: {lines}")
        return found[-1]

    def _posted(self, channel: str) -> list[Message]:
        return [one for one in self.slack.messages(channel) if one.by_app and one.ephemeral_for is None]

    def _seen(self, message: Message) -> Seen:
        return seen(message, self.names)


Begin = Callable[..., World]
"""The fixture `begin`: `begin(policy=…, start=…, socket_mode=…)`."""


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another thread does. AssertionError: it is not true within five seconds."""
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("not within five seconds")
