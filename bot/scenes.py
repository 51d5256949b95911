"""From the record to what a drawing needs: the people in a case, the groups' mentions, and the notes beside the case."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.blocks.kit import Scene
from bot.blocks.notes import CardNotes
from workflows import facts, lists, outbox, persons, policy, question, quorum
from workflows.case import Case, Review
from workflows.change import UNDECIDED
from workflows.ruleset import Rules

_SHORT = re.compile(r"(?P<group>.+): (?P<party>\d+) party, (?P<away>\d+) away, of (?P<all>\d+)")


@dataclass(frozen=True, slots=True)
class Stage:
    """What every drawing of one moment shares: the open read transaction, the rules in force and the time."""

    tx: Connection
    rules: Rules
    now: datetime

    def scene(self, *people: str, cases: Collection[Case] = (), reader: str | None = None) -> Scene:
        """A scene that knows these people and everybody in the cases, told in the reader's zone (else the policy's)."""
        wanted = {*people, *(p for case in cases for p in people_in(case))} | ({reader} if reader else set())
        for case in cases:
            wanted |= set(quorum.could_decide(case, self.rules))
        known = persons.by_id(self.tx, sorted(wanted - {""}))
        zone = (known[reader].zone if reader and reader in known else None) or self.rules.zone
        return Scene(
            people=known,
            rules=self.rules,
            now=self.now,
            zone=zone,
            group_mentions=self._mentions(),
            workspace=self._workspace("name"),
            incidents=self.rules.incidents,
        )

    def held(self, case: Case, *people: str) -> Case:
        """The case with the readings stored now of everybody in it."""
        return replace(case, standing=facts.standing(self.tx, self.rules, {*people, *people_in(case)} - {""}))

    def notes(self, case: Case) -> CardNotes:
        """What stands on a card beside the case; `case.standing` must be there."""
        rule = quorum.rule_for(case, self.rules)
        undecided = case.status in UNDECIDED
        late = lists.overdue_reviews(self.tx, case.systems, self.now) if case.closed_at is None else ()
        return CardNotes(
            needs=quorum.missing(case, self.rules) if undecided else (),
            could=quorum.could_decide(case, self.rules) if undecided else (),
            documented=policy.documented(case),
            short=_short(case),
            instead=rule.fallback,
            related=case.related,
            overdue=tuple((row.key, row.due) for row in late if row.id != case.id and row.due is not None),
            told=tuple((p, n.at) for n in case.notices if n.key.endswith(":due") for p in n.to),
            reviewers=question.reviewer_groups(case, self.rules),
            gate=self._gate(case),
            link=self._link(case),
            contacts=tuple(c for name in quorum.groups(case, self.rules) if (c := self.rules.groups[name].contact)),
        )

    def _gate(self, case: Case) -> tuple[str, ...]:
        if case.window_until is None or case.drill:
            return ()
        systems = (self.rules.systems[name] for name in case.systems if name in self.rules.systems)
        return tuple(repository for system in systems for repository in system.repositories)

    def _mentions(self) -> dict[str, str]:
        """Approver group → Slack user group id, where the policy names one and Slack has told its id."""
        named = {g.name: g.usergroup for g in self.rules.groups.values() if g.usergroup}
        handles = facts.some(self.tx, "handle", [u for u in named.values() if u.startswith("@")])
        found = {name: handles[u].value if u in handles else u for name, u in named.items()}
        return {name: value for name, value in found.items() if value and not value.startswith("@")}

    def _workspace(self, part: str) -> str:
        fact = facts.get(self.tx, "workspace", "self")
        value = fact.value if fact else None
        return str(value.get(part) or "") if isinstance(value, dict) else ""

    def _link(self, case: Case) -> str | None:
        """The address of the main card, made from the workspace's own address."""
        url = self._workspace("url")
        row = outbox.find(self.tx, f"render:{case.id}:card:{case.posted}")
        if not url or row is None or not row.remote:
            return None
        return f"{url.rstrip('/')}/archives/{row.remote['channel']}/p{str(row.remote['ts']).replace('.', '')}"


def people_in(case: Case) -> frozenset[str]:
    """Everybody whom the case names."""
    return frozenset(filter(None, _people(case)))


def _people(case: Case) -> Iterator[str | None]:
    yield from (case.requester, case.implementer, case.withdrawn_by)
    yield from (p.person for p in case.parties)
    yield from (a.person for a in case.approvals)
    yield from (p for ask in case.asks for p in ask.people)
    yield from (p for notice in case.notices for p in notice.to)
    yield from (d.by for d in (case.decision, case.afterwards) if d)
    yield from (d.by for d in case.deployments)
    for review in (case.review, *case.earlier_reviews):
        if review is not None:
            yield from _reviewing(review)


def _reviewing(review: Review) -> Iterator[str | None]:
    yield from (review.owner, review.by)
    yield from (p for f in review.follow_ups for p in (f.owner, f.done_by))
    yield from (a.by for a in review.amendments)


def _short(case: Case) -> tuple[str, str] | None:
    """(group, why nobody in it can) from the record of the ask that went to the fallback."""
    why = next((a.why for a in reversed(case.asks) if a.round == "fallback" and a.why), None)
    match = _SHORT.fullmatch(why or "")
    if match is None:
        return None
    party, away, everybody = int(match["party"]), int(match["away"]), match["all"]
    said = []
    if party:
        said.append(f"{party} of {everybody} {'is' if party == 1 else 'are'} part of it")
    if away:
        said.append(f"{away} {'is' if away == 1 else 'are'} away")
    return match["group"], ", ".join(said)
