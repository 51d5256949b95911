"""A pack says what the record says, the same bytes each time, and nothing in it can do anything when it is opened."""

import ast
import csv
import hashlib
import inspect
import io
import json
import os
import posixpath
import re
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import card_html, signing_key
from bot.__main__ import main
from tests import packs
from tests.build import T0, at
from tests.databases import SqliteTemplates
from tests.workflows.desk import Desk
from tests.workflows.test_checkpoints import SIGNER
from workflows import (
    dossier,
    dossier_deploy,
    dossier_jira,
    dossier_types,
    evidence,
    merkle,
    population,
    sampling,
    signing,
    verify,
    walking,
    zipping,
)
from workflows.db import Database, connect
from workflows.gated import CiLog
from workflows.models import events
from workflows.pack_book import Unpackable
from workflows.pack_exceptions import CODES
from workflows.pack_log import WIDE, Levels
from workflows.pack_logs import Shelf
from workflows.verify import Bad

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def record(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The small record, sealed twice; nobody writes to it."""
    database = connect(sqlite_templates.make(tmp_path_factory.mktemp("packs")))
    desk = packs.fill(database, halfway=packs.seal)
    packs.seal(desk)
    yield desk
    database.close()


@pytest.fixture(scope="module")
def pack(record: Desk) -> Files:
    return packs.files(record)


def section(words: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}}


def rich(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}


def told(pack: Files, name: str) -> Any:
    return json.loads(pack[name])


def lines(pack: Files, name: str) -> list[Any]:
    return [json.loads(line) for line in pack[name].splitlines()]


def text(html: str) -> str:
    """What stands on a page, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def row(pack: Files, part: str, key: str) -> str:
    """The line of a change in a part of the index."""
    section = re.search(rf'<section id="{part}".*?</section>', pack["index.html"].decode(), re.DOTALL)
    assert section is not None
    return next(text(one) for one in re.findall(r"<tr>.*?</tr>", section[0], re.DOTALL) if key in one)


def test_what_it_says_of_itself(database: Database) -> None:
    desk = packs.fill(database)
    packs.seal(desk)
    made = packs.files(desk)
    said = told(made, "pack.json")
    checkpoint, complete = said.pop("checkpoint"), said.pop("complete")
    assert said == {
        "format": "countersign-pack-1",
        "product": "Countersign",
        "version": "0.1.0",
        "made_at": "2026-11-26T02:00:00.000000+00:00",
        "made_by": "Lea",
        "period": {
            "since": "2026-11-16T02:00:00.000000+00:00",
            "until": "2026-11-26T02:00:00.000000+00:00",
            "zone": "UTC",
        },
        "filters": {"keys": [], "kinds": [], "size": 5},
        "logs": False,
        "population": {"deploy": 2, "emergency": 3, "finding": 1},
        "drills": 1,
        "seed": "4711",
        "size": 5,
        "method": "the first N by the SHA-256 of SEED:KEY in hexadecimal",
        "samples": ["DR-2026-0001", "DR-2026-0002", "FD-2026-0001"],
        "emergencies": ["EC-2026-0001", "EC-2026-0002", "EC-2026-0003"],
        "practised": [],
        "not_covered": ["console and kubectl changes outside these pipelines are not covered"],
        "repeat": "python -m bot pack --sample 5 --seed 4711 --since 2026-11-16",
        "origin": "record.example.com",
    }
    assert (checkpoint["file"], checkpoint["size"] > 50) == ("checkpoints/latest.txt", True)
    assert (complete["unexplained"], complete["clean"], complete["gaps"]) == (1, False, [])
    assert [one["series"] for one in complete["numbering"]["series"]] == ["DR-2026", "DRILL-2026", "EC-2026", "FD-2026"]
    assert complete["numbering"]["strange"] == []
    sums = {one[66:]: one[:64] for one in made["MANIFEST.sha256"].decode().splitlines()}
    assert sums == {name: hashlib.sha256(body).hexdigest() for name, body in made.items() if name != "MANIFEST.sha256"}
    assert [*made][:-1] == sorted(sums)
    with database.read() as tx:
        assert [one.events for one in population.rows(tx, T0, at(days=10))] == [
            len(lines(made, f"changes/{one['key']}/events.jsonl"))
            if one["key"] in {*said["samples"], *said["emergencies"]}
            else one["events"]
            for one in lines(made, "population.jsonl")
        ]


def test_the_same_bytes_for_the_same_record(record: Desk, pack: Files) -> None:
    again = packs.files(record)
    assert again == pack
    assert packs.zipped(again) == packs.zipped(pack)
    entries = packs.unzipped(packs.zipped(pack))
    assert [one.filename for one in entries] == list(pack)
    assert {(one.date_time, one.create_system) for one in entries} == {((1980, 1, 1, 0, 0, 0), 3)}


def test_every_chain_text_and_proof_in_it_holds(pack: Files) -> None:
    known = [verify.key(one) for one in told(pack, "keys.json")["keys"]] or [packs.KEY]
    newest = verify.checkpoint(pack["checkpoints/latest.txt"].decode(), known)
    assert newest.signers
    there = {one["subject"]: one for one in lines(pack, "population.jsonl")}
    stored: list[Any] = []
    for name in sorted(pack):
        if name.endswith("/events.jsonl"):
            stored += [(json.loads(b64decode(one["body"])), one) for one in lines(pack, name)]
    stored.sort(key=lambda pair: (pair[0]["subject"], pair[0]["seq"]))
    rows = [
        walking.Stored(e["subject"], e["seq"], o["prev"], o["hash"], e["at"], e["kind"], e["person"], e["operator"], b)
        for e, o in stored
        if (b := b64decode(o["body"]))
    ]
    ends = {one.subject: (one.seq, one.hash) for one in rows}
    assert {s: end for s, end in ends.items() if s in there} == {
        s: (there[s]["events"], there[s]["head"]) for s in ends if s in there
    }
    walk = walking.chains(rows, ends)
    assert walk.bad == dict[str, Bad]()
    for name in (name for name in pack if name.endswith("/texts.jsonl")):
        for one in lines(pack, name):
            salt = b64decode(one["salt"]) if one["salt"] else b""
            assert verify.text_is_wrong(one["digest"], salt, one["body"], walk.erased) is None
    proofs = [told(pack, name) for name in pack if name.endswith("/proof.json")]
    assert {one["size"] for one in proofs} == {newest.size}
    for entry in (entry for one in proofs for entry in one["events"]):
        leaf, path = verify.leaf(bytes.fromhex(entry["hash"])), [bytes.fromhex(p) for p in entry["proof"]]
        assert verify.included(entry["index"], newest.size, leaf, path) == newest.root
    (older,) = told(pack, "checkpoints/consistency.json")["proofs"]
    path = [bytes.fromhex(one) for one in older["proof"]]
    old = (older["from"], bytes.fromhex(older["root"]))
    assert verify.extends(old, (newest.size, newest.root), path)
    assert not verify.extends((old[0], bytes(32)), (newest.size, newest.root), path)


def test_what_was_erased_is_gone_but_for_who_when_and_what_kind(pack: Files) -> None:
    (gone,) = (one for one in lines(pack, "changes/EC-2026-0001/texts.jsonl") if one["body"] is None)
    assert (gone["salt"], gone["erased_by"], gone["erased_kind"]) == (None, "operator Lea", "password")
    assert gone["erased_at"] == "2026-11-16T05:19:00.000000+00:00"
    assert [name for name, body in pack.items() if b"hunter2" in body] == []


def test_a_confidential_change_is_whole_for_auditors(pack: Files) -> None:
    assert told(pack, "changes/EC-2026-0003/record.json")["title"] == "a leak in payments"
    assert b"a leak in payments" in pack["index.html"]


def test_the_matrix(pack: Files) -> None:
    assert row(pack, "matrix", "DR-2026-0001").split(" as seen ")[1].strip() == (
        "yes, p. 1 approved by lead-gh yes, p. 1 approving reviews asked for: 1 yes, p. 1 1 passed"
        " yes, p. 1 worked in staging yes, p. 1 all fields are written; its plan is the commit"
        " yes, p. 1 approved by rel@example.com"
        " not applicable, because 1"
    )
    notes = re.findall(r'<li id="because-(\d)">(.*?)</li>', pack["index.html"].decode())
    assert notes == [
        ("1", "a deploy by request: decided before, no review is owed"),
        ("2", "nothing was deployed"),
        ("3", "an emergency: decided without it, and reviewed afterwards"),
        ("4", "nothing was deployed; empty: tests, rollback"),
        ("5", "nothing was decided for or deployed: no review is owed"),
    ]
    assert row(pack, "matrix", "DR-2026-0002").count("not applicable, because 2") == 5
    assert row(pack, "matrix", "FD-2026-0001").count("EXCEPTION") == 7
    assert row(pack, "matrix", "EC-2026-0002").count("EXCEPTION") == 3
    assert "DRILL-2026-0001" not in text(re.split('<section id="', pack["index.html"].decode())[1])


def test_emergencies_and_drills_stand_apart(pack: Files) -> None:
    assert row(pack, "emergencies", "EC-2026-0001").endswith(
        "2026-11-16 02:10:00 Z approved 2026-11-16 02:14:00 Z 2026-11-16 02:19:00 Z 2026-11-16 05:19:00 Z 3.15 yes "
    )
    assert "without approval" in row(pack, "emergencies", "EC-2026-0002")
    assert row(pack, "emergencies", "EC-2026-0002").endswith(" NO ")
    assert "approved 2026-11-16" in row(pack, "drills", "DRILL-2026-0001")
    with pytest.raises(StopIteration):
        row(pack, "emergencies", "DRILL")


def test_no_exception_of_the_period_is_left_out(record: Desk) -> None:
    made = packs.files(record, size=None, seed=None, keys=("DR-2026-0001",))
    found = list(csv.DictReader(io.StringIO(made["exceptions.csv"].decode())))
    assert {(one["key"], one["group"]) for one in found} >= {
        ("EC-2026-0002", "break-glass"),
        ("EC-2026-0002", "unreviewed"),
        ("FD-2026-0001", "ungated"),
        ("EC-2026-0001", "missing evidence"),
    }
    counted = text(made["index.html"].decode())
    assert "break-glass 1 · ungated 1 · unreviewed 2 · late 0" in counted
    assert all(f"{one['key']} {one['code']}" in counted for one in found)


def test_the_configuration_of_the_control(pack: Files) -> None:
    whole = text(pack["index.html"].decode())
    assert "1 2026-11-16 02:00:00 Z cto@example.com" in whole
    assert "acme/payments main yes 1 unit yes 2026-11-16 02:00:00 Z 2026-11-16" in whole
    assert "release-managers lead@example.com, rel@example.com 2026-11-16 02:04:00 Z 2026-11-16 02:04:00 Z 1" in whole
    policies = [name for name in pack if name.startswith("policies/")]
    assert [hashlib.sha256(pack[name]).hexdigest() for name in policies] == [name[9:-5] for name in policies]
    assert len(policies) == 2


def test_a_card_is_drawn_as_it_was_seen(pack: Files) -> None:
    card = text(pack["changes/EC-2026-0001/card.html"].decode())
    assert "2026-11-16 02:14:00 Z: approved by cto@example.com" in card
    assert "Emergency EC-2026-0001: waiting for approval" in card
    assert "Approve Reject Details" in card
    assert "v811 on all nodes" not in card, "what was only known afterwards"
    assert "Deploy DR-2026-0001: waiting for approval" in text(pack["changes/DR-2026-0001/card.html"].decode())
    assert "Nobody decided." in pack["changes/DR-2026-0002/card.html"].decode()


def test_the_facts_of_a_decision(pack: Files) -> None:
    facts = told(pack, "changes/DR-2026-0001/facts.json")
    (decided,) = facts["decisions"][-1:]
    assert (decided["kind"], decided["rested_on"]["conditions"][0]["state"]) == ("approved", "yes")
    assert facts["people"] == {"lead": "lead@example.com", "rel": "rel@example.com"}
    assert [(one["at"], one["reading"]["repository"]) for one in facts["readings"]] == [
        ("2026-11-16T02:00:00.000000+00:00", "acme/payments")
    ]
    assert [(one["kind"], one["run"]["run"], one["run"]["sha256"]) for one in facts["logs"]] == [
        ("logs_kept", 4711, packs.LOG)
    ]


def test_without_being_asked_for_an_archive_is_only_named(record: Desk, tmp_path: Path) -> None:
    made = packs.files(record, folder=str(tmp_path))
    (log,) = told(made, "changes/DR-2026-0001/facts.json")["logs"]
    lies = f"{tmp_path}/{packs.LOG}.zip"
    assert log["archive"] == {"file": None, "kept_as": lies, "missing": None}
    assert f"acme/payments 4711 2026-11-16 02:10:00 Z {packs.LOG} kept as {lies}" in text(made["index.html"].decode())
    assert b"ci-log-archive" not in made["exceptions.csv"]
    assert "only the digest was kept: no folder is set" in text(packs.files(record)["index.html"].decode())


def test_an_archive_is_in_the_pack_as_it_was_kept(record: Desk, tmp_path: Path) -> None:
    (tmp_path / f"{packs.LOG}.zip").write_bytes(packs.ARCHIVE)
    made = packs.files(record, SIGNER, folder=str(tmp_path), logs=True)
    assert made["changes/DR-2026-0001/logs/4711-1.zip"] == packs.ARCHIVE
    assert (told(made, "pack.json")["logs"], b"ci-log-archive" in made["exceptions.csv"]) == (True, False)
    assert [*made][:-2] == sorted([*made][:-2])
    found = verify.Pack(made, [packs.KEY], [])
    assert (found.bad, len(found.open)) == ([], 1)


@pytest.mark.parametrize(
    ("kept", "code", "says"),
    [
        (None, "ci-log-archive-missing", "is not in its folder"),
        (b"another archive", "ci-log-archive-differs", "its bytes do not give the digest that is on record"),
    ],
)
def test_an_archive_that_is_not_as_recorded_is_an_exception_and_stops_nothing(
    record: Desk, tmp_path: Path, kept: bytes | None, code: str, says: str
) -> None:
    if kept is not None:
        (tmp_path / f"{packs.LOG}.zip").write_bytes(kept)
    made = packs.files(record, folder=str(tmp_path), logs=True)
    assert [name for name in made if "/logs/" in name] == []
    lines = [*csv.DictReader(io.StringIO(made["exceptions.csv"].decode()))]
    assert [(one["key"], one["code"]) for one in lines if "log-archive" in one["code"]] == [("DR-2026-0001", code)]
    whole = text(made["index.html"].decode())
    assert f"run 4711, attempt 1, of acme/payments: {says}" in whole
    assert told(made, "changes/DR-2026-0001/facts.json")["logs"][0]["archive"]["missing"] == says


def test_what_is_too_much_for_a_pack_is_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / f"{packs.LOG}.zip").write_bytes(packs.ARCHIVE)
    logs = [CiLog("a/b", "c", run, 1, T0, packs.LOG, 27) for run in (1, 2)]
    with ExitStack() as opened:
        one, two = Shelf(str(tmp_path), wanted=True, room=30).of(logs, opened)
        assert (one.name, one.code, b"".join(one.pieces())) == ("logs/1-1.zip", "", packs.ARCHIVE)
        assert (two.name, two.code) == (None, "ci-log-archive-left-out")


