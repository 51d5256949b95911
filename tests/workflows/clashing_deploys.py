"""Two acts on deploys at the same moment: a yes and a push, two requests, one author learnt twice."""

import random
from collections.abc import Callable
from typing import Any

from tests import build
from tests.build import NEXT_SHA, RELEASERS, SHA, deploy_rule, hand, needs
from tests.workflows.clashing import Act, approve, finals, together
from tests.workflows.desk import ASKED, GOOD_READING, Desk
from workflows import deploys, learning
from workflows.case import Done
from workflows.deploys import Request
from workflows.gate import Says
from workflows.reading import Reading


def reads(reading: Reading, change: str | None = None) -> Act:
    return lambda desk: desk.do("", learning.learn, change or desk.id, reading)


def asks(who: str, reading: Reading) -> Act:
    return lambda desk: desk.do(who, deploys.ask, Request(**ASKED), reading)


def approve_and_push(desk: Desk, chance: random.Random) -> list[str]:
    """Whichever came first, nothing is approved but the commit that was pushed last, and that by nobody yet."""
    desk.ask()
    together(desk, chance, approve("rel"), reads(build.reading(NEXT_SHA)))
    case = desk.case
    good = (case.sha, case.revision, desk.status) == (NEXT_SHA, 2, "requested")
    good = good and desk.gate(SHA).says is Says.NO and desk.gate(NEXT_SHA).says is Says.WAIT
    return [] if good else [f"{case.sha}, {case.revision}, {desk.status}"]


def approve_and_become_an_author(desk: Desk, chance: random.Random) -> list[str]:
    """Learnt before, it is refused; learnt after, it is void: the author's voice never stands."""
    desk.ask()
    together(desk, chance, approve("rel"), reads(build.reading(hands=(hand("dev"), hand("rel")))))
    return [] if desk.status == "requested" else [desk.status]


def two_requests(desk: Desk, chance: random.Random) -> list[str]:
    """Of two requests at once the later number stands, and the other says which."""
    answers = together(desk, chance, asks("dev", GOOD_READING), asks("ops", build.reading(NEXT_SHA)))
    cases = sorted((desk.case_of(a.case.id) for a in answers if isinstance(a, Done)), key=lambda case: case.key)
    if len(cases) != 2:
        return [f"{answers}"]
    old, new = cases
    good = (old.status.value, old.superseded_by, new.status.value) == ("superseded", new.key, "requested")
    return [] if good and old.key in new.replaces else [f"{old.status}, {old.superseded_by}, {new.replaces}"]


def two_yes(desk: Desk, chance: random.Random) -> list[str]:
    """Both voices count and are bound to the same."""
    desk.ask()
    together(desk, chance, approve("rel"), approve("lead"))
    digests = {one.digest for one in desk.case.approvals}
    return [] if finals(desk) == 1 and len(digests) == 1 and desk.gate().says is Says.YES else [f"{digests}"]


def strangers_twice(desk: Desk, chance: random.Random) -> list[str]:
    """Two readings that bring up the same new people, in another order each, wait for nobody for ever."""
    first = desk.ask(repository="acme/web", reading=None)
    second = desk.ask(repository="acme/search", reading=None)
    mark = f"{chance.random()}"[2:8]
    hands = tuple(hand("x", login=f"{name}-{mark}") for name in "abcdef")
    one = build.reading(repository="acme/web", hands=hands)
    other = build.reading(repository="acme/search", hands=hands[::-1])
    answers = together(desk, chance, reads(one, first.id), reads(other, second.id))
    known = [
        {h.person for h in case.reading.hands} for case in map(desk.case_of, (first.id, second.id)) if case.reading
    ]
    good = all(isinstance(answer, Done) for answer in answers) and len(known) == 2 and known[0] == known[1]
    return [] if good else [f"{answers}"]


TWO = build.deploy_rules(deploy_rule(approvers=needs(**{RELEASERS: 2})))
DEPLOY_CLASHES: dict[str, tuple[Any, Callable[[Desk, random.Random], list[str]]]] = {
    "a yes and a push": (build.deploy_rules(), approve_and_push),
    "a yes and an author learnt": (build.deploy_rules(), approve_and_become_an_author),
    "two requests": (build.deploy_rules(), two_requests),
    "two yes": (TWO, two_yes),
    "the same strangers twice": (build.deploy_rules(), strangers_twice),
}
