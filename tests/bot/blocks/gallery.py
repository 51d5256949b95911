"""Every surface in every state, by name: what the golden files hold and what the limits are tried on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.blocks import card, owing
from bot.blocks.kit import Drawing, Scene, View
from bot.blocks.notes import CardNotes
from tests.bot.blocks.world import DECLARED, LATER, NOTES, NOW, World, minutes
from workflows.case import Approval, Ask, Case, Decision
from workflows.change import Field, Item, Judgement, Outcome, Status, Type
from workflows.reviewed import FollowUp
from workflows.rows import Debt, DebtKind, Told
from workflows.ruleset import Need

Shown = Drawing | View

OVERDUE = DECLARED + timedelta(hours=26)
CLOSED = DECLARED + timedelta(hours=19)


def cards(world: World) -> dict[str, Shown]:
    """The card of every state, and what changes it."""
    scene = world.scene()
    late = world.scene(now=OVERDUE)
    made: dict[str, Shown] = {
        name: card.card(case, scene, notes=notes) for name, (case, notes) in _states(world).items()
    }
    made["overdue"] = card.card(world.deployed(), late, notes=replace(LATER, told=(("cto", OVERDUE),)))
    made["reviewed"] = card.card(reviewed(world), world.scene(now=CLOSED), notes=LATER)
    made["first_post"] = card.card(world.case(), scene, notes=NOTES, first_post=True)
    people_only = replace(scene, group_mentions={})
    made["first_post_no_group"] = card.card(world.case(), people_only, notes=NOTES, first_post=True)
    at_once = (
        Ask("first", minutes(0), ("cto",), ("emergency-approvers",)),
        Ask("fallback", minutes(0), (), ("release-managers",), "emergency-approvers: 1 party, 0 away, of 2"),
        Ask("stand-in", minutes(0), ("rel",), ("release-managers",)),
    )
    fallback = card.card(world.case(asks=at_once), people_only, notes=NOTES, first_post=True)
    made["first_post_fallback"] = fallback
    made["copy"] = card.card(world.case(), scene, notes=NOTES, copy_of="C0INC")
    made["everything_noted"] = card.card(_crowded(world), scene, notes=_crowd())
    made["incident"] = card.card(world.case(incident="4711", incident_seen=world.incident()), scene, notes=NOTES)
    made |= {f"incident_{name}": value for name, value in _incidents(world).items()}
    made["on_call_without_slack"] = card.card(world.case(standing=world.on_call()), scene, notes=NOTES)
    made["confidential"] = card.card(world.approved(confidential=True), scene, notes=LATER)
    made["confidential_closed"] = card.card(replace(reviewed(world), confidential=True), late, notes=LATER)
    made["erased"] = card.card(replace(world.approved(), bodies={}), scene, notes=LATER)
    made |= {f"drill_{name}": value for name, value in _drills(world).items()}
    made |= {f"access_{name}": value for name, value in _access(world).items()}
    made |= {f"server_{name}": value for name, value in _server(world).items()}
    return {f"card_{name}": value for name, value in made.items()}


def _states(world: World) -> dict[str, tuple[Case, CardNotes]]:
    again = (Ask("nudge", minutes(5), ("cto", "lead"), ("emergency-approvers",)),)
    first = world.case().asks
    widened = (
        *first,
        *again,
        Ask("widen", minutes(10), (), ("release-managers",)),
        Ask("stand-in", minutes(10), ("rel",), ("release-managers",)),
    )
    why = "emergency-approvers: 2 party, 1 away, of 3"
    short = (
        *first,
        Ask("fallback", minutes(1), (), ("release-managers",), why),
        Ask("stand-in", minutes(1), ("rel",), ("release-managers",)),
    )
    one_yes = (Approval("cto", 1, minutes(4), "approve", "emergency-approvers"),)
    two = replace(NOTES, needs=(Need("emergency-approvers", 1), Need("security", 1)))
    return {
        "undecided": (world.case(), NOTES),
        "undecided_one_of_two": (world.case(approvals=one_yes), two),
        "undecided_changed": (world.case(revision=2, changed_at=minutes(6), changed=("plan", "systems")), NOTES),
        "again": (world.case(asks=(*first, *again)), NOTES),
        "widened": (world.case(asks=widened), NOTES),
        "fallback": (world.case(asks=short), NOTES),
        "approved": (world.approved(), replace(LATER, gate=("acme/payments",))),
        "proceeding": (world.proceeding(), LATER),
        "rejected": (world.rejected(), LATER),
        "deployed_against": (_against(world), LATER),
        "deployed": (world.deployed(), LATER),
        "deployed_unapproved": (_unapproved(world), LATER),
        "deployed_ratified": (
            replace(_unapproved(world), afterwards=Decision("ratified", minutes(30), "cto", 1)),
            LATER,
        ),
        "deployed_objected": (
            replace(_unapproved(world), afterwards=Decision("objected", minutes(30), "cto", 1)),
            LATER,
        ),
        "deployed_twice": (world.deployed(deployments=(world.deployment(), world.deployment(at=14))), LATER),
        "live_before": (_live_before(world), LATER),
        "failed": (world.deployed(Outcome.FAILED), LATER),
        "rolled_back": (
            world.deployed(deployments=(world.deployment(at=9), world.deployment(Outcome.ROLLED_BACK))),
            LATER,
        ),
        "withdrawn": (world.case(status=Status.WITHDRAWN, withdrawn_by="dev", closed_at=minutes(8)), LATER),
        "withdrawn_duplicate": (
            world.case(status=Status.WITHDRAWN, withdrawn_by="dev", closed_at=minutes(8), duplicate_of="EC-2026-0041"),
            LATER,
        ),
        "not_needed": (not_needed(world), LATER),
    }


def not_needed(world: World) -> Case:
    """Approved, then nothing was deployed."""
    closed = {"withdrawn_by": "sre", "closed_at": minutes(12), "nothing_deployed": True}
    return world.approved(status=Status.WITHDRAWN, review=None, **closed)


def _against(world: World) -> Case:
    deployments = (world.deployment(basis="rejected"),)
    return world.rejected(status=Status.DEPLOYED, deployments=deployments, review=world.review(), closed_at=None)


def _unapproved(world: World) -> Case:
    return world.proceeding(status=Status.DEPLOYED, deployments=(world.deployment(basis="proceeding"),))


def _live_before(world: World) -> Case:
    deployments = (world.deployment(at=-20, basis="undeclared"),)
    return world.case(status=Status.DEPLOYED, live_since=minutes(-20), deployments=deployments, review=world.review())


def reviewed(world: World, judgement: Judgement = Judgement.FINDINGS, *, at: Any = CLOSED) -> Case:
    """Closed by lead with two follow-ups, one done."""
    follow_ups = (
        FollowUp("f1", world.put("Alert on the pool"), "sre", "2026-12-01"),
        FollowUp("f2", world.put("Test the rollback"), "dev", "2026-12-08", minutes(60), "dev"),
    )
    review = world.review(
        closed_at=at,
        by="lead",
        judgement=judgement,
        deployed=world.put("v811 to production"),
        cause=world.put("The pool was too small after the release."),
        tests=world.put("Two hundred test payments."),
        follow_ups=follow_ups,
    )
    return world.deployed(status=Status.REVIEWED, review=review, closed_at=at)


def _crowded(world: World) -> Case:
    """All notes at once: four are counted."""
    return world.case(
        systems=("payments", "ledger", "search", "mail"),
        operator=world.typed("Robin"),
        flagged=(Field.PLAN, Field.TESTS),
        incident="4711",
        incident_seen=world.incident(urgency="low"),
        jira="OPS-12",
        related=("EC-2026-0041", "EC-2026-0040"),
        origin_key="EC-2026-0038",
        changed_at=minutes(1),
        changed=("plan",),
        live_since=None,
        texts={**world.case().texts, Field.REFERENCE: world.put("acme/payments@1a2b3c4")},
    )


def _crowd() -> CardNotes:
    overdue = (("EC-2026-0039", NOW - timedelta(days=3)),)
    related = ("EC-2026-0041", "EC-2026-0040")
    silent = (("PagerDuty", minutes(-5)),)
    return replace(NOTES, related=related, overdue=overdue, silent=silent)


def _incidents(world: World) -> dict[str, Shown]:
    scene, linked = world.scene(), replace(NOTES, pagerduty=True)
    given: dict[str, dict[str, Any]] = {
        "none": {},
        "unread": {"incident": "4711"},
        "to_open": {"open_incident": True},
        "resolved": {"incident": "4711", "incident_seen": world.incident(status="resolved")},
        "gone": {"incident": "4711", "incident_seen": world.incident(trouble="gone")},
        "no_permission": {
            "incident": "4711",
            "incident_seen": world.incident(id="", number=0, trouble="no-permission"),
        },
        "confidential": {"incident": "4711", "incident_seen": world.incident(), "confidential": True},
    }
    return {name: card.card(world.case(**one), scene, notes=linked) for name, one in given.items()}


def _drills(world: World) -> dict[str, Shown]:
    drill: dict[str, Any] = {"drill": True, "key": "DRILL-2026-0001"}
    cases = {
        "undecided": world.case(**drill),
        "approved": world.approved(**drill),
        "proceeding": world.proceeding(**drill),
        "rejected": world.rejected(**drill),
        "deployed": world.deployed(**drill),
        "not_needed": replace(not_needed(world), **drill),
        "reviewed": replace(reviewed(world), **drill),
    }
    return {
        name: card.card(case, world.scene(), notes=NOTES if name == "undecided" else LATER)
        for name, case in cases.items()
    }


def _access(world: World) -> dict[str, Shown]:
    access: dict[str, Any] = {"type": Type.ACCESS, "access_until": minutes(120)}
    named = {**world.case().texts, Field.ACCESS: world.put("read-only, payments database")}
    open_ = world.approved(**access, texts=named)
    ended = replace(world.deployed(), **access, texts=named)
    return {"open": card.card(open_, world.scene(), notes=LATER), "ended": card.card(ended, world.scene(), notes=LATER)}


def _server(world: World) -> dict[str, Shown]:
    operator: dict[str, Any] = {"operator": world.typed("Robin"), "requester": "", "implementer": ""}
    glass = world.proceeding(**operator)
    assert glass.decision is not None
    glass = replace(glass, decision=replace(glass.decision, by=""))
    return {
        "declared": card.card(world.case(**operator), world.scene(), notes=NOTES),
        "proceeding": card.card(glass, world.scene(), notes=LATER),
    }


def asks(world: World) -> dict[str, Shown]:
    """The approver's message from the question to its last line."""
    scene = world.scene()
    both = ("cto", "lead")

    def ask(case: Case, *, person: str = "lead", round: str = "first", notes: CardNotes = NOTES, **more: Any) -> Shown:
        return card.ask(case, scene, person=person, round=round, notes=notes, also_asked=both, **more)

    took_back = (Approval("cto", 1, minutes(4), "approve", "emergency-approvers", taken_back_at=minutes(8)),)
    one_yes = (Approval("cto", 1, minutes(4), "approve", "emergency-approvers"),)
    rollback = {**world.case().texts, Field.ROLLBACK: world.put("Deploy v812 again; the data is compatible.")}
    changed = world.case(revision=2, changed_at=minutes(6), changed=("plan",))
    made = {
        "question": ask(world.case(texts=rollback), notes=replace(NOTES, link="https://acme.slack.example/p1")),
        "question_incident": ask(
            world.case(incident="4711", incident_seen=world.incident(status="resolved")),
            notes=replace(NOTES, link="https://acme.slack.example/p1"),
        ),
        "question_again": ask(world.case(), round="nudge"),
        "question_fallback": ask(world.case(), person="rel", round="stand-in"),
        "question_changed": ask(changed, round="again"),
        "question_drill": ask(world.case(drill=True, key="DRILL-2026-0001")),
        "question_confidential": ask(world.case(confidential=True)),
        "superseded": ask(world.case(), superseded_at=minutes(0)),
        "your_yes_counts": ask(world.case(approvals=one_yes), person="cto"),
        "your_yes_decided": ask(world.approved(), person="cto"),
        "you_took_back": ask(world.case(approvals=took_back), person="cto"),
        "approved": ask(world.approved()),
        "approved_drill": ask(world.approved(drill=True, key="DRILL-2026-0001")),
        "rejected": ask(world.rejected()),
        "proceeding": ask(world.proceeding()),
        "live": ask(world.deployed()),
        "live_unapproved": ask(_unapproved(world)),
        "live_ratified": ask(replace(_unapproved(world), afterwards=Decision("ratified", minutes(30), "cto", 1))),
        "reviewed": ask(reviewed(world)),
        "withdrawn": ask(world.case(status=Status.WITHDRAWN, withdrawn_by="dev", closed_at=minutes(8))),
        "not_needed": ask(not_needed(world)),
        "overdue": card.ask(world.approved(), world.scene(now=OVERDUE), person="lead", round="first"),
    }
    return {f"ask_{name}": value for name, value in made.items()}