def test_what_is_no_archive_ends_and_is_said(tmp_path: Path) -> None:
    names = {name: name * 64 for name in "ab"}
    os.mkfifo(tmp_path / f"{names['a']}.zip")
    (tmp_path / f"{names['b']}.zip").write_bytes(bytes(1 << 20))
    logs = [CiLog("a/b", "c", 1, 1, T0, sha, 27) for sha in names.values()]
    with ExitStack() as opened:
        one, two = Shelf(str(tmp_path), wanted=True).of(logs, opened)
        assert [(one.code, one.says), two.code] == [("ci-log-archive-missing", "is no file"), "ci-log-archive-differs"]
        assert (one.file, two.file) == (None, None)


def test_no_page_does_anything(pack: Files) -> None:
    pages = [body.decode() for name, body in pack.items() if name.endswith(".html")]
    assert len(pages) == 7
    for page in pages:
        assert "<script" not in page
        assert not re.search(r'(?:src|href|action)="(?!#|[\w./-]+")', page)
        assert "default-src 'none'" in page
        assert not re.search(r"<[^>]* on\w+=", page)
    assert "&lt;script&gt;" in pack["index.html"].decode()


def test_every_link_leads_to_a_file(pack: Files) -> None:
    for name in (name for name in pack if name.endswith(".html")):
        for link in re.findall(r'href="([^"#]+)"', pack[name].decode()):
            assert posixpath.normpath(posixpath.join(posixpath.dirname(name), link)) in pack, (name, link)


