"""`python -m bot run` on yesterday's backup, as an operator starts it: it is not ready, and people are told why."""

import shutil
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bot import signing_key
from bot.anchoring import Anchors
from bot.checkpointing import Checkpointer
from bot.clock import SystemClock
from tests import build
from tests.needs import ROOT
from tests.other_slack import OtherSlack
from tests.test_run import run
from workflows import db, ledger, signing
from workflows.audit_rules import Audit

pytestmark = pytest.mark.timeout(60)


def told(url: str) -> str:
    """What `/readyz` says as soon as the worker has begun."""
    for _ in range(400):
        try:
            with urlopen(f"{url}/readyz", timeout=5) as answer:
                said = str(answer.read().decode())
        except HTTPError as refused:
            said = refused.read().decode()
        if '"worker":"ok"' in said:
            return said
        time.sleep(0.05)
    raise AssertionError(said)


def test_a_database_restored_from_yesterdays_backup_is_noticed_at_the_start(tmp_path: Path) -> None:
    anchors, key, record = tmp_path / "anchors", tmp_path / "key", tmp_path / "countersign.db"
    policy = (ROOT / "workflows" / "policy.toml").read_text() + f'\n[audit]\nfile = "{anchors}"\n'
    (tmp_path / "policy.toml").write_text(policy)
    signing_key.write(key, signing.generate(b"k" * 32, "record.example.com")[1])
    url = f"sqlite:///{record}"
    db.migrate(url)
    for backup in (tmp_path / "yesterday.db", tmp_path / "today.db"):
        goes_on(url, key, anchors)
        shutil.copy(record, backup)
    more = {"SIGNING_KEY_FILE": str(key), "POLICY_FILE": str(tmp_path / "policy.toml"), "DATABASE_URL": url}
    for copy, ready in (("today.db", True), ("yesterday.db", False)):
        shutil.copy(tmp_path / copy, record)
        slack = OtherSlack()
        try:
            with run(tmp_path, slack, until_ready=False, **more) as address:
                said = told(address)
                assert ("the record is not the one that the file saw (restored)" in said) is not ready, said
                posted = [given for method, given in slack.calls if method == "chat.postMessage"]
                if ready:
                    assert not [one for one in posted if "NOT the one" in str(one)]
                else:
                    slack.wait("chat.postMessage", holding="The record is NOT the one that its anchors saw.")
        finally:
            slack.close()
        for left in tmp_path.glob("countersign.db-*"):
            left.unlink()


def goes_on(url: str, key: Path, anchors: Path) -> None:
    """Three more events, a checkpoint of them, and its anchor."""
    database, clock = db.connect(url), SystemClock()
    rules = build.rules(audit=Audit(file=str(anchors)))
    with database.write() as tx:
        for _ in range(3):
            ledger.note(tx, "view", {}, actor=None, now=clock.now())
    sealing = Checkpointer(database, clock, lambda: rules, lambda: "n", "a", str(key), lambda: True)
    assert sealing.sign() is not None
    Anchors(sealing, lambda: None)()
    database.close()
