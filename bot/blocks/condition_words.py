"""What a deploy rests on besides voices, in words: each condition ok, running, not passed or unknown, and why."""

from collections.abc import Callable, Mapping, Sequence

from bot.blocks.commits import short
from bot.blocks.sentence import Moment, Sentence, join, say
from bot.blocks.text import one_line
from bot.blocks.values import moment
from workflows.conditions import Held, State
from workflows.reading import Part
from workflows.ruleset import Condition

Facts = Mapping[str, str]

NAMES: Mapping[Condition, str] = {
    Condition.CHECKS_PASS: "checks",
    Condition.REVIEWED: "review",
    Condition.STAGING_FIRST: "staging",
    Condition.PROTECTED: "branch rules",
    Condition.LINKED_ISSUE: "Jira issue",
    Condition.PLAN_ATTACHED: "plan output",
    Condition.ROLLBACK_PLAN: "rollback plan",
    Condition.STAGING_PROOF: "proof from staging",
}
_WRITTEN = frozenset(
    {Condition.LINKED_ISSUE, Condition.PLAN_ATTACHED, Condition.ROLLBACK_PLAN, Condition.STAGING_PROOF}
)
_PARTS: Mapping[str, str] = {
    Part.COMMITS: "the commits",
    Part.PULLS: "the pull requests",
    Part.REVIEWS: "the reviews",
    Part.CHECKS: "the checks",
    Part.STAGING: "the staging deployment",
    Part.BRANCH: "the branch rules",
    Part.ENVIRONMENT: "the environment",
    Part.PATHS: "the changed files",
}


def line(held: Sequence[Held]) -> Sentence:
    """`Checks 12 passed · review ok · staging ok 03:02 · branch rules unknown`; empty when nothing is asked for."""
    return join((_short(one, first=not index) for index, one in enumerate(held)), " · ")


def _short(held: Held, *, first: bool) -> Sentence:
    condition = held.requirement.condition
    name = NAMES[condition].capitalize() if first and condition is not Condition.LINKED_ISSUE else NAMES[condition]
    if held.state is State.YES and condition is Condition.CHECKS_PASS:
        return say(f"{name} {{count}} passed", count=held.facts.get("passed", "0"))
    at = moment(held.facts.get("at")) if condition is Condition.STAGING_FIRST and held.state is State.YES else None
    return say(f"{name} ok {{at}}", at=Moment(at, "when")) if at else say(f"{name} {word(held)}")


def written(held: Held) -> bool:
    """Whether it is about what somebody has to write, so that GitHub has nothing to say of it."""
    return held.requirement.condition in _WRITTEN


def word(held: Held) -> str:
    """`ok`, `running`, `not passed` or `unknown`; what somebody has to write is `missing`."""
    if held.state is State.NO and written(held):
        return "missing"
    return {State.YES: "ok", State.WAITING: "running", State.NO: "not passed", State.UNKNOWN: "unknown"}[held.state]


def missing(condition: str, state: str, facts: Facts) -> str:
    """What is missing, as a part of a sentence: `unit and lint did not pass`."""
    unread = facts.get("unread", "")
    if unread == "unlinked":
        return f"GitHub is not linked here, so nobody can tell {_TOPICS.get(condition, 'whether it holds')}"
    if unread == "github":
        return "GitHub has not been read yet"
    if unread:
        why = " (not allowed to read them)" if facts.get("why", "") in ("403", "404") else ""
        return f"GitHub did not tell {_PARTS.get(unread, 'what is needed')}{why}"
    return _MISSING.get(condition, _other)(state, facts)


_TOPICS: Mapping[str, str] = {
    Condition.CHECKS_PASS: "whether the checks pass",
    Condition.REVIEWED: "who reviewed it",
    Condition.STAGING_FIRST: "what ran on staging",
    Condition.PROTECTED: "which branch rules hold",
}


