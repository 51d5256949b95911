"""`register invite`, `list` and `end`: what the operator at the server types."""

import re
from datetime import timedelta

import pytest

from bot.__main__ import main
from bot.clock import SystemClock
from workflows import db, sessions
from workflows.sessions import Over, Session

SOON = f"{SystemClock().now() + timedelta(days=30):%Y-%m-%d}"
ADA = ("register", "invite", "--name", "Ada Auditor", "--email", "Ada@Audit.example", "--by", "ops")


@pytest.fixture
def at_server(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with an empty record."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(argv)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.usefixtures("at_server")
def test_an_operator_invites_lists_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "register", "list")[1] == "Nobody was ever invited.\n"
    code, text, words = run(capsys, *ADA, "--until", SOON)
    assert code == 0
    assert re.fullmatch(r"ci_[0-9a-f]{64}\n", text)
    assert "Ada Auditor may read the register until" in words
    listed = run(capsys, "register", "list")[1]
    assert "Ada Auditor <ada@audit.example>" in listed
    assert "never used" in listed
    assert text.strip() not in listed
    ended = (0, "The invitation of Ada Auditor <ada@audit.example> is ended.\n", "")
    assert run(capsys, "register", "end", "ADA@audit.example", "--by", "ops") == ended
    assert run(capsys, "register", "end", "ada@audit.example", "--by", "ops")[0] == 1
    assert "ended 2" in run(capsys, "register", "list")[1]


@pytest.mark.usefixtures("at_server")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--until": "2020-01-01"}, "That end is past already."),
        ({"--until": "9999-12-31"}, "must be a day like 2026-11-30"),
        ({"--until": "2100-01-01"}, "a year at most"),
        ({"--until": "soon"}, "must be a day like 2026-11-30"),
        ({"--email": "ada"}, "'ada' is no e-mail address."),
        ({"--name": " "}, "somebody with a name"),
        ({"--name": "Ada\x1b[2J"}, "somebody with a name"),
        ({"--by": " "}, "Say who invites"),
    ],
    ids=str,
)
def test_what_is_no_invitation_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], change: dict[str, str], words: str
) -> None:
    given = dict(zip(ADA[2::2], ADA[3::2], strict=True)) | {"--until": SOON} | change
    code, out, err = run(capsys, *ADA[:2], *(part for pair in given.items() for part in pair))
    assert (code, out) == (2, "")
    assert words in err


def test_sessions_that_ended_long_ago_are_forgotten_and_no_others(database: db.Database) -> None:
    now = SystemClock().real()
    with database.write() as tx:
        kept = {}
        for name, days in (("young", 0), ("over", 1), ("old", 3)):
            text, hash = sessions.begin(tx, random=name.encode() * 16, now=now - timedelta(days=days), slack="U1")
            kept[name] = (text, hash)
        sessions.end(tx, kept["over"][1], now - timedelta(hours=23))
    with database.write() as tx:
        assert sessions.sweep(tx, now) == 1
        found = {name: sessions.find(tx, text, session=timedelta(hours=8), now=now) for name, (text, _) in kept.items()}
    assert isinstance(found["young"], Session)
    assert found["over"] == Over()
    assert found["old"] is None
