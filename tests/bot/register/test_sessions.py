"""Where one is signed in, and the end of that: by oneself, by an admin, by the operator, and with the account."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.bot.register.doorway import Browser, Doorway, doorway
from workflows.sessions import hash_of

SESSION, PATH = "__Host-countersign", "/register/sessions"


@pytest.fixture(autouse=True)
def _nobody_is_in(shared: Doorway) -> None:
    """The sessions of the test before are over, and its tries."""
    shared.clock.advance(timedelta(hours=2))


def signed_in(shared: Doorway, user: str) -> Browser:
    browser = shared.browser()
    assert browser.sign_in(user).status_code == 303
    return browser


def id_of(browser: Browser) -> str:
    """What the list calls the session of this browser."""
    return hash_of(browser.client.cookies[SESSION])[:16]


def end(browser: Browser, which: str) -> int:
    return int(browser.post(PATH, csrf=browser.token(PATH), end=which).status_code)


def inside(*browsers: Browser) -> list[bool]:
    return [browser.get("/register/").status_code == 200 for browser in browsers]


def test_one_sees_ones_own_sessions_and_ends_one_or_all(shared: Doorway) -> None:
    here, there, third, other = (signed_in(shared, user) for user in ("UDEV", "UDEV", "UDEV", "USRE"))
    listed = here.get(PATH).text
    assert [id_of(one) in listed for one in (here, there, third, other)] == [True, True, True, False]
    assert "Where you are signed in" in here.get("/register/changes").text
    assert here.client.cookies[SESSION] not in listed
    assert end(here, id_of(there)) == 303
    assert inside(here, there, third, other) == [True, False, True, True]
    assert end(here, id_of(other)) == 303
    assert inside(other) == [True], "the sessions of others are not theirs to end"
    assert end(here, "mine") == 303
    assert inside(here, third, other) == [False, False, True]
    told = shared.told("sessions_ended")[-2:]
    assert [(kind, who, data["sessions"]) for kind, who, data in told] == [
        ("sessions_ended", shared.person("UDEV"), 1),
        ("sessions_ended", shared.person("UDEV"), 2),
    ]


def test_an_admin_sees_everybody_and_ends_anybody(shared: Doorway) -> None:
    admin, reader, auditor = signed_in(shared, "ULEAD"), signed_in(shared, "UDEV"), shared.browser()
    auditor.invited(shared.invite()[1])
    listed = admin.get(PATH).text
    assert all(id_of(one) in listed for one in (admin, reader, auditor))
    assert "Ada Auditor" in listed
    assert end(reader, "everybody") == end(auditor, "everybody") == 403
    assert end(admin, id_of(auditor)) == 303
    assert inside(admin, reader, auditor) == [True, True, False]
    assert end(admin, "everybody") == 303
    assert inside(admin, reader, auditor) == [False, False, False]


@pytest.mark.parametrize("which", ["", "x", "0" * 15, "0" * 17, "%" * 16, "_" * 16, "０" * 16])
def test_what_is_no_session_of_the_list_is_refused(shared: Doorway, which: str) -> None:
    admin = signed_in(shared, "ULEAD")
    assert end(admin, which) == 400
    assert inside(admin) == [True]


def test_no_form_of_others_ends_a_session(shared: Doorway) -> None:
    one, other = signed_in(shared, "UDEV"), signed_in(shared, "USRE")
    assert one.post(PATH, csrf=other.token(PATH), end="mine").status_code == 403
    assert one.post(PATH, end="mine").status_code == 403
    assert inside(one) == [True]


@pytest.fixture
def doors(sqlite_url: str, tmp_path: Path) -> Iterator[Doorway]:
    """A register whose clock nobody moved yet: the command line has the real time."""
    with doorway(sqlite_url, tmp_path) as made:
        yield made


def test_the_operator_sees_who_is_in_and_ends_it(
    doors: Doorway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", doors.parts.settings.database_url)
    one, other, third = (signed_in(doors, user) for user in ("UDEV", "USRE", "ULEAD"))
    assert main(("register", "sessions")) == 0
    assert f"{id_of(one)}  UDEV  since " in capsys.readouterr().out
    for who, code, left in (
        ("UDEV", 0, [False, True, True]),
        ("UDEV", 1, [False, True, True]),
        ("nobody", 1, [False, True, True]),
        (id_of(other), 0, [False, False, True]),
        ("everybody", 0, [False, False, False]),
    ):
        assert main(("register", "sign-out", who, "--by", "ops")) == code
        assert inside(one, other, third) == left, who


def test_whose_account_ended_is_out_for_good(doors: Doorway) -> None:
    browser = signed_in(doors, "UDEV")
    doors.ws.deactivate("UDEV")
    doors.clock.advance(timedelta(minutes=2))
    assert browser.get("/register/").status_code == 403
    assert [data for *_, data in doors.told("sessions_ended")] == [{"sessions": 1, "slack": "UDEV"}]
    doors.ws.change_person("UDEV", deleted=False)
    doors.clock.advance(timedelta(minutes=2))
    assert browser.get("/register/").status_code == 303
    assert inside(signed_in(doors, "UDEV")) == [True]
