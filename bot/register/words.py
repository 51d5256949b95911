"""Sentences of the register's pages: codes in, words out. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.register.notice_words import notice

EXCEPTIONS: Mapping[str, str] = {
    "without-approval": "went ahead without approval",
    "deployed-before-decision": "live before it was decided",
    "deployed-although-rejected": "deployed although rejected",
    "deployed-although-withdrawn": "deployed although withdrawn",
    "deployed-outside-window": "deployed after its window",
    "approver-named-implementer": "an approver was named to carry it out",
    "objected-afterwards": "objected to afterwards",
    "review-late": "review late",
    "review-overdue": "review overdue",
    "not-appropriate": "review says: not appropriate",
    "placeholder-text": "placeholder text",
    "recorded-at-the-server": "recorded at the server, on somebody's word",
    "passed-in-freeze": "let through in a freeze",
    "deployed-around-the-gate": "deployed around the gate",
    "freeze-lifted": "freeze lifted for it",
    "rolled-back-by-rule": "rollback under the rule",
    "without-github": "asked for without GitHub",
    "ci-logs-missing": "logs of a run missing",
    "patch-put-off": "patch put off",
    "patch-overdue": "patch overdue",
    "patch-late": "patched late",
    "access-open-past-its-end": "access open past its end",
    "access-ended-late": "access ended late",
    "remediation-open": "remediation open",
    "found-around-the-gate": "went around the gate and was found",
    "reviewed-pull-request": "no pull request reviewed by another person",
    "branch-protected": "branch protection not shown",
    "tests-passed": "tests in CI not shown",
    "staging-first": "staging before production not shown",
    "documented": "description not complete",
    "signed-off": "not signed off before production",
    "retroactive-review": "no retroactive review in time",
}
EVENTS: Mapping[str, str] = {
    "declared": "declared it",
    "requested": "asked for it",
    "found": "found it",
    "asked": "asked for approval",
    "approved": "approved",
    "rejected": "rejected",
    "took_back": "took the approval back",
    "proceeding": "went ahead WITHOUT approval",
    "deployed": "marked it deployed",
    "reported": "reported a deployment",
    "let_through": "let it through the gate",
    "logs_missing": "found the logs of a run missing",
    "detailed": "added details",
    "edited": "edited it",
    "withdrawn": "withdrew it",
    "not_needed": "said it was not needed",
    "later": "put it off for later",
    "extended": "extended the window",
    "ratified": "agreed to it afterwards",
    "objected": "objected to it afterwards",
    "review_owed": "review owed",
    "handed_over": "handed the review over",
    "took_over": "took the review over",
    "snoozed": "snoozed the reminder",
    "reviewed": "closed the review",
    "amended": "amended the review",
    "follow_up_done": "ticked a follow-up off",
    "follow_up_handed": "handed a follow-up over",
    "read": "read GitHub",
    "voided": "approvals voided: it changed",
    "asked_again": "asked again",
    "expired": "approval expired",
    "superseded": "superseded by a newer request",
    "lifted": "lifted the freeze for it",
    "put_off": "put the patch off",
    "access_ended": "recorded the end of access",
    "incident_read": "read the incident",
    "incident_opened": "opened an incident",
    "incident_trouble": "the incident can't be followed",
    "incident_told": "told PagerDuty",
    "issue_linked": "linked a Jira issue",
    "issue_read": "read the Jira issue",
    "issue_trouble": "the Jira issue can't be followed",
    "follow_up_issue": "a follow-up got its issue",
    "remediation_issue": "the remediation got its issue",
    "linked": "linked it",
    "followed_on": "was followed by another change",
    "undelivered": "a message was not delivered",
    "erased": "removed a text",
    "logs_kept": "kept the CI logs",
}
QUIET = frozenset({"noticed", "incident_told", "read", "incident_read", "issue_read"})
"""Entries that are many and say little; they are counted in the proof, and shown in small."""
RESULTS = {"yes": "yes", "exception": "exception", "na": "not applicable"}
VERDICTS = {
    "approved": "approved",
    "rejected": "rejected",
    "ratified": "agreed to afterwards",
    "objected": "objected to afterwards",
    "none": "nobody decided",
}


def counted(count: int, name: str) -> str:
    """1 finding; 3 emergencies."""
    many = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
    return f"{count} {name if count == 1 else many}"


def exception(code: str) -> str:
    """What an exception's code says."""
    return EXCEPTIONS.get(code, code.replace("-", " "))


def event(kind: str, data: Mapping[str, Any], name: Callable[[str], str]) -> str:
    """What an entry of the timeline says; a refused try says what was tried, and why not. `name`: of a person id."""
    if kind == "refused":
        tried, why = (str(data.get(name) or "").replace("_", " ").replace("-", " ") for name in ("action", "reason"))
        return f"tried to {tried}; refused: {why}"
    if kind == "noticed":
        return notice(data, name)
    said = EVENTS.get(kind, kind.replace("_", " "))
    if kind == "erased" and data.get("kind"):
        return f"{said}: {data['kind']}"
    if kind == "deployed":
        return f"{said}: {str(data.get('outcome') or '').replace('_', ' ')}"
    if kind == "reported" and data.get("outcome"):
        return f"{said}: {str(data['outcome']).replace('_', ' ')}"
    return said


def removed(at: str, who: str, kind: str) -> str:
    """What stands in place of an erased text."""
    return f"Removed {at} by {who}: {kind}. Its place in the record is intact."


def size(count: int) -> str:
    """1.2 MB; 27 bytes."""
    for name, unit in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def length(span: timedelta) -> str:
    """4 min; 3 h; 2 days."""
    minutes = max(0, round(span.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes / 60:.1f} h".replace(".0 h", " h")
    return f"{minutes / 1440:.1f} days".replace(".0 days", " days")


def sentence(record: Mapping[str, Any]) -> str:
    """Approved by cto 4 min after it was declared, before it went live; reviewed on time."""
    decided, declared = _at(record["decided_at"]), _at(record["declared_at"])
    who = " and ".join(str(one["person"]) for one in record["approvals"])
    after = f" {length(decided - declared)} after it was {_begun(record)}" if decided and declared else ""
    said = {
        "approved": f"Approved{f' by {who}' if who else ''}{after}",
        "rejected": f"Rejected{after}",
        "ratified": "Went ahead without approval, and was agreed to afterwards",
        "objected": "Went ahead without approval, and was objected to afterwards",
        "none": "Went ahead without approval" if "without-approval" in record["exceptions"] else "Nobody decided",
    }[record["decision"]]
    if record["kind"] == "finding":
        said = "It went around the gate and was found"
    elif (record.get("deploy") or {}).get("rollback_of"):
        said = f"A way back to what {record['deploy']['rollback_of']} had brought live, without approval, by the policy"
    return f"{said}{_live(record)}{_reviewed(record)}."


def _begun(record: Mapping[str, Any]) -> str:
    return {"deploy": "asked for", "finding": "found"}.get(record["kind"], "declared")


def _live(record: Mapping[str, Any]) -> str:
    if not record["deployments"]:
        return "" if record["kind"] == "finding" else "; nothing was deployed"
    if record["decision"] != "approved":
        return ""
    return ", before it went live" if record["approved_before_deploy"] else ", after it was live"


def _reviewed(record: Mapping[str, Any]) -> str:
    if record["reviewed_at"]:
        return "; reviewed on time" if record["on_time"] else "; reviewed late"
    if not record["review"]:
        return ""
    return "; its review is overdue" if record["on_time"] is False else "; its review is open"


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
