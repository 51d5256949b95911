"""What people read at PagerDuty: whole sentences, and of a confidential change nothing but key, risk and people."""

import re
from dataclasses import replace
from typing import Any

import pytest

from bot.blocks import pager_words
from bot.blocks.kit import Scene
from tests import build
from tests.bot.blocks.test_tone import NEVER
from tests.build import at, case
from workflows import paging
from workflows.case import Ask, Case, Decision
from workflows.change import Field, Judgement, Outcome, Person, Status
from workflows.paging import Page

BODIES = {
    "1" * 64: "payments: checkout 500s",
    "2" * 64: "Every payment fails since v812.",
    "a" * 64: "money is being lost.",
    "b" * 64: "v811 <script> @everyone",
}
SCENE = Scene(
    people={one: Person(one, one.title(), f"U{one.upper()}") for one in build.PEOPLE},
    rules=build.rules(),
    now=at(20),
    zone="Europe/Berlin",
    shared=True,
)
CARD = "https://acme.slack.com/archives/C1/p1"
LIVE = build.deployment(what="b" * 64)
AGAINST = replace(LIVE, basis="rejected", outcome=Outcome.FAILED)
PROCEEDED = Decision("proceeding", at(5), "dev", 1, "a" * 64)
WIDENED = (Ask("first", at(), ("cto",), ()), Ask("widen", at(10), (), ("release-managers",)))


def told(one: Case) -> list[str]:
    return [pager_words.note(one, note, SCENE, CARD) for note in paging.notes(replace(one, bodies=BODIES))]


def of(status: Status = Status.DECLARED, **given: Any) -> Case:
    return case(status, bodies=BODIES, **given)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            of(),
            "Emergency change EC-2026-0001 payments: checkout 500s. Dev declared it on Mon 03:00 CET, risk high. "
            "https://acme.slack.com/archives/C1/p1 [EC-2026-0001/declared]",
        ),
        (
            of(confidential=True),
            "Emergency change EC-2026-0001, confidential. Dev declared it on Mon 03:00 CET, risk high. "
            "https://acme.slack.com/archives/C1/p1 [EC-2026-0001/declared]",
        ),
        (of(Status.APPROVED), "EC-2026-0001: Cto approved it on Mon 03:05 CET. [EC-2026-0001/approved]"),
        (
            of(Status.REJECTED, decision=Decision("rejected", at(5), "cto", 1, "a" * 64)),
            'EC-2026-0001: Cto said no to it on Mon 03:05 CET: "money is being lost". [EC-2026-0001/rejected]',
        ),
        (
            of(Status.PROCEEDING, decision=PROCEEDED),
            'EC-2026-0001: Dev is going ahead WITHOUT approval since Mon 03:05 CET: "money is being lost". '
            "[EC-2026-0001/break-glass]",
        ),
        (
            of(Status.PROCEEDING, decision=PROCEEDED, confidential=True),
            "EC-2026-0001: Dev is going ahead WITHOUT approval since Mon 03:05 CET. [EC-2026-0001/break-glass]",
        ),
        (
            of(Status.PROCEEDING, decision=replace(PROCEEDED, by="", operator="ann"), operator="ann"),
            'EC-2026-0001: ann at the server is going ahead WITHOUT approval since Mon 03:05 CET: "money is being '
            'lost". [EC-2026-0001/break-glass]',
        ),
        (
            of(Status.WITHDRAWN),
            "EC-2026-0001: Dev withdrew it on Mon 04:00 CET; nothing was deployed. [EC-2026-0001/withdrawn]",
        ),
        (
            of(Status.DEPLOYED, deployments=(LIVE,)),
            "EC-2026-0001: Dev marked v811 <script> @everyone deployed on Mon 03:15 CET: worked. ",
        ),
        (
            of(
                Status.DEPLOYED,
                deployments=(replace(LIVE, basis="rejected", outcome=Outcome.FAILED),),
                confidential=True,
            ),
            "EC-2026-0001: Dev marked it deployed on Mon 03:15 CET: did not work, although it was rejected. ",
        ),
        (
            of(Status.DEPLOYED, deployments=(replace(LIVE, what="", by="", login="dev-gh", sha=build.SHA),)),
            "EC-2026-0001: the pipeline (dev-gh) marked 1a2b3c4 deployed on Mon 03:15 CET: worked. ",
        ),
        (
            of(Status.REVIEWED, review=build.review(closed_at=at(60), by="lead", judgement=Judgement.FINDINGS)),
            "EC-2026-0001: Lead closed the review on Mon 04:00 CET: appropriate, with findings, on time, after 1 h. "
            "[EC-2026-0001/reviewed]",
        ),
    ],
)
def test_the_newest_note(one: Case, words: str) -> None:
    assert told(one)[-1].startswith(words)
    assert told(one)[-1].endswith("]")
    assert [bad for bad in NEVER if re.search(bad, told(one)[-1], re.IGNORECASE)] == []


