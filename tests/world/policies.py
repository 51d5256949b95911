"""The policies that stories are told under."""

POLICY = """
version = 1
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "#incidents"
deploys = "#deploys"
escalations = "#escalations"
[groups.emergency-approvers]
users = ["cto@example.com", "lead@example.com"]
contact = "+49 30 1234"
[groups.release-managers]
users = ["rel@example.com"]
[systems.payments]
repositories = ["acme/payments"]
[systems.web]
repositories = ["acme/web"]
[systems.ledger]
[emergency]
approvers = [{ group = "emergency-approvers", count = 1 }]
fallback = ["release-managers"]
reviewers = ["emergency-approvers", "release-managers"]
nudge = "5m"
widen = "10m"
window = "4h"
review = { due = "24h", deadline = "48h", remind = ["0h", "20h"], then_every = "12h", \
escalate_to = "emergency-approvers" }
[[emergency.rule]]
systems = ["ledger"]
approvers = [{ group = "emergency-approvers", count = 2 }]
"""
"""One of CTO and lead; two of them for `ledger`; no quiet hours."""

BY_GROUP = POLICY.replace('users = ["cto@example.com", "lead@example.com"]', 'usergroup = "@oncall-leads"')
"""The same with the approvers as a Slack user group."""

QUIET = POLICY.replace('window = "4h"', 'window = "4h"\nquiet_hours = "22:00-07:00"')
"""The same with quiet hours."""

DEPLOYS = (
    POLICY
    + """
[people."rel@example.com"]
github = "rel-gh"
[people."cto@example.com"]
github = "cto-gh"
[[deploy]]
environments = ["production"]
approvers = [{ group = "release-managers", count = 1 }]
valid_for = "8h"
rollback_within = "30d"
require = ["checks-pass", "reviewed-pull-request", "staging-first", "branch-protected"]
"""
)
"""The same, with one rule for deploys to production: a release manager, and everything that GitHub can say."""

FROZEN = (
    DEPLOYS
    + """
[[freeze]]
every = "mon 02:00 - mon 08:00"
environments = ["production"]
reason = "month end"
override = "emergency-approvers"
"""
)
"""The same in a freeze that ends five hours after stories begin; CTO and lead may lift it."""

TWO_MANAGERS = DEPLOYS.replace('users = ["rel@example.com"]', 'users = ["rel@example.com", "cto@example.com"]')
"""As DEPLOYS, with the CTO as a second release manager."""

NO_LOGIN = DEPLOYS.replace('[people."rel@example.com"]\ngithub = "rel-gh"\n', "")
"""As DEPLOYS, and nothing says who the release manager is on GitHub."""