def test_no_cell_is_a_formula(pack: Files) -> None:
    cells = [
        cell
        for name, body in pack.items()
        if name.endswith(".csv")
        for line in csv.reader(io.StringIO(body.decode()))
        for cell in line
    ]
    assert len(cells) > 100
    assert [cell for cell in cells if cell.startswith(evidence.FORMULA)] == []


def test_the_same_seed_draws_the_same_sample(record: Desk) -> None:
    made = told(packs.files(record, size=2, seed="a"), "pack.json")
    emergencies = ["EC-2026-0001", "EC-2026-0002", "EC-2026-0003"]
    assert made["emergencies"] == sorted(sampling.sample(emergencies, size=2, seed="a"))
    assert len(made["samples"]) == 2
    assert "FD-2026-0001" in made["samples"], "none of a kind is left out"
    only = told(packs.files(record, size=1, kinds=("emergency",)), "pack.json")
    assert (only["samples"], len(only["emergencies"])) == ([], 1)
    assert only["population"] == {"deploy": 2, "emergency": 3, "finding": 1}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"keys": ("EC-2026-0009",)}, "There is no EC-2026-0009 in this period."),
        ({"keys": ("EC-2026-0001",), "since": at(days=1)}, "There is no EC-2026-0001 in this period."),
        ({"size": 1}, "The sample is too small: 1 places for 2 kinds."),
        ({"size": 0}, "A sample has a size"),
        ({"seed": None}, "A sample has a size"),
        ({"seed": "not one; word"}, "A sample has a size"),
    ],
)
def test_there_is_no_such_pack(record: Desk, given: dict[str, Any], says: str) -> None:
    with pytest.raises(Unpackable, match=re.escape(says)):
        packs.files(record, **given)


