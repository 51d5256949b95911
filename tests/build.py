"""Keyword builders for the domain: every part has a default, so that a test says only what it is about.

People are named by short person ids ("dev", "cto"); their Slack id is "U" and the id in capitals.
Time starts at `T0`, Monday 2026-11-16 02:00 UTC: 03:00 in Berlin, the middle of the night.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.case import Account, Approval, Case, Decision, Deployment, Party, Review, Roster, Standing
from workflows.change import Actor, Field, Kind, Outcome, Relation, Risk, Status
from workflows.event import Event
from workflows.ruleset import EmergencyRule, Group, Need, Rules, System

T0 = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
APPROVERS = "emergency-approvers"
FALLBACK = "release-managers"
MEMBERS: Mapping[str, tuple[str, ...]] = {APPROVERS: ("cto", "lead"), FALLBACK: ("rel",)}


def at(minutes: float = 0, **more: float) -> datetime:
    """`minutes` (and hours=, days=) after `T0`."""
    return T0 + timedelta(minutes=minutes, **more)


def slack(person: str) -> str:
    """The Slack id of a person of these tests."""
    return f"U{person.upper()}"


def email(person: str) -> str:
    """The address by which the policy names a person of these tests."""
    return f"{person}@example.com"


def actor(person: str = "cto", *, slack_id: str | None = None, operator: str | None = None) -> Actor:
    """Who acts, through their own account unless told otherwise."""
    return Actor(person, None if operator else slack_id or slack(person), operator)


def needs(**counts: int) -> tuple[Need, ...]:
    """`needs(a=2, b=1)`: two voices of group a and one of group b."""
    return tuple(Need(group, count) for group, count in counts.items())


def rule(**given: Any) -> EmergencyRule:
    """The default rule: one of the approvers, the release managers as fallback and among the reviewers."""
    default = EmergencyRule(
        index=0, approvers=(Need(APPROVERS),), fallback=(FALLBACK,), reviewers=(APPROVERS, FALLBACK)
    )
    return replace(default, **given)


def rules(
    *more: EmergencyRule,
    default: EmergencyRule | None = None,
    groups: Mapping[str, Sequence[str]] = MEMBERS,
    **given: Any,
) -> Rules:
    """A policy whose emergency rules are `more` and then the default; `groups` names the members by person id."""
    named = {
        name: Group(name, users=tuple(email(m) for m in people), contact="+49 30 1234")
        for name, people in groups.items()
    }
    values: dict[str, Any] = {
        "version": 1,
        "digest": "d" * 64,
        "zone": "Europe/Berlin",
        "standing_max_age": timedelta(seconds=60),
        "incidents": "#incidents",
        "deploys": "#deploys",
        "escalations": "#escalations",
        "groups": named,
        "emergency": (*more, default or rule()),
        "systems": {name: System(name, (f"acme/{name}",)) for name in ("payments", "web", "search")},
    }
    return Rules(**(values | given))


def account(person: str, **given: Any) -> Account:
    """An account that may act, read at `T0`."""
    values: dict[str, Any] = {"slack": slack(person), "person": person, "as_of": T0}
    return Account(**(values | given))


def roster(group: str = APPROVERS, members: Iterable[str] = ("cto", "lead"), **given: Any) -> Roster:
    """A group as read at `T0`."""
    values: dict[str, Any] = {"group": group, "members": frozenset(members), "as_of": T0}
    return Roster(**(values | given))


def standing(
    groups: Mapping[str, Iterable[str]] = MEMBERS,
    *,
    people: Collection[str] = ("dev", "ops", "cto", "lead", "rel", "stranger"),
    as_of: datetime | None = T0,
    accounts: Mapping[str, tuple[Account, ...]] | None = None,
    rosters: Mapping[str, Roster] | None = None,
) -> Standing:
    """Readings of `as_of` in which everybody is a good account; `accounts` and `rosters` take the place of some."""
    everybody = {*people, *(m for members in groups.values() for m in members)}
    known = {p: (account(p, as_of=as_of),) for p in sorted(everybody)} if as_of else {}
    read = {name: roster(name, members, as_of=as_of) for name, members in groups.items()}
    return Standing(known | dict(accounts or {}), read | dict(rosters or {}))


def approval(person: str = "cto", **given: Any) -> Approval:
    """An Approve for the approvers' group on revision 1."""
    values: dict[str, Any] = {"person": person, "revision": 1, "at": at(5), "voice": "approve", "right": APPROVERS}
    return Approval(**(values | given))


