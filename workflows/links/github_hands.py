"""Whose hands a commit went through, as GitHub tells it. Pure.

Bots are nobody's hands, and GitHub's own merge button (`web-flow`) is no committer. An account's login is GitHub's own
word for a verified e-mail; an e-mail without a login, and every trailer, is what the commit claims.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workflows.change import Relation
from workflows.noreply import numbered
from workflows.reading import Hand

SITE = ("web-flow", "noreply@github.com")
# No two parts may take the same white space: a message of nothing else would be tried in every way there is.
_TRAILER = re.compile(r"^[ \t]*co-authored-by:(.*?)<[ \t]*([^<>\s@]+@[^<>\s@]+)[ \t]*>", re.I | re.M)
_NOREPLY = re.compile(r"(?:\d+\+)?([a-z0-9][a-z0-9_-]*(?:\[bot\])?)@users\.noreply\.github\.com")


@dataclass(frozen=True, slots=True)
class Line:
    """One commit. `pusher`: its committer as the last one to push it; None: GitHub's site, a bot, or nobody known.

    `anonymous`: nobody can be told from its author: neither an account nor an e-mail, or those of GitHub's button,
    which writes nothing itself. `by_site`: GitHub's own button made it, which GitHub's signature on it proves; a
    committer of that name alone proves nothing.
    """

    sha: str
    parents: tuple[str, ...]
    title: str
    login: str | None
    hands: tuple[Hand, ...]
    pusher: Hand | None = None
    anonymous: bool = False
    by_site: bool = False


def attributed(lines: Iterable[Line]) -> bool:
    """Whether GitHub knows the account of everybody who wrote or committed them.

    Whom it does not know today it may know tomorrow, when the address is added to an account.
    """
    own = (hand for one in lines for hand in one.hands if hand.relation is not Relation.CO_AUTHOR)
    return all(hand.login for hand in own)


def line(commit: Mapping[str, Any]) -> Line:
    """A commit as GitHub's lists show it. KeyError or TypeError for anything else."""
    sha, git = commit["sha"], commit["commit"]
    author = _hand(Relation.AUTHOR, sha, commit.get("author"), git.get("author"))
    committer = _hand(Relation.COMMITTER, sha, commit.get("committer"), git.get("committer"))
    message = git.get("message") or ""
    both = [hand for hand in (author, *_co_authors(sha, message), committer) if hand]
    parents = tuple(parent["sha"] for parent in commit.get("parents") or ())
    title = message.partition("\n")[0].strip()[:200]
    login = (commit.get("author") or {}).get("login")
    pusher = replace(committer, relation=Relation.LAST_PUSHER) if committer else None
    mail = ((git.get("author") or {}).get("email") or "").strip().lower()
    nobody = author is None and (not (login or mail) or login in SITE or mail in SITE)
    by_site = _is_site(commit) and bool((git.get("verification") or {}).get("verified"))
    return Line(sha, parents, title, login, tuple(both), pusher, nobody, by_site)


def _is_site(commit: Mapping[str, Any]) -> bool:
    """Whether its committer has the name or the address of GitHub's own button."""
    login = (commit.get("committer") or {}).get("login")
    email = ((commit["commit"].get("committer") or {}).get("email") or "").lower()
    return login in SITE or email in SITE


def of_merge(one: Line) -> tuple[Hand, ...]:
    """The hands in a commit that GitHub's button made of a reviewed pull request.

    Whoever pressed the button is the author of a merge commit, and wrote nothing; a squash keeps its author.
    """
    if len(one.parents) < 2:
        return one.hands
    return tuple(hand for hand in one.hands if hand.relation is not Relation.AUTHOR)


def _hand(
    relation: Relation, sha: str, account: Mapping[str, Any] | None, git: Mapping[str, Any] | None
) -> Hand | None:
    """Somebody, unless it is a bot or the site."""
    login, email = (account or {}).get("login"), ((git or {}).get("email") or "").strip().lower()
    name = ((git or {}).get("name") or "").strip()[:100]
    if login in SITE or email in SITE or is_bot(account):
        return None
    if not login and not email:
        return None
    claimed = login_in(email)
    known = login or (None if is_bot({"login": claimed}) else claimed)
    return Hand(relation, sha, known, email or None, name, account=number_of(account))


def number_of(account: Mapping[str, Any] | None) -> int | None:
    """GitHub's number of an account, which outlives its login; None: none is given."""
    found = (account or {}).get("id")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def is_bot(account: Mapping[str, Any] | None) -> bool:
    """Whether an account is an App's or another machine's."""
    login = (account or {}).get("login") or ""
    return (account or {}).get("type") == "Bot" or login.endswith("[bot]")


def _co_authors(sha: str, message: str) -> Iterable[Hand]:
    for name, mail in _TRAILER.findall(message):
        email = mail.lower()
        login = login_in(email)
        if email not in SITE and not (login or "").endswith("[bot]"):
            yield Hand(Relation.CO_AUTHOR, sha, login, email, name.strip()[:100])


def login_in(email: str) -> str | None:
    """The login that GitHub's own no-reply address names; None: it is another kind of address."""
    found = _NOREPLY.fullmatch(email.lower())
    return found[1] if found else None


def opener(number_head: str, account: Mapping[str, Any] | None) -> Hand | None:
    """Who opened a pull request: an author of what it brings. None: a bot, or an account that is gone."""
    return _hand(Relation.AUTHOR, number_head, account, None)


def last_pusher(one: Line, pushers: Mapping[str, str]) -> Hand | None:
    """Who pushed this head: as a webhook told it, else its committer."""
    told = pushers.get(one.sha)
    if told is None:
        return one.pusher
    account = {"login": told}
    return None if told in SITE or is_bot(account) else Hand(Relation.LAST_PUSHER, one.sha, told)


def distinct(hands: Iterable[Hand]) -> tuple[Hand, ...]:
    """Each person once in each relation, by login or else e-mail; the first stands, with what others add to it.

    An e-mail without a login gets the one that GitHub itself gives it on another commit, and a pusher of whom only the
    login was told the account that has it. One login of two accounts, as an address claims it, is two people.
    """
    every = tuple(hands)
    own = [h for h in every if h.login and h.relation is not Relation.CO_AUTHOR]
    accounts = {h.email: h for h in own if h.email}
    numbers = {h.login: h.account for h in own if h.account}
    found: dict[tuple[Relation, str, int], Hand] = {}
    for one in every:
        hand, same = one, accounts.get(one.email or "")
        if not one.login and same is not None:
            hand = replace(one, login=same.login, account=same.account)
        if hand.relation is Relation.LAST_PUSHER and hand.account is None and not numbered(hand.email):
            hand = replace(hand, account=numbers.get(hand.login))
        key = (hand.relation, (hand.login or hand.email or "").lower(), hand.account or numbered(hand.email) or 0)
        before = found.get(key)
        if before is None:
            found[key] = hand
        elif before.email is None and hand.email is not None:
            found[key] = replace(before, email=hand.email, name=before.name or hand.name)
    return tuple(found.values())
