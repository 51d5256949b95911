"""What strangers typed, made harmless: hidden marks shown, length cut between graphemes, nothing left to interpret."""

import regex

_GRAPHEME = regex.compile(r"\X")
_BREAKS = regex.compile(r"\r\n|[\r\u0085\u2028\u2029\v\f]")
# Every control and format character but a joiner between two pictures, and marks that draw nothing though Unicode
# does not call them format characters.
_HIDDEN = regex.compile(
    r"(?!(?<=\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)\u200d\p{Extended_Pictographic})"
    r"(?!\n)[\p{C}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800]"
)
_ELLIPSIS = "…"
# Marks of Slack's mrkdwn, and what is drawn in their place when a foreign word stands in a line of ours.
_LOOKALIKES = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
_LOOSE_UNDERSCORE = regex.compile(r"(?<![^\W_])_|_(?![^\W_])")


def size(text: str) -> int:
    """The length as Slack counts it at worst: UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shown(text: str) -> str:
    """`text` with every mark that hides or reorders made visible as `[U+202E]`.

    Line breaks become one kind; tabs become a space. A zero-width joiner stays inside an emoji, where it belongs.
    """
    plain = _BREAKS.sub("\n", text).replace("\t", " ")
    return _HIDDEN.sub(lambda mark: f"[U+{ord(mark[0]):04X}]", plain)


def clip(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units of `text`, cut between graphemes, with `…` when something is missing."""
    if size(text) <= limit:
        return text
    head, room = text[: limit + 1], limit - 1
    if head.isascii() and "\r" not in head:  # each character is a grapheme
        return head[: max(room, 0)].rstrip() + _ELLIPSIS
    kept: list[str] = []
    for cluster in _GRAPHEME.findall(head):
        if size(cluster) > room:
            # A tower of combining marks is one grapheme without end: its beginning is better than nothing.
            kept.append("" if kept or room < 2 else _narrow(cluster, room))
            break
        kept.append(cluster)
        room -= size(cluster)
    return "".join(kept).rstrip() + _ELLIPSIS


def _narrow(cluster: str, room: int) -> str:
    kept = ""
    for char in cluster:
        room -= size(char)
        if room < 0:
            break
        kept += char
    return kept


def typed(text: str, limit: int) -> str:
    """Typed text for a place that interprets nothing: marks shown, outer space gone, at most `limit` units."""
    return clip(shown(text[: 8 * limit].strip()), limit)


def one_line(text: str, limit: int) -> str:
    """Like `typed`, in one line."""
    return clip(" ".join(shown(text[: 8 * limit]).split()), limit)


def escape(text: str) -> str:
    """Slack's three characters, so that no mention, link or date can be written."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tame(text: str) -> str:
    """A foreign word inside a mrkdwn line of ours: escaped, and its `*`, `_`, `~` and backticks mean nothing."""
    return escape(_LOOSE_UNDERSCORE.sub("ˍ", text.translate(_LOOKALIKES)))


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in shown(text).split("\n") if line.strip()), "")


def rest(text: str) -> str:
    """What follows the first line that says something."""
    lines = shown(text).strip().split("\n")
    return "\n".join(lines[1:]).strip()
