"""Changes packs and a database at random, a hundred thousand times, and has none of it pass the auditor's check.

    make mutations ARGS="--seed 2 --times 100000 --program 500"

Three hands: one that changes bytes; one that also writes the manifest anew; one that holds the true key, writes an
event that the auditor's anchor covers anew, hashes all that follows again and signs everything. Exit 1: any passed.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from tests import packs
from tests.workflows.test_checkpoints import SIGNER
from workflows import db, merkle, verify, verifying
from workflows.log_models import leaves
from workflows.merkle import Hashes
from workflows.models import chains, changes

Files = dict[str, bytes]
KEYS = [SIGNER.public]
TABLES = {
    "events": ("subject", "seq", "prev", "hash", "at", "kind", "person", "operator", "body"),
    "leaves": ("number", "hash"),
    "checkpoints": ("size", "root", "note"),
    "texts": ("digest", "salt", "body"),
    "changes": ("key", "version", "head", "series", "year", "number"),
    "chains": ("version", "head"),
    "counters": ("last",),
}


@dataclass(frozen=True)
class Sound:
    """What passes: a pack, the anchor of its auditor (of `covered` events), the leaves, and the database beside it."""

    pack: Files
    anchor: str
    covered: int
    leaves: tuple[str, ...]
    memory: sqlite3.Connection


def sound(folder: Path) -> Sound:
    """A record with a change of every kind, an anchor in the middle, and the pack of all of it."""
    url = f"sqlite:///{folder / 'record.db'}"
    db.migrate(url)
    database = db.connect(url, role="cli")
    try:
        desk = packs.fill(database)
        anchor = packs.seal(desk)
        desk.wait(1).declare("ops", broken="one more")
        desk.wait(1).approve("lead")
        desk.wait(1).deploy("ops")
        packs.seal(desk)
        pack = packs.files(desk, SIGNER)
        with database.read() as tx:
            hashes = tuple(tx.scalars(sa.select(leaves.c.hash).order_by(leaves.c.number)))
    finally:
        database.close()
    memory = sqlite3.connect(":memory:", isolation_level=None)  # without keys and guards, which refuse most of it
    memory.execute("ATTACH ? AS stored", (str(folder / "record.db"),))
    for table in (*TABLES, "unlisted"):
        memory.execute(f"CREATE TABLE {table} AS SELECT * FROM stored.{table}")
    memory.execute("DETACH stored")
    return Sound(pack, anchor, verify.checkpoint(anchor).size, hashes, memory)


def passes(pack: Files, anchor: str) -> bool:
    """Whether the auditor is told that all is as recorded."""
    found = verify.Pack(pack, KEYS, [anchor])
    return not found.bad and not found.open


def stands(memory: sqlite3.Connection, anchor: str) -> bool:
    """The same of a database."""
    try:
        return verifying.database(SimpleNamespace(connection=memory), keys=KEYS, anchors=[anchor]).ok
    except (ValueError, TypeError, AttributeError, LookupError, sqlite3.Error):
        return False  # it says so by the exit code of a fault


def bent(dice: random.Random, body: bytes) -> bytes:
    """Other bytes than `body`: a bit, a cut, a piece away, twice, or moved; of lines, one away, twice, or moved."""
    how, lines = dice.randrange(6), body.splitlines(keepends=True)
    one, two = sorted((dice.randrange(len(body) + 1), dice.randrange(len(body) + 1)))
    if how == 0 and body:
        at = min(one, len(body) - 1)
        return body[:at] + bytes([body[at] ^ (1 << dice.randrange(8))]) + body[at + 1 :]
    if how == 1:
        return body[:one]
    if how == 2:
        return body[:one] + body[two:]
    if how == 3:
        return body[:two] + body[one:two] + body[two:]
    if how == 4:
        return body[one:two] + body[:one] + body[two:]
    n = dice.randrange(len(lines) + 1)
    return b"".join(dice.choice([lines[:n] + lines[n + 1 :], lines[:n] + lines[max(0, n - 1) :], lines[::-1]]))


def by_bytes(dice: random.Random, whole: Sound) -> Files:
    """One or two files changed, gone, twice, or in each other's place."""
    made = dict(whole.pack)
    for _ in range(dice.randint(1, 2)):
        name, other = dice.choice(sorted(made)), dice.choice(sorted(made))
        how = dice.randrange(8)
        if how == 0:
            del made[name]
        elif how == 1:
            made[name], made[other] = made[other], made[name]
        elif how == 2:
            made[f"{name}.{dice.randrange(9)}"] = made[name]
        else:
            made[name] = bent(dice, made[name])
    return made


def listed(made: Files) -> Files:
    """The same files with a manifest that fits them."""
    names = sorted(made.keys() - {"MANIFEST.sha256", "MANIFEST.note"})
    return made | {"MANIFEST.sha256": "".join(f"{verify.digest(made[n])}  {n}\n" for n in names).encode()}


def by_manifest(dice: random.Random, whole: Sound) -> Files:
    """As by bytes, and the manifest fits."""
    return listed(by_bytes(dice, whole))


