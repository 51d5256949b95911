"""Which repositories are ours, by the policy. Pure."""

from workflows.ruleset import Rules


def catalogue(rules: Rules) -> tuple[str, ...]:
    """The repositories that the policy names, of systems and of deploy rules, in small letters, in order."""
    named = [*(s.repositories for s in rules.systems.values()), *(r.repositories for r in rules.deploy)]
    return tuple(sorted({name.lower() for names in named for name in names}))


def covered(repository: str, rules: Rules) -> bool:
    """Whether a deployment of this repository is ours to explain: it is named, or a deploy rule is for any of ours.

    Ours are those of an owner whom the policy names with any repository, so that nobody who installs the App elsewhere
    speaks here; where it names no repository at all, nothing says whose they are, and all count.
    """
    named = catalogue(rules)
    owners = {name.partition("/")[0] for name in named}
    ours = not owners or repository.lower().partition("/")[0] in owners
    return repository.lower() in named or (ours and any(not rule.repositories for rule in rules.deploy))
