"""The Pipeline panel of the demo's page: what people do at the pretend GitHub, what goes on by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot import demo_github
from bot.playground.github.hub import Hub
from bot.playground.pipeline import Pipeline
from bot.playground.records import Json, Outcome
from bot.playground.site import page

WEB, PAYMENTS = "acme/web", "acme/payments"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Panel(Pipeline):
    """A panel of the demo's two repositories, with a clock that is moved by hand."""

    def __init__(self) -> None:
        """Fill a hub as the demo does at its first start."""
        self.seconds = 0.0
        self.changes = 0
        hub = Hub(lambda: NOW)
        hub.install(public_key="", webhook_secret="s")
        demo_github.seed(hub, NOW)
        super().__init__(hub, demo_github.LOGINS, self._count, real=lambda: self.seconds)

    def _count(self) -> None:
        self.changes += 1

    def do(self, user: str, deed: str, repo: str = WEB, **details: Any) -> Outcome:
        """Do something as a person."""
        return self.act(user, {"deed": deed, "repo": repo, **details})

    def see(self, repo: str = WEB) -> Json:
        """What the panel shows of a repository."""
        return next(one for one in self.shown("U0DEV")["repositories"] if one["name"] == repo)

    def work(self, steps: int = 3) -> None:
        """Let so many looks pass, each after what is under way had its time."""
        for _ in range(steps):
            self._ci.step()
            self.seconds += 3
        self._ci.step()


@pytest.fixture
def panel() -> Panel:
    return Panel()


def test_the_demo_begins_with_one_change_that_is_on_staging_and_not_live(panel: Panel) -> None:
    for repo, version in ((WEB, "v204"), (PAYMENTS, "v811")):
        seen = panel.see(repo)
        assert (seen["live"]["tag"], seen["ahead"], seen["head"]["checks"]) == (version, 1, "passed")
        assert seen["staging"]["sha"] == seen["head"]["sha"]
        assert [(one["number"], one["by"], one["checks"]) for one in seen["pulls"]] == [(4, "sre-gh", "passed")]
        assert (seen["runs"], seen["past_review"]) == ([], False)


def test_a_run_waits_and_once_let_through_is_deployed(panel: Panel) -> None:
    assert panel.do("U0DEV", "run").ok
    (waiting,) = panel.see()["runs"]
    assert (waiting["words"], waiting["by"]) == ("waiting for Countersign", "dev-gh")
    panel.work()
    assert panel.see()["runs"][0]["state"] == "waiting"
    panel.hub.environment(WEB, "production", custom_rule=True, can_admins_bypass=True)
    panel.hub.admin_bypass(WEB, waiting["id"], "lead-gh")
    assert panel.see()["runs"][0]["words"] == "deploying"
    panel.work(1)
    seen = panel.see()
    assert (seen["runs"][0]["words"], seen["ahead"], seen["live"]["sha"]) == ("deployed", 0, seen["head"]["sha"])
    assert [one["label"] for one in seen["older"]] == ["v204", "v203"]
    panel.hub.deploy(WEB, "v204", "production", by="dev-gh")
    assert [one["label"] for one in panel.see()["older"]] == ["v203"], "what is live, and what the button runs anyway"


def test_a_job_fails_while_jobs_fail(panel: Panel) -> None:
    panel.switch("job_fails", True)
    panel.do("U0DEV", "run")
    panel.hub.environment(WEB, "production", can_admins_bypass=True)
    panel.hub.admin_bypass(WEB, panel.see()["runs"][0]["id"], "lead-gh")
    panel.work(1)
    assert (panel.see()["runs"][0]["words"], panel.see()["live"]["tag"]) == ("failed", "v204")


def test_a_merged_pull_request_is_checked_and_goes_to_staging(panel: Panel) -> None:
    refused = panel.do("U0SRE", "merge", number=4)
    assert (refused.ok, "become somebody else" in str(refused.error)) == (False, True)
    assert panel.do("U0LEAD", "merge", number=4).ok
    seen = panel.see()
    assert (seen["head"]["checks"], seen["ahead"], seen["pulls"], seen["past_review"]) == ("running", 2, [], False)
    assert seen["staging"]["sha"] != seen["head"]["sha"]
    panel.work(0)
    assert panel.see()["head"]["checks"] == "running"
    panel.work()
    seen = panel.see()
    assert (seen["head"]["checks"], seen["staging"]["sha"]) == ("passed", seen["head"]["sha"])
    assert not panel.do("U0LEAD", "merge", number=4).ok


