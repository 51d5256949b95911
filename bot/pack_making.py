"""A pack as it is handed out: what is new is signed first, so that all of it can be checked; then it is written."""

from typing import IO

from bot import pack_cards, signing_key
from bot.checkpointing import Checkpointer
from bot.clock import Clock
from bot.keys import new_id
from workflows import history, packing, zipping
from workflows.db import Database
from workflows.pack_book import Asked
from workflows.ruleset import Rules
from workflows.signing import KeyMistake, Signer


def signer(key_file: str, rules: Rules) -> Signer | None:
    """The key that signs checkpoints and packs; None: there is none. Raises KeyMistake."""
    return signing_key.read(key_file, rules.audit.origin) if key_file else None


def usable(key_file: str, rules: Rules) -> Signer | None:
    """The same where a key that can't be used must not stop an auditor: the pack is then as good as without."""
    try:
        return signer(key_file, rules)
    except KeyMistake:
        return None


def write(out: IO[bytes], database: Database, asked: Asked, rules: Rules, *, clock: Clock, key_file: str) -> None:
    """Write the pack into `out`. Raises Unpackable and LogBroken, before the first byte."""
    key = usable(key_file, rules)
    if key is not None:
        _sign_new(database, rules, clock, key_file)
    zipping.write(out, packing.files(database, asked, rules, draw=pack_cards.drawer(rules), signer=key))


def _sign_new(database: Database, rules: Rules, clock: Clock, key_file: str) -> None:
    """Sign what no checkpoint covers yet, unless the record is in doubt or somebody else is at it."""
    with database.read() as tx:
        if history.fault(tx) is not None:
            return
    Checkpointer(database, clock, lambda: rules, new_id, f"pack {new_id()}", key_file, lambda: True).sign()
