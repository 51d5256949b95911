"""What GitHub shows of one repository since the last look: deployments and commits as sightings. Network only.

A repository's deployments to production and the commits of its default branch are two sources. Every function raises
what the link raises; then nothing was read, and the stretch stays open.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workflows.change import Found, Outcome, Relation
from workflows.links import Rejected, Unavailable
from workflows.reading import Opined
from workflows.reckoning import Seen, Sort
from workflows.sightings import GITHUB

if TYPE_CHECKING:
    from workflows.links.github import GitHub
    from workflows.links.github_runs import Deployed, Landed

OVERLAP = timedelta(minutes=10)
LOOK_BACK = timedelta(days=2)  # at the first look, for what waits already
LONGEST_WAIT = timedelta(days=30)  # GitHub docs: a waiting job fails after 30 days
# GitHub needs a moment to know which pull request brought a commit; before that none is no answer.
SETTLED = timedelta(minutes=1)
MOST_COMMITS = 100
MOST_STRANGERS = 20
_RUN = re.compile(r"/actions/runs/(\d{1,18})(?:/|$)")
_APPROVED = "approved"
_ENDED = {"failure": Outcome.FAILED, "error": Outcome.FAILED, "in_progress": Outcome.STARTED}
_WAITS = ("queued", "pending", "waiting", "in_progress")


@dataclass(frozen=True, slots=True)
class Deployments:
    """What was seen, oldest first; `waiting_since`: when the oldest was made that has not ended."""

    seen: tuple[Seen, ...]
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class Commits:
    """What was seen, oldest first; `head`: the last of `branch` that was looked at; `whole`: there is no more."""

    seen: tuple[Seen, ...]
    branch: str
    head: str
    whole: bool


Verdicts = Callable[[int, str], str | None]
"""(run, environment) → what became of it with us, as `workflows.runs.State`; None: we never knew it."""


def deployments(
    link: "GitHub",
    repository: str,
    environments: Collection[str],
    *,
    since: datetime,
    known: Collection[str],
    verdicts: Verdicts,
) -> Deployments:
    """The deployments made from `since` on that have begun. `known`: those that ended, by their external ids."""
    found = link.deployments(repository, environments, since)
    begun = [one for one in found if one.began is not None and external(one.id) not in known]
    seen = tuple(_deployment(link, repository, one, verdicts) for one in sorted(begun, key=lambda one: one.at))
    waiting = [one.at for one in found if one.state in _WAITS and not one.succeeded]
    return Deployments(seen, min(waiting, default=None))


def external(deployment: int) -> str:
    """GitHub's own id of a deployment, as the record has it."""
    return f"deployment:{deployment}"


def _deployment(link: "GitHub", repository: str, one: "Deployed", verdicts: Verdicts) -> Seen:
    run = _RUN.search(one.url or "")
    around, who, runner = _run(link, repository, int(run[1]), one, verdicts) if run else (None, "", "")
    outcome = Outcome.OK if one.succeeded and one.state not in _ENDED else _ENDED.get(one.state, Outcome.OK)
    return Seen(
        source=GITHUB,
        external=external(one.id),
        sort=Sort.DEPLOYMENT,
        repository=repository,
        sha=one.sha,
        at=one.began or one.at,
        environment=one.environment,
        outcome=outcome,
        login=who or runner or one.login or "",
        pipeline=one.bot,
        around=around,
        hands=((Relation.RUNNER, runner),) if runner and runner != who else (),
    )


def _run(
    link: "GitHub", repository: str, number: int, one: "Deployed", verdicts: Verdicts
) -> tuple[Found | None, str, str]:
    """How the run passed us by, if it did; who let it; who started it. An address of GitHub's is only a hint."""
    try:
        run = link.run(repository, number)
    except Rejected:
        return None, "", ""
    if run.sha != one.sha:
        return None, "", ""
    ours = verdicts(number, one.environment)
    if ours in (None, _APPROVED):
        return None, "", run.triggering_actor
    said = [a for a in link.approvals(repository, number) if a.state == _APPROVED and one.environment in a.environments]
    if any(a.bot for a in said):
        return None, "", run.triggering_actor
    by = next((a.login for a in said if a.login), "")
    return (Found.BYPASSED if by else Found.APPROVED_ELSEWHERE), by, run.triggering_actor


