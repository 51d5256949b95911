"""A second, independent stand-in for Slack: the least that a bot needs, written against Slack's documentation alone.

It shares nothing with `bot.playground`: `http.server` answers the Web API, `urllib` delivers signed requests, and the
`websockets` library serves Socket Mode. It remembers every call and checks nothing.
"""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen

from websockets.sync.server import Server, ServerConnection, serve

JSON = dict[str, Any]
SECRET = "another-secret"
PEOPLE = {"U1": "dev@example.com", "U2": "cto@example.com", "U3": "lead@example.com", "U4": "rel@example.com"}


class OtherSlack:
    """Start it, point the bot at `api`, then deliver; `calls` are (method, arguments) in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, JSON]] = []
        self._seen = threading.Condition()
        self._ts = 1_700_000_000
        self._link: ServerConnection | None = None
        self._answers: dict[str, JSON] = {}
        slack = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length") or 0))
                slack._handle(self, raw)

            def do_GET(self) -> None:
                slack._handle(self, self.path.partition("?")[2].encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._sockets: Server = serve(self._linked, "127.0.0.1", 0)
        for target in (self._http.serve_forever, self._sockets.serve_forever):
            threading.Thread(target=target, daemon=True).start()
        self.api = f"http://127.0.0.1:{self._http.server_address[1]}/api/"

    def close(self) -> None:
        """Free both ports."""
        self._sockets.shutdown()
        self._http.shutdown()
        self._http.server_close()

    def wait(self, method: str, *, holding: str = "", after: int = 0, seconds: float = 15.0) -> JSON:
        """The arguments of the first call of `method` (after so many calls) whose JSON holds a text."""
        ends = time.monotonic() + seconds
        with self._seen:
            while True:
                for name, given in self.calls[after:]:
                    if name == method and holding in json.dumps(given, ensure_ascii=False):
                        return given
                left = ends - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no {method} with {holding!r} in {[name for name, _ in self.calls]}")
                self._seen.wait(left)

    def deliver(self, url: str, fields: Mapping[str, str]) -> tuple[int, JSON | None]:
        """POST a signed form to the bot: (status, JSON of the answer)."""
        raw = urlencode(fields).encode()
        now = str(int(time.time()))
        mac = hmac.new(SECRET.encode(), b"v0:" + now.encode() + b":" + raw, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": now,
            "x-slack-signature": f"v0={mac}",
        }
        try:
            with urlopen(Request(url, raw, headers), timeout=10) as answer:
                body = answer.read()
                return answer.status, json.loads(body) if body else None
        except HTTPError as refused:
            return refused.code, None

    def push(self, kind: str, payload: JSON, *, seconds: float = 15.0) -> JSON:
        """Send one envelope over Socket Mode and return its acknowledgement."""
        ends = time.monotonic() + seconds
        while self._link is None and time.monotonic() < ends:
            time.sleep(0.05)
        assert self._link is not None, "the bot never connected"
        envelope = f"env-{time.monotonic_ns()}"
        self._link.send(
            json.dumps({"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True})
        )
        with self._seen:
            assert self._seen.wait_for(lambda: envelope in self._answers, seconds), "no acknowledgement"
            return self._answers[envelope]

    def _linked(self, link: ServerConnection) -> None:
        link.send(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}}))
        self._link = link
        for said in link:
            answer = json.loads(said)
            with self._seen:
                self._answers[answer["envelope_id"]] = answer
                self._seen.notify_all()

    def _handle(self, request: BaseHTTPRequestHandler, raw: bytes) -> None:
        method = request.path.partition("?")[0].removeprefix("/api/")
        if "json" in (request.headers.get("content-type") or ""):
            given: JSON = json.loads(raw or b"{}")
        else:
            given = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        answer = json.dumps({"ok": True, **self._answer(method, given)}).encode()
        with self._seen:
            self.calls.append((method, given))
            self._seen.notify_all()
        request.send_response(200)
        request.send_header("content-type", "application/json")
        request.send_header("content-length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)

    def _answer(self, method: str, given: JSON) -> JSON:
        self._ts += 1
        posted = {"channel": given.get("channel", "D1"), "ts": f"{self._ts}.000100"}
        by_mail = {mail: slack for slack, mail in PEOPLE.items()}
        answers: dict[str, JSON] = {
            "auth.test": {"team_id": "T1", "user_id": "UB", "bot_id": "B1", "url": "https://other.slack.com/"},
            "chat.postMessage": posted,
            "chat.update": posted,
            "chat.postEphemeral": {"message_ts": posted["ts"]},
            "conversations.open": {"channel": {"id": f"D{given.get('users', '')}"}},
            "conversations.list": {
                "channels": [
                    {"id": "C1INC", "name": "incidents"},
                    {"id": "C2DEP", "name": "deploys"},
                    {"id": "C3ESC", "name": "escalations"},
                ]
            },
            "views.open": {"view": {"id": f"V{self._ts}", "hash": "1.a", "state": {"values": {}}}},
            "views.update": {"view": {"id": f"V{self._ts}", "hash": "2.b", "state": {"values": {}}}},
            "apps.connections.open": {"url": f"ws://127.0.0.1:{self._sockets.socket.getsockname()[1]}/"},
            "conversations.info": {"channel": {"id": given.get("channel"), "is_channel": True, "is_member": True}},
            "usergroups.list": {"usergroups": []},
        }
        if method == "users.info":
            return {"user": _user(given["user"])}
        if method == "users.lookupByEmail":
            return {"user": _user(by_mail[given["email"]])}
        return answers.get(method, {})


def _user(slack: str) -> JSON:
    mail = PEOPLE[slack]
    return {
        "id": slack,
        "team_id": "T1",
        "name": mail.partition("@")[0],
        "real_name": mail.partition("@")[0].title(),
        "deleted": False,
        "is_bot": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_email_confirmed": True,
        "tz": "Europe/Berlin",
        "profile": {"email": mail, "display_name": mail.partition("@")[0]},
    }