def facts(world: World) -> dict[str, Any]:
    """One value for every fact that a line or a message may take."""
    return {
        "by": "cto",
        "to": "lead",
        "people": ["cto", "lead"],
        "groups": ["release-managers"],
        "short": "security",
        "minutes": 10,
        "at": minutes(9).isoformat(),
        "due": (DECLARED + timedelta(hours=24)).isoformat(),
        "until": minutes(240).isoformat(),
        "outcome": "ok",
        "fields": ["rollback", "tests"],
        "documented": 7,
        "needed": [{"group": "security", "count": 1}],
        "judgement": "yes-with-findings",
        "ref": "f1",
        "reason_digest": world.put("Too risky without the migration."),
        "note_digest": world.put("Watch the queue."),
        "why_digest": world.put("It could not wait."),
        "what_digest": world.put("v811"),
        "incident": "4711",
        "what": "annotated",
        "by_digest": world.put("Jane Doe"),
        "jira": "OPS-12",
        "sha": "1a2b3c4d5e6f",
        "repositories": ["acme/payments"],
        "kind": "password",
        "instead": "#escalations",
        "permalink": "https://acme.slack.example/p1",
        "basis": "approved",
        "asked": [
            {"at": minutes(0).isoformat(), "people": ["cto", "lead"]},
            {"at": minutes(5).isoformat(), "people": ["cto"]},
        ],
        "contacts": ["+49 30 1234"],
        "changed": ["commits", "rollback"],
        "commits": 2,
        "since": minutes(2).isoformat(),
        "approved_at": minutes(4).isoformat(),
        "reason": "weekend",
        "override": "release-managers",
        "of": "DR-2026-0101",
    }


