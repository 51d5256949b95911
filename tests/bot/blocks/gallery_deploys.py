"""The surfaces of a deploy by name, in every state of SCREENS 12.2."""

from dataclasses import replace
from typing import Any

from bot.blocks import answers, card, deploy_lifting, forms, home, receipts, thread
from bot.blocks.details import Reading, details
from bot.blocks.kit import Scene
from bot.blocks.notes import NOTHING
from tests.bot.blocks import deploys
from tests.bot.blocks.deploys import FROZEN, FROZEN_LATER
from tests.bot.blocks.gallery import Shown, facts
from tests.bot.blocks.world import LATER, NOW, World, minutes
from workflows import explaining
from workflows.case import Case, Party
from workflows.change import Action, Actor, Field, Kind, Outcome, Reason, Relation, Risk, Role, Status, Type, Verdict
from workflows.reading import CheckState, Part, Read
from workflows.rows import HomeLists, Line, Recent, Row, Told
from workflows.ruleset import Rules


def states(world: World) -> dict[str, tuple[Case, Rules]]:
    """Every state of a deploy, with the policy it is drawn under."""
    gone = {"withdrawn_by": "dev", "closed_at": minutes(8)}
    rules = deploys.DEPLOY_RULES
    found: dict[str, Case] = {
        "running": deploys.deploy(world, reading=deploys.checked(world, CheckState.RUNNING), asks=()),
        "failing": deploys.deploy(world, reading=deploys.checked(world, CheckState.FAILED)),
        "unread": deploys.deploy(world, reading=None, read=Read(since=minutes(1), error="timeout"), asks=()),
        "unlinked": deploys.deploy(world, reading=None, read=Read(), unlinked=True, asks=()),
        "unknown": deploys.deploy(world, reading=deploys.reading(world, unknown={Part.BRANCH: "403"}), asks=()),
        "no_staging": deploys.deploy(world, reading=deploys.reading(world, staging=())),
        "undecided": deploys.deploy(world),
        "partly": deploys.partly(world),
        "silent": deploys.partly(world, read=Read(minutes(4), minutes(9), "timeout")),
        "lifted": deploys.lifted(world),
        "approved": deploys.approved(world),
        "let_through": deploys.passed(world),
        "approved_unlinked": deploys.approved(world, unlinked=True),
        "changed": deploys.changed(world),
        "changed_running": deploys.changed(world, reading=deploys.checked(world, CheckState.RUNNING)),
        "another_head": deploys.approved(world, reading=deploys.reading(world, head="5" * 40)),
        "rejected": deploys.rejected(world),
        "deployed": deploys.deployed(world),
        "unapproved": deploys.deployed(world, deployments=(deploys.deployment(basis="rejected"),)),
        "failed": deploys.deployed(world, Outcome.FAILED),
        "rolled_back": deploys.deployed(world, Outcome.ROLLED_BACK),
        "going_back": deploys.back(world),
        "back": deploys.back(
            world, status=Status.DEPLOYED, deployments=(deploys.deployment(basis="rollback"),), closed_at=minutes(12)
        ),
        "superseded": deploys.deploy(
            world, status=Status.SUPERSEDED, superseded_by="DR-2026-0108", closed_at=minutes(8)
        ),
        "expired": deploys.approved(world, status=Status.EXPIRED, expired_at=minutes(13), closed_at=minutes(13)),
        "withdrawn": deploys.deploy(world, status=Status.WITHDRAWN, **gone),
        "confidential": deploys.deploy(world, confidential=True),
        "access": deploys.approved(world, deploys.deploy(world, type=Type.ACCESS, access_until=minutes(120))),
        "bare_access": deploys.deploy(
            world,
            type=Type.ACCESS,
            access_until=minutes(120),
            texts={**deploys.deploy(world).texts, Field.ACCESS: world.put("payments database, read only")},
            **dict.fromkeys(("repository", "ref", "sha", "reading")),
            unlinked=True,
        ),
        "unresolved": deploys.deploy(world, sha=None, reading=None, read=Read(since=minutes(1), error="timeout")),
        "by_pipeline": deploys.deploy(world, texts={}),
        "stale": deploys.deploy(world, read=Read(None, minutes(1), "timeout")),
    }
    drawn = {name: (case, rules) for name, case in found.items()}
    drawn["no_rule"] = (deploys.deploy(world), replace(rules, deploy=()))
    drawn["frozen"] = (deploys.deploy(world), FROZEN)
    drawn["frozen_approved"] = (deploys.approved(world), FROZEN)
    drawn["freeze_begins"] = (deploys.approved(world), FROZEN_LATER)
    return drawn


