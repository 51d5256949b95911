"""Buttons and commands of a deploy, through the front door: refused in words, lifted with a reason, asked again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import keys
from tests.bot.house import POLICY, House, house
from tests.conftest import migrate
from workflows import deploys, persons
from workflows.case import Case, Done
from workflows.change import Action, Actor, Status
from workflows.turn import Turn

DEPLOYS = (
    POLICY.replace('escalations = "CESC"', 'escalations = "CESC"\ndeploys = "CESC"')
    + """
[[deploy]]
environments = ["production", "locked"]
approvers = [{ group = "leads", count = 1 }]
[[freeze]]
from = 2020-01-01T00:00:00Z
until = 2100-01-01T00:00:00Z
environments = ["locked"]
reason = "stocktaking"
override = "leads"
"""
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    url = f"sqlite:///{folder}/countersign.db"
    migrate(url)
    with house(url, folder, policy=DEPLOYS) as built:
        built.ws.command("UCTO", "CINC", "/change whoami")  # so that there is somebody to be in the group
        built.parts.readings.refresh()
        yield built


def ask(home: House, **given: Any) -> Case:
    """Dana asks for a deploy where no GitHub is linked; the case as it is then."""
    assert home.ws.command("UDEV", "CINC", "/change whoami").ok  # so that she is somebody
    desk = home.parts.desk
    with desk.db.write() as tx:
        known = persons.by_slack(tx, ["UDEV"])["UDEV"]
        now = desk.clock.now()
        turn = Turn(tx, Actor(known, "UDEV"), desk.policy.rules, now, keys.new_id, keys.salt)
        fields: dict[str, Any] = {
            "repository": "acme/payments",
            "ref": "1a2b3c4d" * 5,
            "title": "Answer faster",
            "why": "The provider times out",
            "systems": ("payments",),
            "tests": "two hundred payments on staging",
            "rollback": "deploy v811 again",
            "unlinked": True,
        }
        done = deploys.ask(turn, deploys.Request(**(fields | given)), None)
        assert isinstance(done, Done), done
    home.deliver()
    return done.case


def pressed(home: House, user: str, case: Case, action: str) -> Case:
    """The case after that button of its card."""
    card = home.card("CESC")
    assert case.key in card.text, card.text
    assert home.ws.click(user, card, action).ok
    return home.case(case.key)


def test_whoever_asked_is_refused_and_an_approver_is_not(home: House) -> None:
    case = ask(home)
    assert pressed(home, "UDEV", case, Action.APPROVE).status is Status.REQUESTED
    assert home.whispers("UDEV", "CESC")[-1].startswith(f"You asked for {case.key}, so you can't approve it.")
    assert pressed(home, "UCTO", case, Action.APPROVE).status is Status.APPROVED
    assert home.card("CESC").text.startswith(f"Approved: {case.key} payments 1a2b3c4 to production, until")


def test_in_a_freeze_approve_asks_the_lifter_why_and_refuses_everybody_else(home: House) -> None:
    case = ask(home, environment="locked")
    assert home.card("CESC").text.startswith("Frozen until")
    assert pressed(home, "USRE", case, Action.APPROVE).status is Status.REQUESTED
    assert "leads" in home.whispers("USRE", "CESC")[-1]
    assert pressed(home, "UCTO", case, Action.APPROVE).status is Status.REQUESTED
    form = home.ws.modal("UCTO")
    assert form is not None
    assert form.title == f"Approve {case.key}"
    assert home.ws.submit("UCTO", {("reason", "v"): "the provider goes away on Sunday"}).ok
    after = home.case(case.key)
    assert after.status is Status.APPROVED
    assert [one.by for one in after.lifted] == [after.approvals[-1].person]
    assert home.card("CESC").text.startswith(f"Approved: {case.key}")


def test_what_was_rejected_is_asked_for_again_by_one_click(home: House) -> None:
    case = ask(home, ref="2a2b3c4d" * 5)
    pressed(home, "UCTO", case, Action.REJECT)
    assert home.ws.submit("UCTO", {("reason", "v"): "wait for the provider"}).ok
    home.deliver()
    assert pressed(home, "UDEV", case, Action.ASK_AGAIN).status is Status.REQUESTED
    assert home.card("CESC").text.startswith(f"Approve? {case.key}")


def test_why_and_details_say_what_is_missing(home: House) -> None:
    case = ask(home, ref="3a2b3c4d" * 5)
    answer = home.ws.command("UDEV", "CINC", f"/change {case.key.lower()} why")
    assert answer.ok
    said = home.whispers("UDEV")[-1]
    assert said.startswith(f"{case.key}: ")
    assert "not allowed yet" in said
    assert pressed(home, "UCTO", case, "details").status is Status.REQUESTED
    view = home.ws.modal("UCTO")
    assert view is not None
    assert view.title == case.key
    assert "So: not allowed yet" in str(view)
