"""The link to GitHub: reads everything a decision rests on, gives verdicts and statuses. No other host is ever asked,
but where GitHub says that logs are, if that is a host of its own (`github_logs`).

Every method raises `Unavailable` (no answer, or none now) or `Rejected` (GitHub says no, or the question was malformed
and not asked). Names are checked and every path is built here; addresses in answers and payloads are never used.
"""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from workflows.links import Rejected, Unavailable, github_app, github_asks, github_files, github_logs, github_runs
from workflows.links import github_names as names
from workflows.links.github_app import AppSeen
from workflows.links.github_files import File
from workflows.links.github_hands import number_of
from workflows.links.github_kept import Kept
from workflows.links.github_parts import chosen
from workflows.links.github_reading import Reader
from workflows.links.github_runs import Deployed, Landed, Reviewed, Run
from workflows.links.github_tokens import Tokens
from workflows.links.github_wire import Wire
from workflows.reading import Branch, Environment, Opined, Pull, Reading

THREADS = 8
STAGING = ("staging",)
T = TypeVar("T")


class GitHub:
    """One GitHub, spoken to as an App (`app_id`, `private_key` in PEM) or with a plain token; safe for many threads.

    `timeout`: seconds a question may wait for an answer.
    """

    def __init__(
        self, api_url: str, app_id: str = "", private_key: str = "", token: str = "", timeout: int = 5
    ) -> None:
        self._wire = Wire(api_url, Tokens(app_id, private_key, token), timeout)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="github")
        self._reader = Reader(self._wire, self._pool, Kept(), app_id if self._wire.tokens.is_app else "")
        self._app_id = self._reader.app_id

    def close(self) -> None:
        """End its threads and idle connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._wire.close()

    @property
    def asked(self) -> int:
        """How many requests were sent so far."""
        return self._wire.asked

    @property
    def is_app(self) -> bool:
        """Whether we are a GitHub App: only one can answer for a deployment protection rule."""
        return self._wire.tokens.is_app

    def read(
        self,
        repository: str,
        ref: str,
        environment: str,
        *,
        staging: tuple[str, ...] = STAGING,
        since_sha: str | None = None,
        pushers: Mapping[str, str] | None = None,
    ) -> Reading:
        """Read all that a decision on this commit rests on.

        `since_sha`: what is live by our record; None: GitHub's word is taken. `pushers`: SHA → who pushed it, as push
        webhooks told. Raises only when repository or ref cannot be resolved; a part that could not be read is named
        in `unknown`.
        """
        names.environment(environment)
        since = names.sha(since_sha) if since_sha else None
        given = {"staging": staging, "since_sha": since, "pushers": {} if pushers is None else pushers}
        return self._reader.read(repository, ref, environment, **given)  # type: ignore[arg-type]

    def resolve(self, repository: str, ref: str) -> str:
        """The SHA a branch, tag or SHA stands for. Rejected("unknown-ref") when it is none of these."""
        return self._told(lambda: github_asks.resolve(self._wire, repository, ref)[0])

    def installation(self, repository: str) -> int:
        """The id of our installation on this repository. Rejected("not-installed")."""
        return self._wire.installation(repository)

    def app(self) -> AppSeen:
        """The App as it is configured at GitHub. Rejected("not-an-app") with a plain token."""
        return self._told(lambda: github_app.app(self._wire))

    def run(self, repository: str, run: int) -> Run:
        """A workflow run as it stands now."""
        return self._told(lambda: github_runs.run(self._wire, repository, run))

    def waiting_runs(self, repository: str) -> tuple[Run, ...]:
        """The runs that wait for a protection rule, newest first."""
        return self._told(lambda: github_runs.waiting(self._wire, repository))

    def pending(self, repository: str, run: int) -> tuple[str, ...]:
        """The environments a run waits for."""
        return self._told(lambda: github_runs.pending(self._wire, repository, run))

    def approvals(self, repository: str, run: int) -> tuple[Reviewed, ...]:
        """Who let a run through or refused it, us and others."""
        return self._told(lambda: github_runs.approvals(self._wire, repository, run))

    def verdict(self, repository: str, run: int, environment: str, *, approve: bool, comment: str) -> None:
        """Let a waiting run go on, or end it. Unavailable("nothing-to-approve") while it does not wait for us."""
        state = "approved" if approve else "rejected"
        github_runs.answer(self._wire, repository, run, environment, state, comment)

    def report(self, repository: str, run: int, environment: str, comment: str) -> None:
        """Say on a waiting run how far we are; GitHub takes ten of these for a deployment."""
        github_runs.answer(self._wire, repository, run, environment, None, comment)

    def commit_status(
        self,
        repository: str,
        sha: str,
        context: str,
        state: str,
        description: str,
        target_url: str | None = None,
    ) -> None:
        """Put a status (success, pending, failure, error) on a commit, as `countersign/ENV` for a branch rule."""
        given = {"context": context, "state": state, "description": description}
        github_runs.commit_status(self._wire, repository, sha, **given, target_url=target_url)

    def deployments(self, repository: str, environments: Collection[str], since: datetime) -> tuple[Deployed, ...]:
        """The deployments made to environments from `since` on, oldest first, each with its last state."""
        return self._told(lambda: github_runs.deployments(self._wire, repository, environments, since))

    def commits(
        self, repository: str, branch: str, since: datetime | None = None, *, after: str | None = None
    ) -> tuple[Landed, ...]:
        """What came onto a branch, oldest first: all that the commit `after` has not, or what is dated from `since` on.

        Dates are whatever a committer says: `after` misses nothing, `since` may.
        """
        return self._told(lambda: github_runs.commits(self._wire, repository, branch, since, after))

    def pulls_of(self, repository: str, sha: str) -> tuple[Pull, ...]:
        """The pull requests a commit belongs to, the one that brought it first; empty: it went round the review."""
        found = self._told(lambda: github_asks.pulls_of(self._wire, repository, sha))
        first = chosen(found, self.default_branch(repository)) if len(found) > 1 else None
        return tuple(github_asks.pull(one) for one in sorted(found, key=lambda one: one is not first))

    def reviews(self, repository: str, pull: int) -> tuple[Opined, ...]:
        """The latest review of each person on a pull request."""
        return self._told(lambda: github_asks.reviews(self._wire, repository, pull))

    def default_branch(self, repository: str) -> str:
        """The name of the default branch."""
        return self._told(lambda: github_asks.default_branch(self._wire, repository))

    def branch_rules(self, repository: str, branch: str) -> tuple[Branch, str | None]:
        """The rules in effect on a branch, and why they are not wholly known (None: they are)."""
        return self._told(lambda: github_asks.branch_rules(self._wire, repository, branch))

    def environment(self, repository: str, name: str) -> Environment:
        """How an environment is protected."""
        return self._told(lambda: github_asks.environment(self._wire, repository, name, self._app_id))

    def login_of(self, email: str, repository: str) -> str | None:
        """Whose verified address this is: the account GitHub gives a commit of this repository that was made with it.

        None: no commit was, or the address is nobody's.
        """
        found = self._told(lambda: self._wire.get(repository, "/commits", author=email, per_page=1))
        for one in found:
            git = (one.get("commit") or {}).get("author") or {}
            if (git.get("email") or "").lower() == email.lower():
                return (one.get("author") or {}).get("login")
        return None

    def email_of(self, login: str) -> str | None:
        """The address on an account's profile, which GitHub has verified; None: it shows none."""
        found = self._told(lambda: self._wire.anywhere(f"/users/{names.login(login)}"))
        email = found.get("email")
        return email.lower() if isinstance(email, str) and email else None

    def account_of(self, login: str) -> int | None:
        """GitHub's number of the account that has this login now; None: none has, or it was renamed."""
        try:
            found = self._told(lambda: self._wire.anywhere(f"/users/{names.login(login)}"))
        except Rejected as no:
            if no.status not in (301, 404, 410):
                raise
            return None
        return number_of(found) if self._told(lambda: found["login"].lower()) == login.lower() else None

    def file(self, repository: str, path: str, branch: str = "") -> File | None:
        """A file of a repository, on its default branch or another; None: there is none."""
        return self._told(lambda: github_files.read(self._wire, repository, path, branch))

    def put_file(
        self, repository: str, path: str, text: str, *, message: str, before: str = "", branch: str = ""
    ) -> None:
        """Commit a file; `before`: the SHA of what it replaces."""
        given = {"message": message, "before": before, "branch": branch}
        github_files.write(self._wire, repository, path, text, **given)

    def runs_of(self, repository: str, sha: str) -> tuple[Run, ...]:
        """The workflow runs of a commit, newest first, without the environments they wait for; at most 100."""
        return self._told(lambda: github_logs.runs(self._wire, repository, sha))

    def log_archive(
        self, repository: str, run: int, attempt: int, write: Callable[[bytes], object], *, hosts: Collection[str] = ()
    ) -> None:
        """Hand the log archive of one attempt of a run to `write`, piece by piece; see `github_logs.fetch`."""
        github_logs.fetch(self._wire, repository, run, attempt, write, hosts=hosts)

    def _told(self, ask: Callable[[], T]) -> T:
        """The answer; one of a shape that GitHub does not describe is none."""
        try:
            return ask()
        except (KeyError, TypeError, AttributeError, IndexError):
            raise Unavailable("unreadable") from None
