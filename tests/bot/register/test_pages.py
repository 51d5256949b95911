"""The pages of the register: what each says, to whom, and that nothing anybody writes into an address breaks one."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.bot.register.doorway import Browser, doorway
from tests.bot.register.shelf import Shelf
from tests.budget import sampled
from tests.databases import SqliteTemplates

PATHS = ("", "changes", "emergencies", "findings", "sample", "completeness", "policy", "export")
HOSTILE = (
    "'; DROP TABLE changes--",
    "<script>",
    "%00",
    "\x00",
    "9" * 400,
    "-1",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "ü" * 90,
)


@pytest.fixture(scope="module")
def shelf(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """One register with a record in it, for all tests here; they only look."""
    folder: Path = tmp_path_factory.mktemp("register")
    with doorway(sqlite_templates.make(folder), folder) as doors:
        yield Shelf(doors)


@pytest.fixture(scope="module")
def reader(shelf: Shelf) -> Browser:
    return shelf.reader()


@pytest.fixture(scope="module")
def auditor(shelf: Shelf) -> Browser:
    return shelf.auditor()


def words(text: str) -> str:
    """What people read of a page."""
    parts: list[str] = []

    class Reading(HTMLParser):
        def handle_data(self, data: str) -> None:
            parts.append(data)

    Reading().feed(text)
    return re.sub(r"\s+", " ", " ".join(parts))


def page(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(f"/register/{path}")
    assert answer.status_code == status, answer.text
    return words(answer.text)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_has_a_heading_and_says_who_looks(reader: Browser, path: str) -> None:
    answer = reader.get(f"/register/{path}")
    assert answer.status_code == 200, answer.text
    assert len(re.findall("<h1", answer.text)) == 1
    assert "Viewed as reader until" in answer.text
    assert "style=" not in answer.text
    assert "<script" not in answer.text
    assert "alert(1)" not in re.sub("&lt;script&gt;alert", "", answer.text)
    assert answer.text.count("<table") == answer.text.count("<caption>")


def test_the_overview_counts_the_period_without_the_drill(reader: Browser) -> None:
    said = page(reader, "")
    assert (
        "Population 3: deploys 0 · emergencies 3 (100.0 %, line 10 %: above the line ) · findings 0 · drills 1 apart"
        in said
    )
    assert "Nothing of this record is signed yet." in said
    assert "0 unexplained" not in said
    assert "Not covered: changes by console or kubectl outside these pipelines." in said


def test_the_list_puts_emergencies_under_a_heading_of_their_own_and_drills_nowhere(reader: Browser) -> None:
    said = page(reader, "changes")
    assert "Emergencies, newest first" in said
    assert "DRILL" not in said
    assert "(this filter, 3 rows)" in said
    assert "DRILL-" in page(reader, "emergencies")


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("verdict=approved", ["0001"]),
        ("person=Cto", ["0001"]),
        ("kind=deploy", []),
        ("system=payments", ["0001", "0002", "0003"]),
        ("verdict=none", ["0002", "0003"]),
    ],
)
def test_filters(reader: Browser, query: str, keys: list[str]) -> None:
    said = page(reader, f"changes?{query}")
    assert sorted(set(re.findall(r"EC-\d{4}-(\d{4})", said))) == keys
    assert ("No change matches. Period has 3." in said) is (not keys)


def test_one_change_tells_what_happened_in_its_order(shelf: Shelf, reader: Browser) -> None:
    said = page(reader, f"changes/{shelf.approved.key.lower()}")
    assert "Approved by cto 0 min after it was declared; nothing was deployed; its review" in said
    order = ["Seven checks", "Timeline", "What was decided on", "Documents, tests", "Review and follow-ups", "Proof"]
    assert [said.index(one) for one in order] == sorted(said.index(one) for one in order)
    assert re.search(r"Entries 1–\d+, unbroken; in no signed list yet\.", said)


def test_what_was_removed_says_so_and_nothing_else(shelf: Shelf, auditor: Browser) -> None:
    said = page(auditor, f"changes/{shelf.removed.key}")
    assert re.search(r"Removed \d+ \w+ \d{4} \d\d:\d\d by \S+: password\. Its place in the record is intact\.", said)
    assert "hunter2" not in said


def test_what_is_confidential_is_for_auditors(shelf: Shelf, reader: Browser, auditor: Browser) -> None:
    for path in (f"changes/{shelf.secret.key}", "changes", "export/jsonl", "export/csv", "sample?seed=1"):
        hidden, shown = reader.get(f"/register/{path}").text, auditor.get(f"/register/{path}").text
        assert "vault" not in hidden, path
        assert "vault" in shown, path
    assert "Confidential: shown to auditors." in page(reader, f"changes/{shelf.secret.key}")


def test_a_reader_sees_no_address_of_anybody_and_an_auditor_does(
    shelf: Shelf, reader: Browser, auditor: Browser
) -> None:
    for path in (f"changes/{shelf.approved.key}", "changes", "export/jsonl", "policy", "sample?seed=1"):
        assert not re.findall(r"[\w.]+@example\.com", reader.get(f"/register/{path}").text), path
    assert "cto@example.com" in page(auditor, f"changes/{shelf.approved.key}")
    assert "cto@example.com" in auditor.get("/register/export/jsonl").text


def test_exports_hold_what_the_filter_lets_through_and_no_formula(auditor: Browser) -> None:
    lines = auditor.get("/register/export/jsonl?verdict=approved").text.splitlines()
    assert [json.loads(line)["decision"] for line in lines] == ["approved"]
    table = auditor.get("/register/export/csv")
    assert table.headers["content-disposition"].startswith('attachment; filename="countersign-')
    assert len(table.text.split("\r\n")) == 5
    sheet = zipfile.ZipFile(io.BytesIO(auditor.get("/register/export/xlsx").content))
    body = b"".join(sheet.read(name) for name in sheet.namelist() if "sheet" in name)
    assert b"<f>" not in body
    assert body.count(b"<row ") == 4


def test_a_sample_is_drawn_again_by_its_seed_and_can_be_taken_away(auditor: Browser, reader: Browser) -> None:
    first = page(auditor, "sample?size=2&seed=4711")
    assert first == page(auditor, "sample?size=2&seed=4711")
    assert "Population 3" in first
    assert "Emergencies, apart (2)" in first
    packed = auditor.get("/register/sample/pack?size=2&seed=4711")
    assert packed.headers["content-type"] == "application/zip"
    assert "index.html" in zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    assert reader.get("/register/sample/pack?size=2&seed=4711").status_code == 403


def test_the_answers_of_what_is_confidential_are_the_same_for_a_reader(
    shelf: Shelf, reader: Browser, auditor: Browser
) -> None:
    for path, start, end in (
        ("sample?size=3&seed=4711", "What Pull request", "Viewed as"),
        (f"changes/{shelf.secret.key}", "What an auditor samples", "Timeline"),
    ):
        seen, whole = (page(browser, path).partition(start)[2].partition(end)[0] for browser in (reader, auditor))
        told = [re.findall(r"Description and justification:? (.*?) Signed off", text) for text in (seen, whole)]
        assert told[0] == told[1] != [], path


def test_the_pack_of_one_change_holds_it(shelf: Shelf, auditor: Browser) -> None:
    packed = auditor.get(f"/register/changes/{shelf.approved.key}/pack")
    assert f"changes/{shelf.approved.key}/record.json" in zipfile.ZipFile(io.BytesIO(packed.content)).namelist()


def test_zero_unexplained_is_never_said_with_a_gap(reader: Browser) -> None:
    said = page(reader, "completeness")
    assert "0 unexplained" not in said
    assert "not proved" in said


def test_policies_and_the_procedure_of_a_day(auditor: Browser) -> None:
    said = page(auditor, "policy")
    assert "Every policy that was in force" in said
    digest = re.search(r'/register/policy/([0-9a-f]{64})"', auditor.get("/register/policy").text)
    assert digest is not None
    assert "Its text" in page(auditor, f"policy/{digest[1]}")
    assert "the first policy" in said
    assert re.search(r"1 Declare .* 8 Checked", said)
    assert "No policy was in force on that day." in page(auditor, "policy?on=2001-01-01")


@pytest.mark.parametrize("path", ["changes", "sample", "policy"])
def test_what_cannot_be_read_is_refused_and_never_a_fault(reader: Browser, path: str) -> None:
    for field in ("since", "until", "kind", "verdict", "after", "before", "person", "system", "size", "on"):
        for value in {"<script>", *sampled(HOSTILE)}:
            answer = reader.get(f"/register/{path}", params={field: value, "seed": "1"})
            assert answer.status_code in (200, 400), (path, field, value, answer.status_code)
            assert "<script>" not in answer.text


def test_a_bad_date_is_answered_in_words(reader: Browser) -> None:
    assert "That is not a date I can read (2026-11-30)." in page(reader, "changes?since=tomorrow", 400)
    assert "The period ends before it begins." in page(reader, "?since=2026-02-01&until=2026-01-01", 400)


@pytest.mark.parametrize("path", ["changes/EC-1999-0001", "changes/<b>", "policy/abc", "export/exe", "export/..%2fcsv"])
def test_what_is_not_there_is_not_found(reader: Browser, path: str) -> None:
    page(reader, path, 404)


def test_nobody_sees_a_page_without_signing_in(shelf: Shelf) -> None:
    for path in (
        *PATHS,
        f"changes/{shelf.approved.key}",
        "export/csv",
        "sample/pack",
        f"changes/{shelf.approved.key}/pack",
    ):
        answer: Any = shelf.doors.browser().get(f"/register/{path}")
        assert answer.status_code == 303, path
        assert "/register/signin" in answer.headers["location"]


def test_what_was_looked_at_is_in_the_record(shelf: Shelf) -> None:
    browser = shelf.auditor()
    browser.get(f"/register/changes/{shelf.secret.key}")
    browser.get("/register/export/csv")
    told = [data for _, _, data in shelf.doors.told("viewed")][-2:]
    assert [(one["what"], one.get("key"), one["role"]) for one in told] == [
        ("change", shelf.secret.key, "auditor"),
        ("export", None, "auditor"),
    ]


def seen(shelf: Shelf, browser: Browser, *paths: str) -> list[dict[str, Any]]:
    """What the record says of looking at these, one after the other."""
    before = len(shelf.doors.told("viewed"))
    for path in paths:
        assert browser.get(f"/register/{path}").status_code == 200, path
    return [data for _, _, data in shelf.doors.told("viewed")][before:]


def test_every_download_is_an_event_and_names_what_was_taken(shelf: Shelf) -> None:
    browser = shelf.auditor()
    one, two, again = seen(shelf, browser, *(f"sample/pack?size=2&seed={seed}" for seed in (1, 2, 2)))
    assert [(each["seed"], each["size"]) for each in (one, two, again)] == [("1", 2), ("2", 2), ("2", 2)]
    assert len({each["sha256"] for each in (one, two)}) == 2
    assert one["strata"] == {"emergency": 2}
    paths = ("export/csv?verdict=approved", "export/csv?verdict=approved", "export/jsonl?person=Cto&system=payments")
    csv, _, jsonl = seen(shelf, browser, *paths)
    assert (csv["form"], csv["rows"], csv["verdict"]) == ("csv", 1, "approved")
    assert (jsonl["form"], jsonl["rows"], jsonl["system"]) == ("jsonl", 1, "payments")
    assert jsonl["person"] == shelf.doors.person("UCTO")


def test_the_same_page_asked_for_otherwise_is_another_view_and_no_typed_text_is_kept(shelf: Shelf) -> None:
    browser = shelf.auditor()
    typed = "changes?person=Nobody+Atall&system=typed+text"
    told = seen(shelf, browser, "changes", "changes", "changes?verdict=none", typed, "sample?seed=7&kinds=deploy")
    assert [(one["what"], one.get("verdict"), one.get("rows")) for one in told] == [
        ("changes", None, 3),
        ("changes", "none", 2),
        ("changes", None, 0),
        ("sample", None, None),
    ]
    assert (told[3]["seed"], told[3]["size"], told[3]["kinds"]) == ("7", 25, ["deploy"])
    assert "Atall" not in str(told)
    assert "typed" not in str(told)
    digest = re.findall(r'/register/policy/([0-9a-f]{64})"', browser.get("/register/policy").text)[0]
    assert [one["digest"] for one in seen(shelf, browser, f"policy/{digest}")] == [digest]
