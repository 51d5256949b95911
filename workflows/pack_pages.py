"""The pages of a pack, as HTML that opens from disk and needs nothing else: no script, no address. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from workflows.pack_book import Book, Told

TEMPLATES = Path(__file__).with_name("pack_templates")


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it was seen before the event `seq`; `text`: the notification that came with it."""

    seq: int
    at: datetime
    kind: str
    by: str
    html: Markup
    text: str


def cards(key: str, some: Sequence[Card]) -> str:
    """The page with the cards of one change."""
    return _page("card.html").render(key=key, cards=some)


def index(book: Book, told: Told, pack: Mapping[str, Any], files: Sequence[str]) -> str:
    """The page to begin with."""
    return _page("index.html").render(pack=pack, told=told, files=files)


@cache
def _page(name: str) -> jinja2.Template:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return made.get_template(name)
