"""The links to the peers, one of each per process, made (and their libraries loaded) when they are first needed."""

import threading
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from workflows.links.github import GitHub
    from workflows.links.jira import Jira
    from workflows.links.pagerduty import PagerDuty


class GitHubLink:
    """The one link to GitHub of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._made: GitHub | None = None

    @property
    def configured(self) -> bool:
        """Whether there is a GitHub to speak to: the App's id and key, or a token."""
        return "github" in self._settings.linked

    def __call__(self) -> "GitHub":
        """The link."""
        with self._lock:
            if self._made is None:
                from workflows.links.github import GitHub

                given = self._settings
                self._made = GitHub(
                    given.github_api_url,
                    app_id=given.github_app_id,
                    private_key=given.github_private_key,
                    token=given.github_token,
                )
            return self._made

    def maybe(self) -> "GitHub | None":
        """The link; None: GitHub is not configured."""
        return self() if self.configured else None


class PagerDutyLink:
    """The one link to PagerDuty of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._made: PagerDuty | None = None

    @property
    def configured(self) -> bool:
        """Whether there is a PagerDuty to speak to: a token, a routing key, or both."""
        return "pagerduty" in self._settings.linked

    def __call__(self) -> "PagerDuty":
        """The link."""
        with self._lock:
            if self._made is None:
                from workflows.links.pagerduty import PagerDuty

                given = self._settings
                self._made = PagerDuty(
                    given.pagerduty_token,
                    given.pagerduty_from,
                    given.pagerduty_routing_key,
                    given.pagerduty_api_url,
                    given.pagerduty_events_url,
                )
            return self._made

    def maybe(self) -> "PagerDuty | None":
        """The link; None: PagerDuty is not configured."""
        return self() if self.configured else None

    def close(self) -> None:
        """End its idle connections, where it was needed at all."""
        with self._lock:
            if self._made is not None:
                self._made.close()


class JiraLink:
    """The one link to Jira of this process. Making it asks Jira nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, threading.Lock()
        self._made: Jira | None = None

    @property
    def configured(self) -> bool:
        """Whether there is a Jira to speak to: its address and a token."""
        return "jira" in self._settings.linked

    def __call__(self) -> "Jira":
        """The link."""
        with self._lock:
            if self._made is None:
                from workflows.links.jira import Jira

                given = self._settings
                self._made = Jira(given.jira_url, given.jira_email, given.jira_token, given.jira_project)
            return self._made

    def maybe(self) -> "Jira | None":
        """The link; None: Jira is not configured."""
        return self() if self.configured else None