def deployment(**given: Any) -> Deployment:
    """A deployment that worked, recorded when it happened."""
    when = given.pop("at", at(15))
    values: dict[str, Any] = {"what": "0" * 64, "at": when, "recorded_at": when, "by": "dev"}
    values |= {"outcome": Outcome.OK, "basis": "approved"}
    return Deployment(**(values | given))


def review(**given: Any) -> Review:
    """A review owed by the lead since the approval, its clock running since the declaration."""
    values: dict[str, Any] = {
        "owner": "lead",
        "owed_at": at(5),
        "start": T0,
        "due": at(hours=24),
        "deadline": at(hours=48),
    }
    return Review(**(values | given))


def parties(requester: str = "dev", implementer: str = "dev", **others: Relation) -> tuple[Party, ...]:
    """The two everybody has, and more: `parties(ann=Relation.AUTHOR)`."""
    first = (Party(requester, Relation.REQUESTER, T0), Party(implementer, Relation.IMPLEMENTER, T0))
    return first + tuple(Party(person, relation, T0) for person, relation in others.items())


def case(status: Status = Status.DECLARED, **given: Any) -> Case:
    """An emergency declared by dev at `T0`, with what its status implies and readings of `T0`."""
    requester = given.get("requester", "dev")
    implementer = given.get("implementer", requester)
    values: dict[str, Any] = {
        "id": "c1",
        "key": "EC-2026-0001",
        "kind": Kind.EMERGENCY,
        "status": status,
        "version": 1,
        "risk": Risk.HIGH,
        "systems": ("payments",),
        "texts": {Field.TITLE: "1" * 64, Field.WHY: "2" * 64, Field.PLAN: "3" * 64},
        "requester": requester,
        "implementer": implementer,
        "account": slack(requester),
        "declared_at": T0,
        "posted": "#incidents",
        "parties": parties(requester, implementer),
        "standing": standing(),
    }
    return Case(**(values | _implied(status) | given))


def _implied(status: Status) -> dict[str, Any]:
    """What a change of that status has, had it come there by the straight way."""
    approved = {
        "approvals": (approval("cto"),),
        "decision": Decision("approved", at(5), "cto", 1),
        "window_until": at(5, hours=4),
        "review": review(owner="cto"),
    }
    closed = {"closed_at": at(60)}
    return {
        Status.APPROVED: approved,
        Status.REJECTED: {
            "approvals": (approval("cto", voice="reject"),),
            "decision": Decision("rejected", at(5), "cto", 1),
            "closed_at": at(5),
        },
        Status.PROCEEDING: {
            "decision": Decision("proceeding", at(5), "dev", 1),
            "window_until": at(5, hours=4),
            "review": review(),
        },
        Status.DEPLOYED: approved | {"deployments": (deployment(),)},
        Status.REVIEWED: approved
        | closed
        | {
            "deployments": (deployment(),),
            "review": review(owner="cto", closed_at=at(60), by="cto"),
            "window_until": None,
        },
        Status.WITHDRAWN: {**closed, "withdrawn_by": "dev"},
    }.get(status, {})


def event(kind: str, *, person: str | None = "dev", when: datetime = T0, seq: int = 2, **data: Any) -> Event:
    """One event of the change `c1`."""
    return Event("c1", seq, when, kind, person, None, data)
