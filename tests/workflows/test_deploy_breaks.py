"""Ways round the deploy gate that were found by trying to break it, each held shut."""

import time
from dataclasses import replace
from typing import Any, cast

import pytest

from bot import reported_forms
from tests import build
from tests.build import NEXT_SHA, RELEASERS, REPOSITORY, SHA, at, needs
from tests.workflows.desk import Desk
from workflows import binding, check, conditions, gate, gates, matching, readiness, reckoning, runs, sightings, tokens
from workflows.case import Case, Decision
from workflows.change import Basis, Outcome, Relation, Status
from workflows.gate import Says, Why
from workflows.gated import Passed, Rollback
from workflows.links import Rejected, github_runs
from workflows.links import github_hands as hands
from workflows.links import github_parts as parts
from workflows.reckoning import Explained, Seen, Sort
from workflows.ruleset import Condition, Rules
from workflows.sightings import Reported


def commit(message: str = "Give the pool more", account: dict[str, Any] | None = None, mail: str = "d@x.org") -> Any:
    """A commit as GitHub's lists show it, without a signature."""
    who = {"name": "D", "email": mail}
    git = {"message": message, "author": who, "committer": who}
    return {"sha": SHA, "parents": [], "author": account, "committer": account, "commit": git}


def test_a_message_of_white_space_holds_nobody_up() -> None:
    began = time.perf_counter()
    one = hands.line(commit("x\n\nCo-authored-by:" + " " * 60_000 + "\nCo-Authored-By:  Ann  < ann@x.org >"))
    assert time.perf_counter() - began < 1
    assert [h.email for h in one.hands if h.relation is Relation.CO_AUTHOR] == ["ann@x.org"]


@pytest.mark.parametrize("mail", ["noreply@github.com", "NoReply@GitHub.com"])
def test_who_writes_under_the_name_of_the_button_is_nobody_that_is_known(mail: str) -> None:
    button = {"login": "web-flow", "type": "User"}
    assert hands.line(commit(account=button, mail=mail)).anonymous
    assert hands.line(commit(mail=mail)).anonymous


def test_a_no_reply_address_that_github_gives_nobody_any_more_still_names_its_login() -> None:
    assert hands.line(commit(mail="ann-gh@users.noreply.github.com")).hands[0].login == "ann-gh"
    assert hands.line(commit(mail="7+ci[bot]@users.noreply.github.com")).hands[0].login is None


def test_a_machine_reviews_nothing() -> None:
    by = {"login": "github-actions[bot]", "type": "Bot"}
    review = {"state": "APPROVED", "user": by, "commit_id": SHA, "submitted_at": None}
    assert parts.opinions(7, [review]) == ()
    assert len(parts.opinions(7, [review | {"state": "CHANGES_REQUESTED"}])) == 1
    assert len(parts.opinions(7, [review | {"user": {"login": "ann", "type": "User"}}])) == 1


def opened(case: Case, rules: Rules, **later: float) -> gate.Answer:
    said = gate.opens(case, repository=REPOSITORY, sha=SHA, environment="production", rules=rules, now=at(**later))
    assert said is not None
    return said


def test_a_way_back_is_no_key_for_ever() -> None:
    """Also once it was let through, when no worker ends it, and when none runs."""
    went = Passed(REPOSITORY, "production", SHA, at(2), Basis.ROLLBACK, "ci")
    decided = Decision("rollback", at(0), "dev", 1)
    back = Rollback("DR-2026-0001", at(-60), NEXT_SHA)
    case = build.deploy(Status.PROCEEDING, rollback=back, decision=decided, passed=(went,))
    rules = build.deploy_rules()
    assert opened(case, rules, hours=7.9).says is Says.YES
    assert opened(case, rules, hours=8).why is Why.EXPIRED


@pytest.mark.parametrize("named", [("web",), (), ("Other",), ("web", "payments")])
def test_naming_other_systems_brings_no_weaker_rule(named: tuple[str, ...]) -> None:
    weak = build.deploy_rule(systems=("web", "Other"))
    strict = build.deploy_rule(systems=("payments",), approvers=needs(security=1))
    rules = build.deploy_rules(weak, strict, build.deploy_rule())
    assert matching.deploy_rule(build.deploy(systems=named), rules).approvers == needs(security=1)


