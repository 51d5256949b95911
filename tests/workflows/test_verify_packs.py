"""The auditor's program: what nobody touched passes, whatever was changed does not, and it says what is not shown."""

import io
import json
import shutil
import struct
import subprocess
import tracemalloc
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import packs
from tests.needs import ROOT, missing
from tests.programs import mutations
from tests.programs.mutations_packs import listed, signed
from tests.programs.mutations_sound import KEYS, Sound, sound, stands
from tests.workflows.test_checkpoints import OTHER, SIGNER
from workflows import verify


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    made = sound(Path(tmp_path_factory.mktemp("mutations")))
    yield made
    made.close()


def test_what_nobody_touched_passes(whole: Sound) -> None:
    found = verify.Pack(whole.pack, KEYS, [whole.anchor])
    assert (found.bad, found.open) == ([], [])
    assert stands(whole, [whole.anchor, whole.after])


def test_nothing_that_was_changed_passes(whole: Sound) -> None:
    found, passed = mutations.run(whole, seed=7, times=210)
    assert passed == []
    assert {hand for hand, who in found if who == "verify"} == set(mutations.HANDS)
    assert {who for _, who in found} >= {"verify", "check"}


def test_the_program_says_so_by_its_exit(whole: Sound, tmp_path: Path) -> None:
    assert mutations.program(whole, tmp_path, seed=7, times=3) == []


def test_what_is_not_shown_is_said(whole: Sound) -> None:
    alone = verify.Pack(whole.pack, [], [])
    assert (alone.bad, [one[:5] for one in alone.open]) == ([], ["no --", "no --"])
    unsigned = {name: body for name, body in whole.pack.items() if name != "MANIFEST.note"}
    assert verify.Pack(unsigned, KEYS, [whole.anchor]).open == ["no MANIFEST.note: is it the pack that was made?"]
    far = SIGNER.checkpoint(3, bytes(32))
    assert verify.Pack(whole.pack, KEYS, [far]).open != []


def test_a_key_or_an_anchor_of_somebody_else_is_refused(whole: Sound) -> None:
    assert verify.Pack(whole.pack, [OTHER.public], [whole.anchor]).bad
    size = verify.checkpoint(whole.anchor).size
    assert "rewritten" in str(verify.Pack(whole.pack, KEYS, [SIGNER.checkpoint(size, bytes(32))]).bad[0])


def test_no_byte_of_the_signature_of_a_pack_is_free(whole: Sound) -> None:
    note = whole.pack["MANIFEST.note"]
    line = note.splitlines(keepends=True)[-1]
    twice, strange = note + line, note + OTHER.note("x\n").splitlines(keepends=True)[-1].encode()
    free = note[:-3] + bytes([note[-3] + 1]) + note[-2:]  # two bits of its last digit say nothing
    assert b64decode(free.split(b" ")[-1]) == b64decode(note.split(b" ")[-1])
    for other in (twice, strange, free):
        assert verify.Pack(whole.pack | {"MANIFEST.note": other}, KEYS, [whole.anchor]).bad


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"null", b'{"a":1,"a":2}', b"\xff", b"NaN", b"9" * 10_000])
@pytest.mark.parametrize("name", ["pack.json", "changes/EC-2026-0001/record.json", "system/events.jsonl"])
def test_hostile_json_is_found_and_no_fault(whole: Sound, name: str, body: bytes) -> None:
    assert verify.Pack(listed(whole.pack | {name: body}), [], []).bad


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("decision", "rejected"),
        ("title", "another"),
        ("on_time", False),
        ("exceptions", ["without-approval"]),
        ("approvals", []),
        ("deployments", []),
        ("reviewed_at", None),
        ("erased", []),
        (
            "erased",
            [{"field": "rollback", "at": "2026-11-16T05:19:00.000000+00:00", "by": "operator Lea", "kind": "x"}],
        ),
        ("erased", [{"field": "rollback", "at": "2026-11-16T05:19:00.000000+00:00", "by": "Lea", "kind": "password"}]),
        ("requester", "lead@example.com"),
    ],
)
def test_a_record_that_says_otherwise_is_found_by_its_own_maker_too(whole: Sound, field: str, value: Any) -> None:
    name = "changes/EC-2026-0001/record.json"
    record = json.loads(whole.pack[name])
    made = listed(whole.pack | {name: json.dumps(record | {field: value}).encode()})
    made["MANIFEST.note"] = SIGNER.manifest(made["MANIFEST.sha256"]).encode()
    bad = verify.Pack(made, KEYS, [whole.anchor]).bad
    assert [one.subject for one in bad][:1] == ["EC-2026-0001"], bad
    if field != "requester":
        assert field in str(bad[0])