def other(dice: random.Random, told: dict[str, Any]) -> bytes:
    """The bytes of another event with the same place."""
    name = dice.choice(["at", "kind", "person", "data", "operator"])
    told = dict(told)
    if name == "data":
        told["data"] = told["data"] | {dice.choice([*sorted(told["data"]), "more"]): dice.choice(["", "x", 7, True])}
    else:
        told[name] = dice.choice(["cto", "lead", "approved", "2026-11-16T02:00:00.000001+00:00"])
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def by_key(dice: random.Random, whole: Sound) -> Files:
    """An event that the anchor covers is written anew; all that hangs on it is hashed and signed again."""
    made, names = dict(whole.pack), sorted(name for name in whole.pack if name.endswith("events.jsonl"))
    while True:
        name = dice.choice(names)
        rows = [json.loads(line) for line in made[name].splitlines()]
        at = dice.randrange(len(rows))
        if rows[at]["hash"] in whole.leaves[: whole.covered]:
            break
    new, swapped = again(dice, rows, at)
    made[name] = b"".join(json.dumps(row).encode() + b"\n" for row in new)
    hashes = [swapped.get(one, one) for one in whole.leaves]
    texts = {k: v for k, v in made.items() if k.endswith((".json", "population.jsonl")) and k != "pack.json"}
    for old, fresh in swapped.items():
        texts = {k: v.replace(old.encode(), fresh.encode()) for k, v in texts.items()}
    made |= texts
    signed(made, hashes, verify.checkpoint(whole.anchor).size)
    return made


def again(dice: random.Random, rows: Sequence[dict[str, Any]], at: int) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The chain with another event at `at`, hashed again from there on; old hash → new hash."""
    new, swapped, prev = list(rows[:at]), dict[str, str](), rows[at]["prev"]
    for row in rows[at:]:
        old = b64decode(row["body"])
        told = json.loads(old) | {"prev": prev}
        body = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        while not swapped and body == old:
            body = other(dice, told)
        swapped[row["hash"]] = verify.digest(body)
        new.append({**row, "prev": prev, "hash": swapped[row["hash"]], "body": b64encode(body).decode()})
        prev = swapped[row["hash"]]
    return new, swapped


def signed(made: Files, hashes: Sequence[str], old: int) -> None:
    """All proofs for these leaves, a checkpoint over them, its signature, and the one of the pack."""
    tree = Hashes([bytes.fromhex(one) for one in hashes])
    size, root = len(hashes), tree(0, len(hashes))
    for name in [one for one in made if one.endswith("proof.json")]:
        told = json.loads(made[name])
        for one in told["events"]:
            one["proof"] = (
                [p.hex() for p in merkle.inclusion(one["index"], size, tree)] if one["index"] is not None else []
            )
        made[name] = json.dumps(told).encode()
    path = [one.hex() for one in merkle.consistency(old, size, tree)]
    proofs = [{"from": old, "root": tree(0, old).hex(), "proof": path}]
    made["checkpoints/consistency.json"] = json.dumps({"size": size, "proofs": proofs}).encode()
    head = json.loads(made["pack.json"])
    head["checkpoint"] |= {"size": size, "root": root.hex()}
    made["pack.json"] = json.dumps(head).encode()
    made["checkpoints/latest.txt"] = SIGNER.checkpoint(size, root).encode()
    made |= listed(made)
    made["MANIFEST.note"] = SIGNER.manifest(made["MANIFEST.sha256"]).encode()


def in_database(dice: random.Random, whole: Sound) -> bool:
    """Rows changed, gone, or in each other's place: does it stand? Then all is as before."""
    sql = whole.memory
    sql.execute("SAVEPOINT one")
    try:
        table = dice.choice([*TABLES, "events", "events"])
        column = dice.choice(TABLES[table])
        (count,) = sql.execute(f"SELECT count(*) FROM {table}").fetchone()
        row, last = dice.randrange(count), dice.randrange(count)
        ids = [one for (one,) in sql.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]
        before = sql.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
        # That a text is kept is for `check` to say, and that a checkpoint is, for the next anchor.
        how = dice.randrange(2 if table in ("texts", "checkpoints") else 0, 4)
        if how == 0:
            sql.execute(f"DELETE FROM {table} WHERE rowid = ?", (ids[row],))
        elif how == 1:
            sql.execute(f"DELETE FROM {table} WHERE rowid >= ?", (ids[row],))
        else:
            mine, yours = (
                sql.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (ids[n],)).fetchone()[0]
                for n in (row, last)
            )
            sql.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = ?",
                (yours if how == 2 else turned(dice, mine), ids[row]),
            )
            if how == 2:
                sql.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (mine, ids[last]))
        if sql.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall() == before:
            return False
        return stands(sql, whole.anchor)
    finally:
        sql.execute("ROLLBACK TO one")


def turned(dice: random.Random, value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bytes):
        return bent(dice, value)
    if isinstance(value, int):
        return value + dice.choice([-1, 1, 7])
    return bent(dice, (value or "x").encode()).decode(errors="replace")


