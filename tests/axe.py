"""What axe-core finds wrong with a page that is open in the browser: WCAG 2.2 A and AA, and what is good practice."""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK = """async (tags) => {
  const found = await axe.run({ runOnly: tags, resultTypes: ['violations'] });
  const why = (node) => node.failureSummary.split('\\n')[1].trim();
  return found.violations.flatMap((one) => one.nodes.map((at) => `${one.impact} ${one.id}: ${at.target}: ${why(at)}`));
}"""


def faults(page: "Page") -> list[str]:
    """What it finds, one line for each element: how grave, which rule, where, why. It is loaded once into each page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_program())
    found: list[str] = page.evaluate(ASK, TAGS)
    return found


@cache
def _program() -> str:
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