def test_an_operator_of_another_name_is_found(whole: Sound) -> None:
    name = "changes/EC-2026-0001/record.json"
    record = json.loads(whole.pack[name])
    one = next(event for event in record["events"] if event["kind"] == "erased")
    one["person"] = record["erased"][0]["by"] = "operator Max"
    assert "events" in str(verify.Pack(listed(whole.pack | {name: json.dumps(record).encode()}), [], []).bad)


def test_a_folder_with_a_link_in_it_is_refused(whole: Sound, tmp_path: Path) -> None:
    for name, body in whole.pack.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(body)
    assert verify.Pack(tmp_path, KEYS, [whole.anchor]).bad == []
    (tmp_path / "README.txt").rename(tmp_path.parent / "elsewhere.txt")
    (tmp_path / "README.txt").symlink_to(tmp_path.parent / "elsewhere.txt")
    assert "links" in str(verify.Pack(tmp_path, KEYS, [whole.anchor]).bad)


def events(whole: Sound, key: str) -> list[dict[str, Any]]:
    lines = whole.pack[f"changes/{key}/events.jsonl"].splitlines()
    return [json.loads(b64decode(json.loads(line)["body"])) | {"hash": ""} for line in lines]


@pytest.mark.parametrize(
    ("key", "kind", "change", "says"),
    [
        ("EC-2026-0001", "approved", {"person": "dev"}, "voice of a party"),
        ("EC-2026-0001", "approved", {"data": {"revision": 2}}, "changed or decided"),
        ("EC-2026-0001", "approved", {"data": {"right": "others"}}, "no member"),
        ("EC-2026-0001", "approved", {"at": "2026-11-16T04:14:00.000000+00:00"}, "too old"),
        ("EC-2026-0001", "reviewed", {"person": "dev"}, "reviewed by a party"),
        ("EC-2026-0002", "deployed", {"data": {"basis": "approved"}}, "live as approved"),
        ("DR-2026-0001", "approved", {"data": {"digest": "0" * 64}}, "not bound"),
        ("DR-2026-0001", "requested", {"data": {"environment": "staging"}}, "something else"),
        ("DR-2026-0001", "let_through", {"data": {"sha": "0" * 40}}, "let through"),
        ("DR-2026-0001", "let_through", {"data": {"basis": "rollback"}}, "let through"),
        ("DR-2026-0001", "let_through", {"at": "2026-11-17T02:05:00.000000+00:00"}, "let through"),
    ],
)
def test_what_no_policy_allows_is_found(whole: Sound, key: str, kind: str, change: dict[str, Any], says: str) -> None:
    told = events(whole, key)
    assert verify.Change(told).bad == []
    one = next(event for event in told if event["kind"] == kind)
    one |= {name: (one[name] | value if name == "data" else value) for name, value in change.items()}
    assert says in str(verify.Change(told).bad)


def test_odd_names_are_refused(whole: Sound, tmp_path: Path) -> None:
    for name in ("../up.txt", "/abs.txt", "changes/.hidden", "README.TXT", "a b.txt", "a\\b"):
        file = tmp_path / "odd.zip"
        file.write_bytes(packs.zipped(whole.pack | {name: b""}))
        assert verify.Pack(file, [], []).bad, name


