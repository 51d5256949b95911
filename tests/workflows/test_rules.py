"""policy.toml → Rules, and what people read when it cannot be."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.needs import ROOT
from workflows import durations
from workflows.policy_problems import PolicyError
from workflows.rules import parse
from workflows.ruleset import EmergencyRule, Need, QuietHours, ReviewTimes

BASE = """\
version = 1
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "#incidents"
[groups.security]
users = ["ciso@example.com"]
[groups.leads]
users = ["CTO@Example.com", "U012AB3CD"]
[systems.payments]
[emergency]
approvers = [{ group = "leads" }]
"""


def problems(source: str) -> list[str]:
    """What is said of a policy that cannot be taken; nothing when it can."""
    try:
        parse(source.encode(), "policy.toml")
    except PolicyError as error:
        return [str(problem) for problem in error.problems]
    return []


def with_line(text: str) -> str:
    """The base policy with `text` as the end of [emergency]; its first line is line 13."""
    return BASE + text + "\n"


def the_rule(text: str, index: int = 0) -> EmergencyRule:
    """The emergency rule of that number, 0 for [emergency] itself."""
    rules = parse(with_line(text).encode(), "policy.toml")
    return next(rule for rule in rules.emergency if rule.index == index)


def test_the_template_is_a_policy() -> None:
    source = (ROOT / "workflows" / "policy.toml").read_bytes()
    rules = parse(source, "policy.toml")
    assert rules.digest == hashlib.sha256(source).hexdigest()
    assert rules.source == source.decode()
    assert rules.groups["emergency-approvers"].contact == "+49 30 1234"


def test_what_is_not_said_has_the_documented_default() -> None:
    rules = parse(BASE.encode(), "policy.toml")
    assert rules.standing_max_age == timedelta(seconds=60)
    assert (rules.incidents, rules.deploys, rules.escalations, rules.review) == ("#incidents",) * 4
    assert rules.groups["leads"].users == ("cto@example.com", "U012AB3CD")
    assert rules.emergency == (
        EmergencyRule(index=0, approvers=(Need("leads", 1),), reviewers=("leads",), review=ReviewTimes()),
    )


def test_a_rule_takes_from_emergency_what_it_does_not_say() -> None:
    text = """\
fallback = ["security"]
nudge = "2m"
quiet_hours = "22:00-07:00"
review = { due = "12h", escalate_to = "security" }
[[emergency.rule]]
systems = ["payments", "Other"]
risks = ["high"]
types = ["database"]
environments = ["production"]
approvers = [{ group = "security" }, { group = "leads", count = 2 }]
fallback = []
quiet_hours = "none"
review = { due = "10h", deadline = "36h", then_every = "none" }"""
    default, rule = the_rule(text), the_rule(text, 1)
    assert (default.fallback, default.nudge, default.widen) == (
        ("security",),
        timedelta(minutes=2),
        timedelta(minutes=10),
    )
    assert default.quiet_hours == QuietHours(time(22), time(7))
    assert default.review.remind == (timedelta(0),)
    assert rule == EmergencyRule(
        index=1,
        approvers=(Need("security", 1), Need("leads", 2)),
        systems=("payments", "Other"),
        environments=("production",),
        risks=("high",),
        types=("database",),
        fallback=(),
        reviewers=("security", "leads"),
        nudge=timedelta(minutes=2),
        review=ReviewTimes(timedelta(hours=10), timedelta(hours=36), (timedelta(0),), None, "security"),
    )


def test_the_first_rule_comes_first_and_emergency_last() -> None:
    text = '[[emergency.rule]]\nrisks = ["high"]\n[[emergency.rule]]\nrisks = ["low"]'
    rules = parse(with_line(text).encode(), "policy.toml")
    assert [rule.index for rule in rules.emergency] == [1, 2, 0]


def test_everything_in_the_design_is_read() -> None:
    text = """\