def test_a_pull_request_is_merged_only_after_its_checks(panel: Panel) -> None:
    before = panel.see()["head"]["sha"]
    assert panel.do("U0DEV", "open").ok
    assert panel.see()["head"]["sha"] == before
    refused = panel.do("U0LEAD", "merge", number=5)
    assert refused.error == "GitHub does not do this: its checks are still running."
    panel.work(1)
    assert panel.do("U0LEAD", "merge", number=5).ok


def test_a_push_past_review_can_be_taken_back_and_nothing_else(panel: Panel) -> None:
    before = panel.see()["head"]["sha"]
    assert not panel.do("U0DEV", "undo").ok
    assert panel.do("U0DEV", "push").ok
    assert (panel.see()["past_review"], panel.see()["head"]["by"]) == (True, "dev-gh")
    assert panel.do("U0SRE", "undo").ok
    assert panel.see()["head"]["sha"] == before


def test_a_run_is_cancelled(panel: Panel) -> None:
    panel.do("U0DEV", "run", PAYMENTS)
    assert panel.do("U0DEV", "cancel", PAYMENTS, run=panel.see(PAYMENTS)["runs"][0]["id"]).ok
    assert panel.see(PAYMENTS)["runs"][0]["words"] == "cancelled"


@pytest.mark.parametrize(
    ("user", "deed", "details", "words"),
    [
        ("U0GUEST", "push", {}, "You have no GitHub account here. Become somebody else."),
        ("U0DEV", "dance", {}, "unknown_deed"),
        ("U0DEV", "merge", {"number": 99}, "GitHub does not do this: it is not there."),
        ("U0DEV", "run", {"ref": "nowhere"}, "GitHub does not do this: no commit is called 'nowhere'."),
    ],
)
def test_what_cannot_be_done_is_said(panel: Panel, user: str, deed: str, details: Json, words: str) -> None:
    assert panel.do(user, deed, **details) == Outcome(False, error=words)


def test_faults_are_switched_on_and_off(panel: Panel) -> None:
    for fault in ("github_down", "lose_webhooks", "job_fails"):
        panel.switch(fault, True)
    assert panel.shown("U0DEV")["faults"] == ["github_down", "job_fails", "lose_webhooks"]
    assert ([one.kind for one in panel.hub.faults.active()], panel.hub.world.lost) == (["outage"], True)
    for fault in ("github_down", "lose_webhooks", "job_fails"):
        panel.switch(fault, False)
    assert (panel.shown("U0DEV")["faults"], panel.hub.faults.active(), panel.hub.world.lost) == ([], [], False)
    assert panel.changes == 6
    with pytest.raises(LookupError):
        panel.switch("rain", True)


def test_the_links_of_a_card_lead_to_pages_and_what_people_wrote_is_no_markup(panel: Panel) -> None:
    sha = panel.hub.commit(WEB, author="dev-gh", message="<b>Bold</b>", files={"<i>": "<script>alert(1)</script>\n"})
    run = panel.hub.run(WEB, "main", by="dev-gh")
    tagged = panel.hub.world.repository(WEB).tags["v204"]
    for path in (f"commit/{sha}", f"compare/{tagged}...{sha}", "pull/4", f"actions/runs/{run}"):
        assert "acme/web/commit/" in (page(panel.hub, f"/acme/web/{path}") or ""), path
    drawn = page(panel.hub, f"/acme/web/commit/{sha}") or ""
    assert [one for one in ("<script", "<b>", "<i>") if one in drawn] == []
    assert [one for one in ("&lt;b&gt;Bold", "&lt;script&gt;", "&lt;i&gt;") if one not in drawn] == []
    assert [page(panel.hub, path) for path in ("/acme/none", "/acme/web/pull/99", "/zen", "/acme/web/commit/zz")] == [
        None
    ] * 4