def rewritten(dice: random.Random, whole: Sound) -> bool:
    """As by key, in the database: does it stand? Then all is as before."""
    sql = whole.memory
    sql.execute("SAVEPOINT one")
    try:
        name = dice.choice(whole.leaves[: whole.covered])
        subject, seq = sql.execute("SELECT subject, seq FROM events WHERE hash = ?", (name,)).fetchone()
        chain = sql.execute("SELECT seq, prev, hash, body FROM events WHERE subject = ? ORDER BY seq", (subject,))
        rows = [{"seq": s, "prev": p, "hash": h, "body": b64encode(b).decode()} for s, p, h, b in chain]
        new, swapped = again(dice, rows, seq - 1)
        for was, row in zip(rows[seq - 1 :], new[seq - 1 :], strict=True):
            body = b64decode(row["body"])
            told = json.loads(body)
            values = (
                row["prev"],
                row["hash"],
                told["at"],
                told["kind"],
                told["person"],
                told["operator"],
                body,
                was["hash"],
            )
            sql.execute(
                "UPDATE events SET prev=?, hash=?, at=?, kind=?, person=?, operator=?, body=? WHERE hash=?", values
            )
            sql.execute("UPDATE leaves SET hash=? WHERE hash=?", (row["hash"], was["hash"]))
        for table, column in ((changes.name, "id"), (chains.name, "subject")):
            sql.execute(f"UPDATE {table} SET head=? WHERE {column}=?", (new[-1]["hash"], subject))
        tree = Hashes([bytes.fromhex(swapped.get(one, one)) for one in whole.leaves])
        for (size,) in sql.execute("SELECT size FROM checkpoints").fetchall():
            root = tree(0, size)
            sql.execute(
                "UPDATE checkpoints SET root=?, note=? WHERE size=?", (root.hex(), SIGNER.checkpoint(size, root), size)
            )
        return stands(sql, whole.anchor)
    finally:
        sql.execute("ROLLBACK TO one")


def of_pack(make: Callable[[random.Random, Sound], Files]) -> Callable[[random.Random, Sound], bool]:
    """Whether a pack that is made so passes."""

    def tried(dice: random.Random, whole: Sound) -> bool:
        made = make(dice, whole)
        return made != whole.pack and passes(made, whole.anchor)

    return tried


HANDS: dict[str, Callable[[random.Random, Sound], bool]] = {
    "pack, bytes": of_pack(by_bytes),
    "pack, manifest too": of_pack(by_manifest),
    "pack, with the key": of_pack(by_key),
    "database": in_database,
    "database, with the key": rewritten,
}


def run(whole: Sound, *, seed: int, times: int, until: float | None = None) -> tuple[Counter[str], list[str]]:
    """How many of each hand were tried, and which passed, as `hand seed`."""
    tried, passed = Counter[str](), list[str]()
    for n in range(times):
        if until is not None and time.monotonic() > until:
            break
        hand = list(HANDS)[n % len(HANDS)]
        tried[hand] += 1
        if HANDS[hand](random.Random(f"{seed}:{n}"), whole):
            passed.append(f"{hand} {seed}:{n}")
    return tried, passed


def program(whole: Sound, folder: Path, *, seed: int, times: int) -> list[str]:
    """The same through the command line, as the auditor does: 0 is the only exit that passes, 2 none that is right."""
    file, anchor, wrong = folder / "pack.zip", folder / "anchor.txt", list[str]()
    anchor.write_text(whole.anchor, encoding="utf-8")
    words = [sys.executable, verify.__file__, str(file), "--key", SIGNER.public.text, "--anchor", str(anchor)]
    for n in range(times + 1):
        dice = random.Random(f"{seed}:program:{n}")
        made = (by_bytes, by_manifest, by_key)[n % 3](dice, whole) if n else whole.pack
        body = packs.zipped(made)
        file.write_bytes(bent(dice, body) if n % 5 == 4 and made == whole.pack else body)
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        good = done.returncode == 0 if made == whole.pack else done.returncode in (1, 3)
        if not good or "Traceback" in done.stderr:
            wrong.append(f"program {seed}:{n} exit {done.returncode} {done.stderr[-200:]}")
    return wrong


def main() -> int:
    """Run it and print the figures."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--times", type=int, default=100_000)
    given.add_argument("--program", type=int, default=500)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name), time.monotonic()
        whole = sound(folder)
        if not (passes(whole.pack, whole.anchor) and stands(whole.memory, whole.anchor)):
            print("what nobody touched does not pass")
            return 1
        tried, passed = run(whole, seed=asked.seed, times=asked.times)
        inside = time.monotonic() - began
        passed += program(whole, folder, seed=asked.seed, times=asked.program)
    for hand, count in tried.items():
        print(f"{hand}: {count}")
    print(
        f"by the program: {asked.program}; {inside:.0f} s in process, {time.monotonic() - began - inside:.0f} s by it"
    )
    print(*passed, sep="\n", end="\n" if passed else "")
    print(f"{len(passed)} passed.")
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
