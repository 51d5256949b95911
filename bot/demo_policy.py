"""The demo's policy: the one that ships, with what of it only an installation knows."""

from pathlib import Path

from bot import demo_github, demo_peers, demo_register, serving

SHIPPED = 'users = ["cto@example.com", "lead@example.com"]'
HERE = f'users = ["cto@example.com"]\npagerduty_schedules = ["{demo_peers.SCHEDULE}"]  # the lead, while on call'


def write(file: Path, emails: dict[str, str]) -> None:
    """Write it where none is: whose GitHub account is whose (`emails` by Slack account), who is on call, the issues.

    ValueError: the policy that ships says otherwise who may approve.
    """
    if file.exists():
        return
    ours = (Path(serving.__file__).parents[1] / "workflows/policy.toml").read_text(encoding="utf-8")
    if ours.count(SHIPPED) != 1:
        raise ValueError("the policy that ships no longer names the CTO and the lead as approvers")
    tables = demo_peers.policy_tables() + demo_github.people_table(emails) + demo_register.ADMITTED
    file.write_text(ours.replace(SHIPPED, HERE) + tables, encoding="utf-8")