def commits(link: "GitHub", repository: str, *, after: str, since: datetime, now: datetime) -> Commits:
    """The commits that the default branch has and `after` has not, at most a hundred, up to one that is not settled.

    Where GitHub does not know `after` any more: those dated from `since` on, the last time that all was read.
    """
    branch = link.default_branch(repository)
    landed = list(_landed(link, repository, branch, after, since))
    reviews: dict[int, tuple[Opined, ...]] = {}
    seen: list[Seen] = []
    for one in landed[:MOST_COMMITS]:
        found = _commit(link, repository, branch, one, reviews, since=since, now=now)
        if found is None:
            break
        seen.append(found)
    return Commits(tuple(seen), branch, seen[-1].sha if seen else after, len(seen) == len(landed))


def _landed(link: "GitHub", repository: str, branch: str, after: str, since: datetime) -> "Iterable[Landed]":
    try:
        return link.commits(repository, branch, after=after)
    except Rejected:
        return link.commits(repository, branch, since)


def head(link: "GitHub", repository: str) -> Commits:
    """Where the default branch is now: what is before it was there before our first look."""
    branch = link.default_branch(repository)
    return Commits((), branch, link.resolve(repository, f"refs/heads/{branch}"), whole=True)


def _commit(
    link: "GitHub",
    repository: str,
    branch: str,
    one: "Landed",
    reviews: dict[int, tuple[Opined, ...]],
    *,
    since: datetime,
    now: datetime,
) -> Seen | None:
    """A commit with what brought it; None: it is too young for GitHub to know that nothing did."""
    pulls = link.pulls_of(repository, one.sha)
    merged = [pull for pull in pulls if pull.merged]
    if not merged and timedelta() <= now - one.at < SETTLED:
        return None
    for pull in merged:
        if pull.number not in reviews:
            reviews[pull.number] = link.reviews(repository, pull.number)
    committer = "" if one.site else one.committer or ""
    helped = [(hand.relation, hand.login or "") for hand in one.hands if hand.relation is Relation.CO_AUTHOR]
    hands = ((Relation.AUTHOR, one.author or ""), (Relation.COMMITTER, committer), *helped)
    return Seen(
        source=GITHUB,
        external=f"commit:{repository.lower()}@{one.sha}",
        sort=Sort.COMMIT,
        repository=repository,
        sha=one.sha,
        at=one.at if since <= one.at <= now else now,  # a commit is dated as its author likes
        branch=branch,
        login=committer or one.author or "",
        pulls=pulls,
        reviews=tuple(opinion for pull in merged for opinion in reviews[pull.number]),
        hands=tuple((how, login) for how, login in hands if login),
    )


def logins(seen: Iterable[Seen]) -> frozenset[str]:
    """Everybody whom these name, in small letters."""
    named = (login for one in seen for login in (one.login, *(who for _, who in one.hands)))
    return frozenset(login.lower() for login in named if login)


def addressed(link: "GitHub", seen: Iterable[Seen], strangers: Collection[str]) -> tuple[Seen, ...]:
    """The same, with the verified addresses of those strangers who show one: they may be colleagues of ours."""
    emails: dict[str, str] = {}
    for login in sorted(strangers)[:MOST_STRANGERS]:
        try:
            email = link.email_of(login)
        except (Rejected, Unavailable):
            continue
        emails |= {login: email} if email else {}
    return tuple(replace(one, emails=tuple(emails.items())) for one in seen)


def since(read_until: datetime | None, waiting: Mapping[str, str] | None, now: datetime) -> datetime:
    """From when on deployments are to be read: with an overlap, and from the oldest that had not ended."""
    begin = read_until - OVERLAP if read_until else now - LOOK_BACK
    told = (waiting or {}).get("since")
    oldest = datetime.fromisoformat(told) if told else begin
    return max(min(begin, oldest), now - LONGEST_WAIT)
