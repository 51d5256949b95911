"""What there is in the account: people, services, who is on call, whom it lets in. Each is a method of Hub."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.playground.pagerduty.holder import Holder
from bot.playground.pagerduty.records import Named, Override, Service, Shift, Subscription, Token, User
from bot.playground.pagerduty.world import stamp


def allow_token(self: Holder, token: str, user: str | None = None, *, read_only: bool = False) -> None:
    """Let an API token in: the account's, or a user's own."""
    with self.world.lock:
        self.world.tokens[token] = Token(user, read_only)


def revoke_token(self: Holder, token: str) -> None:
    """Let an API token in no more."""
    with self.world.lock:
        del self.world.tokens[token]


def integrate(self: Holder, routing_key: str, service: str) -> None:
    """Take events with a routing key, for a service."""
    with self.world.lock:
        self.world.routing_keys[routing_key] = self.world.services[service].id


def install(self: Holder, url: str, secrets: Iterable[str]) -> str:
    """Send webhooks to an address, signed with each of the secrets; the id of the subscription.

    For the same address again: it is enabled anew, with these secrets.
    """
    with self.world.lock:
        known = next((one for one in self.world.subscriptions.values() if one.url == url), None)
        made = Subscription(known.id if known else self.world.new_id(), url, tuple(secrets))
        self.world.subscriptions[made.id] = made
        return made.id


def add_user(self: Holder, id: str, name: str, email: str) -> None:
    """Add a person."""
    with self.world.lock:
        self.world.users[id] = User(id, name, email)
        self.world.touch()


def remove_user(self: Holder, id: str) -> None:
    """Take a person out of the account; who was on call is named by id only from then on."""
    with self.world.lock:
        del self.world.users[id]
        self.world.touch()


def add_policy(self: Holder, id: str, name: str) -> None:
    """Add an escalation policy."""
    with self.world.lock:
        self.world.policies[id] = Named(id, name)
        self.world.touch()


def add_service(self: Holder, id: str, name: str, policy: str) -> None:
    """Add a service, and its escalation policy if need be."""
    with self.world.lock:
        self.world.policies.setdefault(policy, Named(policy, f"{name} escalation"))
        self.world.services[id] = Service(id, name, policy)
        self.world.touch()


def add_schedule(self: Holder, id: str, name: str) -> None:
    """Add a schedule, on which nobody is yet."""
    with self.world.lock:
        self.world.schedules[id] = Named(id, name)
        self.world.touch()


def on_call(
    self: Holder,
    schedule: str | None,
    user: str,
    start: datetime | None = None,
    end: datetime | None = None,
    level: int = 1,
    policy: str = "PPOLICY",
) -> None:
    """Put somebody on call by a schedule, or directly (None), at a level of a policy; None: for good."""
    with self.world.lock:
        if schedule is not None:
            schedule = self.world.schedules[schedule].id
        self.world.policies.setdefault(policy, Named(policy, "Escalation"))
        times = [stamp(at) if at else None for at in (start, end)]
        self.world.shifts.append(Shift(schedule, self.world.users[user].id, times[0], times[1], level, policy))
        self.world.touch()


def off_call(self: Holder, user: str) -> None:
    """Take somebody off every schedule and policy."""
    with self.world.lock:
        self.world.shifts = [one for one in self.world.shifts if one.user != user]
        self.world.touch()


def override(self: Holder, schedule: str, user: str, start: datetime, end: datetime) -> None:
    """Let somebody stand in for whoever a schedule names."""
    with self.world.lock:
        made = Override(self.world.schedules[schedule].id, self.world.users[user].id, stamp(start), stamp(end))
        self.world.overrides.append(made)
        self.world.touch()
