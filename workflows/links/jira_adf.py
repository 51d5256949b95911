"""Plain text → a document as Jira Cloud takes one (Atlassian Document Format), and back. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

MOST = 32_000
"""Characters of text a document may have here; Jira takes 32 767 of a comment or description."""

_LINK = re.compile(r"https://[^\s<>\"]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufffe\uffff]|[\ud800-\udfff]")
_BLOCKS = frozenset({
    "paragraph", "heading", "blockquote", "codeBlock", "bulletList", "orderedList", "listItem", "panel", "rule",
    "table", "tableRow", "tableCell", "tableHeader", "taskList", "taskItem", "expand", "nestedExpand", "mediaSingle",
})  # fmt: skip
_ATTRIBUTE = {"mention": "text", "emoji": "text", "inlineCard": "url", "blockCard": "url", "status": "text"}


def document(text: str) -> dict[str, Any]:
    """A document of `text`: paragraphs between blank lines, breaks at line ends, bare https addresses as links.

    Nothing else in it means anything: no mention, no markup. What Jira takes in no document is left out.
    """
    clean = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\t", " "))[:MOST].strip()
    parts = [part for part in re.split(r"\n\s*\n", clean) if part.strip()]
    paragraphs = [{"type": "paragraph", "content": list(_lines(part))} for part in parts]
    return {"type": "doc", "version": 1, "content": paragraphs or [{"type": "paragraph", "content": []}]}


def _lines(part: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(part.split("\n")):
        if number:
            yield {"type": "hardBreak"}
        yield from _inline(line.strip())


def _inline(line: str) -> Iterator[dict[str, Any]]:
    at = 0
    for found in _LINK.finditer(line):
        address = found[0].rstrip(".,;:!?)]}'")
        yield from _text(line[at : found.start()])
        yield {"type": "text", "text": address, "marks": [{"type": "link", "attrs": {"href": address}}]}
        at = found.start() + len(address)
    yield from _text(line[at:])


def _text(text: str) -> Iterator[dict[str, Any]]:
    if text:
        yield {"type": "text", "text": text}


def plain(found: Any) -> str:
    """The text of a document, whoever wrote it: blocks with a blank line between them, breaks as line ends."""
    if not isinstance(found, Mapping):
        return found if isinstance(found, str) else ""
    return re.sub(r"\n{3,}", "\n\n", "".join(_walk(found))).strip()


def _walk(node: Mapping[str, Any]) -> Iterator[str]:
    kind = node.get("type")
    if kind == "text":
        yield str(node.get("text", ""))
        return
    if kind == "hardBreak":
        yield "\n"
        return
    if kind in _ATTRIBUTE:
        attributes = node.get("attrs")
        yield str(attributes.get(_ATTRIBUTE[kind], "")) if isinstance(attributes, Mapping) else ""
        return
    content = node.get("content")
    for one in content if isinstance(content, list) else ():
        if isinstance(one, Mapping):
            yield from _walk(one)
    if kind in _BLOCKS:
        yield "\n\n"