def tells(world: World) -> dict[str, Shown]:
    """Every private message, and the ones that a drill words otherwise."""
    scene = world.scene()
    cases = {
        Told.REJECTED: world.rejected(),
        Told.PROCEEDING: world.proceeding(),
        Told.NO_ANSWER: world.case(),
        Told.STILL_NEEDED: world.case(),
        Told.CHANGED: world.case(),
        Told.TOOK_BACK: world.case(),
        Told.NOBODY_CAN: world.case(),
        Told.IMPLEMENTER: world.case(),
        Told.RATIFY: _unapproved(world),
        Told.OBJECTED: _unapproved(world),
        Told.CLOSED: reviewed(world),
        Told.FOLLOW_UP: reviewed(world),
        Told.FOLLOW_UP_HANDED: reviewed(world),
        Told.FOLLOW_UP_MOVED: reviewed(world),
        Told.WITHDRAWN: not_needed(world),
    }
    given = facts(world)
    made = {str(what): card.told(what, cases.get(what, world.approved()), scene, given) for what in Told}
    made["no_answer_no_contact"] = card.told(Told.NO_ANSWER, world.case(), scene, given | {"contacts": [], "asked": []})
    made["is_live_unapproved"] = card.told(
        Told.IS_LIVE, world.proceeding(), scene, given | {"basis": "proceeding", "at": minutes(12).isoformat()}
    )
    drill = world.approved(drill=True, key="DRILL-2026-0001")
    made["approved_drill"] = card.told(Told.APPROVED, drill, scene, given)
    made["is_live_drill"] = card.told(Told.IS_LIVE, drill, scene, given)
    made["approved_confidential"] = card.told(Told.APPROVED, world.approved(confidential=True), scene, given)
    on_day = given | {"due": "2026-12-01"}
    made["follow_up_date"] = card.told(Told.FOLLOW_UP, reviewed(world), scene, on_day)
    made["follow_up_handed_date"] = card.told(Told.FOLLOW_UP_HANDED, reviewed(world), scene, on_day)
    return {f"told_{name}": value for name, value in made.items()}


