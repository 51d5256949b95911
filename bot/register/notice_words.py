"""What a notice on record was, by the key it was sent under, and to whom it went. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

_REVIEW = re.compile(r":(remind|then|awake|due|last-call|deadline|daily)(?=:|$)")
_STEPS: Mapping[str, str] = {
    "remind": "a review is owed",
    "then": "a review is still owed",
    "awake": "a review is still owed, as was put off until now",
    "due": "the review is overdue",
    "last-call": "last call for the review",
    "deadline": "the last time for the review is over",
    "daily": "the review is overdue since days",
}
_KINDS: Mapping[str, str] = {
    "nudge": "nobody has decided yet",
    "widen": "nobody has decided yet; more people were asked",
    "live": "is it live",
    "window": "its window is over",
    "expire": "its approval has expired",
    "frozen": "a freeze holds it",
    "freeze": "a freeze begins",
    "thaw": "the freeze is over",
    "through": "it went live with an emergency",
    "access": "the access is past its end",
    "follow-up": "a follow-up is due",
    "patch": "a patch is owed",
}


def notice(data: Mapping[str, Any], name: Callable[[str], str]) -> str:
    """Sent a notice (the review is overdue) to lead. `name`: how a person id is told."""
    word = str(data.get("key") or "").partition(":")[0]
    step = _REVIEW.search(str(data.get("key"))) if word == "review" else None
    kind = _STEPS[step[1]] if step else _KINDS.get(word, word.replace("-", " "))
    to = ", ".join(name(str(one)) for one in data.get("to") or ())
    return f"sent a notice{f' ({kind})' if kind else ''}{f' to {to}' if to else ''}"
