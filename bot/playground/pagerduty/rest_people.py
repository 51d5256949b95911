"""REST: users, schedules, escalation policies, services, abilities, and who is on call."""

from __future__ import annotations

from bot.playground.pagerduty import oncall, shapes
from bot.playground.pagerduty.asking import Ask, page
from bot.playground.pagerduty.records import Json, Shift
from bot.playground.pagerduty.refusal import PagerDutyError, invalid, missing
from bot.playground.pagerduty.world import World


def oncalls(world: World, ask: Ask) -> Json:
    """GET /oncalls."""
    since = ask.moment("since", world.clock())
    until = ask.moment("until", max(since, world.clock()))
    if until < since:
        raise invalid("Until must be after since")
    schedules, policies, users = ask.many("schedule_ids"), ask.many("escalation_policy_ids"), ask.many("user_ids")
    found = [
        one
        for one in oncall.between(world, since, until)
        if (not schedules or one.schedule in schedules)
        and (not policies or one.policy in policies)
        and (not users or one.user in users)
    ]
    return page(ask, "oncalls", [_oncall(world, one, ask.many("include")) for one in found])


def _oncall(world: World, one: Shift, include: list[str]) -> Json:
    whole = "users" in include and one.user in world.users
    return {
        "escalation_policy": shapes.reference(world, "escalation_policy", one.policy),
        "escalation_level": one.level,
        "schedule": shapes.reference(world, "schedule", one.schedule) if one.schedule else None,
        "user": shapes.user(world, world.users[one.user]) if whole else shapes.reference(world, "user", one.user),
        "start": one.start,
        "end": one.end,
    }


def users(world: World, ask: Ask) -> Json:
    """GET /users: `query` looks in names and e-mails."""
    wanted = ask.one("query").lower()
    found = [one for one in world.users.values() if wanted in one.name.lower() or wanted in one.email.lower()]
    return page(ask, "users", [shapes.user(world, one) for one in found])


def me(world: World, ask: Ask) -> Json:
    """GET /users/me: only with a user's own token."""
    if ask.token.user is None:
        raise PagerDutyError(400, 2001, "Invalid Input Provided", "Calling this requires a user-level API token")
    return {"user": shapes.user(world, world.users[ask.token.user])}


def user(world: World, ask: Ask) -> Json:
    """GET /users/{id}."""
    if ask.names["id"] not in world.users:
        raise missing()
    return {"user": shapes.user(world, world.users[ask.names["id"]])}


def schedules(world: World, ask: Ask) -> Json:
    """GET /schedules."""
    return page(ask, "schedules", [shapes.schedule(world, one) for one in world.schedules])


def schedule(world: World, ask: Ask) -> Json:
    """GET /schedules/{id}."""
    if ask.names["id"] not in world.schedules:
        raise missing()
    return {"schedule": shapes.schedule(world, ask.names["id"])}


def policies(world: World, ask: Ask) -> Json:
    """GET /escalation_policies."""
    return page(ask, "escalation_policies", [shapes.policy(world, one) for one in world.policies])


def policy(world: World, ask: Ask) -> Json:
    """GET /escalation_policies/{id}."""
    if ask.names["id"] not in world.policies:
        raise missing()
    return {"escalation_policy": shapes.policy(world, ask.names["id"])}


def services(world: World, ask: Ask) -> Json:
    """GET /services."""
    return page(ask, "services", [shapes.service(world, one) for one in world.services.values()])


def service(world: World, ask: Ask) -> Json:
    """GET /services/{id}."""
    if ask.names["id"] not in world.services:
        raise missing()
    return {"service": shapes.service(world, world.services[ask.names["id"]])}


def abilities(world: World, ask: Ask) -> Json:
    """GET /abilities."""
    return {"abilities": list(world.abilities)}
