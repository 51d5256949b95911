"""PagerDuty's answers about who is on call → the values of "oncall" facts. Nobody is on call where it is not linked."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

import structlog

from bot.readings import Unreadable
from workflows import oncall
from workflows.links import Rejected, Unavailable
from workflows.peered import OnCall
from workflows.ruleset import Rules

LOG = structlog.get_logger("oncall")


class OnCalls(Protocol):
    """What of the link to PagerDuty is used. Raises Unavailable or Rejected."""

    @property
    def can_read(self) -> bool: ...
    def oncalls(
        self,
        *,
        schedules: Iterable[str] = (),
        policies: Iterable[str] = (),
        services: Iterable[str] = (),
        since: datetime,
        until: datetime,
    ) -> tuple[OnCall, ...]: ...


Link = Callable[[], OnCalls | None]
"""Gives the link; None: PagerDuty is not configured."""


class Rotas:
    """Reads rotas. `link` is asked each time; a policy that names PagerDuty in vain is logged once."""

    def __init__(self, link: Link, rules: Callable[[], Rules]) -> None:
        self._link, self._rules = link, rules
        self._said = ""

    def read(self, subject: str, now: datetime) -> list[dict[str, Any]]:
        """The value of the fact about one source, such as "schedule:PABC123". Raises Unreadable."""
        link = self._link()
        if link is None or not link.can_read:
            self._say()
            return []
        kind, _, id = subject.partition(":")
        schedules, policies, services = ((id,) if kind == one else () for one in oncall.KINDS)
        since, until = now - oncall.BACK, now + oncall.AHEAD
        try:
            found = link.oncalls(schedules=schedules, policies=policies, services=services, since=since, until=until)
        except Unavailable as fault:
            raise Unreadable(fault.why, fault.retry_after) from None
        except Rejected as fault:
            raise Unreadable(fault.why) from None
        return oncall.told(found)

    def _say(self) -> None:
        rules = self._rules()
        if self._said != rules.digest:
            self._said = rules.digest
            LOG.warning("policy", said=oncall.unlinked(rules))
