"""`policy init`, `policy check` and `policy sop`: the policy file without Slack."""

from pathlib import Path

from bot.clock import SystemClock
from bot.policies import PolicyFile
from bot.policy_init import init as ask_for_policy
from bot.settings import Settings
from workflows import absence, procedure


def init(settings: Settings) -> int:
    """Ask five questions and write the file that POLICY_FILE names."""
    return 0 if ask_for_policy(Path(settings.policy_file), input, print) else 2


def check(settings: Settings) -> int:
    """Print what the policy holds and who is indispensable; exit 1 when somebody is."""
    rules = PolicyFile(Path(settings.policy_file), now=SystemClock().now()).rules
    rosters = absence.listed(rules)
    for line in absence.report(rules, rosters):
        print(line)
    return 1 if any(not gap.unread for gap in absence.indispensable(rules, rosters)) else 0


def sop(settings: Settings) -> int:
    """Print the one-page emergency procedure of the policy file."""
    now = SystemClock().now()
    rules = PolicyFile(Path(settings.policy_file), now=now).rules
    names = procedure.named(rules)
    print(procedure.page(procedure.sop(rules, names=names, workspace="this company", policy_date=now.date())))
    return 0
