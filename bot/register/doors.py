"""Who a request comes from: the session behind its cookie, and the role that the policy gives today.

Nothing is kept of a role: it is found anew at every request, from readings as young as a decision asks for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk import Desk
from bot.register.cookies import SESSION, Cookies
from bot.register.errors import Wrong
from bot.register.places import asked_for, sign_in
from bot.register.skeleton import moment
from bot.register.tries import PAGES, PAGES_OF_ALL, Tries
from bot.register.visitors import Visitor
from workflows import admission, facts, persons, sessions, signed_in, views_seen
from workflows.admission import Known, Role
from workflows.sessions import Over, Session
from workflows.signed_in import SHORT, Whose
from workflows.views_seen import Viewer

LOG = structlog.get_logger("register")


@dataclass(frozen=True, slots=True)
class Doors:
    """Lets people in by their session; everything here may wait for the database or Slack, so it runs in a thread."""

    desk: Desk
    cookies: Cookies
    looks: Tries = field(default_factory=lambda: Tries(PAGES, PAGES_OF_ALL))

    def visitor(self, request: Request, least: Role = Role.READER) -> Visitor | Response:
        """Who comes, or the way to sign in. Raises Wrong for whoever lacks this role, and for an ended invitation."""
        rules, real = self.desk.policy.rules, self.desk.clock.real()
        text = self.cookies.read(request, SESSION)
        if not text:
            return self._away(request)
        with self.desk.db.read() as tx:
            session = sessions.find(tx, text, session=rules.register.session, now=real)
        if isinstance(session, Over) and session.invitation_ended is not None:
            raise Wrong(f"Your invitation ended {moment(session.invitation_ended, ZoneInfo(rules.zone))}.", 403)
        if not isinstance(session, Session):
            return self._away(request)
        if not self.looks.allow(session.hash, real):
            raise Wrong("That is too many pages in a minute. Wait, then go on.", 429, headers={"retry-after": "60"})
        if sessions.stale(session, real):
            with self.desk.db.write() as tx:
                sessions.seen(tx, session, real)
        found = self._named(session)
        if not found.role.covers(least):
            LOG.warning("not for this role", wanted=least.value, role=found.role.value, session=found.session[:SHORT])
            raise Wrong(f"This page is for the role of {least}; yours is {found.role}.", 403)
        return found

    def role_of(self, slack: str) -> tuple[Role, str, str] | None:
        """The role, person and name of a Slack account now; None: none, or nobody can tell."""
        desk, rules = self.desk, self.desk.policy.rules
        desk.readings.fresh([slack], admission.groups(rules))
        now = desk.clock.now()
        with desk.db.read() as tx:
            person = persons.by_slack(tx, [slack]).get(slack)
            fact = facts.get(tx, "account", slack)
            if person is None or fact is None or fact.value is None or fact.as_of is None:
                return None
            standing = facts.standing(tx, rules, [person], now=now)
        known = Known(facts.account(slack, person, fact), _email(fact.value))
        role = admission.role(rules, known, standing, now)
        return (role, person, str(fact.value["name"])) if role else None

    def refused(self) -> Wrong:
        """The words for somebody who has no role."""
        contact = self.desk.policy.rules.register.contact
        who = f"{contact} can give it." if contact else "Whoever keeps the policy file can give it."
        return Wrong(f"You have no access to this record. {who}", 403)

    def record(
        self,
        visitor: Visitor,
        what: str,
        key: str | None = None,
        *,
        asked: Mapping[str, object] | None = None,
        taken: bool = False,
    ) -> None:
        """Put it into the record that this was seen, or taken; before anything of it is sent."""
        viewer = Viewer(visitor.session, visitor.role, visitor.person, visitor.slack, visitor.invitation)
        now, real = self.desk.clock.now(), self.desk.clock.real()
        with self.desk.db.write() as tx:
            views_seen.viewed(tx, viewer, what, key=key, asked=asked, taken=taken, now=now, real=real)

    def csrf(self, visitor: Visitor, form: Mapping[str, str]) -> None:
        """Raises Wrong unless the form is one that we gave to this visitor."""
        if not self.cookies.right(form.get("csrf", ""), visitor.session):
            LOG.warning("form refused", session=visitor.session[:SHORT])
            raise Wrong("This form is too old. Go back, load the page again and send it once more.", 403)

    def _named(self, session: Session) -> Visitor:
        csrf = self.cookies.form_token(session.hash)
        if session.invitation is not None:
            name = session.name
            return Visitor(Role.AUDITOR, None, name, session.until, session.hash, csrf, invitation=session.invitation)
        found = self.role_of(session.slack or "")
        if found is None:
            self._forget(session.slack or "")
            LOG.warning("no role any more", slack=session.slack)
            raise self.refused()
        role, person, name = found
        return Visitor(role, person, name, session.until, session.hash, csrf, slack=session.slack)

    def _forget(self, slack: str) -> None:
        """End the sessions of an account that Slack says is none any more: they don't live again when it comes back."""
        with self.desk.db.read() as tx:
            fact = facts.get(tx, "account", slack)
        if fact is not None and fact.as_of is not None and (fact.value is None or fact.value.get("deactivated")):
            now, real = self.desk.clock.now(), self.desk.clock.real()
            with self.desk.db.write() as tx:
                signed_in.end(tx, Whose(slack=slack), actor=None, now=now, real=real)

    def _away(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise Wrong("You are not signed in any more. Sign in, and send it once more.", 403)
        return RedirectResponse(sign_in(asked_for(request)), 303)


def _email(value: Mapping[str, object]) -> str | None:
    """The address, where Slack has confirmed it and it is an account of ours."""
    email = value.get("email")
    sure = value.get("confirmed") and not value.get("foreign")
    return email.lower() if sure and isinstance(email, str) else None