def _named(facts: Facts, name: str, most: int = 4) -> list[str]:
    """Names that others chose, each in one line; beyond `most` counted."""
    found = [one_line(one, 40) for one in facts.get(name, "").split(", ") if one.strip()]
    return found if len(found) <= most else [*found[: most - 1], f"{len(found) - most + 1} more"]


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _checks(state: str, facts: Facts) -> str:
    if failed := _named(facts, "failed"):
        return f"{_and(failed)} did not pass"
    if running := _named(facts, "running"):
        return f"{_and(running)} {'are' if len(running) > 1 else 'is'} still running"
    if absent := _named(facts, "absent"):
        return f"{_and(absent)} {'have' if len(absent) > 1 else 'has'} not reported"
    return "no check has run on this commit"


def _review(state: str, facts: Facts) -> str:
    number = f"#{one_line(facts.get('pull', ''), 12)}"
    if facts.get("commit"):
        return f"{short(facts['commit'])} came without a pull request"
    if state == State.UNKNOWN:
        return f"the last commit of {number} is not known"
    if against := _named(facts, "against"):
        return f"{_and(against)} asked for changes on {number}"
    if facts.get("old"):
        return f"{number} was approved on {short(facts['old'])}, not on its last commit"
    return f"nobody else approved the last commit of {number}"


def _staging(state: str, facts: Facts) -> str:
    where, stage = one_line(facts.get("environment", "staging"), 40), one_line(facts.get("stage", ""), 40)
    if not stage:
        return f"this commit has not been deployed to {where}"
    if state == State.WAITING:
        return f"the deployment to {where} is still under way"
    return f"the deployment to {where} did not work ({stage.replace('_', ' ')})"


def _branch(state: str, facts: Facts) -> str:
    name = one_line(facts.get("branch", ""), 60) or "the default branch"
    return f"{name} can be changed without a review"


def _other(state: str, facts: Facts) -> str:
    return "something it rests on is not there"


_MISSING: Mapping[str, Callable[[str, Facts], str]] = {
    Condition.CHECKS_PASS: _checks,
    Condition.REVIEWED: _review,
    Condition.STAGING_FIRST: _staging,
    Condition.PROTECTED: _branch,
    Condition.LINKED_ISSUE: lambda state, facts: (
        f"Jira shows me no {one_line(facts['unseen'], 40)}" if facts.get("unseen") else "no Jira issue is named"
    ),
    Condition.PLAN_ATTACHED: lambda state, facts: "no plan output is attached",
    Condition.ROLLBACK_PLAN: lambda state, facts: "no rollback plan is written",
    Condition.STAGING_PROOF: lambda state, facts: "nothing says that it worked on staging",
}


def because(held: Held) -> str:
    """What a condition that holds rests on: `, 12 passed`, `, approved by lead-login`."""
    facts, condition = held.facts, held.requirement.condition
    if condition is Condition.CHECKS_PASS:
        return f", {one_line(facts.get('passed', '0'), 8)} passed"
    if condition is Condition.REVIEWED and facts.get("by"):
        return f", approved by {_and(_named(facts, 'by'))}"
    if condition is Condition.STAGING_FIRST:
        return f", this commit on {one_line(facts.get('environment', 'staging'), 40)}"
    if condition is Condition.PROTECTED:
        return f", {one_line(facts.get('branch', ''), 60)} asks for {one_line(facts.get('approvals', ''), 8)} review"
    if condition is Condition.LINKED_ISSUE:
        return f", {one_line(facts.get('jira', ''), 40)}"
    if condition is Condition.PLAN_ATTACHED and facts.get("sha256"):
        return f", SHA-256 {one_line(facts['sha256'], 64)[:12]}…"
    return ""


def first_missing(held: Sequence[Held]) -> str:
    """The first of the unmet conditions in words; empty when all hold."""
    one = held[0] if held else None
    return missing(str(one.requirement.condition), one.state, one.facts) if one else ""
