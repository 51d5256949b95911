"""Drawing a sample that anybody can draw again, the matrix of its checks, and the pack to take away."""

import hashlib
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import Connection, select
from starlette.responses import Response, StreamingResponse

from bot import pack_making, pack_verbs
from bot.register import words
from bot.register.asking import KINDS, Period, asked, number
from bot.register.errors import Wrong
from bot.register.threads import streamed
from bot.register.visitors import Visit
from workflows import attributes, pack_logs, packing, population, register_records, snapshot
from workflows.checkpoints import LogBroken
from workflows.models import changes
from workflows.pack_book import SEED, Asked, Draft, Sample, Unpackable
from workflows.population import Row
from workflows.sampling import METHOD

SIZE, MOST, USUAL = 25, 200, "4711"
MOST_LOGS = 64 * 1024 * 1024
"""Bytes of archives of CI logs that a page hands out; more of them only the command line packs."""
PIECE = 64 * 1024


def sample(visit: Visit) -> Response:
    """The form; with a seed in the address, the sample too."""
    given = visit.request.query_params
    with visit.desk.db.read() as tx:
        question = asked(visit, tx)
    drawn = _drawn(visit, question.period) if given.get("seed") else None
    if drawn is None:
        visit.saw.update(question.period.told)
    return visit.draw(
        "sample.html",
        here="Sample",
        period=question.period.words,
        asked=question,
        kinds=KINDS,
        chosen=given.getlist("kinds"),
        size=given.get("size") or str(SIZE),
        seed=given.get("seed") or USUAL,
        method=METHOD,
        query=visit.request.query_params.multi_items(),
        **(drawn or {"book": None}),
    )


def _drawn(visit: Visit, period: Period) -> dict[str, Any]:
    full = visit.visitor.may("auditor")
    wanted = _asked(visit, period)
    visit.saw.update(pack_verbs.told(wanted))
    book = _possible(visit, wanted)
    with visit.desk.db.read() as tx:
        ids = [row.subject for row in book.rows]
        answered = register_records.answered(tx, ids, now=wanted.made_at, full=full)
        logs = _logs(tx, book.rows)
    visit.saw.update(strata=_strata(book))
    answers = {record["key"]: answers for record, answers in answered}
    named = {record["key"]: record for record, _ in answered}
    sample = book.sample
    return {
        "book": book,
        "counts": sample.counts,
        "drills": sample.drills,
        "groups": [(name, [named[key] for key in keys]) for name, keys in _groups(sample) if keys],
        "answers": answers,
        "pages": {key: n for n, key in enumerate(sorted((*sample.samples, *sample.emergencies)), 1)},
        "titles": list(attributes.TITLES.values()),
        "results": words.RESULTS,
        "archives": archives(visit, logs),
    }


def _groups(sample: Sample) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("Deploys and findings", sample.samples), ("Emergencies, apart", sample.emergencies))


@dataclass(frozen=True, slots=True)
class Archives:
    """The archives of CI logs that a pack could hold: 0 `bytes`, there are none; `offered`: the page packs them."""

    bytes: int
    offered: bool
    most: int = MOST_LOGS


def archives(visit: Visit, size: int) -> Archives:
    """What is said of archives of this size; without a folder for them there are none."""
    kept = size if visit.desk.policy.rules.audit.logs else 0
    return Archives(kept, offered=0 < kept <= MOST_LOGS)


def _logs(tx: Connection, rows: Sequence[Row]) -> int:
    """Bytes of the archives of CI logs of these changes, by the record."""
    c = changes.c
    states = tx.scalars(select(c.state).where(c.id.in_([row.subject for row in rows])))
    return sum(pack_logs.size(snapshot.load(state).logs) for state in states)


def _strata(book: Draft) -> dict[str, int]:
    """Kind → how many were drawn of it, for the record."""
    return {kind: len(keys) for kind, keys in book.sample.strata.items()}


