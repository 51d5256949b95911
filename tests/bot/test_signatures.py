"""Only what Slack signed, lately, is let in."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot import signatures
from tests.needs import require

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
REAL = datetime(2026, 11, 20, 3, 2, tzinfo=UTC)


def headers(raw: bytes, *, at: str | None = None, secret: str = SECRET) -> dict[str, str]:
    """Signed headers, as Slack makes them."""
    timestamp = at if at is not None else str(int(REAL.timestamp()))
    base = b"v0:" + timestamp.encode() + b":" + raw
    signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature}


def test_slacks_own_example_holds() -> None:
    given = json.loads((require("specs") / "signature-vectors.json").read_text("utf-8"))["slack"]
    signed = {
        "x-slack-request-timestamp": given["timestamp"],
        "x-slack-signature": given["signature"],
    }
    real = datetime.fromtimestamp(int(given["timestamp"]), UTC)
    body = given["body"].encode()
    assert signatures.from_slack(body, signed, secret=given["secret"], real=real)
    assert not signatures.from_slack(body + b" ", signed, secret=given["secret"], real=real)
    assert not signatures.from_slack(body, signed, secret=given["secret"] + "x", real=real)


@pytest.mark.parametrize(
    ("seconds", "taken"),
    [(0, True), (300, True), (301, False), (-60, True), (-61, False), (86_400, False)],
    ids=lambda value: str(value),
)
def test_a_request_may_be_five_minutes_late_and_one_minute_early(seconds: int, taken: bool) -> None:
    raw = b"payload=x"
    later = REAL + timedelta(seconds=seconds)
    assert signatures.from_slack(raw, headers(raw), secret=SECRET, real=later) is taken


@pytest.mark.parametrize(
    "timestamp",
    ["", "x", "-1", "1e9", "1763607720.5", "9" * 5000, "١٧٦٣٦٠٧٧٢٠", " 1763607720", "0x10"],
    ids=["empty", "letter", "negative", "float", "fraction", "5000 digits", "arabic digits", "space", "hex"],
)
def test_an_odd_timestamp_is_a_no_even_when_it_is_signed(timestamp: str) -> None:
    raw = b"payload=x"
    assert not signatures.from_slack(raw, headers(raw, at=timestamp), secret=SECRET, real=REAL)


@pytest.mark.parametrize("signature", ["", "v0=", "v1=00", "v0=ü", "\udcff", "v0=" + "0" * 64])
def test_an_odd_signature_is_a_no(signature: str) -> None:
    raw = b"payload=x"
    signed = headers(raw) | {"x-slack-signature": signature}
    assert not signatures.from_slack(raw, signed, secret=SECRET, real=REAL)


def test_without_headers_nothing_is_let_in() -> None:
    assert not signatures.from_slack(b"payload=x", {}, secret=SECRET, real=REAL)


def test_a_delivery_is_known_by_its_event_then_its_envelope_then_its_bytes() -> None:
    assert signatures.delivery_key({"event_id": "Ev1"}, envelope="e", signed=b"1") == "event:Ev1"
    assert signatures.delivery_key({}, envelope="e", signed=b"1") == "envelope:e"
    same = signatures.delivery_key({}, signed=b"1")
    assert same == signatures.delivery_key({"event_id": 5}, signed=b"1")
    assert same != signatures.delivery_key({}, signed=b"2")
