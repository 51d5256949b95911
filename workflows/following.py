"""Which peers a change is kept in step with: a row of the outbox for each place, due whenever the change moves."""

from collections.abc import Mapping

from workflows import outbox
from workflows.case import Case
from workflows.peered import Peer
from workflows.turn import Turn

INCIDENT, EVENTS, ALERTS, ISSUE, LOGS = "incident", "change_events", "alerts", "issue", "ci_logs"
"""Templates: the PagerDuty incident with its notes, the change events, the pages, the Jira issue with its comments, and
the logs of the workflow runs that are fetched from GitHub."""
OF: Mapping[Peer, tuple[str, ...]] = {
    Peer.PAGERDUTY: (INCIDENT, EVENTS, ALERTS),
    Peer.JIRA: (ISSUE,),
    Peer.GITHUB: (LOGS,),
}


def place(peer: Peer, template: str) -> str:
    """Where a template goes: "pagerduty:incident"."""
    return f"{peer}:{template}"


def follow(turn: Turn, case: Case) -> None:
    """Keep the peers that are set up in step with this change from now on; practice is nobody else's business."""
    if case.drill:
        return
    for peer, templates in OF.items():
        for template in templates if peer in turn.rules.linked else ():
            outbox.render(
                turn.tx,
                change=case.id,
                place=place(peer, template),
                template=template,
                payload={},
                version=case.version,
                now=turn.now,
                new_id=turn.new_id,
            )
