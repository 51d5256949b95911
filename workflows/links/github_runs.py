"""Workflow runs that wait, verdicts on them, deployments and commits as a gate and a reconciler need them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.links import Rejected, Unavailable, github_asks
from workflows.links import github_names as names
from workflows.links.github_hands import is_bot, line
from workflows.links.github_parts import moment
from workflows.links.github_wire import Wire
from workflows.reading import Hand

LONGEST_COMMENT = 1024
MOST_DEPLOYMENTS = 2000  # of all environments
LONGEST_DESCRIPTION = 140
NOT_YET = "nothing-to-approve"
"""`why` of the Unavailable for a run that does not wait (yet, or any more): fetch the run again to tell which."""
STATES = frozenset({"success", "pending", "failure", "error"})


@dataclass(frozen=True, slots=True)
class Run:
    """A workflow run as fetched. `environments`: those that wait for protection rules to pass. Logins as GitHub's."""

    id: int
    sha: str
    status: str
    conclusion: str | None
    environments: tuple[str, ...]
    actor: str
    triggering_actor: str
    attempt: int
    branch: str | None = None
    event: str = ""
    path: str = ""
    started: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment with its last word. `state` as GitHub names it ("pending" when nothing was said); `bot`: by an App.

    `succeeded`: it was live at some time, though a later one may have made it "inactive". `began`: when it
    was first in progress; None: it never was, as a run that was refused.
    """

    id: int
    environment: str
    sha: str
    ref: str
    login: str | None
    bot: bool
    at: datetime
    state: str
    state_at: datetime | None
    succeeded: bool
    url: str | None = None
    began: datetime | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """A commit on a branch. `author` and `committer` are logins; `site`: GitHub's own merge button committed it."""

    sha: str
    parents: tuple[str, ...]
    author: str | None
    committer: str | None
    site: bool
    at: datetime
    title: str = ""
    hands: tuple[Hand, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What somebody said on a waiting run, past us too: `state` is approved, rejected or pending (a report)."""

    environments: tuple[str, ...]
    state: str
    login: str | None
    bot: bool
    comment: str = ""


def run(wire: Wire, repository: str, number: int) -> Run:
    """A run, with the environments it waits for. Raises Unavailable, Rejected (404: no such run)."""
    found = wire.get(repository, f"/actions/runs/{names.number(number)}")
    over = found.get("status") == "completed"
    return shown(found, () if over else pending(wire, repository, number))


def shown(found: Mapping[str, Any], environments: Iterable[str] = ()) -> Run:
    """A run as GitHub lists it. KeyError or Rejected for anything else."""
    actor = (found.get("actor") or {}).get("login") or ""
    return Run(
        id=names.number(found["id"]),
        sha=names.sha(found["head_sha"]),
        status=found.get("status") or "",
        conclusion=found.get("conclusion"),
        environments=tuple(environments),
        actor=actor,
        triggering_actor=(found.get("triggering_actor") or {}).get("login") or actor,
        attempt=int(found.get("run_attempt") or 1),
        branch=found.get("head_branch"),
        event=found.get("event") or "",
        path=found.get("path") or "",
        started=moment(found.get("run_started_at")) or moment(found.get("created_at")),
    )


def pending(wire: Wire, repository: str, number: int) -> tuple[str, ...]:
    """The environments a run waits for."""
    found = wire.get(repository, f"/actions/runs/{names.number(number)}/pending_deployments")
    return tuple(str(one["environment"]["name"]) for one in found)


def waiting(wire: Wire, repository: str) -> tuple[Run, ...]:
    """The runs that wait, newest first, at most 200."""
    found = wire.pages(repository, "/actions/runs", key="workflow_runs", most=200, status="waiting")
    return tuple(shown(one, pending(wire, repository, one["id"])) for one in found)


def approvals(wire: Wire, repository: str, number: int) -> tuple[Reviewed, ...]:
    """The review history of a run, as GitHub gives it."""
    found = wire.get(repository, f"/actions/runs/{names.number(number)}/approvals")
    return tuple(
        Reviewed(
            tuple(str(where["name"]) for where in one.get("environments") or ()),
            one["state"],
            (one.get("user") or {}).get("login"),
            is_bot(one.get("user")),
            one.get("comment") or "",
        )
        for one in found
    )


def answer(wire: Wire, repository: str, number: int, environment: str, state: str | None, comment: str) -> None:
    """Give our verdict, or with `state` None a report. Unavailable(NOT_YET) when the run does not wait for it."""
    names.environment(environment)
    body = {"environment_name": environment, "comment": comment[:LONGEST_COMMENT]}
    if state is not None:
        body["state"] = state
    try:
        wire.post(repository, f"/actions/runs/{names.number(number)}/deployment_protection_rule", body)
    except Rejected as no:
        if no.status == 422 and "to approve" in no.why.lower():
            raise Unavailable(NOT_YET, 2.0) from None
        raise


def commit_status(
    wire: Wire, repository: str, sha: str, *, context: str, state: str, description: str, target_url: str | None
) -> None:
    """Put a status on a commit; ValueError for a state that GitHub does not know."""
    if state not in STATES:
        raise ValueError(f"no commit status is called {state!r}")
    body = {"state": state, "context": context, "description": description[:LONGEST_DESCRIPTION]}
    if target_url:
        body["target_url"] = target_url
    wire.post(repository, f"/statuses/{names.sha(sha)}", body)


def deployments(wire: Wire, repository: str, environments: Collection[str], since: datetime) -> tuple[Deployed, ...]:
    """The deployments made there at or after `since`, oldest first. Rejected when 2 000 or more were made anywhere.

    Environments in any letters: GitHub's own filter knows one spelling, and "Production" is production too.
    """
    wanted = {name.casefold() for name in environments}
    found: list[tuple[datetime, Mapping[str, Any]]] = []
    for count, one in enumerate(wire.pages(repository, "/deployments", most=MOST_DEPLOYMENTS), 1):
        at = moment(one.get("created_at"))
        if at is None or at < since:
            break
        if count >= MOST_DEPLOYMENTS:  # some may be left out: this was no whole reading
            raise Rejected(f"{MOST_DEPLOYMENTS} deployments or more")
        if str(one["environment"]).casefold() in wanted:
            found.append((at, one))
    return tuple(
        _deployed(one, at, list(github_asks.statuses(wire, repository, one["id"]))) for at, one in reversed(found)
    )


def _deployed(one: Mapping[str, Any], at: datetime, statuses: list[Mapping[str, Any]]) -> Deployed:
    last = next((status for status in statuses if status["state"] != "inactive"), statuses[0] if statuses else {})
    moved = [moment(s.get("created_at")) for s in statuses if s["state"] in ("in_progress", "success")]
    creator = one.get("creator")
    return Deployed(
        id=names.number(one["id"]),
        environment=str(one["environment"]),
        sha=names.sha(one["sha"]),
        ref=str(one.get("ref") or ""),
        login=(creator or {}).get("login"),
        bot=is_bot(creator),
        at=at,
        state=last.get("state") or "pending",
        state_at=moment(last.get("created_at")),
        succeeded=any(status["state"] == "success" for status in statuses),
        url=last.get("log_url") or last.get("environment_url") or None,
        began=min((at for at in moved if at), default=None),
    )


def commits(wire: Wire, repository: str, branch: str, since: datetime | None, after: str | None) -> tuple[Landed, ...]:
    """The commits of a branch, oldest first: those that `after` has not (at most 250), or those dated from `since` on.

    A commit's date is whatever its author likes: only `after`, the last head that was looked at, misses none.
    """
    names.ref(branch)
    if after is not None:
        head, _ = github_asks.resolve(wire, repository, f"refs/heads/{branch}")
        if head == after:
            return ()
        path = f"/compare/{names.sha(after)}...{head}"
        first = wire.get(repository, path, per_page=100, page=1)
        found, page = list(first["commits"]), 1
        while len(found) < min(int(first["total_commits"]), github_asks.MOST_COMMITS):
            page += 1
            more = wire.get(repository, path, per_page=100, page=page)["commits"]
            if not more:
                raise Unavailable("pages-missing")
            found += more
        if int(first["total_commits"]) > len(found):
            raise Rejected(f"{first['total_commits']} commits")
        return tuple(_landed(one) for one in found)
    told = github_asks.since_text(since) if since else None
    listed = wire.pages(repository, "/commits", sha=f"heads/{branch}", since=told)
    return tuple(reversed([_landed(one) for one in listed]))


def _landed(one: Mapping[str, Any]) -> Landed:
    git, committer = one["commit"], one.get("committer") or {}
    at = moment((git.get("committer") or {}).get("date"))
    if at is None:
        raise Unavailable("no-date")
    site = committer.get("login") == "web-flow" or (git.get("committer") or {}).get("email") == "noreply@github.com"
    return Landed(
        sha=names.sha(one["sha"]),
        parents=tuple(parent["sha"] for parent in one.get("parents") or ()),
        author=(one.get("author") or {}).get("login"),
        committer=committer.get("login"),
        site=site,
        at=at,
        title=str(git.get("message") or "").partition("\n")[0][:200],
        hands=line(one).hands,
    )
