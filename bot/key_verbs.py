"""The verbs of the signing key, and of a record that is right although an anchor saw another."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bot import signing_key
from bot.clock import SystemClock
from bot.keys import salt
from bot.policies import PolicyFile, PolicyMissing
from bot.settings import Settings, SettingsError
from workflows import checkpoints, db, history, ledger, signing
from workflows.change import Actor
from workflows.signing import KeyMistake, Signer

NO, USAGE = 1, 2


def new(settings: Settings, given: argparse.Namespace) -> int:
    """Make a key where SIGNING_KEY_FILE says, and print its verifier key. A key that is there is never replaced."""
    settings.need("SIGNING_KEY_FILE")
    try:
        made, text = signing.generate(salt(), given.name or _origin(settings) or "countersign")
        signing_key.write(Path(settings.signing_key_file), text)
    except FileExistsError:
        print(
            f"{settings.signing_key_file} is there already; `key rotate` puts a new one in its place.", file=sys.stderr
        )
        return NO
    except OSError as fault:
        raise SettingsError(f"{settings.signing_key_file} cannot be written ({type(fault).__name__}).") from None
    except KeyMistake as mistake:
        raise SettingsError(f"--name: the key {mistake}.") from None
    print(made.public.text)
    print(
        "This is the verifier key: give it to your auditors. Keep the file secret, and a copy of it safe.",
        file=sys.stderr,
    )
    return 0


def show(settings: Settings, given: argparse.Namespace) -> int:
    """Print the verifier key."""
    print(_signer(settings).public.text)
    return 0


def rotate(settings: Settings, given: argparse.Namespace) -> int:
    """Put a new key in place of the old: both sign that it follows, which is an event; the old file is kept beside it.

    Cut short in between, it goes on where it was: the new key waits in a file of its own until the event is there.
    """
    old, file = _signer(settings), Path(settings.signing_key_file)
    waiting = file.with_name(f"{file.name}.next")
    if not waiting.exists():
        signing_key.write(waiting, signing.generate(salt(), old.public.name)[1])
    following = _read(waiting, old.public.name)
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            told = old.hands_over_to(following)
            if told not in checkpoints.rotations(tx):
                ledger.note(tx, checkpoints.ROTATED, told, actor=Actor("", None, given.by), now=SystemClock().now())
    finally:
        database.close()
    kept = file.with_name(f"{file.name}.{old.public.id.hex()}")
    os.link(file, kept)
    os.replace(waiting, file)
    print(following.public.text)
    print(
        f"Give this verifier key to your auditors. The old key is in {kept}; nothing needs it any more.",
        file=sys.stderr,
    )
    return 0


def accept(settings: Settings, given: argparse.Namespace) -> int:
    """Record that somebody says that the record is right as it is; the gate opens again."""
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            known = history.accept(tx, actor=Actor("", None, given.by), now=SystemClock().now())
    finally:
        database.close()
    if known is None:
        print("Nothing is known to be wrong with the record.")
        return NO
    print(f"Recorded: the record is right, although {known.place} saw {known.size} events. The gate is open again.")
    return 0


def _origin(settings: Settings) -> str:
    try:
        return PolicyFile(Path(settings.policy_file), now=SystemClock().now()).rules.audit.origin
    except PolicyMissing:
        return ""


def _signer(settings: Settings) -> Signer:
    settings.need("SIGNING_KEY_FILE")
    return _read(Path(settings.signing_key_file), _origin(settings))


def _read(file: Path, origin: str) -> Signer:
    try:
        return signing_key.read(str(file), origin)
    except KeyMistake as mistake:
        raise SettingsError(f"SIGNING_KEY_FILE: {mistake}.") from None


VERBS: Mapping[str, Callable[[Settings, argparse.Namespace], int]] = {
    "new": new,
    "show": show,
    "rotate": rotate,
    "accept": accept,
}