def cards(world: World) -> dict[str, Shown]:
    """The card in every state, and as it is posted first."""
    made: dict[str, Shown] = {
        name: card.card(case, _scene(world, rules), notes=NOTHING) for name, (case, rules) in states(world).items()
    }
    made["first_post"] = card.card(deploys.deploy(world), _scene(world), notes=NOTHING, first_post=True)
    with_run = replace(NOTHING, run=812)
    for name in ("approved", "undecided", "frozen", "going_back"):
        case, rules = states(world)[name]
        made[f"run_{name}"] = card.card(case, _scene(world, rules), notes=with_run)
    made["no_github"] = card.card(deploys.deploy(world), replace(_scene(world), github_web=""), notes=NOTHING)
    return {f"card_deploy_{name}": value for name, value in made.items()}


def _scene(world: World, rules: Rules = deploys.DEPLOY_RULES, **given: Any) -> Scene:
    return deploys.scene(world, rules=rules, **given)


def asks(world: World) -> dict[str, Shown]:
    """The approver's message of a deploy, from the question to its last line."""
    found = states(world)
    rounds = {"changed": "again", "lifted": "stand-in"}
    made: dict[str, Shown] = {}
    for name in (
        "undecided",
        "changed",
        "stale",
        "frozen",
        "lifted",
        "confidential",
        "approved",
        "rejected",
        "deployed",
    ):
        case, rules = found[name]
        made[name] = _ask(case, _scene(world, rules), "lead", rounds.get(name, "first"))
    for name in ("failed", "rolled_back", "superseded", "expired", "withdrawn", "unapproved"):
        case, rules = found[name]
        made[name] = _ask(case, _scene(world, rules), "lead")
    taken = deploys.partly(world)
    taken = replace(taken, approvals=(replace(taken.approvals[0], taken_back_at=minutes(9)),))
    made["your_yes_counts"] = _ask(deploys.partly(world), _scene(world), "rel")
    made["your_yes_decided"] = _ask(deploys.approved(world), _scene(world), "rel")
    made["your_yes_went"] = _ask(deploys.passed(world), _scene(world), "rel")
    made["you_took_back"] = _ask(taken, _scene(world), "rel")
    made["superseded_question"] = _ask(deploys.deploy(world), _scene(world), "rel", superseded_at=minutes(0))
    return {f"ask_deploy_{name}": value for name, value in made.items()}


def _ask(case: Case, scene: Scene, person: str, round: str = "first", **more: Any) -> Shown:
    return card.ask(case, scene, person=person, round=round, notes=LATER, also_asked=("rel", "lead", "cto"), **more)


def tells(world: World) -> dict[str, Shown]:
    """The private messages that a deploy words otherwise."""
    scene, given = _scene(world), facts(world)
    cases = {
        Told.APPROVED: deploys.approved(world),
        Told.REJECTED: deploys.rejected(world),
        Told.IMPLEMENTER: deploys.deploy(world),
        Told.TOOK_BACK: deploys.deploy(world),
        Told.VOIDED: deploys.changed(world),
        Told.SUPERSEDED: states(world)["superseded"][0],
        Told.EXPIRED: states(world)["expired"][0],
        Told.FROZEN: deploys.approved(world),
        Told.ROLLED_BACK: deploys.back(world),
        Told.WITHDRAWN: states(world)["withdrawn"][0],
        Told.ACCESS_OVER: states(world)["access"][0],
    }
    made = {str(what): card.told(what, case, scene, given) for what, case in cases.items()}
    unlinked = deploys.approved(world, unlinked=True)
    made["approved_unlinked"] = card.told(Told.APPROVED, unlinked, scene, given)
    over = replace(states(world)["access"][0], access_ended_at=minutes(100))
    made["access_over_ended"] = card.told(Told.ACCESS_OVER, over, scene, given)
    made["approved_then_changed"] = card.told(Told.APPROVED, deploys.changed(world), scene, given)
    return {f"told_deploy_{name}": value for name, value in made.items()}


