# fmt: off
"""Checks a pack of evidence alone: `python verify.py pack.zip --key VKEY-or-file --anchor FILE` (also a folder).

One file, no network. Events are chained by SHA-256; the log is RFC 6962's Merkle tree of their hashes, its checkpoints
are C2SP signed notes. What was decided is worked out again; pages, PDF and CSV have only to be as they were signed.
Exit 0 good, 1 tampered (says where), 2 usage, 3 incomplete (says what is open).
"""
import argparse, hashlib, json, re, sys, zipfile, zlib  # noqa: E401, I001
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
SYSTEM, ZERO = "system", "0" * 64  # the chain that tells which change was given which key; the hash before a first one
MOST, SALT, SKEW = 1 << 30, 32, timedelta(minutes=5)  # bytes of a pack, unpacked; of a salt; how much clocks differ
KINDS = {"DR-": "deploy", "EC-": "emergency", "FD-": "finding"}  # by the beginning of the key; other keys are practice
NOTE = (r"^((.+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n(?:at (.{26}\+00:00)\n)?(?:after ([0-9a-f]{64})\n)?)\n"
        r"((?:— [^ \n]+ [\w+/=]+\n)+)")
BROKEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, OSError, EOFError,
          zipfile.BadZipFile, zlib.error)
Event = Mapping[str, Any]
FIRST, LIVE = ("declared", "requested", "found"), ("deployed", "reported", "let_through")
SHUT, BACK = ("rejected", "withdrawn", "not_needed"), "says that it is earlier than what was there before it"
BOUND, VOICES = ("texts", "environment", "risk", "type", "sha"), ("approved", "rejected", "ratified", "objected")
class Bad(NamedTuple):
    """The first thing that is wrong with a subject. `seq` is the event, None when it is not about one."""
    subject: str
    seq: int | None
    what: str
    def __str__(self) -> str:
        return f"{self.subject}{'' if self.seq is None else f' event {self.seq}'}: {self.what}"
Key = NamedTuple("Key", [("text", str), ("name", str), ("id", bytes), ("public", bytes)])  # noqa: UP014
# The first `size` leaves have this root, say `signers`, keys of ours, `at` that moment, `after` a note of this digest.
Checkpoint = NamedTuple("Checkpoint", [("origin", str), ("size", int), ("root", bytes),  # noqa: UP014
                                       ("signers", tuple[Key, ...]), ("at", str | None), ("after", str | None)])
def leaf(data: bytes) -> bytes:
    """The hash of a leaf with this content."""
    return hashlib.sha256(b"\x00" + data).digest()
