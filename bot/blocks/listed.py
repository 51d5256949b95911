"""A change in a line of a list: what it is about, its title, what became of it."""

from bot.blocks import commits
from bot.blocks.phrases import REMOVED, once
from bot.blocks.sentence import Piece, Typed, Words
from bot.blocks.text import one_line
from workflows.change import Kind, Status
from workflows.rows import Row


def state_words(
    status: Status, *, nothing_deployed: bool = False, became: str = "", kind: Kind = Kind.EMERGENCY
) -> str:
    """A status in a list; `became` as `Row` has it."""
    if status is Status.WITHDRAWN and nothing_deployed:
        return "closed, nothing deployed"
    if status is Status.DEPLOYED and became:
        known = {
            "failed": "deployed, did not work",
            "rolled_back": "rolled back",
            "rolled-back": "rolled back",
            "started": "being deployed",
        }
        return known.get(became, f"deployed although {became}")
    if kind is Kind.DEPLOY and status is Status.PROCEEDING:
        return "going back to what was live before"
    return {
        Status.DECLARED: "waiting for approval",
        Status.REQUESTED: "waiting for approval",
        Status.FOUND: "waiting for its review",
        Status.SUPERSEDED: "replaced",
        Status.PROCEEDING: "proceeding WITHOUT approval",
        Status.REVIEWED: "closed",
    }.get(status, str(status))


def row_subject(row: Row) -> str:
    """What a row is about: its systems, or of a deploy `acme/payments 1a2b3c4 → production`."""
    if not row.repository or row.kind is Kind.FINDING:  # its title says what was found where
        return one_line(row.system, 40)
    sha = f" {commits.short(row.sha)}" if row.sha else ""
    return f"{commits.name(row.repository)}{sha} → {one_line(row.environment, 40)}"


def row_title(title: str | None, limit: int, *, confidential: bool = False, system: str = "") -> Piece:
    """The title of a change in a list; `system`: what stands before it."""
    if confidential:
        return Words("confidential")
    return Words(REMOVED) if title is None else Typed(once(title, system), limit)


def unmended(row: Row) -> str | None:
    """`to be put right: OPS-19, To Do`; None: nothing is, or nobody follows it."""
    return f"to be put right: {one_line(row.unmended, 60)}" if row.unmended else None
