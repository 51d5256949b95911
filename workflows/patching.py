"""A patch that is owed: who is told of it and when, and the exception by which it may wait."""

from dataclasses import replace
from datetime import date, datetime

from workflows import announce, mailing, matching, patches, persons, quiet, quorum
from workflows.case import Case
from workflows.documents import Details
from workflows.mailing import Mail
from workflows.rows import DebtKind, Line
from workflows.schedule import Due
from workflows.turn import Turn


def mistakes(turn: Turn, case: Case, form: Details) -> dict[str, str]:
    """What is wrong with an exception: it has an owner, an end to come, and something that protects until then."""
    until, owner, control = _exception(case, form)
    if not _asked(form, until, control):
        return {}
    given = {"put_off_until": until, "put_off_owner": owner, "put_off_control": control}
    found = {name: "empty-put-off" for name, value in given.items() if not value}
    if until:
        try:
            day = date.fromisoformat(until)
        except ValueError:
            return found | {"put_off_until": "day"}
        if day < turn.now.astimezone(quiet.zone_of(turn.rules.zone)).date():
            found["put_off_until"] = "past"
    return found


def _exception(case: Case, form: Details) -> tuple[str, str, str]:
    """Until when, by whom, with which control: as given, else as it is on record."""
    known = case.put_off
    until = form.put_off_until if form.put_off_until is not None else known.until if known else ""
    owner = form.put_off_owner if form.put_off_owner is not None else known.owner if known else ""
    control = form.put_off_control if form.put_off_control is not None else case.body(known.control) if known else ""
    return (until or "").strip(), owner or "", (control or "").strip()


def _asked(form: Details, until: str, control: str) -> bool:
    """Whether the form says anything of it; a person alone, whom the form suggests, is nothing."""
    given = (form.put_off_until, form.put_off_owner, form.put_off_control)
    return any(one is not None for one in given) and bool(until or control or form.put_off_until == "")


def put_off(turn: Turn, case: Case, form: Details) -> tuple[Case, Details]:
    """Record the exception, if the form asks for one, and return the rest of the form. The clock does not move."""
    rest = replace(form, put_off_until=None, put_off_owner=None, put_off_control=None)
    until, owner, control = _exception(case, form)
    if case.patch_due is None or not _asked(form, until, control):
        return case, rest
    before = {patches.answers(case)}
    digest = turn.text(control)
    case = turn.with_standing(turn.advance(case, "put_off", until=until, owner=owner, control=digest))
    announce.line(turn, case, Line.PUT_OFF, by=turn.actor.person, to=owner, due=until, what_digest=digest)
    return announce.settle(turn, case, also=before), rest


def remind(turn: Turn, case: Case, one: Due, kind: DebtKind, mail: dict[str, Mail]) -> tuple[Case, datetime | None]:
    """Tell whoever answers for the patch, and once it is due whoever hears of late ones; return until when one sleeps.

    In somebody's night nobody is told before the morning, unless it is due.
    """
    people = _audience(turn, case, kind)
    night = _night(turn, case, people[0]) if people and kind is DebtKind.REMINDER else None
    if night is not None:
        return case, night
    case = turn.advance(case, "noticed", key=one.key, to=list(people))
    if kind is DebtKind.ESCALATION:
        announce.line(turn, case, Line.PATCH_DUE, people=list(people))
    for person in people:
        mailing.collect(mail, person, kind, one.at, case.id)
    return case, None


def _audience(turn: Turn, case: Case, kind: DebtKind) -> tuple[str, ...]:
    mine = (patches.answers(case),)
    group = turn.rules.patches.escalate_to
    if kind is DebtKind.REMINDER or group is None:
        return mine
    others = sorted(quorum.members(case, (group,)))
    able = [p for p in others if quorum.good(case.standing.accounts.get(p, ()))]
    return tuple(dict.fromkeys((*mine, *able)))


def _night(turn: Turn, case: Case, person: str) -> datetime | None:
    known = persons.by_id(turn.tx, [person]).get(person)
    zone = (known.zone if known else None) or turn.rules.zone
    return quiet.held_until(turn.now, zone, matching.emergency_rule(case, turn.rules).quiet_hours)
