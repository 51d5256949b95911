"""Which endpoint answers which path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from bot.playground.pagerduty import events_v2, rest_incidents, rest_people
from bot.playground.pagerduty.asking import Ask
from bot.playground.pagerduty.records import Json, Token
from bot.playground.pagerduty.refusal import forbidden, missing, unauthorized
from bot.playground.pagerduty.world import World

Endpoint = Callable[[World, Ask], Any]

REST: dict[tuple[str, str], Endpoint] = {
    ("GET", "/oncalls"): rest_people.oncalls,
    ("GET", "/users"): rest_people.users,
    ("GET", "/users/me"): rest_people.me,
    ("GET", "/users/{id}"): rest_people.user,
    ("GET", "/schedules"): rest_people.schedules,
    ("GET", "/schedules/{id}"): rest_people.schedule,
    ("GET", "/escalation_policies"): rest_people.policies,
    ("GET", "/escalation_policies/{id}"): rest_people.policy,
    ("GET", "/services"): rest_people.services,
    ("GET", "/services/{id}"): rest_people.service,
    ("GET", "/abilities"): rest_people.abilities,
    ("GET", "/incidents"): rest_incidents.listed,
    ("POST", "/incidents"): rest_incidents.create,
    ("GET", "/incidents/{id}"): rest_incidents.one,
    ("PUT", "/incidents/{id}"): rest_incidents.change,
    ("GET", "/incidents/{id}/notes"): rest_incidents.notes,
    ("POST", "/incidents/{id}/notes"): rest_incidents.annotate,
    ("GET", "/incidents/{id}/log_entries"): rest_incidents.log_entries,
    ("GET", "/webhook_subscriptions"): rest_incidents.subscriptions,
    ("POST", "/webhook_subscriptions"): rest_incidents.subscribe,
    ("GET", "/webhook_subscriptions/{id}"): rest_incidents.subscription,
    ("POST", "/webhook_subscriptions/{id}/ping"): rest_incidents.ping,
}
"""What a token may ask; the first that fits answers."""

EVENTS: dict[str, Callable[[World, Json], Json]] = {
    "/v2/enqueue": events_v2.enqueue,
    "/v2/change/enqueue": events_v2.change,
}
"""What is sent with a routing key, on PagerDuty's other host."""

PATTERNS = [
    (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), endpoint)
    for (method, path), endpoint in REST.items()
]


def token(world: World, header: str) -> Token:
    """Return what a token may do: `Token token=…`. PagerDutyError 401 when it is none."""
    scheme, _, text = header.partition("=")
    found = world.tokens.get(text.strip('"')) if scheme == "Token token" else None
    if found is None:
        raise unauthorized()
    return found


def answer(world: World, method: str, path: str, ask: Ask) -> Any:
    """Find the endpoint of a path and return what it says. PagerDutyError for a refusal."""
    for verb, shape, endpoint in PATTERNS:
        found = shape.fullmatch(path)
        if found is None or verb != method:
            continue
        if ask.token.read_only and method != "GET":
            raise forbidden()
        names = {key: unquote(value) for key, value in found.groupdict().items()}
        return endpoint(world, Ask(names, ask.query, ask.body, ask.token, ask.sender))
    raise missing()
