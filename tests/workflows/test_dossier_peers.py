"""What PagerDuty said of a change, as an auditor reads it."""

from tests import build
from tests.build import T0
from workflows import dossier_peers
from workflows.moments import moment_text
from workflows.peered import Incident

SEEN = Incident(
    id="PGR0VU2",
    number=4711,
    title="d1",
    service="Payments",
    urgency="high",
    status="resolved",
    url="https://acme.pagerduty.example/incidents/PGR0VU2",
    responders="d2",
    at=T0,
    opened=True,
)


def test_the_incident_stands_in_the_record_as_it_was_last_read() -> None:
    case = build.case(incident="4711", incident_seen=SEEN, bodies={"d1": "Checkout down", "d2": "Jane, Sam"})
    assert dossier_peers.incident(case) == {
        "id": "PGR0VU2",
        "number": 4711,
        "title": "Checkout down",
        "service": "Payments",
        "urgency": "high",
        "status": "resolved",
        "url": "https://acme.pagerduty.example/incidents/PGR0VU2",
        "responders": "Jane, Sam",
        "read_at": moment_text(T0),
        "opened": True,
        "trouble": None,
    }


def test_what_was_erased_is_null_and_what_was_never_read_is_not_there() -> None:
    erased = dossier_peers.incident(build.case(incident="4711", incident_seen=SEEN))
    assert erased is not None
    assert (erased["title"], erased["responders"], erased["number"]) == (None, None, 4711)
    assert dossier_peers.incident(build.case(incident="4711")) is None
