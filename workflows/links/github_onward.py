"""A question that GitHub answers with another address: asked without following it."""

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from workflows.links import Unavailable

MOST = 65_536  # bytes of an answer that is no address


@dataclass(frozen=True, slots=True)
class Said:
    """The answer; `location` is "" when it names no other address, header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    location: str
    text: str


def ask(url: str, authorization: str, timeout: int) -> Said:
    """GET it once, with our token, and follow nothing. Raises Unavailable."""

    def ours(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = authorization  # and not what a ~/.netrc says
        return request

    headers = {"Accept": "application/vnd.github+json", "User-Agent": "countersign"}
    try:
        with (
            requests.Session() as session,
            session.get(url, headers=headers, auth=ours, allow_redirects=False, stream=True, timeout=timeout) as said,
        ):
            text = next(said.iter_content(MOST), b"").decode(errors="replace")
            named = {name.lower(): value for name, value in said.headers.items()}
    except requests.Timeout:
        raise Unavailable("timeout") from None
    except requests.ConnectionError:
        raise Unavailable("no-connection") from None
    except (requests.RequestException, UnicodeError):
        raise Unavailable("no-answer") from None
    return Said(said.status_code, named, named.get("location", ""), text)
