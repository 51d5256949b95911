"""What somebody broke on purpose once, through the front door: each stays mended."""

import argparse
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import operator_word
from bot.clock import SystemClock
from tests.world.person import Someone
from tests.world.policies import POLICY
from tests.world.story import Begin, World
from workflows import engines, ledger
from workflows.db import Database, parse
from workflows.models import facts

pytest_plugins = ["tests.world.fixtures"]


def test_readings_of_a_clock_that_was_ahead_do_not_keep_approvers_out(world: World) -> None:
    key = world.declare()
    with world.parts.database.write() as tx:
        tx.execute(sa.update(facts).values(as_of=world.clock.now() + timedelta(hours=1)))
    world.passes(minutes=1)
    world.tick()
    world.cto.presses("Approve", on=world.card(key))
    assert world.case(key).status == "approved"


def test_whoever_declared_at_the_server_cannot_approve_it_when_slack_knew_them_late(begin: Begin) -> None:
    world = begin(POLICY.replace('"lead@example.com"]', '"lead@example.com", "new@example.com"]'))
    world.slack.add_person("U0NEW", "new", "New Lead", "new@example.com", "Europe/Berlin")
    world.slack.state.find_channel("incidents").members.append("U0NEW")
    new = Someone(world, "U0NEW", "new")
    form = {"broken": "payments down", "plan": "roll back to v811", "systems": ["payments"], "risk": "high"}
    given = argparse.Namespace(name="New Lead", email="new@example.com", drill=False, **form)
    world.clock.move_to(SystemClock().now())
    assert operator_word.declare(world.settings, given) == 0
    world.passes(minutes=1)
    world.fault("outage", "users.info")
    new.types("/change help")
    world.slack.faults.clear()
    world.passes(minutes=2)
    world.tick()
    [key] = world.keys()
    new.presses("Approve", on=world.card(key))
    assert world.case(key).status == "declared"
    assert "You declared" in new.told("can't approve it").words


def test_a_fault_of_the_database_does_not_carry_what_was_typed_into_the_log(database: Database) -> None:
    def type_it() -> None:
        with database.write() as tx:
            ledger.put_text(tx, "the password is hunter2", salt=b"0123456789abcdef" * 2)

    type_it()
    with pytest.raises(sa.exc.IntegrityError) as fault:
        type_it()
    assert "hunter2" not in str(fault.value)


def test_nor_does_one_of_a_migration(sqlite_url: str) -> None:
    engine = engines.sqlite_engine(parse(sqlite_url), "migration")
    assert engine.hide_parameters
    engine.dispose()


@pytest.mark.parametrize("email", ["", "carla"])
def test_nobody_declares_at_the_server_without_an_address_that_bars_them_from_approving(
    world: World, email: str, capsys: pytest.CaptureFixture[str]
) -> None:
    form = {"broken": "payments down", "plan": "roll back to v811", "systems": ["payments"], "risk": "high"}
    given = argparse.Namespace(name="Carla", email=email, drill=False, **form)
    assert operator_word.declare(world.settings, given) == 1
    assert "--email is your e-mail address" in capsys.readouterr().err
    assert world.keys() == []
