"""What the gate says, in words for pipelines, commit statuses and logs: plain text, times in UTC. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime

from workflows.change import Basis
from workflows.gate import Answer, Says, Why

DESCRIPTION = 140  # characters of a commit status (GitHub docs: "Create a commit status")
COMMENT = 1024  # characters of a report or verdict (GitHub docs: "Review custom deployment protection rules")
PLACE = 60  # characters of what somebody else named

_YES: Mapping[Basis, str] = {
    Basis.APPROVED: "Yes: approved as {key}, until {until}.",
    Basis.EMERGENCY: "Yes: emergency {key} is open until {until}. Not an approval; the commit is written on it.",
    Basis.ROLLBACK: "Yes: {key} goes back to a commit that was live before. Not an approval.",
}
_NOT: Mapping[Why, str] = {
    Why.NOT_ASKED: "No: nobody has asked for {sha} in {environment}. Ask in Slack: /deploy-request.",
    Why.UNDECIDED: "Not yet: {key} waits for approval in Slack.",
    Why.CHANGED: "Not yet: something that {key} was approved for has changed; it waits for a new approval.",
    Why.FROZEN: "Not yet: {key} is approved, but {environment} is frozen {until}: {reason}.",
    Why.REJECTED: "No: {key} was rejected.",
    Why.EXPIRED: "No: the approval of {key} has expired. Ask again in Slack: one click on its card.",
    Why.SUPERSEDED: "No: a newer request took the place of {key}.",
    Why.WITHDRAWN: "No: {key} was withdrawn.",
    Why.OTHER_COMMIT: "No: {key} is for {asked} by now, not for {sha}. Run the pipeline on that commit.",
    Why.NO_RULE: "No: no rule of the policy is about {environment} of this repository, so nobody may approve it.",
    Why.DONE: "No: {key} is deployed already. Ask in Slack for another deployment.",
    Why.UNREAD: "Unknown: the record kept changing while it was read. Ask again in a moment.",
    Why.HISTORY: "Unknown: the record is not the one that its anchors saw. It needs an operator.",
}
_UNDECIDED = "Not yet: {key} waits for approval, and {environment} is frozen {until}: {reason}."
UNKNOWN = "Unknown: the record could not be read. That is no yes; ask again in a moment."


def sentence(answer: Answer, *, sha: str, environment: str) -> str:
    """The answer in one sentence, its basis or reason named."""
    facts = {
        "key": answer.key or "the request",
        "sha": sha[:7],
        "environment": environment[:PLACE],
        "until": _until(answer),
        "asked": answer.facts.get("asked", "")[:7] or "another commit",
        "reason": answer.facts.get("reason", "")[:PLACE] or "no reason given",
    }
    if answer.says is Says.YES and answer.basis is not None:
        return _YES[answer.basis].format_map(facts)
    if answer.why is Why.FROZEN and "undecided" in answer.facts:
        return _UNDECIDED.format_map(facts)
    return _NOT[answer.why or Why.UNREAD].format_map(facts)


def description(answer: Answer, *, sha: str, environment: str) -> str:
    """The same, short enough for a commit status."""
    return sentence(answer, sha=sha, environment=environment)[:DESCRIPTION]


def _until(answer: Answer) -> str:
    if answer.until is None:
        return "without an end" if answer.why is Why.FROZEN else "further notice"
    told = moment(answer.until)
    return f"until {told}" if answer.why is Why.FROZEN else told


def moment(at: datetime) -> str:
    """A time for readers of logs, in UTC to the minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
