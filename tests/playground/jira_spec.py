"""Jira's official description of its API, as a check on requests and answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from bot.playground.jira.hub import Hub
from bot.playground.traffic import Exchange
from tests.needs import require
from tests.playground.describing import kinds, watch
from tests.playground.github_spec import Answered, Asked

HOST = "https://your-domain.atlassian.net"

KNOWN_GOOD: set[tuple[str, str, str]] = set()
"""Requests and answers of a shape that was good already are not looked at again: a long look takes a while."""


@lru_cache(maxsize=1)
def _described(folder: Path) -> tuple[OpenAPI, dict[str, Any]]:
    document = json.loads((folder / "jira" / "platform-v3.trimmed.json").read_text())
    for verbs in document["paths"].values():
        for operation in verbs.values():
            operation.pop("security", None)  # it is the stand-in that judges tokens
    return OpenAPI.from_dict(document, Config(spec_validator_cls=None)), document  # type: ignore[arg-type]


def asked(exchange: Exchange) -> Asked:
    """Return a request as openapi-core reads one, wherever below it was asked."""
    path = exchange.path[exchange.path.find("/rest/api/") :]
    parameters = RequestParameters(query=ImmutableMultiDict(exchange.query), header=Headers(exchange.headers))
    return Asked(path, exchange.method.lower(), exchange.body or None, "application/json", parameters, HOST)


def request_violations(exchange: Exchange, folder: Path) -> list[str]:
    """Return what the description forbids of a request: also query parameters and body fields it does not know.

    That nobody has an issue is told as null, by the description's words and against its schema.
    """
    if exchange.path.endswith("/assignee") and exchange.body == b'{"accountId": null}':
        return []
    api, document = _described(folder)
    name, request = f"{exchange.method} {exchange.path}", asked(exchange)
    try:
        api.validate_request(request)
    except OpenAPIError as broken:
        causes = [one.message[-200:] for one in getattr(broken.__cause__, "schema_errors", ())]
        return [f"{name}: {broken} {causes}"]
    return [f"{name}: {text}" for text in _unknown(document, exchange, request.path)]


@lru_cache(maxsize=4096)
def _template(folder: Path, path: str) -> str:
    """Return the described path that fits with the fewest names left open: LookupError when none does."""
    fits = [one for one in _described(folder)[1]["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]*", one), path)]
    if not fits:
        raise LookupError(path)
    return str(min(fits, key=lambda one: one.count("{")))


def _resolve(document: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in one or "allOf" in one:
        one = one["allOf"][0] if "allOf" in one else document["components"]["schemas"][one["$ref"].rpartition("/")[2]]
    return one


def _unknown(document: dict[str, Any], exchange: Exchange, path: str) -> Iterable[str]:
    verbs = document["paths"][_template(require("specs"), path)]
    operation = verbs[exchange.method.lower()]
    known = {one["name"] for one in (*operation.get("parameters", ()), *verbs.get("parameters", ()))}
    for name, _ in exchange.query:
        if name not in known:
            yield f"no query parameter is called {name}"
    if exchange.body:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        yield from _fields(document, content.get("schema", {}), json.loads(exchange.body), "body")


def _fields(document: dict[str, Any], schema: dict[str, Any], value: Any, where: str) -> Iterable[str]:
    """Name the fields, at any depth, that the description does not know, and what is null."""
    known = _resolve(document, schema).get("properties", {})
    for name, one in value.items() if isinstance(value, dict) and known else ():
        if name not in known:
            yield f"no field of {where} is called {name}"
        elif one is None:
            yield f"{where}.{name} is null"
        else:
            yield from _fields(document, known[name], one, f"{where}.{name}")


def answer_violations(exchange: Exchange, folder: Path) -> list[str]:
    """Return what the description forbids of an answer that is no refusal.

    The list of remote links is described as one link, and times in a format (`+0000` is not in it), against the
    description's own examples.
    """
    if exchange.status >= 400 or not exchange.answer or not exchange.handled:
        return []
    if exchange.path.endswith("/remotelink") and exchange.answer.startswith(b"["):
        return []
    api, _ = _described(folder)
    try:
        api.validate_response(asked(exchange), Answered(exchange.status, exchange.answer))
    except OpenAPIError as broken:
        errors = getattr(broken.__cause__, "schema_errors", ())
        said = [f"{one.json_path}: {one.message[-200:]}" for one in errors if one.validator != "format"]
        said = said if errors else [str(broken)]
        return [f"{exchange.method} {exchange.path} {exchange.status}: {one}" for one in said]
    return []


def _shape(exchange: Exchange, folder: Path) -> tuple[str, str, str]:
    query = ",".join(sorted({name for name, _ in exchange.query}))
    place = _template(folder, asked(exchange).path) + "?" + query
    return f"{exchange.method} {exchange.status}", place, kinds(exchange.body)


def checked(hub: Hub, *, answers: bool = False, needed: bool = True) -> list[str]:
    """Check every request `hub` gets from now on, and with `answers` what it says; the list fills with violations.

    Without the description the test is skipped, or when it is not `needed` nothing is checked.
    """

    def look(exchange: Exchange, folder: Path) -> list[str]:
        try:
            shape = _shape(exchange, folder)
        except LookupError:
            return [f"{exchange.method} {exchange.path} is not described"]
        except ValueError:
            return [f"{exchange.method} {exchange.path}: the body is no JSON"]
        if shape in KNOWN_GOOD and not answers:
            return []
        said = request_violations(exchange, folder)
        if not said:
            KNOWN_GOOD.add(shape)
        return [*said, *(answer_violations(exchange, folder) if answers else [])]

    return watch(hub, look, needed=needed)
