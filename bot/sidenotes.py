"""What stands on a card beside its case: who is missing, who could, what is late on the same system."""

import re
from datetime import datetime

from sqlalchemy import Connection, select

from bot.blocks.notes import CardNotes
from workflows import facts, ledger, lists, matching, outbox, peer_state, policy, question, quorum, unmended
from workflows.case import Case
from workflows.change import UNDECIDED, Kind
from workflows.gate_models import runs
from workflows.peer_state import Health
from workflows.peered import Peer
from workflows.ruleset import Rules
from workflows.runs import State

_NAMES = {Peer.PAGERDUTY: "PagerDuty", Peer.JIRA: "Jira"}
_SHORT = re.compile(r"(?P<group>.+): (?P<party>\d+) party, (?P<away>\d+) away, of (?P<all>\d+)")


def notes(tx: Connection, case: Case, rules: Rules, now: datetime) -> CardNotes:
    """The notes of a case whose `standing` holds the readings of now."""
    undecided = case.status in UNDECIDED
    late = lists.overdue_reviews(tx, case.systems, now) if case.closed_at is None else ()
    return CardNotes(
        needs=quorum.missing(case, rules) if undecided else (),
        could=quorum.askable(case, rules) if undecided else (),
        documented=policy.documented(case),
        short=_short(case),
        instead=matching.rule_for(case, rules).fallback,
        related=tuple(key for key in case.related if _open(tx, key)),
        overdue=tuple((row.key, row.due) for row in late if row.id != case.id and row.due is not None),
        told=tuple((p, n.at) for n in case.notices if n.key.endswith(":due") for p in n.to),
        reviewers=question.reviewer_groups(case, rules),
        gate=_gate(case, rules),
        link=address(tx, case),
        run=_run(tx, case),
        unmended=tuple((one.key, unmended.issue(one)) for one in _unmended(tx, case)),
        pagerduty=Peer.PAGERDUTY in rules.linked and not case.drill,
        silent=_silent(tx, case, rules),
        contacts=tuple(c for name in quorum.groups(case, rules) if (c := rules.groups[name].contact)),
    )


def _silent(tx: Connection, case: Case, rules: Rules) -> tuple[tuple[str, datetime], ...]:
    """The peers that do not answer now, and since when; nothing waits for them."""
    if case.drill or case.closed_at is not None:
        return ()
    states = peer_state.of(tx)
    return tuple(
        (_NAMES[peer], states[peer].since)
        for peer in _NAMES
        if peer in rules.linked and peer in states and states[peer].health is not Health.OK
    )


def _unmended(tx: Connection, case: Case) -> list[Case]:
    """What a review of another change on the system left to be put right; nothing is added to what is closed."""
    return [one for one in unmended.on(tx, case.systems) if one.id != case.id] if case.closed_at is None else []


def _run(tx: Connection, case: Case) -> int | None:
    """The number of the newest pipeline run that waits for this commit, while it is to be decided or to go."""
    if case.kind is not Kind.DEPLOY or case.closed_at is not None or case.passed:
        return None
    waiting = (runs.c.change == case.id) & (runs.c.sha == case.sha) & (runs.c.state == State.WAITING.value)
    found: int | None = tx.execute(select(runs.c.run).where(waiting).order_by(runs.c.run.desc()).limit(1)).scalar()
    return found


def _open(tx: Connection, key: str) -> bool:
    case = ledger.case_by_key(tx, key)
    return case is not None and case.closed_at is None


def _gate(case: Case, rules: Rules) -> tuple[str, ...]:
    if case.drill or (case.window_until is None and case.status not in UNDECIDED):
        return ()
    systems = (rules.systems[name] for name in case.systems if name in rules.systems)
    return tuple(repository for system in systems for repository in system.repositories)


def address(tx: Connection, case: Case) -> str | None:
    """The address of the main card, made from the workspace's own address."""
    fact = facts.get(tx, "workspace", "self")
    url = str((fact.value or {}).get("url") or "") if fact else ""
    row = outbox.find(tx, f"render:{case.id}:card:{case.posted}")
    if not url.startswith("https://") or row is None or not row.remote:
        return None
    return f"{url.rstrip('/')}/archives/{row.remote['channel']}/p{str(row.remote['ts']).replace('.', '')}"


def unposted(tx: Connection, case: Case) -> bool:
    """Whether the main card is still to be posted."""
    row = outbox.find(tx, f"render:{case.id}:card:{case.posted}")
    return row is not None and row.remote is None and row.state == "open"


def _short(case: Case) -> tuple[str, str] | None:
    """(group, why nobody in it can) from the record of the ask that went to the fallback."""
    why = next((a.why for a in reversed(case.asks) if a.round == "fallback" and a.why), None)
    match = _SHORT.fullmatch(why or "")
    if match is None:
        return None
    party, away, everybody = int(match["party"]), int(match["away"]), match["all"]
    said = []
    if party:
        said.append(f"{party} of {everybody} {'is' if party == 1 else 'are'} part of it")
    if away:
        said.append(f"{away} {'is' if away == 1 else 'are'} away")
    return match["group"], ", ".join(said)