@pytest.mark.parametrize(
    ("one", "page", "words"),
    [
        (
            of(Status.PROCEEDING, decision=PROCEEDED),
            Page.BREAK_GLASS,
            "EC-2026-0001 payments: checkout 500s: going ahead WITHOUT approval since Mon 03:05 CET, by Dev: "
            '"money is being lost". Have a look, then ratify or object in Slack.',
        ),
        (
            of(asks=WIDENED, confidential=True),
            Page.UNDECIDED,
            "EC-2026-0001, confidential: nobody has answered since Mon 03:00 CET, and Dev waits. "
            "Approve or reject it in Slack.",
        ),
        (
            of(Status.DEPLOYED, review=build.review(deadline=at(-120))),
            Page.REVIEW,
            "EC-2026-0001 payments: checkout 500s: the review is 2 h late; it is Lead's. "
            "Write it, or take it over in Slack.",
        ),
    ],
)
def test_a_page(one: Case, page: Page, words: str) -> None:
    (alert,) = (alert for alert in paging.alerts(one, SCENE.now) if alert.page is page)
    assert alert.open
    assert pager_words.page(one, alert, SCENE) == words
    assert [bad for bad in NEVER if re.search(bad, words, re.IGNORECASE)] == []


def test_what_went_live_is_named_with_how_it_came_to_that() -> None:
    one = of(Status.DEPLOYED, deployments=(replace(LIVE, basis="proceeding"),))
    (event,) = paging.change_events(one)
    assert pager_words.went_live(one, event, SCENE) == (
        "EC-2026-0001 payments: checkout 500s: deployed v811 <script> @everyone WITHOUT approval (worked)"
    )
    hidden = replace(one, confidential=True)
    assert pager_words.went_live(hidden, event, SCENE) == (
        "EC-2026-0001, confidential: deployed it WITHOUT approval (worked)"
    )


def test_nothing_of_a_confidential_change_gets_out() -> None:
    """Titles, reasons, systems, environment, repository: not in notes, pages, events, nor in their details."""
    review = build.review(closed_at=at(60), by="lead", judgement=Judgement.YES, cause="2" * 64)
    one = of(
        Status.REVIEWED,
        confidential=True,
        decision=PROCEEDED,
        deployments=(LIVE,),
        review=review,
        afterwards=Decision("objected", at(30), "cto", 1, "a" * 64),
        repository=build.REPOSITORY,
        environment="moonbase",
    )
    (event,) = paging.change_events(one)
    said = [*told(one), pager_words.went_live(one, event, SCENE), *pager_words.incident(one, SCENE)]
    said += [pager_words.page(one, alert, SCENE) for alert in paging.alerts(one, SCENE.now)]
    said += [pager_words.source(one), str(pager_words.details(one))]
    for secret in ("payments", "checkout", "money", "v811", "moonbase", "acme/", "fails"):
        assert [words for words in said if secret in words] == []


def test_an_erased_reason_stays_erased() -> None:
    one = of(Status.PROCEEDING, decision=PROCEEDED)
    gone = replace(one, bodies={Field.TITLE: ""})
    (*_, note) = paging.notes(gone)
    assert "[text removed]" in pager_words.note(gone, note, SCENE)


def test_the_incident_that_is_opened_says_what_it_is_about() -> None:
    title, details = pager_words.incident(of(), SCENE, CARD)
    assert title == "EC-2026-0001 payments: checkout 500s"
    assert details == (
        "Dev declared the emergency change EC-2026-0001 on Mon 03:00 CET, risk high. "
        f"Every payment fails since v812. {CARD}"
    )
