"""`policy init`: five questions, and a valid policy file."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from workflows import absence, policy_values
from workflows.rules import parse
from workflows.ruleset import Rules

Ask = Callable[[str], str]
Say = Callable[[str], None]
_T = TypeVar("_T")

_PHONE = re.compile(r"\+?[\d ()/.-]{5,30}")
_APPROVERS = "emergency-approvers"
_STAND_INS = "stand-ins"


@dataclass(frozen=True, slots=True)
class _People:
    users: tuple[str, ...] = ()
    usergroup: str | None = None


@dataclass(frozen=True, slots=True)
class _Affected:
    systems: tuple[str, ...]
    contact: str | None


def init(path: Path, ask: Ask, say: Say) -> bool:
    """Ask five questions and write a valid policy to `path`; True: written.

    `ask` shows a question and returns the answer; it may raise EOFError when there is nobody to answer. An answer that
    can't be taken is asked again, with the reason. A file that exists is never overwritten.
    """
    if path.exists():
        say(f"{path} exists already and stays as it is. Edit it, or move it away first.")
        return False
    say("Five questions; press Enter to take what stands in [brackets].")
    try:
        source = _source(*_answers(ask, say))
    except EOFError:
        say("\nThe questions were not answered to the end; nothing was written.")
        return False
    rules = parse(source.encode(), path.name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(source)
    except OSError as fault:
        say(f"{path} can't be written: {fault.strerror}. Nothing was written.")
        return False
    _next_steps(path, rules, say)
    return True


def _answers(ask: Ask, say: Say) -> tuple[_People, _People, str, str, _Affected]:
    approvers = _until_taken(
        "1/5 Who may approve an emergency change? E-mail addresses, or one Slack user group like @oncall-leads: ",
        _approvers,
        ask,
        say,
    )
    stand_ins = _until_taken(
        "2/5 Who stands in when none of them answers? The same way; [nobody]: ",
        lambda answer: _stand_ins(answer, approvers),
        ask,
        say,
    )
    channel = _until_taken("3/5 In which channel do emergencies happen? [#incidents]: ", _channel, ask, say)
    zone = _until_taken("4/5 In which time zone do you work? Like Europe/Berlin; [UTC]: ", _zone, ask, say)
    affected = _until_taken(
        "5/5 Which systems can be affected, and which phone to call when nobody answers?"
        " Like payments, web, +49 30 1234: ",
        _affected,
        ask,
        say,
    )
    return approvers, stand_ins, channel, zone, affected


def _until_taken(question: str, take: Callable[[str], _T], ask: Ask, say: Say) -> _T:
    while True:
        try:
            return take(ask(question).strip())
        except ValueError as refused:
            said = str(refused)
            say(f"  {said[:1].upper()}{said[1:]}{'' if said.endswith('?') else '.'}")


def _approvers(answer: str) -> _People:
    if not answer:
        raise ValueError("somebody has to approve; name at least one person, best two")
    return _people(answer)


def _stand_ins(answer: str, approvers: _People) -> _People:
    if answer.lower() in {"", "nobody", "none", "-"}:
        return _People()
    found = _people(answer)
    same = found.usergroup in {None, approvers.usergroup}
    if same and set(found.users) <= set(approvers.users):
        raise ValueError("they approve already, so they can't stand in for themselves; name others, or press Enter")
    return found


def _people(answer: str) -> _People:
    names = _items(answer)
    groups = list(dict.fromkeys(policy_values.usergroup(one) for one in names if one[:1] == "@"))
    users = tuple(dict.fromkeys(policy_values.person(one) for one in names if one[:1] != "@"))
    if len(groups) > 1:
        raise ValueError(f"one user group fits here, not {len(groups)}; name one, and others by e-mail")
    return _People(users, groups[0] if groups else None)


def _channel(answer: str) -> str:
    bare = answer and answer[:1] != "#" and not re.fullmatch(r"[CG][A-Z0-9]{5,}", answer)
    return policy_values.channel(f"#{answer}" if bare else answer or "#incidents")


def _zone(answer: str) -> str:
    return policy_values.zone(answer or "UTC")


def _affected(answer: str) -> _Affected:
    names = _items(answer)
    phones = [one for one in names if _PHONE.fullmatch(one)]
    systems = tuple(dict.fromkeys(policy_values.name(one) for one in names if not _PHONE.fullmatch(one)))
    if len(phones) > 1:
        raise ValueError("one phone fits here; name the one that is answered at night")
    if not systems:
        raise ValueError("name at least one system, like payments; more can be added to the file later")
    if any(one.lower() == policy_values.OTHER.lower() for one in systems):
        raise ValueError(f"{policy_values.OTHER} is offered in every form anyway; leave it out")
    return _Affected(systems, phones[0] if phones else None)


def _items(answer: str) -> list[str]:
    return [one.strip() for one in answer.split(",") if one.strip()]


def _source(approvers: _People, stand_ins: _People, channel: str, zone: str, affected: _Affected) -> str:
    fallback = [_STAND_INS] if stand_ins != _People() else []
    systems = "".join(f"\n[systems.{_quoted(name)}]\nrepositories = []\n" for name in affected.systems)
    return f"""\
