"""Whether the history is known to be unbroken: the daily walk through it, and anchors that a program can read again."""

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from bot.checkups.finding import Finding, Patient, bad, note
from workflows import anchored, facts, verify, walks

AREA = "history"


def walk(patient: Patient) -> Iterator[Finding]:
    """When the whole record was last walked through, and what that found."""
    if patient.db is None:
        return
    try:
        with patient.db.read() as tx:
            found, now = walks.last(tx), patient.clock.now()
    except sa.exc.SQLAlchemyError:
        return  # said already
    if found is None:
        mend = "Let the worker run; the first comes when the record is an hour old."
        yield note(AREA, "daily check", "there was none yet", mend)
    elif found.wrong:
        mend = "Run `verify`; tell whoever answers for the record. `history accept` says by name that it is right."
        yield bad(AREA, "daily check", f"{found.at:%Y-%m-%d %H:%M} UTC: {found.wrong} wrong: {found.bad[0]}", mend)
    elif not found.fresh(now):
        yield bad(AREA, "daily check", f"none since {found.at:%Y-%m-%d %H:%M} UTC", "See the worker's log.")
    else:
        yield Finding(AREA, "daily check", f"{found.at:%Y-%m-%d %H:%M} UTC: {found.events} events, unbroken")


def readable(patient: Patient) -> Iterator[Finding]:
    """Whether an anchor can be read at a start, and whether the file still holds what was put there."""
    rules = patient.rules
    if rules is None or not patient.settings.signing_key_file:
        return
    if not (rules.audit.file or rules.audit.repository):
        found = "none that can be read: a restored or rewritten record is not noticed at a start"
        yield note(AREA, "anchors", found, "Name a file on another machine, or a repository, in [audit].")
    if not rules.audit.file or patient.db is None:
        return
    try:
        with patient.db.read() as tx:
            once = facts.get(tx, anchored.KIND, anchored.FILE)
        there = verify.notes(Path(rules.audit.file).read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        there = []
    except (OSError, sa.exc.SQLAlchemyError):
        return  # said where it was tried to anchor there
    if once is not None and once.value and not there:
        mend = "Ask who took them away; put them back from a copy, and run `verify` with it."
        yield bad(AREA, "the anchor file", "held checkpoints once, and holds none now", mend)
