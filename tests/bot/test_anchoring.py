"""Checkpoints leave the database, and a record that was restored, cut or rewritten is noticed at the next start."""

import argparse
import hashlib
import json
import stat
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import key_verbs, ready, record_drawing, records, signing_key
from bot.anchoring import Anchors
from bot.blocks.kit import Drawing
from bot.checkpointing import Checkpointer
from bot.settings import Settings, SettingsError
from tests import build
from tests.workflows.records import NOW
from workflows import anchored, checkpoints, gate, gates, guards, history, ledger, signing, verify
from workflows.audit_rules import Audit
from workflows.db import Database
from workflows.links import Unavailable
from workflows.log_models import checkpoints as table
from workflows.log_models import leaves, unlisted
from workflows.models import chains, events, outbox
from workflows.signing import KeyMistake

REPOSITORY, PATH = "acme/anchors", "countersign.checkpoint"


@dataclass
class Clock:
    """Both times, moved by hand."""

    at: timedelta = timedelta()

    def now(self) -> datetime:
        return NOW + self.at

    def real(self) -> datetime:
        return self.now()


@dataclass(frozen=True)
class Kept:
    text: str
    sha: str


@dataclass
class Repository:
    """GitHub as a file's commits, newest last."""

    commits: list[str] = field(default_factory=list)
    down: bool = False

    def file(self, repository: str, path: str, branch: str = "") -> Kept | None:
        if self.down:
            raise Unavailable("timeout")
        assert (repository, path) == (REPOSITORY, PATH)
        return Kept(self.commits[-1], self._sha()) if self.commits else None

    def put_file(
        self, repository: str, path: str, text: str, *, message: str, before: str = "", branch: str = ""
    ) -> None:
        assert before == (self._sha() if self.commits else "")
        self.commits.append(text)

    def _sha(self) -> str:
        return hashlib.sha256(self.commits[-1].encode()).hexdigest()


@dataclass
class House:
    """One process with its key, its anchors and its clock."""

    database: Database
    folder: Path
    repository: Repository = field(default_factory=Repository)
    clock: Clock = field(default_factory=Clock)
    audit: Audit | None = None

    def __post_init__(self) -> None:
        key = self.folder / "key"
        if not key.exists():
            signing_key.write(key, signing.generate(b"k" * 32, "record.example.com")[1])
        self.start()

    def start(self) -> None:
        audit = self.audit or Audit(repository=REPOSITORY, file=str(self.folder / "anchors"), channel="#audit")
        rules = build.rules(audit=audit)
        numbers = iter(range(10**6))
        self.checkpointer = Checkpointer(
            db=self.database,
            clock=self.clock,
            rules=lambda: rules,
            new_id=lambda: f"{id(self)}-{next(numbers)}",
            holder="a",
            key_file=str(self.folder / "key"),
            writable=lambda: True,
        )
        self.anchors = Anchors(self.checkpointer, lambda: self.repository)
        self.anchors.start()

    def goes_on(self, n: int = 3, by: timedelta = timedelta(hours=1)) -> None:
        with self.database.write() as tx:
            for _ in range(n):
                ledger.note(tx, "view", {}, actor=None, now=self.clock.now())
        self.clock.at += by
        self.checkpointer()
        self.anchors()

    def restored(self, size: int) -> None:
        """As a backup taken after `size` events is."""
        with self.database.write() as tx:
            for statement in guards.removals(tx.dialect.name):
                tx.exec_driver_sql(statement)
            tx.execute(sa.delete(table).where(table.c.size > size))
            tx.execute(sa.delete(leaves).where(leaves.c.number >= size))
            tx.execute(sa.delete(events).where(events.c.seq > size))
            tx.execute(sa.delete(unlisted))
            tx.execute(sa.delete(outbox))
            head = tx.scalar(sa.select(events.c.hash).where(events.c.seq == size))
            tx.execute(sa.update(chains).values(version=size, head=head))
            for statement in guards.statements(tx.dialect.name):
                tx.exec_driver_sql(statement)

    def fault(self) -> history.Differs | None:
        with self.database.read() as tx:
            return history.fault(tx)

    def gate(self) -> gate.Answer:
        with self.database.read() as tx:
            at = {"repository": "acme/payments", "sha": "a" * 40, "environment": "production"}
            return gates.look(tx, **at, rules=build.rules(), now=NOW)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)


def test_each_place_gets_the_newest_checkpoint_once(house: House) -> None:
    house.goes_on()
    house.goes_on()
    house.goes_on(n=0)
    sizes = ["3", "6"]
    assert [one.split("\n")[1] for one in house.repository.commits] == sizes
    kept = verify.notes((house.folder / "anchors").read_text())
    assert [one.split("\n")[1] for one in kept] == sizes
    with house.database.read() as tx:
        posted = tx.scalars(sa.select(outbox.c.key).where(outbox.c.template == history.TEMPLATE)).all()
    assert sorted(posted) == ["anchor:#audit:3", "anchor:#audit:6"]
    assert house.fault() is None
    assert house.anchors.troubles == {}