def node(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()
def included(index: int, size: int, hash_: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that `proof` leads to from the leaf hash at `index` of `size` (RFC 6962, 2.1.1); None: to none."""
    if not 0 <= index < size or len(proof) > 64 or size == 1 or not proof:
        return hash_ if (index, size, len(proof)) == (0, 1, 0) else None
    middle, right = (half := 1 << (size - 1).bit_length() - 1), index >= half
    below = included(index - middle * right, size - middle if right else middle, hash_, proof[:-1])
    return below and (node(proof[-1], below) if right else node(below, proof[-1]))
def extends(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree `new` (size, root) begins with the tree `old` (RFC 6962, 2.1.2)."""
    def roots(m: int, n: int, whole: bool, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
        if m == n or not path:
            one = old[1] if whole else path[0] if path else b""
            return (one, one) if m == n and len(path) == (not whole) else None
        middle, right = (half := 1 << (n - 1).bit_length() - 1), m > half
        below = roots(m - middle * right, n - middle if right else middle, whole and not right, path[:-1])
        first = below and (node(path[-1], below[0]) if right else below[0])
        return (first, node(path[-1], below[1]) if right else node(below[1], path[-1])) if below and first else None
    return 0 < old[0] <= new[0] and len(proof) <= 65 and roots(old[0], new[0], True, proof) == (old[1], new[1])
def key(vkey: str) -> Key:
    """Read a verifier key, `name+id+base64`. ValueError: it is none, or not of Ed25519."""
    name, _, rest = vkey.strip().partition("+")
    public = b64decode(rest.partition("+")[2], validate=True)
    if (made := key_of(name, public[1:])).text != vkey.strip() or len(public) != 33:
        raise ValueError("no file with a verifier key, and none itself: name+id+base64, as `key show` prints it")
    return made
def key_of(name: str, public: bytes) -> Key:
    """The verifier key with this name and these 32 bytes. ValueError: no such name can be."""
    if not name or "+" in name or not name.isprintable() or " " in name:
        raise ValueError("a key's name has no space and no +")
    ident, coded = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4], b64encode(b"\x01" + public).decode()
    return Key(f"{name}+{ident.hex()}+{coded}", name, ident, public)
def signed(key: Key, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is this key's over `text`."""
    with suppress(InvalidSignature):
        return Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text) is None
    return False
def checkpoint(note: str, keys: Iterable[Key] = (), proved: bool = False) -> Checkpoint:
    """Read a checkpoint, and who of `keys` signed it (`proved`: as it says). ValueError: none, or wrongly signed."""
    if not (got := re.fullmatch(NOTE, note)):
        raise ValueError("not a checkpoint")
    signers, known, body = [], {(one.name, one.id): one for one in keys}, got[1].encode()
    for name, coded in (line.split(" ")[1:] for line in got[7][:-1].split("\n")):
        raw = b64decode(coded, validate=True)
        if mine := known.get((name, raw[:4])):
            if mine in signers or not (proved or signed(mine, raw[4:], body)) or b64encode(raw).decode() != coded:
                raise ValueError(f"the signature of {name} is wrong, or there twice")
            signers.append(mine)
    return Checkpoint(got[2], int(got[3]), b64decode(got[4], validate=True), tuple(signers), moment(got[5]), got[6])
def notes(text: str) -> list[str]:
    """The checkpoints in a text, such as a file to which one after the other is appended, in their order."""
    return [found.group() for found in re.finditer(NOTE, text.replace("\r\n", "\n"), re.M)]
def rotation(old: str, new: str) -> bytes:
    """What both keys sign when the first hands over to the second; both are vkeys."""
    return f"countersign key rotation\n{old}\n{new}\n".encode()
def trusted(keys: Iterable[Key], rotated: Iterable[Mapping[str, Any]]) -> dict[str, Key]:
    """`keys` by their text, and every key that one of them handed over to or took over from, by both signatures."""
    known, pairs = {one.text: one for one in keys}, []
    for told in rotated:
        with suppress(ValueError):
            old, new = key(str(told.get("old"))), key(str(told.get("new")))
            by_old, by_new = (b64decode(str(told.get(name)), validate=True) for name in ("by_old", "by_new"))
            words = rotation(old.text, new.text)
            pairs += [(old, new)] if signed(old, by_old, words) and signed(new, by_new, words) else []
    for old, new in [*pairs, *reversed(pairs)]:
        known |= {old.text: old, new.text: new} if old.text in known or new.text in known else {}
    return known
def digest(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()
def commitment(salt: bytes, text: str) -> str:
    """The digest that stands for a text in the record: SHA-256 of the salt followed by its UTF-8 bytes."""
    return digest(salt + text.encode())
def text_is_wrong(name: str, salt: bytes, text: str | None, erased: Collection[str]) -> str | None:
    """What is wrong with the text under the digest `name`, if anything; any other salt might take in its beginning."""
    if text is None:
        return None if name in erased else "gone, and no event says that it was erased"
    wrong = "is not the text that was committed to" if (commitment(salt, text), len(salt)) != (name, SALT) else None
    return wrong or ("is back although it was erased" if name in erased else None)
def read(raw: bytes) -> Any:
    """The JSON in these bytes. ValueError: none, or no two readers would read the same, such as a name twice."""
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return made if len(made := dict(pairs)) == len(pairs) else json.loads("a name twice")
    return json.loads(raw.decode(), object_pairs_hook=once, parse_constant=json.loads)
def moment(text: str | None) -> Any:
    """The time in a text of the record, as the record writes times: such texts sort as the times do. None: none."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="microseconds") if text else None
def _earlier(at: str, before: str) -> bool:
    return at < before and datetime.fromisoformat(before) - datetime.fromisoformat(at) > SKEW
def _told(*some: tuple[Any, str]) -> list[str]:
    return [what for wrong, what in some if wrong]
class Change:
    """What the events of one change come to; `bad`: (event, what no policy allows). May raise BROKEN."""
    def __init__(self, told: Sequence[Event]) -> None:
        self.told, self.bad, self.parties, self.passed = told, list[tuple[int, str]](), set[str](), set[str]()
        self.is_: dict[str, Any] = {"texts": {}, "systems": [], "environment": "production", "risk": "high"}
        self.is_ |= {"sha": None, "repository": None, "live_since": None, "type": "code"}
        self.revision, self.voices, self.live = 1, list[Event](), dict[Any, list[Any]]()
        self.review, self.until, self.shut, before = dict[str, Any](), moment(None), False, ""
        self.decision = self.after = list[Any]([None, None])
        for n, e in enumerate(told):
            kind, d, now = e["kind"], e["data"], moment(e["at"])
            step = self._live if kind in LIVE else self._voice if kind in VOICES else self._else
            odd = _told(((kind in FIRST) != (n == 0), "is no beginning"), (_earlier(now, before), BACK))
            self.bad += ((e["seq"], what) for what in (*step(kind, e["person"] or "", d, now), *odd))
            before, self.shut = now, kind in SHUT or (self.shut and kind != "deployed")
    def _voice(self, kind: str, who: str, d: Any, now: Any) -> Iterator[str]:
        proof, first, at = d["evidence"], kind in ("approved", "rejected"), datetime.fromisoformat(now)
        ages = [abs(at - datetime.fromisoformat(proof[k]["as_of"])).total_seconds() for k in ("account", "roster")]
        yield from _told(
            (who in {"", *self.parties}, "is the voice of a party"),
            (any((v["who"], v["first"]) == (who, first) for v in self.voices), "is a second voice of the same person"),
            (d["revision"] != self.revision or (self.decision[0] and first), "is for what was changed or decided"),
            (who not in proof["roster"]["members"] or proof["roster"]["group"] != d["right"], "is of no member"),
            (max(ages) > proof["max_age"], "rests on a reading that is too old"))
        self.voices.append({**d, "who": who, "kind": kind, "first": first, "at": now})
        if self.is_["kind"] == "deploy" and kind == "approved":
            there, bound = {k: self.is_[k] or "" for k in BOUND}, proof["bound"]
            there |= {"systems": sorted(self.is_["systems"]), "revision": self.revision}
            there["repository"] = (self.is_["repository"] or "").lower()
            made = digest(json.dumps(bound, sort_keys=True, separators=(",", ":")).encode())
            given = [v["digest"] == made for v in self.voices if v["kind"] == kind]
            few = d.get("final") and len(given) < sum(n for _, n in bound["rule"]["approvers"])
            yield from _told(({k: bound[k] for k in there} != there, "approves something else than is asked for"),
                             (not all(given) or few, "is not bound to what it keeps, or decides with too few voices"))
        if first and (d.get("final") or kind == "rejected"):
            self.decision, self.until = [kind, now], moment(d.get("valid_until") or d.get("window_until"))
        self.after = [kind, now] if d.get("final") and not first else self.after
    def _live(self, kind: str, who: str, d: Any, now: Any) -> Iterator[str]:
        basis, decided, deploy = d["basis"], self.decision[0], self.is_["kind"] == "deploy"
        spot, inside = ("started", d.get("repository"), d.get("sha")), self.until and now < self.until
        fits = {"rollback": decided == "rollback", "approved": deploy and decided == "approved" and inside}
        fits |= {"emergency": not deploy and decided in ("approved", "proceeding") and inside}
        gate, other = kind == "let_through", deploy and d.get("sha") != self.is_["sha"]
        claimed = basis in (*fits, "proceeding") and basis not in {decided, *self.passed}
        yield from _told((gate and (not fits.get(basis) or other), f"is let through as {basis}, which it was not"),
                         (not gate and claimed, f"is live as {basis}, which it was not"))
        self.passed |= {basis} if gate else set()
        if not gate:
            again = d.get("external") in self.live or bool(kind == "reported" and self.live.pop(spot, None))
            self.live[d.get("external") or (now, d["at"])] = [moment(d["at"]), d["outcome"], basis]
            self.review = {} if not again and self.review.get("closed") else self.review
        elif not deploy:
            self.live[spot] = [now, "started", decided]
    def _else(self, kind: str, who: str, d: Any, now: Any) -> Iterator[str]:
        first = not self.parties
        yield from _told((kind in ("lifted", "reviewed") and who in self.parties, f"is {kind} by a party"))
        if first or kind in ("detailed", "edited", "read"):
            kept = ("sha", "systems", "environment", "risk", "type", "live_since")
            texts = {k: v for k, v in {**self.is_["texts"], **d.get("texts", {})}.items() if v is not None}
            self.is_ |= {k: v for k, v in d.items() if first or k in kept} | {"texts": texts}
            by = d.get("by", "") if kind == "found" else who
            self.parties |= {*([by] if first else []), d.get("implementer", by if first else None)} - {None}
            self.parties |= {one["person"] for one in d.get("parties", ())}
            self.is_ |= {"declared_at": now, "live_since": moment(self.is_["live_since"])} if first else {}
            self.decision = ["rollback", now] if first and d.get("rollback") else self.decision
        elif kind == "took_back":
            self.voices, self.decision, self.review = [v for v in self.voices if v["who"] != who], [None, None], {}
        elif kind in ("proceeding", "extended"):
            self.until = moment(d.get("until") or d.get("window_until"))
            self.decision = [kind, now] if kind == "proceeding" else self.decision
        elif kind == "review_owed":
            self.review = {} if self.review.get("closed") else self.review
            self.review |= {name: moment(d[name]) for name in ("due", "deadline")}
        self.review |= {"closed": now, "by": who} if kind == "reviewed" else {}
        if kind in ("voided", "asked_again") or (d.get("voids") and not first):
            self.review = self.review if self.live or self.decision[0] == "proceeding" else {}
            gone = self.decision[0] == "approved" or self.is_["kind"] == "deploy"
            self.after = self.after if self.after[0] == "objected" else [None, None]
            self.revision, self.voices, self.decision = self.revision + 1, [], [None, None] if gone else self.decision
    def record(self, names: Mapping[Any, Any], texts: Mapping[str, Any], codes: Sequence[str], now: str) -> Event:
        """What the record of `now` has to say of it, given its names of people and `codes`, the exceptions it tells."""
        kind, at = self.decision if self.decision[0] in ("approved", "rejected") else self.after
        live, done, due = list(self.live.values()), self.review.get("closed"), self.review.get("due", "")
        first = min([one for one in (*(one[0] for one in live), self.is_["live_since"]) if one], default=None)
        before, bases = (kind == "approved" and at <= first) if first else None, {one[2] for one in live}
        void = "approved" in bases and self.decision[0] != "approved" and self.is_["kind"] == "emergency"
        unsure = self.shut or self.is_["kind"] == "deploy"  # then it is not told here whether a review is still owed
        over = "review-overdue" in codes if unsure else bool(due and not done and now > due)
        must = {
            "without-approval": "proceeding" in (*bases, self.decision[0]) or void,
            "deployed-before-decision": "undeclared" in bases or (kind == "approved" and before is False),
            **{f"deployed-although-{basis}": basis in bases for basis in ("rejected", "withdrawn")},
            "deployed-around-the-gate": self.is_["kind"] == "deploy" and "none" in bases, "review-overdue": over,
            "objected-afterwards": self.after[0] == "objected", "review-late": bool(done) and done > due,
        }
        known, named = self.is_["texts"], ("key", "kind", "type", "environment", "risk", "systems", "declared_at")
        fields = {"title": "title", "justification": "why", "plan": "plan", "rollback": "rollback", "tests": "tests"}
        given = {name: texts[known[field]]["body"] if field in known else None for name, field in fields.items()}
        voices = [v for v in self.voices if v["kind"] == "approved"]
        return {
            **given, **{k: self.is_[k] for k in named}, "on_time": done <= due if done else False if over else None,
            "decision": kind or "none", "decided_at": at, "deployments": live, "approved_before_deploy": before,
            "approvals": [[names[v["who"]], v["at"], v["revision"], v["right"]] for v in voices],
            "reviewed_at": done, "reviewer": names[self.review["by"]] if done else None,
            "deadlines": {k: self.review[k] for k in ("due", "deadline") if due},
            "exceptions": [*(k for k in codes if must.get(k, True)), *(k for k in must if must[k] and k not in codes)],
            "events": [[e["seq"], moment(e["at"]), e["kind"], e["hash"],
                        f"operator {e['operator']}" if e["operator"] else names[e["person"]]] for e in self.told],
        }
class Pack:
    """A pack held against the auditor's own keys and anchors: what is `bad`, and what is `open`: not proved by it."""
    def __init__(self, pack: Path | Mapping[str, bytes], keys: Sequence[Key], anchors: Sequence[str]) -> None:
        self.bad, self.open, self.size, self.root = list[Bad](), list[str](), 0, b""
        self.places, self.sums, latest, where = list[tuple[int, str, str]](), dict[str, str](), "", "pack"
        try:
            self.files = unpacked(pack) if isinstance(pack, Path) else pack
            self._manifest()
            self.head, self.system = read(self.files["pack.json"]), self._chain(SYSTEM, SYSTEM)
            self._log(trusted(keys, [e["data"] for e in self.system if e["kind"] == "key_rotated"]).values(), anchors)
            self._proofs(SYSTEM, self.system)
            for where, row in self._population():
                self._change(where, row)
            for _, at, where in sorted(self.places):
                self._if(_earlier(at, latest := max(at, latest)), where, BACK)
            self.bad += (Bad(name, None, "is not what the record has") for name, body in self.files.items()
                         if re.match("policies/|changes/[^/]+/logs/", name) and self.sums.get(name) != digest(body))
        except BROKEN as fault:
            self._if(True, where, f"cannot be read: {type(fault).__name__} {fault}")
    def _if(self, wrong: Any, subject: str, what: str) -> None:
        self.bad += [Bad(subject, None, what)] if wrong else []
    def _manifest(self) -> None:
        lines = [line.partition("  ") for line in self.files["MANIFEST.sha256"].decode().splitlines()]
        there = sorted(self.files.keys() - {"MANIFEST.sha256", "MANIFEST.note"})
        self._if(sorted(name for *_, name in lines) != there, "MANIFEST.sha256", "lists other files than there are")
        self.bad += (Bad(n, None, "is not as listed") for h, _, n in lines if digest(self.files.get(n, b"")) != h)
    def _chain(self, folder: str, subject: str) -> list[dict[str, Any]]:
        told, before = list[dict[str, Any]](), ZERO
        for n, line in enumerate(self.files[f"{folder}/events.jsonl"].splitlines(), 1):
            body = b64decode((row := read(line))["body"], validate=True)
            e, hash_ = read(body), digest(body)
            self._if(row["hash"] != hash_, f"{folder} event {n}", "the bytes do not give the hash")
            linked = (row["seq"], row["prev"], e["subject"], e["seq"], e["prev"]) == (n, before, subject, n, before)
            self._if(not linked, f"{folder} event {n}", "does not go on from the one before")
            told.append({**e, "hash": (before := hash_)})
        return told
    def _log(self, keys: Collection[Key], anchors: Sequence[str]) -> None:
        said, grown = self.head["checkpoint"], list[str]()
        self.open += _told((not keys, "no --key: it is not shown who signed the checkpoint"),
                           (not anchors, "no --anchor: it is not shown that the history was the same before"),
                           (not said, "no checkpoint: it is not shown that the events are in the log"),
                           ("MANIFEST.note" not in self.files, "no MANIFEST.note: is it the pack that was made?"))
        if not said:
            return self._if(anchors, "log", "the pack has no checkpoint, and you hold one")
        self.size, self.root = (last := checkpoint(self.files[said["file"]].decode(), keys)).size, last.root
        other = (last.size, last.root.hex(), last.origin) != (said["size"], said["root"], self.head["origin"])
        self._if(other or (keys and not last.signers), "checkpoint", "is not that of pack.json, or of no key of yours")
        if "MANIFEST.note" in self.files:
            made, raw = checkpoint(self.files["MANIFEST.note"].decode(), keys), self.files["MANIFEST.sha256"]
            other = (made.origin, made.size, made.root.hex()) != (f"{last.origin} pack", raw.count(b"\n"), digest(raw))
            other |= self.files["MANIFEST.note"].count(b"\n") != 5  # one signature: no byte of the pack is free
            self._if(other or (keys and not made.signers), "MANIFEST.note", "is of another pack, or of no key of yours")
        proofs = {one["from"]: one["proof"] for one in read(self.files["checkpoints/consistency.json"])["proofs"]}
        for mine in (checkpoint(text, keys) for text in anchors):
            self._if(mine.origin != last.origin or (keys and not mine.signers), "anchor", "is of another log or key")
            if mine.size == last.size or mine.size in proofs:
                path, grown = [bytes.fromhex(one) for one in proofs.get(mine.size, ())], [*anchors]
                self.places += [(mine.size - 1, mine.at, f"anchor {mine.size}")] if mine.at else []
                other = not extends((mine.size, mine.root), (last.size, last.root), path)
                self._if(other, f"anchor {mine.size}", "the history before it was rewritten")
        self.open += _told((anchors and not grown, "the pack goes back to no anchor of yours: make it with --anchor"))
    def _proofs(self, folder: str, told: Sequence[Event], every: bool = False) -> None:
        last, proofs = 0, read(self.files[f"{folder}/proof.json"])["events"]
        self._if(every and [one["seq"] for one in proofs] != [e["seq"] for e in told], folder, "an event has no place")
        for one in proofs if self.size else ():
            e, path = told[one["seq"] - 1], [bytes.fromhex(step) for step in one["proof"]]
            if one["index"] is not None:
                leads = included(one["index"], self.size, leaf(bytes.fromhex(e["hash"])), path) == self.root
                self._if(one["seq"] < 1 or not leads, f"{folder} event {e['seq']}", "is not there in the log")
                self._if(last != one["seq"] - 1 and every, f"{folder} event {e['seq']}", "is in the log before another")
                last = one["seq"]
                self.places.append((one["index"], moment(e["at"]), f"{folder} event {last}"))
        self.open += _told((len(told) > last, f"{folder}: {len(told) - last} events are younger than the checkpoint"))
    def _population(self) -> list[tuple[str, Event]]:
        rows, head = [read(line) for line in self.files["population.jsonl"].splitlines()], self.head
        since, until = (moment(head["period"][one]) for one in ("since", "until"))
        told = [(e["data"], moment(e["at"])) for e in self.system if e["kind"] == "numbered"]
        here = [(row["key"], row["subject"], moment(row["declared_at"]), row["drill"] or row["kind"]) for row in rows]
        there = [(d["key"], d["subject"], at, KINDS.get(d["key"][:3], True)) for d, at in told if since <= at < until]
        self._if(sorted(here) != sorted(there), "population", "is not what was numbered")
        self.sums |= {f"policies/{(d := e['data']['digest'])}.toml": d for e in self.system if e["kind"] == "policy"}
        drawn = sorted({name.split("/")[1] for name in self.files if name.startswith("changes/")})
        named, some = [*head["samples"], *head["emergencies"], *head["practised"]], (list[str](), list[str]())
        self._if(sorted(named) != drawn, "pack.json", "names other changes than there are")
        for kind in KINDS.values():
            keys = [row["key"] for row in rows if row["kind"] == kind and not row["drill"]]
            first = sorted(keys, key=lambda one: digest(f"{head['seed']}:{one}".encode()))[: len({*keys} & {*drawn})]
            other = len(keys) != head["population"][kind] or (head["seed"] and not {*first} <= {*drawn})
            self._if(other, kind, "is counted or drawn otherwise")
            some[kind == "emergency"].extend(keys if kind in (head["filters"]["kinds"] or KINDS.values()) else [])
        few = head["seed"] and any(len({*one} & {*drawn}) != min(head["size"], len(one)) for one in some)
        self._if(few, "sample", "has another size than was asked for")
        return [(row["key"], row) for row in rows if row["key"] in drawn]
    def _change(self, name: str, row: Event) -> None:
        folder = f"changes/{name}"
        told, record = self._chain(folder, row["subject"]), read(self.files[f"{folder}/record.json"])
        self._if((len(told), told[-1]["hash"]) != (row["events"], row["head"]), name, "ends otherwise there")
        self._proofs(folder, told, True)
        change, raw = Change(told), json.dumps(told)
        self.bad += (Bad(name, seq, what) for seq, what in change.bad)
        gone = {e["data"]["digest"] for e in [*self.system, *told] if e["kind"] == "erased"}
        texts = {one["digest"]: one for one in map(read, self.files[f"{folder}/texts.jsonl"].splitlines())}
        for hash_, one in texts.items():
            what = text_is_wrong(hash_, b64decode(one["salt"] or "", validate=True), one["body"], gone)
            self._if(what or hash_ not in raw, name, f"text {hash_[:12]} {what or 'is of no event'}")
        both = zip(told, record["events"], strict=True)
        names = dict(people := [(e["person"], one["person"]) for e, one in both if not e["operator"]])
        want = change.record({"": None, **names}, texts, record["exceptions"], moment(self.head["made_at"]))
        by = told[0]["person"] if told[0]["kind"] != "found" else None
        want = {**want, "requester": names[by]} if by and by in names else want
        of = {"approvals": "person at revision right", "deployments": "at outcome basis",
              "events": "seq at kind hash person"}
        said = record | {k: [[one[f] for f in fields.split()] for one in record[k]] for k, fields in of.items()}
        self._if(len(set(people)) > len(names), name, "its record has two names for one person")
        other = [k for k in want if [said[k], type(said[k])] != [want[k], type(want[k])]]
        self._if(other, name, f"its record says otherwise: {other}")
        lost = {(*said["events"][e["seq"] - 1][1::3], e["data"]["kind"]) for e in told if e["kind"] == "erased"}
        self._if(lost != {(o["at"], o["by"], o["kind"]) for o in record["erased"]}, name, "says otherwise: erased")
        parts = [part.get("known_as", ()) for e in told for part in (e["data"], e["data"].get("evidence", {}))]
        mails = {(one["person"], texts[one["email"]]["body"]) for part in parts for one in part if one["email"]}
        logs = [e["data"] for e in told if e["kind"] == "logs_kept"]
        self.sums |= {f"{folder}/logs/{one['run']}-{one['attempt']}.zip": one["sha256"] for one in logs}
        left = {names[one] for one in change.parties & names.keys()} - {one["person"] for one in record["parties"]}
        self._if(left, name, f"its record leaves out who took part: {sorted(left)}")
        moved = {e["data"]["person"] for e in self.system if e["kind"] == "address"}
        for who in names.keys() & {who for who, _ in mails} - moved:
            self._if(mails.isdisjoint({(who, names[who]), (who, None)}), name, f"{names[who]} is somebody else")
def unpacked(path: Path) -> dict[str, bytes]:
    """The files of a pack (zip or folder) by name. ValueError: odd names or packing, one twice, a link, too much."""
    pack = None if path.is_dir() else zipfile.ZipFile(path)
    inside = [] if pack else [one for one in path.rglob("*") if one.is_symlink() or not one.is_dir()]
    sizes = [(o.filename if o.compress_type in (0, 8) else "", o.file_size) for o in pack.infolist()] if pack else []
    sizes += [("" if o.is_symlink() else o.relative_to(path).as_posix(), o.lstat().st_size) for o in inside]
    odd = [name for name, _ in sizes if not re.fullmatch(r"(?!(.*/)?\.)[\w.-]+(/[\w.-]+)*", name, re.ASCII)]
    if odd or len({name.lower() for name, _ in sizes}) != len(sizes) or sum(size for _, size in sizes) > MOST:
        raise ValueError(f"odd names, names twice, links {odd[:1]}, or more than {MOST} bytes")
    return {name: pack.open(name).read(size) if pack else (path / name).read_bytes() for name, size in sizes}
def main(words: Sequence[str] | None = None) -> int:
    """Check a pack from the command line; returns the exit code."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    usage = argparse.ArgumentParser(description="Check a pack of evidence.")
    usage.add_argument("pack", type=Path, help="a zip, or the folder with what was in it")
    usage.add_argument("--key", action="append", default=[], help="your own verifier key, or a file with it")
    usage.add_argument("--anchor", action="append", default=[], type=Path, help="a file with checkpoints of your own")
    given = usage.parse_args(words)
    try:
        keys = [key(Path(one).read_text() if Path(one).is_file() else one) for one in given.key]
        anchors = [note for one in given.anchor for note in notes(one.read_text(encoding="utf-8")) or [str(one)]]
        _ = given.pack.stat(), [checkpoint(one) for one in anchors]
    except (OSError, ValueError) as fault:
        usage.error(str(fault))
    found = Pack(given.pack, keys, anchors)
    print(*dict.fromkeys([*found.bad, *found.open]), sep="\n", end="\n" if found.bad or found.open else "")
    print("NOT as recorded." if found.bad else "Incomplete: not all is shown." if found.open else "As recorded.")
    return 1 if found.bad else 3 if found.open else 0
if __name__ == "__main__":
    sys.exit(main())
