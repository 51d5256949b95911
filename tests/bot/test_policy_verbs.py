"""`policy explain` and `policy replay`: what the record says of a change, and another policy of all of them."""

from pathlib import Path

import pytest

from bot import policy_verbs
from bot.__main__ import main
from bot.settings import Settings, SettingsError
from tests import build
from tests.workflows.desk import Desk
from workflows import db, policies
from workflows.policy_problems import PolicyError
from workflows.rules import parse

POLICY = """version = 3
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "#incidents"
[groups.emergency-approvers]
users = ["cto@example.com", "lead@example.com"]
[groups.release-managers]
users = ["rel@example.com", "lead@example.com"]
[groups.security]
users = ["cto@example.com"]
[people."rel@example.com"]
github = "rel-gh"
[people."cto@example.com"]
github = "cto-gh"
[systems.payments]
repositories = ["acme/payments"]
[emergency]
approvers = [{ group = "emergency-approvers" }]
[[deploy]]
environments = ["production"]
approvers = [{ group = "release-managers" }]
"""
STRICTER = POLICY.replace('{ group = "release-managers" }', '{ group = "release-managers" }, { group = "security" }')


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    (tmp_path / "policy.toml").write_text(POLICY)
    (tmp_path / "strict.toml").write_text(STRICTER)
    return Settings(database_url=sqlite_url, policy_file=str(tmp_path / "policy.toml"))


@pytest.fixture
def approved(settings: Settings) -> str:
    """The key of a request that rel approved under the policy."""
    database = db.connect(settings.database_url, role="server")
    desk = Desk(database, rules=parse(POLICY.encode(), "policy.toml"))
    with database.write() as tx:
        policies.take(tx, desk.rules, actor=None, now=build.T0)
    key = desk.ask().key
    desk.wait(4).approve("rel")
    database.close()
    return key


def test_explain_prints_the_whole_answer(settings: Settings, approved: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert policy_verbs.explain(settings, approved.lower()) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[0].startswith("Deploy rule 1 of the policy of 16 Nov 2026 (version 3, ")
    assert lines[0].endswith(") decides on DR-2026-0001, because the environment is production.")
    assert lines[1].startswith("Needed: 1 of release-managers: have it (@rel, ")
    assert any(line.startswith("So: ") for line in lines)


def test_explain_goes_by_the_policy_in_force_not_by_a_file_nobody_took(
    settings: Settings, approved: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(settings.policy_file).write_text(STRICTER)
    assert policy_verbs.explain(settings, approved) == 0

    assert "security" not in capsys.readouterr().out


def test_explain_knows_no_such_change(settings: Settings, approved: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert policy_verbs.explain(settings, "DR-2026-0010") == 1
    assert capsys.readouterr().err == "There is no change DR-2026-0010. Did you mean DR-2026-0001?\n"


def test_replay_names_what_another_policy_would_have_decided(
    settings: Settings, approved: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert policy_verbs.replay_file(settings, settings.policy_file, since=None) == 0
    assert capsys.readouterr().out == "1 decision, none of them different.\n"

    assert policy_verbs.replay_file(settings, str(tmp_path / "strict.toml"), since="2026-11-16") == 1
    line, total = capsys.readouterr().out.splitlines()
    assert line.startswith("DR-2026-0001 was approved ")
    assert line.endswith("Under strict.toml: would not have been approved. Missing: 1 of security.")
    assert total == "1 decision, 1 of them different."

    assert policy_verbs.replay_file(settings, str(tmp_path / "strict.toml"), since="2026-11-17") == 0
    assert capsys.readouterr().out == "0 decisions, none of them different.\n"


def test_replay_takes_no_file_that_is_no_policy(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("version = 1")
    with pytest.raises(PolicyError, match=r"bad\.toml:1:"):
        policy_verbs.replay_file(settings, str(tmp_path / "bad.toml"), since=None)
    with pytest.raises(SettingsError, match=r"none\.toml can't be read: No such file"):
        policy_verbs.replay_file(settings, str(tmp_path / "none.toml"), since=None)
    with pytest.raises(SettingsError, match="--since must be a date"):
        policy_verbs.replay_file(settings, settings.policy_file, since="yesterday")


def test_the_verbs_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("explain", "replay"):
        with pytest.raises(SystemExit):
            main(["policy", verb, "--help"])
        assert verb in capsys.readouterr().out


def test_check_says_that_only_pagerduty_knows_who_is_on_call_and_that_it_is_not_linked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rota.toml"
    users = 'users = ["cto@example.com", "lead@example.com"]'
    file.write_text(POLICY.replace(users, 'pagerduty_schedules = ["PABC123"]'), encoding="utf-8")
    assert policy_verbs.check(Settings(policy_file=str(file))) == 0
    told = capsys.readouterr().out
    assert "the members of emergency-approvers (whoever PagerDuty has on call) were not read" in told
    assert "emergency-approvers: the policy names PagerDuty, which is not linked (PAGERDUTY_TOKEN is not set)" in told

    policy_verbs.check(Settings(policy_file=str(file), pagerduty_token="token"))
    assert "not linked" not in capsys.readouterr().out

    policy_verbs.sop(Settings(policy_file=str(file)))
    assert "one of emergency-approvers: whoever is on call in PagerDuty." in capsys.readouterr().out
