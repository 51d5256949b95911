"""What the stand-in knows of the app that people sign in to with Slack, and of who agreed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from joserfc.jwk import RSAKey


@dataclass
class Code:
    """What somebody agreed to, until it is taken."""

    user: str
    nonce: str
    redirect: str
    challenge: str
    born: float
    used: bool = False


@dataclass
class SignIn:
    """The app as Slack knows it here: `redirects` are the addresses a browser may come back to.

    `pkce`: whether the configuration offers it. A challenge that is sent is always held against its verifier.
    """

    client_id: str = ""
    client_secret: str = ""
    redirects: tuple[str, ...] = ()
    pkce: bool = False
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    @cached_property
    def key(self) -> RSAKey:
        """The key that signs, made when it is needed first."""
        return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)
