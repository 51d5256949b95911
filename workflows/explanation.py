"""Why a change may go, or not yet: the values that `workflows.explaining` finds and `bot.blocks.why` words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from workflows.change import Kind, Reason, Relation, Status
from workflows.conditions import Held
from workflows.freezes import Frozen
from workflows.gate import Answer
from workflows.gated import Lifted


@dataclass(frozen=True, slots=True)
class Match:
    """Why the rule matched. `key`: the matcher as the file names it; `value`: what of the change fits it.

    `unknown`: it was not read, so the rule counts as matching.
    """

    key: str
    value: str = ""
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A voice of this revision. `right`: its group. `counts`: for exactly what is there now, and of nobody barred."""

    person: str
    at: datetime
    right: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """One need of the rule: `count` voices of `group`, of which `lacking` are missing.

    `able`: who could still give one, as far as was read; `unread`: the group's members were never read.
    """

    group: str
    count: int
    lacking: int
    given: tuple[Given, ...] = ()
    able: tuple[str, ...] = ()
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Barred:
    """Somebody who can't decide on it: by `relation` (with the commit that makes it so), or for a `reason`.

    `since`: no more on call since then, which is why they are in no group that counts.
    """

    person: str
    relation: Relation | None = None
    sha: str | None = None
    reason: Reason | None = None
    since: datetime | None = None


class Lack(StrEnum):
    """What still keeps the pipeline waiting; the comment names the facts."""

    RULE = "rule"  # no rule matches
    VOICE = "voice"  # group, count
    PRESS = "press"  # enough voices by now, and nothing decided: one more
    EVIDENCE = "evidence"  # since? (GitHub is silent); of when it was last read: read?
    CONDITION = "condition"  # condition, state, and the facts of the condition
    FREEZE = "freeze"  # reason, until?, override?
    DIGEST = "digest"  # approved, but for something else than is there now
    EXPIRED = "expired"  # at?
    WINDOW = "window"  # the window of the emergency is over; at?
    ENDED = "ended"  # status
    DRILL = "drill"  # practice opens nothing


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing; `facts` are plain values for its sentence."""

    what: Lack
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that the verdict on a change rests on, at `at`.

    `rule`: its name ("deploy[2]", "emergency.rule[1]", "emergency"; "deploy[0]": none matches). `matches`: why;
    empty: it matches all. `stand_ins`: voices of fallback groups. `could`: whose Approve would count now, as far as
    was read; it is taken when `ready`. `back_to`: a rollback, to what was live under the change of that key; it needs
    nobody, nor does a finding. `without`: who went ahead without approval, and since when. `next_freeze`: when the
    next one begins. `answer`: what the pipeline is told of the commit (of an emergency: for its systems'
    repositories; None: it opens none). `allowed`: the pipeline may go, or, where there is none, the people may.
    """

    at: datetime
    kind: Kind
    status: Status
    rule: str
    policy: str
    version: int
    matches: tuple[Match, ...] = ()
    needs: tuple[Wanted, ...] = ()
    stand_ins: tuple[Given, ...] = ()
    fallback: tuple[str, ...] = ()
    widened: bool = False
    could: tuple[str, ...] = ()
    barred: tuple[Barred, ...] = ()
    conditions: tuple[Held, ...] = ()
    read_at: datetime | None = None
    silent_since: datetime | None = None
    back_to: str | None = None
    without: Given | None = None
    frozen: Frozen | None = None
    lifted: tuple[Lifted, ...] = ()
    next_freeze: datetime | None = None
    valid_until: datetime | None = None
    ready: bool = False
    answer: Answer | None = None
    allowed: bool = False
    missing: tuple[Missing, ...] = ()
