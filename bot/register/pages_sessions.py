"""Where one is signed in, and ending it; for admins, everybody who is in."""

from starlette.responses import RedirectResponse, Response

from bot.register.errors import Wrong
from bot.register.places import SIGN_IN
from bot.register.visitors import Visit
from workflows import persons, signed_in
from workflows.change import Actor
from workflows.signed_in import SHORT, Whose

PATH = "/register/sessions"


def sessions(visit: Visit) -> Response:
    """The list; with a form, the end of one session, of all of one's own, or, by an admin, of everybody's."""
    return _ended(visit) if visit.request.method == "POST" else _listed(visit)


def _listed(visit: Visit) -> Response:
    real, length = visit.desk.clock.real(), visit.desk.policy.rules.register.session
    with visit.desk.db.read() as tx:
        found = signed_in.now_in(tx, _reach(visit), session=length, now=real)
        people = persons.by_id(tx, {one.person for one in found if one.person})
    names = {id: one.name for id, one in people.items()}
    return visit.draw(
        "sessions.html",
        sessions=[(one, names.get(one.person or "") or one.name or one.slack) for one in found],
        own=visit.visitor.session[:SHORT],
        admin=visit.visitor.may("admin"),
        csrf=visit.visitor.csrf,
        at=PATH,
    )


def _ended(visit: Visit) -> Response:
    who, which = visit.visitor, visit.form.get("end", "")
    own = Whose(who.slack, who.invitation)
    whose, id = {"mine": (own, ""), "everybody": (_reach(visit), "")}.get(which, (_reach(visit), which))
    if which == "everybody" and not who.may("admin"):
        raise Wrong("Only admins end the sessions of others.", 403)
    actor = Actor(who.person, who.slack) if who.person else None
    by = {"invitation": who.invitation} if who.invitation else {}
    try:
        if not which:
            raise ValueError
        with visit.desk.db.write() as tx:
            clock = visit.desk.clock
            signed_in.end(tx, whose, id=id, actor=actor, by=by, now=clock.now(), real=clock.real())
    except ValueError:
        raise Wrong("That is not a session of this list.") from None
    gone = not id or id == who.session[:SHORT]
    return RedirectResponse(SIGN_IN if gone else PATH, 303)


def _reach(visit: Visit) -> Whose:
    """Whose sessions one sees and may end: one's own; an admin, everybody's."""
    who = visit.visitor
    return Whose() if who.may("admin") else Whose(who.slack, who.invitation)
