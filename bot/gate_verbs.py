"""`gate`: a pipeline waits for its yes. `token`: the operator makes, lists and ends what pipelines show.

`gate` asks COUNTERSIGN_URL again and again, each time a short request; nothing is held while it waits.
"""

import argparse
import json
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot import keys
from bot.clock import SystemClock
from bot.settings import Settings, SettingsError
from workflows import db, durations, tokens

YES, NO, USAGE, UNKNOWN = 0, 1, 2, 3
TIMEOUT = 10.0
PAUSE = 5.0
LONGEST = timedelta(days=1)
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")

Ask = Callable[[], tuple[int, Mapping[str, Any]]]


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: the token is for the host that was configured."""

    def redirect_request(self, *given: Any, **more: Any) -> None:
        """Answer with the redirection itself."""
        return


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long and in what steps; `sleep` and `clock` in seconds, `rand` in [0, 1)."""

    limit: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    rand: Callable[[], float] = keys.fraction


def gate(settings: Settings, given: argparse.Namespace) -> int:
    """Exit 0 for a yes, 1 for a no (or none within --wait), 2 for usage, 3 when it is not known."""
    settings.need("COUNTERSIGN_URL", "COUNTERSIGN_TOKEN")
    url = _address(settings.countersign_url)
    sha = str(given.sha).strip().lower()
    if not COMMIT.fullmatch(sha) or not REPOSITORY.fullmatch(given.repo) or not given.env.strip():
        print("gate: --repo OWNER/NAME, --sha the whole 40 hex digits, --env the environment's name.", file=sys.stderr)
        return USAGE
    query = urlencode({"repository": given.repo, "sha": sha, "environment": given.env.strip()})
    wait = Waiting(_seconds(given.wait))
    return until_known(lambda: fetch(f"{url}/api/v1/gate?{query}", settings.countersign_token), wait)


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError("COUNTERSIGN_URL must be a whole address beginning with https://.")
    return url.rstrip("/")


def _seconds(wait: str | None) -> float:
    if not wait:
        return 0.0
    try:
        found = durations.parse(wait)
    except ValueError:
        raise SettingsError(f"--wait must be a time like 90s or 30m, not {wait!r}.") from None
    return min(found, LONGEST).total_seconds()


def fetch(url: str, token: str) -> tuple[int, Mapping[str, Any]]:
    """One question: the HTTP status and the body; 0 when there was no answer at all."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            status, raw = answer.status, answer.read(100_000)
    except urllib.error.HTTPError as refused:
        with refused:
            status, raw = refused.code, refused.read(100_000)
    except (OSError, ValueError) as fault:
        return 0, {"words": f"Unknown: no answer from the gate ({type(fault).__name__})."}
    try:
        body = json.loads(raw)
    except ValueError:
        body = {}
    return status, body if isinstance(body, dict) else {}


def until_known(ask: Ask, wait: Waiting) -> int:
    """Ask until a yes, a no that no waiting changes, a mistake of ours, or the end of the wait; print what changed."""
    end, said = wait.clock() + wait.limit, ""
    while True:
        status, body = ask()
        words = str(body.get("words") or f"Unknown: the gate answered {status}.")
        if words != said:
            print(words, file=sys.stderr if status != 200 else sys.stdout, flush=True)
            said = words
        code = meaning(status, body)
        over = code in (YES, USAGE) or (code == NO and body.get("final") is True)
        left = end - wait.clock()
        if over or left <= 0:
            return code
        wait.sleep(min(PAUSE * (0.5 + wait.rand()), max(left, 0.1)))


def meaning(status: int, body: Mapping[str, Any]) -> int:
    """The exit code of an answer. Whatever is not clearly a yes or a no is unknown."""
    answer = body.get("answer")
    if status == 200 and answer == "yes" and body.get("basis") in ("approved", "emergency", "rollback"):
        return YES
    if status == 409 and answer in ("no", "wait"):
        return NO
    return USAGE if status in (400, 401, 403) else UNKNOWN


def token_new(settings: Settings, given: argparse.Namespace) -> int:
    """Make a token and print it, for the only time."""
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            now = SystemClock().real()
            made, text = tokens.make(
                tx,
                name=given.name,
                repositories=given.repo,
                random=keys.salt(),
                by=given.by,
                now=now,
                new_id=keys.new_id,
            )
    except tokens.Unusable as wrong:
        print(wrong, file=sys.stderr)
        return USAGE
    finally:
        database.close()
    where = "all repositories" if tokens.ALL in made.repositories else ", ".join(made.repositories)
    print(f"{made.name} for {where}. It is shown this once, and kept only as a hash:", file=sys.stderr)
    print(text)
    return 0


def token_list(settings: Settings, given: argparse.Namespace) -> int:
    """Print every token there ever was, without its text."""
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.read() as tx:
            found = tokens.listed(tx)
    finally:
        database.close()
    for one in found:
        used = f"used {one.used_at:%Y-%m-%d %H:%M}" if one.used_at else "never used"
        state = f"revoked {one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else used
        print(f"{one.name:24}  {', '.join(one.repositories):32}  made {one.created_at:%Y-%m-%d}  {state}")
    if not found:
        print("No token was ever made.")
    return 0


def token_revoke(settings: Settings, given: argparse.Namespace) -> int:
    """End a token at once; what pipelines show of it from now on is refused."""
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            ended = tokens.revoke(tx, given.name, by=given.by, now=SystemClock().real())
    finally:
        database.close()
    print(f"{ended.name} is revoked." if ended else f"No living token is named {given.name}.")
    return 0 if ended else NO


TOKEN: Mapping[str, Callable[[Settings, argparse.Namespace], int]] = {
    "new": token_new,
    "list": token_list,
    "revoke": token_revoke,
}
