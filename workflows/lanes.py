"""Lanes of the outbox: places that share a service and a credential, and must not wait for those of another."""

from collections.abc import Mapping
from enum import StrEnum

from workflows.peered import Peer


class Lane(StrEnum):
    """A queue of its own. PagerDuty has two: its incidents take a token, its events and pages a routing key.

    GitHub has two, so that no verdict waits while logs are fetched.
    """

    SLACK = "slack"
    PAGERDUTY = "pagerduty"
    PAGES = "pages"
    JIRA = "jira"
    GITHUB = "github"
    LOGS = "ci-logs"


# The first letters of the places of a lane (see `following.place`); whatever begins otherwise goes to Slack.
PREFIXES: Mapping[Lane, tuple[str, ...]] = {
    Lane.PAGERDUTY: ("pagerduty:incident",),
    Lane.PAGES: ("pagerduty:change_events", "pagerduty:alerts"),
    Lane.JIRA: ("jira:",),
    Lane.GITHUB: ("gate:", "status:"),
    Lane.LOGS: ("github:",),
}
SENDERS: Mapping[Lane, int] = dict.fromkeys(Lane, 1) | {Lane.SLACK: 4, Lane.GITHUB: 2}
"""How many are sent at a time."""
# Of whom the record keeps whether they answer. How GitHub does is known from its readings.
KEPT: Mapping[Lane, Peer] = {Lane.PAGERDUTY: Peer.PAGERDUTY, Lane.PAGES: Peer.PAGERDUTY, Lane.JIRA: Peer.JIRA}


def of(place: str) -> Lane:
    """The lane of a place of the outbox."""
    return next((lane for lane, prefixes in PREFIXES.items() if place.startswith(prefixes)), Lane.SLACK)
