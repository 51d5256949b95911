"""What explains what reached production, and what it is when nothing does: the table, without a database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests import build
from tests.build import REPOSITORY, SHA, T0, at
from workflows import coverage, hindsight, reckoning, runs
from workflows.case import Case, Decision
from workflows.change import Basis, Found, Kind, Outcome, Relation, Status
from workflows.event import Event
from workflows.gated import Passed, Rollback
from workflows.reading import Opined, Opinion, Pull
from workflows.reckoning import Explained, Seen, Sort, judge
from workflows.ruleset import PIPELINE, Freeze, Rules, System

OTHER = "b" * 40
RULES = build.deploy_rules()
NEAR = "DR-2026-0001"


def deployed(sha: str = SHA, **given: Any) -> Seen:
    """A deployment of the repository to production that worked, ten minutes after T0, by ops."""
    values: dict[str, Any] = {
        "source": "github",
        "external": "1",
        "sort": Sort.DEPLOYMENT,
        "repository": REPOSITORY,
        "sha": sha,
        "at": at(10),
        "environment": "production",
        "outcome": Outcome.OK,
        "login": "ops-gh",
    }
    return Seen(**(values | given))


def committed(*pulls: Pull, reviews: tuple[Opined, ...] | None = (), **given: Any) -> Seen:
    """A commit of dev's on main."""
    values: dict[str, Any] = {
        "source": "github",
        "external": SHA,
        "sort": Sort.COMMIT,
        "repository": REPOSITORY,
        "sha": SHA,
        "at": at(10),
        "branch": "main",
        "login": "dev-gh",
        "hands": ((Relation.AUTHOR, "dev-gh"), (Relation.CO_AUTHOR, "ops-gh")),
        "pulls": pulls,
        "reviews": reviews,
    }
    return Seen(**(values | given))


def approved(**given: Any) -> Case:
    """The deploy of the commit, approved five minutes after T0, for eight hours."""
    return build.deploy(Status.APPROVED, **given)


def emergency(status: Status = Status.PROCEEDING, **given: Any) -> Case:
    """An emergency of payments whose pipeline is open from 5 min to 4 h after T0."""
    return build.case(status, **given)


def passed(basis: Basis = Basis.APPROVED, sha: str = SHA) -> tuple[Passed, ...]:
    return (Passed(REPOSITORY, "production", sha, at(6), basis, "run 1"),)


def back(status: Status = Status.PROCEEDING) -> Case:
    return build.deploy(status, rollback=Rollback("DR-2026-0000", T0), decision=Decision("rollback", T0, "dev", 1))


@pytest.mark.parametrize(
    ("seen", "cases", "explained"),
    [
        pytest.param(deployed(), [approved()], Explained.APPROVED, id="the approved commit in its validity"),
        pytest.param(deployed(at=at(4, seconds=30)), [approved()], Explained.APPROVED, id="by a clock that is behind"),
        pytest.param(
            deployed(environment="Production", repository="Acme/Payments"),
            [approved()],
            Explained.APPROVED,
            id="however it is spelled",
        ),
        pytest.param(
            deployed(), [build.deploy(Status.DEPLOYED)], Explained.APPROVED, id="again, while its approval holds"
        ),
        pytest.param(
            deployed(at=at(hours=9)),
            [approved(passed=passed())],
            Explained.APPROVED,
            id="let through in time, and begun later",
        ),
        pytest.param(
            deployed(at=at(hours=2)),
            [build.deploy(Status.DEPLOYED, passed=passed()), back()],
            Explained.ROLLBACK,
            id="a rollback to what had been let through and was live before",
        ),
        pytest.param(
            deployed(at=at(10, seconds=20)),
            [
                build.deploy(
                    Status.DEPLOYED, closed_at=at(10), deployments=(build.deployment(at=at(10), sha=SHA, what=""),)
                ),
                back(),
            ],
            Explained.ROLLBACK,
            id="a rollback within the skew of the clocks after it was live",
        ),
        pytest.param(
            deployed(),
            [build.deploy(Status.REQUESTED, passed=passed())],
            Explained.APPROVED,
            id="voided after it passed",
        ),
        pytest.param(deployed(), [back()], Explained.ROLLBACK, id="a rollback"),
        pytest.param(deployed(OTHER), [emergency()], Explained.EMERGENCY, id="any commit in an emergency's window"),
        pytest.param(deployed(), [emergency(), approved()], Explained.APPROVED, id="an approval before an emergency"),
        pytest.param(deployed(environment="staging"), [], Explained.NOT_OURS, id="no production"),
    ],
)
def test_a_deployment_that_was_allowed(seen: Seen, cases: list[Case], explained: Explained) -> None:
    said = judge(seen, cases, RULES)
    assert (said.explained, said.found) == (explained, None)


