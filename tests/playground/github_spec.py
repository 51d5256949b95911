"""GitHub's official description of its API and webhooks, as a check on requests, answers and deliveries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from bot.playground.github.hub import Hub
from bot.playground.github.traffic import Delivery
from bot.playground.traffic import Exchange
from tests.needs import require
from tests.playground.describing import kinds, watch

EVENTS_NOT_DESCRIBED = {"webhook-pull-request-edited"}

HOST = "https://api.github.com"

NOT_DESCRIBED = re.compile(
    r"/app/hook/config|/app/installations(/\d+)?|/installation/repositories|/repos/[^/]+/[^/]+/rulesets/\d+"
    r"|/repos/[^/]+/[^/]+/statuses/[^/]+"
    r"|/repos/[^/]+/[^/]+/actions/runs/\d+/attempts/\d+/logs|/_logs/.+"
)
"""Paths that GitHub answers and that were cut from the description, the old one PyGithub reads statuses from too.

The last are the log archive of a run (GitHub docs: "Download workflow run attempt logs", 302) and where it leads to.
"""

SLASHES = re.compile(
    r"(/repos/[^/]+/[^/]+/(?:rules/branches|branches|commits|git/ref|contents|compare)/)"
    r"(.+?)(/protection|/check-runs|/status|/statuses|/pulls)?"
)
"""Paths whose last name may hold slashes, which the description's own patterns do not take."""


KNOWN_GOOD: set[tuple[str, str, int, str]] = set()
"""Answers of a shape that was good already are not looked at again: a long look takes a twentieth of a second."""


@dataclass
class Asked:
    """A request as openapi-core reads one."""

    path: str
    method: str
    body: bytes | None
    content_type: str
    parameters: RequestParameters
    host_url: str = HOST

    @property
    def full_url_pattern(self) -> str:
        """Where it went."""
        return self.host_url + self.path


@dataclass
class Answered:
    """An answer as openapi-core reads one."""

    status_code: int
    data: bytes
    content_type: str = "application/json"
    headers: Headers = field(default_factory=Headers)


@lru_cache(maxsize=1)
def _described(folder: Path) -> tuple[OpenAPI, dict[str, Any]]:
    document = json.loads((folder / "github" / "api.trimmed.json").read_text())
    return OpenAPI.from_dict(document, Config(spec_validator_cls=None)), document  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _webhooks(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "github" / "webhooks.trimmed.json").read_text())
    return document


def asked(exchange: Exchange) -> Asked:
    """Return a request as openapi-core reads one.

    Without `created`: described as a time, it takes GitHub's search syntax for dates, as its own words say.
    """
    found = SLASHES.fullmatch(exchange.path)
    path = exchange.path
    if found is not None:
        path = found[1] + found[2].replace("/", "%2F") + (found[3] or "")
    query = [pair for pair in exchange.query if not (pair[0] == "created" and path.endswith("/actions/runs"))]
    parameters = RequestParameters(query=ImmutableMultiDict(query), header=Headers(exchange.headers))
    kind = exchange.headers.get("content-type", "application/json").lower()
    return Asked(path, exchange.method.lower(), exchange.body or None, kind, parameters)


def _undescribed(exchange: Exchange) -> bool:
    return exchange.method == "GET" and NOT_DESCRIBED.fullmatch(exchange.path) is not None


def request_violations(exchange: Exchange, folder: Path) -> list[str]:
    """Return what the description forbids of a request: also query parameters and body fields it does not know."""
    if _undescribed(exchange):
        return []
    api, _ = _described(folder)
    name, request = f"{exchange.method} {exchange.path}", asked(exchange)
    try:
        api.validate_request(request)
    except OpenAPIError as broken:
        return [f"{name}: {broken}"]
    return [f"{name}: {text}" for text in _unknown(folder, exchange, request.path)]


