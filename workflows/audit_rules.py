"""What [audit] and [retention] of the policy say: where checkpoints are anchored, how long what is kept. Pure."""

from dataclasses import dataclass
from datetime import timedelta

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Audit:
    """`origin` names the log in checkpoints; "": as the signing key is named. `every`: how often anchors are renewed.

    Each place is best run by somebody else than the database: `channel` of Slack, `path` on `branch` ("": the default)
    of a GitHub `repository`, a `file` that is appended to; "" is none.

    `logs`: the folder in which archives of CI logs are kept; "": only their digests are. `logs_from`: hosts that they
    may be fetched from besides GitHub's own. Nothing deletes them.
    """

    origin: str = ""
    every: timedelta = timedelta(hours=1)
    channel: str = ""
    repository: str = ""
    path: str = "countersign.checkpoint"
    branch: str = ""
    file: str = ""
    logs: str = ""
    logs_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind is kept at least, never under a year; `hold`: keys of changes under a legal hold, "*": all."""

    emergency: timedelta = 7 * YEAR
    deploy: timedelta = 7 * YEAR
    finding: timedelta = 7 * YEAR
    ci_logs: timedelta = YEAR
    hold: tuple[str, ...] = ()

    def held(self, key: str) -> bool:
        """Whether nothing of this change may go, whatever its age."""
        return "*" in self.hold or key in self.hold
