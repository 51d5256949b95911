"""Webhooks v3, signed and delivered by HTTP in order.

PagerDuty tries again for a while after a 5xx or silence, which `Hub.redeliver` does by hand; it drops what is answered
with 4xx at once, and three drops disable the subscription (developer-docs, webhooks "Behavior").
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from bot.playground.hooks import Queue, post
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


def queue() -> Queue[Delivery, Subscription]:
    """Where webhooks wait; nothing happens when the subscription is disabled by then."""
    return Queue("pagerduty-webhooks", _send)


def _send(delivery: Delivery, to: Subscription) -> None:
    if to.disabled:
        return
    headers = {
        "User-Agent": "PagerDuty-Webhook/V3.0",
        "X-Webhook-Id": delivery.id,
        "X-Webhook-Subscription": to.id,
        "X-PagerDuty-Signature": sign(to.secrets, delivery.body),
    }
    delivery.status = post(to.url, delivery.body, headers, LIMIT)
    delivery.times += 1
    dropped = 400 <= delivery.status < 500
    to.drops = to.drops + 1 if dropped else 0
    to.disabled = to.drops >= MOST_DROPS
