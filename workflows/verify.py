"""Checks a record: every chain of events, what is said of its end, the texts beside it, the numbers of keys, the log.

One file, standard library and `cryptography` only, so that an auditor can read all of it and run it alone. It trusts
the stored bytes, the auditor's own key and anchors, and nothing else: a hash is recomputed, a column is compared with
the bytes it repeats. The log is the Merkle tree of RFC 6962 over the hashes of events, its checkpoints are C2SP signed
notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) signed with Ed25519.
"""

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SYSTEM = "system"  # the subject of the chain that also tells which change was given which key
ZERO = "0" * 64  # what the first event of a subject gives as the hash before it


class Stored(NamedTuple):
    """One row of `events`; `at` is the fixed-width text, `body` the exact bytes that were hashed."""

    subject: str
    seq: int
    prev: str
    hash: str
    at: str
    kind: str
    person: str | None
    operator: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Bad:
    """The first thing that is wrong with a subject. `seq` is the event, None when it is not about one."""

    subject: str
    seq: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.subject}{'' if self.seq is None else f' event {self.seq}'}: {self.what}"


class Key(NamedTuple):
    """A verifier key: `text` is the C2SP vkey, `id` the four bytes that name it in a signature."""

    text: str
    name: str
    id: bytes
    public: bytes


class Checkpoint(NamedTuple):
    """The first `size` leaves of the log named `origin` have this root; `signers`: which of our keys said so."""

    origin: str
    size: int
    root: bytes
    signers: tuple[Key, ...] = ()


@dataclass(slots=True)
class Walk:
    """The state of a walk through events in order of (subject, seq)."""

    subjects: int = 0
    events: int = 0
    bad: dict[str, Bad] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    numbered: list[tuple[str, str]] = field(default_factory=list)  # (key, subject), as they were given out
    rotated: list[Mapping[str, Any]] = field(default_factory=list)  # what the events of new signing keys say


@dataclass(slots=True)
class Tree:
    """The right edge of a Merkle tree (RFC 6962, 2.1): `size` leaves, the roots of its whole subtrees, widest first."""

    size: int = 0
    edge: list[bytes] = field(default_factory=list)

    def add(self, data: bytes) -> None:
        """Append a leaf with this content."""
        new, n, edge, sha256 = leaf(data), self.size, self.edge, hashlib.sha256
        while n & 1:
            new, n = sha256(b"\x01" + edge.pop() + new).digest(), n >> 1  # as `node`, which a million calls would slow
        edge.append(new)
        self.size += 1

    def root(self) -> bytes:
        """The root of the leaves so far."""
        if not self.edge:
            return hashlib.sha256().digest()
        whole = self.edge[-1]
        for left in self.edge[-2::-1]:
            whole = node(left, whole)
        return whole


