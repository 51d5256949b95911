"""The questions that a reading and a reconciler ask about one repository, one function each.

Every function raises Unavailable or Rejected; a number in a comment is GitHub's own limit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.links import Rejected, Unavailable
from workflows.links import github_names as names
from workflows.links import github_parts as parts
from workflows.links.github_hands import Line, line
from workflows.links.github_wire import Wire
from workflows.reading import Branch, Check, Environment, Live, Opined, Pull, Staged

MOST_COMMITS = 250
MOST_PATHS = 300
WRITERS = frozenset({"write", "maintain", "admin"})
LOOK_BACK = 30
"""Deployments looked at for the last one that succeeded."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What lies between two commits: the newest last; `behind`: the base is no ancestor of the head."""

    lines: tuple[Line, ...]
    total: int
    behind: bool
    paths: tuple[str, ...]
    every_path: bool


def resolve(wire: Wire, repository: str, ref: str) -> tuple[str, Line]:
    """The commit a ref points to: a whole SHA, else a branch, else a tag, else the beginning of a SHA.

    Raises Rejected("unknown-ref") when it is none of these.
    """
    plain = ref.removeprefix("refs/")
    tries = [plain] if plain.startswith(("heads/", "tags/")) and plain != ref else [f"heads/{ref}", f"tags/{ref}"]
    if names.is_sha(ref):
        tries = [ref]
    elif names.is_short(ref):
        tries.append(ref)
    for name in tries:
        try:
            found = wire.get(repository, f"/commits/{names.ref(name)}", per_page=1)
        except Rejected as no:
            if no.status not in (404, 422):
                raise
            continue
        return names.sha(found["sha"]), line(found)
    wire.get(repository)  # tells a repository that is not there from a ref that is not
    raise Rejected("unknown-ref", 404)


def live(wire: Wire, repository: str, environment: str) -> Live | None:
    """What the environment runs; None: nothing ever succeeded there."""
    names.environment(environment)
    found = wire.get(repository, "/deployments", environment=environment, per_page=LOOK_BACK)
    for one in found:
        for status in statuses(wire, repository, one["id"]):
            if status["state"] == "inactive":
                continue
            if status["state"] == "success":
                return Live(one["sha"], parts.moment(status.get("created_at")), one.get("ref"))
            break
    if len(found) == LOOK_BACK:
        raise Rejected(f"none of the last {LOOK_BACK} deployments succeeded")
    return None


def statuses(wire: Wire, repository: str, deployment: int) -> Iterator[Mapping[str, Any]]:
    """The statuses of a deployment, newest first."""
    return wire.pages(repository, f"/deployments/{names.number(deployment)}/statuses", most=200)


def compare(wire: Wire, repository: str, base: str, head: str) -> Compared:
    """What the head has and the base has not, at most 250 commits, the newest of them."""
    path = f"/compare/{names.sha(base)}...{names.sha(head)}"
    first = wire.get(repository, path, per_page=100, page=1)
    total, commits, page = int(first["total_commits"]), list(first["commits"]), 1
    while len(commits) < min(total, MOST_COMMITS + 1):
        page += 1
        more = wire.get(repository, path, per_page=100, page=page)["commits"]
        if not more:
            raise Unavailable("pages-missing")
        commits += more
    files = first.get("files") or ()
    return Compared(
        tuple(line(one) for one in commits[-MOST_COMMITS:]),
        total,
        int(first["behind_by"]) > 0,
        parts.paths(files),
        len(files) < MOST_PATHS,
    )


def pulls_of(wire: Wire, repository: str, sha: str) -> list[Mapping[str, Any]]:
    """The pull requests a commit belongs to, as GitHub shows them."""
    return list(wire.pages(repository, f"/commits/{names.sha(sha)}/pulls", most=100))


def lines_of(wire: Wire, repository: str, number: int) -> tuple[Line, ...]:
    """The commits of a pull request, oldest first. Rejected when there may be more than GitHub tells (250)."""
    found = tuple(line(one) for one in wire.pages(repository, f"/pulls/{names.number(number)}/commits", most=300))
    if len(found) >= MOST_COMMITS:
        raise Rejected(f"pull request {number} has {MOST_COMMITS} commits or more")
    return found


