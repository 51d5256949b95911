"""The headers of every answer below /register: nothing from elsewhere, nothing kept, shown in nobody's frame."""

from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex",
}


SECURE = "max-age=31536000"


def alone(secure: bool) -> dict[str, str]:
    """What an answer carries that does not come through `Headers`: one to a fault of ours."""
    return {**ALWAYS, "cache-control": "no-store", **({"strict-transport-security": SECURE} if secure else {})}


@dataclass(frozen=True, slots=True)
class Headers:
    """ASGI around the register. `secure`: browsers come by https, and shall from now on only do that."""

    app: ASGIApp
    secure: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, each answer with its headers."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                headers.setdefault("cache-control", "no-store")
                if self.secure:
                    headers["strict-transport-security"] = SECURE
            await send(message)

        await self.app(scope, receive, headed if scope["type"] == "http" else send)
