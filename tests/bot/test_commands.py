"""What can be typed: the emergency with its words, and questions about the record."""

import json
from typing import Any

import pytest

from bot import commands, declaring, suggestions
from bot.playground.records import View
from tests.bot.house import POLICY, House, payload
from workflows.change import Action, Field, Status
from workflows.rules import parse

RULES = parse(POLICY.encode(), "policy.toml")


def asked(home: House, words: str, user: str = "UDEV") -> dict[str, Any]:
    """The private answer to `/change words`."""
    outcome = home.ws.command(user, "CINC", f"/change {words}")
    assert outcome.ok, outcome
    answer: dict[str, Any] = outcome.ack_body
    assert answer["response_type"] == "ephemeral"
    return answer


def shown(home: House, user: str) -> View:
    """The modal that is open."""
    view = home.ws.modal(user)
    assert view is not None
    return view


@pytest.mark.parametrize(
    ("words", "systems"),
    [
        ("payments are slow", ("payments",)),
        ("Search, payments: down", ("payments", "search")),
        ("research is slow", ()),
        ("the card vault is open", ("card vault",)),
        ("", ()),
    ],
)
def test_the_words_name_the_system(words: str, systems: tuple[str, ...]) -> None:
    form = declaring.from_words(RULES, words, drill=False, channel="C1")
    assert form.filled["systems"] == systems
    assert form.filled["broken"] == words


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("EC-2026-0042", "EC-2026-0042"),
        ("ec-2026-42 why", "EC-2026-0042"),
        ("dr 2026 7", "DR-2026-0007"),
        ("DRILL-2026-0001", "DRILL-2026-0001"),
        ("list", ""),
        ("EC-2026-", ""),
        ("٣-2026-1", ""),
    ],
)
def test_a_key_is_known_however_it_is_typed(words: str, key: str) -> None:
    assert commands.key_of(words) == key


def test_where_there_are_many_systems_they_are_looked_up(home: House) -> None:
    assert suggestions.systems(RULES, "AR") == ["card vault", "search", "Other"]
    assert suggestions.systems(RULES, "pay") == ["payments", "Other"]
    assert suggestions.systems(RULES, "") == [*RULES.systems, "Other"]
    status, body = home.signed(payload(type="block_suggestion", action_id="v", block_id="systems", value="sea"))
    assert status == 200
    assert [one["value"] for one in json.loads(body)["options"]] == ["search", "Other"]


def test_a_drill_is_a_drill_from_its_first_word(home: House) -> None:
    assert home.ws.command("UDEV", "CINC", "/emergency-change drill fire in payments").ok
    assert shown(home, "UDEV").title == "Declare a drill"
    assert home.ws.submit("UDEV", {("plan", "v"): "put it out"}).ok
    case = home.newest()
    assert (case.drill, case.text(Field.WHY), case.key[:6]) == (True, "fire in payments", "DRILL-")


def test_what_slack_escaped_is_read_as_it_was_typed(home: House) -> None:
    assert home.ws.command("UDEV", "CINC", "/emergency-change a < b & ask @cto in #incidents").ok
    assert "a < b & ask @cto in #incidents" in str(shown(home, "UDEV").blocks)
    home.ws.close_modal("UDEV")