def test_a_co_author_known_by_an_address_alone_is_no_reviewer_of_it() -> None:
    co_author = build.hand("lead", Relation.CO_AUTHOR, login=None, person="lead")
    mine = build.reading(hands=(build.hand("dev", person="dev"), co_author))
    assert conditions.evaluate_one(build.deploy(reading=mine), Condition.REVIEWED).state is conditions.State.NO


def test_two_voices_of_one_human_are_not_two() -> None:
    """The policy says only after they spoke whose the second GitHub account is."""
    rules = build.deploy_rules(build.deploy_rule(approvers=needs(**{RELEASERS: 2})))
    case = build.deploy()
    bound = binding.digest(case, rules)
    voices = tuple(build.approval(who, right=RELEASERS, digest=bound) for who in ("rel", "lead"))
    case = build.deploy(Status.APPROVED, policy=rules, approvals=voices)
    assert (gate.stands(case, rules), readiness.moved(case, rules)) == (True, ())

    case = replace(case, standing=replace(case.standing, same={"lead": "rel"}))
    assert (gate.stands(case, rules), readiness.moved(case, rules)) == (False, ("author-learnt",))


@pytest.fixture
def desk(sqlite_desk: Desk) -> Desk:
    sqlite_desk.rules = build.deploy_rules()
    return sqlite_desk


def deployed(**given: Any) -> Seen:
    """What the holder of a token tells."""
    values: dict[str, Any] = {"source": "ci", "external": "17", "sort": Sort.DEPLOYMENT, "repository": REPOSITORY}
    values |= {"sha": SHA, "at": at(10), "environment": "production", "outcome": Outcome.OK, "pipeline": True}
    return Seen(**(values | given))


def report(desk: Desk, **given: Any) -> Reported:
    with desk.turn("") as turn:
        return sightings.report(turn, deployed(**given))


def test_a_report_of_the_commit_before_closes_no_request_for_the_next(desk: Desk) -> None:
    desk.ask()
    desk.wait(1).approve("rel")
    desk.wait(4).read(sha=NEXT_SHA)
    desk.approve("rel")

    assert report(desk.wait(1), at=at(3)).explained is Explained.APPROVED
    assert (desk.status, desk.case.closed_at, desk.gate(NEXT_SHA).says) == ("approved", None, Says.YES)
    desk.sound()


def test_an_environment_in_other_letters_is_that_environment(desk: Desk) -> None:
    desk.ask(environment="Production", reading=build.reading(environment="Production"))
    desk.approve("rel")
    assert report(desk.wait(10)).explained is Explained.APPROVED
    assert desk.status == "deployed"


def test_what_was_let_through_once_is_not_explained_for_ever() -> None:
    def basis(case: Case, **later: float) -> Basis | None:
        return reckoning.explains(case, deployed(at=at(**later)), build.deploy_rules())

    went = (Passed(REPOSITORY, "production", SHA, at(6), Basis.APPROVED, "run 1"),)
    approved, emergency = build.deploy(Status.APPROVED, passed=went), build.case(Status.PROCEEDING, passed=went)
    assert (basis(approved, hours=20), basis(emergency, hours=20)) == (Basis.APPROVED, Basis.EMERGENCY)
    assert (basis(approved, hours=25), basis(emergency, hours=25)) == (None, None)


def test_forward_again_to_what_was_left_is_explained_by_no_old_approval() -> None:
    left = build.deployment(sha=SHA, outcome=Outcome.ROLLED_BACK)
    case = build.deploy(Status.DEPLOYED, deployments=(left,), closed_at=at(20))
    rules = build.deploy_rules()
    assert reckoning.explains(case, deployed(at=at(15)), rules) is Basis.APPROVED
    assert reckoning.explains(case, deployed(at=at(40)), rules) is None


@pytest.mark.parametrize("other", [{"repository": "acme/web"}, {"sha": NEXT_SHA}, {"environment": "staging"}])
def test_the_id_of_another_deployment_hides_none(desk: Desk, other: dict[str, str]) -> None:
    """One token and one build number for two repositories: the second would be answered as the first."""
    report(desk)
    assert not report(desk, repository=REPOSITORY.upper(), environment="Production").fresh
    with pytest.raises(sightings.Taken):
        report(desk, **other)


@pytest.mark.parametrize("name", ["github", "GitHub", "countersign", "import", "token-github"])
def test_no_token_is_called_like_another_source(desk: Desk, name: str) -> None:
    given: dict[str, Any] = {"repositories": ["acme/payments"], "random": b"r" * 32, "by": "root"}
    with desk.database.write() as tx, pytest.raises(tokens.Unusable):
        tokens.make(tx, name=name, now=desk.now, new_id=desk.new_id, **given)