@pytest.mark.parametrize(
    ("seen", "cases", "found", "near"),
    [
        pytest.param(deployed(), [], Found.NO_BASIS, None, id="nobody asked"),
        pytest.param(deployed(), [build.deploy()], Found.NO_BASIS, NEAR, id="asked, and nobody had decided"),
        pytest.param(deployed(), [build.deploy(Status.REJECTED)], Found.NO_BASIS, NEAR, id="refused"),
        pytest.param(
            deployed(), [build.deploy(Status.WITHDRAWN, passed=passed())], Found.NO_BASIS, NEAR, id="taken back since"
        ),
        pytest.param(deployed(OTHER), [approved()], Found.OTHER_COMMIT, NEAR, id="another commit than the approved"),
        pytest.param(deployed(at=at(hours=9)), [approved()], Found.OUTSIDE_VALIDITY, NEAR, id="after it had ended"),
        pytest.param(
            deployed(at=at(hours=9)), [build.deploy(Status.EXPIRED)], Found.OUTSIDE_VALIDITY, NEAR, id="expired"
        ),
        pytest.param(
            deployed(at=at(hours=9)),
            [build.deploy(Status.DEPLOYED, passed=passed())],
            Found.OUTSIDE_VALIDITY,
            NEAR,
            id="let through for a deployment that was over long before",
        ),
        pytest.param(
            deployed(at=at(hours=2)), [back(Status.DEPLOYED)], Found.NO_BASIS, NEAR, id="gone back already, long before"
        ),
        pytest.param(
            deployed(at=at(hours=5)), [emergency()], Found.OUTSIDE_VALIDITY, "EC-2026-0001", id="after the window"
        ),
        pytest.param(deployed(), [emergency(Status.DECLARED)], Found.NO_BASIS, None, id="an emergency not decided"),
        pytest.param(
            deployed(), [emergency(systems=("web",))], Found.NO_BASIS, None, id="the emergency of another system"
        ),
        pytest.param(deployed(), [emergency(drill=True)], Found.NO_BASIS, None, id="a drill opens nothing"),
        pytest.param(deployed(), [approved(drill=True)], Found.NO_BASIS, None, id="whatever it is a drill of"),
        pytest.param(
            deployed(),
            [emergency(Status.REJECTED, window_until=at(hours=4))],
            Found.NO_BASIS,
            None,
            id="an emergency that was refused",
        ),
        pytest.param(deployed(), [back(Status.WITHDRAWN)], Found.NO_BASIS, NEAR, id="a rollback that was withdrawn"),
        pytest.param(
            deployed(around=Found.APPROVED_ELSEWHERE), [], Found.APPROVED_ELSEWHERE, None, id="approved at GitHub"
        ),
        pytest.param(
            deployed(around=Found.BYPASSED), [approved()], Found.BYPASSED, NEAR, id="bypassed, though approved"
        ),
    ],
)
def test_a_deployment_that_was_not(seen: Seen, cases: list[Case], found: Found, near: str | None) -> None:
    said = judge(seen, cases, RULES)
    assert (said.explained, said.found, said.near) == (Explained.FOUND, found, near)


@pytest.mark.parametrize(
    ("deployers", "seen", "person", "found"),
    [
        pytest.param((), deployed(), "ops", None, id="nobody is named"),
        pytest.param((PIPELINE,), deployed(pipeline=True), "", None, id="the pipeline"),
        pytest.param((PIPELINE,), deployed(), "rel", Found.NOT_A_DEPLOYER, id="a person in place of the pipeline"),
        pytest.param((build.RELEASERS,), deployed(), "rel", None, id="a member of the group"),
        pytest.param((build.RELEASERS,), deployed(), "ops", Found.NOT_A_DEPLOYER, id="somebody outside it"),
        pytest.param((build.RELEASERS,), deployed(pipeline=True), "", Found.NOT_A_DEPLOYER, id="a pipeline unnamed"),
    ],
)
def test_who_may_deploy(deployers: tuple[str, ...], seen: Seen, person: str, found: Found | None) -> None:
    rules = build.deploy_rules(build.deploy_rule(deployers=deployers))
    said = judge(seen, [approved(policy=rules)], rules, person=person)
    assert (said.found, said.change) == (found, "d1")


def test_a_freeze_holds_an_approval_that_did_not_pass_the_gate() -> None:
    rules = replace(RULES, freezes=(Freeze("weekend", since=at(7), until=at(20)),))
    assert judge(deployed(), [approved()], rules).found is Found.OUTSIDE_VALIDITY
    assert judge(deployed(), [approved(passed=passed())], rules).found is None


PULL = Pull(7, login="dev-gh", head="c" * 40, merged=True, base="main")
YES = Opined(7, "lead-gh", Opinion.APPROVED, "c" * 40)


