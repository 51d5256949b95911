"""Every answer and every silence of Slack, in the class that decides what follows."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.slack import Slack
from bot.slack_errors import ERRORS, SendFailed
from tests.bot.sending import HandClock
from workflows.backoff import Trouble


@dataclass
class Answer:
    """What the server says next: `body` None cuts the connection, `after` waits so many seconds first."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0


class Quiet(ThreadingHTTPServer):
    """Says nothing when a client hangs up."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@dataclass
class Server:
    """Answers every request alike, and remembers them."""

    url: str
    answer: Answer = field(default_factory=Answer)
    asked: list[tuple[str, Any]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"])).decode()
            made.asked.append((self.path, json.loads(raw) if raw.startswith("{") else raw))
            time.sleep(made.answer.after)
            if made.answer.body is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            body = made.answer.body if isinstance(made.answer.body, str) else json.dumps(made.answer.body)
            self.send_response(made.answer.status)
            for name, value in {"Content-Length": str(len(body)), **made.answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http = Quiet(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{http.server_port}/api/"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def slack(server: Server, clock: HandClock) -> Slack:
    return Slack("xoxb-1", clock, api_url=server.url, timeout=1)


def failure(slack: Slack, channel: str = "C1") -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        slack.post(channel, "A sentence.", [], id="1")
    return caught.value


def no(error: str, **more: Any) -> Answer:
    return Answer(body={"ok": False, "error": error, **more})


FATES = [
    (no("channel_not_found"), Trouble.WRONG_ADDRESS),
    (no("is_archived"), Trouble.WRONG_ADDRESS),
    (no("user_disabled"), Trouble.WRONG_ADDRESS),
    (no("invalid_blocks"), Trouble.BAD_CONTENT),
    (no("msg_blocks_too_long"), Trouble.BAD_CONTENT),
    (no("token_revoked"), Trouble.LOST_AUTHORITY),
    (no("ratelimited"), Trouble.RATE_LIMITED),
    (no("fatal_error"), Trouble.AMBIGUOUS),
    (no("something_new"), Trouble.POISON),
    (Answer(503, "<html>"), Trouble.TRANSIENT),
    (Answer(500, ""), Trouble.AMBIGUOUS),
    (Answer(502, "<html>"), Trouble.AMBIGUOUS),
    (Answer(504, {"ok": False}), Trouble.AMBIGUOUS),
    (Answer(429, "", {"Retry-After": "7"}), Trouble.RATE_LIMITED),
    (Answer(200, "<html>a portal of the hotel"), Trouble.AMBIGUOUS),
    (Answer(200, ""), Trouble.AMBIGUOUS),
    (Answer(200, None), Trouble.AMBIGUOUS),
    (Answer(200, {"ok": True}, {"Content-Length": "1000"}), Trouble.AMBIGUOUS),
]


@pytest.mark.parametrize(("answer", "trouble"), FATES, ids=lambda x: str(getattr(x, "body", x))[:40])
def test_every_answer_has_its_class(server: Server, slack: Slack, answer: Answer, trouble: Trouble) -> None:
    server.answer = answer
    assert failure(slack).trouble is trouble
    assert len(server.asked) == 1, "nothing is sent a second time here"


def test_no_answer_in_time_may_have_arrived_and_is_given_time(server: Server, slack: Slack) -> None:
    server.answer = Answer(body={"ok": True, "channel": "C1", "ts": "1.0"}, after=1.5)
    failed = failure(slack)
    assert (failed.trouble, failed.wait) == (Trouble.AMBIGUOUS, timedelta(seconds=10))


def test_a_server_that_cannot_be_reached_has_got_nothing(clock: HandClock) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        slack = Slack("xoxb-1", clock, api_url=f"http://127.0.0.1:{nobody.getsockname()[1]}/api/")
        assert failure(slack).trouble is Trouble.TRANSIENT


def test_the_mistakes_that_slack_finds_in_blocks_are_kept(server: Server, slack: Slack) -> None:
    server.answer = no("invalid_blocks", response_metadata={"messages": ["[ERROR] no more than 50 items"]})
    assert failure(slack).error == "invalid_blocks [ERROR] no more than 50 items"


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("0", 1), ("99999", 3600), ("soon", 30), ("-5", 30)])
def test_a_rate_limit_pauses_one_method_in_one_channel_for_as_long_as_slack_says(
    server: Server, slack: Slack, clock: HandClock, header: str, seconds: int
) -> None:
    server.answer = Answer(429, "", {"Retry-After": header})
    assert failure(slack).wait == timedelta(seconds=seconds)
    server.answer = Answer(body={"ok": True, "channel": "C2", "ts": "1.0"})
    slack.post("C2", "A sentence.", [], id="2")
    slack.update("C1", "1.0", "A sentence.", [], id="1")
    clock.pass_(seconds=seconds - 0.5)
    assert failure(slack).trouble is Trouble.RATE_LIMITED
    assert len(server.asked) == 3
    clock.pass_(seconds=1)
    slack.post("C1", "A sentence.", [], id="1")


def test_a_refused_token_stops_everything_for_a_minute_and_says_since_when(
    server: Server, slack: Slack, clock: HandClock
) -> None:
    since = clock.real()
    server.answer = no("account_inactive")
    failure(slack)
    clock.pass_(seconds=59)
    assert failure(slack, "C2").trouble is Trouble.LOST_AUTHORITY
    assert len(server.asked) == 1
    clock.pass_(seconds=1)
    failure(slack, "C2")
    assert slack.lost is not None
    assert (slack.lost.since, slack.lost.error) == (since, "account_inactive")
    clock.pass_(seconds=60)
    server.answer = Answer(body={"ok": True, "channel": "C2", "ts": "1.0"})
    slack.post("C2", "A sentence.", [], id="2")
    assert slack.lost is None


def test_a_missing_scope_stops_one_method(server: Server, slack: Slack) -> None:
    server.answer = no("missing_scope", needed="im:write")
    with pytest.raises(SendFailed, match="needs im:write"):
        slack.open_dm("U1")
    server.answer = Answer(body={"ok": True, "channel": "C1", "ts": "1.0"})
    slack.post("C1", "A sentence.", [], id="1")
    with pytest.raises(SendFailed):
        slack.open_dm("U2")
    assert slack.lost is not None
    assert len(server.asked) == 2


def test_what_is_posted(server: Server, slack: Slack) -> None:
    server.answer = Answer(body={"ok": True, "channel": "C1", "ts": "1.5"})
    blocks = [{"type": "divider"}]
    assert slack.post("C1", "x" * 5000, blocks, id="7", thread="1.0", broadcast=True) == ("C1", "1.5")
    assert server.asked == [
        (
            "/api/chat.postMessage",
            {
                "channel": "C1",
                "text": "x" * 3000,
                "blocks": blocks,
                "metadata": {"event_type": "countersign", "event_payload": {"id": "7"}},
                "thread_ts": "1.0",
                "reply_broadcast": True,
                "unfurl_links": False,
                "unfurl_media": False,
            },
        )
    ]


def test_only_our_own_message_with_that_id_is_found(server: Server, slack: Slack, clock: HandClock) -> None:
    def message(ts: str, event: str, id: str) -> dict[str, Any]:
        return {"ts": ts, "metadata": {"event_type": event, "event_payload": {"id": id}}}

    messages = [
        {"ts": "4"},
        message("3", "other_app", "7"),
        message("2", "countersign", "8"),
        {"ts": "1", "metadata": {}},
    ]
    server.answer = Answer(body={"ok": True, "messages": messages})
    assert slack.find("C1", id="7", since=clock.real()) is None
    server.answer.body["messages"].append(message("0", "countersign", "7"))
    assert slack.find("C1", id="7", since=clock.real()) == "0"
    (path, asked) = server.asked[0]
    oldest = (clock.real() - timedelta(minutes=10)).timestamp()
    assert path == "/api/conversations.history"
    assert f"oldest={oldest:.6f}" in asked
    assert "include_all_metadata=1" in asked


def test_a_thread_is_searched_by_its_replies(server: Server, slack: Slack, clock: HandClock) -> None:
    server.answer = Answer(body={"ok": True, "messages": []})
    assert slack.find("C1", id="7", since=clock.real(), thread="5.0") is None
    (path, asked) = server.asked[0]
    assert path == "/api/conversations.replies"
    assert "ts=5.0" in asked


def test_no_code_is_in_two_classes_and_no_token_is_in_a_failure(server: Server, slack: Slack) -> None:
    assert set(ERRORS.values()) == set(Trouble) - {Trouble.POISON, Trouble.REFUSED}
    server.answer = no("invalid_auth")
    failed = failure(slack)
    assert "xoxb" not in str(failed)
    assert isinstance(failed.__cause__, SlackApiError)
