"""Files written through the contents API: each is one commit."""

from __future__ import annotations

import base64
import binascii

from bot.playground.github import pushing, shape_repository
from bot.playground.github.asking import Ask, Made
from bot.playground.github.history import blob
from bot.playground.github.records import Json, Repository
from bot.playground.github.refusal import GitHubError, invalid, missing
from bot.playground.github.rest_code import entry
from bot.playground.github.world import World


def put_contents(world: World, repo: Repository, ask: Ask) -> Made | Json:
    """Create or replace one file; replacing needs the SHA of what is there: 409 when it is another by now."""
    path = ask.names["path"].strip("/")
    branch = ask.text("branch", "Commit", repo.default_branch)
    message, given = ask.text("message", "Commit"), ask.text("sha", "Commit", "")
    try:
        text = base64.b64decode(ask.text("content", "Commit"), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise GitHubError(422, "content is not valid Base64") from None
    if branch not in repo.branches:
        raise missing()
    there = repo.commits[repo.branches[branch]].files.get(path)
    if there is not None and not given:
        raise invalid("Commit", "sha", "missing_field")
    if given != (blob(there) if there is not None else ""):
        raise GitHubError(409, f"{path} does not match {given}")
    by = ask.token.login if ask.token and ask.token.login else world.bot()
    made = pushing.commit(world, repo, author=by, message=message, branch=branch, files={path: text})
    whole = shape_repository.commit(world, repo, made)
    said = {**whole["commit"], "sha": made.sha, "node_id": whole["node_id"], "html_url": whole["html_url"]}
    parents = [{name: one[name] for name in ("url", "html_url", "sha") if name in one} for one in whole["parents"]]
    body = {"content": entry(world, repo, made, path, "file"), "commit": {**said, "parents": parents}}
    return body if there is not None else Made(body)
