"""A row of the outbox becomes what people see in Slack: at the right place, in order, once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.playground.faults import Fault
from tests.bot.sending import CARD, Room, room
from workflows import settlements
from workflows.db import Database
from workflows.models import events

THREAD = "thread:#incidents"


@pytest.fixture
def here(database: Database) -> Iterator[Room]:
    with room(database) as made:
        yield made


def methods(here: Room) -> list[str]:
    """The Web API methods that were called, in order."""
    return [call.method for call in here.ws.calls]


def test_a_card_is_posted_once_and_then_updated(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    assert worker.drain() == 1
    assert here.texts("CINC") == [f"{case.key} is declared at 1."]
    here.advance(case.id)
    here.advance(case.id)
    assert worker.drain() == 1
    assert here.texts("CINC") == [f"{case.key} is declared at 3."]
    assert worker.drain() == 0
    row = here.card_row(case)
    assert (row.state, row.wanted, row.sent) == ("sent", 3, 3)


def test_a_message_carries_its_outbox_id_and_no_unfurling(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    worker.drain()
    (card,) = here.ws.messages("CINC")
    assert card.metadata == {"event_type": "countersign", "event_payload": {"id": here.card_row(case).id}}
    (call,) = [c for c in here.ws.calls if c.method == "chat.postMessage"]
    assert (call.args["unfurl_links"], call.args["unfurl_media"]) == (False, False)


def test_what_looks_the_same_is_not_sent_again(here: Room) -> None:
    case, worker = here.declare(card=False), here.worker()
    with here.db.write() as tx:
        here.render(tx, "ask:cto:1", "same", change=case.id, version=case.version)
    worker.drain()
    here.advance(case.id)
    assert worker.drain() == 1
    assert methods(here) == ["conversations.open", "chat.postMessage"]
    assert here.row(f"render:{case.id}:ask:cto:1").sent == 2


def test_a_thread_line_waits_for_its_card_and_stands_under_it(here: Room) -> None:
    case, worker = here.declare(card=False), here.worker()
    key = f"render:{case.id}:{CARD}"
    with here.db.write() as tx:
        here.render(tx, CARD, "card", change=case.id, version=case.version)
    here.notify("first line", THREAD, change=case.id, after=key)
    here.notify("second line", THREAD, change=case.id, after=key, broadcast=True)
    here.ws.faults.add(Fault("rate_limited", "chat.postMessage", times=1, retry_after=30))
    worker.drain()
    assert here.ws.messages("CINC") == []
    here.clock.pass_(seconds=31)
    worker.drain()
    card = here.ws.messages("CINC")[0]
    assert [m.text for m in here.ws.thread("CINC", card.ts)] == ["first line.", "second line."]


def test_a_deleted_card_is_posted_again(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    worker.drain()
    here.ws.delete_message("CINC", here.ws.messages("CINC")[0].ts)
    here.advance(case.id)
    worker.drain()
    assert here.texts("CINC") == [f"{case.key} is declared at 2."]


def test_a_card_in_an_archived_channel_moves_to_the_escalations_and_its_thread_with_it(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    worker.drain()
    here.ws.archive("CINC")
    here.advance(case.id)
    here.notify("a line", THREAD, change=case.id, after=f"render:{case.id}:{CARD}")
    worker.drain()
    (card,) = (m for m in here.ws.messages("CESC") if m.thread_ts in (None, m.ts))
    assert card.text == f"{case.key} is declared at 2."
    assert [m.text for m in here.ws.thread("CESC", card.ts)] == ["a line."]


def test_a_person_who_cannot_be_reached_is_named_in_the_channel_and_the_thread_says_so(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    here.ws.deactivate("UCTO")
    with here.db.write() as tx:
        here.render(tx, "ask:cto:1", "ask", change=case.id, version=case.version)
    worker.drain()
    card, ask = (m for m in here.ws.messages("CINC") if m.thread_ts in (None, m.ts))
    assert ask.text == f"<@UCTO> {case.key} is declared at 1."
    said = [m.text for m in here.ws.thread("CINC", card.ts)]
    assert said == ["undelivered: {'to': 'cto', 'instead': '#incidents'}"]


def test_somebody_without_an_account_is_asked_in_the_channel(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    here.notify("hello", "dm:nobody", change=case.id)
    worker.drain()
    assert "hello." in here.texts("CINC")


def test_what_is_confidential_is_never_said_in_a_channel_instead(here: Room) -> None:
    case, worker = here.declare(card=False, confidential=True), here.worker()
    here.ws.deactivate("UCTO")
    here.notify("secret", "dm:cto", change=case.id)
    worker.drain()
    assert here.texts("CINC") == []
    assert here.texts("CESC") == ["undelivered: {'to': 'cto'}"]


def test_when_no_address_is_left_the_record_keeps_it_and_it_can_be_sent_again(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    here.ws.archive("CINC")
    here.ws.archive("CESC")
    worker.drain()
    row = here.card_row(case)
    assert (row.state, row.last_error) == ("dead", "channel_not_found")
    with here.db.read() as tx:
        kinds = tx.scalars(select(events.c.kind).where(events.c.subject == case.id).order_by(events.c.seq)).all()
    # the card's own loss, and that of the escalation; which escalates no further
    assert kinds == ["declared", "undelivered", "undelivered"]
    with here.db.write() as tx:
        assert settlements.revive(tx, row.id, real=here.clock.real())
    here.ws.state.find_channel("CINC").archived = False
    here.clock.pass_(minutes=1)
    worker.drain()
    assert here.texts("CINC") == [f"{case.key} is declared at 3."]


def test_content_that_slack_refuses_arrives_as_plain_text(here: Room) -> None:
    worker = here.worker()
    here.notify("odd", "channel:CINC", blocks=[{"type": "no such block"}])
    here.notify("next", "channel:CINC")
    worker.drain()
    assert here.texts("CINC") == ["odd.", "next."]
    assert here.ws.messages("CINC")[0].blocks == []


def test_a_rate_limit_on_one_channel_stops_no_other_and_is_no_try(here: Room) -> None:
    worker = here.worker()
    here.ws.faults.add(Fault("rate_limited", "chat.postMessage", times=1, retry_after=40))
    here.notify("limited", "channel:CINC")
    here.notify("free", "channel:CESC")
    here.notify("limited too", "channel:CINC")
    worker.drain()
    assert (here.texts("CINC"), here.texts("CESC")) == ([], ["free."])
    assert methods(here).count("chat.postMessage") == 2  # the pause is kept without asking Slack
    assert here.row("limited").attempts == 0
    here.clock.pass_(seconds=41)
    worker.drain()
    assert here.texts("CINC") == ["limited.", "limited too."]


def test_hours_of_outage_lose_nothing(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    here.notify("first", "dm:cto", change=case.id)
    here.ws.faults.add(Fault("outage"))
    for _ in range(4 * 12):
        worker.drain()
        here.clock.pass_(minutes=5)
    assert here.card_row(case).state == "open"
    assert here.card_row(case).attempts > 40
    here.ws.faults.clear()
    here.clock.pass_(minutes=5)
    worker.drain()
    assert here.texts("CINC") == [f"{case.key} is declared at 1."]
    assert here.texts(here.ws.dm("UCTO"), "UCTO") == ["first."]


@pytest.mark.parametrize("kind", ["reset_after", "reset_before"])
def test_a_send_of_unknown_fate_is_looked_up_and_stands_there_once(here: Room, kind: str) -> None:
    case, worker = here.declare(), here.worker()
    here.notify("hello", "dm:cto", change=case.id)
    here.notify("a line", THREAD, change=case.id, after=f"render:{case.id}:{CARD}")
    here.ws.faults.add(Fault(kind, "chat.postMessage", times=3))
    here.settle(worker, minutes=3)
    assert here.texts("CINC")[:1] == [f"{case.key} is declared at 1."]
    card = here.ws.messages("CINC")[0]
    assert [m.text for m in here.ws.thread("CINC", card.ts)] == ["a line."]
    assert len([m for m in here.ws.messages("CINC") if m.thread_ts in (None, m.ts)]) == 1
    assert here.texts(here.ws.dm("UCTO"), "UCTO") == ["hello."]
    here.advance(case.id)
    worker.drain()
    assert here.ws.messages("CINC")[0].text == f"{case.key} is declared at 2."


def test_a_look_up_that_fails_does_not_forget_what_is_unsettled(here: Room) -> None:
    worker = here.worker()
    here.notify("hello", "channel:CINC")
    here.ws.faults.add(Fault("reset_after", "chat.postMessage", times=1))
    here.ws.faults.add(Fault("outage", "conversations.history", times=3))
    here.settle(worker, minutes=3)
    assert here.texts("CINC") == ["hello."]


def test_a_card_that_changed_meanwhile_is_found_and_brought_up_to_date(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    here.ws.faults.add(Fault("reset_after", "chat.postMessage", times=1))
    worker.drain()
    here.advance(case.id)
    here.settle(worker, minutes=1)
    assert here.texts("CINC") == [f"{case.key} is declared at 2."]


def test_without_the_right_to_look_it_is_sent_again_under_the_same_id(here: Room) -> None:
    worker = here.worker()
    scopes = [s for s in here.ws.state.app().scopes if not s.endswith(":history")]
    here.ws.install(bot_token="xoxb-room", signing_secret="s", scopes=scopes)
    here.notify("hello", "channel:CINC")
    here.ws.faults.add(Fault("reset_after", "chat.postMessage", times=1))
    here.settle(worker, minutes=1)
    ids = [m.metadata["event_payload"]["id"] for m in here.ws.messages("CINC") if m.metadata]
    assert ids == [here.row("hello").id] * 2


def test_a_refused_token_stops_every_send_and_is_tried_again_after_a_minute(here: Room) -> None:
    worker = here.worker(token="xoxb-revoked")
    for n in range(5):
        here.notify(f"n{n}", f"channel:{'CINC' if n % 2 else 'CESC'}")
    worker.drain()
    assert methods(here).count("chat.postMessage") == 1
    assert here.row("n0").attempts == 0
    assert (here.row("n0").last_error or "").startswith("lost-authority: ")
    here.ws.install(bot_token="xoxb-revoked", signing_secret="s", scopes=here.ws.state.app().scopes)
    worker.drain()
    assert here.texts("CINC") == []
    here.clock.pass_(seconds=61)
    worker.drain()
    assert (here.texts("CINC"), here.texts("CESC")) == (["n1.", "n3."], ["n0.", "n2.", "n4."])


def test_a_poison_row_blocks_nobody_and_ends_as_a_dead_letter_that_is_told(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    here.notify("poison", "dm:cto", change=case.id, template="unknown")
    here.notify("other change", "dm:cto")
    worker.drain()
    assert here.texts(here.ws.dm("UCTO"), "UCTO") == ["other change."]
    here.notify("behind", "dm:cto", change=case.id)
    here.settle(worker, minutes=30)
    assert here.row("poison").state == "dead"
    assert here.texts(here.ws.dm("UCTO"), "UCTO") == ["other change.", "behind."]
    assert here.texts("CESC") == ["undelivered: {'to': 'cto'}"]


def test_what_is_no_longer_to_be_shown_counts_as_sent(here: Room) -> None:
    worker = here.worker()
    here.notify("over", "dm:cto", template="nothing")
    here.notify("behind", "dm:cto")
    worker.drain()
    assert here.texts(here.ws.dm("UCTO"), "UCTO") == ["behind."]
    assert here.row("over").state == "sent"


def test_a_private_line_goes_to_one_person_and_else_to_their_messages(here: Room) -> None:
    worker = here.worker()
    here.notify("pst", "private:CINC:cto")
    worker.drain()
    assert (here.texts("CINC", "UCTO"), here.texts("CINC", "UDEV")) == (["pst."], [])
    here.ws.add_channel("CSMALL", "small", ["UDEV"])
    here.notify("psst", "private:CSMALL:cto")
    worker.drain()
    assert here.texts(here.ws.dm("UCTO"), "UCTO") == ["psst."]
    here.notify("anywhere", "private::UCTO")
    worker.drain()
    assert here.ws.messages(here.ws.dm("UCTO"), "UCTO")[-1].ephemeral_for is None
    assert here.texts(here.ws.dm("UCTO"), "UCTO") == ["psst.", "anywhere."]


def test_an_app_home_is_drawn_from_what_is_true_now(here: Room) -> None:
    worker = here.worker()
    for _ in range(3):
        with here.db.write() as tx:
            here.render(tx, "home:cto", "home", change=None)
    assert worker.drain() == 1
    home = here.ws.home("UCTO")
    assert home is not None
    assert home.blocks[0]["text"]["text"] == "home:cto 3."


def test_an_ask_that_arrived_is_not_asked_again_in_public_when_its_person_is_gone(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    with here.db.write() as tx:
        here.render(tx, "ask:cto:1", "ask", change=case.id, version=case.version)
    worker.drain()
    here.ws.archive(here.ws.dm("UCTO"))
    here.advance(case.id)
    worker.drain()
    assert here.texts("CINC") == [f"{case.key} is declared at 2."]
    assert here.row(f"render:{case.id}:ask:cto:1").state == "sent"


def test_an_update_of_unknown_fate_is_done_again_even_if_it_looks_as_before(here: Room) -> None:
    case, worker = here.declare(card=False), here.worker()
    with here.db.write() as tx:
        here.render(tx, CARD, "says", change=case.id, version=case.version)
    worker.drain()
    here.says = "Other words."
    here.advance(case.id)
    here.ws.faults.add(Fault("reset_after", "chat.update", times=1))
    worker.drain()
    assert here.texts("CINC") == ["Other words."]
    here.says = "First words."
    here.settle(worker, minutes=1)
    assert here.texts("CINC") == ["First words."]


def test_a_held_notice_holds_nothing_behind_it(here: Room) -> None:
    worker = here.worker()
    here.notify("in the morning", "dm:cto", not_before=here.clock.now() + timedelta(hours=4))
    here.notify("at night", "dm:cto")
    worker.drain()
    assert here.texts(here.ws.dm("UCTO"), "UCTO") == ["at night."]
    here.clock.ahead = timedelta(hours=4)
    worker.drain()
    assert here.texts(here.ws.dm("UCTO"), "UCTO") == ["at night.", "in the morning."]
