"""What the pages say of anchors: which holds what, since when, and which was not seen for too long."""

from datetime import timedelta

from tests.bot.register.doorway import REGISTER, Doorway
from tests.bot.register.shelf import Shelf
from tests.bot.register.test_pages import page
from tests.workflows.test_checkpoints import sealed
from workflows import anchored, checkpoints

AUDIT = '[audit]\nfile = "anchors"\nrepository = "acme/anchors"\nchannel = "#audit"\n'


def test_each_anchor_is_named_with_its_time_and_a_late_one_as_late(shared: Doorway) -> None:
    shelf = Shelf(shared)
    auditor = shelf.auditor()
    change = f"changes/{shelf.approved.key}"
    shared.change_policy(REGISTER, AUDIT + REGISTER)
    assert "Kept outside" not in page(auditor, change)
    database, now = shared.parts.database, shared.clock.now()
    assert sealed(database)
    with database.write() as tx:
        newest = checkpoints.newest(tx)
        assert newest is not None
        anchored.held(tx, "file", newest.size, now=now)
        anchored.held(tx, "repository", 1, now=now - timedelta(hours=3))
        anchored.failed(tx, "repository", "timeout", now=now)
    first = page(auditor, "")
    assert f"({newest.size} entries) acme/anchors: not for more than two hours; last " in first
    assert "(timeout) Slack #audit: " in first
    whole = page(auditor, change)
    assert "Kept outside: the file (" in whole
    assert "acme/anchors was not seen to hold the newest checkpoint for more than two hours." in whole
