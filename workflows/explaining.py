"""Explain why a change may go, or not yet, so that a person could predict the verdict. Pure.

Done by asking the same functions that decide: nothing here decides by itself.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from workflows import binding, conditions, freezes, gate, matching, quorum, voices
from workflows.case import Approval, Case
from workflows.change import UNDECIDED, Action, Actor, Kind, Reason, Relation, Status
from workflows.conditions import Held, State
from workflows.explanation import Barred, Explanation, Given, Lack, Match, Missing, Wanted
from workflows.freezes import Frozen
from workflows.gate import Answer, Says
from workflows.question import Question, rule_name
from workflows.reading import Part
from workflows.ruleset import DeployRule, Rules

NOT_PERSONAL = frozenset({Reason.FROZEN, Reason.EVIDENCE_UNKNOWN, Reason.CONDITION_MISSING})
"""Refusals of an Approve that would be anybody's: the person's own voice counts."""
_UNSAID = frozenset(
    {Reason.NOT_IN_GROUP, Reason.SECOND_VOICE, Reason.ALREADY_DECIDED, Reason.TOO_LATE, Reason.NO_RULE, Reason.NOT_NOW}
)


def explain(case: Case, rules: Rules, now: datetime, *, others: Iterable[Case] = ()) -> Explanation:
    """Everything the verdict on `case` rests on at `now`.

    `others`: changes that may open the pipeline for the same commit, such as an emergency. Readings of people serve at
    any age, since they are taken anew at the click; what GitHub said must be as young as for a decision.
    """
    deploy = case.kind is Kind.DEPLOY
    asks = case.rollback is None and case.kind is not Kind.FINDING
    rule, held = matching.rule_for(case, rules), conditions.evaluate(case, rules) if deploy and asks else ()
    frozen = freezes.holds(case, rules, now) if deploy else None
    mine, could = _voices(case, rules), tuple(_could(case, rules, now))
    answer = _answer((case, *others), case, rules, now)
    allowed = _allowed(case, answer)
    missing = () if allowed else tuple(_missing(case, rules, now, held, frozen))
    now_frozen = {one.id for one in freezes.current(rules, case.environment, now)} if deploy else set()
    return Explanation(
        at=now,
        kind=case.kind,
        status=case.status,
        rule=rule_name(case, rules),
        policy=rules.digest,
        version=rules.version,
        matches=tuple(_matches(case, rules)),
        needs=tuple(_needs(case, rules, mine, could)) if asks else (),
        stand_ins=tuple(one for one in mine if one.right not in {need.group for need in rule.approvers}),
        fallback=rule.fallback,
        widened=quorum.widened(case),
        could=could,
        barred=tuple(_barred(case, rules, now, could)),
        conditions=held,
        read_at=case.read.as_of,
        silent_since=case.read.since,
        back_to=case.rollback.of if case.rollback else None,
        without=_without(case),
        frozen=frozen,
        lifted=tuple(one for one in case.lifted if one.freeze in now_frozen),
        next_freeze=freezes.next_start(rules, case.environment, now) if deploy else None,
        valid_until=case.valid_until if deploy else case.window_until,
        ready=case.status in UNDECIDED and {one.what for one in missing} <= {Lack.VOICE, Lack.PRESS},
        answer=answer,
        allowed=allowed,
        missing=missing,
    )


def _without(case: Case) -> Given | None:
    """Who broke the glass."""
    one = case.decision
    return Given(one.by, one.at, "", counts=False) if one and one.by and one.kind == "proceeding" else None


def _matches(case: Case, rules: Rules) -> Iterator[Match]:
    """Each matcher of the rule, in the order of the file's description, with what of the change fits it."""
    rule = matching.rule_for(case, rules)
    if rule.environments:
        yield Match("environments", case.environment)
    if isinstance(rule, DeployRule) and rule.repositories:
        yield Match("repositories", case.repository or "")
    if rule.systems:
        yield Match("systems", ", ".join(name for name in case.systems if name in rule.systems))
    if rule.risks:
        yield Match("risks", case.risk)
    if rule.types:
        yield Match("types", case.type)
    if isinstance(rule, DeployRule) and rule.paths:
        yield _path(case, rule.paths)
    if isinstance(rule, DeployRule) and rule.sensitive is not None:
        yield Match("sensitive", "yes" if rule.sensitive else "no")


