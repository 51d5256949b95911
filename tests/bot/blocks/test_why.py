"""Why a change may go, or not yet, as people read it: sentences that let them predict the verdict."""

from dataclasses import replace
from typing import Any

import pytest

from bot.blocks import finding_card, kit, render, why
from bot.blocks.kit import Scene
from tests import build
from tests.bot.blocks.gallery_findings import finding
from tests.bot.blocks.limits import problems, walk
from tests.bot.blocks.world import EVIL, World
from tests.build import FALLBACK, RELEASERS, SECURITY, SHA, T0, at, needs
from workflows import explaining
from workflows.case import Case, Decision, Party
from workflows.change import Basis, Found, Kind, Person, Reason, Relation, Status
from workflows.conditions import State
from workflows.explanation import Lack, Missing
from workflows.gated import Lifted, Rollback
from workflows.reading import Check, CheckState, Part, Read
from workflows.ruleset import Condition, Freeze, Need, Requirement, Rules
from workflows.standing import Roster

RULES = build.deploy_rules(
    build.deploy_rule(
        approvers=needs(**{RELEASERS: 1, SECURITY: 1}),
        require=(
            Requirement(Condition.CHECKS_PASS, ("unit", "semgrep")),
            Requirement(Condition.REVIEWED),
            Requirement(Condition.STAGING_FIRST),
        ),
        sensitive=True,
    ),
    systems={"payments": replace(build.rules().systems["payments"], sensitive=True)},
)
WEEKEND = Freeze("weekend", since=at(-60), until=at(300), override=RELEASERS)


def scene(rules: Rules = RULES, name: str = "") -> Scene:
    """A reader in Berlin, where T0 is Monday 03:00."""
    known = {one: Person(one, name or one, build.slack(one)) for one in build.PEOPLE}
    return Scene(people=known, rules=rules, now=at(6), zone="Europe/Berlin")


def told(case: Case, rules: Rules = RULES, minutes: float = 6, **given: Any) -> list[str]:
    found = explaining.explain(case, rules, at(minutes), **given)
    return why.text(found, case.key, scene(rules), policy_of=at(days=-2)).split("\n")


def waiting(**given: Any) -> Case:
    """Asked for by dev; rel has approved it, cto of security has not; staging could not be read."""
    voiced = build.deploy(Status.APPROVED, policy=RULES)
    read = build.reading(unknown={Part.STAGING: "timeout"})
    values = {"status": Status.REQUESTED, "decision": None, "valid_until": None, "reading": read}
    return replace(voiced, **{**values, "read": Read(T0, at(3), "timeout"), **given})


def test_the_whole_answer() -> None:
    parties = (*build.parties(), Party("dev", Relation.AUTHOR, T0, SHA), Party("lead", Relation.LAST_PUSHER, T0, SHA))

    assert told(waiting(parties=parties)) == [
        "Deploy rule 1 of the policy of 14 Nov 2026 (version 1, ddddddd) decides on DR-2026-0001, because the"
        " environment is production and a system of it is sensitive.",
        "Needed: 1 of release-managers: have it (@rel, 03:05) · 1 of security: missing.",
        "Can still give it: @cto. Can't: @dev (asked for it, author of 1a2b3c4) and @lead (last pushed 1a2b3c4).",
        "Conditions: checks pass (unit, semgrep): yes, 2 passed, GitHub silent since 03:03 · reviewed pull request:"
        " yes, approved by lead-gh, GitHub silent since 03:03 · staging first: unknown, GitHub did not tell the"
        " staging deployment, GitHub silent since 03:03 · freeze: none.",
        "So: not allowed yet. Missing: 1 of security; staging.",
    ]


def ending(case: Case, rules: Rules = RULES, **given: Any) -> str:
    """The verdict and what follows it."""
    lines = told(case, rules, **given)
    return " ".join(lines[next(n for n, line in enumerate(lines) if line.startswith("So: ")) :])


PLAIN = build.deploy_rules()
NONE = build.deploy_rules(build.deploy_rule(environments=("staging",)))


