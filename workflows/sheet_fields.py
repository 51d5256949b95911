"""What stands on the page of a change besides its timeline: what was typed, decided, deployed, found out by its review.

Pure. A text that was erased is never just missing: where it stood, it says who removed it, when, and what kind it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Record = Mapping[str, Any]
TYPED = (("Why", "justification"), ("Plan", "plan"), ("Tests", "tests"), ("Way back", "rollback"))
# What is named in `erased` → the line where it stood.
STOOD: Mapping[str, str] = {
    **{name: line for line, name in TYPED},
    "deployed.what": "Deployed",
    "deployed.why": "Deployed",
    "reviewed.deployed": "Review: deployed",
    "reviewed.cause": "Root cause",
    "reviewed.tests": "Review: tests",
    "reviewed.follow_ups": "Follow-ups",
}


# A kind of event → what it says on the page; any other: its own name.
HAPPENED: Mapping[str, str] = {
    "requested": "asked for it",
    "asked": "asked for approval",
    "read": "GitHub was read",
    "detailed": "added details",
    "let_through": "let it through the gate",
    "reported": "a deployment was reported",
    "logs_kept": "kept the CI logs",
    "logs_missing": "CI logs are missing",
    "noticed": "sent a notice",
    "proceeding": "went ahead WITHOUT approval",
    "review_owed": "a review is owed",
    "found": "found it",
    "reviewed": "closed the review",
}


def happened(kind: str) -> str:
    """What an event of this kind says."""
    return HAPPENED.get(kind, kind.replace("_", " "))


def fields(record: Record) -> list[tuple[str, str]]:
    """The name and the text of each line that is not empty, in the order of the page."""
    removed = _removed(record)
    found = list(_lines(record))
    names = [name for name, _ in found]
    lines = [(name, " · ".join(one for one in (text, *removed.get(name, ())) if one)) for name, text in found]
    rest = [f"{name}: {one}" for name, said in removed.items() if name not in names for one in said]
    return [(name, text) for name, text in [*lines, ("Elsewhere", " · ".join(rest))] if text]


def removed(one: Mapping[str, Any]) -> str:
    """Of an entry of `erased`."""
    return f"Removed {at(one['at'])} by {one['by']}: {one['kind']}"


def at(text: str) -> str:
    """A time of the record for the page: to the second, UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S Z")


def refusal(one: Mapping[str, Any]) -> str:
    """What was tried, and why it was refused."""
    tried = str(one.get("action") or "").replace("_", " ") or "something"
    return f"tried to {tried}; refused: {str(one['reason']).replace('-', ' ').replace('_', ' ')}"


def _removed(record: Record) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in record.get("erased", ()):
        if one["field"] == "title":
            continue
        name = STOOD.get(one["field"], str(one["field"]).replace("_", " ").replace(".", ": ").capitalize())
        said = found.setdefault(name, [])
        said += [removed(one)] if removed(one) not in said else []
    return found


def _lines(record: Record) -> Iterator[tuple[str, str]]:
    review = record["review"] or {}
    for name, key in TYPED[:2]:
        yield name, str(record[key] or "")
    yield "Systems", ", ".join(record["systems"])
    for name, key in TYPED[2:]:
        yield name, str(record[key] or "")
    yield "Found", _found(record.get("finding") or {})
    yield "Patch", _patch(record.get("patch") or {})
    yield "Access", _access(record.get("access") or {})
    yield "Decision", "" if record["kind"] == "finding" else _decision(record)
    yield "Commit", _commit(record)
    yield "Deployed", _deployed(record["deployments"])
    if record["reviewed_at"]:
        yield "Reviewed", f"{at(record['reviewed_at'])} by {record['reviewer']}"
        yield "Appropriate?", str(review.get("appropriate") or "")
    yield "Root cause", str(review.get("root_cause") or "")
    yield "Review: deployed", str(review.get("deployed") or "")
    yield "Review: tests", str(review.get("tests") or "")
    yield "Follow-ups", " · ".join(map(_follow_up, review.get("follow_ups") or ()))


def _decision(record: Record) -> str:
    when = f" {at(record['decided_at'])}" if record["decided_at"] else ""
    return f"{record['decision']}{when}, by policy {str(record['policy']['hash'])[:12]}"


def _found(one: Mapping[str, Any]) -> str:
    """What went around the gate, where, when, by the word of whom."""
    if not one:
        return ""
    place = f"{one['repository']}@{one['sha']}{f' on {branch}' if (branch := one.get('branch')) else ''}"
    by = one.get("by") or one.get("login") or "nobody known"
    near = f"; nearest change {one['nearest_change']}" if one.get("nearest_change") else ""
    what = str(one["what"]).replace("-", " ")
    return f"{what}: {place}, {at(one['at'])}, by {by}, as {one['source']} says{near}"


def _patch(one: Mapping[str, Any]) -> str:
    if not one:
        return ""
    times = ((name, one.get(key)) for name, key in (("due", "due"), ("there", "patched_at")))
    said = [f"{name} {at(when)}" for name, when in times if when]
    return ", ".join([f"{one['severity']} {one.get('advisory') or ''}".strip(), *said])


def _access(one: Mapping[str, Any]) -> str:
    if not one:
        return ""
    times = ((name, one.get(key)) for name, key in (("until", "until"), ("ended", "ended_at")))
    said = [f"{name} {at(when)}" for name, when in times if when]
    return ", ".join([f"{one.get('what') or '(removed)'} for {one.get('holder') or 'nobody known'}", *said])


def _commit(record: Record) -> str:
    deploy = record.get("deploy") or {}
    return f"{deploy.get('repository')}@{deploy['sha']}" if deploy.get("sha") else ""


def _deployed(deployments: Sequence[Mapping[str, Any]]) -> str:
    def one(each: Mapping[str, Any]) -> str:
        more = [str(each[name]) for name in ("outcome", "basis") if each.get(name)]
        by = f", by {each['by'] or each.get('said_by') or 'the program'}" if "by" in each else ""
        said = f" ({', '.join(more)})" if more else ""
        return f"{each.get('what') or 'live'} {at(each['at'])}{by}{said}"

    return " · ".join(map(one, deployments))


def _follow_up(one: Mapping[str, Any]) -> str:
    state = "open" if one.get("open") else "done"
    due = f", due {one['due']}" if one.get("due") and one.get("open") else ""
    return f"{one['what'] or '(removed)'} ({one.get('owner') or 'nobody'}, {state}{due})"
