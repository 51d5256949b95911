"""Who has which role in the register: a table, each row one thing that is so or not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workflows import admission
from workflows.admission import Known, Role
from workflows.rules import parse
from workflows.standing import Account, Roster, Standing

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
YOUNG, OLD = NOW - timedelta(seconds=59), NOW - timedelta(seconds=61)
RULES = parse(
    b"""version = 1
[workspace]
zone = "UTC"
[channels]
incidents = "#incidents"
[groups.staff]
usergroup = "@staff"
[groups.leads]
usergroup = "@leads"
[emergency]
approvers = [{ group = "leads" }]
[register]
readers = ["staff", "Ann@Example.com"]
auditors = ["UAUDITOR", "leads"]
admins = ["boss@example.com"]
""",
    "policy.toml",
)


def role(
    *groups: str, slack: str = "USOME", email: str | None = None, read: datetime | None = YOUNG, **more: Any
) -> Role | None:
    """The role of somebody in these groups, whose members were read then."""
    stale, seen = more.pop("group_stale", False), more.pop("as_of", YOUNG)
    rosters = {
        name: Roster(name, frozenset({"p1"} if name in groups else {"p2"}), read, stale) for name in ("staff", "leads")
    }
    account = Account(slack=slack, person="p1", as_of=seen, **more)
    return admission.role(RULES, Known(account, email), Standing(rosters=rosters), NOW)


ROWS: dict[str, tuple[Role | None, Role | None]] = {
    "in no group and not named": (role(), None),
    "in the readers' group": (role("staff"), Role.READER),
    "by e-mail, however it is written": (role(email="ann@example.com"), Role.READER),
    "by e-mail that Slack has not confirmed": (role(email=None), None),
    "another e-mail": (role(email="ann@example.com.evil"), None),
    "by Slack id": (role(slack="UAUDITOR"), Role.AUDITOR),
    "the name of a group is nobody's id": (role(slack="staff", email="leads"), None),
    "in two groups, the higher counts": (role("staff", "leads"), Role.AUDITOR),
    "named higher than the group": (role("staff", email="boss@example.com"), Role.ADMIN),
    "the group was read too long ago": (role("staff", read=OLD), None),
    "the group was never read": (role("staff", read=None), None),
    "the group changed since it was read": (role("staff", group_stale=True), None),
    "the account was read too long ago": (role(slack="UAUDITOR", as_of=OLD), None),
    "the account changed since it was read": (role(slack="UAUDITOR", stale=True), None),
    "deactivated": (role(slack="UAUDITOR", deactivated=True), None),
    "a guest": (role(slack="UAUDITOR", guest=True), None),
    "a bot": (role(slack="UAUDITOR", bot=True), None),
    "of another organisation": (role(slack="UAUDITOR", foreign=True), None),
}


@pytest.mark.parametrize(("found", "right"), ROWS.values(), ids=ROWS.keys())
def test_who_has_which_role(found: Role | None, right: Role | None) -> None:
    assert found == right


@pytest.mark.parametrize("mine", Role)
@pytest.mark.parametrize("least", Role)
def test_each_role_may_all_that_the_ones_before_it_may(mine: Role, least: Role) -> None:
    order = ["reader", "auditor", "admin"]
    assert mine.covers(least) == (order.index(mine) >= order.index(least))


def test_without_the_table_nobody_of_ours_has_a_role() -> None:
    bare = parse(RULES.source.partition("[register]")[0].encode(), "policy.toml")
    account = Account(slack="UAUDITOR", person="p1", as_of=YOUNG)
    assert admission.role(bare, Known(account, "boss@example.com"), Standing(), NOW) is None
    assert bare.register.session == timedelta(hours=8)


def test_the_groups_that_have_to_be_read_are_those_that_are_named() -> None:
    assert admission.groups(RULES) == ("staff", "leads")
