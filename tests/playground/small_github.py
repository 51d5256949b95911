"""A served stand-in GitHub with two people and a repository, real PyGithub as its App, and an ear for webhooks."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import github
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github.Repository import Repository

from bot.playground.github.hub import Hub
from bot.playground.github.server import build_github
from bot.playground.running import serve
from tests.playground.github_spec import checked

APP, INSTALLATION, SECRET = "12345", 4711, "hush"
REPO = "acme/payments"
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@lru_cache(maxsize=2)
def keys(which: int) -> tuple[str, str]:
    """Return a private and a public key in PEM, made once; another pair for another number."""
    made = rsa.generate_private_key(65537, 2048)
    plain = serialization.NoEncryption()
    private = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@dataclass
class Clocks:
    """Two clocks that stand still until they are moved: of what happens, and of tokens (seconds since 1970)."""

    now: datetime = BEGIN
    offset: float = 0.0

    def pass_by(self, span: timedelta) -> None:
        """Let time pass in the hub."""
        self.now += span


@dataclass
class Ear:
    """A web server that keeps what is posted to it, as headers and body, and answers with `status`."""

    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 202
    url: str = ""


@contextmanager
def listening() -> Iterator[Ear]:
    """Serve an ear on loopback."""
    ear = Ear()

    class Handler(http.server.BaseHTTPRequestHandler):
        """Keeps what it is sent."""

        def do_POST(self) -> None:
            """Keep one webhook."""
            body = self.rfile.read(int(self.headers["content-length"]))
            ear.heard.append(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(ear.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ear.url = f"http://127.0.0.1:{server.server_port}/github/webhook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ear
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def small_hub(clocks: Clocks | None = None, webhook_url: str | None = None) -> Hub:
    """Return a hub with the App, ada and bob, a payments repository with one commit by ada, and production's gate."""
    times = clocks or Clocks()
    hub = Hub(lambda: times.now, lambda: datetime.now(UTC).timestamp() + times.offset)
    hub.install(
        app_id=APP,
        public_key=keys(0)[1],
        webhook_secret=SECRET,
        webhook_url=webhook_url,
        owner="acme",
        installation=INSTALLATION,
    )
    hub.add_account("ada", "Ada Byron", "ada@acme.example")
    hub.add_account("bob", "Bob Hale", "bob@acme.example", public_email=False)
    hub.add_repository(REPO)
    hub.commit(REPO, author="ada", message="Begin", files={"README.md": "# Payments\n", "src/app.py": "print(1)\n"})
    hub.environment(REPO, "production")
    return hub


@dataclass
class Stage:
    """What a test has at hand; `violations` fills with what the official description forbids."""

    hub: Hub
    url: str
    clocks: Clocks
    violations: list[str]
    known: list[github.Github] = field(default_factory=list)

    def integration(self, app: str = APP, private: str | None = None, expiry: int = 300) -> github.GithubIntegration:
        """Return PyGithub as the App."""
        auth = github.Auth.AppAuth(app, private or keys(0)[0], jwt_expiry=expiry)
        return github.GithubIntegration(
            auth=auth, base_url=self.url, timeout=5, retry=0, seconds_between_requests=0, seconds_between_writes=0
        )

    def client(self) -> github.Github:
        """Return PyGithub as the installation, always the same one."""
        if not self.known:
            self.known.append(self.integration().get_github_for_installation(INSTALLATION))
        return self.known[0]

    def repository(self, name: str = REPO) -> Repository:
        """Return PyGithub's repository, as the installation sees it."""
        return self.client().get_repo(name)


@contextmanager
def stage(webhook_url: str | None = None, *, answers: bool = False, checks: bool = True) -> Iterator[Stage]:
    """Serve a small hub; every request made is checked against the description, and must be as it says."""
    clocks = Clocks()
    hub = small_hub(clocks, webhook_url)
    found = checked(hub, answers=answers, needed=False) if checks else []
    handle = serve(build_github(hub))
    try:
        yield Stage(hub, handle.url, clocks, found)
        assert hub.settle()
    finally:
        handle.close()
    assert found == [], "\n".join(found)