def _possible(visit: Visit, wanted: Asked) -> Draft:
    try:
        return packing.possible(visit.desk.db, wanted, visit.desk.policy.rules)
    except Unpackable as fault:
        raise Wrong(f"{fault}"[:300]) from None


def _asked(visit: Visit, period: Period, keys: tuple[str, ...] = ()) -> Asked:
    """What is asked for in the address. Raises Wrong."""
    given, now = visit.request.query_params, visit.desk.clock.now()
    size = None if keys else number(given.get("size", ""), usual=SIZE, most=MOST)
    seed = None if keys else given.get("seed", "").strip() or USUAL
    kinds = tuple(sorted(set(given.getlist("kinds")))) if not keys else ()
    if seed is not None and not SEED.fullmatch(seed):
        raise Wrong("A seed is up to 64 letters, digits, dots, dashes.")
    if any(kind not in KINDS for kind in kinds):
        raise Wrong("There is no such kind of change.")
    until = min(period.until, now)
    if period.since >= until:
        raise Wrong("That period has not begun yet.")
    named = ["python", "-m", "bot", "pack", *keys, *(["--sample", str(size), "--seed", str(seed)] if size else [])]
    named += [word for kind in kinds for word in ("--kind", kind)]
    named += ["--logs"] if given.get("logs") else []
    named += ["--since", period.since.isoformat(), "--until", until.isoformat(), "--name", visit.visitor.name]
    return Asked(
        since=period.since,
        until=until,
        zone=period.zone,
        made_at=now,
        made_by=visit.visitor.name,
        product=pack_verbs.product(),
        repeat=shlex.join(named),
        vkeys=(key.public.text,) if (key := pack_making.usable(visit.key_file, visit.desk.policy.rules)) else (),
        keys=keys,
        kinds=kinds,
        size=size,
        seed=seed,
        logs=bool(given.get("logs")),
    )


def sample_pack(visit: Visit) -> Response:
    """The pack of the sample in the address."""
    with visit.desk.db.read() as tx:
        period = asked(visit, tx).period
    return _pack(visit, _asked(visit, period), f"countersign-sample-{period.first}-{period.last}.zip")


def change_pack(visit: Visit) -> Response:
    """The pack of one change."""
    key = visit.request.path_params["key"].strip().upper()
    with visit.desk.db.read() as tx:
        found = next(population.named(tx, [key]), None)
        if found is None:
            raise Wrong(f"There is no change {key[:40]}.", 404)
        period = asked(visit, tx).period
    day = found.declared_at.date()
    whole = Period(min(day, period.first), period.last, period.zone)
    return _pack(visit, _asked(visit, whole, (key,)), f"{key}.zip")


def _pack(visit: Visit, wanted: Asked, name: str) -> Response:
    database, rules = visit.desk.db, visit.desk.policy.rules
    book = _possible(visit, wanted)
    with database.read() as tx:
        if wanted.logs and _logs(tx, book.rows) > MOST_LOGS:
            raise Wrong(f"The CI logs are more than {MOST_LOGS >> 20} MiB. Make this pack with: {wanted.repeat}")
    with ExitStack() as opened:
        made = opened.enter_context(tempfile.TemporaryFile())
        try:
            pack_making.write(made, database, wanted, rules, clock=visit.desk.clock, key_file=visit.key_file)
        except (Unpackable, LogBroken) as fault:
            raise Wrong(f"{fault}"[:300], 409) from None
        made.seek(0)
        sha256 = hashlib.file_digest(made, "sha256").hexdigest()
        visit.saw.update(pack_verbs.told(wanted), strata=_strata(book), sha256=sha256)
        made.seek(0)
        pieces = _pieces(made, opened.pop_all())
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(streamed(pieces), media_type="application/zip", headers=headers)


def _pieces(made: IO[bytes], opened: ExitStack) -> Iterator[bytes]:
    with opened:
        while piece := made.read(PIECE):
            yield piece
