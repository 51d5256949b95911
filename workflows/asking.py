"""Asking the people who may decide: at once, again, more of them, or the fallback when nobody else can."""

from collections.abc import Sequence

from workflows import announce, matching, quorum, readiness, schedule
from workflows.case import Case
from workflows.change import UNDECIDED, Kind
from workflows.rows import Line, Told
from workflows.ruleset import Need, Rules
from workflows.turn import Turn

AT_MOST = 5
ENOUGH = "enough"  # why people were asked again: the policy asks for fewer voices by now


def first(turn: Turn, case: Case, *, round_: str = "first", widened: bool = False, why: str | None = None) -> Case:
    """Ask for a (renewed) decision; when nobody can reach the quorum, ask the fallback at once and say why.

    `widened`: the fallback was asked for the version before this one, and is asked for this one as well.
    """
    rule = matching.rule_for(case, turn.rules)
    people = quorum.askable(case, turn.rules)
    case = _ask(turn, case, round_, tuple(n.group for n in rule.approvers), people, why=why)
    if widened and rule.fallback and not quorum.widened(case):
        return _widen(turn, case, "widen", why=None)
    return fallback_if_needed(turn, case)


def when_ready(turn: Turn, case: Case, *, widened: bool = False) -> Case:
    """Ask for a decision on a deploy, once a revision, as soon as nothing but voices is missing."""
    undecided = case.status in UNDECIDED and not readiness.asked(case)
    if case.kind is not Kind.DEPLOY or not undecided or not readiness.ready(case, turn.rules, turn.now):
        return case
    return first(turn, case, round_="again" if case.asks else "first", widened=widened)


def fallback_if_needed(turn: Turn, case: Case) -> Case:
    """The moment nobody can satisfy the quorum, the fallback group is asked, with the reason on record."""
    if case.status not in UNDECIDED or not readiness.asked(case) or not _falls_back(case, turn.rules):
        return case
    rule = matching.rule_for(case, turn.rules)
    short = quorum.unreachable(case, turn.rules)
    case = _widen(turn, case, "fallback", why=_why(case, short))
    groups = list(rule.fallback)
    announce.line(turn, case, Line.FALLBACK_ASKED, groups=groups, short=short[0].group)
    facts = {"groups": groups, "short": short[0].group, "contacts": contacts(turn, case)}
    announce.tell(turn, case, (case.requester,), Told.NOBODY_CAN, **facts)
    return case


def overlooked(case: Case, rules: Rules) -> bool:
    """Whether new readings, or a new policy, brought up somebody to ask; `catch_up` then does."""
    waits = case.status in UNDECIDED and readiness.asked(case)
    return waits and (_falls_back(case, rules) or _begins_again(case, rules))


def catch_up(turn: Turn, case: Case) -> Case:
    """Ask the fallback where nobody is left, and ask at all where nobody could be found before.

    Where a new policy is content with the voices there are, ask once more for the press that decides.
    """
    case = fallback_if_needed(turn, case)
    if not _begins_again(case, turn.rules):
        return case
    return first(turn, case, round_="again", why=ENOUGH if quorum.enough(case, turn.rules) else None)


def _begins_again(case: Case, rules: Rules) -> bool:
    if not any(_notified(case, rules, person) for person in quorum.askable(case, rules)):
        return False
    if quorum.enough(case, rules):
        since = case.changed_at or case.declared_at
        return not any(a.why == ENOUGH and a.at >= since for a in case.asks)
    return not any(a.people for a in case.asks if case.kind is not Kind.DEPLOY or a.revision == case.revision)


def _falls_back(case: Case, rules: Rules) -> bool:
    fallback = matching.rule_for(case, rules).fallback
    return bool(fallback and not quorum.widened(case) and quorum.unreachable(case, rules))


def nudge(turn: Turn, case: Case) -> Case:
    """Ask the same people again: whoever could decide at this moment."""
    people = quorum.askable(case, turn.rules)
    case = _ask(turn, case, "nudge", quorum.groups(case, turn.rules), people)
    announce.line(turn, case, Line.ASKED_AGAIN, people=list(case.asks[-1].people))
    return case


def widen(turn: Turn, case: Case) -> Case:
    """Ask the fallback too, and tell the requester whom to call or to proceed."""
    rule = matching.emergency_rule(case, turn.rules)
    waited = int((turn.now - schedule.asked_since(case)).total_seconds() // 60)
    case = _widen(turn, case, "widen", why=None)
    if rule.fallback:
        announce.line(turn, case, Line.WIDENED, groups=list(rule.fallback), minutes=waited)
    asked = [{"at": a.at.isoformat(), "people": list(a.people)} for a in case.asks if a.people]
    start = case.declared_at
    facts = {
        "minutes": waited,
        "asked": asked,
        "contacts": contacts(turn, case),
        "due": start + rule.review.due,
    }
    announce.tell(turn, case, (case.requester,), Told.NO_ANSWER, **facts)
    return case


def contacts(turn: Turn, case: Case) -> list[str]:
    """The telephone numbers of the groups that can decide now."""
    rule = matching.rule_for(case, turn.rules)
    names = (*(n.group for n in rule.approvers), *rule.fallback)
    return [c for name in dict.fromkeys(names) if (c := turn.rules.groups[name].contact)]


def _widen(turn: Turn, case: Case, round_: str, *, why: str | None) -> Case:
    rule = matching.rule_for(case, turn.rules)
    before = set(quorum.askable(case, turn.rules))
    case = turn.advance(case, "asked", round=round_, people=[], groups=list(rule.fallback), why=why)
    more = [p for p in quorum.askable(case, turn.rules) if p not in before]
    if not more:
        return case
    return _ask(turn, case, "stand-in", rule.fallback, more)


def _ask(
    turn: Turn, case: Case, round_: str, groups: Sequence[str], people: Sequence[str], *, why: str | None = None
) -> Case:
    wanted = [p for p in people if _notified(case, turn.rules, p)][:AT_MOST]
    case = turn.advance(case, "asked", round=round_, people=wanted, groups=list(groups), why=why)
    for person in wanted:
        announce.ask(turn, case, person, round_)
    return case


def _notified(case: Case, rules: Rules, person: str) -> bool:
    """Someone whose only groups say `notify = false` may approve but is not pinged."""
    for name in quorum.groups(case, rules):
        roster = case.standing.rosters.get(name)
        if roster and person in roster.members and rules.groups[name].notify:
            return True
    return False


def _why(case: Case, short: Sequence[Need]) -> str:
    """How many of the group are part of the change and how many cannot be reached: "2 party, 1 away of 3"."""
    group = short[0].group
    roster = case.standing.rosters.get(group)
    members = roster.members if roster else frozenset()
    party = members & quorum.parties(case)
    away = {m for m in members - party if not quorum.good(case.standing.accounts.get(m, ()))}
    return f"{group}: {len(party)} party, {len(away)} away, of {len(members)}"
