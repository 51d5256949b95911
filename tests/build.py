"""Keyword builders for the domain: every part has a default, so that a test says only what it is about.

People are named by short person ids ("dev", "cto"); their Slack id is "U" and the id in capitals.
Time starts at `T0`, Monday 2026-11-16 02:00 UTC: 03:00 in Berlin, the middle of the night.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows import binding
from workflows.case import Approval, Case, Decision, Deployment, Party, Review
from workflows.change import Actor, Field, Kind, Outcome, Relation, Risk, Status
from workflows.event import Event
from workflows.reading import (
    Branch,
    Check,
    CheckState,
    Commit,
    Environment,
    Hand,
    Live,
    Opined,
    Opinion,
    Pull,
    Read,
    Reading,
    Staged,
)
from workflows.ruleset import DeployRule, EmergencyRule, Group, Need, Rules, System
from workflows.standing import Account, Roster, Standing

T0 = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
APPROVERS = "emergency-approvers"
FALLBACK = "release-managers"
MEMBERS: Mapping[str, tuple[str, ...]] = {APPROVERS: ("cto", "lead"), FALLBACK: ("rel",)}
RELEASERS, SECURITY = FALLBACK, "security"
DEPLOY_MEMBERS: Mapping[str, tuple[str, ...]] = {
    APPROVERS: ("cto", "lead"),
    RELEASERS: ("rel", "lead"),
    SECURITY: ("cto",),
}
PEOPLE = ("dev", "ops", "cto", "lead", "rel", "stranger")
REPOSITORY = "acme/payments"
SHA, NEXT_SHA, LIVE_SHA = ("1a2b3c4" + "0" * 33, "9f8e7d6" + "0" * 33, "811c0de" + "0" * 33)


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


def login(person: str) -> str:
    """The GitHub account of a person of these tests."""
    return f"{person}-gh"


def deploy_rule(**given: Any) -> DeployRule:
    """The first rule for production: one of the release managers (rel, lead), no conditions, 8 h."""
    default = DeployRule(index=1, approvers=(Need(RELEASERS),), environments=("production",))
    return replace(default, **given)


def deploy_rules(*more: DeployRule, groups: Mapping[str, Sequence[str]] = DEPLOY_MEMBERS, **given: Any) -> Rules:
    """A policy with these deploy rules, in their order; without any: `deploy_rule()`. Everybody has a GitHub login."""
    values: dict[str, Any] = {
        "deploy": tuple(replace(one, index=n) for n, one in enumerate(more or (deploy_rule(),), 1)),
        "people_github": {email(person): login(person) for person in PEOPLE},
    }
    return rules(groups=groups, **(values | given))


def hand(who: str = "dev", relation: Relation = Relation.AUTHOR, **given: Any) -> Hand:
    """Somebody who had a hand in the commit, by their GitHub login."""
    values: dict[str, Any] = {"relation": relation, "sha": SHA, "login": login(who)}
    return Hand(**(values | given))


def reading(sha: str = SHA, **given: Any) -> Reading:
    """What GitHub says of main when all is well: one commit of dev's in one pull request that lead approved."""
    values: dict[str, Any] = {
        "repository": REPOSITORY,
        "environment": "production",
        "ref": "main",
        "sha": sha,
        "head": sha,
        "live": Live(LIVE_SHA, at(days=-3), "v811"),
        "commits": (Commit(sha, "Give the pool more connections", login("dev"), 7),),
        "total": 1,
        "pulls": (Pull(7, "Give the pool more connections", login("dev"), sha, merged=True, base="main"),),
        "reviews": (Opined(7, login("lead"), Opinion.APPROVED, sha, at(-60)),),
        "checks": (Check("unit", CheckState.PASSED), Check("semgrep", CheckState.PASSED)),
        "staging": (Staged("staging", "success", at(-30)),),
        "branch": Branch("main", protected=True, approvals=1, checks=("unit",), admins_too=True),
        "target": Environment("production", gated=True, admins_bypass=False),
        "paths": ("app/pool.py",),
        "hands": (hand("dev", sha=sha),),
    }
    return Reading(**(values | given))


def deploy(status: Status = Status.REQUESTED, *, policy: Rules | None = None, **given: Any) -> Case:
    """A deploy of `SHA` to production asked for by dev at `T0`, read at `T0`, with what its status implies.

    An approval is rel's, bound under `policy` (default: `deploy_rules()`).
    """
    read_ = replace(reading(), hands=(hand("dev", person="dev"),))
    values: dict[str, Any] = {
        "id": "d1",
        "key": "DR-2026-0001",
        "kind": Kind.DEPLOY,
        "risk": Risk.MEDIUM,
        "posted": "#deploys",
        "repository": REPOSITORY,
        "ref": "main",
        "sha": SHA,
        "reading": read_,
        "read": Read(T0),
        "parties": (*parties(), Party("dev", Relation.AUTHOR, T0, SHA)),
        "standing": replace(standing(DEPLOY_MEMBERS), logins={one: login(one) for one in PEOPLE}),
        "texts": {
            Field.TITLE: "1" * 64,
            Field.WHY: "2" * 64,
            Field.TESTS: "4" * 64,
            Field.ROLLBACK: "5" * 64,
        },
    }
    plain = replace(case(Status.DECLARED, **(values | given)), status=Status.REQUESTED)
    implied = _implied_of_deploy(status, binding.digest(plain, policy or deploy_rules()))
    return replace(plain, **{"status": status, **implied, **given})


def _implied_of_deploy(status: Status, digest: str) -> dict[str, Any]:
    """What a deploy of that status has, had it come there by the straight way."""
    approved: dict[str, Any] = {
        "approvals": (approval("rel", right=RELEASERS, digest=digest),),
        "decision": Decision("approved", at(5), "rel", 1),
        "valid_until": at(5, hours=8),
    }
    live = deployment(what="", by="", repository=REPOSITORY, sha=SHA, external="github:1", login=login("dev"))
    return {
        Status.APPROVED: approved,
        Status.REJECTED: {
            "approvals": (approval("rel", right=RELEASERS, voice="reject"),),
            "decision": Decision("rejected", at(5), "rel", 1),
            "closed_at": at(5),
        },
        Status.DEPLOYED: approved | {"deployments": (live,), "closed_at": at(15)},
        Status.EXPIRED: approved | {"expired_at": at(5, hours=8), "closed_at": at(5, hours=8)},
        Status.SUPERSEDED: {"superseded_by": "DR-2026-0002", "closed_at": at(30)},
        Status.WITHDRAWN: {"withdrawn_by": "dev", "closed_at": at(60)},
    }.get(status, {})


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