def anchors(house: House) -> list[tuple[str, float | None, int, bool, str]]:
    """Of each place: its kind, how many hours ago it held a checkpoint, of what size, whether that is late, why."""
    now = house.clock.now()
    with house.database.read() as tx:
        found = anchored.look(tx, house.checkpointer.rules().audit, now)
    ago = {one.kind: (now - one.at) / timedelta(hours=1) for one in found if one.at}
    return [(one.kind, ago.get(one.kind), one.size, one.late, one.why) for one in found]


def arrives(house: House) -> None:
    """Slack takes what waits for it."""
    with house.database.write() as tx:
        waits = sa.update(outbox).where(outbox.c.state == "open")
        tx.execute(waits.values(state="sent", done_at=house.clock.now()))


def test_everybody_knows_when_each_place_last_held_the_newest_checkpoint(house: House) -> None:
    places, nothing = ("file", "repository", "channel"), (None, 0, False, "")
    assert anchors(house) == [(kind, *nothing) for kind in places]
    house.goes_on()
    assert anchors(house) == [*((kind, 0, 3, False, "") for kind in places[:2]), ("channel", *nothing)]
    arrives(house)
    assert anchors(house) == [(kind, 0, 3, False, "") for kind in places]
    house.repository.down = True
    for _ in range(3):
        house.goes_on(n=0)
    assert anchors(house) == [
        ("file", 0, 3, False, ""),
        ("repository", 3, 3, True, "timeout"),
        ("channel", 3, 3, False, ""),
    ]
    house.repository.down = False
    house.goes_on()
    assert anchors(house)[1:] == [("repository", 0, 6, False, ""), ("channel", 4, 3, True, "")]
    arrives(house)
    assert anchors(house)[2] == ("channel", 0, 6, False, "")
    house.clock.at += timedelta(hours=3)
    assert [late for *_, late, _ in anchors(house)] == [True, True, False]


def test_where_nothing_ever_arrived_that_is_late_too(house: House) -> None:
    house.repository.down = True
    for n in (3, 0, 0, 0):
        house.goes_on(n=n)
    assert anchors(house)[1:] == [("repository", None, 0, True, "timeout"), ("channel", None, 0, True, "")]


def test_a_database_restored_from_a_backup_is_noticed_at_the_start(house: House) -> None:
    house.goes_on()
    house.goes_on()
    house.restored(3)
    assert house.gate().why is gate.Why.NOT_ASKED
    house.start()
    fault = house.fault()
    assert fault is not None
    assert (fault.why, fault.size, fault.length) == ("restored", 6, 3)
    assert (house.gate().says, house.gate().why) == (gate.Says.UNKNOWN, gate.Why.HISTORY)
    assert "run `verify`" in str(ready.history(house.database)())
    house.start()
    house.goes_on(200)
    with house.database.read() as tx:
        told = tx.execute(sa.select(outbox.c.place, outbox.c.key).where(outbox.c.template == history.TEMPLATE)).all()
        newest = checkpoints.newest(tx)
    assert [place for place, _ in told] == [f"channel:{build.rules().escalations}"]
    assert newest is not None
    assert newest.size == 3, "nothing is signed on top of it"


@pytest.mark.parametrize("place", ["file", "repository"])
def test_one_place_is_enough(house: House, place: str) -> None:
    house.goes_on()
    house.goes_on()
    if place == "file":
        house.repository.down = True
    else:
        (house.folder / "anchors").unlink()
    house.restored(3)
    house.start()
    assert house.fault() is not None


def test_a_forked_history_is_noticed_even_when_it_has_grown_longer(house: House) -> None:
    house.goes_on()
    house.goes_on()
    house.restored(3)
    kept = (house.folder / "anchors").read_text()
    (house.folder / "anchors").unlink()
    house.repository.down = True
    house.goes_on(9)
    assert house.fault() is None
    (house.folder / "anchors").write_text(kept)
    house.clock.at += timedelta(hours=1)
    house.anchors()
    fault = house.fault()
    assert fault is not None
    assert fault.why == "forked"


def test_somebody_can_say_that_it_is_right_and_it_goes_on(house: House, database_url: str) -> None:
    house.goes_on()
    house.goes_on()
    house.restored(3)
    house.start()
    settings = Settings(database_url=database_url)
    assert key_verbs.accept(settings, argparse.Namespace(by="Ops")) == 0
    assert key_verbs.accept(settings, argparse.Namespace(by="Ops")) == 1
    house.goes_on()
    assert house.fault() is None
    with house.database.read() as tx:
        newest = checkpoints.newest(tx)
    assert newest is not None
    assert newest.note in (house.folder / "anchors").read_text()
    house.start()
    assert house.fault() is None