def test_a_change_is_seen_up_to_the_look(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    desk.declare()
    with desk.database.read() as tx:
        (found,) = population.rows(tx, T0, at(1))
    desk.wait(2).approve()
    with desk.database.read() as tx:
        (one,) = population.seen(tx, [found], now=at(5))
    assert (one.record["decision"], one.record["status"]) == ("none", "declared")
    assert one.record["events"][-1]["hash"] == found.head
    assert one.record["title"] == "checkout 500s"


def test_each_code_of_the_record_has_its_words() -> None:
    modules = (dossier, dossier_deploy, dossier_jira, dossier_types)
    trees = [ast.parse(inspect.getsource(one.exceptions)) for one in modules]
    strings = {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch("[a-z]+(-[a-z]+)+", node.value)
    }
    assert len(strings) > 20
    assert strings == CODES.keys()


@pytest.mark.parametrize(
    ("block", "html"),
    [
        ({"type": "divider"}, "<hr>"),
        (section('*bold* &lt;b&gt; & "x"'), "<p><b>bold</b> &lt;b&gt; &amp; &quot;x&quot;</p>"),
        (section("by <@U1>, <!subteam^S1> and <@U2>"), "<p>by @Ana &lt;i&gt;, @leads and U2</p>"),
        (section("<!date^1^{date}|Mon 03:02>\nthen"), "<p>Mon 03:02<br>then</p>"),
        (
            section("<https://x.test/?a=1&amp;b|a &amp; b>"),
            '<p><a href="https://x.test/?a=1&amp;b" rel="noreferrer">a &amp; b</a></p>',
        ),
        (section("<javascript:alert(1)|x> <http://x.test|y>"), "<p>x y</p>"),
        (rich({"type": "text", "text": "<script>", "style": {"bold": True}}), "<p><b>&lt;script&gt;</b></p>"),
        (
            rich({"type": "link", "url": 'https://x.test/"><b>', "text": "<"}),
            '<p><a href="https://x.test/&quot;&gt;&lt;b&gt;" rel="noreferrer">&lt;</a></p>',
        ),
        (rich({"type": "user", "user_id": "U1"}), "<p>@Ana &lt;i&gt;</p>"),
        (
            {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}}]},
            '<p class="buttons"><span>Go</span></p>',
        ),
        ({"type": "image<"}, "<p>[image&lt;]</p>"),
    ],
)
def test_a_block_as_html(block: dict[str, Any], html: str) -> None:
    assert card_html.html([block], {"U1": "Ana <i>", "S1": "leads"}) == html


