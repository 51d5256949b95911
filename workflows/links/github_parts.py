"""GitHub's answers → the parts of a reading. Pure; what GitHub did not say is not guessed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from workflows.links.github_hands import is_bot
from workflows.reading import Branch, Check, CheckState, Environment, Opined, Opinion, Pull

_PASSED = frozenset({"success", "neutral", "skipped"})
_STATUS = {"success": CheckState.PASSED, "pending": CheckState.RUNNING}
_OPINIONS = {
    "APPROVED": Opinion.APPROVED,
    "CHANGES_REQUESTED": Opinion.CHANGES,
    "COMMENTED": Opinion.COMMENTED,
    "DISMISSED": Opinion.DISMISSED,
}
_WORST_LAST = (CheckState.PASSED, CheckState.RUNNING, CheckState.FAILED)


def moment(text: Any) -> datetime | None:
    """An aware time; None for what is none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def checks(runs: Iterable[Mapping[str, Any]], statuses: Iterable[Mapping[str, Any]]) -> tuple[Check, ...]:
    """The latest of each name. Of several under one name, from several apps or sources, the worst stands last."""
    latest: dict[tuple[str, Any], Mapping[str, Any]] = {}
    for run in runs:
        key = (run["name"], (run.get("app") or {}).get("id"))
        if key not in latest or run["id"] > latest[key]["id"]:
            latest[key] = run
    found = [Check(run["name"], _run_state(run), "check", _run_at(run)) for run in latest.values()]
    by_context = {status["context"]: status for status in statuses}
    for name, status in by_context.items():
        state = _STATUS.get(status["state"], CheckState.FAILED)
        found.append(Check(name, state, "status", moment(status.get("updated_at"))))
    return tuple(sorted(found, key=lambda one: (one.name, _WORST_LAST.index(one.state))))


def _run_state(run: Mapping[str, Any]) -> CheckState:
    if run.get("status") != "completed":
        return CheckState.RUNNING
    return CheckState.PASSED if run.get("conclusion") in _PASSED else CheckState.FAILED


def _run_at(run: Mapping[str, Any]) -> datetime | None:
    return moment(run.get("completed_at")) or moment(run.get("started_at"))


def pull(found: Mapping[str, Any]) -> Pull:
    """A pull request as GitHub's lists show it."""
    login = (found.get("user") or {}).get("login")
    title = (found.get("title") or "")[:200]
    merged = found.get("merged_at") is not None
    return Pull(found["number"], title, login, found["head"]["sha"], merged, found["base"]["ref"])


def opinions(number: int, reviews: Iterable[Mapping[str, Any]]) -> tuple[Opined, ...]:
    """The latest review of each person; a later comment takes no approval back, as on GitHub.

    A machine's approval is nobody's: whoever writes a workflow could have it approve their own pull request.
    """
    latest: dict[str, Opined] = {}
    for one in reviews:
        opinion = _OPINIONS.get(one.get("state") or "")
        login = (one.get("user") or {}).get("login")
        if opinion is None or not login or (opinion is Opinion.APPROVED and is_bot(one.get("user"))):
            continue
        before = latest.get(login)
        if opinion is Opinion.COMMENTED and before is not None and before.opinion is not Opinion.COMMENTED:
            continue
        latest[login] = Opined(number, login, opinion, one.get("commit_id") or "", moment(one.get("submitted_at")))
    return tuple(latest.values())


def weighs(one: Opined) -> bool:
    """Whether it counts only from somebody who may write: on a public repository anybody may review."""
    return one.opinion in (Opinion.APPROVED, Opinion.CHANGES) and not is_bot({"login": one.login})


def branch(name: str, rules: Sequence[Mapping[str, Any]] | None, classic: Mapping[str, Any] | None) -> Branch:
    """What rulesets and classic protection ask together. None for either: it could not be read; {}: there is none.

    One of them may be enough to know that the branch is protected; both must be known to know that it is not.
    """
    asked: list[int] = []
    names: list[str] = []
    for rule in rules or ():
        given = rule.get("parameters") or {}
        if rule.get("type") == "pull_request":
            asked.append(int(given.get("required_approving_review_count") or 0))
        elif rule.get("type") == "required_status_checks":
            names += [one["context"] for one in given.get("required_status_checks") or ()]
    reviews = (classic or {}).get("required_pull_request_reviews")
    if reviews is not None:
        asked.append(int(reviews.get("required_approving_review_count") or 0))
    required = (classic or {}).get("required_status_checks") or {}
    names += required.get("contexts") or [one["context"] for one in required.get("checks") or ()]
    admins = ((classic or {}).get("enforce_admins") or {}).get("enabled")
    there = bool(asked or names or classic)
    known = there or (rules is not None and classic is not None)
    approvals = max(asked) if asked else 0 if rules is not None and classic is not None else None
    return Branch(name, there if known else None, approvals, tuple(sorted(set(names))), admins if classic else None)


def environment(name: str, found: Mapping[str, Any], rules: Iterable[Mapping[str, Any]], app_id: str) -> Environment:
    """Whether our rule stands on it and whether admins may go past it; what GitHub leaves out stays unknown."""
    ours = any(
        rule.get("enabled")
        and app_id in (str((rule.get("app") or {}).get("id")), (rule.get("app") or {}).get("client_id"))
        for rule in rules
    )
    bypass = found.get("can_admins_bypass")
    return Environment(name, ours, bypass if isinstance(bypass, bool) else None)


def paths(files: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every path that changed, the old one of a renamed file too."""
    found = [name for one in files for name in (one.get("filename"), one.get("previous_filename")) if name]
    return tuple(dict.fromkeys(found))


def chosen(found: Sequence[Mapping[str, Any]], default: str) -> Mapping[str, Any] | None:
    """The pull request that brought a commit: one merged into the default branch, else one merged, else one open."""
    merged = [one for one in found if one.get("merged_at")]
    home = [one for one in merged if one["base"]["ref"] == default]
    opened = [one for one in found if one.get("state") == "open"]
    return next(iter([*home, *merged, *opened]), None)
