"""The stand-in GitHub as tests, stories and the demo handle it: one verb for each thing people do there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from bot.playground.github import acts_code, acts_rules, acts_runs, events, store
from bot.playground.github.faults import Faults
from bot.playground.github.picture import picture
from bot.playground.github.records import Account, Json, Repository
from bot.playground.github.traffic import Delivery, Install, Token
from bot.playground.github.world import World
from bot.playground.traffic import Call, Exchange


class Hub:
    """All state, and the acts of people. A name that does not exist is LookupError, an act that cannot be ValueError.

    Repositories are named `owner/name`, people by login. `now` dates commits, checks and deployments; `real` gives
    the seconds that tokens run on.
    """

    def __init__(self, now: Callable[[], datetime], real: Callable[[], float] = time.time) -> None:
        """Begin empty."""
        self.world = World(now, real)

    def install(
        self,
        *,
        app_id: str = "12345",
        public_key: str,
        webhook_secret: str,
        webhook_url: str | None = None,
        owner: str = "acme",
        installation: int = 4711,
        repositories: Iterable[str] | None = None,
        slug: str = "countersign",
    ) -> None:
        """Install the App on an organization: on all its repositories, or on those named `owner/name`."""
        world = self.world
        with world.lock:
            chosen = None if repositories is None else tuple(repositories)
            key, at = public_key, world.stamp()
            world.install = Install(app_id, key, webhook_secret, webhook_url, owner, installation, chosen, slug, at)
            self._owner(owner)
            world.accounts[world.bot().lower()] = Account(world.number(), world.bot(), slug, (), None, "Bot", at)

    def _owner(self, login: str) -> None:
        known = self.world.accounts
        if login.lower() not in known:
            made = Account(self.world.number(), login, login, (), None, "Organization", self.world.stamp())
            known[login.lower()] = made

    @property
    def base_url(self) -> str:
        """Where it is served, without a slash at the end."""
        return self.world.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.world.base_url = url.rstrip("/")

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.world.faults

    @property
    def calls(self) -> list[Call]:
        """Every REST request so far."""
        return self.world.traffic.calls

    @property
    def deliveries(self) -> list[Delivery]:
        """Every webhook so far, lost ones included."""
        with self.world.lock:
            return list(self.world.deliveries)

    def add_account(self, login: str, name: str, email: str | None = None, public_email: bool = True) -> None:
        """Add a person; `email` is verified, and stands on the profile when `public_email`."""
        world = self.world
        with world.lock:
            mails = () if email is None else (email,)
            shown = email if public_email else None
            made = Account(world.number(), login, name, mails, shown, "User", world.stamp())
            world.accounts[login.lower()] = made
            world.touch()

    def add_repository(self, full_name: str, default_branch: str = "main", private: bool = False) -> None:
        """Add an empty repository, and its owner if need be."""
        world = self.world
        with world.lock:
            self._owner(full_name.split("/")[0])
            at = world.stamp()
            made = Repository(world.number(), full_name, default_branch, private, at, at)
            world.repositories[full_name.lower()] = made
            world.touch()

    def permit(self, repo: str, login: str, permission: str) -> None:
        """Give somebody admin, write, read or none on a repository; everyone else has write."""
        with self.world.lock:
            self.world.repository(repo).permissions[login.lower()] = permission

    def allow_token(self, token: str, login: str) -> None:
        """Let a personal token speak for a person, on every repository."""
        with self.world.lock:
            self.world.tokens[token] = Token(self.world.account(login).login)

    def before_request(self, watcher: Callable[[str, str], None]) -> None:
        """Call `watcher` with the method and path of every REST request before anything is done about it."""
        self.world.traffic.early.append(watcher)

    def on_request(self, watcher: Callable[[Exchange], None]) -> None:
        """Show every REST request and its answer to `watcher`, from the server's thread."""
        self.world.traffic.late.append(watcher)

    def deliver(self, event: str, payload: Json) -> str:
        """Deliver a webhook with any payload, properly signed, and return its id."""
        with self.world.lock:
            return events.send(self.world, event, payload).id

    def redeliver(self, delivery: str, times: int = 1) -> None:
        """Deliver a webhook again under the same id, also one that was lost. LookupError when there was none."""
        with self.world.lock:
            found = next((one for one in self.world.deliveries if one.id == delivery), None)
            if found is None:
                raise LookupError(f"no delivery is called {delivery!r}")
            for _ in range(times):
                self.world.webhooks.put(found, self.world.app())

    def lose_webhooks(self, lost: bool = True) -> None:
        """Deliver nothing of what happens from now on, or deliver again."""
        with self.world.lock:
            self.world.lost = lost

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until every webhook was delivered, at most `timeout` seconds; say whether it was."""
        return self.world.webhooks.settle(timeout)

    def save(self, path: Path) -> None:
        """Write repositories and people to a file, whole or not at all; the App and its tokens end."""
        store.save(self.world, path)

    def load(self, path: Path) -> None:
        """Continue from a file, if it is there. ValueError when another version wrote it."""
        store.load(self.world, path)

    def state(self) -> Json:
        """Return everything as plain data, for the demo page."""
        with self.world.lock:
            return picture(self.world)

    commit = acts_code.commit
    branch = acts_code.branch
    tag = acts_code.tag
    open_pull = acts_code.open_pull
    review = acts_code.review
    dismiss_review = acts_code.dismiss_review
    merge = acts_code.merge
    close_pull = acts_code.close_pull
    retarget = acts_code.retarget

    check = acts_rules.check
    status = acts_rules.status
    protect = acts_rules.protect
    unprotect = acts_rules.unprotect
    ruleset = acts_rules.ruleset
    environment = acts_rules.environment

    deploy = acts_runs.deploy
    deployment_status = acts_runs.deployment_status
    run = acts_runs.run
    finish = acts_runs.finish
    admin_bypass = acts_runs.admin_bypass
    cancel = acts_runs.cancel
    expire_logs = acts_runs.expire_logs
    log_digest = acts_runs.log_digest
    run_state = acts_runs.run_state
    reports = acts_runs.reports
    approvals = acts_runs.approvals
    commit_statuses = acts_runs.commit_statuses
