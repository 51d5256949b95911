"""Every pair of acts that can meet, 200 times on each database, by the use cases themselves.

    python -m tests.programs.clashes --pairs 200 --seed 1 --budget 600

Prints a line per database and pair of acts; then how often two who neither lock nor compare both decided: that has
to be more than 0, or the races were none. Exits 1 on anything wrong. `--budget` is in seconds, for each database.
"""

import argparse
import json
import random
import sys
import tempfile
import time

from tests.databases import start_postgres
from tests.workflows.clashing import CLASHES, both_decided, ready
from workflows import check, db, verifying


def main() -> int:
    """Run on both databases; 0 when nothing went wrong and the naive variant did."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=600)
    parser.add_argument("--only", choices=sorted(CLASHES))
    given = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for n, name in enumerate([given.only] if given.only else CLASHES):
            url = f"sqlite:///{folder}/{n}.db"
            db.migrate(url)
            bad += _clash("sqlite", url, name, given)
        url = f"sqlite:///{folder}/naive.db"
        db.migrate(url)
        bad += _naive("sqlite", url, given)
    server = start_postgres(db.migrate)
    try:
        for name in [given.only] if given.only else CLASHES:
            bad += _clash("postgresql", server.make()[1], name, given)
        bad += _naive("postgresql", server.make()[1], given)
    finally:
        server.stop()
    return 1 if bad else 0


def _clash(kind: str, url: str, name: str, given: argparse.Namespace) -> int:
    rules, clash = CLASHES[name]
    database = db.connect(url)
    desk, chance = ready(database, rules), random.Random(f"{given.seed} {name}")
    began, wrong, pairs = time.monotonic(), list[str](), 0
    while pairs < given.pairs and time.monotonic() - began < given.budget / len(CLASHES):
        wrong += clash(desk, chance)
        pairs += 1
    with database.read() as tx:
        broken = [str(one) for one in check.promises(tx, real_now=desk.now)]
    database.close()
    broken += [str(one) for one in verifying.database(url).bad]
    found = {"pairs": pairs, "wrong": len(wrong), "broken_promises": len(broken)}
    print(json.dumps({"database": kind, "clash": name, **found, "seconds": round(time.monotonic() - began, 1)}))
    for one in (wrong + broken)[:3]:
        print(" ", one[:500])
    sys.stdout.flush()
    return len(wrong) + len(broken)


def _naive(kind: str, url: str, given: argparse.Namespace) -> int:
    database = db.connect(url)
    desk, chance = ready(database), random.Random(given.seed)
    pairs = min(given.pairs, 50)
    doubles = sum(both_decided(desk, chance) for _ in range(pairs))
    database.close()
    print(
        json.dumps({"database": kind, "clash": "planted: neither lock nor compare", "pairs": pairs, "doubles": doubles})
    )
    return 0 if doubles else 1


if __name__ == "__main__":
    sys.exit(main())
