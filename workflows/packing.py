"""A pack: everything about a sample of changes in one zip that an auditor opens and checks alone (countersign-pack-1).

The same bytes for the same record and the same asking. One look at the record says up to which event each change is
seen; what is read afterwards is read in short transactions and cut off there.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import Any

from workflows import (
    pack_changes,
    pack_exceptions,
    pack_log,
    pack_logs,
    pack_pages,
    pack_sound,
    pack_tables,
    population,
    sampling,
    verify,
)
from workflows.db import Database
from workflows.moments import moment_text
from workflows.pack_book import BLIND, KINDS, Asked, Book, Draft, draft, keys_of, look
from workflows.pack_changes import Draw, shown
from workflows.pack_configuration import Configuration
from workflows.pack_logs import Shelf
from workflows.pack_pages import Told
from workflows.pack_survey import Survey
from workflows.population import Row
from workflows.ruleset import Rules
from workflows.signing import Signer
from workflows.verify import SYSTEM
from workflows.zipping import File

FORMAT = "countersign-pack-1"
SOME = 500
ALWAYS = (
    *("README.txt", "exceptions.csv", "index.html", "keys.json", "pack.json", "population.csv", "population.jsonl"),
    *("sample.json", "system/events.jsonl", "system/proof.json", "verify.py"),
)
README = """\
Open index.html. Nothing else is needed to read this pack.

To check it, on any machine with Python 3.11 and the package `cryptography`, with no network:

    python verify.py pack.zip --key {key} --anchor {anchor}

Use your own copy of the verifier key and of a checkpoint, from before the pack was made. Better still, use your own
copy of verify.py too: the one in here comes from those whom you check. Without it: sha256sum -c MANIFEST.sha256

All times are UTC. changes/KEY/record.json is the original; pages, PDF and CSV are views of it.
"""


def possible(database: Database, asked: Asked, rules: Rules) -> Draft:
    """What the pack would be about, without making it. Raises Unpackable."""
    with database.read() as tx, pack_sound.readable():
        return draft(tx, asked, rules)


def files(
    database: Database, asked: Asked, rules: Rules, *, draw: Draw, signer: Signer | None = None
) -> Iterator[File]:
    """Yield the files of the pack, sorted by name, and the manifest last. Raises Unpackable before the first.

    So it does at the first thing that is not as it was written: nothing of a record that was edited is signed.

    `draw`: makes the page with the cards as they were seen. `signer`: signs the manifest, so that nothing of the pack
    can be changed or left out on its way.
    """
    with database.read() as tx, pack_sound.readable():
        book = look(tx, asked, rules)
    sums: dict[str, str] = {}
    with pack_sound.readable():
        for name, pieces in _all(database, book, draw, Shelf(rules.audit.logs, wanted=asked.logs)):
            summed = hashlib.sha256()
            yield name, _summing(pieces, summed)
            sums[name] = summed.hexdigest()
    manifest = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    yield "MANIFEST.sha256", [manifest.encode()]
    if signer:
        yield "MANIFEST.note", [signer.manifest(manifest.encode()).encode()]


def _summing(pieces: Iterable[bytes], summed: Any) -> Iterator[bytes]:
    with pack_sound.readable():
        for piece in pieces:
            summed.update(piece)
            yield piece


def _paged(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines in larger pieces: each piece is summed and packed at once."""
    each = iter(lines)
    while some := list(islice(each, SOME)):
        yield b"".join(some)


def _all(database: Database, book: Book, draw: Draw, shelf: Shelf) -> Iterator[File]:
    asked, pack, told, survey = book.asked, head(book), Told(), Survey()
    yield "README.txt", [README.format(key="your.pub", anchor="your.txt").encode()]
    for row in book.drawn:
        yield from _change(database, book, row, draw, shelf, told)
    if book.log:
        yield "checkpoints/consistency.json", [shown(book.log.consistency())]
        yield "checkpoints/latest.txt", [book.log.note.encode()]
    lines = chain(
        survey.over(database, book.rows, now=asked.made_at), told.unkept, pack_exceptions.unjudged(book.complete)
    )
    yield "exceptions.csv", _paged(line.encode() for line in pack_tables.departures(survey.told(lines)))
    _configured(database, book, told)
    yield "index.html", [pack_pages.index(book, told, survey, pack, names(book, told)).encode()]
    yield "keys.json", [shown({"keys": list(asked.vkeys), "rotations": [dict(one) for one in book.rotations]})]
    yield "pack.json", [shown(pack)]
    yield from ((f"policies/{digest}.toml", [text.encode()]) for digest, text in sorted(book.sources.items()))
    yield "population.csv", _paged(line.encode() for line in pack_tables.population(book.rows))
    yield "population.jsonl", _paged(pack_changes.exact(row.json()) + b"\n" for row in book.rows)
    yield "sample.json", [shown(_sample(book))]
    yield "system/events.jsonl", _paged(pack_sound.passed(SYSTEM, SYSTEM, _system(database, book.system)))
    yield "system/proof.json", [shown(_newest(database, book))]
    yield "verify.py", [Path(verify.__file__).read_bytes()]


