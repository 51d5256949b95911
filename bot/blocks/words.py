"""Sentences of the thread and of forms: a name in, words out. The tables are the words."""

from collections.abc import Callable, Mapping

from bot.blocks import incident_words, notifications, refusals, render
from bot.blocks.kit import Scene
from bot.blocks.notes import NOTHING, CardNotes
from bot.blocks.sentence import Sentence, say
from bot.blocks.states import state_of
from bot.blocks.values import Facts, values
from workflows.case import Case
from workflows.change import Actor, Kind, Outcome, Verdict
from workflows.rows import Line

_MOST = 200
_Template = str | Callable[[Facts], str]


def _if(name: str, there: str, absent: str) -> Callable[[Facts], str]:
    """The template to take when that fact says something, and the other one."""
    return lambda facts: there if facts.get(name) else absent


def _deployed(facts: Facts) -> str:
    if facts.get("outcome") == Outcome.ROLLED_BACK:
        return "{by} recorded {what} as rolled back."
    return "{by} marked {what} deployed: {outcome}."


def _reported(facts: Facts) -> str:
    if facts.get("outcome") == Outcome.ROLLED_BACK:
        return "{sha} was rolled back."
    by = " by {by}" if facts.get("by") else ""
    by += ", said by {said_by}" if by and facts.get("said_by") else ""
    if facts.get("outcome") == Outcome.STARTED:
        return f"{{sha}} is being deployed{by}."
    if facts.get("outcome") == Outcome.OK:
        return f"{{sha}} is live{by and ', deployed'}{by}."
    return f"{{sha}} was deployed{by}: {{outcome}}."


