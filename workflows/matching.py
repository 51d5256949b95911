"""Which rule of the policy a change falls under: the first that matches. Pure.

Unknown never loosens: while the changed paths were not read, a rule that names paths matches.
"""

from fnmatch import fnmatchcase

from workflows.case import Case
from workflows.change import Kind
from workflows.reading import Part, Reading
from workflows.ruleset import NO_RULE, DeployRule, EmergencyRule, Rules

Rule = EmergencyRule | DeployRule


def rule_for(case: Case, rules: Rules) -> Rule:
    """The rule whose people decide: of [[deploy]] for a deploy, of [emergency] for everything else."""
    return deploy_rule(case, rules) if case.kind is Kind.DEPLOY else emergency_rule(case, rules)


def emergency_rule(case: Case, rules: Rules) -> EmergencyRule:
    """The first emergency rule that matches; the default of [emergency] always does. Reviews go by it."""
    return next(rule for rule in rules.emergency if _common(rule, case, case.systems))


def deploy_rule(case: Case, rules: Rules) -> DeployRule:
    """The first deploy rule that matches; NO_RULE (nobody may approve) when none does."""
    return next((rule for rule in rules.deploy if _deploys(rule, case, rules)), NO_RULE)


def _common(rule: Rule, case: Case, systems: tuple[str, ...]) -> bool:
    return (
        (not rule.systems or any(name in rule.systems for name in systems))
        and (not rule.environments or is_one_of(case.environment, rule.environments))
        and (not rule.risks or case.risk in rule.risks)
        and (not rule.types or case.type in rule.types)
    )


def _deploys(rule: DeployRule, case: Case, rules: Rules) -> bool:
    if rule.repositories and not is_one_of(case.repository or "", rule.repositories):
        return False
    if rule.sensitive is not None and rule.sensitive is not sensitive(case, rules):
        return False
    return _common(rule, case, _systems(case, rules)) and (not rule.paths or touches(case, rule.paths))


def _systems(case: Case, rules: Rules) -> tuple[str, ...]:
    """Those of its systems that its repository serves: to name others, or none, brings no other rule.

    What is named stands where the policy knows no system of that repository.
    """
    served = tuple(n for n, s in rules.systems.items() if is_one_of(case.repository or "", s.repositories))
    return tuple(name for name in case.systems if name in served) or served or case.systems


def sensitive(case: Case, rules: Rules) -> bool:
    """Whether any of its systems is sensitive: those it names, and those whose repository it deploys."""
    named = (s for name, s in rules.systems.items() if name in case.systems)
    served = (s for s in rules.systems.values() if is_one_of(case.repository or "", s.repositories))
    return any(system.sensitive for system in (*named, *served))


def same_name(one: str, other: str) -> bool:
    """Whether GitHub takes both for the same: repositories and environments have one name in any case of letters."""
    return one.lower() == other.lower()


def is_one_of(name: str, names: tuple[str, ...]) -> bool:
    """Whether a repository or environment is among these, in any case of letters."""
    return any(same_name(name, one) for one in names)


def touches(case: Case, patterns: tuple[str, ...]) -> bool:
    """Whether a changed path fits one of the patterns; `**` and `*` stand for anything, a bare name for any folder."""
    reading = case.reading
    if reading is None or Part.PATHS in reading.unknown or not is_of(reading, case):
        return True
    return any(path_fits(path, pattern) for path in reading.paths for pattern in patterns)


def is_of(reading: Reading, case: Case) -> bool:
    """Whether it was read of exactly what is asked for."""
    same = same_name(reading.repository, case.repository or "") and same_name(reading.environment, case.environment)
    return same and reading.sha == case.sha


def path_fits(path: str, pattern: str) -> bool:
    """`*.tf` fits in any folder, `migrations/**` everything below it at the top or below any folder."""
    pattern = pattern.removeprefix("./").removeprefix("/").replace("**", "*")
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}")


def repositories(case: Case, rules: Rules) -> tuple[str, ...]:
    """The repositories of its systems, for which an emergency opens the gate; once decided, those that stood then."""
    opened = case.opened
    if opened is not None and not same_name(opened.environment, case.environment):
        return ()
    meant = (name for name in case.systems if opened is None or name in opened.systems)
    named = (rules.systems[name] for name in meant if name in rules.systems)
    return tuple(dict.fromkeys(r for system in named for r in system.repositories))
