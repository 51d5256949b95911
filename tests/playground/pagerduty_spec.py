"""PagerDuty's official description of its REST and events API, and of webhooks, as a check on what is sent."""

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

from bot.playground.pagerduty.hub import Hub
from bot.playground.pagerduty.webhooks import Delivery
from bot.playground.traffic import Exchange
from tests.needs import require
from tests.playground.describing import kinds, watch
from tests.playground.github_spec import Answered, Asked

EVENTS = "/v2/"
HOSTS = {"rest.trimmed.json": "https://api.pagerduty.com", "events-v2.json": "https://events.pagerduty.com"}

KNOWN_GOOD: set[tuple[str, str, int, str]] = set()
"""Answers of a shape that was good already are not looked at again."""

NULL_IN_TRUTH = re.compile(
    r"schedule|start|end|resolved_at|priority|conference_bridge|resolve_reason|auto_resolve_timeout|total|description"
)
"""What PagerDuty's own examples give as null although its description says otherwise."""


def _document(path: str) -> str:
    return "events-v2.json" if path.startswith(EVENTS) else "rest.trimmed.json"


@lru_cache(maxsize=2)
def _described(folder: Path, name: str) -> tuple[OpenAPI, dict[str, Any]]:
    """Return the description, mended where its own examples break it."""
    text = (folder / "pagerduty" / name).read_text()
    document = json.loads(re.sub(r',\s*"readOnly": true|"readOnly": true,', "", text))  # ids that are pointed at
    schemas = document["components"]["schemas"]
    if "IncidentBody" in schemas:
        texts = {kind: {"type": "string"} for kind in ("type", "details")}  # a text, and a type that is asked for
        schemas["IncidentBody"]["properties"] = texts
        schemas["Channel"]["anyOf"] = schemas["Channel"].pop("oneOf")  # which overlap
        kinds = schemas["AcknowledgeLogEntry"]["allOf"][1]["properties"]["type"]
        kinds["enum"] = ["acknowledge_log_entry"]  # as LogEntry itself has it
    return OpenAPI.from_dict(document, Config(spec_validator_cls=None)), document  # type: ignore[arg-type]


def asked(exchange: Exchange) -> Asked:
    """Return a request as openapi-core reads one."""
    headers = Headers(exchange.headers)
    parameters = RequestParameters(query=ImmutableMultiDict(exchange.query), header=headers)
    kind = exchange.headers.get("content-type", "application/json").lower()
    host = HOSTS[_document(exchange.path)]
    return Asked(exchange.path, exchange.method.lower(), exchange.body or None, kind, parameters, host)


def request_violations(exchange: Exchange, folder: Path) -> list[str]:
    """Return what the description forbids of a request: also query parameters and body fields it does not know."""
    api, document = _described(folder, _document(exchange.path))
    name = f"{exchange.method} {exchange.path}"
    try:
        api.validate_request(asked(exchange))
    except OpenAPIError as broken:
        return [f"{name}: {broken}: {[one.message[-200:] for one in getattr(broken.__cause__, 'schema_errors', ())]}"]
    return [f"{name}: {text}" for text in _unknown(document, exchange)]


