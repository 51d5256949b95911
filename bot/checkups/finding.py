"""One line of the doctor's report, and what he has to look at it with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from slack_sdk import WebClient

from bot.clock import Clock
from bot.links import GitHubLink, JiraLink, PagerDutyLink
from bot.settings import Settings
from workflows.db import Database
from workflows.ruleset import Rules


class Grade(StrEnum):
    """`note` is worth knowing and no fault."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was checked, what was found, and, where something is to be done, what to do."""

    area: str
    checked: str
    found: str
    grade: Grade = Grade.OK
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """An installation. `rules` None: the policy file cannot be used, `policy_fault` says why; `db` None: none."""

    settings: Settings
    clock: Clock
    rules: Rules | None
    policy_fault: str = ""
    db: Database | None
    slack: WebClient
    github: GitHubLink
    pagerduty: PagerDutyLink
    jira: JiraLink


Checkup = Callable[[Patient], Iterator[Finding]]


def bad(area: str, checked: str, found: str, mend: str) -> Finding:
    """Something that will not work."""
    return Finding(area, checked, found, Grade.BAD, mend)


def note(area: str, checked: str, found: str, mend: str = "") -> Finding:
    """Something worth knowing."""
    return Finding(area, checked, found, Grade.NOTE, mend)
