"""What the page promises without a browser: no markup from text, no request elsewhere, no loose end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bot.playground

PAGE = Path(bot.playground.__file__).parent / "page"
FILES = sorted(path for path in PAGE.iterdir() if path.suffix in {".js", ".css", ".html"})
SCRIPTS = [path for path in FILES if path.suffix == ".js"]
INDEX = (PAGE / "index.html").read_text()

MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|DOMParser")
ELSEWHERE = re.compile(r"""(?:https?:)?//(?!www\.w3\.org/2000/svg)[a-z0-9-]{2,}\.[a-z]{2,}""")
IMPORT = re.compile(r"""^import \{([^}]+)\} from "\./([a-z]+\.js)";$""", re.MULTILINE)


def by_name(path: Path) -> str:
    """Name a test after its file."""
    return path.name


@pytest.mark.parametrize("path", SCRIPTS, ids=by_name)
def test_text_never_becomes_markup(path: Path) -> None:
    assert MARKUP.findall(path.read_text()) == []


@pytest.mark.parametrize("path", FILES, ids=by_name)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    assert ELSEWHERE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", FILES, ids=by_name)
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 250


@pytest.mark.parametrize("path", SCRIPTS, ids=by_name)
def test_every_import_is_exported_and_used(path: Path) -> None:
    text = path.read_text()
    assert text.count("\nimport ") + text.startswith("import ") == len(IMPORT.findall(text))
    for names, module in IMPORT.findall(text):
        offered = (PAGE / module).read_text()
        for name in (one.strip() for one in names.split(",")):
            assert re.search(rf"export (?:async )?(?:function|const) {name}\b", offered), f"{module}: {name}"
            assert len(re.findall(rf"(?<!\w){name}\b", text)) > 1, f"{name} is imported for nothing"


def test_every_file_of_the_index_exists_and_every_stylesheet_is_in_it() -> None:
    linked = set(re.findall(r'(?:href|src)="([a-z]+\.(?:css|js))"', INDEX))
    assert linked == {path.name for path in FILES if path.suffix == ".css"} | {"main.js"}


@pytest.mark.parametrize("path", SCRIPTS, ids=by_name)
def test_every_region_a_script_asks_for_stands_in_the_index(path: Path) -> None:
    for region in re.findall(r'(?:region|getElementById)\("([a-z]+)"\)', path.read_text()):
        assert f'id="{region}"' in INDEX
