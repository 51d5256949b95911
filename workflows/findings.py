"""Findings: what went around the gate gets a record of its own, an owner and a running clock, and never an approval.

CONTROLS.md: a direct push, a merge without a review, a deployment without an approval are found, and somebody answers
for each. Whoever did it never does.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from workflows import announce, debts, ledger, persons, reckoning
from workflows.case import Case, Done, Party
from workflows.change import Field, Found, Kind, Relation
from workflows.documents import OTHER
from workflows.gate_models import sightings
from workflows.models import changes
from workflows.reckoning import Explained, Seen, Sort
from workflows.turn import Turn

OWN = "countersign"


def open(
    turn: Turn,
    what: Found,
    *,
    source: str,
    external: str,
    at: datetime,
    repository: str = "",
    sha: str = "",
    environment: str | None = None,
    login: str = "",
    by: str = "",
    near: str | None = None,
    title: str = "",
    parties: Iterable[Party] = (),
) -> Done:
    """Open one finding for what a use case itself saw; the same (source, external) again gives the same finding.

    What was found of this commit there already is that finding. `by`: whose act it was, where that is a known person;
    else `login` says. `parties`: who else had a hand in it. It holds the chain of the system: call it before any
    change is held, or hold that chain first (`ledger.lock_notes`).
    """
    ledger.lock_notes(turn.tx)
    seen = Seen(
        source=source, external=external, sort=Sort.BYPASS, repository=repository, sha=sha, at=at,
        environment=environment, login=login, title=title,
    )  # fmt: skip
    known = _before(turn, seen)
    if known is not None:
        return Done(known)
    same = open_on(turn, repository=repository, sha=sha, environment=environment) if sha else None
    case = ledger.case(turn.tx, same) if same else None
    if case is None:
        case = record(turn, seen, what, near=near, by=by, parties=parties)
    keep(turn, seen, Explained.FOUND, case.id)
    return Done(case, () if same else ("found",))


def prepare(turn: Turn, change_id: str) -> None:
    """Hold what a finding needs, before a change is held of which one may be opened: a deploy."""
    if turn.tx.scalar(select(changes.c.kind).where(changes.c.id == change_id)) == Kind.DEPLOY.value:
        ledger.lock_notes(turn.tx)


def ungated(turn: Turn, case: Case, at: datetime) -> Done:
    """Somebody said that a deploy is live which the gate would not have let through: one finding for this version.

    Call `prepare` before the deploy is held.
    """
    lapsed = case.decision is not None and case.decision.kind == "approved"
    return open(
        turn,
        Found.OUTSIDE_VALIDITY if lapsed else Found.NO_BASIS,
        source=OWN,
        external=f"marked:{case.id}:{case.revision}",
        at=at,
        repository=case.repository or "",
        sha=case.sha or "",
        environment=case.environment,
        by=turn.actor.person,
        near=case.key,
        title=case.text(Field.TITLE) or "",
        parties=case.parties,
    )


def _before(turn: Turn, seen: Seen) -> Case | None:
    c = sightings.c
    mine = select(c.change).where(c.source == seen.source, c.external == seen.external)
    change = turn.tx.scalar(mine)
    return ledger.case(turn.tx, change) if change else None


def record(
    turn: Turn,
    seen: Seen,
    what: Found,
    *,
    near: str | None = None,
    by: str = "",
    parties: Iterable[Party] = (),
) -> Case:
    """Write the finding: its first event, its card in the deploys channel, and a review that is owed from now on."""
    rules = turn.rules
    by = by or culprit(turn, seen)
    served = seen.systems or reckoning.systems(seen.repository, rules)
    data: dict[str, Any] = {
        "what": what.value,
        "at": seen.at.isoformat(),
        "source": seen.source,
        "repository": seen.repository,
        "sha": seen.sha,
        "by": by,
        "login": seen.login,
        "url": seen.url,
        "branch": seen.branch,
        "near": near,
        "systems": list(served or (OTHER,)),
        "environment": reckoning.environment(seen.environment, rules) or seen.environment or reckoning.PRODUCTION,
        "texts": {"title": turn.text(seen.title or named(seen))},
        "parties": [*hands(turn, seen), *_told(parties, by)],
        "known_as": turn.known_as((by,)),
        "policy": rules.digest,
        "posted": rules.deploys,
    }
    case = ledger.declare(
        turn.tx,
        kind=Kind.FINDING,
        drill=False,
        data={name: value for name, value in data.items() if value is not None},
        actor=turn.actor,
        now=turn.now,
        new_id=turn.new_id,
    )
    case = turn.with_standing(case)
    announce.card(turn, case, case.posted, main=True)
    return announce.settle(turn, debts.owe(turn, case))


def _told(parties: Iterable[Party], by: str) -> list[dict[str, str]]:
    """These parties as an event has them; whoever did it is one by that."""
    told = {(p.person, p.relation.value): p.sha or "" for p in parties if p.person and p.person != by}
    return [{"person": who, "relation": how, "sha": sha} for (who, how), sha in told.items()]


def named(seen: Seen) -> str:
    """What the finding is called in lists: `acme/payments@1a2b3c4 to production`."""
    what = f"{seen.repository}@{seen.sha[:7]}" if seen.sha else seen.repository
    where = f" to {seen.environment}" if seen.environment else f" on {seen.branch}" if seen.branch else ""
    return f"{what}{where}".strip() or seen.source


def culprit(turn: Turn, seen: Seen) -> str:
    """The person behind the login, made on first sight; where the source names nobody, the source itself."""
    login = seen.login or f"{seen.source}[source]"  # no GitHub login has brackets, but those of Apps
    return person(turn, seen, login, name=seen.login or seen.source)


def person(turn: Turn, seen: Seen, login: str, *, name: str = "") -> str:
    """The id of the person behind a login, made on first sight."""
    email = dict(seen.emails).get(login.lower())
    known = persons.for_login(
        turn.tx, login=login, email=email, name=name or login, rules=turn.rules, now=turn.now, new_id=turn.new_id
    )
    return known.id


def hands(turn: Turn, seen: Seen) -> list[dict[str, str]]:
    """Everybody else who had a hand in it, as parties: none of them reviews it."""
    told: Iterable[tuple[Relation, str]] = dict.fromkeys(seen.hands)
    return [{"person": person(turn, seen, who), "relation": how.value, "sha": seen.sha} for how, who in told if who]


def keep(turn: Turn, seen: Seen, explained: Explained | None, change: str | None) -> bool:
    """Write down that it was seen; False: it was, under the same (source, external)."""
    insert = sqlite.insert if turn.tx.dialect.name == "sqlite" else postgresql.insert
    row = {
        "id": turn.new_id(),
        "source": seen.source,
        "external": seen.external,
        "kind": seen.sort.value,
        "repository": seen.repository.lower(),
        "environment": reckoning.environment(seen.environment, turn.rules) or seen.environment,
        "branch": seen.branch,
        "sha": seen.sha,
        "at": seen.at,
        "seen_at": turn.now,
        "outcome": seen.outcome.value if seen.outcome else None,
        "login": seen.login or None,
        "url": seen.url,
        "explained": explained.value if explained else None,
        "change": change,
    }
    fresh = insert(sightings).values(row).on_conflict_do_nothing(index_elements=["source", "external"])
    return bool(turn.tx.execute(fresh).rowcount)


def open_on(turn: Turn, *, repository: str, sha: str, environment: str | None) -> str | None:
    """The id of the finding, not yet reviewed, of that commit there: what two sources show is one thing."""
    c = sightings.c
    same = (c.repository == repository.lower(), c.sha == sha, c.environment == environment)
    query = (
        select(c.change)
        .join(changes, changes.c.id == c.change)
        .where(*same, c.explained == Explained.FOUND.value, changes.c.kind == Kind.FINDING.value)
        .where(changes.c.reviewed_at.is_(None))
    )
    found: str | None = turn.tx.scalar(query.limit(1))
    return found