def _path(case: Case, patterns: tuple[str, ...]) -> Match:
    paths = case.reading.paths if case.reading and Part.PATHS not in case.reading.unknown else ()
    fits = next((path for path in paths if any(matching.path_fits(path, one) for one in patterns)), None)
    return Match("paths", fits or "", unknown=fits is None)


def _voices(case: Case, rules: Rules) -> tuple[Given, ...]:
    barred = quorum.parties(case)
    exact = binding.digest(case, rules) if case.kind is Kind.DEPLOY else None

    def given(one: Approval) -> Given:
        sound = one.person not in barred and (exact is None or one.digest == exact)
        return Given(one.person, one.at, one.right, sound)

    return tuple(given(one) for one in quorum.voices(case))


def _needs(case: Case, rules: Rules, mine: tuple[Given, ...], could: tuple[str, ...]) -> Iterator[Wanted]:
    lacking = {need.group: need.count for need in quorum.missing(case, rules)}
    rosters = case.standing.rosters
    rule = matching.rule_for(case, rules)
    more = rule.fallback if quorum.widened(case) else ()
    for need in rule.approvers:
        known = quorum.members(case, (need.group, *more))
        yield Wanted(
            need.group,
            need.count,
            lacking.get(need.group, 0),
            tuple(one for one in mine if one.right == need.group),
            tuple(one for one in could if one in known) if need.group in lacking else (),
            need.group not in rosters or rosters[need.group].as_of is None,
        )


def _asked(case: Case, rules: Rules) -> tuple[str, ...]:
    """Everybody of the groups whose voices count, in the order of the groups."""
    names = quorum.groups(case, rules)
    return tuple(dict.fromkeys(person for name in names for person in sorted(quorum.members(case, (name,)))))


def _could(case: Case, rules: Rules, now: datetime) -> Iterator[str]:
    yield from (person for person in _asked(case, rules) if _why_not(case, person, rules, now) is None)


def _why_not(case: Case, person: str, rules: Rules, now: datetime) -> Reason | None:
    """Why an Approve of this person would not count by itself; of several accounts the best one speaks."""
    accounts = case.standing.accounts.get(person, ())
    if not accounts:
        return Reason.STANDING_UNKNOWN
    found = [_through(case, Actor(person, one.slack), rules, now) for one in accounts]
    return None if None in found else found[0]


def _through(case: Case, actor: Actor, rules: Rules, now: datetime) -> Reason | None:
    asked = Question(Action.APPROVE, case, actor, rules, now, None, lenient=True)
    reason = voices.decide(asked).reason
    if reason not in NOT_PERSONAL and reason is not None:
        return reason
    unnamed = case.kind is Kind.DEPLOY and voices.login_needed(case) and actor.person not in case.standing.logins
    return Reason.GITHUB_UNKNOWN if unnamed else None


def _barred(case: Case, rules: Rules, now: datetime, could: tuple[str, ...]) -> Iterator[Barred]:
    """Who made the change, by each relation once; then everybody asked whose Approve can't count, and why."""
    asked_for = {party.person for party in case.parties if party.relation is Relation.REQUESTER}
    seen: set[tuple[str, Relation]] = set()
    for party in case.parties:
        twice = party.relation is Relation.IMPLEMENTER and party.person in asked_for
        if not twice and (party.person, party.relation) not in seen:
            seen.add((party.person, party.relation))
            yield Barred(party.person, party.relation, party.sha)
    made = {party.person for party in case.parties}
    for person in _asked(case, rules):
        reason = None if person in made or person in could else _why_not(case, person, rules, now)
        if reason is not None and reason not in _UNSAID:
            yield Barred(person, reason=reason)
    off_call = quorum.off_call(case, quorum.groups(case, rules))
    yield from (Barred(one, reason=Reason.NOT_IN_GROUP, since=off_call[one][0]) for one in off_call if one not in made)