[groups.duty]
usergroup = "@OnCall-Leads"
pagerduty_schedules = ["PABC123"]
max_level = 2
notify = false
[people."CTO@example.com"]
github = "cto-login"
[systems.web]
repositories = ["acme/web"]
sensitive = true
[[deploy]]
environments = ["production"]
approvers = [{ group = "duty", count = 5 }, { group = "security" }]
valid_for = "1h30m"
require = ["checks-pass", "staging-first"]
[[freeze]]
every = "Friday 16:00-mon 8:00"
reason = "weekend"
override = "leads"
[[freeze]]
from = 2026-12-23T16:00:00
until = 2026-12-27T08:00:00Z
environments = ["production"]
reason = "holidays\""""
    rules = parse(with_line(text).encode(), "policy.toml")
    duty, deploy, (weekly, fixed) = rules.groups["duty"], rules.deploy[0], rules.freezes
    assert (duty.usergroup, duty.pagerduty_schedules, duty.max_level, duty.notify) == (
        "@oncall-leads",
        ("PABC123",),
        2,
        False,
    )
    assert rules.people_github == {"cto@example.com": "cto-login"}
    assert rules.systems["web"].repositories == ("acme/web",)
    assert rules.systems["web"].sensitive
    assert deploy.approvers == (Need("duty", 5), Need("security", 1))
    assert (deploy.index, deploy.valid_for, deploy.rollback_within) == (
        1,
        timedelta(minutes=90),
        timedelta(days=30),
    )
    assert [str(one) for one in deploy.require] == ["checks-pass", "staging-first"]
    assert (weekly.every, weekly.override, weekly.since) == ("fri 16:00 - mon 08:00", "leads", None)
    assert (fixed.since, fixed.until) == (
        datetime(2026, 12, 23, 15, tzinfo=UTC),
        datetime(2026, 12, 27, 8, tzinfo=UTC),
    )


