"""One try at bringing an issue in step: what is asked of Jira in it, what is sent, and what is kept after each step."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from bot.blocks import ticket_words
from bot.delivery import Sending
from bot.outcomes import Attempt
from bot.peer_sends import asked, posted
from bot.slack_errors import SendFailed
from bot.ticket_memory import Making, Memory
from workflows import ticketing
from workflows.backoff import Trouble
from workflows.case import Case
from workflows.change import Person
from workflows.links import Rejected
from workflows.peered import Category, SeenIssue
from workflows.ticketing import Comment

T = TypeVar("T")


class Link(Protocol):
    """What is asked of `workflows.links.jira.Jira` here."""

    def issue(self, id_or_key: str) -> SeenIssue: ...
    def find(self, label: str) -> tuple[SeenIssue, ...]: ...
    def create(
        self,
        *,
        issue_type: str,
        summary: str,
        body: str,
        labels: tuple[str, ...],
        components: tuple[str, ...] = (),
        fields: Mapping[str, str] | None = None,
        due: date | None = None,
        assignee: str | None = None,
    ) -> SeenIssue: ...
    def edit(self, issue_id: str, *, summary: str, body: str, fields: Mapping[str, str] | None = None) -> None: ...
    def assign(self, issue_id: str, email: str | None) -> None: ...
    def required_fields(self, issue_type: str) -> tuple[str, ...]: ...
    def comments(self, issue_id: str) -> tuple[str, ...]: ...
    def comment(self, issue_id: str, text: str) -> None: ...
    def remote_link(self, issue_id: str, *, global_id: str, url: str, title: str) -> None: ...
    def move(self, issue_id: str, category: Category) -> SeenIssue | None: ...
    def relate(self, issue_id: str, other_id: str) -> None: ...


class Later(Exception):
    """An earlier try may have made it, and the search may not show it yet: it is looked for once more, later."""


@dataclass(slots=True)
class Errand:
    """`case` is the newest that was read. `url`: where the record is, as far as anybody can open it.

    `unposted`: not yet, its card is still to come. `troubles`: what Jira said no to, as codes; `later`: something waits
    for its second look.
    """

    link: Link
    attempt: Attempt
    sending: Sending
    case: Case
    people: Mapping[str, Person]
    url: str | None
    unposted: bool
    memory: Memory
    keep: Callable[[Memory], None]
    real: Callable[[], datetime]
    gap: timedelta
    troubles: list[str] = field(default_factory=list)
    later: bool = False

    @property
    def names(self) -> Mapping[str, str]:
        """The persons as Jira's readers know them."""
        return {id: one.name or one.email or one.slack or "somebody" for id, one in self.people.items()}

    def email(self, person: str) -> str | None:
        """By which Jira may know them."""
        known = self.people.get(person)
        return known.email if known else None

    def hide(self, issue: str, created: bool, *, summary: str, body: str, fields: Mapping[str, str]) -> None:
        """Take back what an issue of ours said before the change became confidential, once."""
        if not (self.case.confidential and created) or issue in self.memory.hidden:
            return
        self.post(lambda: self.link.edit(issue, summary=summary, body=body, fields=fields))
        self.hid(issue)

    def hid(self, issue: str) -> None:
        """This issue says nothing that is confidential."""
        if self.case.confidential and issue not in self.memory.hidden:
            self.memory.hidden.append(issue)
            self.keep(self.memory)

    def post(self, send: Callable[[], T]) -> T:
        """Change something at Jira. Raises SendFailed, Rejected."""
        return posted(self.sending, send)

    def make(self, label: str, **given: Any) -> SeenIssue:
        """The one issue with this label: the oldest that is there, or a new one, never a second.

        Raises Later, SendFailed, Rejected.
        """
        memory = self.memory
        there = asked(lambda: self.link.find(label))
        if there:
            return there[0]
        if not memory.may_make(label, self.real(), self.gap):
            self.keep(memory)
            raise Later
        memory.making[label] = Making()
        self.keep(memory)
        try:
            seen = self.post(lambda: self.link.create(labels=(label, *given.pop("labels")), **given))
        except Rejected:
            self._unmade(label)
            raise
        except SendFailed as failed:
            if failed.trouble is not Trouble.AMBIGUOUS:
                self._unmade(label)
            raise
        self.hid(seen.id)
        return seen

    def _unmade(self, label: str) -> None:
        """It did not arrive, for certain."""
        self.memory.making.pop(label, None)
        self.keep(self.memory)

    def made(self, label: str) -> None:
        """What was made is on the change now, and need not be looked for again."""
        if self.memory.making.pop(label, None) is not None:
            self.keep(self.memory)

    def say(self, issue: str, comments: Iterable[Comment], *, look: bool = False, tag: str = "") -> None:
        """Comment what was not commented yet, in order; what may be there is looked for by its marker first.

        That stands at the end: people may quote one anywhere.
        """
        said = self.memory.said
        missing = [one for one in comments if tag + one.key not in said]
        if missing and (look or self.attempt.unsettled):
            there = [text.rstrip() for text in asked(lambda: self.link.comments(issue))]
            found = [
                one for one in missing if any(text.endswith(ticketing.marker(self.case, one.key)) for text in there)
            ]
            said += [tag + one.key for one in found]
            missing = [one for one in missing if one not in found]
        for one in missing:
            text = ticket_words.comment(self.case, one, self.names)
            self._comment(issue, text)
            said.append(tag + one.key)
            self.keep(self.memory)

    def _comment(self, issue: str, text: str) -> None:
        self.post(lambda: self.link.comment(issue, text))
