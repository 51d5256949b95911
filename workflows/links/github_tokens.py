"""Who we are to GitHub: a plain token, or a GitHub App that takes a token for each repository it is installed on.

Source: GitHub docs, "Authenticating as a GitHub App installation": a token is good for an hour; it is taken anew after
fifty minutes, and at once when GitHub does not know it any more.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from github.Auth import AppAuth

from workflows.links import Rejected
from workflows.links import github_names as names

ALGORITHM = "RS256"
GOOD_FOR = 50 * 60.0
"""Seconds a token is used; measured on the machine's monotonic clock."""

Ask = Callable[[str, str, str, Mapping[str, Any] | None], Any]
"""verb, path, Authorization, body → what GitHub answered."""


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    until: float


class Tokens:
    """The Authorization of each repository. With neither App nor token every question is Rejected."""

    def __init__(self, app_id: str, private_key: str, token: str) -> None:
        self._token = token
        self._app_id, self._key = app_id, private_key.replace("\\n", "\n")
        self._private: Any = None
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._held: dict[str, _Held] = {}
        self._installations: dict[str, int] = {}

    @property
    def is_app(self) -> bool:
        """Whether we are an App; only one may answer for a deployment protection rule."""
        return bool(self._app_id and self._key)

    def authorization(self, repository: str, ask: Ask) -> str:
        """The header for questions about a repository. Raises Unavailable, Rejected ("not-installed")."""
        if not self.is_app:
            if not self._token:
                raise Rejected("not-linked")
            return f"Bearer {self._token}"
        key = repository.lower()
        with self._lock:
            mine = self._locks.setdefault(key, threading.Lock())
        with mine:
            held = self._held.get(key)
            if held is None or held.until <= time.monotonic():
                began = time.monotonic()
                held = self._held[key] = _Held(self._take(repository, ask), began + GOOD_FOR)
        return f"Bearer {held.token}"

    def any_authorization(self) -> str:
        """The header for questions about no repository. Raises Rejected until one was asked about."""
        now = time.monotonic()
        found = next((held.token for held in list(self._held.values()) if held.until > now), self._token)
        if not found:
            raise Rejected("not-linked")
        return f"Bearer {found}"

    def forget(self, repository: str) -> None:
        """Take a new token for this repository when next asked: GitHub does not know the old one."""
        self._held.pop(repository.lower(), None)
        self._installations.pop(repository.lower(), None)

    def installation(self, repository: str, ask: Ask) -> int:
        """The id of our installation on this repository. Raises Unavailable, Rejected ("not-installed")."""
        if not self.is_app:
            raise Rejected("not-an-app")
        known = self._installations.get(repository.lower())
        if known is None:
            try:
                answer = ask("GET", f"{names.repository(repository)}/installation", self._jwt(), None)
            except Rejected as no:
                raise Rejected("not-installed" if no.status == 404 else no.why, no.status) from None
            known = self._installations[repository.lower()] = names.number(answer.get("id", 0))
        return known

    def as_app(self) -> str:
        """The header for questions about the App itself. Raises Rejected ("not-an-app", "private-key")."""
        if not self.is_app:
            raise Rejected("not-an-app")
        return self._jwt()

    def _take(self, repository: str, ask: Ask) -> str:
        """A token for this repository and no other."""
        installation = self.installation(repository, ask)
        body = {"repositories": [repository.split("/")[1]]}
        answer = ask("POST", f"/app/installations/{installation}/access_tokens", self._jwt(), body)
        token = answer.get("token")
        if not isinstance(token, str) or not token:
            raise Rejected("no-token", 201)
        return token

    def _jwt(self) -> str:
        try:
            return f"Bearer {AppAuth(self._app_id, sign_func=self._signed).token}"
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Rejected("private-key") from None

    def _signed(self, claims: Mapping[str, Any]) -> str:
        """The key is read once: to check it takes many times as long as to sign with it."""
        if self._private is None:
            self._private = jwt.get_algorithm_by_name(ALGORITHM).prepare_key(self._key)
        return jwt.encode(dict(claims), self._private, ALGORITHM)
