"""Everything the stand-in GitHub knows, under one lock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from bot.playground.github import webhooks
from bot.playground.github.faults import Faults
from bot.playground.github.records import Account, Commit, Pull, Repository, Run
from bot.playground.github.traffic import Delivery, Install, Token
from bot.playground.traffic import Traffic

FIRST_ID = 1_000
WEB_FLOW = "web-flow"
ACTIONS = "github-actions[bot]"


def stamp(moment: datetime) -> str:
    """Return a time as GitHub writes it: whole seconds, UTC, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class World:
    """The state. Hold `lock` to read or change it, and never while anything is sent."""

    def __init__(self, now: Callable[[], datetime], real: Callable[[], float] = time.time) -> None:
        """Begin with GitHub's own two accounts. `now` dates what happens, `real` is what tokens run on."""
        self.lock = threading.RLock()
        self.clock = now
        self.real = real
        self.base_url = "http://127.0.0.1"
        self.install: Install | None = None
        self.accounts: dict[str, Account] = {}
        self.repositories: dict[str, Repository] = {}
        self.tokens: dict[str, Token] = {}
        self.traffic = Traffic(real)
        self.deliveries: deque[Delivery] = deque(maxlen=20_000)
        self.faults = Faults()
        self.webhooks = webhooks.queue()
        self.lost = False
        self.dirty = False
        self.changes = 0
        self._last = FIRST_ID
        for login, kind in ((WEB_FLOW, "User"), (ACTIONS, "Bot")):
            name = "GitHub" if login == WEB_FLOW else login
            self.accounts[login] = Account(
                self.number(), login, name, ("noreply@github.com",), None, kind, self.stamp()
            )

    def number(self) -> int:
        """Return an id that was never given before."""
        with self.lock:
            self._last += 1
            return self._last

    def touch(self) -> None:
        """Say that something changed, for the page and for the file the demo keeps."""
        with self.lock:
            self.dirty = True
            self.changes += 1

    def continue_from(self, last: int) -> None:
        """Make every later id greater than `last`."""
        self._last = max(self._last, last)

    def last(self) -> int:
        """Return the id that was given last."""
        return self._last

    def stamp(self) -> str:
        """Return the time of the stand-in as GitHub writes it."""
        return stamp(self.clock())

    def app(self) -> Install:
        """Return the installed App; RuntimeError when none is."""
        if self.install is None:
            raise RuntimeError("install an app first")
        return self.install

    def bot(self) -> str:
        """Return the login the App acts under."""
        return f"{self.app().slug}[bot]"

    def account(self, login: str) -> Account:
        """Return an account, whatever the case of its login: LookupError when there is none."""
        found = self.accounts.get(login.lower())
        if found is None:
            raise LookupError(f"no account is called {login!r}")
        return found

    def owner_of(self, email: str) -> Account | None:
        """Return whose verified e-mail this is; None when nobody's."""
        if email == "noreply@github.com":
            return self.accounts[WEB_FLOW]
        for one in self.accounts.values():
            if email.lower() in (known.lower() for known in (*one.emails, noreply(one))):
                return one
        return None

    def repository(self, full_name: str) -> Repository:
        """Return a repository by `owner/name`, whatever its case: LookupError when there is none."""
        found = self.repositories.get(full_name.lower())
        if found is None:
            raise LookupError(f"no repository is called {full_name!r}")
        return found

    def pull(self, full_name: str, number: int) -> Pull:
        """Return a pull request: LookupError when there is none."""
        return self.repository(full_name).pulls[number]

    def run(self, full_name: str, run: int) -> Run:
        """Return a workflow run: LookupError when there is none."""
        return self.repository(full_name).runs[run]

    def commit(self, repository: Repository, ref: str) -> Commit:
        """Return the commit of a SHA (or at least 7 characters of it), branch or tag: LookupError when unknown."""
        name = ref.removeprefix("refs/").removeprefix("heads/").removeprefix("tags/")
        sha = repository.branches.get(name) or repository.tags.get(name) or ref
        if sha in repository.commits:
            return repository.commits[sha]
        found = [one for one in repository.commits if len(ref) >= 7 and one.startswith(ref.lower())]
        if len(found) != 1:
            raise LookupError(f"no commit is called {ref!r}")
        return repository.commits[found[0]]

    def api(self, repository: Repository, rest: str = "") -> str:
        """Return the address of something of a repository on the API."""
        return f"{self.base_url}/repos/{repository.full_name}{'/' if rest else ''}{rest}"

    def site(self, repository: Repository, rest: str = "") -> str:
        """Return the address a person would open."""
        return f"{self.base_url}/{repository.full_name}{'/' if rest else ''}{rest}"


def noreply(account: Account) -> str:
    """Return the e-mail GitHub gives to people who show none."""
    return f"{account.id}+{account.login}@users.noreply.github.com"
