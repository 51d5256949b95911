"""GitHub in a story: the stand-in, seeded, behind its own server; what people do there, and what it shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.playground.github.hub import Hub
from bot.playground.github.server import build_github
from tests.playground.github_spec import checked
from tests.playground.small_github import keys
from tests.world.clock import StoryClock
from tests.world.servers import Servers

APP, SECRET, REPO = "12345", "story-webhooks", "acme/payments"
LOGINS = {"dev": "dev-gh", "sre": "sre-gh", "lead": "lead-gh", "cto": "cto-gh", "rel": "rel-gh"}


def environment(servers: Servers) -> dict[str, str]:
    """The bot's settings for this GitHub."""
    return {
        "github_api_url": servers.github_url,
        "github_app_id": APP,
        "github_private_key": keys(1)[0],
        "github_webhook_secret": SECRET,
    }


class GitHub:
    """acme/payments with v811 live, main protected, and a commit by dev that lead reviewed and staging runs."""

    def __init__(self, servers: Servers, clock: StoryClock) -> None:
        """Seed it and put it behind the server; nothing is delivered of what was there before the story."""
        self.begun = False
        began = clock.now()
        # What is there before the story is a day old. Tokens run on the time of the wall.
        self.hub = Hub(lambda: clock.now() if self.begun else began - timedelta(days=1))
        self.broken = checked(self.hub, needed=False)
        hub = self.hub
        for name, login in LOGINS.items():
            hub.add_account(login, name.title(), f"{name}@example.com")
        installed: dict[str, Any] = {"app_id": APP, "public_key": keys(1)[1], "webhook_secret": SECRET}
        hub.install(**installed)
        for repo in (REPO, "acme/web"):
            hub.add_repository(repo)
            hub.commit(repo, author="sre-gh", message="Begin")
            hub.environment(repo, "production", custom_rule=True)
            hub.environment(repo, "staging", custom_rule=False)
        self.old = hub.commit(REPO, author="sre-gh", message="Charge in cents", files={"pay.py": "1"})
        hub.tag(REPO, "v811", self.old)
        hub.deploy(REPO, self.old, "production", by="sre-gh", state="success")
        hub.protect(REPO, "main", approvals=1, checks=("unit",))
        self.pull, self.head = self.change("dev", "Round to cents", reviewer="lead")
        servers.github.app = build_github(hub)
        hub.base_url = servers.github_url
        hub.install(**installed, webhook_url=f"{servers.bot_url}/github/webhook")
        self.begun = True

    def change(
        self,
        by: str,
        title: str,
        *,
        reviewer: str | None = "lead",
        after_review: str = "",
        staging: bool = True,
        **more: Any,
    ) -> tuple[int, str]:
        """A pull request by `by`, reviewed, merged, checked and on staging: (its number, the SHA on main).

        `after_review` is the message of a commit that comes after the review; `more` is for the commit itself.
        """
        hub, author = self.hub, LOGINS[by]
        branch = title.lower().replace(" ", "-")
        hub.branch(REPO, branch, self._head())
        hub.commit(REPO, author=author, message=title, branch=branch, files={f"{branch}.py": title}, **more)
        number = hub.open_pull(REPO, author=author, title=title, branch=branch)
        if reviewer:
            hub.review(REPO, number, by=LOGINS[reviewer])
        if after_review:
            hub.commit(REPO, author=author, message=after_review, branch=branch)
        sha = hub.merge(REPO, number, by=author)
        self.passes(sha, staging=staging)
        return number, sha

    def _head(self) -> str:
        return str(self.hub.world.repository(REPO).branches["main"])

    def passes(self, sha: str, *, staging: bool = True) -> None:
        """Its checks pass, and staging runs it."""
        self.hub.check(REPO, sha, "unit", "success")
        if staging:
            self.hub.deploy(REPO, sha, "staging", by="sre-gh", state="success")

    def arrives(self) -> None:
        """Wait until every webhook was answered."""
        assert self.hub.settle(10)