LINES: Mapping[Line, _Template] = {
    Line.DECLARED: _if("people", "{by} declared this; {people} asked.", "{by} declared this."),
    Line.ASKED_AGAIN: _if("people", "Asked {people} again.", "Asked again."),
    Line.WIDENED: "Asked {groups} too; no answer for {minutes}.",
    Line.FALLBACK_ASKED: "Nobody in {short} can approve this one; asked {groups} instead.",
    Line.PAGED: "Paged the on-call lead.",
    Line.APPROVED: "{by} approved{note}.",
    Line.APPROVED_MORE: "{by} approved{note}; still needed: {needed}.",
    Line.REJECTED: "{by} rejected{reason}.",
    Line.TOOK_BACK: "{by} took the approval back; it is waiting again.",
    Line.PROCEEDING: "{by} proceeds WITHOUT approval{reason}.",
    Line.CHANGED: "{by} changed {fields}; approval is needed again.",
    Line.ADDED: "{by} added {fields}; documented {documented} of 7.",
    Line.DEPLOYED: _deployed,
    Line.DEPLOYED_UNASKED: "{by} deployed {what} before anyone decided, {outcome}{why}.",
    Line.DEPLOYED_REJECTED: "{by} marked {what} deployed although it was {although}, {outcome}{why}.",
    Line.LIVE_BEFORE: "{by} says it is live since {when}, before it was declared.",
    Line.ACCESS_ENDED: "Access ended {at}, recorded by {by}{said_what}.",
    Line.RATIFIED: "{by} ratified afterwards.",
    Line.RATIFIED_MORE: "{by} ratified afterwards; still needed: {needed}.",
    Line.OBJECTED: "{by} objects{reason}.",
    Line.GATE_OPEN: "Pipeline open for {repositories} until {until}.",
    Line.GATE_CLOSED: "Pipeline closed for {repositories}.",
    Line.EXTENDED: "{by} extended it to {until}{reason}.",
    Line.PASSED: _if(
        "freeze",
        "{sha} went through on this emergency, in a freeze that holds everything else.",
        "{sha} went through on this emergency.",
    ),
    Line.LIVE_THROUGH: "{sha} is live already, through emergency {key}.",
    Line.REPORTED: _reported,
    Line.REQUESTED: _if(
        "people", "{by} asked for this deploy; {people} asked{replaces}.", "{by} asked for this deploy{replaces}."
    ),
    Line.VOIDED: _if(
        "people",
        "Changed since {people} said yes: {changes}; approval is needed again.",
        "Changed: {changes}; approval is needed for it as it is now.",
    ),
    Line.FACTS_CAME: "GitHub answers again; it was silent since {since}.",
    Line.ASKED: _if("people", "Asked {people}; only their answer is missing.", "Only an answer is missing now."),
    Line.ASKED_FOR_AGAIN: "{by} asked for it again.",
    Line.SUPERSEDED: "{by} asked for a newer deploy: {key} takes its place.",
    Line.EXPIRED: "The approval ended {at}, {unused}.",
    Line.LIFTED: "{by} lifted the freeze for this request{reason}.",
    Line.FROZEN: "Frozen{frozen_until}: {because}. {lift}",
    Line.THAWED: "The freeze is over.",
    Line.ROLLED_BACK: _if(
        "people",
        "{by} goes back to what {of} had put live{reason}. {people} told.",
        "{by} goes back to what {of} had put live{reason}.",
    ),
    Line.MADE_EMERGENCY: "It goes on as emergency {key}, declared by {by}.",
    Line.ACCESS_OVER: _if(
        "people", "The access was to end {at}; {people} asked whether it is over.", "The access was to end {at}."
    ),
    Line.PATCH_DUE: _if("people", "The patch is due; {people} told.", "The patch is due."),
    Line.PUT_OFF: "{by} put the patch off until {due}; {to} answers for it{said_what}.",
    Line.REVIEW_OWNER: "Review is {to}'s, due {due}.",
    Line.HANDED_OVER: "{by} handed the review to {to}.",
    Line.TOOK_OVER: "{by} took the review over.",
    Line.REVIEW_DUE: _if("people", "Review due; {people} told.", "Review due."),
    Line.REVIEW_DEADLINE: "Review deadline passed; the review is still open.",
    Line.REVIEWED: "{by} closed the review: {verdict}; {timing}.",
    Line.AMENDED: "{by} added to the review.",
    Line.FOLLOW_UP_DONE: "{by} finished{quoted_what}.",
    Line.FOLLOW_UP_HANDED: "{by} handed{quoted_what} to {to}.",
    Line.WITHDRAWN: "{by} withdrew it; {duplicate}.",
    Line.NOT_NEEDED: "{by} said: nothing was deployed.",
    Line.DECLARED_AGAIN: "It goes on in {key}, declared by {by}.",
    Line.INCIDENT_RESOLVED: _if(
        "by_digest", "{named} resolved PagerDuty {incident}.", "PagerDuty {incident} resolved."
    ),
    Line.INCIDENT_TOLD: incident_words.told,
    Line.JIRA_CREATED: "Jira {jira} created.",
    Line.JIRA_MOVED: "Jira {jira} moved to {moved_to}.",
    Line.FOLLOW_UP_IN_JIRA: "Jira {jira} is done, and with it the follow-up{quoted_what}.",
    Line.FOLLOW_UP_AGAIN: "Jira {jira} is open again, and with it the follow-up{quoted_what}.",
    Line.REMEDIED: "Jira {jira} is done: what the review found is put right.",
    Line.LINKED: "{by} linked a message.",
    Line.LINKED_CHANGE: "Linked to {key}.",
    Line.ERASED: "Text erased by {by} ({kind}); the record shows that it was there.",
    Line.UNDELIVERED: "An alert to {to} did not arrive; sent to {instead} instead.",
}
# A drill is never called approved.
_PRACTICE: Mapping[Line, str] = {
    Line.APPROVED: "{by} gave the practice approval{note}.",
    Line.APPROVED_MORE: "{by} gave a practice approval{note}; still needed: {needed}.",
}

