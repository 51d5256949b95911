"""Policies for tests: a keyword builder that defaults everything."""

from workflows.rules import parse
from workflows.ruleset import Rules


def policy(
    emergency: str = 'approvers = [{ group = "leads" }]', groups: str = "", rules: str = "", head: str = ""
) -> Rules:
    """The rules of a small policy: leads a, b, c; backup d; watch is the user group @watch."""
    return parse(
        f"""\
version = 1
{head}
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "#incidents"
[groups.leads]
users = ["a@x.org", "b@x.org", "c@x.org"]
[groups.backup]
users = ["d@x.org"]
[groups.watch]
usergroup = "@watch"
{groups}
[systems.payments]
[emergency]
{emergency}
{rules}
""".encode(),
        "policy.toml",
    )