def debt(world: World, kind: DebtKind, **given: Any) -> Debt:
    """One review that lead owes."""
    fields: dict[str, Any] = {
        "kind": kind,
        "id": "chg1",
        "key": "EC-2026-0042",
        "revision": 1,
        "system": "payments, ledger",
        "title": world.typed("checkout answers 500"),
        "due": DECLARED + timedelta(hours=24),
        "deadline": DECLARED + timedelta(hours=48),
        "owner": "lead",
        "decided_at": minutes(4),
        "notes": True,
    }
    return Debt(**(fields | given))


_SENT = {
    DebtKind.FOLLOW_UP: 200,
    DebtKind.NOT_LIVE: 4,
    DebtKind.ASKED: 1,
    DebtKind.REMINDER: 20,
    DebtKind.ESCALATION: 24.01,
    DebtKind.LAST_CALL: 46,
    DebtKind.DEADLINE: 48.01,
    DebtKind.DAILY: 96,
}


def debts(world: World) -> dict[str, Shown]:
    """Every notice of what is owed, to the owner and to somebody who may take over."""
    made: dict[str, Shown] = {}

    def scene(kind: DebtKind) -> Scene:
        return world.scene(now=DECLARED + timedelta(hours=_SENT[kind]))

    def follow(**given: Any) -> Debt:
        what = world.typed("Alert on the pool")
        return debt(
            world, DebtKind.FOLLOW_UP, ref="f1", what=what, due=DECLARED + timedelta(hours=204), deadline=None, **given
        )

    for kind in DebtKind:
        one = follow() if kind is DebtKind.FOLLOW_UP else debt(world, kind, live=kind is not DebtKind.NOT_LIVE)
        made[f"{kind}_mine"] = card.debts([one], scene(kind), kind=kind)
        if kind not in (DebtKind.FOLLOW_UP, DebtKind.NOT_LIVE, DebtKind.ASKED, DebtKind.REMINDER):
            made[f"{kind}_other"] = card.debts([replace(one, mine=False)], scene(kind), kind=kind)
    remind = scene(DebtKind.REMINDER)
    many = [
        debt(world, DebtKind.REMINDER, id=f"chg{n}", key=f"EC-2026-00{n}", due=NOW + timedelta(hours=40 - n))
        for n in range(10, 20)
    ]
    made["several"] = card.debts([*many[:2], follow(id="chg7")], remind, kind=DebtKind.REMINDER)
    made["too_many"] = card.debts(many, remind, kind=DebtKind.REMINDER)
    late = (DECLARED + timedelta(hours=20), DECLARED + timedelta(hours=18), DECLARED + timedelta(hours=25))
    made["late"] = card.debts(
        [debt(world, DebtKind.REMINDER)], world.scene(now=OVERDUE), kind=DebtKind.REMINDER, late=late
    )
    asleep = debt(world, DebtKind.REMINDER, asleep_until=DECLARED + timedelta(hours=22))
    made["asleep"] = card.debts([asleep], remind, kind=DebtKind.REMINDER)
    made["superseded"] = card.debts(
        [debt(world, DebtKind.ASKED)], remind, kind=DebtKind.ASKED, superseded_at=minutes(5)
    )
    after = world.scene(now=CLOSED)
    made["done"] = card.debts([], after, kind=DebtKind.ASKED, done=[reviewed(world)])
    made["taken"] = card.debts([], after, kind=DebtKind.ASKED, done=[world.deployed(review=world.review(owner="cto"))])
    made["not_owed"] = card.debts([], after, kind=DebtKind.ASKED, done=[not_needed(world)])
    made["nothing"] = card.debts([], after, kind=DebtKind.ASKED)
    handed = reviewed(world)
    assert handed.review is not None
    first, second = handed.review.follow_ups
    moved = replace(handed.review, follow_ups=(replace(first, owner="cto", earlier=("sre",)), second))
    gone: dict[str, Any] = {"kind": DebtKind.FOLLOW_UP, "done": [replace(handed, review=moved)]}
    made["follow_up_handed"] = card.debts([], after, person="sre", **gone)
    made["follow_up_done"] = card.debts([], after, person="dev", **gone)
    late_scene = scene(DebtKind.DEADLINE)
    made["escalation_channel"] = owing.escalation(world.deployed(), late_scene, reviewers=("emergency-approvers",))
    orphan = world.deployed(review=world.review(owner=None))
    made["escalation_nobody"] = owing.escalation(
        orphan, late_scene, reviewers=("emergency-approvers", "release-managers"), nobody=True
    )
    made["escalation_confidential"] = owing.escalation(world.deployed(confidential=True), late_scene, reviewers=())
    return {f"debts_{name}": value for name, value in made.items()}


ALL_ITEMS = frozenset(Item)
