"""What GitHub said of one commit for one environment: frozen values, standard library only.

`workflows.links.github` makes a `Reading`; a case keeps the last one that told something new, with titles as digests
and e-mail addresses left out. What could not be read is named in `unknown`, and unknown means no.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from workflows.change import Relation


class Part(StrEnum):
    """The parts of a reading that GitHub answers for, each by itself."""

    COMMITS = "commits"
    PULLS = "pulls"
    REVIEWS = "reviews"
    CHECKS = "checks"
    STAGING = "staging"
    BRANCH = "branch"
    ENVIRONMENT = "environment"
    PATHS = "paths"


class CheckState(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    RUNNING = "running"


class Opinion(StrEnum):
    """A reviewer's last word on one commit of a pull request."""

    APPROVED = "approved"
    CHANGES = "changes-requested"
    COMMENTED = "commented"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Check:
    """A check run or a legacy commit status (`source`: "check" or "status"); the latest of its name."""

    name: str
    state: CheckState
    source: str = "check"
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """`title`: the first line of its message as read; in a case the digest. `pull`: which brought it; 0: none did."""

    sha: str
    title: str = ""
    login: str | None = None
    pull: int | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request that brought commits here. `head`: the SHA it ended on; `title` as for a commit."""

    number: int
    title: str = ""
    login: str | None = None
    head: str = ""
    merged: bool = False
    base: str = ""


@dataclass(frozen=True, slots=True)
class Opined:
    """The latest review of one person on one pull request, and the commit it was given on."""

    pull: int
    login: str
    opinion: Opinion
    sha: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """The latest deployment of the same SHA to an environment that is not production. `state` as GitHub names it."""

    environment: str
    state: str
    at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """The rules in effect on the default branch; None: GitHub would not say. `approvals`: reviews it asks for."""

    name: str
    protected: bool | None = None
    approvals: int | None = None
    checks: tuple[str, ...] = ()
    admins_too: bool | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """`gated`: our protection rule stands on it; `admins_bypass`: admins may go past it. None: unknown."""

    name: str
    gated: bool | None = None
    admins_bypass: bool | None = None


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who had a hand in what would be deployed. At least one of login and e-mail is known as read.

    `email` only in a reading that was just made; in a case None. `person`: who that is, in a case. `account`: GitHub's
    number of the account, which stays when its login does not; None: GitHub gave none, or it was read before this was.
    """

    relation: Relation
    sha: str
    login: str | None = None
    email: str | None = None
    name: str = ""
    person: str | None = None
    account: int | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """What the environment runs: the last deployment there that succeeded."""

    sha: str
    at: datetime | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that was read at once. `head`: what the ref points to at that moment (the SHA itself for a bare SHA).

    `commits` (≤ 250, newest last), `pulls` and `hands` are those since `live`; without a live deployment those of the
    commit itself. `total`: how many commits in all; `behind`: the live SHA is no ancestor (it goes back or sideways).
    `unknown`: part → why it could not be read ("403", "timeout").
    """

    repository: str
    environment: str
    ref: str
    sha: str
    head: str
    live: Live | None = None
    commits: tuple[Commit, ...] = ()
    total: int = 0
    behind: bool = False
    pulls: tuple[Pull, ...] = ()
    reviews: tuple[Opined, ...] = ()
    checks: tuple[Check, ...] = ()
    staging: tuple[Staged, ...] = ()
    branch: Branch | None = None
    target: Environment | None = None
    paths: tuple[str, ...] = ()
    hands: tuple[Hand, ...] = ()
    unknown: Mapping[Part, str] = field(default_factory=dict)


def tamed(reading: Reading) -> Reading:
    """The reading with names that others chose (paths, checks, branches) made harmless: no mention, no link in them."""

    def plain(name: str) -> str:
        return name.replace("<", "‹").replace(">", "›")

    branch, target = reading.branch, reading.target
    return replace(
        reading,
        paths=tuple(plain(one) for one in reading.paths),
        checks=tuple(replace(one, name=plain(one.name)) for one in reading.checks),
        staging=tuple(replace(one, environment=plain(one.environment)) for one in reading.staging),
        branch=replace(branch, name=plain(branch.name), checks=tuple(map(plain, branch.checks))) if branch else None,
        target=replace(target, name=plain(target.name)) if target else None,
    )


@dataclass(frozen=True, slots=True)
class Read:
    """When GitHub was read for a case. `as_of`: the last reading that came; `since`: silent since then, `error` why."""

    as_of: datetime | None = None
    since: datetime | None = None
    error: str | None = None
