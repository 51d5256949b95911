"""GitHub: the App, where it is installed, what it may do and hears, and the live settings against the policy."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.checkups.finding import Finding, Patient, bad, note
from workflows.links import Rejected, Unavailable
from workflows.ruleset import Condition, DeployRule, Rules

if TYPE_CHECKING:
    from workflows.links.github import GitHub

AREA = "GitHub"
WRITE = {"deployments", "statuses"}
PERMISSIONS = ("actions", "administration", "checks", "contents", "deployments", "environments", "metadata",
               "pull_requests", "statuses")  # fmt: skip
"""What docs/github.md asks for; reading is enough but for `WRITE`."""
EVENTS = ("check_run", "deployment_protection_rule", "deployment_status", "pull_request", "pull_request_review",
          "push", "status", "workflow_run")  # fmt: skip
MOST = 50


def github(patient: Patient) -> Iterator[Finding]:
    """The App first, then each repository of the policy."""
    link = patient.github.maybe()
    if link is None:
        return
    try:
        if link.is_app:
            yield from _app(link, patient)
        else:
            found = "a plain token: runs can't be held by a protection rule"
            yield note(AREA, "GITHUB_TOKEN", found, "See docs/github.md for the App; `gate` and the API hold without.")
        for name in _repositories(patient.rules)[:MOST]:
            yield from _repository(link, name, patient.rules)
    except Unavailable as silent:
        yield bad(AREA, "address", f"does not answer ({silent.why})", "Let this machine reach GITHUB_API_URL.")


def _app(link: "GitHub", patient: Patient) -> Iterator[Finding]:
    try:
        seen = link.app()
    except Rejected as no:
        why = "the key can't be read" if no.why == "private-key" else f"GitHub says {no.status} {no.why}"
        yield bad(AREA, "App", why, "Check GITHUB_APP_ID, and make a new private key of the App.")
        return
    yield Finding(AREA, "App", seen.slug)
    gone = [
        f"{name} ({'write' if name in WRITE else 'read'})"
        for name in PERMISSIONS
        if not _enough(name, seen.permissions.get(name, ""))
    ]
    if gone:
        yield bad(AREA, "permissions", f"missing: {', '.join(gone)}", "Give them in the App's settings; accept them.")
    else:
        yield Finding(AREA, "permissions", "all that docs/github.md names")
    deaf = [name for name in EVENTS if name not in seen.events]
    if deaf:
        yield bad(AREA, "events", f"not subscribed: {', '.join(deaf)}", "Tick them in the App's settings.")
    else:
        yield Finding(AREA, "events", "all that docs/github.md names")
    yield from _hook(seen.hook, patient.settings.public_url)


def _enough(name: str, given: str) -> bool:
    return given in (("write", "admin") if name in WRITE else ("read", "write", "admin"))


def _hook(there: str | None, public: str) -> Iterator[Finding]:
    if there is None:
        yield note(AREA, "webhook", "GitHub does not say where it goes")
    elif not there:
        yield bad(AREA, "webhook", "none is set", "Set it to PUBLIC_URL/github/webhook, with its secret.")
    elif public and there.rstrip("/") != f"{public.rstrip('/')}/github/webhook":
        yield bad(AREA, "webhook", f"goes to {there}", f"Set it to {public.rstrip('/')}/github/webhook.")
    else:
        yield Finding(AREA, "webhook", there)


def _repositories(rules: Rules | None) -> list[str]:
    if rules is None:
        return []
    named = [name for one in rules.systems.values() for name in one.repositories]
    named += [name for rule in rules.deploy for name in rule.repositories]
    return sorted({name for name in named if "*" not in name})


def _repository(link: "GitHub", name: str, rules: Rules | None) -> Iterator[Finding]:
    try:
        if link.is_app:
            link.installation(name)
        branch = link.default_branch(name)
    except Rejected as no:
        if no.why == "not-installed":
            yield bad(AREA, name, "the App is not installed on it", "Install it, or correct the policy.")
        else:
            yield bad(AREA, name, f"GitHub says {no.status} {no.why}", "Correct the policy, or give access.")
        return
    mine = [rule for rule in rules.deploy if _about(rule, name)] if rules else []
    yield from _branch(link, name, branch, mine)
    for environment in dict.fromkeys(one for rule in mine for one in rule.environments):
        yield from _environment(link, name, environment)


def _about(rule: DeployRule, repository: str) -> bool:
    return not rule.repositories or any(one.lower() in ("*", repository.lower()) for one in rule.repositories)


def _branch(link: "GitHub", name: str, branch: str, mine: list[DeployRule]) -> Iterator[Finding]:
    try:
        rules, unknown = link.branch_rules(name, branch)
    except Rejected as no:
        yield note(AREA, f"{name} {branch}", f"rules can't be read ({no.status})", "Give the App administration: read.")
        return
    asked = {one.condition: one for rule in mine for one in rule.require}
    people = max((sum(need.count for need in rule.approvers) for rule in mine), default=0)
    where = f"{name} {branch}"
    if Condition.PROTECTED in asked and rules.protected is not True:
        found = "not protected" if rules.protected is False else f"not known whether it is protected ({unknown})"
        yield bad(AREA, where, f"{found}, and the policy asks for it", "Protect the branch, with a ruleset.")
    if Condition.REVIEWED in asked and not rules.approvals:
        found = "merges without a review are possible, and the policy asks for reviewed pull requests"
        yield bad(AREA, where, found, "Ask for at least one approving review in the branch's rules.")
    elif rules.approvals is not None and 0 < rules.approvals < people:
        found = f"the policy asks {people} people, the branch {rules.approvals} reviewer"
        yield note(AREA, where, found, "Auditors write down such a difference; make them equal, or say why.")
    named = asked[Condition.CHECKS_PASS].names if Condition.CHECKS_PASS in asked else ()
    loose = [one for one in named if one not in rules.checks]
    if loose:
        found = f"checks of the policy that the branch does not ask for: {', '.join(loose)}"
        yield bad(AREA, where, found, "Make them required checks of the branch.")
    if rules.admins_too is False:
        yield note(AREA, where, "admins may go around its protection", "Tick that it applies to admins too.")
    if rules.protected:
        yield Finding(AREA, where, f"protected, {rules.approvals or 0} review(s), checks: {', '.join(rules.checks)}")


def _environment(link: "GitHub", name: str, environment: str) -> Iterator[Finding]:
    where = f"{name} environment {environment}"
    try:
        seen = link.environment(name, environment)
    except Rejected as no:
        if no.status == 404:
            yield note(AREA, where, "there is none", "Make it, with our protection rule, where a pipeline deploys.")
        else:
            yield bad(AREA, where, f"can't be read ({no.status})", "Give the App environments and actions: read.")
        return
    if link.is_app and seen.gated is False:
        yield bad(AREA, where, "our protection rule is not on it", "Tick Countersign under its protection rules.")
    if seen.admins_bypass:
        found = "admins may let a run through without us"
        yield bad(AREA, where, found, "Untick that administrators may bypass its protection rules.")
    if seen.gated and not seen.admins_bypass:
        yield Finding(AREA, where, "held by our rule" + ("" if seen.admins_bypass is False else "; bypass not known"))
