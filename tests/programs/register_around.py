"""What stands around changes in a database that is filled for measuring: the log with its signed checkpoints, what
GitHub showed, and the policies that were in force.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tests.bot.house import POLICY
from tests.build import T0
from tests.workflows.test_checkpoints import SIGNER
from workflows.case import Case
from workflows.gate_models import reads, sightings
from workflows.log_models import checkpoints, leaves
from workflows.merkle import Tree
from workflows.rules import parse
from workflows.ruleset import Rules

REPOSITORY = "acme/payments"
EVERY = 100  # events, as the program seals
COMMITS = 2  # for each change
VERSIONS = 30
Rows = dict[sa.Table, list[dict[str, Any]]]


@dataclass
class Log:
    """Gives events their leaves, and signs a checkpoint every hundred."""

    tree: Tree = field(default_factory=Tree)
    last: datetime = T0
    note: str = ""

    def seal(self, told: Sequence[dict[str, Any]], *, end: bool) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
        """Yield what is to be inserted, in this order, of these events (rows of theirs) in the order of their times.

        At the `end` all of it is signed.
        """
        some: list[dict[str, Any]] = []
        for one in sorted(told, key=lambda row: (row["at"], row["subject"], row["seq"])):
            some.append({"number": self.tree.size, "hash": one["hash"]})
            self.tree.add(bytes.fromhex(one["hash"]))
            self.last = max(self.last, one["at"])
            if self.tree.size % EVERY == 0:
                yield leaves, some
                yield checkpoints, [self._signed()]
                some = []
        yield leaves, some
        if end and self.tree.size % EVERY:
            yield checkpoints, [self._signed()]

    def _signed(self) -> dict[str, Any]:
        root, edge = self.tree.root(), " ".join(one.hex() for one in self.tree.edge)
        self.note = note = SIGNER.checkpoint(self.tree.size, root, after=self.note)
        return {"size": self.tree.size, "root": root.hex(), "edge": edge, "note": note, "at": self.last}


def seen(case: Case, n: int, rows: Rows) -> None:
    """What GitHub showed of the change: its deployment, explained, and its commits; of few nobody knows yet."""
    sha = f"{n:040x}"
    common: dict[str, Any] = {"repository": REPOSITORY, "sha": sha, "outcome": None, "login": "dev", "url": None}
    for one in case.deployments[:1]:
        explained = "emergency" if case.key.startswith("EC") else "approved"
        row = {"kind": "deployment", "environment": "production", "branch": None, "at": one.at, "seen_at": one.at}
        row |= {"explained": explained, "change": case.id, "source": f"github:{REPOSITORY}", "external": f"d{n}"}
        rows.setdefault(sightings, []).append({"id": f"d{n}", **common, **row, "outcome": "succeeded"})
    for m in range(COMMITS):
        at = case.declared_at + timedelta(minutes=m)
        known = None if n % 2000 == 7 and m == 0 else "reviewed"
        row = {"kind": "commit", "environment": None, "branch": "main", "at": at, "seen_at": at, "explained": known}
        row |= {"change": None, "source": f"github:{REPOSITORY}", "external": f"c{n}-{m}"}
        rows.setdefault(sightings, []).append({"id": f"c{n}-{m}", **common, **row})


def looked(until: datetime) -> Rows:
    """That GitHub was read without a gap."""
    sources = (f"{what}:{REPOSITORY}" for what in ("deployments", "commits"))
    return {reads: [{"source": one, "since": T0 - timedelta(days=2), "until": until} for one in sources]}


def versions() -> tuple[Rules, ...]:
    """Policies that follow each other: each is another version with another session length."""
    return tuple(_versions())


def _versions() -> Iterator[Rules]:
    for n in range(VERSIONS):
        text = POLICY.replace("version = 1", f"version = {n + 1}") + f'[register]\nsession = "{n + 60}m"\n'
        yield parse(text.encode(), "policy.toml")


def taken(rules: Rules, at: datetime) -> dict[str, Any]:
    """The row of a policy."""
    return {"digest": rules.digest, "source": rules.source, "at": at, "by": None}
