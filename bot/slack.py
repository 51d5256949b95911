"""Every send to Slack: one call each, never repeated here, and every failure in the class that decides what
follows.

Nothing sleeps: a rate limit is remembered per method and channel until it ends, and a token that Slack no
longer accepts stops every send for a minute.
"""

import hashlib
import http.client
import json
import logging
import threading
import urllib.error
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.clock import Clock
from bot.slack_errors import SendFailed, refusal
from workflows.backoff import Trouble

EVENT = "countersign"
TIMEOUT = 5
TEXT_LIMIT = 3000
PAGES = 25
LOOK_UPS = frozenset({"conversations.history", "conversations.replies"})
READING = LOOK_UPS | {"conversations.list"}


@dataclass(frozen=True, slots=True)
class Lost:
    """Slack refuses us: since when and with which words, and when it is asked again (time of machines)."""

    since: datetime
    error: str
    until: datetime


class Slack:
    """The sends. One instance per process, used by many threads; `api_url` ends in `/api/`, `timeout` in seconds."""

    def __init__(self, token: str, clock: Clock, *, api_url: str = WebClient.BASE_URL, timeout: int = TIMEOUT) -> None:
        quiet = logging.getLogger("bot.slack.client")
        quiet.setLevel(logging.CRITICAL)
        self._client = WebClient(token, base_url=api_url, timeout=timeout, retry_handlers=[], logger=quiet)
        self._clock = clock
        self._lock = threading.Lock()
        self._pauses: dict[tuple[str, str], datetime] = {}
        self._lost: dict[str, Lost] = {}

    @property
    def lost(self) -> Lost | None:
        """Set while Slack refuses us; the next call that Slack accepts clears it."""
        with self._lock:
            return next(iter(self._lost.values()), None)

    def post(
        self,
        channel: str,
        text: str,
        blocks: list[dict[str, Any]],
        *,
        id: str,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> tuple[str, str]:
        """Post a message that carries the outbox id, and return (channel id, ts)."""
        arguments: dict[str, Any] = {"thread_ts": thread, "reply_broadcast": broadcast or None} if thread else {}
        answer = self._call("chat.postMessage", channel, {**_content(text, blocks, id), **arguments, **_UNFURL})
        return str(answer["channel"]), str(answer["ts"])

    def update(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]], *, id: str) -> None:
        """Replace a message of ours; repeating it does no harm."""
        self._call("chat.update", channel, {"ts": ts, **_content(text, blocks, id)})

    def whisper(self, channel: str, user: str, text: str, blocks: list[dict[str, Any]], *, id: str) -> None:
        """Post an ephemeral message. It can't be found again: a repetition is a second one, with the same id."""
        self._call("chat.postEphemeral", channel, {**_content(text, blocks, id), "user": user})

    def publish_home(self, user: str, blocks: list[dict[str, Any]]) -> None:
        """Replace somebody's App Home."""
        view = {"type": "home", "blocks": blocks}
        self._call("views.publish", "", {"user_id": user, "view": view})

    def open_dm(self, user: str) -> str:
        """The channel of our direct messages with a person."""
        return str(self._call("conversations.open", "", {"users": user})["channel"]["id"])

    def channels(self) -> Iterator[tuple[str, str]]:
        """(name, id) of every channel we can see."""
        cursor = ""
        for _ in range(PAGES):
            arguments = {
                "types": "public_channel,private_channel",
                "exclude_archived": "true",
                "limit": "1000",
            }
            answer = self._call("conversations.list", "", arguments | ({"cursor": cursor} if cursor else {}))
            yield from ((str(c["name"]), str(c["id"])) for c in answer["channels"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def find(self, channel: str, *, id: str, since: datetime, thread: str | None = None) -> str | None:
        """The ts of our message with that outbox id, posted since then; None when there is none."""
        method = "conversations.replies" if thread else "conversations.history"
        oldest = f"{(since - timedelta(minutes=10)).timestamp():.6f}"
        arguments = {"oldest": oldest, "limit": "200", "include_all_metadata": "1"}
        arguments |= {"ts": thread} if thread else {}
        cursor = ""
        for _ in range(PAGES):
            answer = self._call(method, channel, arguments | ({"cursor": cursor} if cursor else {}))
            for message in answer["messages"]:
                if _outbox_id(message) == id:
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return None

    def _call(self, method: str, channel: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self._refuse_while_paused(method, channel)
        everything = {"channel": channel, **arguments} if channel else dict(arguments)
        try:
            answer = _send(self._client, method, everything)
        except SendFailed as failed:
            self._remember(method, channel, failed)
            raise
        with self._lock:
            self._lost.pop("", None)
            self._lost.pop(method, None)
        return answer

    def _refuse_while_paused(self, method: str, channel: str) -> None:
        now = self._clock.real()
        with self._lock:
            lost = self._lost.get("") or self._lost.get(method)
            if lost and now < lost.until:
                raise SendFailed(Trouble.LOST_AUTHORITY, lost.error, lost.until - now)
            until = self._pauses.get((method, channel))
            if until is not None and now < until:
                raise SendFailed(Trouble.RATE_LIMITED, "ratelimited", until - now)
            if until is not None:
                del self._pauses[method, channel]

    def _remember(self, method: str, channel: str, failed: SendFailed) -> None:
        now = self._clock.real()
        with self._lock:
            if failed.trouble is Trouble.RATE_LIMITED:
                self._pauses[method, channel] = now + failed.wait
            elif failed.trouble is Trouble.LOST_AUTHORITY and method not in LOOK_UPS:
                # a missing scope stops one method, everything else all of them
                what = method if failed.error.startswith("missing_scope") else ""
                since = self._lost[what].since if what in self._lost else now
                self._lost[what] = Lost(since, failed.error, now + failed.wait)


_UNFURL = {"unfurl_links": False, "unfurl_media": False}


def digest(text: str, blocks: list[dict[str, Any]]) -> str:
    """Names what a message shows, so that showing the same again can be left out."""
    return hashlib.sha256(json.dumps([text, blocks], sort_keys=True).encode()).hexdigest()


def _content(text: str, blocks: list[dict[str, Any]], id: str) -> dict[str, Any]:
    metadata = {"event_type": EVENT, "event_payload": {"id": id}}
    return {"text": text[:TEXT_LIMIT], "blocks": blocks, "metadata": metadata}


def _outbox_id(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("id") if metadata.get("event_type") == EVENT else None


def _send(client: WebClient, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """One request. Raises SendFailed."""
    try:
        if method in READING:
            answer = client.api_call(method, params=dict(arguments))
        else:
            answer = client.api_call(method, json=dict(arguments))
    except SlackApiError as refused:
        raise refusal(refused) from refused
    except urllib.error.URLError as fault:
        # raised while connecting or sending the request: Slack never had all of it
        raise SendFailed(Trouble.TRANSIENT, f"unreachable: {fault.reason}") from fault
    except TimeoutError as fault:
        raise SendFailed(Trouble.AMBIGUOUS, "no answer in time", timedelta(seconds=10)) from fault
    except (OSError, http.client.HTTPException, ValueError, SlackClientError) as fault:
        raise SendFailed(Trouble.AMBIGUOUS, f"connection lost: {type(fault).__name__}") from fault
    data: Mapping[str, Any] = answer.data  # type: ignore[assignment]
    return data
