"""`import deployments FILE.csv`: what was deployed is told afterwards, all of the file or nothing of it.

The first line names the columns: id, repository, environment, sha; and, where known, at, outcome, by, url, as the API
takes them (docs: POST /api/v1/deployments). The same id again changes nothing, so a file may be imported twice.
"""

import csv
import io
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bot import reported_forms
from bot.clock import SystemClock
from bot.keys import new_id, salt
from bot.policies import PolicyFile
from bot.reported_forms import FIELDS, NEEDED, Unreadable
from bot.settings import Settings
from workflows import db, sightings
from workflows.change import Actor
from workflows.reckoning import Explained, Seen
from workflows.ruleset import Rules
from workflows.sightings import Reported
from workflows.turn import Turn

NO, USAGE = 1, 2
MOST_ROWS = 20_000
MOST_MISTAKES = 20
_SAID = {
    Explained.FOUND: "not explained by anything",
    Explained.NOT_OURS: "of no repository or environment that the policy names",
    Explained.BEFORE: "from before the first policy",
}


def deployments(settings: Settings, file: str) -> int:
    """Import a file and say what became of its rows; exit 1 names every line that cannot be read, 2 no such file."""
    clock = SystemClock()
    rules = PolicyFile(Path(settings.policy_file), now=clock.now(), linked=settings.linked).rules
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        print(f"{file} cannot be read as UTF-8 text ({type(fault).__name__}).", file=sys.stderr)
        return USAGE
    seen, wrong = read(text, rules, clock)
    if wrong:
        left = len(wrong) - MOST_MISTAKES
        more = [f"… and {left} more lines"] if left > 0 else []
        print(*wrong[:MOST_MISTAKES], *more, "Nothing was imported.", sep="\n", file=sys.stderr)
        return NO
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            turn = Turn(tx, Actor(""), rules, clock.now(), new_id, salt)
            said = sightings.report_all(turn, seen)
    except sightings.Taken as taken:
        print(taken, "Nothing was imported.", sep="\n", file=sys.stderr)
        return NO
    finally:
        database.close()
    print(told(said))
    return 0


def read(text: str, rules: Rules, clock: SystemClock) -> tuple[list[Seen], list[str]]:
    """The rows, oldest first, and a sentence for each line that cannot be read."""
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = [name.strip().lower() for name in rows.fieldnames or ()]
    except csv.Error as fault:
        return [], [f"line 1: {fault}."]
    problem = _header(columns)
    if problem:
        return [], [f"line 1: {problem}"]
    rows.fieldnames = columns
    return _rows(rows, rules, clock)


def _header(columns: Sequence[str]) -> str:
    missing = [name for name in NEEDED if name not in columns]
    unknown = [name for name in columns if name not in FIELDS]
    if missing:
        return f"there is no column {missing[0]}; the first line names them: {', '.join(FIELDS)}."
    if unknown:
        return f"{unknown[0]!r} is no column; there are {', '.join(FIELDS)}."
    return "a column stands twice." if len(set(columns)) < len(columns) else ""


def _rows(rows: "csv.DictReader[str]", rules: Rules, clock: SystemClock) -> tuple[list[Seen], list[str]]:
    seen: list[Seen] = []
    wrong: list[str] = []
    first: dict[str, int] = {}
    now = clock.now()
    try:
        for row in rows:
            line = rows.line_num
            if None in row or None in row.values():
                wrong.append(f"line {line}: it has not as many fields as the first line.")
                continue
            try:
                one = reported_forms.deployment(row, source=sightings.IMPORT, rules=rules, now=now)
            except Unreadable as mistake:
                wrong.append(f"line {line}: {mistake}")
                continue
            if one.external in first:
                wrong.append(f"line {line}: the id {one.external} stands on line {first[one.external]}, too.")
            first.setdefault(one.external, line)
            seen.append(one)
    except csv.Error as fault:
        wrong.append(f"line {rows.reader.line_num}: {fault}.")
    if len(seen) > MOST_ROWS:
        wrong.append(f"There are {len(seen)} rows; import at most {MOST_ROWS} at once.")
    return sorted(seen, key=lambda one: one.at), wrong


def told(said: Sequence[Reported]) -> str:
    """What became of the rows, and the keys of what was found."""
    fresh = [one for one in said if one.fresh]
    counts = Counter(one.explained for one in fresh)
    explained = sum(n for what, n in counts.items() if what not in _SAID)
    parts = [f"{explained} explained by a change"] if explained else []
    parts += [f"{counts[what]} {words}" for what, words in _SAID.items() if counts[what]]
    known = len(said) - len(fresh)
    parts += [f"{known} known already"] if known else []
    keys = list(dict.fromkeys(one.key for one in fresh if one.explained is Explained.FOUND and one.key))
    opened = f"\nFound: {', '.join(keys)}." if keys else ""
    many = "1 deployment" if len(said) == 1 else f"{len(said)} deployments"
    return f"{many}: {', '.join(parts)}.{opened}" if said else "No deployment stands in the file."
