"""The stand-in PagerDuty as tests, stories and the demo handle it: one verb for each thing people do there."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.playground.pagerduty import acts, furnishing, store, telling
from bot.playground.pagerduty.records import (
    Alert,
    ChangeEvent,
    Incident,
    Json,
)
from bot.playground.pagerduty.webhooks import Delivery
from bot.playground.pagerduty.world import World
from bot.playground.rest_faults import Faults
from bot.playground.traffic import Call, Exchange


class Hub:
    """All state, and the acts of people. An id that does not exist is LookupError.

    People, services, schedules and policies are named by their ids, incidents by id or number. `now` dates what
    happens.
    """

    def __init__(self, now: Callable[[], datetime], real: Callable[[], float] = time.time) -> None:
        """Begin empty."""
        self.world = World(now, real)

    # What was done

    def seen_incident(self, id: str) -> Incident:
        """An incident as it stands: its notes, its log."""
        with self.world.lock:
            return self.world.incident(id)

    def notes(self, id: str) -> list[str]:
        """What is written on an incident, oldest first."""
        with self.world.lock:
            return [one.content for one in self.world.incident(id).notes]

    @property
    def incidents(self) -> list[Incident]:
        """All incidents, oldest first; those of alerts too."""
        with self.world.lock:
            return list(self.world.incidents.values())

    @property
    def alerts(self) -> list[Alert]:
        """All alerts, oldest first."""
        with self.world.lock:
            return list(self.world.alerts)

    @property
    def change_events(self) -> list[ChangeEvent]:
        """All change events, in the order they came."""
        with self.world.lock:
            return list(self.world.change_events)

    @property
    def base_url(self) -> str:
        """Where it is served, without a slash at the end."""
        return self.world.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.world.base_url = url.rstrip("/")

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.world.faults

    @property
    def calls(self) -> list[Call]:
        """Every request so far."""
        return self.world.traffic.calls

    @property
    def deliveries(self) -> list[Delivery]:
        """Every webhook so far, lost ones included."""
        with self.world.lock:
            return list(self.world.deliveries)

    def before_request(self, watcher: Callable[[str, str], None]) -> None:
        """Call `watcher` with the method and path of every request before anything is done about it."""
        self.world.traffic.early.append(watcher)

    def on_request(self, watcher: Callable[[Exchange], None]) -> None:
        """Show every request and its answer to `watcher`, from the server's thread."""
        self.world.traffic.late.append(watcher)

    # Webhooks

    def deliver(self, event: str, data: Json, by: str | None = None) -> list[str]:
        """Deliver a webhook with any data, properly signed; the id of each delivery."""
        with self.world.lock:
            return [one.id for one in telling.tell(self.world, event, data, by)]

    def redeliver(self, delivery: str, times: int = 1) -> None:
        """Deliver a webhook again under the same id, also one that was lost. LookupError when there was none."""
        with self.world.lock:
            found = next((one for one in self.world.deliveries if one.id == delivery), None)
            if found is None:
                raise LookupError(f"no delivery is called {delivery!r}")
            for _ in range(times):
                self.world.webhooks.put(found, self.world.subscriptions[found.subscription])

    def retry(self) -> None:
        """What PagerDuty does after a while: deliver again what was answered with 5xx or not at all."""
        with self.world.lock:
            for one in self.world.deliveries:
                if one.times and (one.status == 0 or one.status >= 500):
                    self.world.webhooks.put(one, self.world.subscriptions[one.subscription])

    def lose_webhooks(self, lost: bool = True) -> None:
        """Deliver nothing of what happens from now on, or deliver again."""
        with self.world.lock:
            self.world.lost = lost

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until every webhook was delivered, at most `timeout` seconds; say whether it was."""
        return self.world.webhooks.settle(timeout)

    # Keeping

    def save(self, path: Path) -> None:
        """Write the state to a file, whole or not at all; tokens and subscriptions end."""
        store.save(self.world, path)

    def load(self, path: Path) -> None:
        """Continue from a file, if it is there. ValueError when another version wrote it."""
        store.load(self.world, path)

    def state(self) -> Json:
        """Return everything as plain data, for the demo page."""
        with self.world.lock:
            return {name: store.plain(self.world, name) for name in store.KEPT} | {
                "deliveries": [
                    {"event": one.event, "status": one.status, "at": one.at} for one in self.world.deliveries
                ],
                "faults": [dataclasses.asdict(one) for one in self.world.faults.active()],
                "changes": self.world.changes,
            }

    allow_token = furnishing.allow_token
    revoke_token = furnishing.revoke_token
    integrate = furnishing.integrate
    install = furnishing.install
    add_user = furnishing.add_user
    remove_user = furnishing.remove_user
    add_policy = furnishing.add_policy
    add_service = furnishing.add_service
    add_schedule = furnishing.add_schedule
    on_call = furnishing.on_call
    off_call = furnishing.off_call
    override = furnishing.override

    incident = acts.incident
    acknowledge = acts.acknowledge
    resolve = acts.resolve
    reopen = acts.reopen
    escalate = acts.escalate
    annotate = acts.annotate
    delete_incident = acts.delete_incident
