"""The doctor on the register, the signing key and the anchors: good ones, and each planted fault found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot import doctor, signing_key
from bot.checkups import of_evidence
from bot.checkups.finding import Finding, Grade, Patient
from bot.links import GitHubLink, JiraLink, PagerDutyLink
from tests.bot.register.doorway import Doorway, doorway
from tests.databases import SqliteTemplates
from workflows import anchored, checkpoints, signing
from workflows.audit_rules import Audit
from workflows.ruleset import Register

ORIGIN = "record.example.com"
AUDIT = Audit(file="anchors", channel="#audit")


@pytest.fixture(scope="module")
def good(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    """Sign-in with Slack, three roles, a key that signed the newest checkpoint, two anchors that hold it; Ada is in."""
    folder = tmp_path_factory.mktemp("evidence")
    with doorway(sqlite_templates.make(folder), folder) as doors:
        signer, text = signing.generate(b"k" * 32, ORIGIN)
        signing_key.write(folder / "key", text)
        doors.invite()
        assert doors.browser().invited(doors.invite()[1]).status_code == 303
        now = doors.clock.now()
        with doors.parts.database.write() as tx:
            assert checkpoints.list_some(tx, "a", real=now)
            assert checkpoints.seal(tx, signer, "a", now=now, real=now)
            anchored.held(tx, "file", checkpoints.length(tx), now=now)
        yield _patient(doors, str(folder / "key"))


def _patient(doors: Doorway, key: str) -> Patient:
    settings = replace(doors.parts.settings, signing_key_file=key)
    return Patient(
        settings=settings,
        clock=doors.clock,
        rules=replace(doors.parts.policy.rules, audit=AUDIT),
        db=doors.parts.database,
        slack=WebClient("xoxb-x"),
        github=GitHubLink(settings),
        pagerduty=PagerDutyLink(settings),
        jira=JiraLink(settings),
    )


def found(patient: Patient) -> list[Finding]:
    """All that the three say."""
    checkups = (of_evidence.newest_checkpoint, of_evidence.anchors, of_evidence.register)
    return [one for checkup in checkups for one in checkup(patient)]


def test_of_a_good_register_it_reports_nothing_wrong(good: Patient) -> None:
    assert {of_evidence.newest_checkpoint, of_evidence.anchors, of_evidence.register} <= {*doctor.CHECKUPS}
    said = {f"{one.area} {one.checked}": one.found for one in found(good)}
    assert {one.grade for one in found(good)} == {Grade.OK}, said
    assert "events, signed by record.example.com" in said["signing key newest checkpoint"]
    assert said["anchors the file"].startswith("anchored, last ")
    assert said["anchors Slack #audit"] == "nothing yet"
    assert said["register sign-in"].endswith("comes back to https://changes.example.com/register/signin/slack/back")
    assert said["register [register]"] == "readers readers USRE, auditors sec@example.com, admins leads"
    assert said["register who is in"] == "2 open invitations, 1 sessions"


def test_cookies_that_may_travel_by_http_are_said(good: Patient) -> None:
    alone = {"slack_client_id": "", "slack_client_secret": ""}
    for address, said in (("", True), ("http://x.example", True), ("HTTPS://x.example", False)):
        patient = _set(**alone, public_url=address)(good)
        assert any("cookies may travel by http" in one.found for one in of_evidence.register(patient)) == said


def _set(**values: str) -> Callable[[Patient], Patient]:
    return lambda patient: replace(patient, settings=replace(patient.settings, **values))  # type: ignore[arg-type]


def _rules(**values: object) -> Callable[[Patient], Patient]:
    def other(patient: Patient) -> Patient:
        assert patient.rules is not None
        return replace(patient, rules=replace(patient.rules, **values))  # type: ignore[arg-type]

    return other


def _later(patient: Patient) -> Patient:
    class Late:
        def now(self) -> object:
            return patient.clock.now() + timedelta(hours=3)

        real = now

    return replace(patient, clock=Late())  # type: ignore[arg-type]


def _other_key(patient: Patient) -> Patient:
    file = Path(patient.settings.signing_key_file).with_name("other")
    if not file.exists():
        signing_key.write(file, signing.generate(b"o" * 32, ORIGIN)[1])
    return _set(signing_key_file=str(file))(patient)


FAULTS: dict[str, tuple[Callable[[Patient], Patient], str, str]] = {
    "no-secret": (_set(session_secret=""), "SESSION_SECRET", "beside SLACK_CLIENT_ID and SLACK_CLIENT_SECRET: nobody"),
    "half": (_set(slack_client_secret=""), "sign-in", "SLACK_CLIENT_SECRET not set"),
    "no-address": (_set(public_url=""), "sign-in", "PUBLIC_URL not set"),
    "http": (_set(public_url="http://changes.example.com"), "sign-in", "not https"),
    "issuer": (_set(slack_api_url="http://127.0.0.1:9/api/"), "sign-in", "http://127.0.0.1:9 does not say that it is"),
    "nobody": (_rules(register=Register(readers=("readers",))), "[register]", "neither auditors nor admins"),
    "other-key": (_other_key, "newest checkpoint", "signed by another key"),
    "late": (_later, "the file", "does not hold the newest checkpoint: last 2"),
    "unlinked": (_rules(audit=replace(AUDIT, repository="acme/x")), "acme/x", "GitHub is not linked"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_planted_fault_is_found_and_comes_with_what_to_do(name: str, good: Patient) -> None:
    plant, checked, said = FAULTS[name]
    wrong = [one for one in found(plant(good)) if one.grade is Grade.BAD]
    assert [one for one in wrong if one.checked == checked and said in one.found], [*map(doctor.line, wrong)]
    assert all(one.mend for one in wrong)


@pytest.mark.parametrize(
    ("plant", "checked", "said"),
    [
        (_rules(audit=Audit()), "[audit]", "none: whoever runs the database could write its history anew"),
        (_rules(audit=Audit(file="anchors")), "[audit]", "one alone: the file"),
        (_set(slack_client_id="", slack_client_secret=""), "sign-in", "by invitation alone"),
        (_set(session_secret="", slack_client_id="", slack_client_secret=""), "SESSION_SECRET", "there is no register"),
    ],
)
def test_what_is_not_set_up_is_a_note_and_no_fault(
    plant: Callable[[Patient], Patient], checked: str, said: str, good: Patient
) -> None:
    told = found(plant(good))
    assert [one for one in told if one.grade is Grade.BAD] == []
    assert [said in one.found for one in told if one.grade is Grade.NOTE and one.checked == checked] == [True]
