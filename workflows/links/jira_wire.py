"""One question to Jira's REST API and its answer, through the `jira` client; every path is built here or above.

Nothing is followed: no redirect, no `self` of an answer, no host but the configured one. Nothing sleeps: a rate limit
is handed back as Unavailable, and until it is over nothing is sent. An answer that Jira gives to nobody in particular
because it does not know our token is none (header X-Seraph-LoginReason): an empty search would be taken for the truth.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests
from jira import JIRA
from jira.exceptions import JIRAError

from workflows.links import Rejected, Unavailable

Timeout = tuple[float, float]
T = TypeVar("T")

LONGEST_PAUSE = 3600.0
USUAL_PAUSE = 30.0
GATEWAY = "/ex/jira/"
AGENT = "countersign"
_FAILED = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")


class Refused(Rejected):
    """Jira says no, and perhaps which fields are why: their ids → its words. `said`: its words beside those."""

    def __init__(self, why: str, status: int, errors: Mapping[str, str], said: str) -> None:
        super().__init__(why, status)
        self.errors = errors
        self.said = said


class Wire:
    """Sends and reads. A client is lent to one thread at a time; making one asks Jira nothing."""

    def __init__(self, url: str, email: str, token: str, timeout: Timeout) -> None:
        self.url = url.rstrip("/")
        self.scoped = GATEWAY in self.url
        self._email, self._token, self._timeout = email, token, timeout
        self._idle: queue.LifoQueue[JIRA] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._paused = 0.0
        self.asked = 0

    def get(self, path: str, **query: str | int | None) -> Any:
        """What `path`, below /rest/api/3/, says. Raises Unavailable, Rejected."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.ask(lambda client: _read(client._session.get(client._get_url(path), params=given)))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Tell Jira something, once. Raises Unavailable (it may have arrived), Rejected (it did not)."""
        return self._once(lambda client: _read(client._session.post(client._get_url(path), json=dict(body))))

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Set something; done twice it is as done once. Raises Unavailable (it may have arrived), Rejected."""
        return self._once(lambda client: _read(client._session.put(client._get_url(path), json=dict(body))))

    def ask(self, question: Callable[[JIRA], T]) -> T:
        """What the client says to a question; it is put once more when the connection was cut."""
        try:
            return self._once(question)
        except Unavailable as silent:
            if silent.why != "no-connection":
                raise
        return self._once(question)

    def close(self) -> None:
        """Close the connections that are idle."""
        while True:
            try:
                _close(self._idle.get_nowait())
            except queue.Empty:
                return

    def _once(self, call: Callable[[JIRA], T]) -> T:
        left = self._paused - time.monotonic()
        if left > 0:
            raise Unavailable("rate-limited", left)
        client = self._borrow()
        try:
            self.asked += 1
            said = call(client)
        except JIRAError as no:
            self._idle.put(client)
            raise self._judged(no) from None
        except Rejected:
            _close(client)
            raise
        except requests.RequestException as broken:
            _close(client)
            raise _broken(broken) from None
        except ValueError:
            _close(client)
            raise Unavailable("no-json") from None
        self._idle.put(client)
        return said

    def _borrow(self) -> JIRA:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            pass
        known: dict[str, Any] = (
            {"basic_auth": (self._email, self._token)} if self._email else {"token_auth": self._token}
        )
        client = JIRA(
            server=self.url,
            options={"rest_api_version": "3", "headers": {"User-Agent": AGENT}},
            get_server_info=False,
            logging=False,
            max_retries=0,
            timeout=self._timeout,
            **known,
        )
        client.deploymentType = "Cloud"  # else it asks the server before it searches, or finds nothing without a word
        client._session.max_redirects = 0
        client._session.hooks["response"].append(_refuse_strangers)
        client._fields_cache_value = {"summary": "summary"}  # else it asks for all fields before each first search
        return client

    def _judged(self, no: JIRAError) -> Unavailable | Rejected:
        status = no.status_code or 0
        response = no.response
        headers: Mapping[str, str] = {} if response is None else response.headers
        if status == 429:
            wait = _wait(headers) or USUAL_PAUSE
            with self._lock:
                self._paused = max(self._paused, time.monotonic() + wait)
            return Unavailable("rate-limited", wait)
        if status >= 500:
            return Unavailable(str(status), _wait(headers))
        body = _body(response)
        if status == 401:
            scope = "scope" in str(body.get("message", ""))  # the gateway's: the token is good, but not for this
            return Rejected("no-permission", 403) if scope else Rejected("revoked", 401)
        if status == 404 and "errorMessages" not in body:
            return Unavailable("no-answer")  # not Jira's own: a proxy's, or a site that is not there
        return _refused(status, body)


def _close(client: JIRA) -> None:
    client.close()  # type: ignore[no-untyped-call]


def _refuse_strangers(response: requests.Response, **_: Any) -> None:
    reason = response.headers.get("X-Seraph-LoginReason", "")
    if any(word in reason for word in _FAILED):
        response.close()
        raise Rejected("revoked", 401)


def _broken(broken: requests.RequestException) -> Unavailable | Rejected:
    if isinstance(broken, requests.Timeout):
        return Unavailable("timeout")
    if isinstance(broken, requests.ConnectionError):
        return Unavailable("no-connection")
    if isinstance(broken, requests.TooManyRedirects):
        return Rejected("redirected", 301)
    return Unavailable("no-json" if isinstance(broken, requests.JSONDecodeError) else "no-answer")


def _wait(headers: Mapping[str, str]) -> float:
    told = headers.get("Retry-After", "")
    return min(float(told), LONGEST_PAUSE) if told.isdigit() else 0.0


def _body(response: Any) -> Mapping[str, Any]:
    try:
        found = response.json()
    except (ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def _refused(status: int, body: Mapping[str, Any]) -> Refused:
    given, messages = body.get("errors"), body.get("errorMessages")
    errors = {str(key): str(text) for key, text in given.items()} if isinstance(given, dict) else {}
    said = " ".join(str(one) for one in messages) if isinstance(messages, list) else ""
    if status == 403 or (status == 400 and "permission" in said.lower()):
        return Refused("no-permission", status, errors, said)
    return Refused("gone" if status == 404 else "refused", status, errors, said)


def _read(response: requests.Response) -> Any:
    return response.json() if response.content else {}