def leaf(data: bytes) -> bytes:
    """The hash of a leaf with this content."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(index: int, size: int, hash_: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that `proof` leads to from the leaf hash at `index` of `size` (RFC 9162, 2.1.3.2); None: to none."""
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, hash_
    for step in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node(step, root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = node(root, step)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def extends(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree `new` (size, root) begins with the tree `old` (RFC 9162, 2.1.4.2)."""
    (before, old_root), (after, new_root) = old, new
    if not 0 < before < after:
        return before == after and old_root == new_root and not proof
    path = [old_root, *proof] if before & (before - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = before - 1, after - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    one = two = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            one, two = node(step, one), node(step, two)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            two = node(two, step)
        at, last = at >> 1, last >> 1
    return (one, two, last) == (old_root, new_root, 0)


def key(vkey: str) -> Key:
    """Read a verifier key, `name+id+base64`. ValueError: it is none, or not of Ed25519."""
    name, _, rest = vkey.strip().partition("+")
    ident, _, coded = rest.partition("+")
    public = b64decode(coded, validate=True)
    made = key_of(name, public[1:])
    if public[:1] != b"\x01" or len(public) != 33 or made.id.hex() != ident or made.text != vkey.strip():
        raise ValueError("not a verifier key: name+id+base64, as `key show` prints it")
    return made


def key_of(name: str, public: bytes) -> Key:
    """The verifier key with this name and these 32 bytes. ValueError: no such name can be."""
    if not name or "+" in name or not name.isprintable() or " " in name:
        raise ValueError("a key's name has no space and no +")
    ident = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    coded = b64encode(b"\x01" + public).decode()
    return Key(f"{name}+{ident.hex()}+{coded}", name, ident, public)


def signed(key: Key, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is this key's over `text`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def checkpoint(note: str, keys: Iterable[Key] = ()) -> Checkpoint:
    """Read a checkpoint with those of `keys` that signed it. ValueError: not one, or a signature of theirs is wrong."""
    text, gap, lines = note.rpartition("\n\n")
    head = text.split("\n")
    if not gap or len(head) < 3 or not head[0] or not head[1].isdecimal() or head[1] != str(int(head[1])):
        raise ValueError("not a checkpoint")
    root, signers = b64decode(head[2], validate=True), []
    if len(root) != 32 or not lines.endswith("\n"):
        raise ValueError("not a checkpoint")
    known = {(one.name, one.id): one for one in keys}
    for line in lines[:-1].split("\n"):
        dash, name, coded = (*line.split(" "), "", "")[:3]
        raw = b64decode(coded, validate=True)
        if dash != "—" or len(raw) < 5:
            raise ValueError("not a signed note")
        mine = known.get((name, raw[:4]))
        if mine and not signed(mine, raw[4:], f"{text}\n".encode()):
            raise ValueError(f"the signature of {name} is wrong")
        signers += [mine] if mine else []
    return Checkpoint(head[0], int(head[1]), root, tuple(signers))


def notes(text: str) -> list[str]:
    """The checkpoints in a text, such as a file to which one after the other is appended, in their order."""
    return re.findall(r"^[^\n]+\n[0-9]+\n[A-Za-z0-9+/]{43}=\n\n(?:— [^\n]+\n)+", text.replace("\r\n", "\n"), re.M)


def rotation(old: str, new: str) -> bytes:
    """What both keys sign when the first hands over to the second; both are vkeys."""
    return f"countersign key rotation\n{old}\n{new}\n".encode()


def trusted(keys: Iterable[Key], rotated: Iterable[Mapping[str, Any]]) -> dict[str, Key]:
    """`keys` by their text, and every key that one of them handed over to or took over from, by both signatures."""
    known = {one.text: one for one in keys}
    pairs = []
    for told in rotated:
        try:
            old, new = key(str(told.get("old"))), key(str(told.get("new")))
            words = rotation(old.text, new.text)
            signs = [b64decode(str(told.get(name)), validate=True) for name in ("by_old", "by_new")]
        except ValueError:
            continue
        if signed(old, signs[0], words) and signed(new, signs[1], words):
            pairs.append((old, new))
    for old, new in [*pairs, *reversed(pairs)]:
        if old.text in known or new.text in known:
            known |= {old.text: old, new.text: new}
    return known


def digest(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def commitment(salt: bytes, text: str) -> str:
    """The digest that stands for a text in the record: SHA-256 of the salt followed by its UTF-8 bytes."""
    return digest(salt + text.encode())


def chains(rows: Iterable[Stored], ends: Mapping[str, tuple[int, str]]) -> Walk:
    """Walk `rows`, which come in order of (subject, seq); `ends` is the claimed (version, head) by subject.

    Finds any event edited, deleted, inserted or moved, and any end that does not equal the last event.
    """
    walk, left = Walk(), dict(ends)
    here, last_seq, last_hash, quoted, sha256 = None, 0, ZERO, False, hashlib.sha256
    for row in rows:
        subject, seq, prev, head, at, kind, person, operator, body = row
        if subject != here:
            _end(walk, left, here, last_seq, last_hash)
            here, last_seq, last_hash, quoted = subject, 0, ZERO, '"' in subject
            walk.subjects += 1
        walk.events += 1
        who = "null" if person is None else f'"{person}"'
        said = "null" if operator is None else json.dumps(operator, ensure_ascii=False)
        # Canonical JSON puts the names in this order, so that columns are compared without reading the JSON.
        begin = f'{{"at":"{at}","data":{{'
        end = (
            f',"kind":"{kind}","operator":{said},"person":{who},"prev":"{prev}","seq":{seq},"subject":"{subject}","v":1'
        )
        if not (
            seq == last_seq + 1
            and prev == last_hash
            and sha256(body).hexdigest() == head
            and body.startswith(begin.encode())
            and body.endswith(f"{end}}}".encode())
            and len(at) == 32
            and not (quoted or '"' in kind or '"' in who[1:-1])
        ) and (subject not in walk.bad):
            what = _wrong(Stored(*row), last_seq + 1, last_hash)
            if what:
                walk.bad[subject] = Bad(subject, min(seq, last_seq + 1) if seq > last_seq else seq, what)
        if kind in _HEARD and subject not in walk.bad:
            what = _heard(walk, subject, kind, body)
            if what:
                walk.bad[subject] = Bad(subject, seq, what)
        last_seq, last_hash = seq, head
    _end(walk, left, here, last_seq, last_hash)
    for gone, (version, _) in left.items():
        walk.bad[gone] = Bad(gone, 1, f"no event is left of {version}")
    return walk


def _end(walk: Walk, left: dict[str, tuple[int, str]], subject: str | None, seq: int, head: str) -> None:
    if subject is None:
        return
    end = left.pop(subject, None)
    if subject in walk.bad:
        return
    if end is None:
        walk.bad[subject] = Bad(subject, 1, "events of a subject that does not exist")
    elif end[0] > seq:
        walk.bad[subject] = Bad(subject, seq + 1, f"missing: the record says version {end[0]}")
    elif end[0] < seq:
        walk.bad[subject] = Bad(subject, end[0] + 1, f"after the end: the record says version {end[0]}")
    elif end[1] != head:
        walk.bad[subject] = Bad(subject, seq, "is not the head that the record names")


def _wrong(row: Stored, seq: int, prev: str) -> str | None:
    if row.seq > seq:
        return f"missing: event {row.seq} follows"
    if row.seq < seq:
        return "out of sequence"
    if digest(row.body) != row.hash:
        return "the bytes do not give the hash"
    if row.prev != prev:
        return "the previous hash does not match"
    try:
        told = json.loads(row.body)
    except ValueError:
        return "the bytes are not JSON"
    if not isinstance(told, dict) or not isinstance(told.get("data"), dict):
        return "the bytes are not an event"
    for name in ("subject", "seq", "prev", "at", "kind", "person", "operator"):
        if name not in told or told[name] != getattr(row, name):
            return f"the column {name} differs from the bytes"
    return None


_HEARD = frozenset({"erased", "numbered", "key_rotated"})


def _heard(walk: Walk, subject: str, kind: str, body: bytes) -> str | None:
    """Keep what events say that is compared with tables."""
    try:
        data = json.loads(body)["data"]
    except ValueError:
        return "the bytes are not JSON"
    if kind == "erased":
        walk.erased.add(str(data.get("digest")))
    elif subject == SYSTEM and kind == "numbered":
        walk.numbered.append((str(data.get("key")), str(data.get("subject"))))
    elif subject == SYSTEM:
        walk.rotated.append(data)
    return None


def text_is_wrong(name: str, salt: bytes, text: str | None, erased: Collection[str]) -> str | None:
    """Return what is wrong with one text under its digest `name`; None: it is as committed to."""
    if text is None:
        return None if name in erased else "gone, and no event says that it was erased"
    if commitment(salt, text) != name:
        return "is not the text that was committed to"
    return "is back although an event says that it was erased" if name in erased else None


def numbers_missing(numbers: Iterable[int], last: int) -> list[int]:
    """Return the numbers of 1..`last` that no key has, and those beyond it, sorted."""
    return sorted(set(range(1, last + 1)) ^ set(numbers))


def numbers_differ(numbered: Iterable[tuple[str, str]], keys: Mapping[str, str]) -> Iterator[Bad]:
    """Hold the keys as they were given out, in order, against the changes that are there (key → id)."""
    given: dict[str, str] = {}
    for one, subject in numbered:
        if one in given:
            yield Bad(one, None, "was given out twice")
        given[one] = subject
    for one in sorted(given.keys() | keys.keys()):
        if one not in keys:
            yield Bad(one, None, "was given out, and no change has it")
        elif one not in given:
            yield Bad(one, None, "no event says that it was given out")
        elif keys[one] != given[one]:
            yield Bad(one, None, "is not the change that it was given to")
