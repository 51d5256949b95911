"""Webhooks v3, signed and delivered by HTTP in order.

PagerDuty tries again for a while after a 5xx or silence, which `Hub.redeliver` does by hand; it drops what is answered
with 4xx at once, and three drops disable the subscription (developer-docs, webhooks "Behavior").
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import threading
import time
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.playground.pagerduty.records import Subscription

LIMIT = 5.0
"""Seconds the app has to answer."""

MOST_DROPS = 3


@dataclass
class Delivery:
    """One webhook; `status` is the app's HTTP answer, 0 when it was lost or not answered."""

    id: str
    event: str
    body: bytes
    subscription: str
    status: int = 0
    at: str = ""
    times: int = 0


def sign(secrets: tuple[str, ...], body: bytes) -> str:
    """Return `X-PagerDuty-Signature`: one `v1=` for each secret (developer-docs, webhooks "Signatures")."""
    return ",".join("v1=" + hmac.new(one.encode(), body, hashlib.sha256).hexdigest() for one in secrets)


class Webhooks:
    """A queue with one thread, which lives while something is queued."""

    def __init__(self) -> None:
        """Begin with nothing to deliver."""
        self._change = threading.Condition()
        self._queue: deque[tuple[Delivery, Subscription]] = deque()
        self._thread: threading.Thread | None = None

    def put(self, delivery: Delivery, to: Subscription) -> None:
        """Deliver after everything that is queued already; nothing happens when the subscription is disabled."""
        if to.disabled:
            return
        with self._change:
            self._queue.append((delivery, to))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="pagerduty-webhooks", daemon=True)
                self._thread.start()

    def settle(self, timeout: float) -> bool:
        """Wait until everything was delivered, at most `timeout` seconds; say whether it was."""
        deadline = time.monotonic() + timeout
        with self._change:
            while self._thread is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._change.wait(left)
            return True

    def _work(self) -> None:
        while True:
            with self._change:
                if not self._queue:
                    self._thread = None
                    self._change.notify_all()
                    return
                delivery, to = self._queue.popleft()
            delivery.status = post(delivery, to)
            delivery.times += 1
            dropped = 400 <= delivery.status < 500
            to.drops = to.drops + 1 if dropped else 0
            to.disabled = to.drops >= MOST_DROPS


def post(delivery: Delivery, to: Subscription) -> int:
    """Send one webhook and return the HTTP status; 0 when there was no answer in time."""
    parts = urlsplit(to.url)
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Connection": "close",
        "User-Agent": "PagerDuty-Webhook/V3.0",
        "X-Webhook-Id": delivery.id,
        "X-Webhook-Subscription": to.id,
        "X-PagerDuty-Signature": sign(to.secrets, delivery.body),
    }
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=LIMIT)
    try:
        connection.request("POST", parts.path or "/", delivery.body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
