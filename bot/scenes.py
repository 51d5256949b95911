"""What a drawing needs besides the case: names, zone, time, and which groups can be mentioned."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from bot.blocks.kit import Scene
from workflows import facts, persons
from workflows.case import Case, Review
from workflows.ruleset import Rules

GITHUB = "github"


def scene(
    tx: Connection, rules: Rules, *, now: datetime, people: Iterable[str], zone: str = "", shared: bool = False
) -> Scene:
    """A scene with these people in it; `zone` of the one reader, or (absent, for `shared`) of the workspace."""
    known = facts.some(tx, "workspace", ("self", GITHUB))
    home, pages = known.get("self"), known.get(GITHUB)
    url = (home.value or {}).get("url", "") if home else ""
    return Scene(
        people=persons.by_id(tx, sorted({one for one in people if one})),
        rules=rules,
        now=now,
        zone=zone or rules.zone,
        group_mentions=_mentions(tx, rules),
        shared=shared,
        workspace=str(url).removeprefix("https://").partition(".")[0],
        incidents=rules.incidents if not rules.incidents.startswith("#") else "",
        github_web=str((pages.value or {}).get("web", "")) if pages else "",
    )


def web_address(api_url: str) -> str:
    """Where people see what the API tells of: api.github.com → https://github.com, else the same host."""
    parts = urlsplit(api_url)
    if parts.hostname == "api.github.com":
        return "https://github.com"
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""


def keep_address(tx: Connection, api_url: str, *, now: datetime) -> None:
    """Remember to which host a link to a commit may lead; none where GitHub is not configured ("")."""
    facts.put(tx, "workspace", GITHUB, {"web": web_address(api_url) if api_url else ""}, as_of=now, now=now)


def _mentions(tx: Connection, rules: Rules) -> dict[str, str]:
    named = {name: group.usergroup for name, group in rules.groups.items() if group.usergroup}
    handles = facts.some(tx, "handle", (one for one in named.values() if one.startswith("@")))
    found = {name: handles[one].value if one in handles else one for name, one in named.items()}
    return {name: one for name, one in found.items() if one and not one.startswith("@")}


def everybody(case: Case) -> set[str]:
    """Every person id that stands in a case, and everybody whose standing it holds."""
    found = {case.requester, case.implementer, case.withdrawn_by or ""}
    found |= {party.person for party in case.parties} | {voice.person for voice in case.approvals}
    found |= {person for ask in case.asks for person in ask.people}
    found |= {one.by for one in (case.decision, case.afterwards) if one}
    found |= {one.by for one in case.deployments}
    for review in (case.review, *case.earlier_reviews):
        found |= _of_review(review) if review else set()
    found |= set(case.standing.accounts)
    found |= {person for roster in case.standing.rosters.values() for person in (*roster.members, *roster.over)}
    return found - {""}


def _of_review(review: Review) -> set[str]:
    found = {review.owner or "", review.by or "", *(one.by for one in review.amendments)}
    return found | {person or "" for one in review.follow_ups for person in (one.owner, one.done_by)}
