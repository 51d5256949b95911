"""Packs changed at random: by whoever changes bytes, writes the manifest anew too, or holds the true key."""

import json
import random
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from tests.programs.mutations_sound import Files, Sound
from tests.workflows.test_checkpoints import SIGNER
from workflows import merkle, verify
from workflows.merkle import Hashes


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
    at = verify.checkpoint(made["checkpoints/latest.txt"].decode()).at or ""
    made["checkpoints/latest.txt"] = SIGNER.checkpoint(size, root, at).encode()
    made |= listed(made)
    made["MANIFEST.note"] = SIGNER.manifest(made["MANIFEST.sha256"]).encode()
