"""Accounts, the App and its installation, as REST and webhooks show them."""

from __future__ import annotations

from bot.playground.github.records import Account, Json
from bot.playground.github.world import ACTIONS, World

ACTIONS_APP = 15_368
PERMISSIONS = {
    "actions": "read",
    "administration": "read",
    "checks": "read",
    "contents": "read",
    "deployments": "write",
    "environments": "read",
    "metadata": "read",
    "pull_requests": "read",
    "statuses": "write",
}
EVENTS = [
    "check_run",
    "deployment",
    "deployment_protection_rule",
    "deployment_status",
    "pull_request",
    "pull_request_review",
    "push",
    "status",
    "workflow_run",
]


def user(world: World, account: Account) -> Json:
    """Return the short form of an account."""
    base = f"{world.base_url}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"U_{account.id}",
        "avatar_url": f"{world.base_url}/avatars/{account.id}",
        "gravatar_id": "",
        "url": base,
        "html_url": f"{world.base_url}/{account.login}",
        "followers_url": f"{base}/followers",
        "following_url": f"{base}/following{{/other_user}}",
        "gists_url": f"{base}/gists{{/gist_id}}",
        "starred_url": f"{base}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{base}/subscriptions",
        "organizations_url": f"{base}/orgs",
        "repos_url": f"{base}/repos",
        "events_url": f"{base}/events{{/privacy}}",
        "received_events_url": f"{base}/received_events",
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def named(world: World, login: str | None) -> Json | None:
    """Return the short form of whoever has this login; None for nobody."""
    return None if login is None else user(world, world.account(login))


def profile(world: World, account: Account) -> Json:
    """Return an account as `/users/{login}` shows it: the e-mail only when it is public."""
    kept = {"company": None, "blog": "", "location": None, "hireable": None, "bio": None, "twitter_username": None}
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    times = {"created_at": account.created, "updated_at": account.created}
    return {**user(world, account), "name": account.name, "email": account.shown, **kept, **counts, **times}


def organization(world: World) -> Json:
    """Return the owner of the installation as webhooks show it."""
    account = world.account(world.app().owner)
    base = f"{world.base_url}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"O_{account.id}",
        "url": base,
        "repos_url": f"{base}/repos",
        "events_url": f"{base}/events",
        "hooks_url": f"{base}/hooks",
        "issues_url": f"{base}/issues",
        "members_url": f"{base}/members{{/member}}",
        "public_members_url": f"{base}/public_members{{/member}}",
        "avatar_url": f"{world.base_url}/avatars/{account.id}",
        "description": None,
    }


def app(world: World, slug: str = "") -> Json:
    """Return our App, or with `slug` another one: `actions` is GitHub Actions."""
    ours = world.app()
    own = slug in ("", ours.slug)
    name = ours.slug if own else "github-actions" if slug == "actions" else slug
    number = int(ours.app_id) if own else app_number(slug)
    return {
        "id": number,
        "slug": name,
        "client_id": f"Iv1.{number:016x}",
        "node_id": f"A_{number}",
        "owner": named(world, ours.owner if own else ACTIONS),
        "name": "GitHub Actions" if slug == "actions" else name,
        "description": "",
        "external_url": f"{world.base_url}/apps/{name}",
        "html_url": f"{world.base_url}/apps/{name}",
        "created_at": ours.created,
        "updated_at": ours.created,
        "permissions": dict(PERMISSIONS),
        "events": list(EVENTS),
    }


def app_number(slug: str) -> int:
    """Return the id of another App; that of GitHub Actions is the real one."""
    return ACTIONS_APP if slug == "actions" else 100_000 + sum(slug.encode()) * 31


def installation(world: World) -> Json:
    """Return the installation of the App."""
    ours = world.app()
    owner = world.account(ours.owner)
    base = f"{world.base_url}/app/installations/{ours.installation}"
    return {
        "id": ours.installation,
        "account": user(world, owner),
        "repository_selection": "all" if ours.repositories is None else "selected",
        "access_tokens_url": f"{base}/access_tokens",
        "repositories_url": f"{world.base_url}/installation/repositories",
        "html_url": f"{world.base_url}/organizations/{owner.login}/settings/installations/{ours.installation}",
        "app_id": int(ours.app_id),
        "app_slug": ours.slug,
        "target_id": owner.id,
        "target_type": owner.kind,
        "permissions": dict(PERMISSIONS),
        "events": list(EVENTS),
        "created_at": ours.created,
        "updated_at": ours.created,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": None,
    }
