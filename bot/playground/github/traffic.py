"""What goes between the App and the stand-in GitHub: webhooks, tokens, and where the App is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Delivery:
    """One webhook; `status` is the app's HTTP answer, 0 when it was lost, not configured or not answered."""

    id: str
    event: str
    body: bytes
    status: int = 0
    at: str = ""
    times: int = 0


@dataclass(frozen=True)
class Install:
    """The App, where it is installed, and where its webhooks go."""

    app_id: str
    public_key: str
    webhook_secret: str
    webhook_url: str | None
    owner: str
    installation: int
    repositories: tuple[str, ...] | None
    slug: str
    created: str


@dataclass
class Token:
    """A bearer token: of an installation (`expires` in seconds since 1970), or of a person."""

    login: str
    installation: int | None = None
    expires: float | None = None
    repositories: tuple[str, ...] | None = None
