"""Where a visitor wanted to go: addresses of the register only, so that nobody is led elsewhere through us."""

import re
from urllib.parse import quote

from starlette.requests import Request

HOME = "/register/"
SIGN_IN = "/register/signin"
_OURS = re.compile(
    r"/register/(?!signin|signout|invitation|static)[A-Za-z0-9/_.-]{0,200}(?:\?[A-Za-z0-9=&%+_.,:*-]{0,800})?"
)


def ours(place: str) -> str:
    """The place, if it is one of the register's pages; else the first page."""
    return place if _OURS.fullmatch(place) and "//" not in place and ".." not in place else HOME


def asked_for(request: Request) -> str:
    """The page that this request is for, as a place to come back to."""
    query = request.url.query
    return ours(f"{request.scope['path']}?{query}" if query else str(request.scope["path"]))


def sign_in(place: str) -> str:
    """The address of the sign-in page from which one comes to that place."""
    return SIGN_IN if place == HOME else f"{SIGN_IN}?next={quote(place, safe='')}"
