"""The link to PagerDuty: who is on call, incidents and their notes, pages and change events. No other host is asked.

Every method raises `Unavailable` (no answer, or none now; what was said may have arrived) or `Rejected` (PagerDuty
says no, or the question was malformed and not asked). Ids are checked and every path is built here; addresses in
answers are never used.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from workflows.links import Rejected, Unavailable
from workflows.links import pagerduty_parts as parts
from workflows.links.pagerduty_wire import Wire, identifier, listed
from workflows.peered import Entry, OnCall, SeenIncident

OPEN = ("triggered", "acknowledged")
T = TypeVar("T")


class PagerDuty:
    """One PagerDuty account, and one integration of it for pages; safe for many threads, made without asking anything.

    `token` reads, with `sender` (the e-mail of a user) it writes, `routing_key` pages. `timeout`: seconds a question
    may wait for an answer.
    """

    def __init__(
        self, token: str, sender: str, routing_key: str, api_url: str, events_url: str, timeout: float = 5
    ) -> None:
        self._wire = Wire(token, sender, routing_key, api_url, events_url, timeout)
        self._seen = partial(parts.incident, home=urlsplit(api_url).hostname or "")
        self._user: str | None = None

    def close(self) -> None:
        """End its idle connections."""
        self._wire.close()

    @property
    def can_read(self) -> bool:
        """Whether schedules and incidents can be read."""
        return bool(self._wire.token)

    @property
    def can_write(self) -> bool:
        """Whether incidents can be opened and noted on."""
        return bool(self._wire.token and self._wire.sender)

    @property
    def can_page(self) -> bool:
        """Whether pages and change events can be sent."""
        return bool(self._wire.routing_key)

    # Who is on call

    def oncalls(
        self,
        *,
        schedules: Iterable[str] = (),
        policies: Iterable[str] = (),
        services: Iterable[str] = (),
        since: datetime,
        until: datetime,
    ) -> tuple[OnCall, ...]:
        """Who is on call at some moment from `since` to `until` by any of these, at whatever level.

        A service stands for its escalation policy. Nothing is left out: more than can be read is Unavailable. Nobody
        is let in by an answer about what was not asked.
        """
        behind = [self._policy_of(one) for one in services]
        asked = {"schedule_ids[]": tuple(schedules), "escalation_policy_ids[]": (*policies, *behind)}
        times = {"since": parts.stamp(since), "until": parts.stamp(until), "include[]": ("users",)}
        found: dict[OnCall, None] = {}
        for name, ids in asked.items():
            query = {name: tuple(dict.fromkeys(identifier(one) for one in ids)), **times}
            if ids:
                found |= dict.fromkeys(self._told(lambda q=query: self._oncalls(q)))  # type: ignore[misc]
        named = {*asked["schedule_ids[]"], *asked["escalation_policy_ids[]"]}
        return tuple(one for one in found if parts.overlaps(one, since, until) and named & {one.schedule, one.policy})

    def _oncalls(self, query: Mapping[str, Any]) -> list[OnCall]:
        return [parts.on_call(one) for one in self._wire.pages("/oncalls", "oncalls", **query)]

    def _policy_of(self, service: str) -> str:
        found = self._told(lambda: self._wire.get(f"/services/{identifier(service)}")["service"])
        return self._told(lambda: str(found["escalation_policy"]["id"]))

    # Incidents

    def incident(self, id_or_number: str) -> SeenIncident:
        """An incident, by its id or number. Rejected("gone", 404), ("no-permission", 403), ("revoked", 401)."""
        path = f"/incidents/{identifier(id_or_number)}"
        return self._told(lambda: self._seen(self._wire.get(path)["incident"]))

    def open_incidents(self, *, limit: int = 25) -> tuple[SeenIncident, ...]:
        """Incidents that are not resolved, newest first; without those that are pages of ours."""
        query = {"statuses[]": OPEN, "sort_by": "created_at:desc", "date_range": "all", "limit": min(2 * limit, 100)}

        def read() -> tuple[SeenIncident, ...]:
            found = listed(self._wire.get("/incidents", **query), "incidents")
            return tuple(self._seen(one) for one in found if not parts.page(one.get("incident_key")))[:limit]

        return self._told(read)

    def by_key(self, key: str) -> SeenIncident | None:
        """The newest incident that was opened under this key, whatever became of it; None: none was."""
        query = {"incident_key": key, "date_range": "all", "sort_by": "created_at:desc", "limit": 1}

        def read() -> SeenIncident | None:
            found = listed(self._wire.get("/incidents", **query), "incidents")
            return self._seen(found[0]) if found else None

        return self._told(read)

    def open(self, *, service: str, title: str, details: str, key: str, urgency: str = "high") -> SeenIncident:
        """Open an incident under a key. While one under it is open PagerDuty refuses a second: then that one."""
        body = {
            "type": "incident",
            "title": title[: parts.LONGEST_SUMMARY],
            "service": {"id": identifier(service), "type": "service_reference"},
            "urgency": urgency,
            "incident_key": key,
            "body": {"type": "incident_body", "details": details},
        }
        try:
            return self._told(lambda: self._seen(self._wire.post("/incidents", {"incident": body})["incident"]))
        except Rejected as no:
            known = self.by_key(key) if no.status == 400 else None
            if known is None or known.status == "resolved":
                raise
            return known

    def notes(self, incident_id: str) -> tuple[str, ...]:
        """The notes on an incident that are written in our name: anybody can write what looks like one of ours."""
        path, me = f"/incidents/{identifier(incident_id)}/notes", self._me()
        return self._told(lambda: parts.notes(listed(self._wire.get(path), "notes"), me))

    def note(self, incident_id: str, text: str) -> None:
        """Put a note on an incident."""
        self._wire.post(f"/incidents/{identifier(incident_id)}/notes", {"note": {"content": text}})

    def said(self, incident_id: str, since: datetime) -> tuple[Entry, ...]:
        """What happened to an incident from `since` on, oldest first."""
        path, query = f"/incidents/{identifier(incident_id)}/log_entries", {"since": parts.stamp(since)}
        return self._told(lambda: parts.entries(list(self._wire.pages(path, "log_entries", **query))))

    # Pages and change events

    def alert(
        self, *, key: str, summary: str, severity: str, source: str, link: str, at: datetime, details: Mapping[str, Any]
    ) -> None:
        """Page under a dedup key: again under the same key while it is open changes nothing for people.

        `severity`: critical, error, warning, info.
        """
        payload = {
            "summary": summary[: parts.LONGEST_SUMMARY],
            "severity": severity,
            "source": source,
            "timestamp": parts.stamp(at),
            "custom_details": dict(details),
        }
        shown = {"links": found} if (found := parts.links([(link, "Open the change")])) else {}
        self._wire.event(
            lambda to: to.send_event(
                "trigger", key[: parts.LONGEST_KEY], payload=payload, client="Countersign", **shown
            )
        )

    def resolve(self, *, key: str) -> None:
        """End the page under a dedup key; nothing happens when there is none."""
        self._wire.event(lambda to: to.resolve(key[: parts.LONGEST_KEY]))

    def change_event(
        self,
        *,
        summary: str,
        source: str,
        at: datetime,
        links: Iterable[tuple[str, str]] = (),
        details: Mapping[str, Any],
    ) -> None:
        """Tell of a change that went live, with links (href, text). It has no key: sent twice, it is there twice."""
        given, shown, when = dict(details), parts.links(links), parts.stamp(at)
        self._wire.event(lambda to: to.submit(summary[: parts.LONGEST_SUMMARY], source, given, shown, when))

    # For doctor

    def whose(self) -> str | None:
        """The e-mail of the user whose token this is; None: it is the account's own."""
        try:
            return self._told(lambda: str(self._wire.get("/users/me")["user"]["email"]))
        except Rejected as no:
            if no.status != 400:
                raise
            return None

    def user_by_email(self, email: str) -> bool:
        """Whether a user of the account has this e-mail, so that notes can be written in that name."""
        return bool(self._named(email))

    def schedule(self, id: str) -> str:
        """The name of a schedule. Rejected("gone", 404)."""
        return self._name("schedules", "schedule", id)

    def policy(self, id: str) -> str:
        """The name of an escalation policy. Rejected("gone", 404)."""
        return self._name("escalation_policies", "escalation_policy", id)

    def service(self, id: str) -> str:
        """The name of a service. Rejected("gone", 404)."""
        return self._name("services", "service", id)

    def abilities(self) -> tuple[str, ...]:
        """What the account may do, in PagerDuty's words."""
        return self._told(lambda: tuple(str(one) for one in listed(self._wire.get("/abilities"), "abilities")))

    def _me(self) -> str | None:
        """The id of the user whose token this is, or else of the sender; None: PagerDuty does not say."""
        if self._user is None:
            try:
                self._user = self._told(lambda: str(self._wire.get("/users/me")["user"]["id"]))
            except Rejected as no:
                if no.status == 401:
                    raise
                self._user = next((str(one["id"]) for one in self._named(self._wire.sender)), None)
        return self._user

    def _named(self, email: str) -> list[Any]:
        there = self._told(lambda: list(self._wire.pages("/users", "users", query=email)))
        return self._told(lambda: [one for one in there if str(one["email"]).lower() == email.lower()])

    def _name(self, kinds: str, kind: str, id: str) -> str:
        path = f"/{kinds}/{identifier(id)}"

        def read() -> str:
            found = self._wire.get(path)[kind]
            return str(found.get("name") or found["summary"])

        return self._told(read)

    def _told(self, ask: Callable[[], T]) -> T:
        """The answer; one of a shape that PagerDuty does not describe is none."""
        try:
            return ask()
        except (KeyError, TypeError, AttributeError, IndexError, ValueError):
            raise Unavailable("unreadable") from None
