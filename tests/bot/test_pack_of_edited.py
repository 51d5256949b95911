"""No pack is made of a record that was edited: it says where, and nothing of it is signed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import signing_key
from bot.__main__ import main
from tests import packs
from tests.workflows.desk import Desk
from workflows import guards, signing
from workflows.db import connect
from workflows.log_models import leaves
from workflows.models import events, texts
from workflows.verify import SYSTEM

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
    "a leaf": (
        lambda tx, id: tx.execute(
            sa.update(leaves)
            .where(
                leaves.c.hash
                == sa.select(events.c.hash).where(events.c.subject == id, events.c.seq == 1).scalar_subquery()
            )
            .values(number=10**6)
        ),
        "log",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_no_pack_is_made_of_it(
    name: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.toml").write_text(packs.POLICY)
    monkeypatch.setenv("POLICY_FILE", "policy.toml")
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SIGNING_KEY_FILE", "key")
    signing_key.write(Path("key"), signing.generate(b"k" * 32, "record.example.com")[1])
    desk = Desk(connect(sqlite_url), rules=packs.rules())
    desk.declare()
    packs.seal(desk)
    edit, says = EDITS[name]
    with desk.database.write() as tx:
        for statement in guards.removals(tx.dialect.name):
            tx.exec_driver_sql(statement)
        edit(tx, desk.id)
        for statement in guards.statements(tx.dialect.name):
            tx.exec_driver_sql(statement)
    desk.database.close()
    assert main(["pack", KEY, "--name", "Lea", "--out", "one.zip"]) == 1
    assert says in capsys.readouterr().err
    assert not Path("one.zip").exists()
