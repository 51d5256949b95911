"""Slack's blocks as plain HTML that does nothing: for a pack, which is read without Slack. Pure."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markupsafe import Markup

_TOKEN = re.compile(r"<([^<>]*)>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def html(blocks: Sequence[Mapping[str, Any]]) -> Markup:
    """The blocks one below the other; buttons are words, mentions are names, nothing can be pressed."""
    return Markup("".join(_block(one) for one in blocks))


def _block(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f"<h3>{_text(block['text'])}</h3>"
        case "section":
            fields = "".join(f"<div>{_text(one)}</div>" for one in block.get("fields", ()))
            text = f"<p>{_text(block['text'])}</p>" if "text" in block else ""
            return text + (f'<div class="fields">{fields}</div>' if fields else "")
        case "context":
            return "".join(f'<p class="small">{_text(one)}</p>' for one in block["elements"])
        case "rich_text":
            return "".join(_paragraph(one) for one in block["elements"])
        case "actions":
            shown = "".join(f"<span>{_text(one['text'])}</span>" for one in block["elements"] if "text" in one)
            return f'<p class="buttons">{shown}</p>'
        case "divider":
            return "<hr>"
    return f"<p>[{escape(str(block['type']))}]</p>"


def _paragraph(section: Mapping[str, Any]) -> str:
    return f"<p>{''.join(_element(one) for one in section.get('elements', ()))}</p>"


def _element(one: Mapping[str, Any]) -> str:
    match one["type"]:
        case "text":
            text = _breaks(escape(one["text"]))
            return f"<b>{text}</b>" if (one.get("style") or {}).get("bold") else text
        case "link":
            return _link(one["url"], one.get("text") or one["url"])
        case "date":
            return escape(one["fallback"])
        case "user" | "usergroup" | "channel":
            return escape(str(one.get("user_id") or one.get("usergroup_id") or one.get("channel_id")))
    return ""


def _text(text: Mapping[str, Any]) -> str:
    if text["type"] == "plain_text":
        return _breaks(escape(text["text"]))
    made, last = list[str](), 0
    for token in _TOKEN.finditer(text["text"]):
        made += [_plain(text["text"][last : token.start()]), _token(token[1])]
        last = token.end()
    made.append(_plain(text["text"][last:]))
    return _breaks(_BOLD.sub(r"<b>\1</b>", "".join(made)))


def _plain(text: str) -> str:
    return escape(_unescaped(text))


def _token(token: str) -> str:
    target, _, label = token.partition("|")
    if target.startswith(("http://", "https://")):
        return _link(_unescaped(target), _unescaped(label or target))
    return _plain(label or target.lstrip("@#!"))


def _unescaped(text: str) -> str:
    for entity, char in _ENTITIES:
        text = text.replace(entity, char)
    return text


def _link(url: str, text: str) -> str:
    if not url.startswith("https://"):
        return escape(text)
    return f'<a href="{escape(url.replace("*", "%2A"))}" rel="noreferrer">{escape(text)}</a>'


def _breaks(text: str) -> str:
    return text.replace("\n", "<br>")
