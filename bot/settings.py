"""The environment as one frozen value. Errors name the variable and what to do; secrets are never shown."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values


class SettingsError(Exception):
    """The environment cannot be used; the message says which variable and what to do. Exit code 2."""


SECRETS = frozenset(
    [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_APP_TOKEN",
        "SLACK_CLIENT_SECRET",
        "DATABASE_URL",
        "PAGERDUTY_TOKEN",
        "PAGERDUTY_ROUTING_KEY",
        "PAGERDUTY_WEBHOOK_SECRET",
        "JIRA_TOKEN",
        "GITHUB_PRIVATE_KEY",
        "GITHUB_TOKEN",
        "GITHUB_WEBHOOK_SECRET",
        "SESSION_SECRET",
        "METRICS_TOKEN",
        "COUNTERSIGN_TOKEN",
    ]
)
ADDRESSES = (
    "slack_api_url",
    "public_url",
    "pagerduty_api_url",
    "pagerduty_events_url",
    "jira_url",
    "github_api_url",
)
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every variable by its lower-case name; empty means absent. `repr` hides every secret."""

    slack_bot_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)
    slack_app_token: str = field(default="", repr=False)
    slack_api_url: str = "https://slack.com/api/"
    slack_client_id: str = ""
    slack_client_secret: str = field(default="", repr=False)
    database_url: str = field(default="sqlite:///countersign.db", repr=False)
    policy_file: str = "policy.toml"
    host: str = "127.0.0.1"
    port: int = 3000
    public_url: str = ""
    pagerduty_token: str = field(default="", repr=False)
    pagerduty_from: str = ""
    pagerduty_routing_key: str = field(default="", repr=False)
    pagerduty_webhook_secret: str = field(default="", repr=False)
    pagerduty_api_url: str = "https://api.pagerduty.com"
    pagerduty_events_url: str = "https://events.pagerduty.com"
    jira_url: str = ""
    jira_email: str = ""
    jira_token: str = field(default="", repr=False)
    jira_project: str = ""
    jira_token_expires: str = ""
    github_api_url: str = "https://api.github.com"
    github_app_id: str = ""
    github_private_key: str = field(default="", repr=False)
    github_token: str = field(default="", repr=False)
    github_webhook_secret: str = field(default="", repr=False)
    signing_key_file: str = ""
    session_secret: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    countersign_url: str = ""
    countersign_token: str = field(default="", repr=False)
    log_level: str = "INFO"
    log_format: str = "json"

    @property
    def linked(self) -> frozenset[str]:
        """The peers that are set up here: "pagerduty", "jira", "github"."""
        given = {
            "pagerduty": self.pagerduty_token or self.pagerduty_routing_key,
            "jira": self.jira_url and self.jira_token,
            "github": self.github_token or (self.github_app_id and self.github_private_key),
        }
        return frozenset(name for name, there in given.items() if there)

    @property
    def by_https(self) -> bool:
        """Whether browsers come by https, however that is written."""
        return urlsplit(self.public_url).scheme == "https"

    def need(self, *names: str) -> None:
        """Raise SettingsError naming every one of these variables (upper case) that is absent."""
        absent = [name for name in names if not getattr(self, name.lower())]
        if absent:
            verb = "is" if len(absent) == 1 else "are"
            hint = " A secret may also stand in a file named by NAME_FILE." if SECRETS & set(absent) else ""
            raise SettingsError(f"{_listed(absent)} {verb} not set in the environment or in .env.{hint}")


def load(environ: Mapping[str, str] | None = None, *, dotenv: Path | None = Path(".env")) -> Settings:
    """Read the settings: the environment first, then `.env`, and for each secret the file named by NAME_FILE.

    Raises SettingsError.
    """
    given = dict(os.environ if environ is None else environ)
    if dotenv is not None and dotenv.is_file():
        for name, value in dotenv_values(dotenv).items():
            # `.env` must not bring back a secret that the environment replaced with a file.
            if value is not None and name.removesuffix("_FILE") not in given and f"{name}_FILE" not in given:
                given.setdefault(name, value)
    found = {one.name: value for one in fields(Settings) if (value := _value(one.name.upper(), given)) is not None}
    port = _port(found.pop("port", "3000"))
    return _checked(Settings(**found, port=port))


def _value(name: str, given: Mapping[str, str]) -> str | None:
    value = given.get(name, "").strip()
    file = given.get(f"{name}_FILE", "").strip() if name in SECRETS else ""
    if value and file:
        raise SettingsError(f"{name} and {name}_FILE are both set. Keep one of them.")
    if not file:
        return value or None
    try:
        value = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{name}_FILE cannot be read: {file} ({type(fault).__name__}).") from None
    if not value:
        raise SettingsError(f"{name}_FILE is empty: {file}.")
    return value


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 <= int(value[:9]) <= 65535):
        raise SettingsError(f"PORT must be a number from 0 to 65535, not {value[:20]!r}.")
    return int(value)


def _checked(settings: Settings) -> Settings:
    """The settings again, or SettingsError for what can be seen to be wrong without asking anyone."""
    for name in (
        "slack_api_url",
        "public_url",
        "pagerduty_api_url",
        "pagerduty_events_url",
        "jira_url",
        "github_api_url",
    ):
        value = getattr(settings, name)
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.netloc):
            raise SettingsError(f"{name.upper()} must be a whole address beginning with https://.")
    if not settings.slack_api_url.endswith("/api/"):
        raise SettingsError("SLACK_API_URL must end in /api/ (the last slash counts).")
    for name, right, wrong in (("slack_bot_token", "xoxb-", "xapp-"), ("slack_app_token", "xapp-", "xoxb-")):
        if getattr(settings, name).startswith((wrong, "xoxp-")):
            raise SettingsError(f"{name.upper()} must begin with {right}; this is another kind of token.")
    if 0 < len(settings.session_secret) < 32:
        raise SettingsError("SESSION_SECRET must have at least 32 characters: `openssl rand -hex 32` makes one.")
    if settings.log_level.upper() not in LEVELS:
        raise SettingsError(f"LOG_LEVEL must be one of {', '.join(LEVELS)}.")
    if settings.log_format not in ("json", "console"):
        raise SettingsError("LOG_FORMAT must be json or console.")
    return settings


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
