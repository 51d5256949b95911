"""The pretend GitHub as a browser sees it: plain pages behind the links of cards. Everything is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.playground.github.history import Change, changed_by, changes, merge_base, only_in
from bot.playground.github.hub import Hub
from bot.playground.github.picture import run_state, verdicts
from bot.playground.github.records import Commit, Repository
from bot.playground.github.world import World

STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
header { font-size: .9rem; opacity: .75; }
h1 { font-size: 1.35rem; }
h2 { font-size: 1rem; }
code, pre { font: .88rem/1.5 ui-monospace, monospace; }
li { margin: .25rem 0; }
pre { padding: .6rem .8rem; border: 1px solid #8886; border-radius: 8px; overflow-x: auto; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Site:
    """Answers whoever comes with a browser and without a token; everything else goes on to the API."""

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        """Stand before `app`."""
        self._app, self._hub = app, hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show a page, or let the request pass."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        browses = "text/html" in headers.get("accept", "") and "authorization" not in headers
        if scope["type"] != "http" or scope["method"] != "GET" or not browses:
            return await self._app(scope, receive, send)
        found = page(self._hub, scope["path"])
        words = found or _page("Nothing here", ["<p>The pretend GitHub has no such page.</p>"])
        response = HTMLResponse(words, 200 if found else 404, {"Content-Security-Policy": POLICY})
        return await response(scope, receive, send)


def page(hub: Hub, path: str) -> str | None:
    """Return the page at a path of the site; None when there is none."""
    for pattern, draw in PAGES:
        found = re.fullmatch(pattern, path)
        if found is not None:
            with hub.world.lock:
                try:
                    return draw(hub.world, hub.world.repository(found[1]), *found.groups()[1:])
                except LookupError:
                    return None
    return None


def _page(title: str, parts: Iterable[str]) -> str:
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{escape(title)}</title>"
    where = "<header>Pretend GitHub of the demo</header>"
    return f"<!doctype html><html lang=en>{head}<style>{STYLE}</style>{where}<h1>{escape(title)}</h1>{''.join(parts)}"


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{one}</li>' for one in items)}</ul>"


def _commit_line(one: Repository, commit: Commit) -> str:
    link = f"/{escape(one.full_name)}/commit/{commit.sha}"
    title = escape(commit.message.partition("\n")[0])
    return f"<a href='{link}'><code>{commit.sha[:7]}</code></a> {title} <small>by {escape(commit.author.name)}</small>"


def _files(found: list[Change]) -> list[str]:
    drawn = []
    for one in found:
        minus = [f"- {line}" for line in one.before.splitlines() if line not in one.after.splitlines()]
        plus = [f"+ {line}" for line in one.after.splitlines() if line not in one.before.splitlines()]
        lines = escape("\n".join([*minus, *plus]))
        drawn.append(f"<h2><code>{escape(one.path)}</code> {one.status}</h2><pre>{lines}</pre>")
    return drawn


def _commit(world: World, one: Repository, sha: str) -> str:
    commit = world.commit(one, sha)
    checks = [f"{escape(each.name)}: {each.conclusion or 'running'}" for each in one.checks if each.sha == commit.sha]
    said = [f"{escape(each.context)}: {each.state}" for each in one.statuses if each.sha == commit.sha]
    message = f"<p>{_commit_line(one, commit)}</p><pre>{escape(commit.message)}</pre>"
    return _page(f"{one.full_name}: a commit", [message, _list([*checks, *said]), *_files(changed_by(one, commit))])


def _compare(world: World, one: Repository, old: str, new: str) -> str:
    before, after = world.commit(one, old), world.commit(one, new)
    fork = merge_base(one, before.sha, after.sha) or before.sha
    commits = _list(_commit_line(one, one.commits[sha]) for sha in only_in(one, before.sha, after.sha))
    return _page(
        f"{one.full_name}: {before.sha[:7]} … {after.sha[:7]}",
        [commits, *_files(changes(one.commits[fork].files, after.files))],
    )


def _pull(world: World, one: Repository, number: str) -> str:
    pull = one.pulls[int(number)]
    reviews = _list(f"{escape(each.by)}: {each.state.lower()} on <code>{each.sha[:7]}</code>" for each in pull.reviews)
    state = "merged" if pull.merged else pull.state
    about = f"<p>#{pull.number}, {state}, by {escape(pull.author)}, into {escape(pull.base)}</p>"
    return _page(pull.title, [about, reviews, f"<p>{_commit_line(one, one.commits[pull.head_sha])}</p>"])


def _run(world: World, one: Repository, number: str) -> str:
    run = one.runs[int(number)]
    history = _list(f"{each['state']} by {escape(each['by'])}: {escape(each['comment'])}" for each in verdicts(run))
    about = f"<p>{run_state(run)}, to {escape(run.environment)}, started by {escape(run.by)}</p>"
    return _page(f"Run {run.id}: {run.workflow}", [about, f"<p>{_commit_line(one, one.commits[run.sha])}</p>", history])


def _repository(world: World, one: Repository) -> str:
    head = one.commits[one.branches[one.default_branch]]
    pulls = _list(f"#{each.number} {escape(each.title)}" for each in one.pulls.values() if each.state == "open")
    return _page(one.full_name, [f"<p>{escape(one.default_branch)}: {_commit_line(one, head)}</p>", pulls])


NAME = r"/([A-Za-z0-9-]+/[A-Za-z0-9._-]+)"
PAGES: tuple[tuple[str, Callable[..., str]], ...] = (
    (NAME + r"/commit/([0-9a-f]{7,40})", _commit),
    (NAME + r"/compare/([0-9a-f]{7,40})\.\.\.([0-9a-f]{7,40})", _compare),
    (NAME + r"/pull/([0-9]{1,9})", _pull),
    (NAME + r"/actions/runs/([0-9]{1,18})", _run),
    (NAME, _repository),
)
