"""What the row of a change's issue remembers between its tries: how far Jira is, and what may have been made there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


@dataclass(slots=True)
class Making:
    """An issue that was about to be made. `first`: when it was looked for in vain first."""

    first: datetime | None = None


@dataclass(slots=True)
class Memory:
    """`issue`: the id to which the rest belongs. `said`: keys of comments. `moved`: the category we moved it to.

    `stuck`: the category to which its workflow has no way. `link`: the address in it. `related`, `ended`: refs of
    issues that are related to it, and of those that were moved to done. `hidden`: ids of issues that tell nothing
    confidential. `handed`: follow-ups whose issue has the owner of now. `making`: by label, what may be there.
    """

    issue: str = ""
    said: list[str] = field(default_factory=list)
    moved: str = ""
    stuck: str = ""
    link: str = ""
    related: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    making: dict[str, Making] = field(default_factory=dict)

    def of(self, issue: str) -> bool:
        """Turn to this issue; whether it is another than before, of which nothing was said or moved."""
        if self.issue == issue:
            return False
        self.issue, self.moved, self.stuck, self.link = issue, "", "", ""
        self.said = [one for one in self.said if one.startswith("child:")]
        self.related.clear()
        return True

    def may_make(self, label: str, now: datetime, gap: timedelta) -> bool:
        """Whether what was looked for in vain just now may be made: at once, or after two looks `gap` apart.

        The second look is needed where an earlier try may have arrived: Jira's search lags behind.
        """
        made = self.making.get(label)
        if made is None:
            return True
        made.first = made.first or now
        return now - made.first >= gap

    def dump(self) -> Mapping[str, Any]:
        """As it is kept with the row."""
        making = {label: made.first.isoformat() if made.first else None for label, made in self.making.items()}
        names = ("issue", "said", "moved", "stuck", "link", "related", "ended", "hidden", "handed")
        return {**{name: getattr(self, name) for name in names}, "making": making}


def load(remote: Mapping[str, Any] | None) -> Memory:
    """What a row remembers; nothing yet: an empty one."""
    given = dict(remote or {})
    making = {
        label: Making(datetime.fromisoformat(first) if first else None)
        for label, first in given.pop("making", {}).items()
    }
    return Memory(**given, making=making)
