"""No pack is made of a record that was edited: it says where, and nothing of it is signed."""

import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import signing_key
from bot.__main__ import main
from tests import packs
from tests.build import T0
from tests.workflows.desk import Desk
from workflows import guards, history, ledger, signing, walks
from workflows.change import Actor
from workflows.db import connect
from workflows.log_models import leaves
from workflows.models import changes, events, texts
from workflows.verify import SYSTEM
from workflows.walks import Walk

KEY = "EC-2026-0001"
Edit = Callable[[sa.Connection, str], object]


def _bytes(tx: sa.Connection, subject: str) -> None:
    at = sa.and_(events.c.subject == subject, events.c.seq == 1)
    body = bytes(tx.scalar(sa.select(events.c.body).where(at)))  # type: ignore[arg-type]
    tx.execute(sa.update(events).where(at).values(body=body.replace(b'"production"', b'"productiom"')))


def _system(tx: sa.Connection, _: str) -> None:
    at = sa.and_(events.c.subject == SYSTEM, events.c.kind == "numbered")
    body = bytes(tx.scalar(sa.select(events.c.body).where(at).limit(1)))  # type: ignore[arg-type]
    tx.execute(sa.update(events).where(at).values(body=body.replace(b'"at":"2026', b'"at":"2025')))


def _leaves(tx: sa.Connection, subject: str) -> None:
    """The first event of the change and another one, each in the other's place."""
    mine = sa.select(events.c.hash).where(events.c.subject == subject, events.c.seq == 1).scalar_subquery()
    at = tx.scalar(sa.select(leaves.c.number).where(leaves.c.hash == mine))
    other = 0 if at else 1
    for before, after in ((at, 10**6), (other, at), (10**6, other)):
        tx.execute(sa.update(leaves).where(leaves.c.number == before).values(number=after))


def _noted(kind: str, body: bytes) -> Edit:
    """An event of the system chain of this kind, with these bytes."""

    def edit(tx: sa.Connection, _: str) -> None:
        head = ledger.note(tx, kind, {"digest": "0" * 64, "version": 1}, actor=None, now=T0)
        tx.execute(sa.update(events).where(events.c.hash == head).values(body=body))

    return edit


def _another(tx: sa.Connection, subject: str) -> None:
    """One more change, which is not asked for, with a state that is none."""
    mine = tx.execute(sa.select(changes).where(changes.c.id == subject)).mappings().one()
    tx.execute(sa.insert(changes).values({**mine, "id": "x", "key": "EC-2026-0009", "number": 9, "state": "{}"}))


EDITS: dict[str, tuple[Edit, str]] = {
    "bytes of an event": (_bytes, f"{KEY} event 1: the bytes do not give the hash"),
    "bytes of the system": (_system, "system event"),
    "no bytes": (lambda tx, id: tx.execute(sa.update(events).where(events.c.subject == id).values(body=b"{")), KEY),
    "the end": (
        lambda tx, id: tx.execute(sa.update(events).where(events.c.subject == id, events.c.seq == 2).values(seq=99)),
        f"{KEY} event 1: is not the end that the record names",
    ),
    "a text": (
        lambda tx, id: tx.execute(sa.update(texts).values(body="another")),
        "is not the text that was committed",
    ),
    "a policy that is no JSON": (_noted("policy", b"{"), "cannot be read: JSONDecodeError"),
    "a policy without its digest": (_noted("policy", b'{"data":{}}'), "cannot be read: KeyError"),
    "a number that is no text": (_noted("numbered", b"\xff"), "cannot be read: UnicodeDecodeError"),
    "an erasure of nothing": (_noted("erased", b"[]"), "cannot be read: TypeError"),
    "the state": (
        lambda tx, id: tx.execute(sa.update(changes).where(changes.c.id == id).values(state="{}")),
        "cannot be read: ValidationError",
    ),
    "the state of another": (_another, "cannot be read: ValidationError"),
    "two leaves": (_leaves, f"{KEY} event 1: is not there in the log that was signed"),
}


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """One sealed change, and an environment in which packs are made of it."""
    monkeypatch.chdir(tmp_path)
    Path("policy.toml").write_text(packs.POLICY)
    monkeypatch.setenv("POLICY_FILE", "policy.toml")
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SIGNING_KEY_FILE", "key")
    signing_key.write(Path("key"), signing.generate(b"k" * 32, "record.example.com")[1])
    made = Desk(connect(sqlite_url), rules=packs.rules())
    made.declare()
    packs.seal(made)
    yield made
    made.database.close()


@pytest.mark.parametrize("name", EDITS)
def test_no_pack_is_made_of_it(name: str, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    edit, says = EDITS[name]
    with desk.database.write() as tx:
        for statement in guards.removals(tx.dialect.name):
            tx.exec_driver_sql(statement)
        edit(tx, desk.id)
        for statement in guards.statements(tx.dialect.name):
            tx.exec_driver_sql(statement)
    assert main(["pack", KEY, "--name", "Lea", "--out", "one.zip"]) == 1
    assert says in capsys.readouterr().err
    assert not Path("one.zip").exists()


def page(name: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", zipfile.ZipFile(name).read("index.html").decode()))


def test_what_the_daily_check_found_elsewhere_is_on_the_cover(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", KEY, "--name", "Lea", "--out", "one.zip"]) == 0
    assert "not checked as a whole by the system before this pack was made" in page("one.zip")
    for name, wrong, exit_, says in (
        ("two", (), 0, "checked 2026-11-16 02:00:00 Z: 9 events, unbroken, and going on from what the file holds"),
        ("three", ("EC-9 event 2: out of sequence",), 1, "found 1 wrong, first EC-9 event 2: out of sequence"),
    ):
        walk = Walk(desk.now, 9, 9, len(wrong), wrong, ("the file",))
        with desk.database.write() as tx:
            walks.keep(tx, walk, escalations="#x", now=desk.now, new_id=desk.new_id)
        capsys.readouterr()
        assert main(["pack", KEY, "--name", "Lea", "--out", f"{name}.zip"]) == exit_
        assert says in page(f"{name}.zip")
        assert ("EC-9 event 2: out of sequence" in capsys.readouterr().err) is bool(wrong)


def test_the_configuration_tells_of_meetings_of_the_history_and_of_retention(desk: Desk) -> None:
    differs = history.Differs("the file", "restored", 9, "ab", 5)
    hour = timedelta(hours=1)
    with desk.database.write() as tx:
        ledger.note(tx, "digest_seen", {"week": "2026-W47"}, actor=Actor("cto", "UCTO"), now=desk.now + hour)
        history.noticed(tx, differs, escalations="#x", now=desk.now + hour, new_id=desk.new_id)
        history.accept(tx, actor=Actor("", None, "Ops"), now=desk.now + 2 * hour)
        told = {"old": "log+12345678+AAAA", "new": "log+9abcdef0+BBBB"}
        ledger.note(tx, "key_rotated", told, actor=Actor("", None, "Ops"), now=desk.now + 3 * hour)
    files = packs.files(desk, size=None, seed=None, keys=(KEY,))
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", files["index.html"].decode()))
    assert "2026-W47 cto@example.com 2026-11-16 03:00:00 Z" in said
    where = "the record holds fewer events than the file saw: restored from a backup, or cut (5 events here, 9 there)"
    assert f"2026-11-16 03:00:00 Z {where} the program" in said
    assert f"2026-11-16 04:00:00 Z accepted as right by name: {where} operator Ops" in said
    assert "the signing key log+12345678 handed over to log+9abcdef0, signed by both operator Ops" in said
    assert "CI logs 1 year (365 days) under a legal hold none" in said
