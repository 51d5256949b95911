"""Webhooks, signed and delivered by HTTP in order; never tried twice, as on GitHub."""

from __future__ import annotations

import hashlib
import hmac

from bot.playground.github.traffic import Delivery, Install
from bot.playground.hooks import Queue, post

LIMIT = 10.0
"""Seconds the app has to answer (GitHub docs: best practices for webhooks)."""


def sign(secret: str, body: bytes) -> str:
    """Return `X-Hub-Signature-256` of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def queue() -> Queue[Delivery, Install]:
    """Where webhooks wait; nothing happens when the App has no webhook URL."""
    return Queue("github-webhooks", _send)


def _send(delivery: Delivery, install: Install) -> None:
    if install.webhook_url is None:
        return
    headers = {
        "User-Agent": "GitHub-Hookshot/playground",
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Delivery": delivery.id,
        "X-GitHub-Hook-ID": str(install.installation + 1),
        "X-GitHub-Hook-Installation-Target-ID": install.app_id,
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": sign(install.webhook_secret, delivery.body),
    }
    delivery.status = post(install.webhook_url, delivery.body, headers, LIMIT)
    delivery.times += 1