@pytest.mark.parametrize(
    ("case", "rules", "minutes", "words"),
    [
        pytest.param(
            build.deploy(Status.APPROVED),
            PLAIN,
            6,
            "So: it may go. The pipeline may go because: approved request DR-2026-0001 until 11:05.",
            id="approved",
        ),
        pytest.param(build.deploy(), PLAIN, 6, "So: not allowed yet. Missing: 1 of release-managers.", id="undecided"),
        pytest.param(
            replace(build.deploy(Status.APPROVED), texts={}),
            PLAIN,
            6,
            "So: not allowed yet. Missing: approval again, what was approved has changed.",
            id="changed since",
        ),
        pytest.param(
            build.deploy(Status.APPROVED),
            PLAIN,
            600,
            "So: not allowed yet. Missing: approval again, it ended 11:05.",
            id="expired",
        ),
        pytest.param(
            build.deploy(Status.APPROVED),
            replace(PLAIN, freezes=(WEEKEND,)),
            6,
            "So: not allowed yet. Missing: the end of the freeze at 08:00, or a lift by release-managers.",
            id="frozen",
        ),
        pytest.param(
            build.deploy(),
            PLAIN,
            30,
            "So: not allowed yet. Missing: 1 of release-managers; a fresh answer of GitHub, last 03:00.",
            id="GitHub not read lately",
        ),
        pytest.param(build.deploy(), NONE, 6, "So: no. The policy names nobody who could approve it.", id="no rule"),
        pytest.param(build.deploy(Status.REJECTED), PLAIN, 6, "So: no. It was rejected.", id="rejected"),
        pytest.param(
            build.deploy(Status.DEPLOYED), PLAIN, 6, "So: nothing more is decided on it. It is live already.", id="live"
        ),
        pytest.param(build.deploy(Status.SUPERSEDED), PLAIN, 6, "So: no. A newer request took its place.", id="newer"),
        pytest.param(
            replace(build.deploy(Status.APPROVED), rollback=Rollback("DR-2026-0000", T0)),
            PLAIN,
            6,
            "So: it may go. The pipeline may go because: rollback DR-2026-0001, to a commit that was live under an"
            " approved change.",
            id="a way back",
        ),
        pytest.param(
            build.case(Status.PROCEEDING),
            PLAIN,
            6,
            "So: it may go. The pipeline may go because: emergency EC-2026-0001 until 07:05, which is not an approval.",
            id="an emergency without approval",
        ),
        pytest.param(
            build.case(Status.APPROVED),
            PLAIN,
            300,
            "So: no. It opened the pipeline until 07:05.",
            id="an emergency after its window",
        ),
    ],
)
def test_the_verdict(case: Case, rules: Rules, minutes: float, words: str) -> None:
    assert ending(case, rules, minutes=minutes) == words


def line(case: Case, start: str, rules: Rules = PLAIN) -> str:
    return next(one for one in told(case, rules) if start in one)


def test_who_decides_where_no_rule_matches() -> None:
    assert told(build.deploy(), NONE)[0] == (
        "No deploy rule of the policy of 14 Nov 2026 (version 1, ddddddd) is for DR-2026-0001, so nobody can"
        " approve it."
    )
    assert told(build.case(), PLAIN)[0] == (
        "The usual emergency rule of the policy of 14 Nov 2026 (version 1, ddddddd) decides on EC-2026-0001: no rule of"
        " its own matches."
    )


def test_a_way_back_and_a_finding_ask_nobody() -> None:
    decided = Decision("rollback", T0, "dev", 1)
    back = build.deploy(rollback=Rollback("DR-2026-0000", T0), status=Status.PROCEEDING, decision=decided)

    assert told(back, replace(PLAIN, freezes=(WEEKEND,))) == [
        "DR-2026-0001 goes back to what was live under DR-2026-0000: the policy of 14 Nov 2026 (version 1, ddddddd)"
        " asks nobody for that, also in a freeze.",
        "So: it may go.",
        "The pipeline may go because: rollback DR-2026-0001, to a commit that was live under an approved change.",
    ]
    found = replace(build.case(Status.FOUND), kind=Kind.FINDING, key="FD-2026-0001")
    assert told(found, PLAIN)[-1] == "So: nothing to approve, a review is owed."
    assert "Needed" not in str(told(found, PLAIN))


def test_whoever_went_ahead_without_approval_is_named_and_nothing_is_called_an_approval() -> None:
    gone = told(build.case(Status.PROCEEDING), PLAIN)
    assert "@dev went ahead WITHOUT approval, 03:05." in gone
    assert "have it" not in str(gone)
    assert "WITHOUT" not in str(told(build.case(), PLAIN))


def test_paths_in_words() -> None:
    rules = build.deploy_rules(build.deploy_rule(environments=(), paths=("*.tf",)))

    assert "because nobody knows which files change." in line(build.deploy(reading=None), "Deploy rule", rules)
    known = build.deploy(reading=build.reading(paths=("eu/main.tf",)))
    assert "because eu/main.tf changes." in line(known, "Deploy rule", rules)


