"""The personal surfaces by name: modals, Details, Home, receipts, answers, refusals, thread lines."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.blocks import answers, declaring, forms, home, oncall_words, receipts, thread, words
from bot.blocks.buttons import FOLLOW_UPS
from bot.blocks.details import Reading, details
from tests.bot.blocks.gallery import ALL_ITEMS, CLOSED, OVERDUE, Shown, debt, facts, not_needed, reviewed
from tests.bot.blocks.world import DECLARED, LATER, NOTES, NOW, World, minutes
from workflows import incident_news
from workflows.case import Case, Deployment
from workflows.change import Action, Actor, Field, Outcome, Reason, Risk, Role, Status, Type, Verdict
from workflows.reviewed import Amendment, FollowUp
from workflows.rows import DebtKind, HomeLists, Line, Lost, Recent, Row
from workflows.ruleset import Group, Need
from workflows.standing import Roster, Shift

PICKED = declaring.Incidents(picked=True, opened=True)


def row(world: World, **given: Any) -> Row:
    """One emergency in a list."""
    fields: dict[str, Any] = {
        "id": "chg1",
        "key": "EC-2026-0042",
        "revision": 1,
        "status": Status.DECLARED,
        "system": "payments",
        "title": world.typed("checkout answers 500"),
        "risk": Risk.HIGH,
        "person": "dev",
        "at": DECLARED,
    }
    return Row(**(fields | given))


def on_call(until: datetime | None) -> Roster:
    """A group in which dev is by being on call until then; None: always."""
    return Roster("", frozenset({"dev"}), NOW, shifts=(Shift("PDEV", "Dev", 1, None, until, None, "P", NOW, "dev"),))


def modals(world: World) -> dict[str, Shown]:
    """Every modal."""
    scene = world.scene()
    case = world.case()
    typed = {
        "broken": world.typed("checkout answers 500"),
        "plan": world.typed("roll back"),
        "systems": ("payments", "Other"),
    }
    groups = ("emergency-approvers",)
    items = NOTES.documented or ALL_ITEMS
    kept = {
        name: world.typed("twelve words") for name in ("rollback", "tests", "access", "plan_output", "staging_proof")
    }
    small = {
        "incident": "4711",
        "jira": "OPS-12",
        "reference": world.typed("v811"),
        "advisory": world.typed("CVE-2026-1"),
    }
    everything = (
        typed
        | kept
        | small
        | {"cvss": "9.8", "known_since": "2026-11-20", "implementer": "U0SRE", "confidential": True}
    )
    made: dict[str, Shown] = {
        "declare": forms.declare({}, scene, groups=groups),
        "declare_prefilled": forms.declare(
            typed, scene, groups=groups, open_on=[row(world)], metadata='{"channel":"C1"}'
        ),
        "declare_drill": forms.declare({}, scene, drill=True),
        "declare_again": forms.declare(declaring.again_from(world.rejected(), scene), scene, from_key="EC-2026-0042"),
        "declare_follow_on": forms.declare(
            declaring.again_from(world.deployed(Outcome.FAILED), scene), scene, from_key="EC-2026-0042"
        ),
        "details_form": forms.details_form(world.approved(), scene, documented_items=items),
        "details_form_complete": forms.details_form(
            case, scene, documented_items=ALL_ITEMS, incidents=declaring.Incidents(picked=True)
        ),
        "loading": forms.loading("Declare emergency", reading="PagerDuty"),
        "reject": forms.reject(case, scene),
        "proceed": forms.proceed(case, scene, notes=replace(NOTES, gate=("acme/payments",)), due=minutes(1440)),
        "object": forms.object_to(world.proceeding(), scene),
        "withdraw": forms.withdraw(case, scene),
        "extend": forms.extend(world.approved(), scene, until=minutes(484)),
        "link": forms.link(scene),
        "amend": forms.amend(reviewed(world), scene),
        "hand_over": forms.hand_over(world.deployed(), scene, eligible=[("cto", 1), ("pager", 0)]),
        "hand_follow_up": forms.hand_follow_up(reviewed(world), scene, _follow_up(world)),
        "hand_over_nobody": forms.hand_over(world.deployed(), scene, eligible=[]),
        "snooze": forms.snooze(
            world.deployed(), scene, choices=[("1h", minutes(73)), ("morning", minutes(298))], left=2
        ),
        "snooze_spent": forms.snooze(world.deployed(), scene, choices=[], left=0),
        "mark_deployed": forms.mark_deployed(world.approved(), scene),
        "mark_deployed_undecided": forms.mark_deployed(case, scene),
        "mark_deployed_rejected": forms.mark_deployed(world.rejected(), scene),
        "mark_deployed_withdrawn": forms.mark_deployed(not_needed(world), scene),
        "access_ended": forms.mark_deployed(world.approved(type=Type.ACCESS), scene),
        "review": forms.review(world.deployed(), scene, documented_items=items),
        "review_not_live": forms.review(world.proceeding(), scene, documented_items=frozenset(), rows=5),
        "review_drill": forms.review(
            world.deployed(drill=True, key="DRILL-2026-0001"), scene, documented_items=ALL_ITEMS
        ),
    }
    for kind in Type:
        filled = everything | {"type": kind}
        made[f"more_{kind}"] = forms.declare(filled, scene, groups=groups, more=True, incidents=PICKED)
    return {f"modal_{name}": value for name, value in made.items()}


def detail_views(world: World) -> dict[str, Shown]:
    """Details for every role, and of a long history."""
    scene = world.scene()
    reading = Reading(
        deciders=(
            ("cto", True, ""),
            ("lead", True, ""),
            ("dev", False, "declared it"),
            ("sre", False, "carries it out"),
        ),
        have=0,
        want=1,
        groups=("emergency-approvers",),
        checked=NOW - timedelta(seconds=40),
        rule="Rule 1 for payments: 1 of emergency-approvers",
        policy_of=DECLARED - timedelta(days=9),
        outside=(("PagerDuty", None), ("Jira", NOW)),
        entries=23,
    )
    cases: Mapping[Role, Case] = {
        Role.APPROVED: world.approved(),
        Role.RATIFIER: world.proceeding(),
        Role.OWNER: world.deployed(),
        Role.REVIEWER: world.deployed(),
        Role.READER: reviewed(world),
        Role.OUTSIDER: world.approved(confidential=True),
    }
    actions = {
        Role.APPROVER: (Action.APPROVE, Action.REJECT, Action.WITHDRAW),
        Role.APPROVED: (Action.TAKE_BACK,),
        Role.REQUESTER: (Action.PROCEED, Action.MARK_DEPLOYED, Action.WITHDRAW, Action.ADD_DETAILS),
        Role.RATIFIER: (Action.RATIFY, Action.OBJECT),
        Role.OWNER: (Action.WRITE_REVIEW, Action.HAND_OVER, Action.SNOOZE),
        Role.REVIEWER: (Action.WRITE_REVIEW, Action.TAKE_OVER),
    }
    made: dict[str, Shown] = {}
    for role in Role:
        case = cases.get(role, world.case())
        notes = NOTES if case.status is Status.DECLARED else replace(LATER, could=("cto",))
        given = replace(reading, may_read=role is not Role.OUTSIDER)
        made[str(role)] = details(case, scene, actions=actions.get(role, ()), role=role, notes=notes, reading=given)
    every = tuple(one for one in Action if one not in (Action.AMEND_REVIEW, *FOLLOW_UPS))
    given = replace(reading, follow_ups=("f1",))
    made["every_button"] = details(_long(world), scene, actions=every, role=Role.REQUESTER, notes=NOTES, reading=given)
    made["bare"] = details(world.case(asks=()), scene, actions=(), role=Role.READER)
    named = world.case(incident="4711", incident_seen=world.incident(opened=True))
    made["incident"] = details(named, scene, actions=(), role=Role.READER, notes=NOTES, reading=reading)
    drilled = world.approved(drill=True, key="DRILL-2026-0001")
    made["drill"] = details(drilled, scene, actions=(Action.TAKE_BACK,), role=Role.APPROVED)
    return {f"details_{name}": value for name, value in made.items()}


def _follow_up(world: World) -> FollowUp:
    return FollowUp("f1", world.put("Alert on the pool"), "sre", "2026-12-01")


def _long(world: World) -> Case:
    """Every field written, many deployments, an amended review."""
    done = reviewed(world)
    assert done.review is not None
    more = Amendment("lead", CLOSED, world.put("The pool is 50 now."))
    every = {name: world.put("Everything that is known about it.") for name in Field}
    before = tuple(replace(one, id=f"{one.id}-before") for one in done.review.follow_ups)
    many: tuple[Deployment, ...] = tuple(world.deployment(at=13 + n) for n in range(12))
    return replace(
        done,
        type=Type.DATABASE,
        texts=every,
        deployments=many,
        review=replace(done.review, amendments=(more,) * 3),
        earlier_reviews=(replace(done.review, follow_ups=before),),
        follow_on=("EC-2026-0043",),
        messages=("https://acme.slack.example/p1",),
        incident="4711",
        jira="OPS-12",
    )


def homes(world: World) -> dict[str, Shown]:
    """The App Home: empty, busy, overflowing, for a guest."""
    scene = world.scene()
    rows = [row(world, id=f"chg{n}", key=f"EC-2026-00{n}") for n in range(10, 20)]
    states = (Status.DECLARED, Status.APPROVED, Status.PROCEEDING, Status.DEPLOYED, Status.REJECTED)
    mine = [
        row(world, id=f"my{n}", key=f"EC-2026-10{n}", status=status, due=minutes(1440))
        for n, status in enumerate(states)
    ]
    owed = [
        debt(world, DebtKind.REMINDER),
        debt(world, DebtKind.FOLLOW_UP, id="chg3", ref="f1", what=world.typed("Alert")),
    ]
    late = [debt(world, DebtKind.ESCALATION, id="chg5", mine=False, due=minutes(-120))]
    closed = [
        row(world, id="c1", status=Status.REVIEWED, judgement="yes"),
        row(world, id="c2", status=Status.WITHDRAWN, nothing_deployed=True),
        row(world, id="c3", title=None, confidential=True),
    ]
    busy = HomeLists(
        waiting=(rows[0],),
        owed=tuple(owed),
        overdue=tuple(late),
        mine=tuple(mine),
        closed=tuple(closed),
        lost=(Lost(key="EC-2026-0042", to="lead", instead="#escalations"), Lost(key="", to=None)),
    )
    debts = [debt(world, DebtKind.REMINDER, id=f"d{n}") for n in range(10)]
    over = [debt(world, DebtKind.ESCALATION, id=f"o{n}", mine=False, due=minutes(-60 * n - 60)) for n in range(10)]
    full = HomeLists(
        waiting=tuple(rows),
        owed=tuple(debts),
        overdue=tuple(over),
        mine=tuple(row(world, id=f"m{n}") for n in range(10)),
        closed=tuple(row(world, id=f"c{n}", status=Status.REVIEWED, judgement="no") for n in range(5)),
        more=(("waiting", 7),),
    )
    fault = "line 14, [groups.security]: nobody is in it"
    made: dict[str, Shown] = {
        "first_visit": home.home(HomeLists(), scene, person="dev"),
        "nothing_owed": home.home(HomeLists(closed=tuple(closed)), scene, person="dev"),
        "busy": home.home(busy, scene, person="lead", policy_fault=fault, admin=True),
        "full": home.home(full, world.scene(now=OVERDUE), person="lead"),
        "guest": home.home(HomeLists(), scene, person="pager", guest=True, admins=("cto",)),
    }
    return {f"home_{name}": value for name, value in made.items()}


def answered(world: World) -> dict[str, Shown]:
    """Receipts of clicks and forms, and the answers to commands."""
    scene = world.scene()
    rows = tuple(row(world, id=f"chg{n}", key=f"EC-2026-00{n}") for n in range(10, 20))
    busy = HomeLists(waiting=rows[:6], owed=(debt(world, DebtKind.REMINDER),), mine=rows[:1])
    sleeping = world.deployed(review=world.review(snoozed_until=minutes(73)))
    known = answers.Known(
        email="dev@example.com",
        github="dev",
        groups=(
            ("release-managers", "Slack group"),
            ("emergency-approvers", oncall_words.how(Group(""), on_call(minutes(60)), "dev")),
            ("security", oncall_words.how(Group(""), on_call(None), "dev")),
        ),
        reviews=1,
        follow_ups=2,
        read=NOW - timedelta(seconds=40),
    )
    steps = [
        (0, "Emergency changes at acme", "policy of 14 Nov 2026, a1b2c3d"),
        (1, "Declare", "/emergency-change"),
        (2, "Approve", "one of <x> & y\ntwo"),
    ]
    made: dict[str, Shown] = {
        "declared": receipts.declared(world.case(), scene, asked=("cto", "lead"), posted=True, here=True),
        "declared_elsewhere": receipts.declared(world.case(), scene, asked=("cto",), posted=False, here=False),
        "declared_copy": receipts.declared(world.case(), scene, asked=(), posted=True, here=False),
        "declared_slack_late": receipts.declared(
            world.case(), scene, asked=("cto",), posted=True, here=True, late=True
        ),
        "declared_live": receipts.declared(world.deployed(), scene, asked=(), posted=True, here=True),
        "counted": receipts.counted(world.case(), scene, [Need("security", 1)]),
        "closed": receipts.closed(reviewed(world), scene),
        "closed_late": receipts.closed(reviewed(world, at=OVERDUE), scene),
        "form_too_late": receipts.form_too_late(scene),
        "draft_kept": receipts.draft_kept(scene, draft="d1", at=minutes(-1), until=minutes(1439)),
        "linked": receipts.linked(world.case(), scene),
        "later": receipts.later(world.approved(later_until=minutes(130)), scene),
        "handed": receipts.handed(world.deployed(), scene, to="cto"),
        "asleep": receipts.asleep(sleeping, scene),
        "unavailable": receipts.unavailable(scene),
        "change": answers.change(
            world.case(), scene, actions=(Action.APPROVE, Action.REJECT, Action.WITHDRAW), notes=NOTES
        ),
        "change_confidential": answers.change(world.approved(confidential=True), scene, actions=(), may_read=False),
        "change_entitled": answers.change(world.approved(confidential=True), scene, actions=(), notes=LATER),
        "unknown_change": answers.unknown_change(
            scene, world.typed("EC-2026-9999"), nearest=None, newest="EC-2026-0042"
        ),
        "unknown_change_near": answers.unknown_change(
            scene, "EC-2026-042", nearest="EC-2026-0042", newest="EC-2026-0050"
        ),
        "unknown_word": answers.unknown_word(scene, world.typed("lsit"), nearest="list"),
        "help": answers.help_words(scene),
        "list": answers.listing_of(Recent(days=30, rows=rows, emergencies=47, unapproved=2, drills=3, more=37), scene),
        "list_one": answers.listing_of(Recent(days=1, rows=rows[:1], emergencies=1, drills=1), scene),
        "list_empty": answers.listing_of(Recent(days=30), scene),
        "mine": answers.mine(busy, scene),
        "mine_empty": answers.mine(HomeLists(), scene),
        "whoami": answers.whoami(scene, person="dev", known=known),
        "whoami_unknown": answers.whoami(scene, person="pager", known=answers.Known()),
        "policy": answers.procedure(steps, scene),
    }
    return {f"answer_{name}": value for name, value in made.items()}


def lines(world: World) -> dict[str, Shown]:
    """Every line of the thread."""
    given = facts(world)
    made: dict[str, Shown] = {str(name): thread.entry(name, _of(name, world), world.scene(), given) for name in Line}
    bare = {"by": "dev"}
    for name in (Line.DECLARED, Line.ASKED_AGAIN, Line.REVIEW_DUE, Line.ACCESS_ENDED, Line.APPROVED):
        made[f"{name}_bare"] = thread.entry(name, world.approved(), world.scene(), bare | {"at": given["at"]})
    for what in sorted(incident_news.SHOWN - {"annotated", "resolved"}):
        made[f"incident_{what}"] = thread.entry(Line.INCIDENT_TOLD, world.case(), world.scene(), given | {"what": what})
    secret = world.case(confidential=True)
    made["incident_told_confidential"] = thread.entry(Line.INCIDENT_TOLD, secret, world.scene(), given)
    made["rejected_confidential"] = thread.entry(Line.REJECTED, world.rejected(confidential=True), world.scene(), given)
    made["approved_drill"] = thread.entry(
        Line.APPROVED, world.approved(drill=True, key="DRILL-2026-0001"), world.scene(), given
    )
    made["deployed_rolled_back"] = thread.entry(
        Line.DEPLOYED, world.deployed(), world.scene(), given | {"outcome": "rolled-back"}
    )
    made["did_not_work"] = thread.entry(Line.DEPLOYED, world.deployed(), world.scene(), given | {"outcome": "failed"})
    made["withdrawn_duplicate"] = thread.entry(
        Line.WITHDRAWN, world.case(), world.scene(), given | {"duplicate_of": "EC-2026-0041"}
    )
    return {f"line_{name}": value for name, value in made.items()}


def _of(name: Line, world: World) -> Case:
    if name in (Line.PROCEEDING, Line.DEPLOYED_UNASKED):
        return world.proceeding()
    if name is Line.DEPLOYED_REJECTED:
        deployments = (world.deployment(basis="rejected"),)
        return world.rejected(status=Status.DEPLOYED, deployments=deployments, review=world.review())
    return reviewed(world) if name is Line.REVIEWED else world.approved()


def refusals(world: World) -> dict[str, Shown]:
    """Every refusal, and the ones that another state words otherwise."""
    scene = world.scene()
    actor = Actor("dev", "U0DEV")
    given = {
        "at": minutes(4).isoformat(),
        "by": "cto",
        "group": "emergency-approvers",
        "account": "U0DEV",
        "relation": "author",
    }
    more = {"changed": "plan, systems", "voice": "approve", "decision": "approved", "due": minutes(1440).isoformat()}
    who = ("cto", "lead")

    def no(
        reason: Reason, case: Case | None, action: str = "approve", can: tuple[str, ...] = who, **extra: str
    ) -> Shown:
        verdict = Verdict(False, reason, None, "emergency", can, given | more | extra)
        return receipts.refused(verdict, case, scene, actor, action=action)

    cases = {
        Reason.TOO_LATE: world.proceeding(),
        Reason.TOO_LATE_TO_TAKE_BACK: world.deployed(),
        Reason.NOT_YOURS: world.deployed(),
        Reason.REVIEW_BY_PARTY: world.deployed(),
        Reason.SNOOZE_SPENT: world.deployed(),
        Reason.ALREADY_DECIDED: world.approved(),
        Reason.UNKNOWN_CHANGE: None,
    }
    made = {str(reason): no(reason, cases.get(reason, world.case())) for reason in Reason}
    made |= {
        "requester_three_can": no(Reason.REQUESTER, world.case(), can=("cto", "lead", "rel")),
        "requester_one_not_asked": no(Reason.REQUESTER, world.case(), can=("rel",)),
        "requester_nobody_can": no(Reason.REQUESTER, world.case(), can=()),
        "too_late_you_can_ratify": no(Reason.TOO_LATE, world.proceeding(), can=("dev", "cto")),
        "too_late_live": no(Reason.TOO_LATE, world.deployed(), action="reject"),
        "already_rejected": no(Reason.ALREADY_DECIDED, world.rejected(), decision="rejected"),
        "already_withdrawn": no(Reason.ALREADY_DECIDED, world.case(status=Status.WITHDRAWN), decision="withdrawn"),
        "already_not_needed": no(Reason.ALREADY_DECIDED, not_needed(world), decision="withdrawn"),
        "already_ratified": no(Reason.ALREADY_DECIDED, world.proceeding(), decision="ratified"),
        "already_objected": no(Reason.ALREADY_DECIDED, world.proceeding(), decision="objected"),
        "already_drill": no(Reason.ALREADY_DECIDED, world.approved(drill=True, key="DRILL-2026-0001")),
        "unknown_group": no(Reason.STANDING_UNKNOWN, world.case(), what="group"),
        "unknown_account": no(Reason.STANDING_UNKNOWN, world.case(), action="write_review", what="account"),
        "unknown_on_call": no(Reason.STANDING_UNKNOWN, world.case(), what="group", peer="pagerduty"),
        "went_off_call": no(Reason.NOT_IN_GROUP, world.case(), since=minutes(10).isoformat()),
        "guest_declaring": no(Reason.GUEST, None),
        "guest_reviewing": no(Reason.GUEST, world.deployed(), action="write_review"),
        "not_yours_proceed": no(Reason.NOT_YOURS, world.case(), action="proceed"),
        "not_yours_take_back": no(Reason.NOT_YOURS, world.case(), action="take_back"),
        "not_yours_hand_over": no(Reason.NOT_YOURS, world.deployed(), action="hand_over"),
        "not_yours_mark_done": no(Reason.NOT_YOURS, reviewed(world), action="mark_done"),
        "not_yours_hand_follow_up": no(Reason.NOT_YOURS, reviewed(world), action="hand_follow_up"),
        "not_now_follow_up": no(Reason.NOT_NOW, reviewed(world), action="hand_follow_up", follow_up="done"),
        "not_yours_review": no(Reason.NOT_YOURS, world.deployed(), action="write_review"),
        "snooze_past_deadline": no(Reason.SNOOZE_SPENT, world.deployed(), deadline=minutes(2880).isoformat()),
        "not_now_review": no(Reason.NOT_NOW, world.case(), action="write_review"),
    }
    return {f"refused_{name.replace('-', '_')}": value for name, value in made.items()}


def mistakes(world: World) -> dict[str, str]:
    """Every sentence at a field of a form."""
    scene, case = world.scene(), world.case()
    fields = {"empty": ("broken", "plan", "systems", "judgement", "choice", "to", "other"), "empty-why": ("why",)}
    return {
        f"{code} at {name}": words.mistake(code, name, scene, case)
        for code in words.MISTAKES
        for name in fields.get(code, ("field",))
    }
