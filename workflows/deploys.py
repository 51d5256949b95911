"""Deploys: asked for, recorded at once whatever else is down, asked for again, moved, and gone back from."""

from typing import Any

from sqlalchemy import Connection, func, select

from workflows import (
    ageing,
    announce,
    asking,
    deciding,
    documents,
    facts,
    freezes,
    learning,
    ledger,
    matching,
    patching,
    policy,
    quorum,
    read_times,
    readiness,
    rejections,
    requesting,
    rollbacks,
    superseding,
)
from workflows.case import Case, Done, Refused
from workflows.change import UNDECIDED, Action, Field, Kind, Mistakes, Type, Verdict
from workflows.documents import Details
from workflows.models import changes
from workflows.reading import Reading
from workflows.rows import Line, Told
from workflows.standing import Account
from workflows.turn import UNKNOWN, Turn

Request = requesting.Request
_BESIDE = ("jira", "incident", "confidential", "implementer")  # what nobody's approval is bound to


def ask(turn: Turn, form: Request, reading: Reading | None) -> Done | Refused | Mistakes:
    """Record a request at once, with what GitHub said if it said anything; post its card, ask who may decide.

    It takes the place of an older one of the same repository and environment that is still pending. Mistakes are by
    the names of `Request`.
    """
    verdict = _may_ask(turn)
    if not verdict.allowed and not form.by_gate:  # a run waits whoever started it; it is recorded in any case
        return Refused(verdict, None, recorded=False)
    wrong = requesting.mistakes(turn, form, reading)
    if wrong:
        return Mistakes(wrong)
    ledger.lock_notes(turn.tx)
    apart = form.type is Type.ACCESS  # no pipeline waits for it
    older = [] if apart else superseding.older(turn, form.repository, form.environment)
    case = turn.with_standing(requesting.record(turn, form, [one.key for one in older], reading))
    _post(turn, case, form.channel)
    case = learning.first(turn, case, reading)
    case = asking.when_ready(turn, ageing.note_freeze(turn, case))
    people = list(case.asks[0].people) if case.asks else []
    replaces = list(case.replaces) or None
    announce.line(turn, case, Line.REQUESTED, by=case.requester, people=people, replaces=replaces)
    also = superseding.supersede(turn, older, case)
    return Done(announce.settle(turn, case, also=also), ("requested",))


def _may_ask(turn: Turn) -> Verdict:
    return policy.may_declare(_account(turn))


def _account(turn: Turn) -> Account | None:
    known = facts.standing(turn.tx, turn.rules, {turn.actor.person}, now=turn.now).accounts.get(turn.actor.person, ())
    return next((account for account in known if account.slack == turn.actor.slack), None)


def _post(turn: Turn, case: Case, channel: str | None) -> None:
    announce.card(turn, case, case.posted, main=True)
    if channel and channel != case.posted:
        announce.card(turn, case, channel, main=False)


def edit(turn: Turn, change_id: str, details: Details) -> Done | Refused | Mistakes:
    """Change what is asked for: whatever an approval is bound to makes it the next version, and everybody is asked.

    Mistakes are by the names of `Request`.
    """
    case, others = _hold_all(turn, change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.EDIT, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.EDIT, verdict)
    changed = documents.differing(case, details)
    wrong = requesting.mistakes_of(turn, changed, title=case.text(Field.TITLE) or "", case=case)
    wrong |= patching.mistakes(turn, case, changed)
    if wrong:
        return Mistakes(wrong)
    version = case.version
    case, changed = patching.put_off(turn, case, changed)
    names = [name for name in changed.__slots__ if getattr(changed, name) is not None]
    if not names:
        return Done(case, ("put_off",) if case.version > version else ())
    spoke = {a.person for a in quorum.voices(case)}
    binds = [name for name in names if name not in _BESIDE or (name == "implementer" and changed.implementer in spoke)]
    data = requesting.edited(turn, case, changed)
    if changed.environment:
        data |= rejections.told(turn.tx, case, sha=case.sha, environment=changed.environment)
    voids = bool(binds) or case.status not in readiness.PENDING
    after = turn.advance(case, "edited", **data, voids=voids or None, changed=(binds or names) if voids else None)
    if changed.environment:
        facts.mark_stale(turn.tx, read_times.FACT, case.id)
    after = turn.with_standing(after)
    if voids:
        after = ageing.tell_void(turn, case, after)
    else:
        documented = len(policy.documented(after))
        announce.line(turn, after, Line.ADDED, by=turn.actor.person, fields=names, documented=documented)
        after = asking.when_ready(turn, after)
    also = superseding.supersede(turn, others, after) if case.status not in readiness.PENDING else set[str]()
    return Done(announce.settle(turn, after, also=also), ("edited",))


def _hold_all(turn: Turn, change_id: str) -> tuple[Case | None, list[Case]]:
    """Hold a request and what is pending beside it, in the one order: what comes back takes the place of that."""
    ledger.lock_notes(turn.tx)
    found = ledger.case(turn.tx, change_id)
    beside = superseding.pending(turn.tx, found.repository or "", found.environment) if found else []
    held = {id: case for id in sorted({change_id, *beside}) if (case := turn.hold(id))}
    case = held.pop(change_id, None)
    apart = case is None or case.type is Type.ACCESS
    return case, [] if apart else [one for one in held.values() if readiness.pending(one)]