def _answer(cases: tuple[Case, ...], case: Case, rules: Rules, now: datetime) -> Answer | None:
    """What the pipeline is told of this commit; of an emergency, for the first repository that it serves."""
    repository = case.repository if case.kind is Kind.DEPLOY else next(iter(matching.repositories(case, rules)), None)
    if repository is None or case.kind is Kind.FINDING:
        return None
    sha = (case.sha or "") if case.kind is Kind.DEPLOY else ""
    where = case.environment
    return gate.answer(cases, repository=repository, sha=sha, environment=where, rules=rules, now=now)


def _allowed(case: Case, answer: Answer | None) -> bool:
    if answer is not None or case.kind is not Kind.EMERGENCY:
        return answer is not None and answer.says is Says.YES
    decided = case.decision is not None and case.decision.kind in ("approved", "proceeding")
    return decided and not case.drill and case.status is not Status.WITHDRAWN


def _missing(
    case: Case, rules: Rules, now: datetime, held: tuple[Held, ...], frozen: Frozen | None
) -> Iterator[Missing]:
    """What keeps it from going, what can't come any more first."""
    if case.drill:
        yield Missing(Lack.DRILL)
    if case.status in UNDECIDED:
        yield from _undecided(case, rules, now, held)
    elif case.status is not Status.APPROVED:
        yield from _ended(case)
    elif case.kind is Kind.EMERGENCY:
        yield _lack(Lack.WINDOW, at=_iso(case.window_until))
    elif matching.deploy_rule(case, rules).index == 0:
        yield Missing(Lack.RULE)
    elif not gate.stands(case, rules):
        yield Missing(Lack.DIGEST)
    elif case.valid_until is None or now >= case.valid_until:
        yield _lack(Lack.EXPIRED, at=_iso(case.valid_until))
    if frozen is not None and case.status in (*UNDECIDED, Status.APPROVED):
        yield _lack(Lack.FREEZE, reason=frozen.reason, until=_iso(frozen.until), override=frozen.override)


def _ended(case: Case) -> Iterator[Missing]:
    if case.kind is Kind.EMERGENCY and case.window_until is not None and case.status is not Status.WITHDRAWN:
        yield _lack(Lack.WINDOW, at=_iso(case.window_until))
    else:
        yield _lack(Lack.ENDED, status=case.status)


def _undecided(case: Case, rules: Rules, now: datetime, held: tuple[Held, ...]) -> Iterator[Missing]:
    if case.kind is Kind.DEPLOY and matching.deploy_rule(case, rules).index == 0:
        yield Missing(Lack.RULE)
        return
    for need in quorum.missing(case, rules):
        yield _lack(Lack.VOICE, group=need.group, count=str(need.count))
    if quorum.enough(case, rules):
        yield Missing(Lack.PRESS)
    if case.kind is not Kind.DEPLOY:
        return
    if not (case.unlinked or voices.evidence_young(case, now)):
        yield _lack(Lack.EVIDENCE, since=_iso(case.read.since), read=_iso(case.read.as_of))
    elif part := voices.makers_unread(case):
        yield _lack(Lack.EVIDENCE, since=_iso(case.read.since), read=_iso(case.read.as_of), unread=part)
    for one in held:
        if one.state is not State.YES:
            yield _lack(Lack.CONDITION, condition=one.requirement.condition, state=one.state, **one.facts)


def _lack(what: Lack, **facts: str | None) -> Missing:
    return Missing(what, {name: value for name, value in facts.items() if value is not None})


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
