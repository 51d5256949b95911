"""Jira: the token and its last day, the project, the issue types of the policy, and the fields they ask for."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.checkups.finding import Finding, Patient, bad, note
from workflows.links import Rejected, Unavailable
from workflows.ruleset import Jira as Mapped

if TYPE_CHECKING:
    from workflows.links.jira import Jira

AREA = "Jira"
SOON = timedelta(days=21)
RENEW = "Make a new API token (they end after a year at most): JIRA_EMAIL and JIRA_TOKEN."
ALWAYS = frozenset({"components", "labels", "description"})
DATED = ALWAYS | {"due date", "assignee"}
"""Fields that we fill in, by their names: of an issue with components, and of a follow-up's."""


def jira(patient: Patient) -> Iterator[Finding]:
    """The token first; with a bad one nothing else can be asked."""
    link = patient.jira.maybe()
    if link is None:
        return
    try:
        yield from _asked(link, patient)
    except Unavailable as silent:
        yield bad(AREA, "address", f"does not answer ({silent.why})", "Let this machine reach JIRA_URL.")
    except Rejected as no:
        yield bad(AREA, "address", f"Jira says {no.status} {no.why}", "Look at JIRA_URL and at what the user may do.")
    finally:
        link.close()


def _asked(link: "Jira", patient: Patient) -> Iterator[Finding]:
    try:
        yield Finding(AREA, "token", f"good, of {link.myself()}")
    except Rejected as no:
        yield bad(AREA, "token", f"Jira says {no.status} {no.why}", RENEW)
        return
    yield _ends(patient)
    project = patient.settings.jira_project
    if not project:
        return
    try:
        yield Finding(AREA, f"project {project}", link.project_name())
        gone = [name for name, there in link.permissions().items() if not there]
    except Rejected as no:
        found = "there is none, or the token may not see it" if no.status == 404 else f"Jira says {no.status} {no.why}"
        yield bad(AREA, f"project {project}", found, "Correct JIRA_PROJECT, or give the user access.")
        return
    if gone:
        yield bad(AREA, "permissions", f"missing: {', '.join(gone)}", "Give them in the project's permission scheme.")
    else:
        yield Finding(AREA, "permissions", "enough")
    if patient.rules is not None and patient.rules.jira.create and "CREATE_ISSUES" not in gone:
        yield from _types(link, patient.rules.jira)


def _ends(patient: Patient) -> Finding:
    """When the token ends: Jira tells nobody, so that somebody has to have noted it."""
    checked, told = "token's last day", patient.settings.jira_token_expires
    if not told:
        return note(AREA, checked, "Jira tells nobody", "Note it as JIRA_TOKEN_EXPIRES, as in 2027-03-31.")
    try:
        last = date.fromisoformat(told)
    except ValueError:
        return bad(AREA, checked, f"{told!r} is no date", "Write JIRA_TOKEN_EXPIRES as in 2027-03-31.")
    left = last - patient.clock.real().date()
    if left < SOON:
        return bad(AREA, checked, f"{told}, in {left.days} days" if left.days >= 0 else f"{told} is over", RENEW)
    return Finding(AREA, checked, told)


def _types(link: "Jira", mapped: Mapped) -> Iterator[Finding]:
    there = link.issue_types()
    for name, filled in _wanted(mapped).items():
        if name not in there:
            found = f"there is none; there are {', '.join(there)}"
            yield bad(AREA, f"issue type {name}", found, "Correct [jira] in the policy.")
            continue
        asked = [one for one in link.required_fields(name) if not filled(one)]
        if asked:
            found = f"asks for {', '.join(asked)}"
            mend = "Fill them by [jira] fields in the policy, or make them optional in Jira."
            yield bad(AREA, f"issue type {name}", found, mend)
        else:
            yield Finding(AREA, f"issue type {name}", "there, nothing missing")
    if not mapped.fields:
        yield note(AREA, "fields", "none mapped by the policy: the description holds everything")


def _wanted(mapped: Mapped) -> dict[str, Callable[[str], bool]]:
    """The issue types that we make → whether a field, by its name, is filled in on all issues of that type."""
    ours = ALWAYS - (set() if mapped.components else {"components"})
    known = {one.casefold() for one in mapped.fields} | ours
    found: dict[str, Callable[[str], bool]] = {
        name: (lambda one: one.casefold() in known) for name in (mapped.issue_type, mapped.remediation_type)
    }
    dated = known | DATED - ALWAYS
    found.setdefault(mapped.follow_up_type, lambda one: one.casefold() in dated)
    return found