def move(turn: Turn, change_id: str, ref: str) -> Done | Refused | Mistakes:
    """Ask for another branch, tag or commit instead: the next version, of which nothing is known yet."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.EDIT, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.EDIT, verdict)
    ref = ref.strip()
    if not requesting.REF.fullmatch(ref):
        return Mistakes({"ref": "ref" if ref else "empty"})
    if ref == case.ref:
        return Done(case)
    sha = ref if requesting.COMMIT.fullmatch(ref) else ""
    facts.mark_stale(turn.tx, read_times.FACT, case.id)
    no = rejections.told(turn.tx, case, sha=sha, environment=case.environment)
    after = turn.with_standing(turn.advance(case, "edited", ref=ref, sha=sha, voids=True, changed=["ref"], **no))
    return Done(announce.settle(turn, ageing.tell_void(turn, case, after)), ("edited",))


def ask_again(turn: Turn, change_id: str) -> Done | Refused:
    """Ask anew for what expired, was rejected or did not work; like a new request it takes the place of others."""
    case, others = _hold_all(turn, change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.ASK_AGAIN, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.ASK_AGAIN, verdict)
    case = turn.with_standing(turn.advance(case, "asked_again"))
    announce.line(turn, case, Line.ASKED_FOR_AGAIN, by=turn.actor.person)
    case = asking.when_ready(turn, ageing.note_freeze(turn, case))
    also = superseding.supersede(turn, others, case)
    return Done(announce.settle(turn, case, also=also), ("asked_again",))


def lift(turn: Turn, change_id: str, reason: str, *, revision: int | None = None) -> Done | Refused | Mistakes:
    """Lift the freeze that holds it, for this change and this occurrence; and approve it, where that voice counts."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.LIFT, case, turn.actor, turn.rules, turn.now, revision=revision)
    frozen = freezes.holds(case, turn.rules, turn.now)
    if not verdict.allowed or frozen is None:
        return turn.refuse(case, Action.LIFT, verdict)
    if not reason.strip():
        return Mistakes({"reason": "empty-lift"})
    digest = turn.text(reason)
    until = frozen.until.isoformat() if frozen.until else None
    case = turn.advance(case, "lifted", freeze=frozen.id, reason=digest, until=until)
    announce.line(turn, case, Line.LIFTED, by=turn.actor.person, reason_digest=digest, until=frozen.until)
    happened = ["lifted"]
    mine = policy.may_approve(case, turn.actor, turn.rules, turn.now, revision=revision)
    if case.status in UNDECIDED and mine.allowed:
        case, word = deciding.give(turn, case, mine)
        happened.append(word)
    return Done(announce.settle(turn, asking.when_ready(turn, case)), tuple(happened))


def roll_back(
    turn: Turn, *, repository: str, sha: str, environment: str, reason: str, reading: Reading | None = None
) -> Done | Refused | Mistakes:
    """Send a commit back that was live here under an approved request: recorded, told to the approvers, not asked.

    It is no approval, and needs none, also in a freeze. Mistakes: an empty reason; `sha`: there is no such way back.
    """
    verdict = _may_ask(turn)
    if not verdict.allowed:
        return Refused(verdict, None, recorded=False)
    ledger.lock_notes(turn.tx)
    back = rollbacks.may_roll_back(turn.tx, repository, sha, environment, turn.rules, turn.now)
    before = ledger.case_by_key(turn.tx, back.of) if back else None
    if back is None or before is None or not reason.strip():
        return Mistakes({"reason": "empty-roll-back"} if not reason.strip() else {"sha": "no-way-back"})
    # What waits for the commit that goes back, or for the one that is left, waits for nothing any more.
    older = [one for one in superseding.older(turn, repository, environment) if one.sha in (sha, back.away_from)]
    replaced = [one.key for one in older]
    case = turn.with_standing(requesting.record_rollback(turn, before, back, sha, reason, replaced))
    _post(turn, case, None)
    case = learning.first(turn, case, reading)
    rule = matching.deploy_rule(case, turn.rules)
    named = (*(need.group for need in rule.approvers), *rule.fallback)
    people = sorted(quorum.members(case, named) - {turn.actor.person})[: asking.AT_MOST]
    told: dict[str, Any] = {"by": turn.actor.person, "reason_digest": case.decision.reason if case.decision else None}
    told |= {"of": back.of, "away_from": back.away_from}
    announce.line(turn, case, Line.ROLLED_BACK, broadcast=True, people=people, **told)
    announce.tell(turn, case, people, Told.ROLLED_BACK, at=turn.now, **told)
    also = superseding.supersede(turn, older, case)
    return Done(announce.settle(turn, case, also=also), ("rolled_back",))


def _of(repository: str) -> Any:
    return (changes.c.kind == Kind.DEPLOY.value) & (changes.c.repository == repository.strip().lower())


def open_for(tx: Connection, repository: str, environment: str) -> list[str]:
    """The requests that wait for a decision or for their pipeline, oldest first."""
    return superseding.pending(tx, repository, environment)


def find(tx: Connection, repository: str, sha: str, environment: str) -> list[str]:
    """Every request for exactly this commit there, newest first."""
    here = (func.lower(changes.c.environment) == environment.strip().lower(), changes.c.sha == sha)
    newest = (changes.c.declared_at.desc(), changes.c.id.desc())
    return list(tx.scalars(select(changes.c.id).where(_of(repository), *here).order_by(*newest)))


def ids_on(tx: Connection, repository: str) -> list[str]:
    """The open requests of a repository, for any environment: what a push may move."""
    waits = changes.c.closed_at.is_(None)
    return list(tx.scalars(select(changes.c.id).where(_of(repository), waits).order_by(changes.c.id)))
