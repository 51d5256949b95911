"""The HTTP server of the stand-in GitHub: REST as GitHub speaks it, with faults on demand."""

from __future__ import annotations

import json
from math import ceil
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from bot.playground import rest
from bot.playground.github import logs_kept, pipelines, routes
from bot.playground.github.asking import Ask, Elsewhere, Made, Page
from bot.playground.github.faults import Fault
from bot.playground.github.hub import Hub
from bot.playground.github.records import Json
from bot.playground.github.refusal import GitHubError, missing
from bot.playground.github.rest_app import limits


def build_github(hub: Hub) -> Starlette:
    """Return the server of `hub`; run it with `bot.playground.running.serve`, which tells it its address."""

    return rest.build(
        hub.world,
        handle=lambda request, path, body: _handle(hub, request, path, body),
        refuse=lambda fault: _faulty(hub, fault),
    )


def _faulty(hub: Hub, fault: Fault | None) -> Response:
    """Answer as a fault says; nothing was done."""
    if fault is None or fault.kind == "outage":
        return Response("<html><body>Unicorn!</body></html>", 503, media_type="text/html")
    if fault.kind == "rate_limited":
        reset = str(int(hub.world.real()) + fault.retry_after)
        limit = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        headers = {"Retry-After": str(fault.retry_after), **limit}
        return _refuse(GitHubError(403, "API rate limit exceeded for installation."), headers)
    if fault.kind == "forbidden":
        return _refuse(GitHubError(403, "Resource not accessible by integration"))
    if fault.kind == "nothing_to_approve":
        return _refuse(GitHubError(422, pipelines.NOTHING, [pipelines.NOTHING]))
    return _refuse(missing())


def _refuse(refusal: GitHubError, headers: dict[str, str] | None = None) -> Response:
    return rest.answer(refusal.status, refusal.body(), headers or {})


def _handle(hub: Hub, request: Request, path: str, body: bytes) -> Response:
    world = hub.world
    with world.lock:
        headers = {f"X-RateLimit-{key.title()}": str(value) for key, value in limits(world).items()}
        headers |= {"X-RateLimit-Resource": "core", "X-GitHub-Media-Type": "github.v3; format=json"}
        try:
            if not request.headers.get("user-agent"):
                raise GitHubError(403, "Request forbidden by administrative rules.")
            query = dict(request.query_params)
            header = request.headers.get("authorization", "")
            archive = logs_kept.kept(world, path, header)
            if archive is not None:
                return Response(archive[1], archive[0], media_type="application/zip")
            ask = Ask({}, query, _parse(body), header=header)
            said = routes.answer(world, request.method, path, ask)
            if isinstance(said, Page):
                said, more = _cut(said, ask, world.base_url + path)
                headers |= more
        except GitHubError as refusal:
            return _refuse(refusal, headers)
    if isinstance(said, Elsewhere):
        return Response(None, 302, headers | {"Location": said.location})
    if isinstance(said, Made):
        return Response(None, 204, headers) if said.body is None else rest.answer(201, said.body, headers)
    return rest.answer(200, said, headers)


def _parse(body: bytes) -> Json:
    if not body:
        return {}
    try:
        read = json.loads(body)
    except ValueError:
        raise GitHubError(400, "Problems parsing JSON") from None
    if not isinstance(read, dict):
        raise GitHubError(400, "Body should be a JSON object")
    return read


def _cut(page: Page, ask: Ask, url: str) -> tuple[Any, dict[str, str]]:
    """Return one page of a list, and the Link header that leads to the others."""
    number, size = ask.paging()
    last = max(1, ceil(len(page.items) / size))
    shown = page.items[(number - 1) * size : number * size]
    wanted: dict[str, int] = {}
    if number > 1:
        wanted |= {"prev": min(number - 1, last), "first": 1}
    if number < last:
        wanted |= {"next": number + 1, "last": last}
    links = [f'<{url}?{urlencode({**ask.query, "page": to})}>; rel="{name}"' for name, to in wanted.items()]
    headers = {"Link": ", ".join(links)} if links else {}
    if page.key is None:
        return shown, headers
    return {"total_count": len(page.items), **page.around, page.key: shown}, headers