@pytest.mark.parametrize("size", [*range(1, 18), WIDE - 1, WIDE, WIDE + 1, 4 * WIDE + 3, 8 * WIDE])
def test_the_levels_are_the_tree(size: int) -> None:
    leaves = [n.to_bytes(32) for n in range(size)]
    quick, slow = Levels(leaves), merkle.Hashes(leaves)
    for index in {*range(min(size, 17)), size // 2, size - 2, size - 1} & {*range(size)}:
        assert merkle.inclusion(index, size, quick) == merkle.inclusion(index, size, slow)
        assert merkle.consistency(index + 1, size, quick) == merkle.consistency(index + 1, size, slow)


def test_a_name_stands_in_a_zip_once() -> None:
    with pytest.raises(ValueError, match="there twice"):
        zipping.write(io.BytesIO(), [("a", [b"1"]), ("a", [b"2"])])


def test_the_verb_makes_a_pack_on_record(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.toml").write_text(packs.POLICY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SIGNING_KEY_FILE", "key")
    signing_key.write(Path("key"), signing.generate(b"k" * 32, "record.example.com")[1])
    desk = Desk(connect(sqlite_url), rules=packs.rules())
    desk.declare()
    Path("anchor").write_text(packs.seal(desk))
    given = ["pack", "ec-2026-0001", "--name", "Lea", "--out", "one.zip"]
    assert main(given) == 0
    assert "python verify.py one.zip --key your.pub --anchor your.txt" in capsys.readouterr().out
    made = (tmp_path / "one.zip").read_bytes()
    assert "changes/EC-2026-0001/EC-2026-0001.pdf" in {one.filename for one in packs.unzipped(made)}
    assert (tmp_path / "one.zip").stat().st_mode & 0o777 == 0o600
    said = verify.main(["one.zip", "--key", packs.KEY.text, "--anchor", "anchor"])
    assert (said, capsys.readouterr().out) == (0, "As recorded.\n")
    assert main(["verify", "one.zip", "--key", packs.KEY.text, "--anchor", "anchor"]) == 0
    assert main(["verify", "one.zip"]) == 3
    with zipfile.ZipFile("one.zip") as kept, Path("spoilt.zip.part").open("wb") as out:
        entries = {one: kept.read(one) for one in kept.namelist()}
        zipping.write(out, [(name, [body.replace(b"Lea", b"Leo")]) for name, body in entries.items()])
    assert main(["verify", "spoilt.zip.part", "--key", packs.KEY.text]) == 1
    with pytest.raises(SystemExit, match="2"):
        main(["verify", "nowhere.zip"])
    assert "As recorded.\n" in capsys.readouterr().out
    assert main(given) == 2, "it overwrites nothing"
    assert main(["pack", "EC-2026-0009", "--name", "Lea"]) == 1
    assert main(["pack", "--name", "Lea"]) == 2
    assert sorted(path.name for path in tmp_path.glob("*.zip")) == ["one.zip"]
    with desk.database.read() as tx:
        found = tx.execute(sa.select(events.c.operator, events.c.body).where(events.c.kind == "viewed")).all()
    desk.database.close()
    assert [(one.operator, json.loads(one.body)["data"]["what"]) for one in found] == [("Lea", "pack")]
    told = json.loads(found[0].body)["data"]
    assert (told["keys"], told["strata"]) == (["EC-2026-0001"], {"emergency": 1})
    assert told["sha256"] == hashlib.sha256(made).hexdigest()
