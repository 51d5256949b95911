"""People by their e-mail, as Jira knows them."""

from workflows.links import Rejected
from workflows.links.jira_wire import Wire

PAGE = 100


def account(wire: Wire, email: str) -> str | None:
    """The account that has this e-mail; Jira finds it also when it shows it to nobody. None: nobody for certain."""
    found = wire.get("user/search", query=email, maxResults=PAGE)
    people = [one for one in found if one.get("active") and one.get("accountType") == "atlassian"]
    exact = [one for one in people if (one.get("emailAddress") or "").casefold() == email.casefold()]
    hidden = [one for one in people if not one.get("emailAddress")]
    chosen = exact or (hidden if len(people) == 1 else [])
    return str(chosen[0]["accountId"]) if len(chosen) == 1 else None


def assignee(wire: Wire, email: str) -> str | None:
    """The account; None too where we may not look for people: an issue without an owner is better than none."""
    try:
        return account(wire, email)
    except Rejected as no:
        if no.status == 401:
            raise
        return None