# The policy of Countersign. docs/policy.md explains every key; `countersign policy check` checks this file.
# A change is taken while Countersign runs; a file with a mistake changes nothing.
version = 1

[workspace]
zone = {_quoted(zone)}

[channels]
incidents = {_quoted(channel)}

{_group(_APPROVERS, approvers, affected.contact)}\
{_group(_STAND_INS, stand_ins, None) if fallback else ""}\
# The systems that an emergency can be about. repositories: the pipelines that an approved emergency opens.
{systems.lstrip()}
[emergency]
approvers = [{{ group = "{_APPROVERS}", count = 1 }}]
fallback = {_list(fallback)}
reviewers = {_list([_APPROVERS, *fallback])}
nudge = "5m"                   # ask the same people again
widen = "10m"                  # ask the fallback too
window = "4h"                  # how long it opens the pipeline
review = {{ due = "24h", deadline = "48h", remind = ["0h", "20h"], then_every = "12h", escalate_to = "{_APPROVERS}" }}

# A rule for some emergencies only: take the # away. The first rule that matches decides.
# [[emergency.rule]]
# systems = [{_quoted(affected.systems[0])}]
# approvers = [{{ group = "{_APPROVERS}", count = 2 }}]
{_deploys(fallback)}"""


def _deploys(fallback: list[str]) -> str:
    """The rule for deploys, and what it can grow into."""
    return f"""
# Who says yes to a deploy, and on which evidence; without GitHub linked, leave require out. First match decides.
# [[deploy]]
# environments = ["production"]
# paths = ["*.tf", "migrations/**"]
# approvers = [{{ group = "{_APPROVERS}", count = 2 }}]
# require = ["checks-pass: unit, semgrep", "reviewed-pull-request", "staging-first", "plan-attached"]

[[deploy]]
environments = ["production"]
approvers = [{{ group = "{_APPROVERS}", count = 1 }}]
fallback = {_list(fallback)}
require = ["checks-pass", "reviewed-pull-request"]
deployers = ["pipeline"]       # anybody else who deploys is asked why
valid_for = "8h"               # how long an approval holds
rollback_within = "30d"        # how long a commit that was live may go back without approval

# [[freeze]]
# every = "fri 16:00 - mon 08:00"
# environments = ["production"]
# reason = "weekend"
# override = "{_APPROVERS}"    # may lift it for one request, with a reason

[patches]                      # from the day a vulnerability became known
critical = "72h"
high = "14d"
medium = "30d"
low = "90d"
escalate_to = "{_APPROVERS}"
"""


def _group(name: str, people: _People, contact: str | None) -> str:
    lines = [f"[groups.{name}]"]
    if people.users:
        lines.append(f"users = {_list(people.users)}")
    if people.usergroup:
        lines.append(f"usergroup = {_quoted(people.usergroup)}")
    if contact:
        lines.append(f"contact = {_quoted(contact)}        # shown when nobody answers")
    return "\n".join((*lines, "", ""))


def _list(names: tuple[str, ...] | list[str]) -> str:
    return "[" + ", ".join(map(_quoted, names)) + "]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _next_steps(path: Path, rules: Rules, say: Say) -> None:
    say(f"\nWritten: {path}")
    for gap in absence.indispensable(rules, absence.listed(rules)):
        say(f"  Look at this: {absence.sentence(gap, rules)}.")
    say(
        "Next:\n"
        "  countersign policy check   says who is indispensable\n"
        "  countersign policy sop     prints the one-page procedure\n"
        "  countersign doctor         checks tokens, channels and people in Slack\n"
        "  countersign run            starts; later changes of the file are taken while it runs"
    )
