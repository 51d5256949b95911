"""The issues beside that of a change: one of each follow-up, and the remediation that a review's "no" opened."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from bot.blocks import ticket_words
from bot.peer_sends import asked
from bot.ticket_errand import Errand
from workflows import ticketing, tickets
from workflows.case import Done, Refused
from workflows.links import Rejected
from workflows.peered import Category, Issue, SeenIssue
from workflows.reviewed import FollowUp
from workflows.ruleset import Jira
from workflows.ticketing import Child
from workflows.turn import Turn

Learn = Callable[[Callable[[Turn], Done | Refused]], None]


@dataclass(frozen=True, slots=True)
class Children:
    """`wanted`: how issues are made, by the policy; `learn` writes what Jira said on the change."""

    errand: Errand
    wanted: Jira
    learn: Learn

    def bring(self, child: Child) -> None:
        """Make it if it is not there, relate it, and say what happened to it. Raises SendFailed, Rejected, Later.

        One that was deleted stays so: that is said on the change.
        """
        if child.issue is not None and child.issue.trouble == "gone":
            return
        child = self._made(child) if child.issue is None else child
        if child.issue is None:
            return
        try:
            self._hide(child, child.issue)
            self._relate(child.label, child.issue.id)
            self._hand(child, child.issue.id)
            self.errand.say(child.issue.id, ticketing.child_comments(child), tag="child:")
            self._end(child, child.issue.id)
        except Rejected as no:
            self._wrong(child, ticketing.refused(no.why, no.status))
            raise
        if child.issue.trouble:
            self._wrong(child, "")

    def _made(self, child: Child) -> Child:
        errand, wanted, follow = self.errand, self.wanted, child.follow_up
        issue_type = wanted.follow_up_type if follow else wanted.remediation_type
        seen = errand.make(
            child.label,
            issue_type=issue_type,
            summary=ticket_words.child_summary(errand.case, follow),
            body=ticket_words.child_body(errand.case, follow, errand.names, errand.url),
            labels=wanted.labels,
            components=wanted.components,
            fields=self._asked_for(issue_type),
            due=date.fromisoformat(follow.due) if follow else None,
            assignee=errand.email(follow.owner) if follow else None,
        )
        self._read(child, seen, created=True)
        errand.made(child.label)
        if follow is not None:
            errand.memory.handed.append(_hand(follow))
        return next((one for one in ticketing.children(errand.case) if one.ref == child.ref), child)

    def _asked_for(self, issue_type: str) -> Mapping[str, str]:
        """Of the fields that the policy maps, those without which there is no issue of this type."""
        errand, wanted = self.errand, self.wanted.fields
        if not wanted:
            return {}
        needed = {name.casefold() for name in asked(lambda: errand.link.required_fields(issue_type))}
        mapped = {name: source for name, source in wanted.items() if name.casefold() in needed}
        return ticket_words.fields(errand.case, mapped, errand.names)

    def _hide(self, child: Child, issue: Issue) -> None:
        errand, follow = self.errand, child.follow_up
        summary = ticket_words.child_summary(errand.case, follow)
        body = ticket_words.child_body(errand.case, follow, errand.names, errand.url)
        errand.hide(issue.id, issue.created, summary=summary, body=body, fields={})

    def _hand(self, child: Child, issue: str) -> None:
        """Whoever has the follow-up now has the issue; where Jira does not let us, a comment says so."""
        errand, follow = self.errand, child.follow_up
        if follow is None or not follow.earlier or _hand(follow) in errand.memory.handed:
            return
        with suppress(Rejected):
            errand.post(lambda: errand.link.assign(issue, errand.email(follow.owner)))
        errand.memory.handed.append(_hand(follow))
        errand.keep(errand.memory)

    def _read(self, child: Child, seen: SeenIssue, *, created: bool = False) -> None:
        change, ref = self.errand.case.id, child.ref
        if ref:
            self.learn(lambda turn: tickets.follow_up_read(turn, change, ref, seen, created=created))
        else:
            self.learn(lambda turn: tickets.remediation_read(turn, change, seen, created=created))

    def _wrong(self, child: Child, why: str) -> None:
        change = self.errand.case.id
        self.learn(lambda turn: tickets.child_trouble(turn, change, child.ref, why))

    def _relate(self, label: str, issue: str) -> None:
        """Relate it to the issue of the change; where Jira does not let us, it stands alone."""
        errand, memory = self.errand, self.errand.memory
        if not memory.issue or label in memory.related:
            return
        with suppress(Rejected):
            errand.post(lambda: errand.link.relate(issue, memory.issue))
            memory.related.append(label)
            errand.keep(memory)

    def _end(self, child: Child, issue: str) -> None:
        """Whoever ticked a follow-up off here has done so there."""
        errand, follow = self.errand, child.follow_up
        if follow is None or follow.done_at is None or follow.id in errand.memory.ended:
            return
        seen = errand.post(lambda: errand.link.move(issue, Category.DONE))
        if seen is not None:
            self._read(child, seen)
        errand.memory.ended.append(follow.id)
        errand.keep(errand.memory)


def _hand(follow: FollowUp) -> str:
    """What tells apart who has had it."""
    return f"{follow.id}:{len(follow.earlier)}"