@pytest.mark.parametrize("odd", [{"at": "0001-01-01T00:00:00+23:59"}, {"title": "\ud800"}, {"title": "a\x00b"}])
def test_odd_reports_are_refused_in_words(odd: dict[str, str]) -> None:
    given = {"id": "1", "title": "drift", **odd}
    with pytest.raises(reported_forms.Unreadable):
        reported_forms.finding(given, source="ci", rules=build.deploy_rules(), now=at(0))


def run(desk: Desk) -> None:
    with desk.turn("") as turn:
        seen = runs.Seen(repository=REPOSITORY, run=812, environment="production", sha=SHA, login="ops-gh")
        id = runs.seen(turn, seen, None)
        gates.ask(turn, repository=REPOSITORY, sha=SHA, environment="production", by="run 812")
        one = runs.get(turn.tx, id)
        assert one is not None
        runs.ended(turn, one, runs.State.APPROVED)


EDITS = {
    "a finding explained away": "UPDATE sightings SET explained = 'approved' WHERE sha = '{next}'",
    "a finding moved to last year": "UPDATE sightings SET at = '2025-01-01 00:00:00+00' WHERE sha = '{next}'",
    "a finding that nobody saw": "DELETE FROM sightings WHERE sha = '{next}'",
    "a deployment of something else": "UPDATE sightings SET sha = '{next}' WHERE explained = 'approved'",
    "a run that nobody let through": "UPDATE runs SET run = 813",
    "a commit that nobody let through": "UPDATE runs SET sha = '{next}'",
    "a token for more": "UPDATE tokens SET repositories = '[\"*\"]'",
    "a token that lives again": "UPDATE tokens SET revoked_at = NULL",
    "a token of somebody else": "UPDATE tokens SET hash = '{next}'",
}


def test_edits_beside_the_events_of_the_gate_are_named(desk: Desk) -> None:
    given: dict[str, Any] = {"repositories": [REPOSITORY], "random": b"r" * 32, "by": "root"}
    with desk.database.write() as tx:
        tokens.make(tx, name="ci", now=desk.now, new_id=desk.new_id, **given)
        tokens.revoke(tx, "ci", by="root", now=desk.now)
    desk.ask()
    desk.wait(1).approve("rel")
    run(desk)
    report(desk.wait(10))
    report(desk, sha=NEXT_SHA, external="18")
    desk.sound()
    silent = [name for name, sql in EDITS.items() if not noticed(desk, sql.format(next=NEXT_SHA))]
    assert silent == []


def noticed(desk: Desk, sql: str) -> bool:
    """Whether `check` finds something in the record once this was done to it; it is put back afterwards."""
    with desk.database.write() as tx:
        before = tx.begin_nested()
        assert tx.exec_driver_sql(sql).rowcount > 0
        found = check.promises(tx, real_now=desk.now)
        before.rollback()
    return bool(found)


@pytest.mark.parametrize("approved", [True, False], ids=["approved", "break-glass"])
def test_what_is_added_after_the_decision_opens_no_gate(desk: Desk, approved: bool) -> None:
    """Once something is live, more systems and another environment void nothing; nobody decided on them either."""
    desk.declare(environment="staging")
    desk.approve("cto") if approved else desk.proceed("dev")
    desk.wait(1).deploy("dev")
    assert desk.gate(environment="staging").says is Says.YES

    desk.wait(1).add("dev", systems=("payments", "web"))
    said = [desk.gate(environment="staging", repository=f"acme/{name}").says for name in ("payments", "web")]
    assert said == [Says.YES, Says.NO]
    desk.wait(1).add("dev", environment="production")
    assert (desk.gate().says, desk.gate(environment="staging").says) == (Says.NO, Says.NO)
    assert desk.replayed() == desk.case


class Flooded:
    """As much of the wire as lists deployments: whoever may make them has made a thousand."""

    def pages(self, repository: str, path: str, *, most: int = 1000, **query: Any) -> Any:
        made = {"environment": "production", "sha": SHA, "created_at": at(1).isoformat()}
        return iter([{"id": n, **made} for n in range(1, most + 1)] if path == "/deployments" else [])


def test_a_flood_of_deployments_makes_no_reading_whole() -> None:
    with pytest.raises(Rejected):
        github_runs.deployments(cast(Any, Flooded()), REPOSITORY, ("staging",), at(0))
