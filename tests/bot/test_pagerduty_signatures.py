"""Only what PagerDuty signed, with any of our secrets, is let in."""

import hashlib
import hmac
import json

import pytest

from bot import signatures
from tests.needs import require

RAW = b'{"event":{}}'


def v1(secret: str, raw: bytes = RAW) -> str:
    return "v1=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def taken(header: str, secrets: str, raw: bytes = RAW) -> bool:
    return signatures.from_pagerduty(raw, {"x-pagerduty-signature": header}, secrets=secrets)


def test_pagerdutys_own_example_holds() -> None:
    given = json.loads((require("specs") / "signature-vectors.json").read_text("utf-8"))["pagerduty"]
    body, secret = given["body"].encode(), given["secret"]
    assert taken(given["signature"], secret, body)
    assert not taken(given["wrong_signature"], secret, body)
    assert taken(f"{given['wrong_signature']},{given['signature']}", secret, body)
    assert not taken(given["signature"], secret, body + b" ")
    assert not taken(given["signature"], secret + "x", body)


@pytest.mark.parametrize(
    ("header", "secrets", "fits"),
    [
        (v1("new"), "old, new", True),
        (v1("old"), "old new", True),
        (f"{v1('other')}, {v1('old')}", "old\nnew", True),
        (f"{v1('other')},{v1('another')}", "old,new", False),
        (v1("old,new"), "old,new", False),
        (v1(""), "", False),
        (v1(""), " , ", False),
        ("", "old", False),
        ("v1=", "old", False),
        (v1("old").replace("v1=", "v2="), "old", False),
        (v1("old").removeprefix("v1="), "old", False),
        ("v1=ü\udcff", "old", False),
        ("v1=00," * 1000 + v1("old"), "old", False),
    ],
)
def test_one_signature_of_one_of_our_secrets_is_enough_and_needed(header: str, secrets: str, fits: bool) -> None:
    assert taken(header, secrets) is fits


def test_without_the_header_nothing_is_let_in() -> None:
    assert not signatures.from_pagerduty(RAW, {}, secrets="old")
