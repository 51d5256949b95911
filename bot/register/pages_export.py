"""Exports that stream: what the filter lets through as CSV, XLSX or JSON lines, never held in memory as a whole."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

import xlsxwriter
from starlette.responses import Response, StreamingResponse

from bot.register import words
from bot.register.asking import KINDS, asked
from bot.register.errors import NOT_HERE, Wrong
from bot.register.threads import streamed
from bot.register.visitors import Visit
from workflows import evidence, register, register_records, register_values
from workflows.register import Filter

Records = Iterator[dict[str, Any]]
MOST_ROWS = 1_000_000  # of a sheet of XLSX, which ends at 1 048 576
MOST_CHARS = 32_000  # of a cell of XLSX
PIECE = 64 * 1024


def export(visit: Visit) -> Response:
    """The form to choose from."""
    with visit.desk.db.read() as tx:
        question = asked(visit, tx)
        matching, systems = register.count(tx, question.only), register_values.systems(tx)
    visit.saw.update(question.told(systems), rows=matching)
    return visit.draw(
        "export.html",
        here="Export",
        period=question.period.words,
        asked=question,
        matching=matching,
        kinds=KINDS,
        verdicts=words.VERDICTS,
        systems=systems,
    )


def download(visit: Visit) -> Response:
    """The file. Raises Wrong for a form that there is not, and for too many rows of XLSX."""
    form = visit.request.path_params["form"]
    if form not in FORMS:
        raise Wrong(NOT_HERE, 404)
    with visit.desk.db.read() as tx:
        question = asked(visit, tx)
        rows, systems = register.count(tx, question.only), register_values.systems(tx)
    if form == "xlsx" and rows > MOST_ROWS:
        raise Wrong("That is more than a sheet of XLSX can hold. Take CSV or JSONL, or a shorter period.")
    visit.saw.update(question.told(systems), form=form, rows=rows)
    kind, write = FORMS[form]
    name = f"countersign-{question.period.first}-{question.period.last}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(streamed(write(visit, question.only)), media_type=kind, headers=headers)


def _records(visit: Visit, only: Filter) -> Records:
    return register_records.records(visit.desk.db, only, full=visit.visitor.may("auditor"))


def jsonl(visit: Visit, only: Filter) -> Iterator[str]:
    """A line for each record: the original."""
    for one in _records(visit, only):
        yield json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n"


def csv(visit: Visit, only: Filter) -> Iterator[str]:
    """A heading and a line for each record, in which no cell can become a formula."""
    yield evidence.line(evidence.COLUMNS)
    for one in _records(visit, only):
        yield evidence.line(evidence.cells(one))


def xlsx(visit: Visit, only: Filter) -> Iterator[bytes]:
    """One sheet, written to a file row by row; nothing in it is a formula or a link."""
    with tempfile.TemporaryFile() as made:
        sheet(made, _records(visit, only))
        made.seek(0)
        while piece := made.read(PIECE):
            yield piece


def sheet(out: IO[bytes], records: Records) -> None:
    """Write the workbook; each row leaves the memory before the next one comes."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet("Changes")
        page.freeze_panes(1, 1)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(evidence.COLUMNS):
            page.write_string(0, column, name, bold)
        for row, one in enumerate(records, 1):
            for column, cell in enumerate(evidence.cells(one)):
                if isinstance(cell, int | float):
                    page.write_number(row, column, cell)
                else:
                    page.write_string(row, column, str(cell)[:MOST_CHARS])


FORMS: Mapping[str, tuple[str, Callable[[Visit, Filter], Iterator[Any]]]] = {
    "csv": ("text/csv; charset=utf-8", csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx),
    "jsonl": ("application/jsonl; charset=utf-8", jsonl),
}
