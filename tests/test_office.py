"""Our tables opened by LibreOffice: whatever people typed, no cell is a formula, and each says what was typed."""

import re
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bot.register import pages_export
from tests.build import T0
from tests.needs import require
from tests.workflows.test_attributes import DEPLOY
from workflows import evidence, pack_tables
from workflows.pack_exceptions import Departure
from workflows.population import Row

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
UTF8 = "CSV:44,34,76,1"  # comma, quotes, UTF-8, from the first line; all else as LibreOffice does by itself
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example","a")', "=\n1")
TYPED = {"key", "title", "plan", "systems", "group", "code", "says", "subject", "status", "head"}
HOSTILE = (
    *FORMULAS,
    *(before + text for text in FORMULAS[:5] for before in ("\t", "\r", "\n", " ", "  ", "'", "\u00a0", "\ufeff", '"')),
    *(
        "＝1+1",
        "＋1+1",
        "－1+1",
        "＠SUM(1)",
        "'",
        "''=1+1",
        "a\n=1+1",
        'a",=1+1',
        "a;=1+1",
        "a\t=1+1",
        "{=1+1}",
        "≠ ü 日本",
    ),
)
Cells = list[dict[str, str]]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Cells, int]]:
    """The cells of each table as LibreOffice has them, and how many are formulas."""
    there = tmp_path_factory.mktemp("office")
    told = [record(text) for text in HOSTILE]
    lines = {
        "export": [evidence.line(evidence.COLUMNS), *(evidence.line(evidence.cells(one)) for one in told)],
        "exceptions": pack_tables.departures(Departure(*[text] * 5) for text in HOSTILE),
        "population": pack_tables.population(Row(text, text, text, T0, text, 1, text, drill=False) for text in HOSTILE),
        "unguarded": (evidence.line([text]) for text in HOSTILE),
    }
    for name, some in lines.items():
        (there / f"{name}.csv").write_text("".join(some), encoding="utf-8", newline="")
    with (there / "sheet.xlsx").open("wb") as out:
        pages_export.sheet(out, iter(told))
    convert(there, "csv", f"--infilter={UTF8}")
    convert(there, "xlsx")
    return {one.stem: cells(one) for one in (there / "out").iterdir()}


def convert(there: Path, ending: str, *more: str) -> None:
    """Have LibreOffice open all that end so, and write what it has as XLSX."""
    ours = (f"-env:UserInstallation={(there / 'profile').as_uri()}", "--headless", *more, "--convert-to", "xlsx")
    files = sorted(map(str, there.glob(f"*.{ending}")))
    given: dict[str, Any] = {"check": True, "capture_output": True, "timeout": 50}
    subprocess.run([str(require("office")), *ours, "--outdir", str(there / "out"), *files], **given)


def record(text: str) -> dict[str, Any]:
    """A record in which that was typed wherever something can be."""
    typed = dict.fromkeys(("key", "status", "title", "plan", "rollback", "tests"), text)
    return dict.fromkeys(evidence.COLUMNS) | DEPLOY | {"events": [], **typed, "systems": [text]}


def cells(file: Path) -> tuple[Cells, int]:
    """The rows of the first sheet by their headings, as texts, and the number of formulas in it."""
    with zipfile.ZipFile(file) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    words = ["".join(part.text or "" for part in one.iter(f"{SHEET}t")) for one in shared]
    rows = []
    for row in sheet.iter(f"{SHEET}row"):
        found = ((one.get("r", "").rstrip("0123456789"), one) for one in row.iter(f"{SHEET}c"))
        said = {column: (one.get("t"), one.findtext(f"{SHEET}v") or "") for column, one in found}
        rows.append({column: words[int(value)] if kind == "s" else value for column, (kind, value) in said.items()})
    head, *rest = rows
    named = [{name: row.get(column, "") for column, name in head.items()} for row in rest]
    return named, len(list(sheet.iter(f"{SHEET}f")))


def plain(text: str) -> str:
    """As a sheet keeps it: other ends of lines are as good, and marks that nobody sees are none."""
    text = re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)
    return re.sub("\r\n?", "\n", text)


def test_without_our_guard_there_would_be_formulas(opened: Mapping[str, tuple[Cells, int]]) -> None:
    assert opened["unguarded"][1] >= 3


@pytest.mark.parametrize("name", ["export", "exceptions", "population", "sheet"])
def test_no_cell_is_a_formula_and_each_says_what_was_typed(name: str, opened: Mapping[str, tuple[Cells, int]]) -> None:
    rows, formulas = opened[name]
    assert formulas == 0
    wanted = [plain(evidence.safe(text)) for text in HOSTILE]
    for column in TYPED & rows[0].keys():
        assert [plain(row[column]) for row in rows] == wanted, column
