"""The environment, the policy file, and the signing key: what can be seen without asking anybody."""

from collections.abc import Iterator
from pathlib import Path

from bot import signing_key as keyfile
from bot.checkups.finding import Finding, Patient, bad, note
from workflows.ruleset import Group
from workflows.signing import KeyMistake

# What belongs together: with the first of a row, the others are needed.
TOGETHER = (
    ("PAGERDUTY_TOKEN", "PAGERDUTY_FROM", "notes on incidents are written in somebody's name"),
    ("JIRA_URL", "JIRA_TOKEN", "Jira is not asked without a token"),
    ("JIRA_URL", "JIRA_PROJECT", "new issues need a project"),
    ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "an App proves itself with its key"),
    ("GITHUB_PRIVATE_KEY", "GITHUB_APP_ID", "a key belongs to an App"),
    ("GITHUB_APP_ID", "GITHUB_WEBHOOK_SECRET", "without it what GitHub tells us comes a minute late"),
)
OPTIONAL = {"pagerduty": "PagerDuty", "jira": "Jira", "github": "GitHub"}
AREA = "environment"


def environment(patient: Patient) -> Iterator[Finding]:
    """Which variables are set, and which are missing beside them."""
    given = patient.settings
    if not given.slack_bot_token:
        yield bad(AREA, "SLACK_BOT_TOKEN", "not set", "Install the app in Slack and set its bot token.")
    if not given.slack_app_token and not given.slack_signing_secret:
        yield bad(
            AREA,
            "how Slack reaches us",
            "neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set",
            "Set SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode).",
        )
    else:
        yield Finding(AREA, "how Slack reaches us", "Socket Mode" if given.slack_app_token else "HTTP, signed")
    for name, wanted, why in TOGETHER:
        if getattr(given, name.lower()) and not getattr(given, wanted.lower()):
            yield bad(AREA, wanted, f"not set, and {name} is: {why}", f"Set {wanted}, or remove {name}.")
    if given.pagerduty_token and not given.pagerduty_webhook_secret:
        late = "not set: what happens to an incident is seen a minute late"
        yield note(AREA, "PAGERDUTY_WEBHOOK_SECRET", late, "Make a v3 webhook subscription and set its secret.")
    for name, called in OPTIONAL.items():
        yield Finding(AREA, called, "linked" if name in given.linked else "not linked")
    if not given.public_url:
        yield note(AREA, "PUBLIC_URL", "not set", "Set it, so that links in Jira and PagerDuty lead to the record.")
    elif not given.by_https:
        yield bad(AREA, "PUBLIC_URL", "not https", "Serve the bot behind https: Slack and GitHub ask for it.")


def policy(patient: Patient) -> Iterator[Finding]:
    """The policy file: there, valid, and naming nothing that is not set up."""
    name, rules = Path(patient.settings.policy_file).name, patient.rules
    if rules is None:
        yield bad("policy", name, patient.policy_fault, "Run `policy init`, or mend the lines that are named.")
        return
    yield Finding("policy", name, f"valid, version {rules.version}, {rules.digest[:7]}")
    named = [one.name for one in rules.groups.values() if on_call(one)]
    if named and not patient.pagerduty.configured:
        found = f"{', '.join(named)}: whoever is on call, by PagerDuty, which is not linked"
        yield bad("policy", "groups", found, "Set PAGERDUTY_TOKEN, or name people in these groups.")
    if rules.deploy and not patient.github.configured:
        yield note("policy", "deploys", "there are rules for deploys, and GitHub is not linked", "See docs/github.md.")
    if rules.pagerduty.service and not patient.pagerduty.configured:
        yield bad("policy", "[pagerduty]", "names a service, and PagerDuty is not linked", "Set PAGERDUTY_TOKEN.")


def on_call(group: Group) -> bool:
    """Whether PagerDuty says who is in it."""
    return bool(group.pagerduty_schedules or group.pagerduty_policies or group.pagerduty_services)


def signing_key(patient: Patient) -> Iterator[Finding]:
    """The key that signs checkpoints: there, readable by its owner alone, and of the log that the policy names."""
    name = patient.settings.signing_key_file
    if not name:
        yield note("signing key", "SIGNING_KEY_FILE", "not set: the history is not signed", "Run `key new` and set it.")
        return
    try:
        key = keyfile.read(name, patient.rules.audit.origin if patient.rules else "")
    except KeyMistake as mistake:
        mend = f"Put the key there that signed so far, `chmod 600 {name}`; where there was none, run `key new`."
        yield bad("signing key", name, str(mistake).removeprefix(name).strip(), mend)
    else:
        yield Finding("signing key", name, f"there, readable by its owner alone: {key.public.name}")