def test_a_change_is_shown_with_what_the_reader_may_do(home: House) -> None:
    case = home.declare()
    answer = asked(home, case.key.lower(), "UCTO")
    assert answer["text"].startswith(f"Approve? {case.key} payments")
    pressed = [e["action_id"] for b in answer["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert Action.APPROVE in pressed
    assert "details" in pressed
    assert Action.APPROVE not in str(asked(home, case.key, "UDEV")["blocks"])


def test_an_unknown_key_names_the_nearest(home: House) -> None:
    case = home.declare()
    answer = asked(home, "EC-2026-9999")
    assert answer["text"].startswith("No change EC-2026-9999.")
    assert case.key[:8] in answer["text"]


def test_the_list_counts_and_names(home: House) -> None:
    case = home.declare()
    answer = asked(home, "list 7d")
    assert answer["text"].startswith("Changes, last 7 days:")
    assert case.key in str(answer["blocks"])
    assert asked(home, "list emergencies")["text"].startswith("Changes, last 30 days:")


def test_mine_is_what_waits_for_the_reader(home: House) -> None:
    home.declare()
    mine = asked(home, "mine", "UCTO")
    assert mine["text"].startswith("Yours: ")
    assert "waiting for approval" in str(mine["blocks"])
    assert asked(home, "mine", "USEC")["text"] == "Nothing waits for you."


def test_the_procedure_names_who_can_be_asked(home: House) -> None:
    home.declare()
    assert "cto" in str(asked(home, "policy")["blocks"])


def test_whoami_says_what_one_may_approve(home: House) -> None:
    home.declare()
    assert "You may approve as: <!subteam^S0LEADS> (Slack group)." in str(asked(home, "whoami", "UCTO")["blocks"])
    mine = str(asked(home, "whoami", "USRE")["blocks"])
    assert "You are in no approver group" in mine
    assert "sre@example.com" not in mine


@pytest.mark.parametrize(
    ("words", "near"), [("lsit", "Did you mean list?"), ("zzz", ""), ("hlep", "Did you mean help?")]
)
def test_an_unknown_word_gets_help_and_the_nearest(home: House, words: str, near: str) -> None:
    answer = asked(home, words)
    assert answer["text"].startswith(f'I don\'t know "{words}".')
    assert near in answer["text"]
    assert "/emergency-change what is broken" in str(answer["blocks"])


def test_a_confidential_change_keeps_its_texts_from_others_and_who_reads_it_is_recorded(home: House) -> None:
    assert home.ws.command("UDEV", "CINC", "/emergency-change the secret words").ok
    assert home.ws.click("UDEV", shown(home, "UDEV"), "more_fields").ok
    given = {"plan": "p", "systems": ["search"], "confidential": ["yes"]}
    assert home.ws.submit("UDEV", {(name, "v"): value for name, value in given.items()}).ok
    case = home.newest()
    assert case.confidential
    assert "the secret words" not in str(asked(home, case.key, "USRE"))
    assert opened(home) == 0
    assert "the secret words" in str(asked(home, case.key, "UCTO"))
    assert opened(home) == 1
    assert home.ws.click("UCTO", home.card(), "details").ok
    assert "the secret words" in str(shown(home, "UCTO").blocks)
    assert opened(home) == 2
    assert home.ws.click("USRE", home.card(), "details").ok
    assert "the secret words" not in str(shown(home, "USRE").blocks)
    assert opened(home) == 2


def opened(home: House) -> int:
    """How often the record says that somebody opened something confidential."""
    with home.parts.database.read() as tx:
        return int(tx.exec_driver_sql("SELECT count(*) FROM events WHERE kind = 'opened'").scalar() or 0)


def test_an_unfinished_declaration_is_offered_with_the_next_command(home: House) -> None:
    assert home.ws.command("ULEAD", "CINC", "/emergency-change half a sentence").ok
    assert not home.ws.submit("ULEAD", {("plan", "v"): " \n", ("systems", "v"): ["search"]}).ok
    home.ws.close_modal("ULEAD")
    outcome = home.ws.command("ULEAD", "CINC", "/emergency-change something else")
    assert outcome.ack_body["text"].startswith("Your unfinished emergency from")
    home.ws.close_modal("ULEAD")
    assert home.ws.command("ULEAD", "CINC", "/emergency-change").ok
    assert "half a sentence" in str(shown(home, "ULEAD").blocks)
    assert home.ws.submit("ULEAD", {("plan", "v"): "now with a plan"}).ok
    assert home.newest().status is Status.DECLARED


def test_the_shortcuts_open_the_form(home: House) -> None:
    assert home.ws.shortcut("USRE", "declare_emergency").ok
    assert shown(home, "USRE").title == "Declare emergency"
    home.ws.close_modal("USRE")
    message = home.ws.post("UDEV", "CINC", "search is down")
    assert home.ws.message_shortcut("USRE", "declare_emergency_message", "CINC", message.ts).ok
    assert home.ws.submit("USRE", {("plan", "v"): "restart"}).ok
    assert home.newest().systems == ("search",)
