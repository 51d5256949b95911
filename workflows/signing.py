"""The key that signs checkpoints, in memory: PEM (PKCS 8) or the private form of C2SP signed notes; Ed25519. Pure."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from workflows.verify import Key, digest, key_of, rotation

_PRIVATE = "PRIVATE+KEY+"


class KeyMistake(Exception):
    """This is no key to sign with; the message says why, and never what it holds."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs under a name; `public` is what others verify with."""

    public: Key
    _private: Ed25519PrivateKey

    def sign(self, text: bytes) -> bytes:
        """The 64 bytes of the signature over `text`."""
        return self._private.sign(text)

    def note(self, text: str) -> str:
        """`text`, which ends with a line break, as a signed note."""
        coded = b64encode(self.public.id + self.sign(text.encode())).decode()
        return f"{text}\n— {self.public.name} {coded}\n"

    def checkpoint(self, size: int, root: bytes, at: str = "", after: str = "") -> str:
        """The signed checkpoint of the log of this name: its first `size` leaves have this root, and had it `at` (UTC).

        By the time, an extension line, whoever holds it knows that what happened before has its place among these; by
        `after`, the note of the checkpoint before it, that this one and all before it are as they were signed.
        """
        when = (f"at {at}\n" if at else "") + (f"after {digest(after.encode())}\n" if after else "")
        return self.note(f"{self.public.name}\n{size}\n{b64encode(root).decode()}\n{when}")

    def manifest(self, listed: bytes) -> str:
        """The signed note of a pack whose manifest is `listed`; no log has such a name, so it is no checkpoint."""
        lines, coded = listed.count(b"\n"), b64encode(sha256(listed).digest()).decode()
        return self.note(f"{self.public.name} pack\n{lines}\n{coded}\n")

    def hands_over_to(self, new: "Signer") -> dict[str, str]:
        """What the event of a rotation says: both keys, and both signatures that one follows the other."""
        words = rotation(self.public.text, new.public.text)
        signs = {"by_old": self.sign(words), "by_new": new.sign(words)}
        told = {name: b64encode(sign).decode() for name, sign in signs.items()}
        return {"old": self.public.text, "new": new.public.text, **told}


def read(text: str, name: str) -> Signer:
    """The key in `text`; `name` is that of the log, which a PEM file doesn't say. Raises KeyMistake."""
    given = text.strip()
    if given.startswith(_PRIVATE):
        return _of_note(given, name)
    try:
        private = load_pem_private_key(given.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyMistake("is no private key: PEM (PKCS 8, Ed25519, no password), or as `key new` makes it") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyMistake("is a key of another kind; Ed25519 is needed")
    return _signer(private, name or "countersign")


def _of_note(given: str, name: str) -> Signer:
    own, _, rest = given.removeprefix(_PRIVATE).partition("+")
    ident, _, coded = rest.partition("+")
    try:
        seed = b64decode(coded, validate=True)
        made = _signer(Ed25519PrivateKey.from_private_bytes(seed[1:]), own)
    except ValueError:
        raise KeyMistake("is no private key of a signed note") from None
    if seed[:1] != b"\x01" or made.public.id.hex() != ident:
        raise KeyMistake("is no Ed25519 key of a signed note, or its id is another's")
    if name and own != name:
        raise KeyMistake(f"is the key of {own}, and the policy's [audit] origin is {name}")
    return made


def generate(seed: bytes, name: str) -> tuple[Signer, str]:
    """The key of these 32 random bytes, and the text of its file."""
    made = _signer(Ed25519PrivateKey.from_private_bytes(seed), name)
    coded = b64encode(b"\x01" + seed).decode()
    return made, f"{_PRIVATE}{name}+{made.public.id.hex()}+{coded}\n"


def _signer(private: Ed25519PrivateKey, name: str) -> Signer:
    try:
        return Signer(key_of(name, private.public_key().public_bytes_raw()), private)
    except ValueError as fault:
        raise KeyMistake(f"can't be used: {fault}") from None
