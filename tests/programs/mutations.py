"""Changes packs and a database at random, a hundred thousand times, and has none of it pass the auditor's check.

    make mutations ARGS="--seed 2 --times 100000 --cli 500"

Four hands: one that changes bytes of files; one that also writes the manifest anew; one that holds the true key, writes
an event that the auditor's anchor covers anew, hashes all that follows again and signs everything; one that changes
bytes of the zip. In the database, any value and row. It is said who found it: `verify`, or only `check`; what neither
finds is harmless by name, or passed. Exit 1: any passed.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests import packs
from tests.programs.mutations_databases import HANDS as DATABASES
from tests.programs.mutations_databases import mutated, who
from tests.programs.mutations_packs import bent, by_bytes, by_key, by_manifest
from tests.programs.mutations_sound import Files, Sound, inside, passes, sound, stands
from tests.workflows.test_checkpoints import SIGNER
from workflows import verify

ROOT = Path(__file__).resolve().parents[2]


def of_pack(make: Callable[[random.Random, Sound], Files]) -> Callable[[random.Random, Sound], str]:
    """Who finds a pack that is made so."""

    def tried(dice: random.Random, whole: Sound) -> str:
        made = make(dice, whole)
        return "same" if made == whole.pack else "PASSED" if passes(made, whole.anchor) else "verify"

    return tried


def by_zip(dice: random.Random, whole: Sound) -> str:
    """Who finds a zip whose bytes are changed: a date, say, is in no file that comes out of it."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(bent(dice, whole.zipped))
        file.flush()
        made = inside(Path(file.name))
    if made == whole.pack:
        return "harmless: the same files come out of the zip, byte for byte, and no other"
    return "PASSED" if made is not None and passes(made, whole.anchor) else "verify"


HANDS: dict[str, Callable[[random.Random, Sound], str]] = {
    "pack, bytes": of_pack(by_bytes),
    "pack, manifest too": of_pack(by_manifest),
    "pack, with the key": of_pack(by_key),
    "pack, the zip": by_zip,
    **DATABASES,
}


def run(whole: Sound, *, seed: int, times: int) -> tuple[Counter[tuple[str, str]], list[str]]:
    """How many of each hand were found by whom, and which passed, as `hand seed: what was done`."""
    found, passed = Counter[tuple[str, str]](), list[str]()
    for n in range(times):
        hand = list(HANDS)[n % len(HANDS)]
        said = HANDS[hand](random.Random(f"{seed}:{n}"), whole)
        if said.startswith("PASSED"):
            passed.append(f"{hand} {seed}:{n}: {said}")
        found[hand, said.partition(" [")[0]] += 1
    return found, passed


def program(whole: Sound, folder: Path, *, seed: int, times: int) -> list[str]:
    """The same through the command line, as the auditor does: 0 is the only exit that passes, 2 none that is right."""
    file, anchor, wrong = folder / "pack.zip", folder / "anchor.txt", list[str]()
    anchor.write_text(whole.anchor, encoding="utf-8")
    own = ["--key", SIGNER.public.text, "--anchor", str(anchor)]
    for n in range(times + 1):
        dice = random.Random(f"{seed}:program:{n}")
        if n % 4 == 3:
            wrong += _by_bot(whole, folder / "mutated.db", own, dice, f"{seed}:program:{n}")
            continue
        made = (by_bytes, by_manifest, by_key)[n % 3](dice, whole) if n else whole.pack
        file.write_bytes(bent(dice, whole.zipped) if n % 5 == 4 else packs.zipped(made))
        done = _run([sys.executable, verify.__file__, str(file), *own])
        good = done.returncode == 0 if inside(file) == whole.pack else done.returncode in (1, 3)
        if not good or "Traceback" in done.stderr:
            wrong.append(f"program {seed}:program:{n} exit {done.returncode} {done.stderr[-200:]}")
    return wrong


def _by_bot(whole: Sound, file: Path, own: list[str], dice: random.Random, name: str) -> list[str]:
    """A database that was changed, by `python -m bot verify`; where that says nothing, `check` has to, or a name."""
    with mutated(dice, whole) as done:
        file.write_bytes(whole.memory.serialize())
        said = _run([sys.executable, "-m", "bot", "verify", *own], DATABASE_URL=f"sqlite:///{file}")
        right = said.returncode == 1 if done and who(whole, done) == "verify" else said.returncode == 0
        if right and "Traceback" not in said.stderr and not (done and who(whole, done).startswith("PASSED")):
            return []
    return [f"program {name} exit {said.returncode} {done} {said.stdout[-100:]} {said.stderr[-300:]}"]


def _run(words: list[str], **given: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **given})


def main() -> int:
    """Run it and print the figures."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--times", type=int, default=100_000)
    given.add_argument("--cli", "--program", type=int, default=500)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, began, cpu = Path(name), time.monotonic(), time.process_time()
        whole = sound(folder)
        if not (passes(whole.pack, whole.anchor) and stands(whole, [whole.anchor, whole.after])):
            print("what nobody touched does not pass")
            return 1
        found, passed = run(whole, seed=asked.seed, times=asked.times)
        inside, cpu = time.monotonic() - began, time.process_time() - cpu
        for (hand, who_), count in sorted(found.items()):
            print(f"{count:7}  {hand}: {who_}")
        print(f"{sum(found.values())} in process: {inside:.0f} s, {cpu:.0f} s of a processor", flush=True)
        passed += program(whole, folder, seed=asked.seed, times=asked.cli)
    print(f"by the program: {asked.cli}, {time.monotonic() - began - inside:.0f} s")
    print(*passed, sep="\n", end="\n" if passed else "")
    print(f"{len(passed)} passed.")
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
