"""What was typed and chosen in a form → the values that use cases take. A field that was not shown is absent."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.incoming import LATEST
from workflows.change import Item, Judgement, Mistakes, Outcome, Risk, Type
from workflows.documents import Declaration, Details
from workflows.reviews import MOST_FOLLOW_UPS, FollowUpForm, ReviewForm

Values = Mapping[str, Any]
PersonOf = Callable[[str], str | None]

_PUT_OFF = ("put_off_until", "put_off_control")  # asked of what is on record only
_TEXTS = (
    "broken",
    "plan",
    "rollback",
    "tests",
    "incident",
    "jira",
    "reference",
    "access",
    "advisory",
    "cvss",
    "known_since",
    "plan_output",
    "staging_proof",
    *_PUT_OFF,
)
_MOMENTS = ("live_since", "access_until")
_FLAGS = ("confidential", "open_incident")
_ENTITY = re.compile(r"<(?:[@#][A-Z0-9]+\|([^>]*)|([@#][A-Z0-9]+)|!?([^|>]+)(?:\|[^>]*)?)>")


def as_typed(words: str) -> str:
    """Words that Slack escaped (`should_escape`, message text) as the person wrote them."""

    def written(found: re.Match[str]) -> str:
        sign = found[0][1]
        return f"{sign}{found[1]}" if found[1] else found[2] or found[3] or ""

    return html.unescape(_ENTITY.sub(written, words))


def declaration(values: Values, meta: Mapping[str, str], person_of: PersonOf) -> Declaration:
    """The declare form; what was not shown keeps its preset."""
    given = {name: value for name, value in _document(values, person_of).items() if not name.startswith("put_off_")}
    given.setdefault("broken", "")
    given.setdefault("plan", "")
    given.setdefault("systems", ())
    return Declaration(
        **given,
        open_incident=bool(values.get("open_incident")),
        drill=meta.get("drill") in ("1", "true", "True"),
        channel=meta.get("channel") or None,
        origin_key=meta.get("origin") or None,
    )


def request(values: Values, person_of: PersonOf) -> dict[str, Any]:
    """The document of a deploy request, by the names of `deploys.Request`; the first line of the text is its title."""
    given = _document(values, person_of)
    words = str(given.pop("broken", "")).strip()
    allowed = ("systems", "risk", "type", "tests", "rollback", "plan", "plan_output", "staging_proof", "advisory")
    kept = {n: given[n] for n in (*allowed, "cvss", "known_since", "access", "access_until", "jira") if n in given}
    return {**kept, "title": words.splitlines()[0].strip() if words else "", "why": words}


def details(values: Values, person_of: PersonOf) -> Details:
    """The form that completes a change: what was shown and emptied is removed, what was not shown stays."""
    return Details(**_document(values, person_of))


def _document(values: Values, person_of: PersonOf) -> dict[str, Any]:
    given: dict[str, Any] = {name: str(values[name] or "") for name in _TEXTS if name in values}
    if "systems" in values:
        given["systems"] = _many(values["systems"])
    for name, kind in (("type", Type), ("risk", Risk)):
        chosen = member(kind, values.get(name))
        if chosen is not None:
            given[name] = chosen
    if values.get("environment"):
        given["environment"] = str(values["environment"])[:60]
    for name in ("implementer", "put_off_owner"):
        if values.get(name):
            given[name] = person_of(str(values[name]))
    for name in _MOMENTS:
        at = moment(values.get(name))
        if at is not None:
            given[name] = at
    if "confidential" in values:
        given["confidential"] = bool(values["confidential"])
    return given


def _many(value: Any) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (str(value),) if value else ()


def member(kind: Any, value: Any) -> Any:
    """The member of a StrEnum with this value; None for anything else."""
    return kind(value) if isinstance(value, str) and value in {one.value for one in kind} else None


def moment(value: Any) -> datetime | None:
    """Unix seconds as aware UTC; None for what is no time."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and 0 <= value < LATEST else None


def wrong(values: Values) -> Mistakes | None:
    """The fields in which a time stands that is none; a use case would take them for left empty."""
    fields = {name: "time" for name, value in values.items() if isinstance(value, int) and moment(value) is None}
    return Mistakes(fields) if fields else None


def said(values: Values, name: str) -> str:
    """The text of one field; "" when it is empty or was not shown."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def deployment(values: Values, now: datetime) -> dict[str, Any]:
    """The arguments of `mark_deployed`. A form without outcome (access ended) went well."""
    return {
        "what": said(values, "what"),
        "at": moment(values.get("at")) or now,
        "outcome": member(Outcome, values.get("outcome")) or Outcome.OK,
        "known": said(values, "known"),
        "why": said(values, "why"),
    }


def review(values: Values, person_of: PersonOf) -> ReviewForm:
    """The review form; a follow-up row in which nothing stands is none."""
    rows = (_follow_up(values, n, person_of) for n in range(1, MOST_FOLLOW_UPS + 1))
    missing = {item: said(values, f"missing_{item.value}") for item in Item if f"missing_{item.value}" in values}
    return ReviewForm(
        deployed=said(values, "deployed"),
        cause=said(values, "cause"),
        judgement=member(Judgement, values.get("judgement")),
        tests=said(values, "tests"),
        follow_ups=tuple(row for row in rows if row is not None),
        missing=missing,
    )


def _follow_up(values: Values, n: int, person_of: PersonOf) -> FollowUpForm | None:
    what = said(values, f"followup_what_{n}")
    owner, due = said(values, f"followup_owner_{n}"), said(values, f"followup_due_{n}")
    if not (what.strip() or owner or due):
        return None
    return FollowUpForm(what, person_of(owner) if owner else None, due or None)


def people(values: Values, *fields: str) -> tuple[str, ...]:
    """The Slack ids chosen in a form, also in these `fields`: they have to be known before the transaction."""
    names = ("implementer", "put_off_owner", *fields, *(f"followup_owner_{n}" for n in range(1, MOST_FOLLOW_UPS + 1)))
    return tuple(dict.fromkeys(one for name in names if (one := said(values, name))))
