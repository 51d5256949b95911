"""The export: every change of a period as one JSON object a line, or as a table that is safe in a spreadsheet.

Drills are apart: they are in no population. Read in short pages; nothing is held open while a page is written out.
"""

import csv as csv_format
import io
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from workflows import dossier, persons, replay, snapshot
from workflows.case import Case
from workflows.change import Person
from workflows.db import Database
from workflows.event import Event
from workflows.models import changes, identities, policies, texts

Told = Mapping[str, Sequence[tuple[Event, str]]]  # by change: its events in order, each with its hash
PAGE = 200
# What a spreadsheet may take for a formula; the full-width forms are folded to these by some.
FORMULA = tuple("=+-@\t\r\n\x00＝＋－＠")
# Where a cell begins for a spreadsheet that separates by semicolons or tabs, to which our quotes say nothing.
INSIDE = re.compile(r"([;\t\r\n][\s\"']*)(?=[=+\-@＝＋－＠])")
COLUMNS = (
    *("key", "kind", "type", "status", "title", "justification", "systems", "environment", "risk", "plan"),
    *("rollback", "tests", "requester", "implementer", "parties", "links", "approvals", "refusals"),
    *("decision", "decided_at", "deployments", "approved_before_deploy", "review", "reviewer", "reviewed_at"),
    *(
        "hours_to_review",
        "on_time",
        "deadlines",
        "declared_at",
        "closed_at",
        "exceptions",
        "deploy",
        "finding",
        "patch",
        "access",
        "infrastructure",
        "incident",
        "jira",
        "remediation",
        "policy",
        "erased",
        "events",
    ),
)


