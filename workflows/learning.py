"""What GitHub says is learnt: kept when it is something new, and whatever it makes void is void in the same moment.

Sources: DESIGN §4 (a push voids; a party learnt after an approval voids it), promise 4.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workflows import (
    ageing,
    announce,
    asking,
    binding,
    facts,
    gates,
    matching,
    outbox,
    persons,
    quorum,
    read_times,
    readiness,
    reading_json,
    rejections,
    voices,
)
from workflows.case import Case, Done, Party, Refused
from workflows.change import UNDECIDED, Kind, Status
from workflows.reading import Commit, Hand, Pull, Reading, tamed
from workflows.rows import Line
from workflows.turn import UNKNOWN, Turn

_OPEN = (*UNDECIDED, Status.APPROVED, Status.PROCEEDING)


def learn(
    turn: Turn, change_id: str, reading: Reading, *, as_of: datetime | None = None, stale: bool = False
) -> Done | Refused:
    """Keep what GitHub said at `as_of` (None: now); `stale`: something changed there while it was being read.

    A push moves the request to the new commit. What is older than the last reading, or of something else than what is
    asked for, tells nothing; nor does anything about what is closed.
    """
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    read_at = as_of or turn.now
    known = facts.get(turn.tx, read_times.FACT, case.id)
    older = known is not None and known.as_of is not None and known.as_of > read_at
    if case.kind is not Kind.DEPLOY or case.status not in _OPEN or older or not _of_it(case, reading):
        return Done(case)
    silent = case.read.since if case.reading is None else None
    after, happened = record(turn, case, reading, as_of=read_at, stale=stale)
    if not happened and case.read.since is not None:  # whatever was drawn meanwhile says that it waits for GitHub
        outbox.anew(turn.tx, case.id)
    if silent is not None and silent < turn.now:
        announce.line(turn, after, Line.FACTS_CAME, since=silent, at=read_at)
    after = _ask(turn, after)
    return Done(announce.settle(turn, after) if after.version != case.version else after, happened)


def silent(turn: Turn, change_id: str, error: str) -> Done | Refused:
    """Keep that GitHub was asked and did not answer (`error`: "timeout", "403"): nothing is decided by old facts."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    if case.kind is Kind.DEPLOY:
        tried = facts.get(turn.tx, read_times.FACT, case.id)
        facts.failed(turn.tx, read_times.FACT, case.id, error, at=turn.now)
        if case.read.error is None or _grew_old(case, tried, turn.now):
            outbox.anew(turn.tx, case.id)
    return Done(turn.with_standing(case))


def _grew_old(case: Case, tried: facts.Fact | None, now: datetime) -> bool:
    """Whether what is known became too old to decide on since the last try: from now on it is shown as unknown."""
    before = tried.attempted_at if tried else None
    return before is not None and voices.evidence_young(case, before) and not voices.evidence_young(case, now)


def first(turn: Turn, case: Case, reading: Reading | None) -> Case:
    """The case with its first reading; without one it is kept since when GitHub is silent."""
    if case.sha:
        gates.follow(turn, case)
    if reading is not None and _of_it(case, reading):
        return record(turn, case, reading, as_of=turn.now)[0]
    if not case.unlinked:
        facts.failed(turn.tx, read_times.FACT, case.id, "silent", at=turn.now)
    return turn.with_standing(case)


def _of_it(case: Case, reading: Reading) -> bool:
    same = matching.same_name(reading.repository, case.repository or "")
    same = same and matching.same_name(reading.environment, case.environment)
    return same and reading.ref == (case.ref or case.sha) and (reading.sha == case.sha or _follows(case))


def _follows(case: Case) -> bool:
    """Whether another commit may be meant by now: of a branch or tag, until it is on its way to production."""
    under_way = case.status is Status.PROCEEDING or readiness.let_through(case)
    return not case.sha or ((case.ref or case.sha) != case.sha and not under_way)


def _ask(turn: Turn, case: Case) -> Case:
    before = len(case.asks)
    case = asking.when_ready(turn, case)
    if len(case.asks) > before and case.asks[before].people:
        announce.line(turn, case, Line.ASKED, people=list(case.asks[before].people))
    return case


