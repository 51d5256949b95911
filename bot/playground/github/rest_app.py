"""REST: the App, its installation, people."""

from __future__ import annotations

from bot.playground.github import access, shape_people
from bot.playground.github.asking import Ask, Made, Page
from bot.playground.github.events import installed
from bot.playground.github.records import Json
from bot.playground.github.refusal import missing
from bot.playground.github.shape_repository import full
from bot.playground.github.world import World

LIMIT = 5_000
HOUR = 3600


def app(world: World, ask: Ask) -> Json:
    """Return the App itself."""
    return {**shape_people.app(world), "installations_count": 1}


def hook(world: World, ask: Ask) -> Json:
    """Return where the App's webhook goes."""
    url = world.app().webhook_url or ""
    return {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": url}


def installations(world: World, ask: Ask) -> Page:
    """Return where the App is installed."""
    return Page([shape_people.installation(world)])


def one_installation(world: World, ask: Ask) -> Json:
    """Return one installation."""
    if ask.number("installation_id") != world.app().installation:
        raise missing()
    return shape_people.installation(world)


def access_token(world: World, ask: Ask) -> Made:
    """Give out an installation token."""
    return Made(access.issue(world, ask.number("installation_id"), ask.body))


def repository_installation(world: World, ask: Ask) -> Json:
    """Return the installation of a repository."""
    found = world.repositories.get(f"{ask.names['owner']}/{ask.names['repo']}".lower())
    if found is None or not installed(world, found):
        raise missing()
    return shape_people.installation(world)


def repositories(world: World, ask: Ask) -> Page:
    """Return the repositories the token reaches."""
    token = ask.token
    reach = None if token is None else token.repositories
    found = [
        one
        for one in world.repositories.values()
        if installed(world, one) and (reach is None or one.full_name.lower() in reach)
    ]
    return Page([full(world, one) for one in found], "repositories", {"repository_selection": "all"})


def user(world: World, ask: Ask) -> Json:
    """Return a profile."""
    found = world.accounts.get(ask.names["username"].lower())
    if found is None:
        raise missing()
    return shape_people.profile(world, found)


def rate_limit(world: World, ask: Ask) -> Json:
    """Return how many requests are left."""
    left = limits(world)
    return {"resources": {"core": left, "search": {**left, "limit": 30, "remaining": 30, "used": 0}}, "rate": left}


def limits(world: World) -> Json:
    """Return the limit of the core API; the stand-in never reaches it by itself."""
    used = len(world.traffic.calls) % (LIMIT - HOUR)
    return {"limit": LIMIT, "used": used, "remaining": LIMIT - used, "reset": int(world.real()) + HOUR}
