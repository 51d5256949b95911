"""What this process did and how the record is, for Prometheus: counted here, or read when somebody asks.

A registry of our own, so that two processes (or two tests) in one interpreter do not count for each other. Drills count
nowhere. No label holds what people typed, a person or a key.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector
from prometheus_client.exposition import choose_encoder

from bot.clock import Clock
from bot.metrics_record import Record
from bot.version import VERSION
from workflows.db import Database
from workflows.written import Written

NAME = "countersign"
CLICKS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0)  # Slack waits 3 s
SENDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
# Events that decide, or end what was asked for.
DECISIONS = frozenset(
    [
        "approved",
        "rejected",
        "proceeding",
        "ratified",
        "objected",
        "took_back",
        "voided",
        "expired",
        "superseded",
        "withdrawn",
        "not_needed",
        "lifted",
        "let_through",
        "reviewed",
    ]
)
HOOKS: Mapping[str, str] = {"/github/webhook": "github", "/pagerduty/webhook": "pagerduty", "/slack/events": "slack"}
_OUTCOMES = {200: "taken", 202: "ignored", 401: "unsigned", 503: "put off"}


class Metrics:
    """Counts from any thread, and writes it all down for whoever scrapes."""

    def __init__(self, db: Database, clock: Clock) -> None:
        registry = self._registry = CollectorRegistry()
        self._log = structlog.get_logger("record")

        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(name, words, labels, NAME, registry=registry)

        def seconds(name: str, words: str, label: str, buckets: Sequence[float]) -> Histogram:
            return Histogram(name, words, (label,), NAME, unit="seconds", buckets=buckets, registry=registry)

        self._decisions = counter("decisions", "Decisions, and ends of what was asked for.", "kind", "outcome")
        self._refusals = counter(
            "refusals", "Tries that were refused, a repeat within a minute once.", "action", "reason"
        )
        self._sends = counter("deliveries", "Tries to deliver a row of the outbox.", "lane", "outcome")
        self._sending = seconds("delivery", "How long a try to deliver took.", "lane", SENDS)
        self._answers = seconds("answer", "How long a person waited for our answer.", "shape", CLICKS)
        self._repeats = counter("inbox_duplicates", "Deliveries from Slack that were known already.")
        self._hooks = counter("webhook_deliveries", "Deliveries to us by HTTP.", "peer", "outcome")
        Info("build", "Which version runs.", namespace=NAME, registry=registry).info({"version": VERSION})
        ProcessCollector(registry=registry)
        record: Any = Record(db, clock)
        registry.register(record)

    def recorded(self, events: Sequence[Written]) -> None:
        """Count and log what a transaction wrote, after its commit."""
        for one in events:
            self._say(one)
            if one.kind is None or one.drill:
                continue
            if one.event in DECISIONS:
                self._decisions.labels(one.kind, one.event).inc()
            elif one.event == "refused":
                self._refusals.labels(one.action or "", one.reason or "").inc()

    def _say(self, one: Written) -> None:
        """One line per event, with the key of the change: never a text."""
        more = {"action": one.action, "reason": one.reason} if one.event == "refused" else {}
        self._log.info("recorded", event_=one.event, change=one.key, person=one.person, **more)

    def sent(self, lane: str, outcome: str, seconds: float) -> None:
        """A delivery of that lane ended like that, after so many seconds."""
        self._sends.labels(lane, outcome).inc()
        self._sending.labels(lane).observe(seconds)

    def answered(self, shape: str, seconds: float) -> None:
        """A person's click, form or command was answered."""
        self._answers.labels(shape).observe(seconds)

    def repeated(self) -> None:
        """A delivery came that was known."""
        self._repeats.inc()

    def hooked(self, path: str, status: int) -> None:
        """Something was delivered to this path over HTTP and answered with this status."""
        peer = HOOKS.get(path)
        if peer is not None:
            self._hooks.labels(peer, _OUTCOMES.get(status, "malformed")).inc()

    def written(self, accept: str) -> tuple[bytes, str]:
        """Everything, in the format that the caller takes, and its content type."""
        encode, kind = choose_encoder(accept)
        body: Any = encode(self._registry)
        return body, kind