MISTAKES: Mapping[str, str] = {
    "empty": "Fill this in, please; a few words are enough.",
    "unknown-system": "That system is not in the list any more; choose again, Other is fine.",
    "link": "That is not a link I can read. Paste the whole address, or leave it empty.",
    "time": "That is not a time I can read; choose one, or leave it empty.",
    "future": "That time is in the future.",
    "before": "That is before the emergency began; use Already live since in Add details.",
    "past": "That date is in the past.",
    "cvss": "That is no CVSS I can read: a number from 0 to 10, like 9.8, or a vector, like CVSS:3.1/AV:N/….",
    "access-past": "Access has to end later than now.",
    "access-long": "Access ends after at most 12 hours; ask again when it takes longer.",
    "day": "That is not a day I can read, like 2026-11-30.",
    "later": "It was known before that day already. The clock does not start again; only an earlier day can be set.",
    "empty-put-off": "To put it off, say until when, who answers for it, and what protects until then.",
    "empty-reject": "Give a reason; {requester} has to work with it.",
    "empty-proceed": "Say why it can't wait; the reviewer starts from this.",
    "empty-object": "Say what you object to; the reviewer starts from this.",
    "empty-lift": "Say why it cannot wait for the end of the freeze.",
    "empty-extend": "Say why it has to stay open.",
    "empty-what": "Say what went live.",
    "empty-why": "Say why; this one had no approval.",
    "empty-answer": "One true sentence is enough.",
    "placeholder": "This reads like a placeholder; one true sentence is enough.",
    "follow-up-needed": 'Findings and "No" need at least one follow-up.',
    "follow-up-incomplete": "Each follow-up needs a person and a date.",
    "has-it": "They have it already; choose somebody else.",
    "no-account": "A guest or a switched-off account can't have a follow-up; choose somebody else.",
    "unread": "I could not check that account: Slack did not answer. Try again in a minute.",
    "not-eligible": "This person can't review it; choose somebody from the list.",
    "unknown-change": "I don't know that change; choose another one, or leave it empty.",
}
_OF_DEPLOY: Mapping[str, str] = {"before": "That is before it was asked for."}
# Where one field has better words than its code.
_AT_FIELD: Mapping[tuple[str, str], str] = {
    ("empty", "broken"): "Say in a few words what is broken.",
    ("future", "known_since"): "That day is in the future.",
    ("empty", "plan"): "Say what you will do.",
    ("empty", "systems"): "Choose at least one system; Other is fine.",
    ("empty", "judgement"): "Choose one of the three.",
    ("empty", "choice"): "Choose how long.",
    ("empty", "to"): "Choose a person.",
    ("empty-why", "why"): "Say why it went live before there was a yes; the reviewer starts from this.",
}


def line(name: str, case: Case, scene: Scene, facts: Facts) -> str:
    """A line of the thread in plain words, at most 200 characters, fit to be a message's `text`."""
    return render.notification(thread_sentence(name, case, facts), scene)


def thread_sentence(name: str, case: Case, facts: Facts) -> Sentence:
    """A line of the thread; typed text in it gets what the rest leaves of 200 characters."""
    known = Line(name)
    template = _PRACTICE.get(known, LINES[known]) if case.drill else LINES[known]
    return say(template if isinstance(template, str) else template(facts), **values(case, facts))


def mistake(code: str, field: str, scene: Scene, case: Case | None = None) -> str:
    """What stands at a field of a form; `code` is a use case's mistake code."""
    special = _OF_DEPLOY.get(code) if case and case.kind is Kind.DEPLOY else None
    words = special or _AT_FIELD.get((code, field)) or MISTAKES.get(code, MISTAKES["empty"])
    name = render.name_of(scene, case.requester) if case else "whoever asked"
    return words.replace("{requester}", name)


def refusal(verdict: Verdict, case: Case | None, scene: Scene, actor: Actor, action: str = "") -> str:
    """Why somebody may not, who can, and that nothing changed: plain words for a `text`."""
    return render.notification(refusals.sentence(verdict, case, scene, actor, action), scene)


def notification(case: Case, scene: Scene, notes: CardNotes = NOTHING) -> str:
    """The `text` of the card as the case is now."""
    return notifications.notification(case, scene, notes, state_of(case, scene.now))