def test_plain_tools_say_the_same(whole: Sound, tmp_path: Path) -> None:
    lacking = [one for one in ("sha256sum", "openssl", "jq", "base64", "od") if not shutil.which(one)]
    if lacking:
        missing("tools", f"there is no {lacking[0]} on the PATH")
    folder, key = tmp_path / "pack", tmp_path / "key.pub"
    key.write_text(SIGNER.public.text + "\n", encoding="utf-8")

    def check(made: dict[str, bytes]) -> str:
        shutil.rmtree(folder, ignore_errors=True)
        for name, body in made.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(body)
        words = ["sh", str(ROOT / "docs" / "plain-check.sh"), folder.name, key.name, "EC-2026-0001"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
        return done.stdout.splitlines()[-1]

    assert check(whole.pack).startswith("good: 10 events of EC-2026-0001")
    name = "changes/EC-2026-0001/events.jsonl"
    first, second, *rest = whole.pack[name].splitlines(keepends=True)
    assert "not as listed" in check(whole.pack | {"README.txt": b""})
    assert "not the one that was signed" in check(listed(whole.pack | {"README.txt": b""}))
    unsigned = {one: body for one, body in whole.pack.items() if one != "MANIFEST.note"}
    assert "go on" in check(listed(unsigned | {name: b"".join([second, first, *rest])}))
    note = OTHER.note(whole.pack["checkpoints/latest.txt"].decode().partition("\n\n")[0] + "\n")
    assert "not of this key" in check(listed(unsigned | {"checkpoints/latest.txt": note.encode()}))
    told, rotated = SIGNER.hands_over_to(OTHER), unsigned | {"checkpoints/latest.txt": note.encode()}
    keys = json.dumps({"keys": [OTHER.public.text], "rotations": [told]}).encode()
    assert check(listed(rotated | {"keys.json": keys})).startswith("good: ")
    forged = json.dumps({"keys": [OTHER.public.text], "rotations": [told | {"by_old": told["by_new"]}]}).encode()
    assert "not signed by both" in check(listed(rotated | {"keys.json": forged}))


def resigned(whole: Sound, made: dict[str, bytes], leaves: Sequence[str] = ()) -> dict[str, bytes]:
    """What whoever holds the key makes of it: all proofs, the checkpoint, the manifest."""
    made = dict(made)
    signed(made, leaves or whole.leaves, whole.covered)
    return made


def said(whole: Sound, made: dict[str, bytes], leaves: Sequence[str] = ()) -> str:
    return str(verify.Pack(resigned(whole, made, leaves), KEYS, [whole.anchor]).bad)


def rows(whole: Sound, key: str, **given: Any) -> bytes:
    """The population with other values in the row of `key`."""
    some = [json.loads(line) for line in whole.pack["population.jsonl"].splitlines()]
    return b"".join(json.dumps(row | (given if row["key"] == key else {})).encode() + b"\n" for row in some)


def without(whole: Sound, *keys: str, **head: Any) -> dict[str, bytes]:
    """The pack without these changes, its cover fitting."""
    told = json.loads(whole.pack["pack.json"])
    told |= {name: [one for one in told[name] if one not in keys] for name in ("samples", "emergencies")} | head
    left = {
        name: body for name, body in whole.pack.items() if not name.startswith(tuple(f"changes/{k}/" for k in keys))
    }
    return left | {"pack.json": json.dumps(told).encode()}


def test_no_change_is_taken_from_population_or_sample_by_whoever_holds_the_key(whole: Sound) -> None:
    assert said(whole, whole.pack) == "[]"
    late, counted = "EC-2026-0004", json.loads(whole.pack["pack.json"])["population"]
    fewer = counted | {"emergency": counted["emergency"] - 1}
    drilled = without(whole, late, population=fewer) | {"population.jsonl": rows(whole, late, drill=True)}
    assert "not what was numbered" in said(whole, drilled)
    other = fewer | {"deploy": counted["deploy"] + 1}
    moved = without(whole, population=other) | {"population.jsonl": rows(whole, late, kind="deploy")}
    assert "not what was numbered" in said(whole, moved)
    found = without(whole, "FD-2026-0001", population={k: v for k, v in counted.items() if k != "finding"})
    assert "finding" in said(whole, found)
    by_seed = sorted((verify.digest(f"4711:EC-2026-000{n}".encode()), f"EC-2026-000{n}") for n in range(1, 5))
    assert "another size" in said(whole, without(whole, by_seed[-1][1]))
    assert "another size" in said(whole, without(whole, *(key for _, key in by_seed)))


@pytest.mark.parametrize("key", ["EC-2026-0002", "EC-2026-0004", "FD-2026-0001"])
def test_an_overdue_review_is_never_left_out(whole: Sound, key: str) -> None:
    name = f"changes/{key}/record.json"
    record = json.loads(whole.pack[name])
    kept = [code for code in record["exceptions"] if code != "review-overdue"]
    assert len(kept) == len(record["exceptions"]) - 1
    lie = json.dumps(record | {"exceptions": kept, "on_time": None}).encode()
    assert "says otherwise" in said(whole, whole.pack | {name: lie})


def test_whoever_took_part_is_in_the_record(whole: Sound) -> None:
    name = "changes/EC-2026-0001/record.json"
    lie = json.dumps(json.loads(whole.pack[name]) | {"parties": []}).encode()
    assert "who took part" in said(whole, whole.pack | {name: lie})


def test_logs_and_policies_are_those_of_the_record(whole: Sound) -> None:
    log = "changes/DR-2026-0001/logs/4711-1.zip"
    assert said(whole, whole.pack | {log: packs.ARCHIVE}) == "[]"
    assert f"{log}'" in said(whole, whole.pack | {log: b"another"})
    policy = next(name for name in whole.pack if name.startswith("policies/"))
    assert policy in said(whole, whole.pack | {policy: whole.pack[policy] + b"\n"})
    other = f"policies/{verify.digest(b'version = 3')}.toml"
    assert other in said(whole, whole.pack | {other: b"version = 3"})


def test_nothing_is_dated_back(whole: Sound) -> None:
    told = events(whole, "EC-2026-0002")
    late = told[-1] | {"at": "2026-11-16T20:00:00.000000+00:00"}
    assert verify.BACK in str(verify.Change([*told[:-1], late]).bad)
    near = told[-1] | {"at": (datetime.fromisoformat(told[-2]["at"]) - timedelta(minutes=4)).isoformat()}
    assert verify.Change([*told[:-1], near]).bad == []


@pytest.mark.parametrize("every", [False, True])
def test_what_an_anchor_covers_is_not_written_anew_behind_it(whole: Sound, every: bool) -> None:
    """Events from before the anchor, hashed again and listed after it, in their order; the old leaves stay."""
    made, new = dict(whole.pack), list[tuple[str, str, int, str]]()
    for name in [one for one in made if one.endswith("events.jsonl") and (every or "EC-2026-0001" in one)]:
        lines = [json.loads(line) for line in made[name].splitlines()]
        swapped, prev = dict[str, str](), verify.ZERO
        for row in lines:
            one = json.loads(b64decode(row["body"])) | {"prev": prev}
            one["data"]["more"] = 1
            body = json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            swapped[row["hash"]] = prev = verify.digest(body)
            row |= {"prev": one["prev"], "hash": prev, "body": b64encode(body).decode()}
        made[name] = b"".join(json.dumps(row).encode() + b"\n" for row in lines)
        bodies = [(json.loads(b64decode(row["body"])), row["hash"]) for row in lines]
        new += [
            (one["at"], one["subject"], one["seq"], hash_) for one, hash_ in bodies if one["kind"] != "sources_read"
        ]
        for other in (one for one in made if one.endswith((".json", "population.jsonl"))):
            for old, fresh in swapped.items():
                made[other] = made[other].replace(old.encode(), fresh.encode())
    leaves = [*whole.leaves[: whole.covered if every else None], *(hash_ for *_, hash_ in sorted(new))]
    place = {hash_: n for n, hash_ in enumerate(leaves)}
    for name in [one for one in made if one.endswith("proof.json")]:
        proof = json.loads(made[name])
        proof["events"] = [one | {"index": place[one["hash"]]} for one in proof["events"] if one["hash"] in place]
        made[name] = json.dumps(proof).encode()
    found = verify.Pack(resigned(whole, made, leaves), KEYS, [whole.anchor]).bad
    assert {one.what for one in found} == {verify.BACK}, found


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_zip_that_lies_about_its_size_takes_no_memory(packing: int, tmp_path: Path) -> None:
    file, out = tmp_path / "bomb.zip", io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as made:
        made.writestr("pack.json", bytes(64 << 20))
    raw = bytearray(out.getvalue())
    struct.pack_into("<I", raw, raw.rfind(b"PK\x01\x02") + 24, 16)
    file.write_bytes(raw)
    tracemalloc.start()
    try:
        assert verify.Pack(file, [], []).bad
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
