"""The ways in and out: with Slack, by an invitation, and signing out. Each way in begins a session with a new id.

The attempt to sign in with Slack travels in a signed cookie, serves once, and for ten minutes: a browser that did not
begin it cannot end it. The network is asked before anything is written, never in between.
"""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.register.cookies import ATTEMPT, DOOR, SESSION, same
from bot.register.doors import Doors
from bot.register.errors import Wrong
from bot.register.places import HOME, SIGN_IN, ours
from bot.register.provider import Attempt, Provider, Refused, Unavailable
from bot.register.skeleton import moment
from bot.register.tries import Tries
from bot.register.visitors import Draw
from workflows import inbox, invitations, ledger, sessions
from workflows.admission import Role
from workflows.change import Actor

TIME = timedelta(minutes=10)
LOG = structlog.get_logger("register")
SILENT = "Slack does not answer, so nobody can be signed in by it now. Try again in a minute."
NOT_STARTED = "This sign-in was not begun in this browser, or was ended already, or more than ten minutes ago."
TOO_MANY = "Too many tries. Wait a minute, then try again."


@dataclass(frozen=True, slots=True)
class Ways:
    """`provider` None: Slack is not set up for it, and an invitation is the only way."""

    doors: Doors
    provider: Provider | None
    tries: Tries
    draw: Draw

    def page(self, request: Request, form: dict[str, str]) -> Response:
        """Which ways in there are. A door's cookie ties the form of the invitation to this browser."""
        place = ours(request.query_params.get("next", HOME))
        cookies = self.doors.cookies
        door = cookies.read(request, DOOR) or self.doors.desk.salt().hex()
        answer = self.draw(
            "signin.html", csrf=cookies.form_token(f"door {door}"), place=place, slack=self.provider is not None
        )
        cookies.put(answer, DOOR, door, 3600)
        return answer

    def to_slack(self, request: Request, form: dict[str, str]) -> Response:
        """Off to Slack, with what must come back."""
        provider, desk = self._provider(), self.doors.desk
        self._one_more(request)
        attempt = Attempt(desk.salt().hex(), desk.salt().hex(), desk.salt().hex())
        try:
            there = provider.way_there(attempt)
        except Unavailable as fault:
            LOG.warning("sign-in", slack="unavailable", why=str(fault))
            raise Wrong(SILENT, 503) from None
        answer = RedirectResponse(there, 302)
        told = {"state": attempt.state, "nonce": attempt.nonce, "verifier": attempt.verifier}
        told["next"] = ours(request.query_params.get("next", HOME))
        until = desk.clock.real() + TIME
        self.doors.cookies.put(answer, ATTEMPT, self.doors.cookies.sign(told, until=until), int(TIME.total_seconds()))
        return answer

    def from_slack(self, request: Request, form: dict[str, str]) -> Response:
        """Back from Slack: a session, if Slack vouches for an account of ours to which the policy gives a role."""
        self._provider()
        self._one_more(request)
        attempt, place = self._begun(request)
        if request.query_params.get("error"):
            raise Wrong("You did not agree in Slack, so you are not signed in.", 403)
        slack = self._vouched(attempt, request.query_params.get("code", ""))
        found = self.doors.role_of(slack)
        if found is None:
            self._turned_away(slack)
            raise self.doors.refused()
        role, person, _ = found
        return self._in(request, place, role, person=person, slack=slack)

    def invited(self, request: Request, form: dict[str, str]) -> Response:
        """In by an invitation's token, which comes in a form and never in an address."""
        desk, cookies = self.doors.desk, self.doors.cookies
        door = cookies.read(request, DOOR)
        if not door or not cookies.right(form.get("csrf", ""), f"door {door}"):
            raise Wrong("This form is too old. Load the sign-in page again.", 403)
        self._one_more(request)
        real, zone = desk.clock.real(), ZoneInfo(desk.policy.rules.zone)
        with desk.db.read() as tx:
            one = invitations.find(tx, form.get("token", ""))
        if one is None:
            LOG.warning("sign-in", invitation="unknown", client=_client(request))
            raise Wrong("That is not an invitation of ours. Copy the whole of it, from ci_ on.", 403)
        ended = one.over(real)
        if ended is not None:
            LOG.warning("sign-in", invitation=one.id, why="ended", client=_client(request))
            raise Wrong(f"Your invitation ended {moment(ended, zone)}.", 403)
        return self._in(request, ours(form.get("next", HOME)), Role.AUDITOR, invitation=one)

    def out(self, request: Request, form: dict[str, str]) -> Response:
        """Out: the session ends here, whatever the browser keeps."""
        desk, cookies = self.doors.desk, self.doors.cookies
        text = cookies.read(request, SESSION)
        hash = sessions.hash_of(text)
        if not text or not cookies.right(form.get("csrf", ""), hash):
            raise Wrong("This form is too old. Load the page again.", 403)
        with desk.db.write() as tx:
            sessions.end(tx, hash, desk.clock.real())
        answer = RedirectResponse(SIGN_IN, 303)
        cookies.drop(answer, SESSION)
        answer.headers["clear-site-data"] = '"cache"'
        return answer

    def _provider(self) -> Provider:
        if self.provider is None:
            raise Wrong("Signing in with Slack is not set up here. Use your invitation.", 404)
        return self.provider

    def _one_more(self, request: Request) -> None:
        if not self.tries.allow(_client(request), self.doors.desk.clock.real()):
            LOG.warning("sign-in", why="too many tries", client=_client(request))
            raise Wrong(TOO_MANY, 429, headers={"retry-after": "60"})

    def _begun(self, request: Request) -> tuple[Attempt, str]:
        """What this browser began, taken once for good. Raises Wrong."""
        desk = self.doors.desk
        real = desk.clock.real()
        told = self.doors.cookies.signed(self.doors.cookies.read(request, ATTEMPT), now=real)
        if told is None or not same(request.query_params.get("state", ""), told["state"]):
            raise Wrong(NOT_STARTED, 403)
        with desk.db.write() as tx:
            again = inbox.once(tx, [f"signin:{sessions.hash_of(told['state'])}"], real)
        if again is not None:
            raise Wrong(NOT_STARTED, 403)
        return Attempt(told["state"], told["nonce"], told["verifier"]), ours(told["next"])

    def _vouched(self, attempt: Attempt, code: str) -> str:
        home = self.doors.desk.readings.workspace()
        try:
            if home is None:
                raise Unavailable("workspace")
            return self._provider().identity(code, attempt, team=home.team, now=self.doors.desk.clock.real())
        except Unavailable as fault:
            LOG.warning("sign-in", slack="unavailable", why=str(fault))
            raise Wrong(SILENT, 503) from None
        except Refused as fault:
            LOG.warning("sign-in", slack="refused", why=str(fault))
            raise Wrong("Slack did not say who you are, so you are not signed in. Begin again.", 403) from None

    def _turned_away(self, slack: str) -> None:
        desk = self.doors.desk
        with desk.db.write() as tx:
            ledger.note(tx, "turned_away", {"slack": slack}, actor=None, now=desk.clock.now())

    def _in(
        self,
        request: Request,
        place: str,
        role: Role,
        *,
        person: str | None = None,
        slack: str | None = None,
        invitation: invitations.Invitation | None = None,
    ) -> Response:
        """Begin a session with an id that nobody knew before, and end the one that this browser had."""
        desk, cookies = self.doors.desk, self.doors.cookies
        now, real = desk.clock.now(), desk.clock.real()
        old, invited = cookies.read(request, SESSION), invitation.id if invitation else None
        with desk.db.write() as tx:
            told = {"role": role.value} | ({"invitation": invited} if invited else {})
            actor = Actor(person, slack) if person else None
            ledger.note(tx, "signed_in", told, actor=actor, now=now)
            if old:
                sessions.end(tx, sessions.hash_of(old), real)
            if invitation is not None:
                invitations.used(tx, invitation, real)
            text, _ = sessions.begin(tx, random=desk.salt(), now=real, person=person, slack=slack, invitation=invited)
        answer = RedirectResponse(place, 303)
        cookies.put(answer, SESSION, text, int(desk.policy.rules.register.session.total_seconds()))
        for done in (ATTEMPT, DOOR):
            cookies.drop(answer, done)
        return answer


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