def _change(database: Database, book: Book, row: Row, draw: Draw, shelf: Shelf, told: Told) -> Iterator[File]:
    """The files of one change, and what the index says of it into `told`."""
    with ExitStack() as opened:
        with database.read() as tx:
            pack_changes.sound(tx, row)
            (one,) = population.seen(tx, [row], now=book.asked.made_at)
            archives = shelf.of(one.case.logs, opened)
            made: dict[str, Iterable[bytes]] = {
                name: [body] for name, body in pack_changes.read(tx, one, book.log, draw, archives).items()
            }
        proved, number = b"".join(made["proof.json"]), len(told.packed) + 1
        made[f"{row.key}.pdf"] = [pack_changes.page(one, book.asked.product, book.log, proved, number)]
        told.packed[row.key], told.facts[row.key] = one.record, json.loads(b"".join(made["facts.json"]))
        told.unkept += pack_logs.departures(row.key, row.kind, archives)
        made |= {archive.name: archive.pieces() for archive in archives if archive.name}
        told.names += (f"changes/{row.key}/{name}" for name in made)
        yield from ((f"changes/{row.key}/{name}", made[name]) for name in sorted(made))


def _configured(database: Database, book: Book, told: Told) -> None:
    """What the index says of branches and groups, into `told`."""
    found = Configuration().over(database, book.rows)
    with database.read() as tx:
        told.branches, told.groups = list(found.branches()), list(found.groups(tx))


def head(book: Book) -> dict[str, Any]:
    """What `pack.json` says: who made it, when, of what, and how to make it again."""
    asked, log = book.asked, book.log
    sample, counts = book.sample, {**dict.fromkeys(KINDS, 0), **book.sample.counts}
    return {
        "format": FORMAT,
        "product": asked.product.rpartition(" ")[0],
        "version": asked.product.rpartition(" ")[2],
        "made_at": moment_text(asked.made_at),
        "made_by": asked.made_by,
        "period": {"since": moment_text(asked.since), "until": moment_text(asked.until), "zone": asked.zone},
        "filters": {"keys": list(asked.keys), "kinds": list(asked.kinds), "size": asked.size},
        "logs": asked.logs,
        "population": counts,
        "drills": sample.drills,
        "complete": dict(book.complete),
        "seed": asked.seed,
        "size": asked.size,
        "method": sampling.METHOD if asked.size else "the changes that were asked for by their keys",
        "samples": list(sample.samples),
        "emergencies": list(sample.emergencies),
        "practised": list(sample.practised),
        "not_covered": [BLIND],
        "repeat": asked.repeat,
        "origin": log.origin if log else None,
        "checkpoint": {"size": log.size, "root": log.root, "file": "checkpoints/latest.txt"} if log else None,
    }


def names(book: Book, told: Told) -> list[str]:
    """The names of all files but the manifest, sorted."""
    found = [*told.names, *(f"policies/{digest}.toml" for digest in book.sources)]
    found += ["checkpoints/consistency.json", "checkpoints/latest.txt"] if book.log else []
    return sorted([*found, *ALWAYS])


def _sample(book: Book) -> dict[str, Any]:
    there, asked = keys_of(book.rows, book.asked.kinds), book.asked
    return {
        "seed": asked.seed,
        "size": asked.size,
        "method": sampling.METHOD if asked.size else None,
        "strata": {
            kind: {"population": len(keys), "drawn": list(book.sample.strata.get(kind, ()))}
            for kind, keys in there.items()
        },
        "keys": there,
    }


def _system(database: Database, until: int) -> Iterator[Any]:
    """The system chain up to that event, a page at a time."""
    for after in range(0, until, SOME):
        with database.read() as tx:
            page = pack_changes.stored(tx, SYSTEM, min(until, after + SOME), after)
        yield from page


def _newest(database: Database, book: Book) -> dict[str, Any]:
    """The place of the newest event of the system chain that the checkpoint covers; those before it hang on it."""
    with database.read() as tx:
        last = pack_log.last_listed(tx, SYSTEM, book.system, book.log)
        found = pack_log.proof(tx, [last] if last else [], book.log)
    pack_sound.places(SYSTEM, found, book.log)
    return found
