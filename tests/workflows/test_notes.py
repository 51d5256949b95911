"""Signed notes and keys: the vectors of the format's own description, and nothing else passes."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.build import T0
from workflows import signing, verify
from workflows.moments import moment_text
from workflows.signing import KeyMistake

# The example of golang.org/x/mod/sumdb/note.
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
MINE, FILE = signing.generate(bytes(range(32)), "record.example.com")
ROOT = bytes(range(32, 64))
CHECKPOINT = MINE.checkpoint(42, ROOT)


def test_a_note_is_signed_as_the_format_says() -> None:
    signer = signing.read(SECRET, "")
    assert signer.public == verify.key(PUBLIC)
    assert signer.note(NOTE.split("\n\n")[0] + "\n") == NOTE


def test_a_checkpoint_is_read_with_who_signed_it() -> None:
    text = f"record.example.com\n42\n{b64encode(ROOT).decode()}\n\n— record.example.com "
    assert CHECKPOINT.startswith(text)
    said = verify.checkpoint(CHECKPOINT, [verify.key(PUBLIC), MINE.public])
    assert said == ("record.example.com", 42, ROOT, (MINE.public,), None, None)
    assert verify.checkpoint(CHECKPOINT, [verify.key(PUBLIC)]).signers == ()


def test_a_checkpoint_may_say_when() -> None:
    text = CHECKPOINT.partition("\n\n")[0]
    assert verify.checkpoint(MINE.checkpoint(42, ROOT, moment_text(T0))).at == moment_text(T0)
    for odd in ("2026-13-16T02:00:00.000000+00:00", "0001-01-01T00:00:00.000000+23:59", "yesterday", ""):
        with pytest.raises(ValueError):
            verify.checkpoint(MINE.note(f"{text}\nat {odd}\n"))


@given(st.integers(0, len(CHECKPOINT) - 1), st.characters(codec="ascii"))
def test_no_single_character_of_a_checkpoint_can_be_another(at: int, other: str) -> None:
    forged = CHECKPOINT[:at] + other + CHECKPOINT[at + 1 :]
    if forged == CHECKPOINT:
        return
    try:
        said = verify.checkpoint(forged, [MINE.public])
    except ValueError:
        return
    assert said.signers == ()  # the name or the id in the signature line is another's now


@given(st.integers(0, len(CHECKPOINT) - 1))
def test_a_checkpoint_that_is_cut_is_none(at: int) -> None:
    with pytest.raises(ValueError):
        verify.checkpoint(CHECKPOINT[:at], [MINE.public])


@pytest.mark.parametrize("size", ["042", "-1", "٤٢", "", "4 2"])
def test_a_size_is_written_in_one_way(size: str) -> None:
    with pytest.raises(ValueError):
        verify.checkpoint(MINE.note(f"a\n{size}\n{b64encode(ROOT).decode()}\n"), [MINE.public])


@given(st.integers(0, len(PUBLIC) - 1), st.characters(codec="ascii"))
def test_a_verifier_key_has_one_form(at: int, other: str) -> None:
    forged = PUBLIC[:at] + other + PUBLIC[at + 1 :]
    if forged.strip() == PUBLIC:
        return
    with pytest.raises(ValueError):
        verify.key(forged)


def test_a_key_is_read_from_either_form_and_from_nothing_else() -> None:
    assert signing.read(FILE, "").public == MINE.public
    assert signing.read(FILE, "record.example.com").public == MINE.public
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert signing.read(pem(private), "record.example.com").public == MINE.public
    wrong = [
        (FILE, "another.example.com"),
        (FILE.replace("+A", "+B", 1), ""),
        (FILE.replace("record", "other"), ""),
        ("", ""),
        ("PRIVATE+KEY+", ""),
        (pem(ec.generate_private_key(ec.SECP256R1())), ""),
        (pem(private, b"password"), ""),
        (pem(private), "two words"),
    ]
    for text, name in wrong:
        with pytest.raises(KeyMistake) as mistake:
            signing.read(text, name)
        assert FILE.split("+")[-1].strip() not in str(mistake.value)


def pem(private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None = None) -> str:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how).decode()


def test_a_key_vouches_for_the_one_before_and_the_one_after_only_by_both_signatures() -> None:
    second, third = (signing.generate(bytes([n]) * 32, "record.example.com")[0] for n in (2, 3))
    one, two = MINE.hands_over_to(second), second.hands_over_to(third)
    everybody = {MINE.public.text, second.public.text, third.public.text}
    assert set(verify.trusted([MINE.public], [one, two])) == everybody
    assert set(verify.trusted([third.public], [one, two])) == everybody
    assert set(verify.trusted([second.public], [one])) == everybody - {third.public.text}
    for name in ("by_old", "by_new", "new", "old"):
        assert set(verify.trusted([MINE.public], [{**one, name: two[name]}])) == {MINE.public.text}
    assert set(verify.trusted([MINE.public], [{}, {"old": "x"}])) == {MINE.public.text}
