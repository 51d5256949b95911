"""One question to GitHub's REST API and its answer, through PyGithub's requester; every path is built here or above.

Nothing is followed: no page link, no `url` field of an answer, no host but the configured one. Nothing sleeps: a rate
limit is handed back as Unavailable, and until it is over the same owner's questions are not even sent. What GitHub
marks with an ETag is asked for by it: "not modified" costs nothing of the rate limit (GitHub docs, "Best practices").
"""

import json
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from github.Requester import Requester

from workflows.links import Rejected, Unavailable, github_onward
from workflows.links import github_names as names
from workflows.links.github_kept import Kept
from workflows.links.github_tokens import Tokens

PAGE = 100
LONGEST_PAUSE = 3600.0
VERSION = "2022-11-28"
AGENT = "countersign"
MOST_MARKED = 512
LONGEST_MARKED = 200_000


class Wire:
    """Sends and reads. A requester keeps the question it is at in itself, so that each is lent to one thread."""

    def __init__(self, api_url: str, tokens: Tokens, timeout: int) -> None:
        self.address, self.timeout = api_url.rstrip("/"), timeout
        self.tokens = tokens
        self._idle: queue.LifoQueue[Requester] = queue.LifoQueue()
        self._pauses: dict[str, float] = {}
        self._lock = threading.Lock()
        self._marked = Kept(MOST_MARKED)
        self.asked = 0

    def get(self, repository: str, path: str = "", **query: Any) -> Any:
        """What `/repos/{repository}{path}` says. Raises Unavailable, Rejected."""
        return self._about(repository, "GET", path, {k: str(v) for k, v in query.items() if v is not None}, None)

    def post(self, repository: str, path: str, body: Mapping[str, Any]) -> Any:
        """Tell GitHub something about a repository, once. Raises Unavailable (it may have arrived), Rejected."""
        return self._about(repository, "POST", path, {}, body)

    def put(self, repository: str, path: str, body: Mapping[str, Any]) -> Any:
        """Put something in its place in a repository, once. Raises Unavailable (it may have arrived), Rejected."""
        return self._about(repository, "PUT", path, {}, body)

    def pages(self, repository: str, path: str, *, key: str = "", most: int = 1000, **query: Any) -> Iterator[Any]:
        """The entries of a list, page by page, at most `most`; `key`: where they stand in the answer."""
        for page in range(1, -(-most // PAGE) + 1):
            answer = self.get(repository, path, per_page=PAGE, page=page, **query)
            found = answer.get(key, []) if key else answer
            if not isinstance(found, list):
                raise Unavailable("no-list")
            yield from found[: most - (page - 1) * PAGE]
            if len(found) < PAGE:
                return

    def anywhere(self, path: str) -> Any:
        """What a path about no repository says. Raises Unavailable, Rejected."""
        return self._once("GET", path, self.tokens.any_authorization(), {}, None, owner="")

    def installation(self, repository: str) -> int:
        """The id of our installation there. Raises Unavailable, Rejected."""
        return self.tokens.installation(repository, self._as_app)

    def as_app(self, path: str) -> Any:
        """What a path about the App itself says. Raises Unavailable, Rejected ("not-an-app")."""
        return self._as_app("GET", path, self.tokens.as_app(), None)

    def location(self, repository: str, path: str) -> str:
        """Where GitHub sends us on to for this path; it is not followed. Raises Unavailable, Rejected."""
        owner = repository.split("/")[0].lower()
        self._refuse_while_paused(owner)
        authorization = self.tokens.authorization(repository, self._as_app)
        self.asked += 1
        said = github_onward.ask(self.address + names.repository(repository) + path, authorization, self.timeout)
        if said.status == 401 and self.tokens.is_app:
            self.tokens.forget(repository)
        if said.status in (302, 307) and said.location:
            return said.location
        raise self._no(said.status, said.headers, said.text, owner)

    def close(self) -> None:
        """Close the connections that are idle."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _about(
        self, repository: str, verb: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Any:
        whole = names.repository(repository) + path
        owner = repository.split("/")[0].lower()
        self._refuse_while_paused(owner)
        known = self.tokens.authorization(repository, self._as_app)
        try:
            return self._once(verb, whole, known, query, body, owner=owner)
        except Rejected as no:
            if no.status != 401 or not self.tokens.is_app:
                raise
        self.tokens.forget(repository)
        fresh = self.tokens.authorization(repository, self._as_app)
        return self._once(verb, whole, fresh, query, body, owner=owner)

    def _as_app(self, verb: str, path: str, authorization: str, body: Mapping[str, Any] | None) -> Any:
        return self._once(verb, path, authorization, {}, body, owner="")

    def _once(
        self,
        verb: str,
        path: str,
        authorization: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        *,
        owner: str,
    ) -> Any:
        self._refuse_while_paused(owner)
        key = (path, tuple(sorted(query.items())))
        marked: tuple[str, str] | None = self._marked.peek(key) if verb == "GET" else None
        status, headers, text = self._sent(verb, path, authorization, query, body, marked[0] if marked else "")
        if marked is not None and status == 304:
            return _read(marked[1])
        if 200 <= status < 300:
            if verb == "GET" and headers.get("etag") and len(text) <= LONGEST_MARKED:
                self._marked.put(key, (headers["etag"], text))
            return _read(text)
        raise self._no(status, headers, text, owner)

    def _no(self, status: int, headers: Mapping[str, str], text: str, owner: str) -> Unavailable | Rejected:
        """What an answer that is none of what was asked for means; a rate limit pauses its owner's questions."""
        wait = _rate_limit(status, headers, text)
        if wait is not None:
            with self._lock:
                self._pauses[owner] = time.monotonic() + wait
            return Unavailable("rate-limited", wait)
        return Unavailable(str(status)) if status >= 500 else Rejected(_message(text) or str(status), status)

    def _sent(
        self,
        verb: str,
        path: str,
        authorization: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        etag: str,
    ) -> tuple[int, Mapping[str, str], str]:
        """The raw answer; a question (no statement) is sent again once when the connection was cut."""
        headers = {"Authorization": authorization, "Accept": "application/vnd.github+json"}
        headers |= {"If-None-Match": etag} if etag else {}
        for again in (verb == "GET", False):
            requester = self._borrow()
            try:
                self.asked += 1
                said = requester.requestJson(
                    verb, path, dict(query), dict(headers), None if body is None else dict(body)
                )
            except requests.Timeout:
                requester.close()
                raise Unavailable("timeout") from None
            except requests.ConnectionError:
                requester.close()
                if not again:
                    raise Unavailable("no-connection") from None
                continue
            except (requests.RequestException, ValueError):
                requester.close()
                raise Unavailable("no-answer") from None
            except RuntimeError:  # PyGithub's own: sent on to another host, which it refuses
                requester.close()
                raise Rejected("redirected", 301) from None
            self._idle.put(requester)
            return said
        raise Unavailable("no-connection")

    def _borrow(self) -> Requester:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return Requester(
                auth=None,
                base_url=self.address,
                timeout=self.timeout,
                user_agent=AGENT,
                per_page=PAGE,
                verify=True,
                retry=None,
                pool_size=1,
                seconds_between_requests=None,
                seconds_between_writes=None,
                api_version=VERSION,
            )

    def _refuse_while_paused(self, owner: str) -> None:
        left = self._pauses.get(owner, 0.0) - time.monotonic()
        if left > 0:
            raise Unavailable("rate-limited", left)


def _read(text: str) -> Any:
    if not text:
        return {}
    try:
        return json.loads(text)
    except ValueError:
        raise Unavailable("no-json") from None


def _message(text: str) -> str:
    """GitHub's own short word for a refusal; "" when there is none."""
    try:
        said = json.loads(text)
    except ValueError:
        return ""
    message = said.get("message") if isinstance(said, dict) else None
    return message[:200] if isinstance(message, str) else ""


def _rate_limit(status: int, headers: Mapping[str, str], text: str) -> float | None:
    """Seconds to wait; None: this is no rate limit (GitHub docs, "Rate limits for the REST API")."""
    if status not in (403, 429):
        return None
    told = headers.get("retry-after", "")
    if told.isdigit():
        return min(float(told), LONGEST_PAUSE)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        try:
            at = parsedate_to_datetime(headers["date"]).timestamp()
        except (KeyError, ValueError):
            return 60.0
        return min(max(float(reset) - at, 1.0), LONGEST_PAUSE)
    return 60.0 if status == 429 or Requester.isRateLimitError(_message(text)) else None
