"""The seven things that an auditor samples of a change, answered from its export record alone. Pure.

Source: CONTROLS, "What an auditor samples". The register, a pack and an auditor's own script all ask here, so that they
say the same; nothing of the database is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Record = Mapping[str, Any]


class Attribute(StrEnum):
    """In the order of the matrix."""

    REVIEWED = "reviewed-pull-request"
    PROTECTED = "branch-protected"
    TESTS = "tests-passed"
    STAGING = "staging-first"
    DOCUMENTED = "documented"
    SIGNED_OFF = "signed-off"
    RETROACTIVE = "retroactive-review"


TITLES: Mapping[Attribute, str] = {
    Attribute.REVIEWED: "Pull request reviewed by another person",
    Attribute.PROTECTED: "Branch protection on",
    Attribute.TESTS: "Tests passed in CI",
    Attribute.STAGING: "Staging before production",
    Attribute.DOCUMENTED: "Description and justification",
    Attribute.SIGNED_OFF: "Signed off before production",
    Attribute.RETROACTIVE: "Retroactive review",
}


class Result(StrEnum):
    """`na`: not applicable, and `because` says why."""

    YES = "yes"
    EXCEPTION = "exception"
    NA = "na"


@dataclass(frozen=True, slots=True)
class Answer:
    """`because` is a plain sentence without free text of people; `at` an RFC 3339 time where one matters."""

    attribute: Attribute
    result: Result
    because: str
    at: str | None = None


def answers(record: Record) -> tuple[Answer, ...]:
    """One answer for each attribute, in their order."""
    return (
        *(_of_commit(record, one) for one in (Attribute.REVIEWED, Attribute.PROTECTED, Attribute.TESTS)),
        _of_commit(record, Attribute.STAGING),
        _documented(record),
        _signed_off(record),
        _reviewed_afterwards(record),
    )


_CONDITIONS = {
    Attribute.REVIEWED: "reviewed-pull-request",
    Attribute.PROTECTED: "branch-protected",
    Attribute.TESTS: "checks-pass",
    Attribute.STAGING: "staging-first",
}


def _of_commit(record: Record, which: Attribute) -> Answer:
    deploy = record.get("deploy") or {}
    if record["kind"] == "emergency":
        return Answer(which, Result.NA, "an emergency: decided without it, and reviewed afterwards")
    if record["kind"] == "finding":
        return Answer(which, Result.EXCEPTION, "it went around the gate; see the finding", record["declared_at"])
    if deploy.get("rollback_of"):
        return Answer(which, Result.NA, f"a way back to what {deploy['rollback_of']} had brought live")
    if record.get("type") == "access":
        return Answer(which, Result.NA, "access: no commit is deployed")
    if not _live(record):
        return Answer(which, Result.NA, "nothing was deployed")
    held = (deploy.get("sampled") or {}).get(_CONDITIONS[which]) or {}
    if held.get("state") == "yes":
        return Answer(which, Result.YES, _facts(held), deploy.get("read_at"))
    why = "not known when it was decided" if held.get("state") in ("unknown", None) else "not so when it was decided"
    asked = "" if held.get("asked") else "; the policy did not ask for it"
    return Answer(which, Result.EXCEPTION, why + asked, deploy.get("read_at"))


def _facts(held: Mapping[str, Any]) -> str:
    facts = held.get("facts") or {}
    said = {
        "by": "approved by {}",
        "passed": "{} passed",
        "environment": "worked in {}",
        "approvals": "approving reviews asked for: {}",
    }
    return "; ".join(words.format(facts[name]) for name, words in said.items() if facts.get(name)) or "so"


def _documented(record: Record) -> Answer:
    wanted = ("justification", "plan", "systems", "environment", "risk", "tests", "rollback")
    if record["kind"] == "finding":
        done = bool((record.get("review") or {}).get("root_cause"))
        because = "explained in its review" if done else "not explained yet"
        return Answer(Attribute.DOCUMENTED, Result.YES if done else Result.EXCEPTION, because)
    commit = (record.get("deploy") or {}).get("sha")  # of a deploy, what is done is the commit itself
    missing = [name for name in wanted if not record.get(name) and not (name == "plan" and commit)]
    missing = [f"{', '.join(missing)} (a text was erased)"] if missing and _erased(record) else missing
    if "placeholder-text" in record["exceptions"]:
        return Answer(Attribute.DOCUMENTED, Result.EXCEPTION, "a field holds placeholder text")
    if missing and _live(record):
        return Answer(Attribute.DOCUMENTED, Result.EXCEPTION, f"empty: {', '.join(missing)}")
    if missing:
        return Answer(Attribute.DOCUMENTED, Result.NA, f"nothing was deployed; empty: {', '.join(missing)}")
    because = "all seven fields are written" if record.get("plan") else "all fields are written; its plan is the commit"
    return Answer(Attribute.DOCUMENTED, Result.YES, because)


def _erased(record: Record) -> bool:
    return any(one["kind"] == "erased" for one in record.get("events") or ())


def _signed_off(record: Record) -> Answer:
    which, live = Attribute.SIGNED_OFF, _live(record)
    if record["kind"] == "finding":
        return Answer(which, Result.EXCEPTION, "it went live without an approved request", record["declared_at"])
    if not live:
        return Answer(which, Result.NA, "nothing was deployed")
    if (record.get("deploy") or {}).get("rollback_of"):
        return Answer(which, Result.NA, "a way back needs no approval by the policy; approvers were told")
    if record["approved_before_deploy"]:
        people = ", ".join(str(one["person"]) for one in record["approvals"])
        return Answer(which, Result.YES, f"approved by {people}", record["decided_at"])
    if record["decision"] == "approved":
        return Answer(which, Result.EXCEPTION, "approved after it was live", record["decided_at"])
    said = {"ratified": "looked at and agreed to afterwards", "objected": "objected to afterwards"}
    return Answer(which, Result.EXCEPTION, said.get(record["decision"], "nobody approved it"), record["decided_at"])


def _reviewed_afterwards(record: Record) -> Answer:
    which, review = Attribute.RETROACTIVE, record.get("review") or {}
    if record["kind"] == "deploy":
        return Answer(which, Result.NA, "a deploy by request: decided before, no review is owed")
    if not review:
        return Answer(which, Result.NA, "nothing was decided for or deployed: no review is owed")
    if record["reviewed_at"] is None:
        late = record["on_time"] is False
        because = "open, and past its due time" if late else "open, due"
        result = Result.EXCEPTION if late else Result.NA
        return Answer(which, result, because, (record["deadlines"] or {}).get("due"))
    hours = f"{record['hours_to_review']:g} h after the clock began, by {record['reviewer']}"
    if record["on_time"]:
        return Answer(which, Result.YES, hours, record["reviewed_at"])
    return Answer(which, Result.EXCEPTION, f"late: {hours}", record["reviewed_at"])


def _live(record: Record) -> bool:
    return bool(record["deployments"])