def test_nobody_is_left_and_who_stands_in() -> None:
    alone = build.deploy_rules(build.deploy_rule(approvers=(Need(SECURITY),), fallback=(FALLBACK,)))
    case = build.deploy(parties=build.parties(cto=Relation.AUTHOR))

    assert line(case, "Can still", alone) == (
        "Can still give it: nobody of them; release-managers can once they are asked instead."
        " Can't: @dev (asked for it) and @cto (author of a commit of it)."
    )
    unread = replace(case.standing, rosters={SECURITY: Roster(SECURITY)})
    assert "not known, the members of security were not read yet" in line(
        replace(case, standing=unread), "Can still", alone
    )


def test_a_voice_that_no_longer_counts_is_said_to() -> None:
    case = replace(build.deploy(Status.APPROVED), texts={})

    assert line(case, "Needed") == (
        "Needed: 1 of release-managers: have it (@rel, 03:05, no longer counts: it changed since, or they made it)."
    )


def test_a_freeze_that_holds_was_lifted_or_comes() -> None:
    frozen = replace(PLAIN, freezes=(WEEKEND,))
    assert line(build.deploy(), "freeze:", frozen).endswith(
        "freeze: weekend, until 08:00; release-managers can lift it with a reason."
    )
    held = explaining.explain(build.deploy(), frozen, at(6)).frozen
    assert held is not None
    lifted = build.deploy(lifted=(Lifted(held.id, "rel", at(2), "0" * 64),))
    assert line(lifted, "freeze:", frozen).endswith("freeze: lifted by @rel, 03:02.")
    coming = replace(PLAIN, freezes=(replace(WEEKEND, since=at(60)),))
    assert line(build.deploy(), "freeze:", coming).endswith("freeze: none, the next begins 04:00.")


def test_a_failed_check_is_named() -> None:
    read = build.reading(checks=(Check("unit", CheckState.PASSED), Check("ci/jenkins", CheckState.FAILED)))
    rules = build.deploy_rules(build.deploy_rule(require=(Requirement(Condition.CHECKS_PASS),)))

    assert line(build.deploy(reading=read), "Conditions", rules) == (
        "Conditions: checks pass: no, ci/jenkins did not pass, read 03:00 · freeze: none."
    )


def test_every_word_that_may_be_needed_is_there() -> None:
    """No relation, reason, lack, basis or condition is without words."""
    found = explaining.explain(build.deploy(), PLAIN, T0)
    for relation in Relation:
        case = build.deploy(parties=build.parties(lead=relation))
        assert "may not decide" not in str(told(case, PLAIN))
    for reason in (Reason.GUEST, Reason.DEACTIVATED, Reason.OTHER_ORGANISATION, Reason.STANDING_UNKNOWN):
        assert reason in why._REASONS
    for lack in Lack:
        facts = {"group": "g", "count": "1", "condition": "checks-pass", "state": State.NO, "status": Status.REJECTED}
        one = replace(found, missing=(Missing(lack, facts),))
        assert why.text(one, "K", scene())
    assert set(why._BASES) == set(Basis)


def test_what_others_named_stays_harmless_and_within_limits() -> None:
    long = EVIL * 20
    read = build.reading(
        checks=(Check(long, CheckState.FAILED),), paths=(long,), environment=long, unknown={Part.STAGING: long}
    )
    rules = build.deploy_rules(
        build.deploy_rule(
            environments=(),
            paths=("**",),
            require=tuple(Requirement(one, (long,)) for one in (Condition.CHECKS_PASS, Condition.STAGING_FIRST)),
        ),
        freezes=(Freeze("r", since=at(-1)),),
    )
    case = build.deploy(reading=read, environment=long, parties=build.parties(lead=Relation.AUTHOR))
    drawn = why.drawing(explaining.explain(case, rules, at(6)), case.key, scene(rules, name=long), policy_of=T0)

    assert kit.weight(drawn.blocks) < kit.MESSAGE_TEXT
    assert problems(list(drawn.blocks), most=kit.MESSAGE_BLOCKS) == []
    marked = [one["text"] for one in walk(list(drawn.blocks)) if one.get("type") == "mrkdwn"]
    assert not any(mark in text for text in marked for mark in ("<!", "<http", "<@U123", "*bold*"))


def test_of_a_finding_it_says_what_was_seen_and_who_answers_for_it() -> None:
    world = World()
    one = finding(world, Found.OTHER_COMMIT, near="DR-2026-0107")
    view = replace(world.scene(), shared=False)
    shown = [render.plain(line, view) for line in finding_card.explained(one, view)]
    assert shown[0] == "FD-2026-0003 is a finding, which nobody approves: a review explains it."
    assert "without an approved request for this commit" in shown[1]
    assert shown[2] == "What we saw: deployed another commit than the one in DR-2026-0107."
    assert shown[3].startswith("Review: lead, due ")
    assert finding_card.explained(waiting(), scene()) == ()