def records(
    database: Database,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the export records of changes declared in [since, until), oldest first.

    `now` judges reviews that are still open; without it they are neither on time nor overdue.
    """
    versions: dict[str, int | None] = {}
    last: tuple[datetime, str] | None = None
    while True:
        with database.read() as tx:
            page = _page(tx, last, since, until)
            told = replay.history(tx, [case.id for case in page])
            people = named(tx, page, told)
            versions |= _versions(tx, {case.policy for case in page} - versions.keys())
        for case in page:
            yield dossier.record(case, told[case.id], people, policy_version=versions.get(case.policy), now=now)
        if len(page) < PAGE:
            return
        last = (page[-1].declared_at, page[-1].id)


def of(tx: Connection, cases: Sequence[Case], told: Told, *, now: datetime | None) -> list[dict[str, Any]]:
    """The export records of these cases with these events, in their order; at most 500. Texts are read here."""
    people, versions = named(tx, cases, told), _versions(tx, {case.policy for case in cases})
    return [
        dossier.record(case, told[case.id], people, policy_version=versions.get(case.policy), now=now)
        for case in with_bodies(tx, cases)
    ]


def with_bodies(tx: Connection, cases: Sequence[Case]) -> list[Case]:
    """The cases with the texts of theirs that still exist."""
    wanted = {case.id: snapshot.digests(snapshot.dump(case)) for case in cases}
    bodies = texts_of(tx, {digest for some in wanted.values() for digest in some})
    return [replace(case, bodies={d: bodies[d] for d in wanted[case.id] if d in bodies}) for case in cases]


def named(tx: Connection, cases: Iterable[Case], told: Told) -> dict[str, Person]:
    """Who is mentioned, with the GitHub login of whom neither an e-mail nor Slack tells."""
    people = persons.by_id(
        tx,
        {p for case in cases for p in _people(case)}
        | {e.person for some in told.values() for e, _ in some if e.person},
    )
    return _with_logins(tx, people)


def _with_logins(tx: Connection, people: dict[str, Person]) -> dict[str, Person]:
    unknown = sorted(one.id for one in people.values() if not (one.email or one.slack))
    i = identities.c
    logins = select(i.person, i.value).where(i.kind == "github", i.person.in_(unknown)).order_by(i.verified_at, i.value)
    for row in tx.execute(logins).all() if unknown else ():
        people[row.person] = replace(people[row.person], github=people[row.person].github or row.value)
    return people


def jsonl(
    database: Database,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Iterator[str]:
    """Yield `records`, a line of JSON each."""
    for one in records(database, since=since, until=until, now=now):
        yield json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n"


def csv(
    database: Database,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Iterator[str]:
    """Yield a header and `records`, a line each (RFC 4180), in which no cell can become a formula.

    A view of the JSON: lists are joined by "; ", and of the events only their number and the last hash remain.
    """
    yield line(COLUMNS)
    for one in records(database, since=since, until=until, now=now):
        yield line(cells(one))


def cells(record: Mapping[str, Any]) -> list[Any]:
    """A record as one row under `COLUMNS`, in which no cell can become a formula."""
    events = record["events"]
    short = {**record, "events": f"{len(events)} {events[-1]['hash']}" if events else ""}
    return [safe(_cell(short[name])) for name in COLUMNS]


def _page(
    tx: Connection, last: tuple[datetime, str] | None, since: datetime | None, until: datetime | None
) -> list[Case]:
    c = changes.c
    where: list[ColumnElement[bool]] = [c.drill.is_(False)]
    where += [c.declared_at >= since] if since else []
    where += [c.declared_at < until] if until else []
    if last:
        where.append(or_(c.declared_at > last[0], and_(c.declared_at == last[0], c.id > last[1])))
    states = tx.scalars(select(c.state).where(*where).order_by(c.declared_at, c.id).limit(PAGE)).all()
    bodies = texts_of(tx, {digest for state in states for digest in snapshot.digests(state)})
    return [
        replace(snapshot.load(state), bodies={d: bodies[d] for d in snapshot.digests(state) if d in bodies})
        for state in states
    ]


def texts_of(tx: Connection, digests: set[str]) -> dict[str, str]:
    """The texts behind these digests that still exist."""
    wanted, found = sorted(digests), dict[str, str]()
    for start in range(0, len(wanted), 500):
        some = texts.c.digest.in_(wanted[start : start + 500])
        rows = tx.execute(select(texts.c.digest, texts.c.body).where(some, texts.c.body.is_not(None)))
        found |= {row.digest: row.body for row in rows}
    return found


def _people(case: Case) -> Iterator[str]:
    yield from (case.requester, case.implementer, *(p.person for p in case.parties))
    yield from (d.by for d in case.deployments)
    yield from (one.person for one in case.approvals)
    yield from filter(None, (one.by for one in (case.decision, case.afterwards) if one))
    if case.review:
        yield from filter(None, (case.review.owner, case.review.by))
        for follow in case.review.follow_ups:
            yield from filter(None, (follow.owner, follow.done_by))
        yield from (a.by for a in case.review.amendments)
    if case.put_off:
        yield from (case.put_off.owner, case.put_off.by)


def _versions(tx: Connection, digests: set[str]) -> dict[str, int | None]:
    """The `version` that each policy says of itself."""
    found: dict[str, int | None] = dict.fromkeys(digests)
    rows = tx.execute(select(policies.c.digest, policies.c.source).where(policies.c.digest.in_(sorted(digests))))
    for digest, source in rows:
        version = tomllib.loads(source).get("version")
        found[digest] = version if isinstance(version, int) else None
    return found


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_cell(inner)}" for name, inner in value.items() if inner not in (None, [], {}))
    if isinstance(value, list):
        return "; ".join(
            " ".join(str(_cell(v)) for v in item.values() if v not in (None, [], {}))
            if isinstance(item, Mapping)
            else str(item)
            for item in value
        )
    return {None: "", True: "yes", False: "no"}[value] if value is None or isinstance(value, bool) else value


def safe(cell: Any) -> Any:
    """The cell with a mark before whatever a spreadsheet may take for a formula, however it separates cells."""
    if not isinstance(cell, str):
        return cell
    marked = INSIDE.sub(r"\1'", cell)
    return f"'{marked}" if marked.startswith(FORMULA) else marked


def line(cells: Iterable[Any]) -> str:
    """One line of CSV, every cell quoted."""
    out = io.StringIO()
    csv_format.writer(out, quoting=csv_format.QUOTE_ALL).writerow(list(cells))
    return out.getvalue()
