"""The stand-in continues where it stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.playground import api_views, messages
from bot.playground.workspace import Workspace
from tests.playground.small_bot import Clock, make_workspace
from tests.playground.test_socket_mode import until


def test_the_next_start_continues(tmp_path: Path) -> None:
    path, clock = tmp_path / "slack.json", Clock()
    ws = make_workspace(clock, path=path)
    channel = ws.state.channels["CINC"]
    card = messages.post(
        ws.state, channel, "UBOT", "hello <@UCTO>", by_app=True, metadata={"event_type": "x", "event_payload": {}}
    )
    messages.post(ws.state, channel, "UDEV", "reply", thread_ts=card.ts)
    api_views.publish(ws.state, {"user_id": "UDEV", "view": {"type": "home", "blocks": [{"type": "divider"}]}})
    dm = ws.dm("UDEV")
    ws.state.people["ULEAD"].deleted = True
    ws.archive("CRANDOM")
    ws.state.read["UDEV", "CINC"] = card.ts
    ws.close()

    again = make_workspace(clock, path=path)
    assert again.messages("CINC") == ws.messages("CINC")
    assert (again.home("UDEV"), again.dm("UDEV")) == (ws.home("UDEV"), dm)
    assert again.notifications("UCTO") == ["hello @cto"]
    assert again.state.people["ULEAD"].deleted
    assert again.state.channels["CRANDOM"].archived
    assert again.state.read == {("UDEV", "CINC"): card.ts}
    assert float(again.post("UDEV", "CINC", "later").ts) > float(ws.messages("CINC")[-1].ts)
    again.close()


def test_what_is_typed_and_open_ends_with_the_process(tmp_path: Path) -> None:
    path = tmp_path / "slack.json"
    ws = make_workspace(Clock(), path=path)
    message = messages.post(ws.state, ws.state.channels["CINC"], "UBOT", "x", by_app=True)
    messages.post(ws.state, ws.state.channels["CINC"], "UBOT", "psst", by_app=True, ephemeral_for="UDEV")
    message.typed["b", "a"] = {"type": "plain_text_input", "value": "half a sentence"}
    ws.close()
    assert "half a sentence" not in path.read_text()
    assert "psst" not in path.read_text()


def test_changes_are_saved_while_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "slack.json"
    ws = make_workspace(Clock(), path=path)
    ws.post("UDEV", "CINC", "kept")
    until(lambda: path.exists() and "kept" in path.read_text())
    ws.close()


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "slack.json"
    path.write_text(json.dumps({"version": 99}))
    clock = Clock()
    with pytest.raises(ValueError, match="another version"):
        Workspace(now=clock.now, real=clock.real, path=path)