@pytest.mark.parametrize(
    ("seen", "explained", "found"),
    [
        pytest.param(committed(PULL, reviews=(YES,)), Explained.REVIEWED, None, id="approved on its last commit"),
        pytest.param(committed(), Explained.FOUND, Found.DIRECT_PUSH, id="no pull request"),
        pytest.param(
            committed(replace(PULL, merged=False), reviews=(YES,)), Explained.FOUND, Found.DIRECT_PUSH, id="not merged"
        ),
        pytest.param(
            committed(replace(PULL, base="next"), reviews=(YES,)),
            Explained.FOUND,
            Found.DIRECT_PUSH,
            id="merged into another branch",
        ),
        pytest.param(committed(PULL), Explained.FOUND, Found.UNREVIEWED_MERGE, id="merged without a review"),
        pytest.param(
            committed(PULL, reviews=(replace(YES, sha="d" * 40),)),
            Explained.FOUND,
            Found.UNREVIEWED_MERGE,
            id="a review of an older commit",
        ),
        pytest.param(
            committed(PULL, reviews=(replace(YES, login="Dev-GH"),)),
            Explained.FOUND,
            Found.UNREVIEWED_MERGE,
            id="a review by the author",
        ),
        pytest.param(
            committed(PULL, reviews=(replace(YES, login="ops-gh"),)),
            Explained.FOUND,
            Found.UNREVIEWED_MERGE,
            id="a review by a co-author",
        ),
        pytest.param(
            committed(PULL, reviews=(YES, Opined(7, "rel-gh", Opinion.CHANGES, "c" * 40))),
            Explained.FOUND,
            Found.UNREVIEWED_MERGE,
            id="somebody was against it",
        ),
        pytest.param(committed(pulls=None), None, None, id="not read yet"),
        pytest.param(committed(PULL, reviews=None), None, None, id="its reviews not read yet"),
        pytest.param(committed(repository="acme/blog"), Explained.NOT_OURS, None, id="not in the catalogue"),
    ],
)
def test_a_commit_on_the_default_branch(seen: Seen, explained: Explained | None, found: Found | None) -> None:
    said = judge(seen, [], RULES)
    assert (said.explained, said.found) == (explained, found)


def test_an_emergency_does_not_review_a_commit_but_is_named() -> None:
    assert judge(committed(), [emergency()], RULES).near == "EC-2026-0001"


def test_a_repository_that_nobody_named() -> None:
    named = build.deploy_rules(build.deploy_rule(repositories=(REPOSITORY,)))
    assert judge(deployed(repository="acme/blog"), [], named).explained is Explained.NOT_OURS
    assert judge(deployed(repository="acme/blog"), [], RULES).found is Found.NO_BASIS


def test_drift_is_always_found() -> None:
    seen = replace(deployed(), sort=Sort.DRIFT, repository="", sha="", environment=None)
    assert judge(seen, [approved()], RULES).found is Found.DRIFT


def test_production_is_what_the_deploy_rules_name() -> None:
    named = build.deploy_rules(build.deploy_rule(environments=("live", "eu")), build.deploy_rule(environments=("eu",)))
    unnamed = build.deploy_rules(build.deploy_rule(environments=("live",)), build.deploy_rule(environments=()))
    assert reckoning.environments(named) == ("live", "eu")
    assert reckoning.environments(unnamed) == ("live", "production")
    assert reckoning.environments(build.rules()) == ("production",)
    assert reckoning.environment("LIVE", named) == "live"
    assert reckoning.environment("production", named) is None


def test_the_catalogue_is_what_systems_and_deploy_rules_name() -> None:
    rules = build.deploy_rules(
        build.deploy_rule(repositories=("Acme/Tools",)), systems={"web": System("web", ("acme/Web", "acme/tools"))}
    )
    assert coverage.catalogue(rules) == ("acme/tools", "acme/web")
    assert reckoning.systems("ACME/web", rules) == ("web",)


def test_a_change_is_held_against_it_as_it_was_then() -> None:
    def told(seq: int, minutes: float, what: str, **data: Any) -> Event:
        return Event("d1", seq, at(minutes), what, "dev", None, data)

    began = told(1, 0, "requested", key=NEAR, kind=Kind.DEPLOY.value, repository=REPOSITORY, sha=SHA)
    events = [began, told(2, 10, "withdrawn"), told(3, 12, "noticed", key="x")]
    whole = timedelta(minutes=1)
    assert hindsight.as_of(events, T0 - 2 * whole) == ()
    assert [c.version for c in hindsight.as_of(events, at(5))] == [1]
    assert [(c.version, c.status) for c in hindsight.as_of(events, at(9.5))] == [
        (1, Status.REQUESTED),
        (2, Status.WITHDRAWN),
    ]
    assert [c.version for c in hindsight.as_of(events, at(11.5))] == [2, 3]


@pytest.mark.parametrize(
    ("repository", "rules", "ours"),
    [
        pytest.param("Acme/Payments", RULES, True, id="of a system"),
        pytest.param("acme/other", RULES, True, id="any other of the owner"),
        pytest.param("mallory/payments", RULES, False, id="of an owner that the policy does not name"),
        pytest.param(
            "acme/other",
            build.deploy_rules(build.deploy_rule(repositories=(REPOSITORY,))),
            False,
            id="no rule is for any",
        ),
        pytest.param(
            "beta/tool",
            build.deploy_rules(build.deploy_rule(), build.deploy_rule(repositories=("Beta/x",))),
            True,
            id="an owner whom a rule names",
        ),
        pytest.param("acme/other", build.deploy_rules(systems={}), True, id="nothing says whose they are"),
    ],
)
def test_which_repositories_are_ours(repository: str, rules: Rules, ours: bool) -> None:
    assert (coverage.covered(repository, rules), runs.covered(rules, repository)) == (ours, ours)
