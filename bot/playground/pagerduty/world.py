"""Everything the stand-in PagerDuty knows, under one lock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from bot.playground.pagerduty import webhooks
from bot.playground.pagerduty.records import (
    Alert,
    ChangeEvent,
    Incident,
    Named,
    Override,
    Service,
    Shift,
    Subscription,
    Token,
    User,
)
from bot.playground.pagerduty.webhooks import Delivery
from bot.playground.rest_faults import Faults
from bot.playground.traffic import Traffic

DIGITS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
FIRST = 34**5


def stamp(moment: datetime) -> str:
    """Return a time as PagerDuty writes it: whole seconds, UTC, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class World:
    """The state. Hold `lock` to read or change it, and never while anything is sent."""

    def __init__(self, now: Callable[[], datetime], real: Callable[[], float] = time.time) -> None:
        """Begin empty. `now` dates what happens, `real` the requests."""
        self.lock = threading.RLock()
        self.clock = now
        self.real = real
        self.base_url = "https://127.0.0.1"
        self.site_url = "https://acme.pagerduty.com"
        self.users: dict[str, User] = {}
        self.services: dict[str, Service] = {}
        self.schedules: dict[str, Named] = {}
        self.policies: dict[str, Named] = {}
        self.shifts: list[Shift] = []
        self.overrides: list[Override] = []
        self.incidents: dict[str, Incident] = {}
        self.alerts: list[Alert] = []
        self.change_events: list[ChangeEvent] = []
        self.abilities: tuple[str, ...] = ("sso", "advanced_reports", "teams", "urgencies", "manual_alert_grouping")
        self.subscriptions: dict[str, Subscription] = {}
        self.tokens: dict[str, Token] = {}
        self.routing_keys: dict[str, str] = {}
        self.traffic = Traffic(real)
        self.deliveries: deque[Delivery] = deque(maxlen=20_000)
        self.faults = Faults()
        self.webhooks = webhooks.queue()
        self.lost = False
        self.dirty = False
        self.changes = 0
        self.last = 0

    def new_id(self, first: str = "P") -> str:
        """Return an id that was never given before, as PagerDuty writes ids."""
        self.last += 1
        left, text = FIRST + self.last * 7, ""
        while left:
            left, digit = divmod(left, len(DIGITS))
            text = DIGITS[digit] + text
        return first + text

    def touch(self) -> None:
        """Say that something changed, for the page and for the file the demo keeps."""
        self.dirty = True
        self.changes += 1

    def stamp(self) -> str:
        """Return the time of the stand-in as PagerDuty writes it."""
        return stamp(self.clock())

    def user_by_email(self, email: str) -> User | None:
        """Return whose e-mail this is; None: nobody's."""
        return next((one for one in self.users.values() if one.email.lower() == email.lower()), None)

    def incident(self, id_or_number: str) -> Incident:
        """Return an incident by id or number: LookupError when there is none."""
        for one in self.incidents.values():
            if id_or_number in (one.id, str(one.number)):
                return one
        raise LookupError(f"no incident is called {id_or_number!r}")

    def open_with_key(self, key: str, service: str) -> Incident | None:
        """Return the open incident of a service under a key; None: none is."""
        found = (one for one in self.incidents.values() if (one.key, one.service) == (key, service))
        return next((one for one in found if one.status != "resolved"), None)
