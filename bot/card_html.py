"""Slack's blocks as plain HTML that does nothing: for a pack, which is read without Slack. Pure."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markupsafe import Markup

Names = Mapping[str, str]
_TOKEN = re.compile(r"<([^<>]*)>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_MENTION = re.compile(r"[@#]([UWCG][A-Z0-9]+)|!subteam\^([A-Z0-9]+)")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def html(blocks: Sequence[Mapping[str, Any]], names: Names) -> Markup:
    """The blocks one below the other; buttons are words, mentions are `names` by Slack id, nothing can be pressed."""
    return Markup("".join(_block(one, names) for one in blocks))


def _block(block: Mapping[str, Any], names: Names) -> str:
    match block["type"]:
        case "header":
            return f"<h3>{_text(block['text'], names)}</h3>"
        case "section":
            fields = "".join(f"<div>{_text(one, names)}</div>" for one in block.get("fields", ()))
            text = f"<p>{_text(block['text'], names)}</p>" if "text" in block else ""
            return text + (f'<div class="fields">{fields}</div>' if fields else "")
        case "context":
            return "".join(f'<p class="small">{_text(one, names)}</p>' for one in block["elements"])
        case "rich_text":
            parts = ("".join(_element(one, names) for one in part.get("elements", ())) for part in block["elements"])
            return "".join(f"<p>{part}</p>" for part in parts)
        case "actions":
            shown = "".join(f"<span>{_text(one['text'], names)}</span>" for one in block["elements"] if "text" in one)
            return f'<p class="buttons">{shown}</p>'
        case "divider":
            return "<hr>"
    return f"<p>[{escape(str(block['type']))}]</p>"


def _element(one: Mapping[str, Any], names: Names) -> str:
    match one["type"]:
        case "text":
            text = _breaks(escape(one["text"]))
            return f"<b>{text}</b>" if (one.get("style") or {}).get("bold") else text
        case "link":
            return _link(one["url"], one.get("text") or one["url"])
        case "date":
            return escape(one["fallback"])
        case "user" | "usergroup" | "channel":
            return _name(str(one.get("user_id") or one.get("usergroup_id") or one.get("channel_id")), names)
    return ""


def _text(text: Mapping[str, Any], names: Names) -> str:
    if text["type"] == "plain_text":
        return _breaks(escape(text["text"]))
    made, last = list[str](), 0
    for token in _TOKEN.finditer(text["text"]):
        made += [escape(unescaped(text["text"][last : token.start()])), _token(token[1], names)]
        last = token.end()
    made.append(escape(unescaped(text["text"][last:])))
    return _breaks(_BOLD.sub(r"<b>\1</b>", "".join(made)))


def _token(token: str, names: Names) -> str:
    target, _, label = token.partition("|")
    if target.startswith(("http://", "https://")):
        return _link(unescaped(target), unescaped(label or target))
    mention = _MENTION.fullmatch(target)
    return _name(mention[1] or mention[2], names) if mention else escape(unescaped(label or target))


def _name(slack: str, names: Names) -> str:
    return escape(f"@{names[slack]}" if slack in names else slack)


def unescaped(text: str) -> str:
    """The words of a text in which Slack wants three characters escaped."""
    for entity, char in _ENTITIES:
        text = text.replace(entity, char)
    return text


def _link(url: str, text: str) -> str:
    if not url.startswith("https://"):
        return escape(text)
    return f'<a href="{escape(url.replace("*", "%2A"))}" rel="noreferrer">{escape(text)}</a>'


def _breaks(text: str) -> str:
    return text.replace("\n", "<br>")