def refusals(world: World) -> dict[str, Shown]:
    """Why a deploy can't be approved (now, or by this person)."""
    actor = Actor("lead", "U0LEAD")

    def no(reason: Reason, case: Case, action: str = "approve", **given: str) -> Shown:
        verdict = Verdict(False, reason, None, "deploy[1]", ("rel", "cto"), given)
        return receipts.refused(verdict, case, _scene(world), actor, action=action)

    case = deploys.deploy(world)
    until = minutes(2400).isoformat()
    red = {"condition": "checks-pass", "state": "no", "failed": world.typed("semgrep")}
    old = {"condition": "reviewed-pull-request", "state": "no", "pull": "12", "old": deploys.OLD}
    silent = {"condition": "branch-protected", "state": "unknown", "unread": "branch", "why": "403"}
    author = replace(case, parties=(*case.parties, Party("lead", Relation.LAST_PUSHER, minutes(0), deploys.SHA)))
    made = {
        "requester": no(Reason.REQUESTER, case),
        "author": no(Reason.AUTHOR, author, relation="last-pusher"),
        "github_unknown": no(Reason.GITHUB_UNKNOWN, case),
        "evidence_unknown": no(Reason.EVIDENCE_UNKNOWN, case, since=minutes(1).isoformat()),
        "condition_missing": no(Reason.CONDITION_MISSING, case, **red),
        "condition_old_review": no(Reason.CONDITION_MISSING, case, **old),
        "condition_unread": no(Reason.CONDITION_MISSING, case, **silent),
        "frozen": no(Reason.FROZEN, case, why="weekend", until=until, override="release-managers"),
        "frozen_for_good": no(Reason.FROZEN, case, why="end of the year"),
        "no_rule": no(Reason.NO_RULE, case),
        "expired": no(Reason.ALREADY_DECIDED, case, decision="expired", at=minutes(9).isoformat()),
        "superseded": no(
            Reason.ALREADY_DECIDED, case, decision="superseded", key="DR-2026-0108", at=minutes(9).isoformat()
        ),
        "too_late": no(Reason.TOO_LATE, deploys.deployed(world)),
        "too_late_to_take_back": no(Reason.TOO_LATE_TO_TAKE_BACK, deploys.passed(world), "take_back"),
        "not_yours_edit": no(Reason.NOT_YOURS, case, "edit"),
        "not_now_ask_again": no(Reason.NOT_NOW, case, "ask_again"),
    }
    return {f"refused_deploy_{name}": value for name, value in made.items()}


def modals(world: World) -> dict[str, Shown]:
    """The form that lifts a freeze."""
    found = states(world)
    made = {name: deploy_lifting.lift(found[name][0], _scene(world, found[name][1])) for name in _LIFTED}
    shown: dict[str, Shown] = {f"modal_lift_{name}": value for name, value in made.items()}
    case, scene = deploys.deploy(world), _scene(world)
    shown["modal_deploy_reject"] = forms.reject(case, scene)
    shown["modal_deploy_withdraw"] = forms.withdraw(case, scene)
    shown["modal_deploy_mark_deployed"] = forms.mark_deployed(deploys.approved(world), scene)
    return shown


_LIFTED = ("frozen", "frozen_approved")


