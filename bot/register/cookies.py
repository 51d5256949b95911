"""The cookies of the register, and what is signed with SESSION_SECRET: form tokens, and the attempt to sign in.

OWASP ASVS 5.0, V3.3: Secure, HttpOnly, SameSite=Lax, and the `__Host-` prefix wherever the register is served by https.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

SESSION, ATTEMPT, DOOR = "countersign", "countersign-attempt", "countersign-door"
LONGEST = 3500


@dataclass(frozen=True, slots=True)
class Cookies:
    """`secure`: whether browsers come by https, so that the cookies may only travel so."""

    secret: bytes
    secure: bool

    def name(self, cookie: str) -> str:
        """The cookie's name as browsers know it."""
        return f"__Host-{cookie}" if self.secure else cookie

    def read(self, request: Request, cookie: str) -> str:
        """What the browser holds of it; "" for nothing, and for what is too long to be ours."""
        found = request.cookies.get(self.name(cookie), "")
        return found if len(found) <= LONGEST else ""

    def put(self, response: Response, cookie: str, value: str, seconds: int) -> None:
        """Have the browser keep it for so long, and show it to nobody but us."""
        response.set_cookie(
            self.name(cookie), value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def drop(self, response: Response, cookie: str) -> None:
        """Have the browser forget it."""
        self.put(response, cookie, "", 0)

    def form_token(self, about: str) -> str:
        """What a form must bring back: of a session by its hash, or of a door by what its cookie holds."""
        return hmac.new(self.secret, b"form:" + about.encode(), hashlib.sha256).hexdigest()

    def right(self, given: str, about: str) -> bool:
        """Whether a form brought back the token of this session or door."""
        return same(given, self.form_token(about))

    def sign(self, told: Mapping[str, str], *, until: datetime) -> str:
        """These words, readable for us alone to have written, until then."""
        raw = json.dumps({**told, "until": int(until.timestamp())}, sort_keys=True).encode()
        return f"{base64.urlsafe_b64encode(raw).decode()}.{self._mac(raw)}"

    def signed(self, text: str, *, now: datetime) -> dict[str, str] | None:
        """What `sign` was given, if we wrote it and its time is not over."""
        body, _, mac = text.partition(".")
        try:
            raw = base64.urlsafe_b64decode(body.encode("ascii"))
        except ValueError:
            return None
        if not same(mac, self._mac(raw)):
            return None
        told = json.loads(raw)
        return told if told.pop("until") > now.timestamp() else None

    def _mac(self, raw: bytes) -> str:
        return hmac.new(self.secret, b"words:" + raw, hashlib.sha256).hexdigest()


def same(given: str, right: str) -> bool:
    """Whether the two are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode())