def test_channels_read_what_happened_and_the_whole_checkpoint(house: House) -> None:
    house.goes_on()
    house.goes_on()
    drawn = drawings(house)
    assert "Checkpoint of the record: 6 events." in drawn[0].text
    assert house.repository.commits[-1] in str(drawn[0].blocks[1]["text"]["text"])
    house.restored(3)
    house.start()
    (differs,) = drawings(house)
    assert differs.text.startswith("The record is NOT the one that its anchors saw.")
    assert "It holds 3 events, and the file saw 6" in str(differs.blocks)


def drawings(house: House) -> list[Drawing]:
    """What the outbox would post of the record, newest first."""
    draw = record_drawing.draws(build.rules, house.clock.now)[history.TEMPLATE]
    with house.database.read() as tx:
        found = tx.execute(sa.select(outbox.c.payload).order_by(outbox.c.seq.desc())).all()
        return [draw(tx, Row(json.loads(one.payload))) for one in found]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Row:
    payload: dict[str, object]


def test_what_is_no_checkpoint_of_ours_closes_nothing(house: House) -> None:
    house.goes_on()
    other = signing.generate(b"o" * 32, "record.example.com")[0]
    house.repository.commits.append(other.checkpoint(99, b"f" * 32))
    (house.folder / "anchors").write_text("anything")
    house.start()
    assert house.fault() is None
    assert list(house.anchors.troubles) == [REPOSITORY]


def test_a_key_that_others_can_read_signs_nothing(house: House) -> None:
    (house.folder / "key").chmod(0o640)
    house.goes_on()
    assert "chmod 600" in str(house.checkpointer.trouble)
    (house.folder / "key").chmod(0o600)
    house.goes_on()
    assert house.checkpointer.trouble is None


def settings_of(house: House, url: str) -> Settings:
    return Settings(database_url=url, signing_key_file=str(house.folder / "key"), policy_file=str(house.folder / "no"))


def test_a_key_is_made_shown_and_rotated(
    house: House, database_url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings = settings_of(house, database_url)
    assert key_verbs.new(settings, argparse.Namespace(name="x")) == 1
    elsewhere = Settings(signing_key_file=str(tmp_path / "second"), policy_file=str(tmp_path / "no"))
    assert key_verbs.new(elsewhere, argparse.Namespace(name="log.example.com")) == 0
    assert stat.S_IMODE((tmp_path / "second").stat().st_mode) == 0o600
    assert capsys.readouterr().out.startswith("log.example.com+")
    house.goes_on()
    key_verbs.show(settings, argparse.Namespace())
    first = capsys.readouterr().out.strip()
    assert key_verbs.rotate(settings, argparse.Namespace(by="Ops")) == 0
    second = capsys.readouterr().out.strip()
    assert second != first
    house.goes_on()
    assert house.checkpointer.trouble is None
    for key in (first, second):
        anchors = [str(house.folder / "anchors")]
        assert records.verify_record(settings, keys=[key], anchors=anchors) == 0
        assert "covers 7 events, signed by record.example.com" in capsys.readouterr().out
    other = signing.generate(b"o" * 32, "record.example.com")[0].public.text
    assert records.verify_record(settings, keys=[other]) == 1
    assert "is signed by no key that you trust" in capsys.readouterr().out
    with pytest.raises(SettingsError):
        records.verify_record(settings, keys=["x"])
    with pytest.raises(SettingsError):
        records.verify_record(settings, anchors=[str(house.folder / "key")])


def test_a_rotation_that_was_cut_short_goes_on(house: House, database_url: str) -> None:
    settings = settings_of(house, database_url)
    old, text = house.checkpointer.signer(), signing.generate(b"n" * 32, "record.example.com")[1]
    (house.folder / "key.next").write_text(text)
    (house.folder / "key.next").chmod(0o600)
    new = signing.read(text, "")
    with house.database.write() as tx:
        ledger.note(tx, checkpoints.ROTATED, old.hands_over_to(new), actor=None, now=NOW)
    assert key_verbs.rotate(settings, argparse.Namespace(by="Ops")) == 0
    assert house.checkpointer.signer().public == new.public
    with house.database.read() as tx:
        assert len(checkpoints.rotations(tx)) == 1


def test_without_a_key_nothing_is_signed_and_all_is_well(
    database: Database, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    none = Settings(database_url=database_url)
    assert records.verify_record(none) == 0
    assert "No checkpoint" in capsys.readouterr().out
    assert ready.history(database)() is None
    with pytest.raises(SettingsError):
        key_verbs.show(none, argparse.Namespace())
    with pytest.raises(KeyMistake):
        signing_key.read("/nowhere/key", "")