def lines(world: World) -> dict[str, Shown]:
    """Lines of the thread as they are when a fact is absent."""
    scene, case = _scene(world), deploys.deploy(world)
    bare: dict[Line, dict[str, Any]] = {
        Line.VOIDED: {"changed": ["commits"], "commits": 1, "people": []},
        Line.REQUESTED: {"by": "dev", "people": []},
        Line.ROLLED_BACK: {"by": "dev", "of": "DR-2026-0101", "reason_digest": world.put("It fails since v813.")},
        Line.REPORTED: {"sha": deploys.SHA, "outcome": "failed"},
        Line.FROZEN: {"reason": "end of the year"},
        Line.ASKED: {"people": []},
    }
    made = {f"{name}_bare": thread.entry(name, case, scene, given) for name, given in bare.items()}
    claimed = {"sha": deploys.SHA, "outcome": "ok", "by": "dev", "said_by": "payments-ci"}
    made["reported_claimed"] = thread.entry(Line.REPORTED, case, scene, claimed)
    learnt = {"changed": ["author-learnt"], "people": ["rel"], "parties": ["rel"]}
    made["voided_learnt"] = thread.entry(Line.VOIDED, case, scene, learnt)
    return {f"line_deploy_{name}": value for name, value in made.items()}


def _row(world: World, **given: Any) -> Row:
    fields: dict[str, Any] = {
        "id": "chg7",
        "key": "DR-2026-0107",
        "revision": 1,
        "status": Status.REQUESTED,
        "system": "payments",
        "title": world.typed("Answer card payments faster"),
        "risk": Risk.MEDIUM,
        "person": "dev",
        "at": minutes(0),
        "kind": Kind.DEPLOY,
        "repository": deploys.REPOSITORY,
        "environment": "production",
        "sha": deploys.SHA,
    }
    return Row(**(fields | given))


def listed(world: World) -> dict[str, Shown]:
    """The App Home, lists, help and whoami where deploys are asked for."""
    scene = _scene(world)
    live = {"status": Status.DEPLOYED, "became": "rolled-back"}
    mine = [
        _row(world, id="my1"),
        _row(world, id="my2", status=Status.APPROVED, valid_until=minutes(488)),
        _row(world, id="my3", status=Status.PROCEEDING),
    ]
    over = [_row(world, id="c1", **live), _row(world, id="c2", status=Status.EXPIRED), _row(world, id="c3")]
    found = HomeLists(waiting=(_row(world),), mine=tuple(mine), closed=tuple(over))
    rows = (*mine, *over, _row(world, id="c4", status=Status.SUPERSEDED))
    unknown = answers.Known(groups=(("security", "named in the policy"),))
    return {
        "home_deploys": home.home(found, scene, person="dev"),
        "answer_deploy_list": answers.listing_of(Recent(days=30, rows=rows, emergencies=2, deploys=7), scene),
        "answer_deploy_help": answers.help_words(scene),
        "answer_whoami_no_github": answers.whoami(scene, person="lead", known=unknown),
        "answer_deploy": answers.change(deploys.deploy(world), scene, actions=(Action.APPROVE,), notes=NOTHING),
    }


def detail_views(world: World) -> dict[str, Shown]:
    """Details of a deploy: waiting, approved and live, and of one that GitHub says nothing of."""
    actions = {
        "undecided": (Action.APPROVE, Action.REJECT, Action.WITHDRAW),
        "approved": (Action.TAKE_BACK, Action.EDIT, Action.WITHDRAW, Action.MAKE_EMERGENCY),
        "deployed": (),
        "unread": (Action.EDIT, Action.WITHDRAW, Action.MAKE_EMERGENCY),
        "lifted": (Action.APPROVE,),
    }
    roles = {"undecided": Role.APPROVER, "approved": Role.APPROVED, "unread": Role.REQUESTER}
    made: dict[str, Shown] = {}
    for name, offered in actions.items():
        case, rules = states(world)[name]
        found = explaining.explain(case, rules, NOW)
        given = Reading(rule="Rule 1", why=found if name == "undecided" else None, entries=9)
        role = roles.get(name, Role.READER)
        made[name] = details(case, _scene(world, rules), actions=offered, role=role, notes=LATER, reading=given)
    return {f"details_deploy_{name}": value for name, value in made.items()}
