"""The register over a stand-in Slack, and a browser that walks through its doors; nothing else runs."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import keys, serving
from bot.clock import ShiftedClock
from bot.parts import Parts
from bot.playground.server import build_playground
from bot.playground.sign_in import SignIn
from bot.playground.workspace import Workspace
from bot.register.routes import routes
from bot.settings import Settings
from tests.bot.house import POLICY, SCOPES, SECRET, TOKEN, people
from tests.loopback import served
from workflows import invitations, persons
from workflows.models import events

HERE = "https://changes.example.com"
BACK = f"{HERE}/register/signin/slack/back"
REGISTER = """
[groups.readers]
users = ["dev@example.com"]
[register]
readers = ["readers", "USRE"]
auditors = ["sec@example.com"]
admins = ["leads"]
contact = "@cto"
session = "8h"
"""


class Clock(ShiftedClock):
    """Both of its times are moved; the register's own is the real one."""

    def real(self) -> datetime:
        return self.now()


@cache
def signing_key() -> RSAKey:
    """Slack's key; making one takes a tenth of a second."""
    return SignIn().key


@dataclass
class Browser:
    """One browser, with its cookies; it follows nothing by itself."""

    client: TestClient
    slack: str
    seen: list[Any] = field(default_factory=list)

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, **fields: str) -> Any:
        return self.client.post(path, data=fields)

    def token(self, path: str = "/register/signin") -> str:
        """The token of the form on that page."""
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get(path).text)
        assert found is not None
        return found[1]

    def to_slack(self, place: str = "") -> dict[str, str]:
        """Press the button; what Slack is asked with."""
        answer = self.get(f"/register/signin/slack{place}")
        assert answer.status_code == 302, answer.text
        return {name: one[0] for name, one in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    def agree(self, asked: dict[str, str], user: str) -> str:
        """Agree in Slack as that person; where Slack sends the browser, below our address."""
        answer = httpx2.post(f"{self.slack}/openid/connect/authorize", data={**asked, "user": user})
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"]).removeprefix(HERE)

    def sign_in(self, user: str, place: str = "") -> Any:
        """All of it; the answer to coming back."""
        return self.get(self.agree(self.to_slack(place), user))

    def invited(self, token: str, **more: str) -> Any:
        """Use an invitation."""
        return self.post("/register/invitation", **{"csrf": self.token(), "token": token} | more)


@dataclass
class Doorway:
    """The whole of it."""

    ws: Workspace
    clock: Clock
    parts: Parts
    app: Starlette
    slack: str

    def browser(self, **more: Any) -> Browser:
        """A new browser."""
        client = TestClient(self.app, base_url=HERE, follow_redirects=False, **more)
        return Browser(client, self.slack)

    def invite(self, hours: int = 24) -> tuple[invitations.Invitation, str]:
        """An invitation for Ada of the auditors."""
        now = self.clock.real()
        who: dict[str, Any] = {"name": "Ada Auditor", "email": "Ada@audit.example", "by": "ops"}
        with self.parts.database.write() as tx:
            return invitations.invite(
                tx,
                **who,
                until=now + timedelta(hours=hours),
                random=keys.salt(),
                now=now,
                new_id=keys.new_id,
                salt=keys.salt,
            )

    def person(self, slack: str) -> str:
        """The person behind an account."""
        with self.parts.database.read() as tx:
            return persons.by_slack(tx, [slack])[slack]

    def told(self, *kinds: str) -> list[tuple[str, str | None, dict[str, Any]]]:
        """The events of the system of these kinds: kind, whose, and what."""
        with self.parts.database.read() as tx:
            rows = tx.execute(events.select().where(events.c.kind.in_(kinds)).order_by(events.c.seq)).all()
        return [(row.kind, row.person, json.loads(row.body)["data"]) for row in rows]

    def change_policy(self, before: str, after: str) -> None:
        """Another policy file is in force."""
        file = Path(self.parts.settings.policy_file)
        file.write_text(file.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
        self.clock.advance(timedelta(seconds=61))
        assert self.parts.policy.poll(self.clock.now())


@contextmanager
def doorway(url: str, folder: Path, **settings: Any) -> Iterator[Doorway]:
    """The register on this database; `settings` change ours."""
    clock = Clock()
    ws = Workspace(now=clock.now, real=lambda: clock.real().timestamp())
    ws.install(bot_token=TOKEN, signing_secret=SECRET, scopes=SCOPES)
    people(ws)
    ws.state.sign_in = SignIn("123.456", "client-secret", (BACK,))
    ws.state.sign_in.__dict__["key"] = signing_key()
    file = folder / "policy.toml"
    file.write_text(POLICY + REGISTER, encoding="utf-8")
    with served(build_playground(ws)) as slack:
        ours = Settings(
            slack_bot_token=TOKEN,
            slack_signing_secret=SECRET,
            slack_api_url=f"{slack}/api/",
            slack_client_id="123.456",
            slack_client_secret="client-secret",
            session_secret="s" * 32,
            public_url=HERE,
            database_url=url,
            policy_file=str(file),
        )
        parts = serving.compose(replace(ours, **settings), clock)
        app = Starlette(routes=routes(parts.desk, parts.settings))
        try:
            yield Doorway(ws, clock, parts, app, slack)
        finally:
            parts.readings.close()
            parts.database.close()
            ws.close()


def cookie(answer: Any, name: str) -> str:
    """The whole Set-Cookie line of that cookie; "" for none."""
    lines = [value for key, value in answer.headers.multi_items() if key == "set-cookie"]
    return next((line for line in lines if line.startswith(f"{name}=")), "")
