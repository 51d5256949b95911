"""What a process is made of, and how it starts and ends."""

from dataclasses import dataclass

import structlog

from bot import ready, scenes
from bot.anchoring import Anchors
from bot.clock import Clock
from bot.desk import Desk
from bot.github_wiring import AtGitHub
from bot.jira_wiring import AtJira
from bot.metrics import Metrics
from bot.pagerduty_wiring import AtPagerDuty
from bot.policies import PolicyFile
from bot.settings import Settings
from bot.slack import Slack
from bot.standing import Readings
from bot.sweeping import Sweep
from bot.walking_through import Walks
from bot.web import Check
from bot.worker import Worker
from workflows import drafts, followed_late, inbox, sessions
from workflows.change import Actor
from workflows.db import Database
from workflows.turn import Turn

GRACE = 5
LOG = structlog.get_logger("serving")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a process is made of; `start` and `stop` are called once each, by whoever runs it."""

    settings: Settings
    clock: Clock
    database: Database
    policy: PolicyFile
    slack: Slack
    readings: Readings
    desk: Desk
    worker: Worker
    sweeper: Sweep
    github: AtGitHub
    pagerduty: AtPagerDuty
    jira: AtJira
    anchors: Anchors
    walks: Walks
    holder: str
    metrics: Metrics

    def start(self, *, works: bool) -> None:
        """Agree on the policy; `works`: deliver and tick in this process too."""
        self.settle_policy()
        with self.database.write() as tx:
            api = self.settings.github_api_url if self.github.readings.linked else ""
            scenes.keep_address(tx, api, now=self.clock.now())
        self.follow_late()
        self.anchors.start()
        if works:
            self.worker.start()

    def stop(self) -> None:
        """End what runs, within about five seconds; what was not settled is looked up by the next start."""
        self.worker.stop(GRACE)
        self.walks.stop()
        self.readings.close()
        self.github.close()
        self.pagerduty.close()
        self.policy.leave(self.database, self.holder)
        self.database.close()

    def settle_policy(self) -> None:
        """Take a changed policy file, and agree with other processes on the one in force."""
        found = self.policy.poll(self.clock.now())
        if found is not None:
            LOG.warning("policy", said=str(found))
        self.policy.settle(self.database, holder=self.holder, now=self.clock.now(), real=self.clock.real())

    def follow_late(self) -> int:
        """Let peers that are linked by now hear of the changes that are open already; how many there were."""
        desk, now = self.desk, self.clock.now()
        if not self.policy.writable:
            return 0
        with self.database.read() as tx:
            missing = followed_late.missing(tx, self.policy.rules.linked)
        for change in missing:
            with self.database.write() as tx:
                turn = Turn(tx, Actor(""), self.policy.rules, now, desk.new_id, desk.salt)
                followed_late.follow(turn, change)
        return len(missing)

    def sweep(self) -> int:
        """Do what is due, and ask whom new readings have brought up; nothing under a policy not in force.

        Raises Unswept when a change could not be looked at, after everything else was done.
        """
        if not self.policy.writable:
            return 0
        return self.sweeper()

    def tidy(self) -> None:
        """Forget deliveries, drafts and sessions of no use any more, and let erased texts leave SQLite's log."""
        with self.database.write() as tx:
            inbox.sweep(tx, self.clock.real())
            drafts.sweep(tx, self.clock.now())
            sessions.sweep(tx, self.clock.real())
        self.database.fold_log()

    def checks(self) -> dict[str, Check]:
        """What /readyz asks."""
        return {
            "database": ready.database(self.database),
            "policy": self.policy.why_not,
            "history": ready.history(self.database),
            "worker": ready.heartbeat(self.database, self.clock),
            "slack": lambda: f"Slack refuses us: {self.slack.lost.error}" if self.slack.lost else None,
        }
