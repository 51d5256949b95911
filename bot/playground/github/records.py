"""What the stand-in GitHub remembers. Times are text as the wire carries them: `2026-01-31T12:00:00Z`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
"""A JSON object as it travels over the wire."""

ZERO = "0" * 40


@dataclass
class Account:
    """A person, an organization or a bot; `emails` are verified, `shown` is the one on the profile."""

    id: int
    login: str
    name: str
    emails: tuple[str, ...]
    shown: str | None
    kind: str
    created: str


@dataclass
class Signature:
    """Name, e-mail and time as a commit carries them."""

    name: str
    email: str
    at: str


@dataclass
class Commit:
    """One commit; `files` is its whole tree."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str
    files: dict[str, str]


@dataclass
class Review:
    """One review of a pull request, bound to the commit it was given on."""

    id: int
    by: str
    state: str
    sha: str
    at: str
    body: str = ""


@dataclass
class Pull:
    """One pull request; once merged, `commits` and `fork` (the merge base) stay as they were."""

    id: int
    number: int
    author: str
    title: str
    head: str
    base: str
    head_sha: str
    base_sha: str
    created: str
    updated: str
    state: str = "open"
    draft: bool = False
    closed: str | None = None
    merged: str | None = None
    merged_by: str | None = None
    merge_sha: str | None = None
    commits: tuple[str, ...] = ()
    fork: str = ""
    reviews: list[Review] = field(default_factory=list)


@dataclass
class Check:
    """One check run; running while `conclusion` is None."""

    id: int
    suite: int
    sha: str
    name: str
    app: str
    conclusion: str | None
    started: str
    completed: str | None


@dataclass
class CommitStatus:
    """One legacy status of a commit."""

    id: int
    sha: str
    context: str
    state: str
    description: str | None
    url: str | None
    by: str
    at: str


@dataclass
class DeploymentStatus:
    """One status of a deployment."""

    id: int
    state: str
    by: str
    at: str
    description: str = ""
    log_url: str = ""
    environment_url: str = ""


@dataclass
class Deployment:
    """One deployment with its statuses, oldest first; `run` is the workflow run that made it."""

    id: int
    sha: str
    ref: str
    environment: str
    by: str
    created: str
    updated: str
    description: str | None = None
    task: str = "deploy"
    payload: Json | str = field(default_factory=dict)
    run: int | None = None
    production: bool = False
    transient: bool = False
    statuses: list[DeploymentStatus] = field(default_factory=list)


@dataclass
class Environment:
    """One environment; with `rule` (its id) our App's protection rule stands on it."""

    id: int
    name: str
    rule: int | None
    can_admins_bypass: bool
    created: str


@dataclass
class Verdict:
    """One line of a run's review history: approved, rejected, or pending (a status report)."""

    state: str
    by: str
    comment: str
    at: str


@dataclass
class Run:
    """One workflow run: `status` queued, waiting, in_progress or completed; `outcome` is how its job will end.

    `logs`: whether its logs are still there.
    """

    id: int
    number: int
    workflow: str
    sha: str
    branch: str
    by: str
    environment: str
    created: str
    updated: str
    suite: int
    event: str = "push"
    status: str = "queued"
    conclusion: str | None = None
    deployment: int | None = None
    outcome: str | None = "success"
    logs: bool = True
    verdicts: list[Verdict] = field(default_factory=list)


@dataclass
class Ruleset:
    """One ruleset on a branch."""

    id: int
    name: str
    branch: str
    rules: list[Json]
    enforcement: str
    bypass: list[Json]
    created: str


@dataclass
class Repository:
    """One repository with everything in it."""

    id: int
    full_name: str
    default_branch: str
    private: bool
    created: str
    pushed: str
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    statuses: list[CommitStatus] = field(default_factory=list)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    protections: dict[str, Json] = field(default_factory=dict)
    rulesets: list[Ruleset] = field(default_factory=list)
    permissions: dict[str, str] = field(default_factory=dict)
    workflows: dict[str, int] = field(default_factory=dict)