def record(
    turn: Turn, case: Case, reading: Reading, *, as_of: datetime, stale: bool = False
) -> tuple[Case, tuple[str, ...]]:
    """Write the reading if it tells something new; void what does not hold by it. The case, and what happened."""
    facts.put(turn.tx, read_times.FACT, case.id, {"sha": reading.sha}, as_of=as_of, stale=stale, now=turn.now)
    kept = _kept(turn, case, reading)
    news = _news(case, kept.hands, turn.now)
    moves = bool(case.sha) and reading.sha != case.sha
    if kept == case.reading and not news and not moves:
        return turn.with_standing(case), ()
    case = turn.with_standing(case, [p.person for p in news])
    changed = _voided_by(turn, case, kept, news, moves=moves)
    data: dict[str, Any] = {"reading": reading_json.to_json(kept)}
    if moves or not case.sha:
        data["sha"] = kept.sha
        data |= rejections.told(turn.tx, case, sha=kept.sha, environment=case.environment)
    if news:
        data["parties"] = [{"person": p.person, "relation": p.relation.value, "sha": p.sha} for p in news]
        data["known_as"] = turn.known_as([p.person for p in news])
    data |= {"voids": True, "changed": list(changed)} if changed else {}
    after = turn.with_standing(turn.advance(case, "read", **data))
    if "sha" in data:
        gates.follow(turn, after)
    if not changed:
        return after, ("read",)
    return ageing.tell_void(turn, case, after, **_what(case, after, news)), ("read", "voided")


def _voided_by(turn: Turn, case: Case, kept: Reading, news: tuple[Party, ...], *, moves: bool) -> tuple[str, ...]:
    """What is changed by it for those who said yes, or are about to; (): nothing."""
    if moves:
        return ("commits",)
    given = quorum.voices(case)
    if not given or case.status not in readiness.PENDING:
        return ()
    after = replace(case, reading=kept, parties=(*case.parties, *news))
    if any(a.person in quorum.parties(after) for a in given):
        return ("author-learnt",)
    other = binding.digest(after, turn.rules) != binding.digest(case, turn.rules)
    return ("rule",) if other and not readiness.let_through(case) else ()


def _what(before: Case, after: Case, news: tuple[Party, ...]) -> dict[str, Any]:
    """The facts of "what changed since you approved"."""
    had = {commit.sha for commit in (before.reading.commits if before.reading else ())}
    new = [c for c in (after.reading.commits if after.reading else ()) if c.sha not in had]
    barred = [p.person for p in news if any(a.person == p.person for a in before.approvals)]
    return {"commits": len(new) if "commits" in after.changed else None, "parties": barred or None}


@dataclass(frozen=True, slots=True)
class _Titles:
    """Commitments to titles: the one that is kept already where the text is the same (or was erased)."""

    turn: Turn
    case: Case

    def of(self, title: str, known: str | None) -> str:
        if known and self.case.body(known) in (title.strip(), None):
            return known
        return self.turn.text(title) or ""


def _kept(turn: Turn, case: Case, reading: Reading) -> Reading:
    """The reading as a case keeps it: titles as digests, persons instead of addresses and names."""
    titles = _Titles(turn, case)
    # In one order, so that no two readings that bring up the same new people wait for each other.
    people = {_who(one): _person(turn, one) for one in sorted(reading.hands, key=_who)}
    had = case.reading
    commits = {c.sha: c.title for c in had.commits} if had else {}
    pulls = {p.number: p.title for p in had.pulls} if had else {}

    def commit(one: Commit) -> Commit:
        return replace(one, title=titles.of(one.title, commits.get(one.sha)))

    def pull(one: Pull) -> Pull:
        return replace(one, title=titles.of(one.title, pulls.get(one.number)))

    return replace(
        tamed(reading),
        commits=tuple(commit(one) for one in reading.commits),
        pulls=tuple(pull(one) for one in reading.pulls),
        hands=tuple(replace(one, email=None, name="", person=people[_who(one)]) for one in reading.hands),
    )


def _who(hand: Hand) -> tuple[str, str, int]:
    return (hand.login or "").lower(), (hand.email or "").lower(), hand.account or 0


def _person(turn: Turn, hand: Hand) -> str | None:
    """Who that is. Somebody without login and address stays nobody, and bars nobody."""
    if not (hand.login or hand.email):
        return None
    return persons.for_login(
        turn.tx,
        login=hand.login,
        account=hand.account,
        email=hand.email,
        name=hand.name,
        rules=turn.rules,
        now=turn.now,
        new_id=turn.new_id,
    ).id


def _news(case: Case, hands: Iterable[Hand], now: datetime) -> tuple[Party, ...]:
    """Parties that nobody knew of: one per person and relation, by the first commit that shows it."""
    had = {(p.person, p.relation) for p in case.parties}
    found: dict[tuple[str, Any], Party] = {}
    for hand in hands:
        who = (hand.person, hand.relation)
        if hand.person and who not in had:
            found.setdefault((hand.person, hand.relation), Party(hand.person, hand.relation, now, hand.sha))
    return tuple(found.values())
