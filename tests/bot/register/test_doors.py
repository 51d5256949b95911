"""The doors of the register, walked through from outside."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground.faults import Fault
from tests.bot.register.doorway import Doorway, cookie, doorway
from workflows import invitations


@pytest.fixture
def doors(database_url: str, tmp_path: Path) -> Iterator[Doorway]:
    """The register, on both databases."""
    with doorway(database_url, tmp_path) as made:
        yield made


def test_somebody_of_ours_signs_in_and_out_and_each_view_is_in_the_record(doors: Doorway) -> None:
    browser = doors.browser()
    sent = browser.get("/register/")
    assert (sent.status_code, sent.headers["location"]) == (303, "/register/signin")
    back = browser.sign_in("UDEV")
    assert (back.status_code, back.headers["location"]) == (303, "/register/"), back.text
    page = browser.get("/register/")
    assert page.status_code == 200
    assert "Viewed as reader until" in page.text
    browser.get("/register/")
    doors.clock.advance(timedelta(seconds=61))
    browser.get("/register/")
    seen = [told for _, _, told in doors.told("viewed")]
    assert [(one["what"], one["role"]) for one in seen] == [("overview", "reader")] * 2
    assert {person for _, person, _ in doors.told("signed_in", "viewed")} == {doors.person("UDEV")}
    kept = browser.client.cookies["__Host-countersign"]
    assert browser.post("/register/signout", csrf=browser.token("/register/")).status_code == 303
    browser.client.cookies.set("__Host-countersign", kept)
    assert browser.get("/register/").headers["location"] == "/register/signin"


def test_an_auditor_from_outside_is_in_until_the_invitation_is_ended(doors: Doorway) -> None:
    one, token = doors.invite()
    browser = doors.browser()
    back = browser.invited(token, next="/register/EC-2026-0042?x=1")
    assert (back.status_code, back.headers["location"]) == (303, "/register/EC-2026-0042?x=1")
    page = browser.get("/register/")
    assert "Viewed as auditor until" in page.text
    assert "Ada Auditor" in page.text
    ((_, person, told),) = doors.told("viewed")
    assert (person, told["what"], told["role"], told["invitation"]) == (None, "overview", "auditor", one.id)
    with doors.parts.database.write() as tx:
        assert invitations.end(tx, "ada@audit.example", by="ops", now=doors.clock.real())
    refused = browser.get("/register/")
    assert refused.status_code == 403
    assert "Your invitation ended" in refused.text
    assert "Your invitation ended" in doors.browser().invited(token).text
    invited, ended = doors.told("invited", "invitation_ended")
    assert ended[2] == {"invitation": one.id}
    assert "Ada" not in str(invited) + str(doors.told("signed_in"))
    assert token not in str(invited)


def test_whose_role_is_taken_away_is_out_at_the_next_page(doors: Doorway) -> None:
    admin, reader, stranger = doors.browser(), doors.browser(), doors.browser()
    admin.sign_in("ULEAD")
    reader.sign_in("USRE")
    assert "Viewed as admin" in admin.get("/register/").text
    doors.ws.set_usergroup("S0LEADS", [])
    doors.change_policy('readers = ["readers", "USRE"]', 'readers = ["readers"]')
    for browser in (admin, reader):
        answer = browser.get("/register/")
        assert (answer.status_code, "You have no access to this record. @cto can give it." in answer.text) == (
            403,
            True,
        )
    refused = stranger.sign_in("USRE")
    assert refused.status_code == 403
    assert not cookie(refused, "__Host-countersign")
    assert doors.told("turned_away") == [("turned_away", None, {"slack": "USRE"})]


def test_without_slack_nobody_is_known_and_nobody_is_let_in(doors: Doorway) -> None:
    browser, invited = doors.browser(), doors.browser()
    browser.sign_in("UDEV")
    invited.invited(doors.invite()[1])
    doors.ws.faults.add(Fault("outage"))
    doors.clock.advance(timedelta(minutes=2))
    assert browser.get("/register/").status_code == 403
    assert invited.get("/register/").status_code == 200
    start = doors.browser().get("/register/signin/slack")
    assert (start.status_code, "Slack does not answer" in start.text) == (503, True)


@pytest.mark.parametrize(
    ("idle", "after", "status"),
    [
        pytest.param(59, 120, 200, id="looked at within the hour"),
        pytest.param(61, 61, 303, id="left alone for an hour"),
        pytest.param(30, 479, 200, id="to the end of the eight hours"),
        pytest.param(30, 481, 303, id="beyond them"),
    ],
)
def test_a_session_ends_by_silence_and_by_age(shared: Doorway, idle: int, after: int, status: int) -> None:
    browser = shared.browser()
    browser.invited(shared.invite()[1])
    for _ in range(after // idle):
        shared.clock.advance(timedelta(minutes=idle))
        answer = browser.get("/register/")
    shared.clock.advance(timedelta(minutes=after % idle))
    answer = browser.get("/register/")
    assert answer.status_code == status
