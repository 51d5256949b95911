"""What strangers type stays text: no mention, no link, no format, no hidden mark, on any surface."""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from bot.blocks.kit import Drawing
from tests.bot.blocks.each import each
from tests.bot.blocks.limits import walk
from tests.bot.blocks.test_golden import CALM, HOSTILE, blocks_of

# Only our own may be written in Slack's angle brackets: people, the group, the channel and times of the gallery.
OURS = re.compile(
    r"<(@U0(DEV|SRE|LEAD|CTO|REL)|!subteam\^S0APPROVERS|#C0INC|!date\^\d+\^[^<>|]+\|[A-Za-z0-9 :]+"
    r"|https://acme\.slack\.example/p1\|Card"
    r"|https://changes\.example\.com/register(/\?since=[-0-9]{10}&amp;until=[-0-9]{10}#weeks)?\|register"
    r"|https://acme\.pagerduty\.example/incidents/PGR0VU2\|#4711"
    r"|https://github\.com/acme/payments/(commit|compare|pull|deployments)/[0-9a-f.]+\|[A-Za-z0-9 .#]+)>"
)
PAGES = {"https://acme.slack.example/p1", "https://acme.pagerduty.example/incidents/PGR0VU2"}
HIDDEN = {"Cc", "Cf", "Cs"}


def inputs(blocks: list[Any]) -> list[Any]:
    """The values that stand in fields already: typed text goes back as it came."""
    return [one["initial_value"] for one in walk(blocks) if "initial_value" in one]


def strings(part: object, *, but: tuple[str, ...] = ("initial_value",)) -> list[str]:
    """Every string of the tree that is shown."""
    if isinstance(part, str):
        return [part]
    if isinstance(part, Mapping):
        return [text for key, value in part.items() if key not in but for text in strings(value)]
    return [text for one in part for text in strings(one)] if isinstance(part, list | tuple) else []


@each(name=HOSTILE)
def test_nothing_typed_is_a_mention_or_a_link(name: str) -> None:
    shown = HOSTILE[name]
    blocks = blocks_of(shown)
    marked = [one["text"] for one in walk(blocks) if one.get("type") == "mrkdwn"]
    marked += [shown.text] if isinstance(shown, Drawing) else []
    for text in marked:
        assert "<" not in OURS.sub("", text)
        assert ">" not in OURS.sub("", text)
    for one in walk(blocks):
        if one.get("type") == "user":
            assert one["user_id"] in {"U0DEV", "U0SRE", "U0LEAD", "U0CTO", "U0REL"}
        if one.get("type") == "usergroup":
            assert one["usergroup_id"] == "S0APPROVERS"
        if one.get("type") == "link":
            assert one["url"] in PAGES or OURS.fullmatch(f"<{one['url']}|x>")
        assert one.get("type") not in ("broadcast", "emoji")


@each(name=HOSTILE)
def test_mrkdwn_links_nothing_by_itself(name: str) -> None:
    assert all(one["verbatim"] is True for one in walk(blocks_of(HOSTILE[name])) if one.get("type") == "mrkdwn")


@each(name=HOSTILE)
def test_nothing_typed_formats_a_line_of_ours(name: str) -> None:
    for one in walk(blocks_of(HOSTILE[name])):
        if one.get("type") == "mrkdwn":
            assert "`" not in one["text"]
            assert "~" not in one["text"]
            assert "*bold" not in one["text"]
            assert not re.search(r"(?<!\w)_it_", one["text"])


@each(name=HOSTILE)
def test_no_hidden_mark_reaches_a_screen(name: str) -> None:
    shown = HOSTILE[name]
    text = [shown.text] if isinstance(shown, Drawing) else []
    for line in [*strings(blocks_of(shown)), *text]:
        found = {char for char in line if unicodedata.category(char) in HIDDEN} - {"\n", "\u200d"}
        assert found == set()
        assert "\u200d" not in re.sub(r"[\U0001F000-\U0001FFFF\u2600-\u27ff\ufe0f]\u200d", "", line)


@each(name=[name for name in HOSTILE if name.startswith("modal_")])
def test_a_field_gives_back_what_was_typed_but_for_what_slack_refuses(name: str) -> None:
    for value in inputs(blocks_of(HOSTILE[name])):
        assert "\x00" not in value
        if value != "v811":
            assert "<!channel> <@U123>" in value or len(value) <= 300


@each(name=HOSTILE)
def test_hostile_text_changes_no_button(name: str) -> None:
    def offered(shown: Any) -> list[tuple[str, str]]:
        return [(one["action_id"], one["value"]) for one in walk(blocks_of(shown)) if one.get("type") == "button"]

    assert offered(HOSTILE[name]) == offered(CALM[name])


def test_the_worst_is_really_tried() -> None:
    drawn = json.dumps([list(blocks_of(shown)) for shown in HOSTILE.values()], ensure_ascii=False)
    drawn += "".join(shown.text for shown in HOSTILE.values() if isinstance(shown, Drawing))
    for sign in ("[U+202E]", "[U+0000]", "[U+200B]", "&lt;!channel&gt;", "<!channel>", "👩‍👩‍👧‍👦", "∗bold∗"):
        assert sign in drawn
