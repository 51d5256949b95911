"""What a reader asks for in an address: a period, filters, a place in a list; refused in words where unreadable."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from bot.register.errors import Wrong
from bot.register.visitors import Visit
from workflows import persons, register
from workflows.change import Kind
from workflows.quiet import zone_of
from workflows.register import VERDICTS, Filter, Place

NOT_A_DATE = "That is not a date I can read (2026-11-30)."
MOST_DAYS = 3660
KINDS: Mapping[str, str] = {"emergency": "Emergencies", "deploy": "Deploys", "finding": "Findings"}
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both in it, in the workspace's zone; `since` and `until` are the moments."""

    first: date
    last: date
    zone: str

    @property
    def since(self) -> datetime:
        """The beginning of the first day."""
        return self._start(self.first)

    @property
    def until(self) -> datetime:
        """The end of the last day."""
        return self._start(self.last + timedelta(days=1))

    @property
    def words(self) -> str:
        """As the top line says it: 1 Sep – 30 Nov 2026."""
        year = "" if self.first.year == self.last.year else " %Y"
        return f"{self.first.strftime(f'%-d %b{year}')} – {self.last:%-d %b %Y}"

    @property
    def told(self) -> dict[str, Any]:
        """As the record of a view keeps it."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}

    def _start(self, day: date) -> datetime:
        return datetime.combine(day, time(), zone_of(self.zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands in the address: `given` holds its fields, to be written again into forms and links."""

    period: Period
    only: Filter
    given: Mapping[str, str]

    def link(self, path: str, **more: str) -> str:
        """The address of a page with the same question and `more`."""
        fields = {name: value for name, value in {**self.given, **more}.items() if value}
        return f"{path}?{urlencode(fields)}" if fields else path

    def told(self, systems: Collection[str] = ()) -> dict[str, Any]:
        """The question as the record of a view keeps it: a person by id, and of systems only those that there are."""
        only = self.only
        return {
            "since": only.since.isoformat(),
            "until": only.until.isoformat(),
            "kind": only.kind.value if only.kind else None,
            "system": only.system if only.system in systems or not only.system else "unknown",
            "person": only.person,
            "verdict": only.verdict,
            "exceptions": only.excepted,
        }


def period(visit: Visit) -> Period:
    """The period of the address; without one the last three months. Raises Wrong."""
    zone, given = visit.desk.policy.rules.zone, visit.request.query_params
    today = visit.desk.clock.now().astimezone(zone_of(zone)).date()
    last = day(given.get("until", "")) or today
    first = day(given.get("since", "")) or _months_before(last)
    if first > last:
        raise Wrong("The period ends before it begins.")
    if (last - first).days > MOST_DAYS:
        raise Wrong("That period is longer than ten years.")
    return Period(first, last, zone)


def day(text: str) -> date | None:
    """A day as 2026-11-30; None: nothing was written. Raises Wrong."""
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        found = None
    if found is None or not 1990 <= found.year <= 2190:
        raise Wrong(NOT_A_DATE)
    return found


def _months_before(last: date) -> date:
    """The first of the month two months before."""
    months = last.year * 12 + last.month - 1 - 2
    return date(months // 12, months % 12 + 1, 1)


def asked(visit: Visit, tx: Connection, *, kind: Kind | None = None) -> Asked:
    """The whole question. `kind`: of a page that is about one kind alone. Raises Wrong."""
    given, when = visit.request.query_params, period(visit)
    fields = {name: _word(given.get(name, "")) for name in ("kind", "system", "person", "verdict", "exceptions")}
    if fields["kind"] not in ("", *KINDS):
        raise Wrong("There is no such kind of change.")
    if fields["verdict"] not in ("", *VERDICTS):
        raise Wrong("There is no such verdict.")
    wanted = kind or (Kind(fields["kind"]) if fields["kind"] else None)
    only = Filter(
        since=when.since,
        until=when.until,
        now=visit.desk.clock.now(),
        kind=wanted,
        system=fields["system"] or None,
        person=_person(tx, fields["person"], emails=visit.visitor.may("auditor")) if fields["person"] else None,
        verdict=fields["verdict"] or None,
        excepted=bool(fields["exceptions"]),
    )
    return Asked(when, only, {"since": f"{when.first}", "until": f"{when.last}", **fields})


def _word(text: str) -> str:
    if len(text) > LONGEST or "\x00" in text:
        raise Wrong("That is too long to look for.")
    return text.strip()


def _person(tx: Connection, text: str, *, emails: bool) -> str:
    """Whom an e-mail (`emails`: of readers who may see those), a Slack id or a name means; of nobody is no change."""
    known = persons.by_email(tx, [text]).get(text.lower()) if emails else None
    return known or persons.by_slack(tx, [text]).get(text) or register.person_named(tx, text) or "nobody"


def place(text: str) -> Place | None:
    """Where a page begins, as `mark` wrote it; None: at the start. Raises Wrong."""
    if not text:
        return None
    part, _, rest = text.partition("~")
    at, _, id = rest.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if part not in ("e", "o") or moment is None or moment.tzinfo is None or not id or len(id) > 100:
        raise Wrong("That is not a place in this list.")
    try:
        return Place(part == "e", moment.astimezone(UTC), id)
    except OverflowError:
        raise Wrong("That is not a place in this list.") from None


def mark(at: Place | None) -> str:
    """A place as it stands in an address; "": none."""
    return f"{'e' if at.emergency else 'o'}~{at.at.astimezone(UTC).isoformat()}~{at.id}" if at else ""


def seen_at(at: Place | None) -> str:
    """The place as the record of a view keeps it: without its id, which is whatever somebody wrote there; "": none."""
    return mark(at).rpartition("~")[0]


def number(text: str, *, usual: int, most: int) -> int:
    """A whole number from 1 to `most`. Raises Wrong."""
    if not text.strip():
        return usual
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 9 and 1 <= int(text) <= most):
        raise Wrong(f"That is not a number from 1 to {most}.")
    return int(text)
