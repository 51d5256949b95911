"""Webhooks, signed and delivered by HTTP in order; never tried twice, as on GitHub."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import threading
import time
from collections import deque
from urllib.parse import urlsplit

from bot.playground.github.traffic import Delivery, Install

LIMIT = 10.0
"""Seconds the app has to answer (GitHub docs: best practices for webhooks)."""


def sign(secret: str, body: bytes) -> str:
    """Return `X-Hub-Signature-256` of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Webhooks:
    """A queue with one thread, which lives while something is queued."""

    def __init__(self) -> None:
        """Begin with nothing to deliver."""
        self._change = threading.Condition()
        self._queue: deque[tuple[Delivery, Install]] = deque()
        self._thread: threading.Thread | None = None

    def put(self, delivery: Delivery, install: Install) -> None:
        """Deliver after everything that is queued already; nothing happens when the App has no webhook URL."""
        if install.webhook_url is None:
            return
        with self._change:
            self._queue.append((delivery, install))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="github-webhooks", daemon=True)
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
                delivery, install = self._queue.popleft()
            delivery.status = post(delivery, install)
            delivery.times += 1


def post(delivery: Delivery, install: Install) -> int:
    """Send one webhook and return the HTTP status; 0 when there was no answer in time."""
    parts = urlsplit(install.webhook_url or "")
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Connection": "close",
        "User-Agent": "GitHub-Hookshot/playground",
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Delivery": delivery.id,
        "X-GitHub-Hook-ID": str(install.installation + 1),
        "X-GitHub-Hook-Installation-Target-ID": install.app_id,
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": sign(install.webhook_secret, delivery.body),
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
