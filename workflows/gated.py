"""What the gate, and what went around it, leave on a case: frozen values, standard library only."""

from dataclasses import dataclass
from datetime import datetime

from workflows.change import Basis, Found


@dataclass(frozen=True, slots=True)
class Passed:
    """The gate let a commit through. `by`: who asked, "run 812" or the name of a token.

    `freeze`: the id of the occurrence that held everything else at that time; "" in no freeze, or a lifted one.
    """

    repository: str
    environment: str
    sha: str
    at: datetime
    basis: Basis
    by: str
    freeze: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the decision of an emergency opened the gate for: whatever is added later was decided by nobody."""

    systems: tuple[str, ...]
    environment: str


@dataclass(frozen=True, slots=True)
class Lifted:
    """A freeze lifted for this change: `freeze` is the id of that one occurrence, `reason` a text digest."""

    freeze: str
    by: str
    at: datetime
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rollback:
    """Back to a commit that was live under the change with the key `of`; `away_from`: the SHA that is left."""

    of: str
    live_at: datetime
    away_from: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a finding saw. `by`: a person id or ""; `login`: the name the source gave; `source`: "github" or a token.

    `near`: the key of the change that came nearest to explaining it.
    """

    what: Found
    at: datetime
    source: str
    repository: str = ""
    sha: str = ""
    by: str = ""
    login: str = ""
    url: str | None = None
    branch: str | None = None
    near: str | None = None


@dataclass(frozen=True, slots=True)
class CiLog:
    """The log archive of one `attempt` of a workflow run of the commit `sha`: its SHA-256 in hex and its size in bytes.

    `sha256` None: there is no archive, and `why` ("gone", "too-large", "not-finished", "refused").
    """

    repository: str
    sha: str
    run: int
    attempt: int
    at: datetime
    sha256: str | None = None
    size: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class PutOff:
    """A patch that is put off: who answers for it, until which date (YYYY-MM-DD), `control` a text digest."""

    owner: str
    until: str
    control: str
    at: datetime
    by: str
