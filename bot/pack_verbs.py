"""`pack`: everything about a sample of changes in one zip, for an auditor who needs neither Slack nor us."""

import argparse
import hashlib
import os
import shlex
import shutil
import sys
import tempfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import IO, Any

from bot import pack_making
from bot.clock import SystemClock
from bot.policies import PolicyFile
from bot.policy_verbs import in_force
from bot.settings import Settings, SettingsError
from bot.version import PRODUCT
from workflows import db, ledger, pack_sound, packing, population, verify
from workflows.change import Actor
from workflows.checkpoints import LogBroken
from workflows.db import Database
from workflows.pack_book import Asked, Sample, Unpackable
from workflows.ruleset import Rules
from workflows.signing import KeyMistake, Signer

NO = 1
VIEWED = "viewed"


def pack(settings: Settings, given: argparse.Namespace) -> int:
    """Write the pack and print how to check it. That it was made, and its SHA-256, is an event first, by name.

    Exit 1: there is none, or it is of a record in which the daily check found something wrong.
    """
    now = SystemClock().now()
    file = PolicyFile(Path(settings.policy_file), now=now, linked=settings.linked).rules
    if bool(given.keys) == bool(given.sample):
        raise SettingsError("Give the keys of changes, or --sample N with --seed S.")
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.read() as tx, pack_sound.readable():
            rules, oldest = in_force(tx, file), population.first(tx)
        asked = _asked(settings, given, rules, now, oldest or now)
        out = Path(given.out or f"countersign-pack-{now:%Y-%m-%d-%H%M%S}.zip")
        return _write(database, asked, rules, out, settings.signing_key_file)
    except (Unpackable, LogBroken) as fault:
        print(fault, file=sys.stderr)
        return NO
    finally:
        database.close()


def product() -> str:
    """Our name and version."""
    return PRODUCT


def told(asked: Asked) -> dict[str, Any]:
    """What was asked for, as the record says it of every sample and pack."""
    return {
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "keys": list(asked.keys),
        "kinds": list(asked.kinds),
        "size": asked.size,
        "seed": asked.seed,
    }


def note(database: Database, asked: Asked, sample: Sample, sha256: str, *, actor: Actor, role: str) -> None:
    """Record that somebody made this pack, what was drawn of each kind and what it sums to, before it is handed out."""
    drawn = {kind: len(keys) for kind, keys in sample.strata.items()}
    body = {"what": "pack", "role": role, **told(asked), "strata": drawn, "sha256": sha256}
    with database.write() as tx:
        ledger.note(tx, VIEWED, body, actor=actor, now=asked.made_at)


def _asked(settings: Settings, given: argparse.Namespace, rules: Rules, now: datetime, oldest: datetime) -> Asked:
    since, until = _moment("--since", given.since) or oldest, min(_moment("--until", given.until) or now, now)
    if since >= until:
        raise SettingsError("--since must be before --until, and not later than now.")
    return Asked(
        since=since,
        until=until,
        zone="UTC",
        made_at=now,
        made_by=given.name,
        product=product(),
        repeat=_again(given, since, until),
        keys=tuple(sorted({key.upper() for key in given.keys})),
        kinds=tuple(sorted(set(given.kinds))),
        size=given.sample,
        seed=given.seed,
        vkeys=(signer.public.text,) if (signer := _signer(settings, rules)) else (),
        anchors=_anchors(given.anchor),
        logs=given.logs,
    )


def _again(given: argparse.Namespace, since: datetime, until: datetime) -> str:
    """The command that makes the same pack again, with the period in full."""
    words = ["python", "-m", "bot", "pack", *sorted({key.upper() for key in given.keys})]
    words += ["--sample", str(given.sample), "--seed", given.seed or ""] if given.sample else []
    words += [word for kind in sorted(set(given.kinds)) for word in ("--kind", kind)]
    words += ["--logs"] if given.logs else []
    return shlex.join([*words, "--since", since.isoformat(), "--until", until.isoformat(), "--name", given.name])


def _write(database: Database, asked: Asked, rules: Rules, out: Path, key_file: str) -> int:
    try:
        book = packing.possible(database, asked, rules)
        with open(out, "xb", opener=_private) as made:
            _fill(made, database, asked, rules, out, key_file, book.sample)
    except FileExistsError:
        raise SettingsError(f"{out} is there already.") from None
    except OSError as fault:
        raise SettingsError(f"{out} cannot be written ({type(fault).__name__}).") from None
    print(f"Written: {out}")
    print("Open index.html in it. To check it, on any machine, with your own copy of the key and of a checkpoint:")
    print(f"  python verify.py {shlex.quote(out.name)} --key your.pub --anchor your.txt")
    print("`key show` prints the verifier key; give it, and checkpoints, to your auditors before they need them.")
    if book.walk and book.walk.wrong:
        print(f"The record is not as it was written, and the cover says so: {book.walk.bad[0]}", file=sys.stderr)
        return NO
    return 0


def _fill(
    out: IO[bytes], database: Database, asked: Asked, rules: Rules, name: Path, key_file: str, sample: Sample
) -> None:
    """Write all of it; half a pack is none. Nothing stands in the file before the record says what it sums to."""
    whole = False
    try:
        with tempfile.TemporaryFile(dir=name.parent) as made:
            pack_making.write(made, database, asked, rules, clock=SystemClock(), key_file=key_file)
            made.seek(0)
            sha256 = hashlib.file_digest(made, "sha256").hexdigest()
            note(database, asked, sample, sha256, actor=Actor("", None, asked.made_by), role="operator")
            made.seek(0)
            shutil.copyfileobj(made, out)
        whole = True
    finally:
        if not whole:
            name.unlink()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _signer(settings: Settings, rules: Rules) -> Signer | None:
    try:
        return pack_making.signer(settings.signing_key_file, rules)
    except KeyMistake as mistake:
        raise SettingsError(f"SIGNING_KEY_FILE: {mistake}.") from None


def _anchors(files: list[str]) -> tuple[int, ...]:
    found: list[int] = []
    for name in files:
        try:
            notes = verify.notes(Path(name).read_text(encoding="utf-8"))
            found += [verify.checkpoint(one, ()).size for one in notes]
        except (OSError, ValueError) as fault:
            raise SettingsError(f"--anchor: {name} cannot be read ({type(fault).__name__}).") from None
    return tuple(sorted(set(found)))


def _moment(name: str, value: str | None) -> datetime | None:
    """A date (its beginning, UTC), or a time with its offset."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value) if "T" in value else datetime.combine(date.fromisoformat(value), time(), UTC)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise SettingsError(f"{name} must be a date like 2026-11-30, or a time with its offset, not {value!r}.")
    return at.astimezone(UTC)
