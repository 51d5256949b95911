"""A small record with a change of every kind in it, sealed in a log, and packs of it."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot import pack_cards
from tests import build
from tests.build import NEXT_SHA, REPOSITORY, T0, at
from tests.workflows.desk import Desk
from tests.workflows.test_checkpoints import SIGNER, sealed
from tests.workflows.test_sightings import deployed, see
from workflows import ci_logs, erasing, packing, periods, policies, zipping
from workflows.case import Done
from workflows.change import Actor
from workflows.db import Database
from workflows.gated import CiLog
from workflows.pack_book import Asked
from workflows.rules import parse
from workflows.ruleset import Rules
from workflows.signing import Signer

KEY = SIGNER.public
HOSTILE = '<script>alert("x")</script> =1+1 & *bold* <@U1>'
ARCHIVE = b"the logs of a run, as a zip"
LOG = hashlib.sha256(ARCHIVE).hexdigest()
SECRET = "the password is hunter2"
PEOPLE = "".join(f'[people."{build.email(one)}"]\ngithub = "{build.login(one)}"\n' for one in build.PEOPLE)
POLICY = f"""version = 1
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "#incidents"
deploys = "#deploys"
[groups.emergency-approvers]
users = ["cto@example.com", "lead@example.com"]
[groups.release-managers]
users = ["rel@example.com", "lead@example.com"]
{PEOPLE}
[systems.payments]
repositories = ["{REPOSITORY}"]
[emergency]
approvers = [{{ group = "emergency-approvers" }}]
fallback = ["release-managers"]
[[deploy]]
environments = ["production"]
approvers = [{{ group = "release-managers" }}]
require = ["checks-pass: unit"]
"""


def rules(version: int = 1) -> Rules:
    """The policy of the record."""
    return parse(POLICY.replace("version = 1", f"version = {version}").encode(), "policy.toml")


def fill(database: Database, *, halfway: Callable[[Desk], object] = lambda desk: None) -> Desk:
    """Two deploys (one approved and live, one only asked for), three emergencies (approved and reviewed on time with a
    password erased; without approval and overdue; confidential and rejected), a finding, a drill; two policies.
    """
    desk = Desk(database, rules=rules())
    _take(desk)
    for source in periods.sources(desk.rules):
        with database.write() as tx:
            periods.read(tx, source, T0, at(days=10))
    desk.ask()
    desk.wait(4).approve("rel")
    desk.wait(1).run()
    desk.wait(5)
    see(desk, deployed())
    desk.do("dev", ci_logs.keep, desk.id, CiLog(REPOSITORY, build.SHA, 4711, 1, desk.now, LOG, len(ARCHIVE)))
    desk.declare(broken=f"{HOSTILE}\nsince the deploy")
    desk.wait(2).approve("dev")
    desk.wait(2).approve("cto")
    desk.wait(5).deploy()
    desk.add(rollback=SECRET)
    desk.wait(hours=3).close()
    with desk.turn("lead", operator="Lea") as turn:
        assert isinstance(erasing.erase(turn, desk.id, kind="password", field="rollback"), Done)
    desk.wait(hours=1).declare("ops", broken="search is down")
    desk.wait(1).proceed("ops")
    desk.wait(3).deploy("ops")
    desk.declare(broken="a leak in payments", confidential=True)
    desk.wait(2).reject("cto")
    desk.declare(broken="fire drill", drill=True)
    desk.wait(2).approve("cto")
    halfway(desk)
    desk.wait(hours=12)
    desk.rules = rules(2)
    _take(desk)
    see(desk, deployed(sha=NEXT_SHA, at=desk.now, external="deployment:9"))
    desk.ask("dev", title="another one", reading=build.reading(NEXT_SHA))
    desk.live(at(days=3))
    return desk


def _take(desk: Desk) -> None:
    with desk.database.write() as tx:
        policies.take(tx, desk.rules, actor=Actor("cto", build.slack("cto")), now=desk.now)


def asked(**given: Any) -> Asked:
    """Two of each kind in the ten days from `T0`, by the seed 4711."""
    values: dict[str, Any] = {
        "since": T0,
        "until": at(days=10),
        "zone": "UTC",
        "made_at": at(days=10),
        "made_by": "Lea",
        "product": "Countersign 0.1.0",
        "repeat": "python -m bot pack --sample 5 --seed 4711 --since 2026-11-16",
        "size": 5,
        "seed": "4711",
    }
    return Asked(**(values | given))


def files(desk: Desk, signer: Signer | None = None, *, folder: str = "", **given: Any) -> dict[str, bytes]:
    """The files of a pack, by name, in the order in which they were made; `folder`: of the archives of CI logs."""
    draw, rules = pack_cards.drawer(desk.rules), replace(desk.rules, audit=replace(desk.rules.audit, logs=folder))
    made = packing.files(desk.database, asked(**given), rules, draw=draw, signer=signer)
    return {name: b"".join(pieces) for name, pieces in made}


def zipped(some: dict[str, bytes]) -> bytes:
    """These files as a zip."""
    out = io.BytesIO()
    zipping.write(out, ((name, [body]) for name, body in some.items()))
    return out.getvalue()


def seal(desk: Desk) -> str:
    """List and sign all that is there."""
    note = sealed(desk.database, now=desk.now)
    assert note is not None
    return note


def unzipped(pack: bytes) -> Sequence[zipfile.ZipInfo]:
    """What is in a zip, in its order."""
    return zipfile.ZipFile(io.BytesIO(pack)).infolist()
