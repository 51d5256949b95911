"""PagerDuty: the token, in whose name notes are written, and everything that the policy names there."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bot.checkups.finding import Finding, Patient, bad, note
from workflows.links import Rejected, Unavailable
from workflows.ruleset import Group, Rules

if TYPE_CHECKING:
    from workflows.links.pagerduty import PagerDuty

AREA = "PagerDuty"


def pagerduty(patient: Patient) -> Iterator[Finding]:
    """The token first; with a bad one nothing else can be asked."""
    link = patient.pagerduty.maybe()
    if link is None:
        return
    try:
        yield from _asked(link, patient)
    except Unavailable as silent:
        yield bad(AREA, "address", f"does not answer ({silent.why})", "Let this machine reach PAGERDUTY_API_URL.")
    except Rejected as no:
        mend = "Give the key the scopes that docs/pagerduty.md names, or make a REST API key."
        yield bad(AREA, "address", f"PagerDuty says {no.status} {no.why}", mend)


def _asked(link: "PagerDuty", patient: Patient) -> Iterator[Finding]:
    if not link.can_page:
        found = "not set: nobody is paged at break-glass, or when nobody decides"
        yield note(AREA, "PAGERDUTY_ROUTING_KEY", found, "Make an Events API v2 integration and set its key.")
    if not link.can_read:
        found = "not set: incidents and who is on call can't be read"
        yield note(AREA, "PAGERDUTY_TOKEN", found, "Make a REST API key and set it.")
        return
    try:
        link.abilities()
    except Rejected as no:
        yield bad(AREA, "token", f"PagerDuty says {no.status} {no.why}", "Make a new REST API key: PAGERDUTY_TOKEN.")
        return
    yield Finding(AREA, "token", "good")
    sender = patient.settings.pagerduty_from
    if sender and not link.user_by_email(sender):
        found = f"{sender} is nobody there: notes are refused"
        yield bad(AREA, "PAGERDUTY_FROM", found, "Name the e-mail of an active PagerDuty user.")
    elif sender:
        yield Finding(AREA, "PAGERDUTY_FROM", "a user there")
    if patient.rules is not None:
        yield from _named(link, patient.rules)


def _named(link: "PagerDuty", rules: Rules) -> Iterator[Finding]:
    for group in rules.groups.values():
        yield from _of_group(link, group)
    if rules.pagerduty.service:
        yield _one("service for incidents", rules.pagerduty.service, link.service)


def _of_group(link: "PagerDuty", group: Group) -> Iterator[Finding]:
    kinds: tuple[tuple[str, tuple[str, ...], Callable[[str], str]], ...] = (
        ("schedule", group.pagerduty_schedules, link.schedule),
        ("escalation policy", group.pagerduty_policies, link.policy),
        ("service", group.pagerduty_services, link.service),
    )
    for kind, ids, ask in kinds:
        for id_ in ids:
            yield _one(f"{kind} of {group.name}", id_, ask)


def _one(what: str, id_: str, ask: Callable[[str], str]) -> Finding:
    try:
        return Finding(AREA, what, f"{ask(id_)} ({id_})")
    except Rejected as no:
        why = "there is none" if no.status == 404 else f"PagerDuty says {no.status} {no.why}"
        return bad(AREA, what, f"{id_}: {why}", "Correct the policy: the id stands in the address of its page.")