MISTAKES = {
    "a user is neither": (
        BASE.replace("ciso@example.com", "@ciso"),
        'policy.toml:7: [groups.security] users: "@ciso" is neither an e-mail address nor a Slack member id;'
        ' write "cto@example.com" or "U012AB3CD"; a user group goes into usergroup',
    ),
    "an unknown key, with the nearest": (
        with_line('reviewer = ["leads"]'),
        "policy.toml:13: [emergency] reviewer: is not a key that Countersign knows; did you mean reviewers?",
    ),
    "an unknown key deep in an inline table": (
        BASE.replace('{ group = "leads" }', '{ group = "leads", cuont = 1 }'),
        "policy.toml:12: [emergency] approvers.cuont: is not a key that Countersign knows; did you mean count?",
    ),
    "an unknown key in a group": (
        BASE.replace('users = ["ciso@example.com"]', 'users = ["ciso@example.com"]\nuser_group = "@x"'),
        "policy.toml:8: [groups.security] user_group: is not a key that Countersign knows; did you mean usergroup?",
    ),
    "an unknown table": (
        with_line("[group.x]"),
        "policy.toml:13: group: is not a key that Countersign knows; did you mean groups?",
    ),
    "an unknown key of the register": (
        with_line("[register]\nreader = []"),
        "policy.toml:14: [register] reader: is not a key that Countersign knows; did you mean readers?",
    ),
    "a reader who is nobody": (
        with_line('[register]\nreaders = ["leads", "laeds", "ann@example.com"]'),
        'policy.toml:14: [register] readers: there is no [groups.laeds]; did you mean "leads"?',
    ),
    "an auditor twice": (
        with_line('[register]\nauditors = ["ann@example.com", "Ann@example.com"]'),
        "policy.toml:14: [register] auditors: names ann@example.com twice; keep one of them",
    ),
    "a session for a week": (
        with_line('[register]\nsession = "7d"'),
        'policy.toml:14: [register] session: "7d" is out of bounds; write between "15m" and "1d"',
    ),
    "a missing table": (
        BASE.replace('[channels]\nincidents = "#incidents"\n', ""),
        'policy.toml:1: [channels]: is missing; write [channels] with incidents = "#incidents"',
    ),
    "a missing key stands at its table": (
        BASE.replace('incidents = "#incidents"', ""),
        'policy.toml:4: [channels] incidents: is missing; write incidents = "#incidents"',
    ),
    "an empty channel": (
        BASE.replace("#incidents", ""),
        'policy.toml:5: [channels] incidents: is empty; write a channel, "#incidents" or "C012AB3CD"',
    ),
    "capital letters in a channel": (
        BASE.replace("#incidents", "#Incidents"),
        'policy.toml:5: [channels] incidents: "#Incidents" can\'t exist, Slack channels have small letters;'
        ' write "#incidents"',
    ),
    "a zone that is none": (
        BASE.replace("Europe/Berlin", "Europe/Berlni"),
        'policy.toml:3: [workspace] zone: "Europe/Berlni" is not a time zone; did you mean "Europe/Berlin"?',
    ),
    "a group that is not there": (
        with_line('fallback = ["ledas"]'),
        'policy.toml:13: [emergency] fallback: there is no [groups.ledas]; did you mean "leads"?',
    ),
    "escalation to nobody": (
        with_line('review = { escalate_to = "board" }'),
        "policy.toml:13: [emergency] review.escalate_to: there is no [groups.board];"
        " add [groups.board] or write one that is there",
    ),
    "approvers that are not there": (
        BASE.replace('{ group = "leads" }', '{ group = "lead" }'),
        'policy.toml:12: [emergency] approvers.group: there is no [groups.lead]; did you mean "leads"?',
    ),
    "reviewers that are not there": (
        with_line('[[emergency.rule]]\nrisks = ["low"]\nreviewers = ["x"]'),
        "policy.toml:15: [[emergency.rule]] reviewers: there is no [groups.x];"
        " add [groups.x] or write one that is there",
    ),
    "a freeze lifted by nobody": (
        with_line('[[freeze]]\nevery = "fri 16:00 - mon 08:00"\nreason = "r"\noverride = "x"'),
        "policy.toml:16: [[freeze]] override: there is no [groups.x]; add [groups.x] or write one that is there",
    ),
    "a system that is not there": (
        with_line('[[emergency.rule]]\nsystems = ["payment"]'),
        'policy.toml:14: [[emergency.rule]] systems: there is no [systems.payment]; did you mean "payments"?',
    ),
    "more voices than people": (
        BASE.replace('{ group = "leads" }', '{ group = "leads", count = 3 }'),
        "policy.toml:12: [emergency] approvers.count: asks for 3 of leads, which lists 2 people; add users or lower it",
    ),
    "no voice at all": (
        BASE.replace('{ group = "leads" }', '{ group = "leads", count = 0 }'),
        "policy.toml:12: [emergency] approvers.count: is 0; write at least 1",
    ),
    "a group twice": (
        BASE.replace('{ group = "leads" }', '{ group = "leads" }, { group = "leads" }'),
        "policy.toml:12: [emergency] approvers.group: names leads twice; write one entry with the sum as its count",
    ),
    "nobody in a group": (
        BASE.replace('users = ["ciso@example.com"]', "users = []"),
        'policy.toml:6: [groups.security]: has nobody in it; write users = ["cto@example.com"]'
        ' or usergroup = "@oncall-leads"',
    ),
    "one person twice, in other letters": (
        BASE.replace('"U012AB3CD"', '"cto@example.com"'),
        "policy.toml:9: [groups.leads] users: names cto@example.com twice; one person counts once",
    ),
    "one login of two people": (
        with_line('[people."a@example.com"]\ngithub = "x"\n[people."b@example.com"]\ngithub = "X"'),
        'policy.toml:16: [people."b@example.com"] github: X is already a@example.com; one login belongs to one person',
    ),
    "one person under two spellings": (
        with_line('[people."a@example.com"]\ngithub = "x"\n[people."A@example.com"]\ngithub = "y"'),
        "policy.toml:13: [people]: names the same one twice, apart from spaces or capital letters; keep one of them",
    ),
    "Other as a system": (
        with_line("[systems.Other]"),
        "policy.toml:13: [systems.Other]: is offered in every form anyway; remove it",
    ),
    "a duration in words": (
        with_line('nudge = "5 minutes"'),
        'policy.toml:13: [emergency] nudge: "5 minutes" is not a duration;'
        ' write a number with s, m, h or d, like "5m", "24h" or "1h30m"',
    ),
    "a duration without quotes": (
        with_line("nudge = 5"),
        "policy.toml:13: [emergency] nudge: 5 is not a duration in quotes;"
        ' write a number with s, m, h or d, like "5m", "24h" or "1h30m"',
    ),
    "no time at all": (
        with_line('window = "0h"'),
        "policy.toml:13: [emergency] window: must be longer than nothing",
    ),
    "the wide question before the second": (
        with_line('nudge = "10m"'),
        "policy.toml:13: [emergency] nudge: 10m is not before widen, 10m; the same people are asked first",
    ),
    "due after the deadline": (
        with_line('review = { due = "72h", deadline = "48h" }'),
        "policy.toml:13: [emergency] review.due: 72h is after the deadline, 48h; lower due or raise deadline",
    ),
    "a rule that makes the merged times wrong": (
        with_line('[[emergency.rule]]\nrisks = ["low"]\nreview = { deadline = "6h" }'),
        "policy.toml:15: [[emergency.rule]] review.due: 24h is after the deadline, 6h; lower due or raise deadline",
    ),
    "reminders out of order": (
        with_line('review = { remind = ["20h", "0h"] }'),
        'policy.toml:13: [emergency] review.remind: is not in rising order; write ["0s", "20h"]',
    ),
    "reminders after the deadline": (
        with_line('review = { remind = ["0h", "48h"] }'),
        'policy.toml:13: [emergency] review.remind: ["48h"] is not before the deadline, 48h; write earlier ones',
    ),
    "reminders without end": (
        with_line('review = { then_every = "1m" }'),
        'policy.toml:13: [emergency] review.then_every: "1m" would remind people all the time;'
        ' write at least "15m", or "none"',
    ),
    "a night without an end": (
        with_line('quiet_hours = "22:00"'),
        'policy.toml:13: [emergency] quiet_hours: "22:00" is not a night; write "22:00-07:00", or "none"',
    ),
    "an hour that no clock has": (
        with_line('quiet_hours = "22:00-24:00"'),
        "policy.toml:13: [emergency] quiet_hours: 24:00 is not a time of day; write 00:00 to 23:59",
    ),
    "a night of no length": (
        with_line('quiet_hours = "7:00-07:00"'),
        'policy.toml:13: [emergency] quiet_hours: "7:00-07:00" begins and ends at the same time;'
        ' write "22:00-07:00", or "none"',
    ),
    "a freeze that says no time": (
        with_line('[[freeze]]\nreason = "r"'),
        'policy.toml:13: [[freeze]]: says no time; write every = "fri 16:00 - mon 08:00", or from and until',
    ),
    "a freeze that says two": (
        with_line('[[freeze]]\nreason = "r"\nfrom = 2026-12-23T16:00:00Z\nevery = "fri 16:00 - mon 08:00"'),
        "policy.toml:16: [[freeze]] every: stands beside from or until; write one freeze for each",
    ),
    "a freeze that ends before it begins": (
        with_line('[[freeze]]\nreason = "r"\nfrom = 2026-12-23T16:00:00Z\nuntil = 2026-12-23T16:00:00+01:00'),
        "policy.toml:16: [[freeze]] until: is not after from; a freeze ends after it began",
    ),
    "a freeze from a day": (
        with_line('[[freeze]]\nreason = "r"\nfrom = 2026-12-23'),
        "policy.toml:15: [[freeze]] from: '2026-12-23' is not a date with a time;"
        " write 2026-12-23T16:00:00, without quotes",
    ),
    "a day that no week has": (
        with_line('[[freeze]]\nreason = "r"\nevery = "fry 16:00 - mon 08:00"'),
        'policy.toml:15: [[freeze]] every: "fry 16:00 - mon 08:00" is not a weekly span; write "fri 16:00 - mon 08:00"',
    ),
    "a rule that matches all": (
        with_line('[[emergency.rule]]\nnudge = "1m"'),
        "policy.toml:13: [[emergency.rule]]: matches all, so [emergency] never decides;"
        " name systems, environments, risks or types",
    ),
    "a rule behind one that takes all of it": (
        with_line(
            '[[emergency.rule]]\nrisks = ["low", "high"]\n[[emergency.rule]]\nrisks = ["high"]\nsystems = ["payments"]'
        ),
        "policy.toml:15: [[emergency.rule]]: never decides, number 1 of [[emergency.rule]] takes all of it;"
        " move this up",
    ),
    "an empty list": (
        with_line('[[emergency.rule]]\nsystems = []\nrisks = ["low"]'),
        "policy.toml:14: [[emergency.rule]] systems: is an empty list; name at least one, or leave the key out",
    ),
    "one bracket too few": (
        with_line('[deploy]\napprovers = [{ group = "leads" }]'),
        "policy.toml:13: [[deploy]]: must be a list in [ ]; write [[deploy]], with two brackets",
    ),
    "a user group as a bare word": (
        BASE.replace('users = ["ciso@example.com"]', 'usergroup = "oncall"'),
        'policy.toml:7: [groups.security] usergroup: "oncall" is not a Slack user group;'
        ' write its handle, "@oncall-leads", or id, "S012AB3CD"',
    ),
    "markup in a name": (
        with_line("[systems.'<!channel>']"),
        "policy.toml:13: [systems.\"<!channel>\"]: '<!channel>' must not hold <, >, &, ` or control characters",
    ),
    "a version in quotes": (
        BASE.replace("version = 1", 'version = "1"'),
        "policy.toml:1: version: must be a whole number, without quotes; write version = 1",
    ),
    "a reading that would be too old": (
        BASE.replace("[channels]", 'standing_max_age = "1d"\n[channels]'),
        'policy.toml:4: [workspace] standing_max_age: "1d" is out of bounds; write between "5s" and "1h"',
    ),
    "no TOML": (
        with_line("nudge = 5m"),
        "policy.toml:13: is not TOML here: expected newline or end of document after a statement",
    ),
    "a string without an end": (
        BASE + 'x = """',
        "policy.toml:13: is not TOML here: unterminated string",
    ),
    "a key twice": (
        with_line('fallback = []\nfallback = ["leads"]'),
        "policy.toml:14: is not TOML here: cannot overwrite a value",
    ),
}


