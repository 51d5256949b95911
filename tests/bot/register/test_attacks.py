"""What people try at the doors of the register, and what they get: a sentence, never a session and never a trace."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.register.routes import routes
from tests.bot.register.doorway import HERE, Browser, Doorway, cookie, doorway
from tests.databases import SqliteTemplates
from workflows.sessions import hash_of

SESSION = "__Host-countersign"
ATTEMPT = "__Host-countersign-attempt"


@pytest.fixture(autouse=True)
def _another_minute(shared: Doorway) -> None:
    """The tries of the test before are over."""
    shared.clock.advance(timedelta(minutes=1))


def inside(browser: Browser) -> bool:
    """Whether the browser is let in."""
    return bool(browser.get("/register/").status_code == 200)


def test_a_cookie_that_we_did_not_give_opens_nothing(shared: Doorway) -> None:
    ours = shared.browser()
    ours.invited(shared.invite()[1])
    real = ours.client.cookies[SESSION]
    for name, value in (
        (SESSION, "0" * 64),
        (SESSION, hash_of(real)),
        (SESSION, real[:-1]),
        (SESSION, real + "0"),
        (SESSION, real.upper() + " "),
        (SESSION, "é" * 9),
        (SESSION, "x" * 9000),
        ("countersign", real),
    ):
        forged = shared.browser(cookies={name: quote(value)})
        assert not inside(forged), (name, value)
    assert inside(ours)


def test_a_session_that_somebody_laid_there_before_is_not_continued(shared: Doorway) -> None:
    attacker, victim = shared.browser(), shared.browser()
    attacker.invited(shared.invite()[1])
    planted = attacker.client.cookies[SESSION]
    victim.client.cookies.set(SESSION, planted)
    back = victim.sign_in("UDEV")
    assert planted not in cookie(back, SESSION)
    assert not inside(attacker)  # it was that browser's, and a browser has one


def test_an_attempt_serves_once_and_only_in_its_browser(shared: Doorway) -> None:
    browser, other = shared.browser(), shared.browser()
    asked = browser.to_slack()
    kept = browser.client.cookies[ATTEMPT]
    back = browser.agree(asked, "UDEV")
    assert other.get(back).status_code == 403
    assert browser.get(back.replace(asked["state"], "0" * 64)).status_code == 403
    assert browser.get(back).status_code == 303
    again = shared.browser(cookies={ATTEMPT: kept})
    for where in (back, browser.agree(asked, "UDEV")):
        assert again.get(where).status_code == 403
        assert not inside(again)


def test_an_attempt_that_was_altered_or_took_too_long_is_none(shared: Doorway) -> None:
    browser = shared.browser()
    back = browser.agree(browser.to_slack(), "UDEV")
    kept = browser.client.cookies[ATTEMPT]
    body, _, mac = kept.strip('"').partition(".")
    for forged in ("", ".", "x.y", f"{body}.", f"{body}x.{mac}", f".{mac}", f"{body}.{'0' * 64}", "é.é"):
        assert shared.browser(cookies={ATTEMPT: quote(forged)}).get(back).status_code == 403
    shared.clock.advance(timedelta(minutes=11))
    assert browser.get(back).status_code == 403


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 403),
        ("?state=", 403),
        ("?code=x&state=%00", 400),
        ("?code=x&state=" + "s" * 5000, 400),
        ("?state=a&state=b&code[]=1", 403),
        ("?error=access_denied", 403),
        ("?error=%3Cscript%3Ealert(1)%3C/script%3E&state=x", 403),
    ],
)
def test_coming_back_from_slack_without_having_gone(shared: Doorway, query: str, status: int) -> None:
    answer = shared.browser().get(f"/register/signin/slack/back{query}")
    assert answer.status_code == status
    assert "<script>" not in answer.text


def test_the_code_of_somebody_elses_sign_in_lets_nobody_in(shared: Doorway) -> None:
    attacker, victim = shared.browser(), shared.browser()
    theirs, mine = victim.to_slack(), attacker.to_slack()
    stolen = victim.agree(theirs, "ULEAD")
    assert attacker.get(stolen.replace(theirs["state"], mine["state"])).status_code == 403  # another nonce
    assert not inside(attacker)


def test_where_slack_offers_it_a_code_is_bound_to_its_attempt(shared: Doorway) -> None:
    sign_in = shared.ws.state.sign_in
    sign_in.pkce = True
    try:
        browser = shared.browser()
        asked = browser.to_slack()
        assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
        back = browser.agree(asked, "UDEV")
        (code,) = (one for one in sign_in.codes.values() if not one.used and one.challenge)
        good, code.challenge = code.challenge, "0" * 43
        assert good != code.challenge
        assert browser.get(back).status_code == 403
        assert shared.browser().sign_in("UDEV").status_code == 303
    finally:
        sign_in.pkce = False


def test_people_of_other_teams_and_those_who_say_no(shared: Doorway) -> None:
    shared.ws.add_person("UELSE", "else", "El Se", "dev@example.com", "UTC", team_id="T0OTHER", is_stranger=True)
    for user in ("UELSE", "UGUEST", ""):
        browser = shared.browser()
        answer = browser.sign_in(user)
        assert (answer.status_code, cookie(answer, SESSION)) == (403, "")
        assert not inside(browser)


def test_an_invitation_comes_in_our_own_form_and_not_in_an_address(shared: Doorway) -> None:
    _, token = shared.invite()
    browser, other = shared.browser(), shared.browser()
    right, foreign = browser.token(), other.token()
    for fields in (
        {"token": token},
        {"token": token, "csrf": ""},
        {"token": token, "csrf": foreign},
        {"token": token, "csrf": right[:-1] + "é"},
        {"token": hash_of(token), "csrf": right},
        {"token": "", "csrf": right},
        {"token": "ci_" + "0" * 64, "csrf": right},
    ):
        assert browser.post("/register/invitation", **fields).status_code == 403, fields
    assert browser.get(f"/register/invitation?token={token}").status_code == 200
    assert not inside(browser)
    assert browser.post("/register/invitation", token=f" {token}\n", csrf=right).status_code == 303
    assert inside(browser)


def test_an_invitation_that_is_over_says_so_and_guessing_is_slow(shared: Doorway) -> None:
    _, token = shared.invite(hours=1)
    shared.clock.advance(timedelta(hours=1))
    browser = shared.browser()
    over = browser.invited(token)
    assert (over.status_code, "Your invitation ended" in over.text) == (403, True)
    statuses = [browser.invited("ci_guess").status_code for _ in range(10)]
    assert statuses == [403] * 9 + [429]
    slow = browser.invited(shared.invite()[1])
    assert (slow.status_code, slow.headers["retry-after"]) == (429, "60")


def test_nobody_is_signed_out_by_a_form_of_others(shared: Doorway) -> None:
    browser, other = shared.browser(), shared.browser()
    for one in (browser, other):
        one.invited(shared.invite()[1])
    for fields in ({"x": "1"}, {"csrf": "0" * 64}, {"csrf": other.token("/register/")}):
        assert browser.post("/register/signout", **fields).status_code == 403
    assert inside(browser)


ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/register/../slack/events",
    "/register//evil.example",
    "/register/x\r\nSet-Cookie: a=b",
    "/register/x%0d%0aSet-Cookie:a=b",
    "javascript:alert(1)",
    "/register",
    "/registers",
    "/register/signout",
)


def test_nobody_is_led_elsewhere(shared: Doorway) -> None:
    _, token = shared.invite()
    for number, place in enumerate(ELSEWHERE):
        if number % 9 == 0:
            shared.clock.advance(timedelta(minutes=2))
        answer = shared.browser().invited(token, next=place)
        assert (answer.status_code, answer.headers["location"]) == (303, "/register/"), place
        assert "a=b" not in str(answer.headers.get("set-cookie"))


PATHS: dict[str, int] = {
    "/register": 308,
    "/register/": 303,
    "/register//": 404,
    "/register//evil.example/": 404,
    "/register/static/style.css": 200,
    "/register/static/": 404,
    "/register/static/../doors.py": 404,
    "/register/static/%2e%2e%2fdoors.py": 404,
    "/register/static/..%5cdoors.py": 404,
    "/register/static/style.css%00.html": 404,
    "/register/templates/base.html": 404,
    "/register/%2e%2e/healthz": 404,
    "/register/nothing/is/here": 404,
    "/register/?q=%00": 400,
    "/register/?%1b=1": 400,
    "/register/?q=%ff%fe": 303,
    f"/register/?q={'x' * 5000}": 400,
    "/register/?next=//evil.example": 303,
    "/register/signin?next=%22%3E%3Cscript%3E": 200,
    "/register/signin/": 404,
    "/register/signout": 404,
    "/register/EC-2026-0042": 308,
    "/register/EC-2026-00４2": 404,
    "/register/EC-2026-0042%0a": 404,
}


@pytest.mark.parametrize("path", PATHS)
def test_every_address_is_answered_with_the_same_headers(shared: Doorway, path: str) -> None:
    answer = shared.browser().get(path, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert answer.status_code == PATHS[path], answer.text
    assert "evil.example" not in str(answer.headers)
    if path == "/register":
        return
    told = answer.headers
    assert told["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert (told["x-content-type-options"], told["referrer-policy"]) == ("nosniff", "no-referrer")
    assert told["cache-control"] == ("max-age=300" if path.endswith(".css") else "no-store")
    assert told["strict-transport-security"]
    assert "<script" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH", "X"])
@pytest.mark.parametrize("path", ["/register/", "/register/signin", "/register/static/style.css", "/register/x/y"])
def test_other_methods_are_refused_in_words(shared: Doorway, method: str, path: str) -> None:
    answer = shared.browser().client.request(method, path)
    assert answer.status_code == (404 if path.endswith("/y") else 405)
    assert "at this address" in answer.text or "used like that" in answer.text
    assert "content-security-policy" in answer.headers


BODIES: dict[str, tuple[bytes, str, int]] = {
    "no form": (b"{}", "application/json", 400),
    "without a type": (b"csrf=1", "", 400),
    "parts": (b"--x--", "multipart/form-data; boundary=x", 400),
    "bytes that are no text": (b"csrf=\xff\xfe", "application/x-www-form-urlencoded", 400),
    "escapes that are no text": (b"csrf=%ff%fe", "application/x-www-form-urlencoded", 400),
    "NUL": (b"csrf=%00", "application/x-www-form-urlencoded", 400),
    "half of a pair": (b"token=%ed%a0%80", "application/x-www-form-urlencoded", 400),
    "too many fields": (b"&".join(b"a=1" for _ in range(60)), "application/x-www-form-urlencoded", 400),
    "too much": (b"a=" + b"x" * 1_100_000, "application/x-www-form-urlencoded", 413),
    "nothing": (b"", "application/x-www-form-urlencoded", 403),
}


@pytest.mark.parametrize("case", BODIES)
@pytest.mark.parametrize("path", ["/register/invitation", "/register/signout"])
def test_bodies_that_are_no_form_of_ours(shared: Doorway, case: str, path: str) -> None:
    body, kind, status = BODIES[case]
    answer = shared.browser().client.post(path, content=body, headers={"content-type": kind})
    assert (answer.status_code, "<h1>" in answer.text) == (status, True)


@pytest.mark.parametrize(
    ("cookie_name", "flags"),
    [("session", ("secure", "httponly", "samesite=lax", "path=/")), ("door", ("secure", "httponly"))],
)
def test_cookies_are_for_this_host_alone(shared: Doorway, cookie_name: str, flags: tuple[str, ...]) -> None:
    browser = shared.browser()
    name = {"session": SESSION, "door": "__Host-countersign-door"}[cookie_name]
    answer: Any = browser.get("/register/signin") if cookie_name == "door" else browser.invited(shared.invite()[1])
    line = cookie(answer, name).lower()
    assert all(flag in line for flag in flags), line
    assert "domain" not in line


def client(shared: Doorway, base: str = HERE, **settings: Any) -> TestClient:
    """The register with other settings."""
    made = routes(shared.parts.desk, replace(shared.parts.settings, **settings))
    return TestClient(Starlette(routes=made), base_url=base, follow_redirects=False)


def test_without_a_session_secret_there_is_no_register(shared: Doorway) -> None:
    bare = client(shared, session_secret="")
    for path in ("/register/", "/register/signin", "/register/invitation", "/register/x"):
        assert bare.get(path).status_code == 404
    assert bare.get("/register/static/style.css").status_code == 200


def test_without_slacks_client_an_invitation_is_the_only_way(shared: Doorway) -> None:
    bare = client(shared, slack_client_secret="")
    assert "Sign in with Slack" not in bare.get("/register/signin").text
    assert bare.get("/register/signin/slack").status_code == 404
    assert bare.get("/register/signin/slack/back").status_code == 404


def test_https_may_be_written_in_capitals(shared: Doorway) -> None:
    answer = client(shared, public_url="HTTPS://changes.example.com").get("/register/signin")
    assert "secure" in cookie(answer, "__Host-countersign-door").lower()


def test_by_http_the_cookies_are_there_without_what_https_gives(shared: Doorway) -> None:
    plain = client(shared, "http://localhost", public_url="http://localhost:3000")
    answer = plain.get("/register/signin")
    line = cookie(answer, "countersign-door").lower()
    assert "httponly" in line
    assert "secure" not in line
    assert "strict-transport-security" not in answer.headers


def test_slack_under_another_issuer_is_not_asked(sqlite_templates: SqliteTemplates, tmp_path: Path) -> None:
    with doorway(sqlite_templates.make(tmp_path), tmp_path) as other:
        other.ws.state.base_url = "https://slack.com.evil.example"
        assert other.browser().get("/register/signin/slack").status_code == 503


def test_a_record_that_cannot_be_reached_is_said_in_words(sqlite_templates: SqliteTemplates, tmp_path: Path) -> None:
    with doorway(sqlite_templates.make(tmp_path), tmp_path) as other:
        browser = other.browser()
        browser.invited(other.invite()[1])
        with other.parts.database.write() as tx:
            tx.exec_driver_sql("ALTER TABLE views RENAME TO gone")
        answer = browser.get("/register/")
        assert (answer.status_code, "nothing is shown" in answer.text) == (503, True)
        assert "Viewed as" not in answer.text  # what can't be recorded is not shown
