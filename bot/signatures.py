"""Who sent these bytes: checked over the raw body, before anything is parsed, and only by real time.

Source: Slack docs, "Verifying requests from Slack" (signing version v0). Bolt checks no signature in the mode
it is used in here, so this is the only lock. GitHub docs, "Validating webhook deliveries". PagerDuty docs,
"Verifying Webhook Signatures" (version v1).
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

MAX_BYTES = 1_048_576
OLDEST = 300  # seconds that a request may be late
NEWEST = 60  # seconds that the sender's clock may be ahead
_DIGITS = 12
_LONGEST = 2048  # characters of a header in which signatures stand


def from_slack(raw: bytes, headers: Mapping[str, str], *, secret: str, real: datetime) -> bool:
    """Whether Slack signed exactly these bytes lately: −300 s … +60 s of real time; constant time.

    `headers` has lower-case or case-insensitive names. Anything missing or odd is a no; nothing is raised.
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not secret:
        return False  # Socket Mode alone: nobody signs, so nobody is let in here
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _DIGITS):
        return False
    if not -NEWEST <= real.timestamp() - int(timestamp) <= OLDEST:
        return False
    wanted = "v0=" + hmac.new(secret.encode(), signed_bytes(raw, timestamp), hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "surrogateescape"))


def from_github(raw: bytes, headers: Mapping[str, str], *, secret: str) -> bool:
    """Whether GitHub signed exactly these bytes (X-Hub-Signature-256); constant time, nothing is raised.

    The signature names no time: what is replayed is known by its delivery id, which is kept for ever.
    """
    signature = headers.get("x-hub-signature-256", "")
    if not secret:
        return False
    wanted = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "surrogateescape"))


def from_pagerduty(raw: bytes, headers: Mapping[str, str], *, secrets: str) -> bool:
    """Whether PagerDuty signed exactly these bytes (X-PagerDuty-Signature); constant time, nothing is raised.

    While a secret is rotated the header carries a `v1=` for each, and `secrets` may hold several, separated by commas
    or white space: one that fits one is enough. The signature names no time: what is replayed is known by its id.
    """
    header = headers.get("x-pagerduty-signature", "")[:_LONGEST]
    given = [one.strip().encode("utf-8", "surrogateescape") for one in header.split(",")]
    fits = False
    for secret in secrets.replace(",", " ").split():
        wanted = "v1=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        for one in given:
            fits |= hmac.compare_digest(wanted.encode(), one)
    return fits


def signed_bytes(raw: bytes, timestamp: str) -> bytes:
    """The bytes that Slack signs: version, timestamp and body."""
    return b"v0:" + timestamp.encode("ascii", "replace") + b":" + raw


def delivery_key(body: Mapping[str, object], *, signed: bytes = b"", envelope: str = "") -> str:
    """The key under which the inbox remembers a delivery.

    An event's own id when there is one (a retry has new bytes, the same id), in Socket Mode the
    envelope's id, else the SHA-256 of the signed bytes.
    """
    event = body.get("event_id")
    if isinstance(event, str) and event:
        return f"event:{event}"
    if envelope:
        return f"envelope:{envelope}"
    return f"signed:{hashlib.sha256(signed).hexdigest()}"
