"""What somebody broke on purpose, through the front door: each stays mended."""

from bot import ready
from workflows.db import Database


def test_a_process_under_triggers_that_are_not_ours_is_not_ready(database: Database) -> None:
    assert ready.database(database)() is None
    with database.write() as tx:
        if database.dialect == "sqlite":
            tx.exec_driver_sql("CREATE TRIGGER swallow BEFORE INSERT ON refusals BEGIN SELECT RAISE(IGNORE); END")
        else:
            tx.exec_driver_sql("CREATE RULE swallow AS ON INSERT TO refusals DO INSTEAD NOTHING")
    said = ready.database(database)()
    assert said is not None
    assert said.startswith("triggers that are not ours: ")
    assert said.endswith("swallow on refusals")