def _resolve(document: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in one:
        target: Any = document
        for part in one["$ref"].removeprefix("#/").split("/"):
            key = part.replace("%7B", "{").replace("%7D", "}").replace("~1", "/").replace("~0", "~")
            target = target[int(key)] if isinstance(target, list) else target[key]
        one = target
    return one


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the described fields of an object, those of its parts too."""
    schema = _resolve(document, schema)
    found = dict(schema.get("properties", {}))
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            found |= _fields(document, part)
    return found


def _unknown(document: dict[str, Any], exchange: Exchange) -> Iterable[str]:
    """Name the query parameters and body fields that the description does not know: openapi-core lets them pass."""
    fits = [one for one in document["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), exchange.path)]
    verbs = document["paths"][min(fits, key=lambda one: one.count("{"))]
    operation = verbs[exchange.method.lower()]
    known = {
        _resolve(document, one)["name"] for one in [*operation.get("parameters", ()), *verbs.get("parameters", ())]
    }
    for name, _ in exchange.query:
        if name not in known:
            yield f"no query parameter is called {name}"
    if exchange.body:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        yield from _strange(document, content.get("schema", {}), json.loads(exchange.body), "")


def _strange(document: dict[str, Any], schema: dict[str, Any], body: Any, where: str) -> Iterable[str]:
    fields = _fields(document, schema)
    if not isinstance(body, dict) or not fields:
        return
    for name, value in body.items():
        if name not in fields:
            yield f"no field of the body is called {where}{name}"
        else:
            yield from _strange(document, fields[name], value, f"{where}{name}.")


def answer_violations(exchange: Exchange, folder: Path) -> list[str]:
    """Return what the description forbids of an answer that is no refusal."""
    if exchange.status >= 400 or not exchange.handled or not exchange.status:
        return []
    shape = (exchange.method, re.sub(r"/[PQ]\w+", "", exchange.path), exchange.status, kinds(exchange.answer))
    if shape in KNOWN_GOOD:
        return []
    api, _ = _described(folder, _document(exchange.path))
    try:
        api.validate_response(asked(exchange), Answered(exchange.status, exchange.answer))
    except OpenAPIError as broken:
        errors = getattr(broken.__cause__, "schema_errors", ())
        said = [f"{one.json_path}: {one.message[-200:]}" for one in errors if not _mistaken(one)]
        if not errors:
            said = [f"{broken}: {broken.__cause__}"]
        return [f"{exchange.method} {exchange.path} {exchange.status}: {one}" for one in said]
    KNOWN_GOOD.add(shape)
    return []


def _mistaken(error: Any) -> bool:
    """Say whether PagerDuty does so in truth: nothing here, and whole people where they are asked for."""
    if error.instance is None:
        return NULL_IN_TRUTH.fullmatch(str(error.path[-1])) is not None
    return error.instance == "user" and list(error.path)[-2:] == ["user", "type"]


def checked(hub: Hub, *, answers: bool = False, needed: bool = True) -> list[str]:
    """Check every request `hub` gets from now on, and with `answers` what it says; the list fills with violations.

    Without the descriptions the test is skipped, or when they are not `needed` nothing is checked.
    """

    def look(exchange: Exchange, folder: Path) -> list[str]:
        said = answer_violations(exchange, folder) if answers else []
        return [*request_violations(exchange, folder), *said]

    return watch(hub, look, needed=needed)


@lru_cache(maxsize=1)
def _examples(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the official example of an event for each kind of data."""
    read = [json.loads(one.read_text()) for one in sorted((folder / "pagerduty" / "webhooks").glob("*.json"))]
    return {one["event"]["data"]["type"]: one["event"] for one in read}


def webhook_violations(deliveries: Iterable[Delivery]) -> list[str]:
    """Return where webhooks about incidents lack, or have, a field that the official example has not."""
    example = _examples(require("specs"))["incident"]
    found: list[str] = []
    for one in deliveries:
        event = json.loads(one.body)["event"]
        found += _differs(one.event, example, event, skip="data")
        if event["data"]["type"] == "incident":
            found += _differs(f"{one.event} data", example["data"], event["data"], skip="reopened_at")
    return found


def _differs(name: str, example: dict[str, Any], real: dict[str, Any], skip: str) -> Iterable[str]:
    for key in sorted((example.keys() ^ real.keys()) - {skip}):
        yield f"{name}: {key} is {'missing' if key in example else 'not described'}"
    for key in (example.keys() & real.keys()) - {skip}:
        if None not in (example[key], real[key]) and type(example[key]) is not type(real[key]):
            yield f"{name}: {key} is {type(real[key]).__name__}"
