"""The page's Jira panel: issues with what is said on them, the change each belongs to, and what a person does there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.playground.jira.hub import Hub
from bot.playground.jira.records import Comment, Issue, RemoteLink
from bot.playground.jira.world import World
from bot.playground.records import Json, Outcome
from bot.playground.rest_faults import Fault

DOWN = Fault("outage")
ISSUES, COMMENTS = 3, 8
MARKER = re.compile(r"\s*\[(?P<key>[A-Z]+-\d{4}-\d{4,})/[^\]\s]+\]$")
OURS = re.compile(r"countersign-(?P<key>[A-Z]+-\d{4}-\d{4,})(?P<child>-.+)?")
CARD = re.compile(r"/archives/(?P<channel>\w+)/p(?P<seconds>\d{10})(?P<rest>\d{6})")
LOOKS = "Countersign looks within a minute."


class JiraPanel:
    """`members`: Slack account → e-mail in Jira. `on_change` is called when a fault was switched."""

    faults = ("jira_down",)

    def __init__(self, hub: Hub, members: Mapping[str, str], on_change: Callable[[], None]) -> None:
        """Keep what it works on."""
        self.hub, self._members, self._on_change = hub, members, on_change

    def shown(self, user: str) -> Json:
        """Return the panel for `user`: the newest issues, each with those beside it, and the faults in force."""
        world = self.hub.world
        with world.lock:
            every = sorted(world.issues.values(), key=lambda one: int(one.id), reverse=True)
            main = [one for one in every if not _child(world, one)]
            return {
                "me": user if user in self._members else None,
                "site": world.base_url,
                "open": sum(1 for one in every if world.status(one).category != "done"),
                "issues": [_issue(world, one) | {"children": _children(world, one)} for one in main[:ISSUES]],
                "more": max(0, len(main) - ISSUES),
                "faults": list(self.faults) if self.hub.faults.active() else [],
            }

    def switch(self, fault: str, on: bool) -> None:
        """Let Jira be down, or let it answer again. LookupError for another fault."""
        if fault not in self.faults:
            raise LookupError(fault)
        self.hub.faults.clear(DOWN.kind)
        if on:
            self.hub.faults.add(DOWN)
        self._on_change()

    def act(self, user: str, body: Json) -> Outcome:
        """Do as `user` what `body` says (`deed`, `issue`, for a move `status`); the outcome's text tells it."""
        deed, issue = body.get("deed"), str(body.get("issue"))
        if deed not in ("move", "delete"):
            return Outcome(False, error="unknown_deed")
        if user not in self._members:
            return Outcome(False, error="You have no Jira account here. Become somebody else.")
        try:
            if deed == "delete":
                self.hub.delete(issue)
                return Outcome(True, text=f"{issue} is gone. {LOOKS}")
            self.hub.set_status(issue, str(body.get("status")))
            return Outcome(True, text=f"{issue} is in {body.get('status')}. {LOOKS}")
        except LookupError:
            return Outcome(False, error="Jira does not do this: no such issue, or no such status.")


def _ours(one: Issue) -> re.Match[str] | None:
    return next((found for label in one.labels if (found := OURS.fullmatch(label))), None)


def _child(world: World, one: Issue) -> bool:
    """Whether it stands beneath the issue of its change: a follow-up, or a remediation."""
    found = _ours(one)
    if found is None or not found["child"]:
        return False
    return any((other := _ours(world.issues[id])) and not other["child"] for id in one.links if id in world.issues)


def _children(world: World, one: Issue) -> list[Json]:
    beside = sorted((world.issues[id] for id in one.links if id in world.issues), key=lambda each: int(each.id))
    return [_issue(world, each) for each in beside if _child(world, each)]


def _issue(world: World, one: Issue) -> Json:
    status, found = world.status(one), _ours(one)
    return {
        "key": one.key,
        "type": world.project(one.project).types[one.type],
        "summary": one.summary,
        "status": status.name,
        "category": status.category,
        "to": [each.name for each in world.project(one.project).statuses if each.name != one.status],
        "assignee": world.users[one.assignee].name if one.assignee else None,
        "due": one.due,
        "change": found["key"] if found else None,
        "links": [_link(each) for each in one.remote_links],
        "comments": [_comment(world, each) for each in one.comments[::-1][:COMMENTS]],
        "more_comments": max(0, len(one.comments) - COMMENTS),
    }


def _link(one: RemoteLink) -> Json:
    """A link; where it leads to a message of this workspace, `channel` and `ts` say to which."""
    found = CARD.search(one.url)
    place = {"channel": found["channel"], "ts": f"{found['seconds']}.{found['rest']}"} if found else {}
    return {"title": one.title, "url": one.url, **place}


def _comment(world: World, one: Comment) -> Json:
    text = _words(one.body).strip()
    return {"id": one.id, "text": MARKER.sub("", text), "by": world.users[one.by].name, "at": one.at}


def _words(node: Any) -> str:
    """The text of a document, a paragraph a line."""
    if node.get("type") == "text":
        return str(node["text"])
    inner = "".join(_words(one) for one in node.get("content", []))
    return inner + "\n" if node.get("type") in ("paragraph", "heading") else inner
