"""Jira: the token, the project, the issue types of the policy, and the fields they ask for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.checkups.finding import Finding, Patient, bad, note
from workflows.links import Rejected, Unavailable
from workflows.ruleset import Jira as Mapped

if TYPE_CHECKING:
    from workflows.links.jira import Jira

AREA = "Jira"
NEEDED = ("CREATE_ISSUES", "ADD_COMMENTS", "LINK_ISSUES", "TRANSITION_ISSUES", "EDIT_ISSUES", "BROWSE_PROJECTS")
OURS = {"summary", "description", "project", "issuetype", "reporter", "labels", "duedate", "assignee", "components"}
"""What we fill in ourselves, by the names of Jira's interface."""


def jira(patient: Patient) -> Iterator[Finding]:
    """The token first; with a bad one nothing else can be asked."""
    link = patient.jira.maybe()
    if link is None:
        return
    try:
        yield from _asked(link, patient)
    except Unavailable as silent:
        yield bad(AREA, "address", f"does not answer ({silent.why})", "Let this machine reach JIRA_URL.")


def _asked(link: "Jira", patient: Patient) -> Iterator[Finding]:
    try:
        yield Finding(AREA, "token", f"good, of {link.myself()}")
    except Rejected as no:
        mend = "Make a new API token (they end after a year at most): JIRA_EMAIL and JIRA_TOKEN."
        yield bad(AREA, "token", f"Jira says {no.status} {no.why}", mend)
        return
    project = patient.settings.jira_project
    if not project:
        return
    try:
        yield Finding(AREA, f"project {project}", link.project_name())
        gone = [one for one in NEEDED if one not in link.permissions()]
    except Rejected as no:
        found = "there is none, or the token may not see it" if no.status == 404 else f"Jira says {no.status} {no.why}"
        yield bad(AREA, f"project {project}", found, "Correct JIRA_PROJECT, or give the user access.")
        return
    if gone:
        yield bad(AREA, "permissions", f"missing: {', '.join(gone)}", "Give them in the project's permission scheme.")
    else:
        yield Finding(AREA, "permissions", "enough")
    if patient.rules is not None and patient.rules.jira.create:
        yield from _types(link, patient.rules.jira)


def _types(link: "Jira", mapped: Mapped) -> Iterator[Finding]:
    there = link.issue_types()
    for name in dict.fromkeys((mapped.issue_type, mapped.follow_up_type, mapped.remediation_type)):
        if name not in there:
            found = f"there is none; there are {', '.join(there)}"
            yield bad(AREA, f"issue type {name}", found, "Correct [jira] in the policy.")
            continue
        asked = [one for one in link.required_fields(name) if one.lower() not in OURS and one not in mapped.fields]
        asked = [one for one in asked if one.lower().replace(" ", "") not in OURS]
        if asked:
            found = f"asks for {', '.join(asked)}"
            mend = "Fill them by [jira] fields in the policy, or make them optional in Jira."
            yield bad(AREA, f"issue type {name}", found, mend)
        else:
            yield Finding(AREA, f"issue type {name}", "there, nothing missing")
    if not mapped.fields:
        yield note(AREA, "fields", "none mapped by the policy: the description holds everything")
