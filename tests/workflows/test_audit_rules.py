"""[audit] and [retention] of policy.toml, and what people read when they cannot be taken."""

from datetime import timedelta

import pytest

from workflows.audit_rules import YEAR, Audit, Retention
from workflows.policy_problems import PolicyError
from workflows.rules import parse
from workflows.ruleset import Rules

BASE = """version = 1
[workspace]
zone = "UTC"
[channels]
incidents = "#incidents"
[groups.leads]
users = ["lead@example.com", "cto@example.com"]
[emergency]
approvers = [{ group = "leads" }]
"""


def read(text: str) -> Rules:
    return parse((BASE + text).encode(), "policy.toml")


def test_without_them_nothing_is_anchored_and_everything_is_kept_for_seven_years() -> None:
    found = read("")
    assert (found.audit, found.retention) == (Audit(), Retention())
    assert (found.retention.emergency, found.retention.ci_logs, found.audit.every) == (
        7 * YEAR,
        YEAR,
        timedelta(hours=1),
    )


def test_every_key_is_taken() -> None:
    text = """[audit]
origin = "record.example.com/changes"
every = "30m"
channel = "#audit"
repository = "acme/anchors"
path = "countersign/checkpoint.txt"
branch = "main"
file = "/mnt/other/anchors"
[retention]
emergency = "10y"
deploy = "400d"
finding = "365d"
ci_logs = "730d"
hold = ["EC-2026-0042"]
"""
    found = read(text)
    given = ("record.example.com/changes", timedelta(minutes=30), "#audit", "acme/anchors")
    assert found.audit == Audit(*given, "countersign/checkpoint.txt", "main", "/mnt/other/anchors")
    ten, four_hundred, one, two = (timedelta(days=n) for n in (3650, 400, 365, 730))
    assert found.retention == Retention(ten, four_hundred, one, two, ("EC-2026-0042",))
    logs = read('[audit]\nlogs = "/srv/logs"\nlogs_from = ["Logs.example.com"]').audit
    assert (logs.logs, logs.logs_from) == ("/srv/logs", ("logs.example.com",))
    assert [found.retention.held(key) for key in ("EC-2026-0042", "EC-2026-0043")] == [True, False]
    assert read('[retention]\nhold = ["*"]').retention.held("DR-2026-0001")


MISTAKES = {
    "weeks": ('[retention]\ndeploy = "60w"', 'write years or days, "7y" or "400d"'),
    "less than a year": ('[retention]\ndeploy = "364d"', "too short; records are kept for a year at least"),
    "a hold of nothing": ('[retention]\nhold = ["payments"]', "is no key of a change"),
    "a name with a plus": ('[audit]\norigin = "a+b"', "is no name of a log"),
    "a name with a space": ('[audit]\norigin = "our record"', "is no name of a log"),
    "a way out of the repository": ('[audit]\npath = "../x"', "is not a path in a repository"),
    "a path from the root": ('[audit]\npath = "/x"', "is not a path in a repository"),
    "hardly ever": ('[audit]\nevery = "8d"', 'write between "15m" and "1d"'),
    "all the time": ('[audit]\nevery = "1m"', 'write between "15m" and "1d"'),
    "a channel that can't be": ('[audit]\nchannel = "audit"', "is not a channel"),
    "an address for a host": ('[audit]\nlogs_from = ["https://logs.example.com/"]', "is not the name of a host"),
    "any host": ('[audit]\nlogs_from = ["*.example.com"]', "is not the name of a host"),
    "another key": ('[audit]\nanchors = "x"', "is not a key that Countersign knows"),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named(text: str, said: str) -> None:
    with pytest.raises(PolicyError) as found:
        read(text)
    assert [said in str(one) for one in found.value.problems] == [True]
