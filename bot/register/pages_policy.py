"""The policies that were in force: from when until when, by whom, what changed; and the procedure of any day."""

import difflib
import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from bot.register.asking import day
from bot.register.errors import Wrong
from bot.register.visitors import Visit
from workflows import facts, persons, procedure, register_notes, register_policies
from workflows.policy_problems import PolicyError
from workflows.procedure import Line
from workflows.register_policies import Version
from workflows.rules import parse
from workflows.ruleset import Rules

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HIDDEN = "(e-mail)"


def policy(visit: Visit) -> Response:
    """The versions, newest first, and the procedure of the day that is asked for."""
    rules, full = visit.desk.policy.rules, visit.visitor.may("auditor")
    zone = ZoneInfo(rules.zone)
    on = day(visit.request.query_params.get("on", "")) or visit.desk.clock.now().astimezone(zone).date()
    with visit.desk.db.read() as tx:
        versions = register_policies.versions(tx, full=full)
        log, readings = register_notes.log(tx, full=full), register_notes.readings(tx)
        then = _in_force(versions, on, zone)
        lines = _procedure(tx, then, zone, full) if then else ()
    visit.saw["on"] = on.isoformat()
    return visit.draw(
        "policy.html",
        here="Policy",
        versions=versions,
        on=on,
        then=then,
        lines=lines,
        changed=_said(versions, full),
        log=log,
        readings=readings,
    )


def policy_text(visit: Visit) -> Response:
    """One policy as it was written, and its lines that differ from the one before."""
    digest, full = visit.request.path_params["digest"], visit.visitor.may("auditor")
    with visit.desk.db.read() as tx:
        versions = register_policies.versions(tx, full=full)
    found = next((one for one in versions if one.digest == digest), None)
    if found is None:
        raise Wrong("There is no such policy.", 404)
    visit.saw["digest"] = found.digest
    before = found.before
    return visit.draw(
        "policy_text.html",
        here="Policy",
        one=found,
        before=before,
        lines=list(_lines(before.source, found.source, full)) if before else [],
        source=_safe(found.source, full),
    )


def _in_force(versions: tuple[Version, ...], on: date, zone: ZoneInfo) -> Version | None:
    """The policy at the end of that day."""
    end = datetime.combine(on + timedelta(days=1), time(), zone)
    return next((one for one in versions if one.since < end), None)


def _procedure(tx: Connection, one: Version, zone: ZoneInfo, full: bool) -> tuple[Line, ...]:
    """The one page for emergencies of that policy. Empty: this program can't read it any more."""
    try:
        rules = parse(one.source.encode(), "policy.toml")
    except PolicyError:
        return ()
    since = one.since.astimezone(zone).date()
    return procedure.sop(rules, names=_names(tx, rules, full), workspace=_workspace(tx), policy_date=since)


def _workspace(tx: Connection) -> str:
    """The name of the workspace as its address has it, where Slack has told it."""
    known = facts.get(tx, "workspace", "self")
    url = str((known.value or {}).get("url") or "") if known else ""
    return url.removeprefix("https://").partition(".")[0] or "this workspace"


def _names(tx: Connection, rules: Rules, full: bool) -> dict[str, tuple[str, ...]]:
    named = procedure.named(rules)
    if full:
        return named
    known = persons.by_email(tx, {one for some in named.values() for one in some if "@" in one})
    people = persons.by_id(tx, sorted(set(known.values())))
    shown = {email: _safe(people[person].name, full) for email, person in known.items() if person in people}
    return {group: tuple(shown.get(one.lower(), _safe(one, full)) for one in some) for group, some in named.items()}


def _said(versions: tuple[Version, ...], full: bool) -> dict[str, list[str]]:
    """Digest and time → what changed, in words."""
    return {
        f"{one.digest}{one.since}": [_safe(words, full) for words in register_policies.changed(one)] for one in versions
    }


def _lines(old: str, new: str, full: bool) -> Any:
    """(mark, line) of what differs, with two lines around it."""
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2):
        if not line.startswith(("---", "+++")):
            yield line[:1] if not line.startswith("@@") else "@", _safe(line[1:] if line[:1] in "+- " else "…", full)


def _safe(text: str, full: bool) -> str:
    """Without e-mail addresses, for whoever may not see those of others."""
    return text if full else EMAIL.sub(HIDDEN, text)
