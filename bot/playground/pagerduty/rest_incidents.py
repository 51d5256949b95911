"""REST: incidents, their notes and their log, and webhook subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.playground.pagerduty import incidents, shapes, telling
from bot.playground.pagerduty.asking import Ask, Made, page
from bot.playground.pagerduty.records import Incident, Json, Subscription
from bot.playground.pagerduty.refusal import PagerDutyError, invalid, missing
from bot.playground.pagerduty.world import World, stamp

USUALLY = timedelta(days=30)
VERBS = {"resolved": incidents.resolve, "acknowledged": incidents.acknowledge}


def _found(world: World, ask: Ask) -> Incident:
    try:
        return world.incident(ask.names["id"])
    except LookupError:
        raise missing() from None


def listed(world: World, ask: Ask) -> Json:
    """GET /incidents: of the last month unless `date_range=all`."""
    since = ask.moment("since", world.clock() - USUALLY)
    first = "" if ask.one("date_range") == "all" else stamp(since)
    statuses, services, urgencies = ask.many("statuses"), ask.many("service_ids"), ask.many("urgencies")
    key = ask.one("incident_key")
    found = [
        one
        for one in world.incidents.values()
        if one.created >= first
        and (not statuses or one.status in statuses)
        and (not services or one.service in services)
        and (not urgencies or one.urgency in urgencies)
        and (not key or one.key == key)
    ]
    newest = ask.one("sort_by").endswith(":desc")
    found.sort(key=lambda one: one.number, reverse=newest)
    return page(ask, "incidents", [shapes.incident(world, one) for one in found])


def one(world: World, ask: Ask) -> Json:
    """GET /incidents/{id}: by id or number."""
    return {"incident": shapes.incident(world, _found(world, ask))}


def create(world: World, ask: Ask) -> Made:
    """POST /incidents: refused while one of the service is open under the same key."""
    by, part = ask.writer(world), ask.part("incident")
    title, service = str(part.get("title") or ""), (part.get("service") or {}).get("id", "")
    key, details = str(part.get("incident_key") or ""), (part.get("body") or {}).get("details", "")
    if not title:
        raise invalid("Title can't be blank")
    if service not in world.services:
        raise invalid("Service could not be found")
    if key and world.open_with_key(key, service):
        raise PagerDutyError(400, 2002, "Arguments Caused Error", "Open incident already exists on key")
    urgency = str(part.get("urgency") or "high")
    given = {"title": title, "service": service, "urgency": urgency, "key": key, "details": details}
    made = incidents.trigger(world, **given, by=by.id)
    return Made({"incident": shapes.incident(world, made)})


def change(world: World, ask: Ask) -> Json:
    """PUT /incidents/{id}: only its status."""
    found, by = _found(world, ask), ask.writer(world)
    wanted = ask.part("incident").get("status")
    if wanted not in VERBS or found.status == "resolved":
        raise invalid("Incident Already Resolved" if found.status == "resolved" else "Status is invalid")
    VERBS[wanted](world, found, by.id)
    return {"incident": shapes.incident(world, found)}


def notes(world: World, ask: Ask) -> Json:
    """GET /incidents/{id}/notes: newest first."""
    found = _found(world, ask)
    return {"notes": [shapes.note(world, each) for each in reversed(found.notes)]}


def annotate(world: World, ask: Ask) -> Made:
    """POST /incidents/{id}/notes."""
    by, found = ask.writer(world), _found(world, ask)
    content = str(ask.part("note").get("content") or "")
    if not content.strip():
        raise invalid("Content can't be blank")
    return Made({"note": shapes.note(world, incidents.annotate(world, found, content, by.id))}, 200)


def log_entries(world: World, ask: Ask) -> Json:
    """GET /incidents/{id}/log_entries: newest first."""
    found = _found(world, ask)
    first = stamp(ask.moment("since", datetime.min.replace(tzinfo=UTC, year=1970)))
    last = stamp(ask.moment("until", datetime.max.replace(tzinfo=UTC, year=9000)))
    kept = [each for each in reversed(found.log) if first <= each.at <= last]
    return page(ask, "log_entries", [shapes.entry(world, found, each) for each in kept])


def subscriptions(world: World, ask: Ask) -> Json:
    """GET /webhook_subscriptions."""
    return page(ask, "webhook_subscriptions", [shapes.subscription(each) for each in world.subscriptions.values()])


def subscribe(world: World, ask: Ask) -> Made:
    """POST /webhook_subscriptions: the answer alone shows the secret."""
    url = (ask.part("webhook_subscription").get("delivery_method") or {}).get("url", "")
    if not url.startswith(("https://", "http://")):
        raise invalid("Url is invalid")
    made = Subscription(world.new_id(), url, (world.new_id("S") * 3,))
    world.subscriptions[made.id] = made
    shown = shapes.subscription(made)
    shown["delivery_method"]["secret"] = made.secrets[0]
    return Made({"webhook_subscription": shown})


def _subscription(world: World, ask: Ask) -> Subscription:
    if ask.names["id"] not in world.subscriptions:
        raise missing()
    return world.subscriptions[ask.names["id"]]


def subscription(world: World, ask: Ask) -> Json:
    """GET /webhook_subscriptions/{id}."""
    return {"webhook_subscription": shapes.subscription(_subscription(world, ask))}


def ping(world: World, ask: Ask) -> Made:
    """POST /webhook_subscriptions/{id}/ping."""
    _subscription(world, ask)
    telling.tell(world, "pagey.ping", {"message": "Hello from your friend Pagey!", "type": "ping"}, None)
    return Made({}, 202)