def _resolve(document: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in one:
        target: Any = document
        for part in one["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        one = target
    return one


@lru_cache(maxsize=4096)
def _template(folder: Path, path: str) -> str:
    """Return the described path that fits with the fewest names left open: LookupError when none does."""
    fits = [one for one in _described(folder)[1]["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]*", one), path)]
    if not fits:
        raise LookupError(path)
    return str(min(fits, key=lambda one: one.count("{")))


def _unknown(folder: Path, exchange: Exchange, path: str) -> Iterable[str]:
    """Name the query parameters and body fields that the description does not know: openapi-core lets them pass."""
    document = _described(folder)[1]
    verbs = document["paths"][_template(folder, path)]
    operation = verbs[exchange.method.lower()]
    described = [*operation.get("parameters", ()), *verbs.get("parameters", ())]
    known = {_resolve(document, one)["name"] for one in described}
    for name, _ in exchange.query:
        if name not in known:
            yield f"no query parameter is called {name}"
    if not exchange.body:
        return
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _resolve(document, content.get("schema", {}))
    parts = [_resolve(document, one) for key in ("anyOf", "oneOf") for one in schema.get(key, ())] or [schema]
    fields = {name for one in parts for name in one.get("properties", {})}
    for name in json.loads(exchange.body):
        if fields and name not in fields:
            yield f"no field of the body is called {name}"


def answer_violations(exchange: Exchange, folder: Path) -> list[str]:
    """Return what the description forbids of an answer that is no refusal."""
    if _undescribed(exchange) or exchange.status >= 400 or not exchange.handled:
        return []
    if "/contents/" in exchange.path and exchange.answer.startswith(b"["):
        return []  # openapi-core takes the discriminator of a file for the whole list
    api, _ = _described(folder)
    shape = (exchange.method, _template(folder, asked(exchange).path), exchange.status, kinds(exchange.answer))
    if shape in KNOWN_GOOD:
        return []
    try:
        api.validate_response(asked(exchange), Answered(exchange.status, exchange.answer))
    except OpenAPIError as broken:
        cause = broken.__cause__
        errors = getattr(cause, "schema_errors", ())
        said = [f"{one.json_path}: {one.message[-200:]}" for one in errors if not _really_null(one)]
        if not errors:
            said = [str(broken)]
        return [f"{exchange.method} {exchange.path} {exchange.status}: {one}" for one in said]
    else:
        KNOWN_GOOD.add(shape)
    return []


def _really_null(error: Any) -> bool:
    """Say whether GitHub gives null here, whatever its description says: nobody's e-mail, a check still running."""
    return error.instance is None and error.path[-1] in ("author", "committer", "conclusion")


def checked(hub: Hub, *, answers: bool = False, needed: bool = True) -> list[str]:
    """Check every request `hub` gets from now on, and with `answers` what it says; the list fills with violations.

    Without the descriptions the test is skipped, or when they are not `needed` nothing is checked.
    """

    def look(exchange: Exchange, folder: Path) -> list[str]:
        said = answer_violations(exchange, folder) if answers else []
        return [*request_violations(exchange, folder), *said]

    return watch(hub, look, needed=needed)


def webhook_violations(deliveries: Iterable[Delivery]) -> list[str]:
    """Return what the descriptions of webhooks forbid of what was delivered; the test is skipped without them."""
    document = _webhooks(require("specs"))
    found = []
    for one in deliveries:
        payload = json.loads(one.body)
        parts = [one.event.replace("_", "-"), payload.get("action", "").replace("_", "-")]
        name = "-".join(["webhook", *filter(None, parts)])
        if name in EVENTS_NOT_DESCRIBED:
            continue
        if name not in document["components"]["schemas"]:
            found.append(f"{name} is not described")
            continue
        validator = Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", "components": document["components"]},
            format_checker=FormatChecker(),
        )
        found += [f"{name} {one.json_path}: {one.message[-200:]}" for one in validator.iter_errors(payload)]
    return found
