"""Access that is open past its end: the holder and an approver are asked until somebody says that it is over."""

from dataclasses import replace
from datetime import datetime

from workflows import access, announce, quorum
from workflows.case import Case
from workflows.change import Kind, Status, Type
from workflows.rows import Line, Told
from workflows.schedule import Due
from workflows.transitions import WAITING
from workflows.turn import Turn


def ask(turn: Turn, case: Case, one: Due) -> Case:
    """Ask the holder and one approver whether it is over; night or not, for somebody still has access."""
    end = access.ends(case)
    people = list(dict.fromkeys((case.implementer, *_approver(turn, case))))
    first = not any(notice.key.startswith(one.key.rpartition(f":{one.at.isoformat()}")[0]) for notice in case.notices)
    case = turn.advance(case, "noticed", key=one.key, to=people)
    if first:
        announce.line(turn, case, Line.ACCESS_OVER, at=end, people=people)
    announce.tell(turn, case, people, Told.ACCESS_OVER, at=end, asked_at=turn.now)
    return case


def _approver(turn: Turn, case: Case) -> tuple[str, ...]:
    """Whoever said yes last; else one of those who could have."""
    yes = [a.person for a in quorum.voices(case) if a.voice == "approve"]
    if yes:
        return (yes[-1],)
    undecided = replace(case, status=WAITING[case.kind], approvals=(), decision=None)
    return quorum.could_decide(undecided, turn.rules)[:1]


def ended(turn: Turn, case: Case, at: datetime) -> Case:
    """Record that access was over at `at`; nothing for what is no access, and once only."""
    if case.type is not Type.ACCESS or case.access_ended_at is not None:
        return case
    return turn.advance(case, "access_ended", at=at.isoformat())


def basis(case: Case) -> str | None:
    """On what access was open, of a request whose approval is no pipeline's; None for everything else."""
    given = case.kind is Kind.DEPLOY and case.type is Type.ACCESS and case.status is Status.APPROVED
    return case.decision.kind if given and case.decision else None
