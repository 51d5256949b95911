"""How asking for a deploy, GitHub, the gate and time change a case."""

from dataclasses import replace
from typing import Any

from workflows import fold_document
from workflows.case import Case, Decision, Deployment, Party
from workflows.change import Basis, Found, Kind, Outcome, Relation, Status
from workflows.event import Event, maybe_time, time, who
from workflows.gated import CiLog, Lifted, Passed, PutOff, Rollback, Sighting
from workflows.reading_json import from_json
from workflows.transitions import WAITING


def requested(event: Event) -> Case:
    """A deploy is asked for. A rollback needs nobody: it is decided by the rule at once."""
    d = event.data
    back = d.get("rollback")
    rollback = Rollback(back["of"], time(back["live_at"]), back.get("away_from")) if back else None
    case = replace(
        fold_document.declared(event),
        repository=d.get("repository"),
        ref=d.get("ref"),
        sha=d.get("sha"),
        unlinked=bool(d.get("unlinked", False)),
        replaces=tuple(d.get("replaces", ())),
        rejected_before=fold_document.rejected_before(d),
        rollback=rollback,
    )
    if rollback is None:
        return case
    decision = Decision("rollback", event.at, who(event), case.revision, d.get("reason"), event.operator)
    return replace(case, status=Status.PROCEEDING, decision=decision)


def found(event: Event) -> Case:
    """Something went around the gate; whoever did it is a party, so that somebody else explains it."""
    d = event.data
    case = fold_document.declared(event)
    sighting = Sighting(
        what=Found(d["what"]),
        at=time(d["at"]),
        source=d["source"],
        repository=d.get("repository", ""),
        sha=d.get("sha", ""),
        by=d.get("by", ""),
        login=d.get("login", ""),
        url=d.get("url"),
        branch=d.get("branch"),
        near=d.get("near"),
    )
    told = ((one["person"], Relation(one["relation"]), one.get("sha")) for one in d.get("parties", ()))
    hands = tuple(Party(who, how, event.at, sha) for who, how, sha in told)
    parties = (*((Party(sighting.by, Relation.IMPLEMENTER, event.at),) if sighting.by else ()), *hands)
    return replace(
        case,
        parties=parties,
        requester=sighting.by,
        implementer=sighting.by,
        sighting=sighting,
        repository=sighting.repository or None,
        sha=sighting.sha or None,
    )


def read(case: Case, event: Event) -> Case:
    """GitHub told something new. A push moves the request to the new commit: the next version, without a voice.

    Without a reading: somebody was learnt to be a party, such as whoever runs the workflow.
    """
    d = event.data
    reading = from_json(d["reading"]) if "reading" in d else case.reading
    news = tuple(
        Party(one["person"], Relation(one["relation"]), event.at, one.get("sha")) for one in d.get("parties", ())
    )
    after = replace(case, reading=reading, sha=d.get("sha") or case.sha, parties=(*case.parties, *news))
    after = replace(after, rejected_before=fold_document.rejected_before(d)) if "sha" in d else after
    return again(after, event) if d.get("voids") else after


def again(case: Case, event: Event) -> Case:
    """The next version, waiting for its first voice; what was given stays on record for the one before."""
    return replace(
        case,
        revision=case.revision + 1,
        status=WAITING[case.kind],
        changed_at=event.at,
        changed=tuple(event.data.get("changed", ())),
        decision=None,
        valid_until=None,
        expired_at=None,
        closed_at=None,
    )


def expired(case: Case, event: Event) -> Case:
    return replace(case, status=Status.EXPIRED, expired_at=event.at, closed_at=event.at)


def superseded(case: Case, event: Event) -> Case:
    return replace(case, status=Status.SUPERSEDED, superseded_by=event.data["by_key"], closed_at=event.at)


def lifted(case: Case, event: Event) -> Case:
    d = event.data
    one = Lifted(d["freeze"], who(event), event.at, d["reason"], maybe_time(d.get("until")))
    return replace(case, lifted=(*case.lifted, one))


def let_through(case: Case, event: Event) -> Case:
    """The gate said yes. Through an emergency it is a deployment of its own, which nobody asked for by a request."""
    d = event.data
    basis = Basis(d["basis"])
    one = Passed(d["repository"], d["environment"], d["sha"], event.at, basis, d["by"], d.get("freeze", ""))
    after = replace(case, passed=(*case.passed, one))
    if case.kind is not Kind.EMERGENCY:
        return after
    kind = case.decision.kind if case.decision else "undeclared"
    started = Deployment("", event.at, Outcome.STARTED, "", event.at, kind, repository=one.repository, sha=one.sha)
    return _with(after, started)


def reported(case: Case, event: Event) -> Case:
    """A pipeline said what it deployed: what was let through ends, or something is deployed that nobody let through."""
    d = event.data
    one = Deployment(
        what="",
        at=time(d["at"]),
        outcome=Outcome(d["outcome"]),
        by=d.get("by", ""),
        recorded_at=event.at,
        basis=d["basis"],
        repository=d["repository"],
        sha=d["sha"],
        external=d["external"],
        login=d.get("login"),
        url=d.get("url"),
    )
    return _with(case, one)


def _with(case: Case, one: Deployment) -> Case:
    """The case with this deployment, in place of the same one as it was known before."""
    same = [d for d in case.deployments if _same(d, one)]
    kept = tuple(d for d in case.deployments if d is not (same[0] if same else None))
    # What it asks for by now may be another commit, and that one waits as before.
    other = case.kind is Kind.DEPLOY and one.sha is not None and one.sha != case.sha
    closes = case.kind is Kind.DEPLOY and one.outcome is not Outcome.STARTED and not other
    review, earlier = case.review, case.earlier_reviews
    if not same and review is not None and review.closed_at is not None:
        earlier, review = (*earlier, review), None
    moved: dict[str, Any] = {"status": Status.DEPLOYED}
    if other or (case.kind is Kind.DEPLOY and one.outcome is Outcome.STARTED):
        moved = {}
    return replace(
        case,
        deployments=(*kept, one),
        review=review,
        earlier_reviews=earlier,
        closed_at=one.recorded_at if closes else None if case.kind is Kind.EMERGENCY and not same else case.closed_at,
        nothing_deployed=False,
        later_until=None,
        **moved,
    )


def _same(had: Deployment, one: Deployment) -> bool:
    if had.external and one.external:
        return had.external == one.external
    started = had.outcome is Outcome.STARTED and had.external is None
    return started and (had.repository, had.sha) == (one.repository, one.sha)


def put_off(case: Case, event: Event) -> Case:
    d = event.data
    return replace(case, put_off=PutOff(d["owner"], d["until"], d["control"], event.at, who(event)))


def logs(case: Case, event: Event) -> Case:
    """The logs of a run were kept, or are not to be had; what is known later of the same attempt takes its place."""
    d = event.data
    one = CiLog(
        repository=d["repository"],
        sha=d["sha"],
        run=d["run"],
        attempt=d["attempt"],
        at=event.at,
        sha256=d.get("sha256"),
        size=d.get("bytes", 0),
        why=d.get("why", ""),
    )
    others = (o for o in case.logs if (o.repository, o.run, o.attempt) != (one.repository, one.run, one.attempt))
    return replace(case, logs=(*others, one))


def access_ended(case: Case, event: Event) -> Case:
    return replace(case, access_ended_at=time(event.data["at"]))
