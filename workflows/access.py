"""Access that was given for a while: until when, and whether somebody said that it is over. Pure."""

from datetime import datetime, timedelta

from workflows.case import Case
from workflows.change import Status, Type

LASTS = timedelta(hours=2)
AT_MOST = timedelta(hours=12)
ASK_EVERY = timedelta(hours=1)
_GIVEN = (Status.APPROVED, Status.PROCEEDING, Status.DEPLOYED)


def default_until(now: datetime) -> datetime:
    """When access ends that nobody set an end for; pickers know minutes."""
    return (now + LASTS).replace(second=0, microsecond=0)


def is_open(case: Case) -> bool:
    """Whether it was given and nobody has confirmed its end; what was live before its declaration is open, too."""
    if case.type is not Type.ACCESS or case.drill or case.access_ended_at is not None or case.closed_at is not None:
        return False
    return case.status in _GIVEN and all(one.basis == "undeclared" for one in case.deployments)


def ends(case: Case) -> datetime | None:
    """When open access is to end; None for what is no open access."""
    if not is_open(case):
        return None
    since = case.decision.at if case.decision else case.declared_at
    return case.access_until or default_until(since)


def asks(case: Case, now: datetime) -> tuple[datetime, ...]:
    """When its end is asked about: at the end, then every hour; of those that are past only the latest."""
    end = ends(case)
    if end is None:
        return ()
    hours = max((now - end) // ASK_EVERY, 0)
    return (end + hours * ASK_EVERY, end + (hours + 1) * ASK_EVERY)
