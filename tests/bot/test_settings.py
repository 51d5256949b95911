"""The environment is read once, its errors say what to do, and its secrets are never shown."""

from pathlib import Path

import pytest

from bot.settings import SECRETS, Settings, SettingsError, load


def read(tmp_path: Path, dotenv: str = "", **environ: str) -> Settings:
    """The settings of this environment and this `.env`."""
    file = tmp_path / ".env"
    file.write_text(dotenv, encoding="utf-8")
    return load(environ, dotenv=file)


def test_an_empty_environment_has_defaults(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert (found.host, found.port) == ("127.0.0.1", 3000)
    assert found.database_url == "sqlite:///countersign.db"
    assert found.policy_file == "policy.toml"
    assert found.slack_bot_token == ""


def test_the_environment_goes_before_dotenv(tmp_path: Path) -> None:
    found = read(tmp_path, "PORT=4000\nHOST=0.0.0.0\n", PORT="5000")
    assert (found.host, found.port) == ("0.0.0.0", 5000)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-from-file\n", encoding="utf-8")
    assert read(tmp_path, SLACK_BOT_TOKEN_FILE=str(file)).slack_bot_token == "xoxb-from-file"
    assert read(tmp_path, "SLACK_BOT_TOKEN=xoxb-old", SLACK_BOT_TOKEN_FILE=str(file)).slack_bot_token == (
        "xoxb-from-file"
    )


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"PORT": "many"}, "PORT must be a number"),
        ({"PORT": "70000"}, "PORT must be a number"),
        ({"SLACK_API_URL": "https://slack.com/api"}, "SLACK_API_URL must end in /api/"),
        ({"PUBLIC_URL": "example.com"}, "PUBLIC_URL must be a whole address"),
        ({"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN must begin with xoxb-"),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN must begin with xapp-"),
        ({"SESSION_SECRET": "s" * 31}, "SESSION_SECRET must have at least 32 characters"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL must be one of"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be json or console"),
        ({"JIRA_TOKEN": "a", "JIRA_TOKEN_FILE": "b"}, "JIRA_TOKEN and JIRA_TOKEN_FILE are both set"),
        ({"JIRA_TOKEN_FILE": "/nowhere/at/all"}, "JIRA_TOKEN_FILE cannot be read"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_mistake_names_its_variable(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read(tmp_path, **environ)


def test_what_is_needed_and_absent_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET are not set"):
        Settings().need("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "HOST")


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    values = {name: f"xoxb-hidden-{name}" for name in SECRETS if name not in ("SLACK_APP_TOKEN", "DATABASE_URL")}
    values |= {
        "SLACK_APP_TOKEN": "xapp-hidden",
        "SESSION_SECRET": "hidden" * 6,
        "DATABASE_URL": "postgresql://u:hidden@h/d",
    }
    found = read(tmp_path, **values)
    assert "hidden" not in repr(found)
    assert "hidden" not in str(found)
