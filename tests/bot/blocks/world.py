"""A small company and the texts its people type; a hostile one types the worst in every field."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.blocks.kit import Scene
from bot.blocks.notes import CardNotes
from workflows.case import Approval, Ask, Case, Decision, Deployment, Review
from workflows.change import Field, Item, Kind, Outcome, Person, Status
from workflows.peered import Incident
from workflows.ruleset import EmergencyRule, Group, Need, Rules, System
from workflows.standing import Roster, Shift, Standing

DECLARED = datetime(2026, 11, 23, 2, 2, tzinfo=UTC)  # Monday 03:02 in Berlin
NOW = DECLARED + timedelta(minutes=13)

EVIL = (
    "\x00\u202egnp.exe\u202c \u200b\u2066*bold* _it_ ~no~ `code` ```pre``` > quote\n"
    "<!channel> <@U123> <#C1|x> <!subteam^S1> <https://evil.example|https://good.example> https://evil.example "
    "&amp; =HYPERLINK(1) 👩‍👩‍👧‍👦🏳️‍🌈 שלום مرحبا z̷̡̛͉̗a̴͔͝l̶g̵o̸ @here :smile: {key} %s\r\nsecond\u2028line\ufeff"
)


def minutes(count: float) -> datetime:
    """That many minutes after the declaration."""
    return DECLARED + timedelta(minutes=count)


@dataclass(frozen=True)
class World:
    """`hostile`: whatever a person types is `EVIL` many times over; names of people too."""

    hostile: bool = False
    texts: dict[str, str] = field(default_factory=dict)

    def typed(self, text: str) -> str:
        """What is typed into a field."""
        return (EVIL * 12 + text) if self.hostile else text

    def put(self, text: str) -> str:
        """The digest of a typed text; its body is kept."""
        digest = f"digest-{len(self.texts)}"
        self.texts[digest] = self.typed(text)
        return digest

    def incident(self, **given: Any) -> Incident:
        """A PagerDuty incident as it was read five minutes after the declaration."""
        seen = Incident(
            id="PGR0VU2",
            number=4711,
            title=self.put("Checkout answers 500 for one in three"),
            service=self.typed("payments-api"),
            urgency="high",
            status="acknowledged",
            url="https://acme.pagerduty.example/incidents/PGR0VU2",
            responders=self.put("Jane Doe, Sam Roe"),
            at=minutes(5),
        )
        return replace(seen, **given)

    def on_call(self, group: str = "emergency-approvers", *, over: Mapping[str, datetime] | None = None) -> Standing:
        """Two people on call whom Slack does not know, the first at two schedules; `over`: who just was, till when."""
        names = {"PJANE": "Jane Doe", "PSAM": "Sam Roe"}
        shifts = tuple(
            Shift(id, self.typed(names[id]), 1, DECLARED, minutes(60), schedule, "PPOLICY", DECLARED)
            for id, schedule in (("PJANE", "PLEADS"), ("PJANE", "PCHIEFS"), ("PSAM", "PLEADS"))
        )
        return Standing(rosters={group: Roster(group, as_of=DECLARED, shifts=shifts, over=over or {})})

    def people(self) -> Mapping[str, Person]:
        """Six people, one of them without a Slack account."""
        ids = {"dev": "U0DEV", "sre": "U0SRE", "lead": "U0LEAD", "cto": "U0CTO", "rel": "U0REL", "pager": None}
        return {
            name: Person(
                name, self.typed(name) if self.hostile else name, slack, f"{name}@example.com", "Europe/Berlin"
            )
            for name, slack in ids.items()
        }

    def scene(self, *, now: datetime = NOW, zone: str = "Europe/Berlin") -> Scene:
        """The scene of a reader in Berlin, or of the workspace there."""
        return Scene(
            people=self.people(),
            rules=RULES,
            now=now,
            zone=zone,
            group_mentions={"emergency-approvers": "S0APPROVERS"},
            incidents="C0INC",
            workspace="acme",
        )

    def case(self, **given: Any) -> Case:
        """An emergency declared by dev, carried out by sre, asked of two."""
        first = Ask("first", DECLARED, ("cto", "lead"), ("emergency-approvers",))
        texts = {
            Field.TITLE: self.put("checkout answers 500"),
            Field.WHY: self.put("checkout answers 500\nSince 02:50 one in three payments fails; we lose orders."),
            Field.PLAN: self.put("Roll payments back to v811, watch the error rate for five minutes."),
        }
        fields: dict[str, Any] = {
            "id": "chg1",
            "key": "EC-2026-0042",
            "kind": Kind.EMERGENCY,
            "status": Status.DECLARED,
            "systems": ("payments",),
            "texts": texts,
            "requester": "dev",
            "implementer": "sre",
            "declared_at": DECLARED,
            "posted": "C0INC",
            "asks": (first,),
        }
        return Case(**(fields | given), bodies=self.texts)

    def approved(self, **given: Any) -> Case:
        """Approved by cto after four minutes, its review owed by lead."""
        note = self.put("Go, but watch the queue.")
        yes = Approval("cto", 1, minutes(4), "approve", "emergency-approvers", note=note)
        fields: dict[str, Any] = {
            "status": Status.APPROVED,
            "approvals": (yes,),
            "decision": Decision("approved", minutes(4), "cto", 1, note),
            "review": self.review(),
            "window_until": minutes(244),
        }
        return self.case(**(fields | given))

    def proceeding(self, **given: Any) -> Case:
        """Going ahead without approval after twelve minutes."""
        reason = self.put("Nobody answers and orders are lost every minute.")
        fields: dict[str, Any] = {
            "status": Status.PROCEEDING,
            "decision": Decision("proceeding", minutes(12), "dev", 1, reason),
            "review": self.review(),
            "window_until": minutes(252),
        }
        return self.case(**(fields | given))

    def rejected(self, **given: Any) -> Case:
        """Rejected by cto after seven minutes."""
        reason = self.put("v811 has the broken migration; go to v810.")
        fields: dict[str, Any] = {
            "status": Status.REJECTED,
            "approvals": (Approval("cto", 1, minutes(7), "reject", "emergency-approvers", note=reason),),
            "decision": Decision("rejected", minutes(7), "cto", 1, reason),
            "closed_at": minutes(7),
        }
        return self.case(**(fields | given))

    def deployment(self, outcome: Outcome = Outcome.OK, *, at: float = 13, basis: str = "approved") -> Deployment:
        """One recorded deployment by sre."""
        known = self.put("A connection pool of 5 after the last release.")
        why = self.put("It was down and the answer came too late.") if basis in ("rejected", "proceeding") else None
        return Deployment(self.put("v811"), minutes(at), outcome, "sre", minutes(at + 1), basis, known, why)

    def deployed(self, outcome: Outcome = Outcome.OK, **given: Any) -> Case:
        """Approved and live."""
        fields: dict[str, Any] = {"status": Status.DEPLOYED, "deployments": (self.deployment(outcome),)}
        return self.approved(**(fields | given))

    def review(self, **given: Any) -> Review:
        """An open review of lead, due a day after the declaration."""
        fields: dict[str, Any] = {
            "owner": "lead",
            "owed_at": minutes(4),
            "start": DECLARED,
            "due": DECLARED + timedelta(hours=24),
            "deadline": DECLARED + timedelta(hours=48),
        }
        return Review(**(fields | given))


NOTES = CardNotes(
    needs=(Need("emergency-approvers", 1),),
    could=("cto", "lead"),
    documented=frozenset(set(Item) - {Item.TESTS, Item.ROLLBACK}),
    reviewers=("emergency-approvers",),
)
LATER = replace(NOTES, needs=())

RULES = Rules(
    version=1,
    digest="a1b2c3d4" * 8,
    zone="Europe/Berlin",
    standing_max_age=timedelta(seconds=60),
    incidents="#incidents",
    deploys="#deploys",
    escalations="#escalations",
    groups={
        "emergency-approvers": Group("emergency-approvers", contact="+49 30 1234"),
        "release-managers": Group("release-managers", users=("U0REL",)),
        "security": Group("security", users=("U0LEAD",), notify=False),
    },
    emergency=(EmergencyRule(0, (Need("emergency-approvers", 1),), fallback=("release-managers",)),),
    systems={name: System(name) for name in ("payments", "ledger", "search", "mail")},
)
