"""`doctor`: what of this installation works, and what to do about the rest. It only reads.

Each line says what was checked, what was found, and what to do. Exit 0: nothing is wrong; 1: something is.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import sqlalchemy as sa
from slack_sdk import WebClient

from bot.checkups import (
    at_github,
    at_jira,
    at_pagerduty,
    at_slack,
    of_evidence,
    of_history,
    of_logs,
    of_record,
    surroundings,
)
from bot.checkups.finding import Checkup, Finding, Grade, Patient
from bot.clock import Clock, SystemClock
from bot.links import GitHubLink, JiraLink, PagerDutyLink
from bot.policies import PolicyFile, PolicyMissing
from bot.settings import Settings
from workflows import db
from workflows.policy_problems import PolicyError
from workflows.ruleset import Rules

CHECKUPS: tuple[Checkup, ...] = (
    surroundings.environment,
    surroundings.policy,
    of_record.record,
    of_record.running,
    at_slack.slack,
    at_github.github,
    at_pagerduty.pagerduty,
    at_jira.jira,
    surroundings.signing_key,
    of_evidence.newest_checkpoint,
    of_evidence.anchors,
    of_evidence.register,
    of_history.walk,
    of_history.readable,
    of_logs.ci_logs,
)
SIGNS = {Grade.OK: "ok  ", Grade.NOTE: "note", Grade.BAD: "BAD "}
TIMEOUT = 5  # seconds for one question to Slack


def doctor(settings: Settings, *, as_json: bool) -> int:
    """Print the report."""
    found = list(findings(settings, SystemClock()))
    wrong = [one for one in found if one.grade is Grade.BAD]
    if as_json:
        print(json.dumps({"ok": not wrong, "findings": [asdict(one) for one in found]}, indent=2))
        return 1 if wrong else 0
    for one in found:
        print(line(one))
    print(f"\n{len(wrong)} to mend." if wrong else "\nNothing is wrong.")
    return 1 if wrong else 0


def line(one: Finding) -> str:
    """One finding as a line, and what to do below it."""
    said = f"{SIGNS[one.grade]}  {one.area}: {one.checked}: {one.found}"
    return f"{said}\n      → {one.mend}" if one.mend else said


def findings(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Everything there is to say of an installation, in the order of the report."""
    rules, fault = _policy(settings, clock)
    database = _database(settings)
    quiet = logging.getLogger("bot.slack.client")
    slack = WebClient(
        settings.slack_bot_token, base_url=settings.slack_api_url, timeout=TIMEOUT, retry_handlers=[], logger=quiet
    )
    patient = Patient(
        settings=settings,
        clock=clock,
        rules=rules,
        policy_fault=fault,
        db=database,
        slack=slack,
        github=GitHubLink(settings),
        pagerduty=PagerDutyLink(settings),
        jira=JiraLink(settings),
    )
    try:
        for checkup in CHECKUPS:
            yield from checkup(patient)
    finally:
        if database is not None:
            database.close()
        if patient.github.configured:
            patient.github().close()
        patient.pagerduty.close()


def _policy(settings: Settings, clock: Clock) -> tuple[Rules | None, str]:
    try:
        return PolicyFile(Path(settings.policy_file), now=clock.now(), linked=settings.linked).rules, ""
    except PolicyMissing:
        return None, "there is none"
    except PolicyError as error:
        return None, "; ".join(map(str, error.problems))


def _database(settings: Settings) -> db.Database | None:
    """The database, unless it is SQLite and there is no file: looking must not make one."""
    try:
        target = db.parse(settings.database_url)
        if target.get_backend_name() == "sqlite" and not Path(str(target.database)).is_file():
            return None
        return db.connect(settings.database_url, role="cli")
    except (ValueError, sa.exc.SQLAlchemyError):
        return None