def opinions(wire: Wire, repository: str, number: int) -> tuple[Opined, ...]:
    """The latest review of each person, whoever that is."""
    return parts.opinions(number, wire.pages(repository, f"/pulls/{names.number(number)}/reviews"))


def reviews(wire: Wire, repository: str, number: int) -> tuple[Opined, ...]:
    """The latest review of each person whose word counts there."""
    found = opinions(wire, repository, number)
    return tuple(one for one in found if not parts.weighs(one) or may_write(wire, repository, one.login))


def may_write(wire: Wire, repository: str, login: str) -> bool:
    """Whether an account may push to the repository; no for one that is gone."""
    try:
        found = wire.get(repository, f"/collaborators/{names.login(login)}/permission")
    except Rejected as no:
        if no.status != 404:
            raise
        return False
    return found["permission"] in WRITERS


def checks(wire: Wire, repository: str, sha: str) -> tuple[Check, ...]:
    """Check runs and legacy statuses, the latest of each name."""
    names.sha(sha)
    runs = list(wire.pages(repository, f"/commits/{sha}/check-runs", key="check_runs"))
    said = list(wire.pages(repository, f"/commits/{sha}/status", key="statuses"))
    return parts.checks(runs, said)


def staged(wire: Wire, repository: str, sha: str, environment: str) -> Staged | None:
    """The latest deployment of this commit there, and how it stands; None: there is none."""
    names.environment(environment)
    found = wire.get(repository, "/deployments", environment=environment, sha=names.sha(sha), per_page=1)
    if not found:
        return None
    last = wire.get(repository, f"/deployments/{names.number(found[0]['id'])}/statuses", per_page=100)
    # A later deployment there makes this one inactive: it is over, and how it ended is what it said before.
    said = next((one for one in last if one["state"] != "inactive"), None)
    if said is None:
        return Staged(environment, "pending", parts.moment(found[0].get("created_at")))
    return Staged(environment, said["state"], parts.moment(said.get("created_at")), said.get("environment_url") or None)


def default_branch(wire: Wire, repository: str) -> str:
    """The name of the branch that pull requests go to."""
    return str(wire.get(repository)["default_branch"])


def branch_rules(wire: Wire, repository: str, name: str) -> tuple[Branch, str | None]:
    """The rules in effect on a branch, and why they are not wholly known (None: they are).

    403 and 404 are no answer to whether it is protected; only GitHub's own "Branch not protected" is one.
    """
    where, why = names.ref(name), None
    asked: list[Mapping[str, Any]] | None = None
    classic: Mapping[str, Any] | None = None
    try:
        asked = list(wire.pages(repository, f"/rules/branches/{where}"))
    except (Rejected, Unavailable) as no:
        why = reason(no)
    try:
        classic = wire.get(repository, f"/branches/{where}/protection")
    except Rejected as no:
        if no.status == 404 and no.why == "Branch not protected":
            classic = {}
        else:
            why = why or reason(no)
    except Unavailable as no:
        why = why or reason(no)
    found = parts.branch(name, asked, classic)
    enough = found.protected and (found.approvals or 0) >= 1
    return found, None if enough else why


def environment(wire: Wire, repository: str, name: str, app_id: str) -> Environment:
    """The protection of an environment; 403 and 404 are Rejected, not "unprotected"."""
    path = f"/environments/{names.environment(name)}"
    found = wire.get(repository, path)
    rules = wire.get(repository, f"{path}/deployment_protection_rules")
    return parts.environment(name, found, rules.get("custom_deployment_protection_rules") or (), app_id)


def pull(found: Mapping[str, Any]) -> Pull:
    """A pull request as its list shows it."""
    return parts.pull(found)


def reason(no: Rejected | Unavailable) -> str:
    """Why a part is unknown, in a word: GitHub's status, or what kept us from asking."""
    if isinstance(no, Rejected) and no.status:
        return str(no.status)
    return no.why


def since_text(since: datetime) -> str:
    """A time as GitHub takes it."""
    return since.strftime("%Y-%m-%dT%H:%M:%SZ")
