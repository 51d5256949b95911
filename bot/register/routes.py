"""Everything below /register: which page is where, and what happens around each of them.

Around a page: nothing that can't be read goes in; the visitor is known and may; a form's token is right; the view is in
the record before the page is sent; every answer, also a refusal, carries the same headers.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import structlog
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.desk import Desk
from bot.register import errors, provider, static
from bot.register.cookies import Cookies
from bot.register.doors import Doors
from bot.register.errors import Wrong
from bot.register.headers import Headers, alone
from bot.register.pages import PAGES
from bot.register.places import ours
from bot.register.signin import Ways
from bot.register.skeleton import Skeleton, skeleton
from bot.register.threads import run
from bot.register.tries import Tries
from bot.register.visitors import Page, Visit, Visitor
from bot.settings import Settings
from bot.web import body_of
from workflows import register_records

LOG = structlog.get_logger("register")
MOST_FIELDS = 50
KEY = re.compile(r"(?:EC|DR|FD|DRILL)-[0-9]{4}-[0-9]{4,9}", re.ASCII)
Way = Callable[[Request, dict[str, str]], Response]


def routes(desk: Desk, settings: Settings) -> list[BaseRoute]:
    """The routes of the register. Without SESSION_SECRET there is none: every address says so."""
    frame = Frame(desk, skeleton(), settings.signing_key_file)
    secure = settings.by_https
    headers = Middleware(Headers, secure=secure)
    handlers = {**frame.handlers(), Exception: _fault(secure)}
    inner = [Route("/static/{name}", static.file), *_pages(desk, settings, frame)]
    app = Starlette(routes=inner, middleware=[headers], exception_handlers=handlers)
    app.router.redirect_slashes = False  # it would write whatever Host says into an address

    async def home(request: Request) -> Response:
        return RedirectResponse("/register/", 308)

    return [Route("/register", home), Mount("/register", app)]


def _fault(secure: bool) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What people read of a fault of ours: it is drawn by nothing that may be at fault, and tells nothing of it."""

    async def fault(request: Request, found: Exception) -> Response:
        LOG.error("register", record="fault", fault=type(found).__name__)
        return HTMLResponse(errors.BROKEN, 500, headers=alone(secure))

    return fault


def _pages(desk: Desk, settings: Settings, frame: "Frame") -> list[BaseRoute]:
    if not settings.session_secret:
        return []
    secure = settings.by_https
    doors = Doors(desk, Cookies(settings.session_secret.encode(), secure))
    ways = Ways(doors, provider.of(settings), Tries(), frame.draw)
    open_to_all = [
        _way("/signin", "GET", ways.page),
        _way("/signin/slack", "GET", ways.to_slack),
        _way("/signin/slack/back", "GET", ways.from_slack),
        _way("/invitation", "GET", ways.page),
        _way("/invitation", "POST", ways.invited),
        _way("/signout", "POST", ways.out),
    ]
    return [*open_to_all, *(_route(page, doors, frame) for page in PAGES), Route("/{key}", by_key)]


async def by_key(request: Request) -> Response:
    """The short address of a change, as it stands in tickets and messages."""
    key = request.path_params["key"]
    if not KEY.fullmatch(key):
        raise HTTPException(404)
    return RedirectResponse(f"/register/changes/{key}", 308)


def _way(path: str, method: str, way: Way) -> Route:
    async def endpoint(request: Request) -> Response:
        readable(request)
        form = await form_of(request) if request.method == "POST" else {}
        return await run(way, request, form)

    return Route(path, endpoint, methods=[method])


def _route(page: Page, doors: Doors, frame: "Frame") -> Route:
    async def endpoint(request: Request) -> Response:
        form = await form_of(request) if request.method == "POST" else {}
        return await run(shown, page, doors, frame, request, form)

    return Route(page.path, endpoint, methods=list(page.methods), name=page.what)


def shown(page: Page, doors: Doors, frame: "Frame", request: Request, form: dict[str, str]) -> Response:
    """The page for whoever comes; its view is recorded before it is handed out."""
    readable(request)
    if page.taken and (before := instead(request)) is not None:
        return before
    visitor = doors.visitor(request, page.least)
    if isinstance(visitor, Response):
        return visitor
    if request.method == "POST":
        doors.csrf(visitor, form)
    draw = partial(frame.draw, visitor=visitor)
    visit = Visit(request, visitor, doors.desk, draw, form, frame.key_file)
    response = page.view(visit)
    if response.status_code < 400:
        key = register_records.key_of(request.path_params.get("key", "")) or None
        doors.record(visitor, page.what, key, asked=visit.saw, taken=page.taken)
    return response


def instead(request: Request) -> Response | None:
    """What comes in place of evidence that nobody here asked for, and that would be kept as taken by the visitor.

    A link or a picture of another site leads to the page of ours from which one takes it (Sec-Fetch-Site, which no site
    can forge). Raises Wrong for a HEAD, with which nothing is taken.
    """
    if request.method == "HEAD":
        raise Wrong(errors.NOT_SO, 405, headers={"allow": "GET"})
    if request.headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return None
    page, query = request.scope["path"].rpartition("/")[0], request.url.query
    return RedirectResponse(ours(f"{page}?{query}" if query else page), 303)


def readable(request: Request) -> None:
    """Raises Wrong for an address with what no page has use for: control characters, too much of anything."""
    given = [request.scope["path"], *(text for pair in request.query_params.multi_items() for text in pair)]
    if len(request.url.query) > 4000 or any(not text.isprintable() for text in given):
        raise Wrong(errors.UNREADABLE)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name. Raises Wrong for what is none."""
    raw = await body_of(request)
    if raw is None:
        raise Wrong("That is too much for a form.", 413)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Wrong("That is not a form of ours.")
    try:
        fields = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Wrong("That is not a form of ours.") from None
    if any("\x00" in text for pair in fields for text in pair):
        raise Wrong("That is not a form of ours.")
    return dict(fields)


@dataclass(frozen=True, slots=True)
class Frame:
    """Draws pages and refusals in the zone of the policy. `key_file`: of the key that signs packs."""

    desk: Desk
    skeleton: Skeleton
    key_file: str = ""

    def draw(self, template: str, *, visitor: Visitor | None = None, **context: Any) -> Response:
        """The page in its frame."""
        return self.skeleton.render(template, visitor, zone=self.desk.policy.rules.zone, **context)

    def refusal(self, wrong: Wrong) -> Response:
        """What people read instead of a page."""
        heading, way_in = errors.title(wrong.status), wrong.status == 403
        answer = self.draw("refused.html", heading=heading, words=wrong.words, way_in=way_in, status=wrong.status)
        answer.headers.update(wrong.headers)
        return answer

    def handlers(self) -> dict[Any, Any]:
        """What Starlette calls for what a page, or the lack of one, raises."""

        async def wrong(request: Request, found: Exception) -> Response:
            return self.refusal(found if isinstance(found, Wrong) else Wrong(errors.NOT_SO))

        async def http(request: Request, found: Exception) -> Response:
            status = found.status_code if isinstance(found, HTTPException) else 404
            words = errors.NOT_HERE if status == 404 else errors.NOT_SO
            more = found.headers if isinstance(found, HTTPException) else None
            return self.refusal(Wrong(words, status, headers=more))

        async def away(request: Request, found: Exception) -> Response:
            LOG.error("register", record="unavailable", fault=type(found).__name__)
            return self.refusal(Wrong(errors.AWAY, 503))

        return {Wrong: wrong, HTTPException: http, OperationalError: away}
