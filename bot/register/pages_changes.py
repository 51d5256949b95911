"""The lists: every change of a period, emergencies and findings apart, filtered, fifty a page."""

from dataclasses import replace

from sqlalchemy import Connection
from starlette.responses import Response

from bot.register import words
from bot.register.asking import KINDS, asked, mark, place, seen_at
from bot.register.visitors import Visit
from workflows import register, register_records, register_values
from workflows.change import Kind
from workflows.register import Filter


def changes(visit: Visit) -> Response:
    """Every change, emergencies first."""
    return _list(visit, "Changes", "/register/changes", None)


def emergencies(visit: Visit) -> Response:
    """Emergencies alone, and the drills of the period apart below them."""
    return _list(visit, "Emergencies", "/register/emergencies", Kind.EMERGENCY)


def findings(visit: Visit) -> Response:
    """What went around the gate."""
    return _list(visit, "Findings", "/register/findings", Kind.FINDING)


def _list(visit: Visit, here: str, path: str, kind: Kind | None) -> Response:
    given, full = visit.request.query_params, visit.visitor.may("auditor")
    after, before = place(given.get("after", "")), place(given.get("before", ""))
    with visit.desk.db.read() as tx:
        question = asked(visit, tx, kind=kind)
        only = question.only
        page = register.page(tx, only, after=None if before else after, before=before)
        rows = register_records.lines(tx, (*page.emergencies, *page.others), now=only.now, full=full)
        matching = register.count(tx, only)
        whole = Filter(since=only.since, until=only.until, now=only.now)
        population = matching if only == whole else register.count(tx, whole)
        drills = _drills(visit, tx, whole, full) if kind is Kind.EMERGENCY and not (before or after) else ()
        systems = register_values.systems(tx)
    visit.saw.update(question.told(systems), rows=matching, after=seen_at(after), before=seen_at(before))
    older, newer = mark(page.older), mark(page.newer)
    return visit.draw(
        "changes.html",
        here=here,
        heading=here,
        path=path,
        kind=kind,
        kinds=KINDS,
        verdicts=words.VERDICTS,
        systems=systems,
        period=question.period.words,
        asked=question,
        emergencies=rows[: len(page.emergencies)],
        others=rows[len(page.emergencies) :],
        drills=drills,
        matching=matching,
        population=population,
        older=question.link(path, after=older) if older else "",
        newer=question.link(path, before=newer) if newer else "",
        exception=words.exception,
    )


def _drills(visit: Visit, tx: Connection, whole: Filter, full: bool) -> tuple[register_records.Shown, ...]:
    """The newest drills of the period: evidence of a procedure that was tested, in no count."""
    ids = register.page(tx, replace(whole, drills=True), limit=20)
    return register_records.lines(tx, (*ids.emergencies, *ids.others), now=whole.now, full=full)
