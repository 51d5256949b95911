"""What is live by the record: deployments it explains, and those that went around the gate once they were reviewed."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from bot.known_live import known_live
from tests import build
from tests.build import NEXT_SHA, SHA
from tests.workflows.desk import Desk
from workflows.case import Done
from workflows.db import Database
from workflows.gate_models import sightings
from workflows.models import changes


def live(desk: Desk) -> str | None:
    with desk.database.read() as tx:
        return known_live(tx, "Acme/Payments", "production")


def test_what_a_closed_deploy_says_and_a_finding_that_was_reviewed(database: Database) -> None:
    desk = Desk(database, rules=build.deploy_rules())
    desk.ask()
    assert isinstance(desk.approve("rel"), Done)
    assert live(desk) is None
    assert isinstance(desk.deploy("dev"), Done)
    assert live(desk) == SHA
    later: Any = desk.now + timedelta(hours=1)
    row = {"id": "s", "source": "github", "external": "deployment:1", "kind": "deployment", "sha": NEXT_SHA}
    row |= {"repository": "acme/payments", "environment": "production", "outcome": "ok", "explained": "found"}
    with database.write() as tx:
        tx.execute(insert(sightings), row | {"at": later, "seen_at": later, "change": desk.id})
    assert live(desk) == SHA  # whoever may push can tell GitHub of one that never was
    with database.write() as tx:
        tx.execute(update(changes).values(reviewed_at=later))
    assert live(desk) == NEXT_SHA
