"""What Terraform (or OpenTofu) says that a plan would do, in numbers of resources. Pure.

Source: Terraform docs, "terraform plan": "Plan: 3 to add, 1 to change, 0 to destroy.", or "No changes."
"""

import re

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COUNT = re.compile(r"([0-9]{1,9}) to (import|add|change|destroy|forget)\b")
_PLAN = re.compile(r"^\s*Plan:(?: [0-9]{1,9} to (?:import|add|change|destroy|forget)[,.]?)+", re.MULTILINE)
_NONE = re.compile(r"^\s*No changes\.", re.MULTILINE)
_ALWAYS = ("add", "change", "destroy")


def summary(output: str) -> str:
    """Return "3 to add, 1 to change, 0 to destroy" of a plan's output, all its plans together; "" when it has none."""
    plain = _COLOUR.sub("", output)
    told = _PLAN.findall(plain)
    if not told:
        return "0 to add, 0 to change, 0 to destroy" if _NONE.search(plain) else ""
    sums = dict.fromkeys(_ALWAYS, 0)
    for line in told:
        for count, what in _COUNT.findall(line):
            sums[what] = sums.get(what, 0) + int(count)
    return ", ".join(f"{sums[what]} to {what}" for what in (*_ALWAYS, *(w for w in sums if w not in _ALWAYS)))
