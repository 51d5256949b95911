"""A whole house on loopback for the tests of the listeners: the stand-in Slack, the real web and app, SQLite."""

import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bot import serving
from bot.clock import ShiftedClock
from bot.parts import Parts
from bot.playground.faults import Fault
from bot.playground.records import Message
from bot.playground.running import Handle, serve
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.settings import Settings
from tests.loopback import served
from workflows import ledger, lists
from workflows.case import Case

TOKEN, APP_TOKEN, SECRET = "xoxb-house", "xapp-house", "8f742231b10e8888abcd99yyyzzz85a5"
SCOPES = [
    *("commands", "chat:write", "im:write", "users:read", "users:read.email", "usergroups:read"),
    *("channels:read", "groups:read", "channels:history", "groups:history", "im:history"),
]
POLICY = """version = 1
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "CINC"
escalations = "CESC"
[groups.leads]
users = ["cto@example.com"]
usergroup = "@oncall-leads"
contact = "+49 30 1234"
[groups.security]
users = ["USEC"]
[systems.payments]
repositories = ["acme/payments"]
[systems.search]
[systems."card vault"]
[emergency]
approvers = [{ group = "leads", count = 1 }]
fallback = ["security"]
[[emergency.rule]]
systems = ["card vault"]
approvers = [{ group = "leads", count = 1 }, { group = "security", count = 1 }]
"""


@dataclass
class House:
    """What a test sees of the house."""

    ws: Workspace
    clock: ShiftedClock
    parts: Parts
    web: Handle

    def declare(self, system: str = "payments", who: str = "UDEV", words: str = "checkout 500s") -> Case:
        """Have `who` declare an emergency through the front door; the case as it is then."""
        assert self.ws.command(who, "CINC", f"/emergency-change {words}").ok
        values: dict[tuple[str, str], Any] = {
            ("plan", "v"): "roll back to v811",
            ("systems", "v"): [system],
        }
        done = self.ws.submit(who, values)
        assert done.ok, done
        return self.newest()

    def newest(self) -> Case:
        """The change that was declared last."""
        with self.parts.database.read() as tx:
            case = lists.by_key(tx, lists.newest_key(tx) or "")
        assert case is not None
        return case

    def case(self, key: str) -> Case:
        """The change of this key."""
        with self.parts.database.read() as tx:
            case = ledger.case_by_key(tx, key)
        assert case is not None
        return case

    def deliver(self) -> None:
        """Bring every place up to date."""
        for _ in range(30):
            if not self.parts.worker.drain():
                return

    def card(self, channel: str = "CINC") -> Message:
        """The last card of the channel."""
        self.deliver()
        cards = [m for m in self.ws.messages(channel) if m.ephemeral_for is None and m.thread_ts is None]
        return cards[-1]

    def whispers(self, user: str, channel: str = "CINC") -> list[str]:
        """What only this person reads in the channel."""
        self.deliver()
        return [m.text for m in self.ws.messages(channel, user) if m.ephemeral_for == user]

    def told(self, user: str) -> list[str]:
        """What this person reads alone with us."""
        self.deliver()
        return [m.text for m in self.ws.messages(self.ws.dm(user), user)]

    def post(self, raw: bytes, **headers: str) -> tuple[int, bytes]:
        """Post bytes to /slack/events with these headers."""
        host = self.web.url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=10)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("POST", "/slack/events", raw, given)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def signed(self, raw: bytes, *, at: datetime | str | None = None, **headers: str) -> tuple[int, bytes]:
        """Post bytes as Slack would, signed at `at`."""
        moment = at if isinstance(at, str) else str(int((at or self.clock.real()).timestamp()))
        base = b"v0:" + moment.encode() + b":" + raw
        signature = "v0=" + hmac.new(SECRET.encode(), base, hashlib.sha256).hexdigest()
        given = {"content_type": "application/x-www-form-urlencoded"} | headers
        return self.post(raw, x_slack_request_timestamp=moment, x_slack_signature=signature, **given)


def command(text: str, user: str = "UDEV", **more: str) -> bytes:
    """The bytes of `/change text`."""
    fields = {"command": "/change", "text": text, "user_id": user, "team_id": "T0PLAYGRND", "channel_id": "CINC"}
    return urlencode(fields | {"trigger_id": "1.2.3"} | more).encode()


def payload(**body: Any) -> bytes:
    """The bytes of an interaction."""
    whole = {"team": {"id": "T0PLAYGRND"}, "user": {"id": "UDEV", "team_id": "T0PLAYGRND"}} | body
    return urlencode({"payload": json.dumps(whole)}).encode()


def people(ws: Workspace) -> None:
    """Six people, three channels, a group."""
    ws.add_person("UDEV", "dev", "Dana Dev", "dev@example.com", "Europe/Berlin")
    ws.add_person("USRE", "sre", "Sam Sre", "sre@example.com", "Europe/Berlin")
    ws.add_person("UCTO", "cto", "Chris Cto", "cto@example.com", "Europe/London")
    ws.add_person("ULEAD", "lead", "Lee Lead", "lead@example.com", "America/New_York")
    ws.add_person("USEC", "sec", "Sal Sec", "sec@example.com", "UTC")
    ws.add_person("UGUEST", "guest", "Gil Guest", "guest@example.com", "UTC", is_restricted=True)
    everybody = ["UDEV", "USRE", "UCTO", "ULEAD", "USEC", "UGUEST"]
    ws.add_channel("CINC", "incidents", everybody)
    ws.add_channel("CESC", "escalations", everybody)
    ws.add_channel("CRANDOM", "random", everybody, bot_member=False)
    ws.add_usergroup("S0LEADS", "oncall-leads", "On-call leads", ["ULEAD"])


@contextmanager
def house(url: str, folder: Path, *, socket: bool = False, policy: str = POLICY, down: bool = False) -> Iterator[House]:
    """A house on the database at `url`; its worker has no threads, `deliver()` does its work.

    `down`: Slack answers nothing when the house is built.
    """
    clock = ShiftedClock()
    ws = Workspace(now=clock.now, real=lambda: clock.real().timestamp())
    install: dict[str, Any] = {"bot_token": TOKEN, "signing_secret": SECRET, "app_token": APP_TOKEN, "scopes": SCOPES}
    ws.install(**install, request_url=None)
    people(ws)
    with served(build_playground(ws)) as slack:
        if down:
            ws.faults.add(Fault("outage"))
        file = folder / "policy.toml"
        file.write_text(policy, encoding="utf-8")
        settings = Settings(
            slack_bot_token=TOKEN,
            slack_signing_secret="" if socket else SECRET,
            slack_app_token=APP_TOKEN if socket else "",
            slack_api_url=f"{slack}/api/",
            database_url=url,
            policy_file=str(file),
        )
        parts = serving.compose(settings, clock)
        web = serve(serving.application(parts, works=False))
        if not socket:
            ws.install(**install, request_url=f"{web.url}/slack/events")
        try:
            yield House(ws, clock, parts, web)
        finally:
            web.close()
            ws.close()
