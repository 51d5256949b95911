"""What a review found to be done: it can be handed to somebody else, and whoever has it then is told at once."""

from workflows import announce, policy, question, quorum
from workflows.case import Case, Done, Refused
from workflows.change import Action, Mistakes
from workflows.reviewed import FollowUp
from workflows.rows import Line, Told
from workflows.turn import UNKNOWN, Turn


def hand_over(turn: Turn, change_id: str, *, ref: str, to: str, note: str = "") -> Done | Refused | Mistakes:
    """Give the follow-up `ref` to somebody with an account that may act; its date stays, and both are told.

    Its owner may, and every reviewer. `to` is a person id; a guest can have no follow-up, nor an account that was
    never read (Mistakes at `to`).
    """
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.HAND_FOLLOW_UP, case, turn.actor, turn.rules, turn.now, ref=ref)
    follow = question.follow_up(case, ref)
    if not verdict.allowed or follow is None:
        return turn.refuse(case, Action.HAND_FOLLOW_UP, verdict)
    mistake = _mistake(turn, case, follow, to)
    if mistake:
        return Mistakes({"to": mistake})
    digest = turn.text(note)
    case = turn.advance(case, "follow_up_handed", ref=ref, to=to, note=digest)
    _tell(turn, case, follow, to, digest)
    return Done(announce.settle(turn, case, also=(follow.owner,)), ("follow_up_handed",))


def _mistake(turn: Turn, case: Case, follow: FollowUp, to: str) -> str | None:
    if not to:
        return "empty"
    if to == follow.owner:
        return "has-it"
    accounts = turn.with_standing(case, (to,)).standing.accounts.get(to, ())
    if not accounts:
        return "unread"
    return None if quorum.good(accounts) else "no-account"


def _tell(turn: Turn, case: Case, follow: FollowUp, to: str, note: str | None) -> None:
    by = turn.actor.person
    announce.line(turn, case, Line.FOLLOW_UP_HANDED, by=by, to=to, what_digest=follow.what)
    announce.tell(turn, case, (follow.owner,), Told.FOLLOW_UP_MOVED, by=by, to=to, what_digest=follow.what)
    if to != by:
        said = {"what_digest": follow.what, "note_digest": note, "due": follow.due}
        announce.follow_up(turn, case, to, ref=follow.id, what=Told.FOLLOW_UP_HANDED, by=by, **said)