@pytest.mark.parametrize(("source", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_its_line_its_key_and_what_to_do(source: str, said: str) -> None:
    assert problems(source) == [said]


def test_all_mistakes_are_named_at_once_in_the_order_of_the_file() -> None:
    source = with_line('nudge = "x"\nwiden = "y"').replace("#incidents", "incidents")
    assert [one.split(":")[1] for one in problems(source)] == ["5", "13", "14"]


def test_bytes_that_are_no_text_are_named_at_their_line() -> None:
    with pytest.raises(PolicyError, match=r"p:2: holds bytes that are not UTF-8; save the file as UTF-8"):
        parse(b'version = 1\nx = "\xff"', "p")


def test_a_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    source = b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode()
    assert parse(source, "p").digest == hashlib.sha256(source).hexdigest()
    with pytest.raises(PolicyError, match=r"^p:13: \[emergency\] nudge: 5 is not"):
        parse(source + b"nudge = 5\r\n", "p")


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(PolicyError, match="larger than 1 MB"):
        parse(b"#" * 1_000_001, "p")


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_policy_or_a_named_mistake(source: bytes) -> None:
    with pytest.raises(PolicyError) as refused:
        parse(source, "p")
    assert refused.value.problems
    assert all(problem.line >= 1 for problem in refused.value.problems)


VALUES = st.recursive(
    st.one_of(st.none().map(lambda _: 0), st.integers(-5, 5), st.booleans(), st.text(max_size=3)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


def written(value: object) -> str:
    """Any value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08X}" for c in value) + '"'
    return str(value)


KEYS = ["approvers", "fallback", "review", "rule", "nudge", "quiet_hours", "reviewers"]


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1))
def test_any_shape_of_value_is_taken_or_named(values: dict[str, object]) -> None:
    tail = "\n".join(f"{key} = {written(value)}" for key, value in values.items() if key != "approvers")
    problems(with_line(tail))  # raises nothing else
    needs = values.get("approvers", [])
    problems(BASE.replace('[{ group = "leads" }]', written(needs)))


@given(st.integers(0, 366 * 86400))
def test_a_duration_reads_back_as_it_was_written(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert durations.parse(durations.text(duration)) == duration


@pytest.mark.parametrize(
    ("written_as", "said"),
    [
        ("30s", "30 s"),
        ("5m", "5 min"),
        ("90m", "1 h 30 min"),
        ("24h", "24 h"),
        ("2d", "48 h"),
        ("3d", "72 h"),
        ("30d", "30 d"),
        ("0h", "0 min"),
    ],
)
def test_a_duration_in_words(written_as: str, said: str) -> None:
    assert durations.words(durations.parse(written_as)) == said
