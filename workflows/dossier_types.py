"""What the record says of access, patches and plans besides: ends, clocks, exceptions, numbers. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from workflows import access, patches
from workflows.case import Case
from workflows.change import Field, Type
from workflows.moments import moment_text


def of(case: Case, name: Callable[[str], str | None]) -> dict[str, dict[str, Any]]:
    """`patch`, `access` and `infrastructure`, each empty for what is none. `name`: a person as the record names it."""
    return {"patch": _patch(case, name), "access": _access(case, name), "infrastructure": _plan(case)}


def _patch(case: Case, name: Callable[[str], str | None]) -> dict[str, Any]:
    """`on_time` is None until it is there."""
    if case.type is not Type.PATCH:
        return {}
    done, off = patches.patched_at(case), case.put_off
    return {
        "advisory": case.text(Field.ADVISORY),
        "cvss": case.cvss,
        "score": case.cvss_score,
        "severity": patches.band(patches.score_of(case)).value,
        "known_since": case.known_since,
        "due": _time(case.patch_due),
        "patched_at": _time(done),
        "on_time": done <= case.patch_due if done and case.patch_due else None,
        "exception": {
            "owner": name(off.owner),
            "until": off.until,
            "control": case.body(off.control),
            "by": name(off.by),
        }
        if off
        else {},
    }


def _access(case: Case, name: Callable[[str], str | None]) -> dict[str, Any]:
    if case.type is not Type.ACCESS:
        return {}
    return {
        "what": case.text(Field.ACCESS),
        "holder": name(case.implementer),
        "until": _time(case.access_until),
        "ended_at": _time(case.access_ended_at),
    }


def _plan(case: Case) -> dict[str, Any]:
    if case.type is not Type.INFRASTRUCTURE:
        return {}
    return {"plan_sha256": case.plan_sha256, "plan": case.plan_summary}


def exceptions(case: Case, now: datetime | None) -> list[str]:
    """What an auditor will ask about, as codes; `now` judges what is still open."""
    done, due = patches.patched_at(case), case.patch_due
    ends, ended = access.ends(case), case.access_ended_at
    over = case.type is Type.ACCESS and ended is not None and case.access_until is not None
    found = {
        "patch-put-off": case.put_off is not None and due is not None,
        "patch-overdue": due is not None and patches.owed(case) and now is not None and now > due,
        "patch-late": done is not None and due is not None and done > due,
        "access-open-past-its-end": ends is not None and now is not None and now > ends,
        "access-ended-late": over and ended is not None and case.access_until is not None and ended > case.access_until,
    }
    return [word for word, so in found.items() if so]


def _time(at: datetime | None) -> str | None:
    return moment_text(at) if at else None
