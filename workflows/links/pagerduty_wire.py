"""One question to PagerDuty and its answer, through PagerDuty's own client; every path is built here or above.

Nothing is followed: no redirect, no address in an answer. Nothing is tried again and nothing sleeps: the client would
do both, for ever on a rate limit, so that its answers are judged before it sees them.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import httpx2
from pagerduty import Error, EventsApiV2Client, HttpError, RestApiV2Client, UrlError

from workflows.links import Rejected, Unavailable

PAGE = 100
MOST = 2000
LONGEST_PAUSE = 3600.0
USUAL_PAUSE = 60.0
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_WHY = {401: "revoked", 403: "no-permission", 404: "gone"}
T = TypeVar("T")


class Wire:
    """Sends and reads; safe for many threads. The clients are made at the first question, with one TLS context."""

    def __init__(
        self, token: str, sender: str, routing_key: str, api_url: str, events_url: str, timeout: float
    ) -> None:
        self.token, self.sender, self.routing_key = token, sender, routing_key
        self._api_url, self._events_url, self._timeout = api_url.rstrip("/"), events_url.rstrip("/"), timeout
        self._lock = threading.Lock()
        self._tls: Any = None
        self._rest: RestApiV2Client | None = None
        self._events: EventsApiV2Client | None = None

    def get(self, path: str, **query: Any) -> Any:
        """What a path says. `ids=[…]` is asked as PagerDuty wants lists. Raises Unavailable, Rejected."""
        return self._asked(lambda client: client.get(path, params=_query(query)), again=True)

    def pages(self, path: str, key: str, **query: Any) -> Iterator[Any]:
        """The entries of a list, page by page. Unavailable("pages-missing") when there are more than MOST."""
        offset = 0
        while offset < MOST:
            answer = self.get(path, limit=PAGE, offset=offset, **query)
            found = listed(answer, key)
            yield from found
            if not answer.get("more"):
                return
            if not found:
                raise Unavailable("no-list")
            offset += len(found)
        raise Unavailable("pages-missing")

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Tell PagerDuty something, once, as `sender`. Raises Unavailable (it may have arrived), Rejected."""
        if not self.sender:
            raise Rejected("not-configured")
        headers = {"From": self.sender}
        return self._asked(lambda client: client.post(path, json=dict(body), headers=headers))

    def event(self, send: Callable[[EventsApiV2Client], T]) -> T:
        """Send an event, once. Raises Unavailable (it may have arrived), Rejected: a key of nobody's is "revoked"."""
        if not self.routing_key:
            raise Rejected("not-configured")
        try:
            return _answered(lambda: send(self._events_client()))
        except Rejected as no:
            if "routing" in no.why.lower():  # a 400 like any other malformed event, but it says that we are not known
                raise Rejected("revoked", 401) from None
            raise

    def close(self) -> None:
        """Close the connections that are idle."""
        with self._lock:
            for client in (self._rest, self._events):
                if client is not None:
                    client.close()

    def _asked(self, ask: Callable[[RestApiV2Client], httpx2.Response], *, again: bool = False) -> Any:
        if not self.token:
            raise Rejected("not-configured")
        client = self._rest_client()
        try:
            return _answered(lambda: _read(ask(client)))
        except Unavailable as silence:
            if silence.why != "no-connection" or not again:
                raise
        return _answered(lambda: _read(ask(client)))  # a kept connection was cut while it was idle

    def _rest_client(self) -> RestApiV2Client:
        with self._lock:
            if self._rest is None:
                made = RestApiV2Client(self.token, base_url=self._api_url, **self._options())
                self._rest = _impatient(made, self._timeout)
            return self._rest

    def _events_client(self) -> EventsApiV2Client:
        with self._lock:
            if self._events is None:
                made = EventsApiV2Client(self.routing_key, base_url=self._events_url, **self._options())
                self._events = _impatient(made, self._timeout)
            return self._events

    def _options(self) -> dict[str, Any]:
        """A context costs 25 ms and two clients can share one. The environment names authorities (SSL_CERT_FILE)."""
        if self._tls is None:
            self._tls = httpx2.create_ssl_context()
        return {"verify": self._tls, "event_hooks": {"response": [_judged]}}


def identifier(value: str) -> str:
    """An id as it may stand in a path. Rejected("gone", 404): nothing can have it, and nobody is asked."""
    if not _ID.fullmatch(value):
        raise Rejected("gone", 404)
    return value


def listed(answer: Any, key: str) -> list[Any]:
    """The list in an answer. Unavailable("no-list")."""
    found = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise Unavailable("no-list")
    return found


def _impatient(client: T, timeout: float) -> T:
    client.timeout, client.max_network_attempts = timeout, 0  # type: ignore[attr-defined]
    return client


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in query.items() if value}


def _answered(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except HttpError:  # a success whose body is none that the client knows
        raise Unavailable("unreadable") from None
    except (Error, UrlError) as fault:
        late = isinstance(fault.__cause__, httpx2.TimeoutException)
        raise Unavailable("timeout" if late else "no-connection") from None
    except httpx2.HTTPError:
        raise Unavailable("no-answer") from None


def _read(response: httpx2.Response) -> Any:
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError:
        raise Unavailable("no-json") from None


def _judged(response: httpx2.Response) -> None:
    """Raise what an answer that is no success means, before the client sleeps over it or tries again."""
    status = response.status_code
    if 200 <= status < 300:
        return
    response.read()
    if status == 429:
        raise Unavailable("rate-limited", _pause(response.headers))
    if status >= 500:
        raise Unavailable(str(status))
    if status < 400:
        raise Rejected("redirected", status)
    raise Rejected(_WHY.get(status) or _message(response) or str(status), status)


def _pause(headers: httpx2.Headers) -> float:
    for name in ("retry-after", "ratelimit-reset"):
        told = headers.get(name, "")
        if told.isdigit():
            return min(float(told), LONGEST_PAUSE)
    return USUAL_PAUSE


def _message(response: httpx2.Response) -> str:
    """What PagerDuty says is wrong: the first particular, or the message."""
    try:
        said = response.json()
    except ValueError:
        return ""
    error = said.get("error", said) if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return ""
    particulars = error.get("errors")
    first = particulars[0] if isinstance(particulars, list) and particulars else error.get("message")
    return str(first)[:200] if isinstance(first, str) else ""
