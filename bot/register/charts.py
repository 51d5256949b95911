"""Charts drawn on the server as SVG, each with the table of its numbers. Pure.

Nothing is told by colour alone: every series has a pattern and its name, every column its number, and the table says
the same again. Colours are classes of the style sheet, so that they follow light, dark and paper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 230
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 22, 54
MOST_LABELS, LETTER = 14, 10  # columns with labels; how wide a letter is on a narrow screen, which may show every other


@dataclass(frozen=True, slots=True)
class Series:
    """`style`: plain, dense or hatched, by which it is told from the others; a number for each label."""

    name: str
    style: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`svg` may go into a page as it is. `rows`: the cells of the table, the first of each its heading."""

    id: str
    title: str
    said: str
    svg: Markup
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def columns(
    id: str,
    title: str,
    said: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    first: str,
    line: float | None = None,
    extra: Mapping[str, Sequence[str]] | None = None,
) -> Chart:
    """A chart of columns, the series on top of each other, the first at the bottom.

    `said`: in a sentence what it shows. `first`: the heading over the labels. `line`: at which share of each column a
    mark stands. `extra`: further columns of the table alone, by heading.
    """
    more = extra or {}
    rows = tuple(
        (label, *(f"{one.values[n]:d}" for one in series), *(cells[n] for cells in more.values()))
        for n, label in enumerate(labels)
    )
    head = (first, *(one.name for one in series), *more)
    return Chart(id, title, said, _svg(id, title, said, labels, series, line), head, rows)


def _svg(id: str, title: str, said: str, labels: Sequence[str], series: Sequence[Series], line: float | None) -> Markup:
    sums = [sum(one.values[n] for one in series) for n in range(len(labels))]
    top = _round(max(sums, default=0))
    parts = [
        Markup('<svg class="chart" role="img" viewBox="0 0 {} {}" aria-labelledby="{}-t {}-d">').format(
            WIDTH, HEIGHT, id, id
        ),
        Markup('<title id="{}-t">{}</title><desc id="{}-d">{}</desc>').format(id, title, id, said),
        _patterns(id),
        _grid(top),
    ]
    wide = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    every, longest = -(-len(labels) // MOST_LABELS) or 1, max(map(len, labels), default=0)
    for n, label in enumerate(labels):
        x, bar = LEFT + n * wide + wide * 0.15, wide * 0.7
        parts.append(_column(id, x, bar, [(one, one.values[n]) for one in series], top, f"{label}: {sums[n]}"))
        if line is not None and sums[n]:
            parts.append(_mark(x, bar, _y(sums[n] * line, top)))
        if sums[n] and wide > 18:
            parts.append(_text(x + bar / 2, _y(sums[n], top) - 4, str(sums[n])))
        if n % every == 0:
            more = longest * LETTER > wide * every and n // every % 2
            parts.append(_text(x + bar / 2, HEIGHT - BOTTOM + 17, label, style="odd" if more else ""))
    parts.append(_legend(id, series, line))
    return Markup("").join([*parts, Markup("</svg>")])


def _column(id: str, x: float, wide: float, stack: Sequence[tuple[Series, int]], top: int, told: str) -> Markup:
    parts, under = [Markup("<g><title>{}</title>").format(told)], 0
    for one, value in stack:
        if value:
            y, bottom = _y(under + value, top), _y(under, top)
            parts.append(_box(id, one.style, x, y, wide, bottom - y))
            under += value
    return Markup("").join([*parts, Markup("</g>")])


def _box(id: str, style: str, x: float, y: float, wide: float, high: float) -> Markup:
    fill = Markup(' fill="url(#{}-{})"').format(id, style) if style == "hatched" else Markup("")
    shape = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"{}/>')
    return shape.format(style, x, y, wide, high, fill)


def _patterns(id: str) -> Markup:
    return Markup(
        '<defs><pattern id="{}-hatched" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect class="under" width="6" height="6"/>'
        '<rect class="stripe" width="3" height="6"/></pattern></defs>'
    ).format(id)


def _grid(top: int) -> Markup:
    lines = []
    for n in sorted({0, top // 2, top}):
        y = _y(n, top)
        rule = Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
        lines.append(rule.format(LEFT, WIDTH - RIGHT, y, y))
        lines.append(_text(LEFT - 6, y + 4, str(n), "end"))
    return Markup("").join(lines)


def _mark(x: float, wide: float, y: float) -> Markup:
    rule = Markup('<line class="mark" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>')
    return rule.format(x - 3, x + wide + 3, y, y)


def _text(x: float, y: float, words: str, anchor: str = "middle", style: str = "") -> Markup:
    named = Markup(' class="{}"').format(style) if style else ""
    shape = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}>{}</text>')
    return shape.format(x, y, anchor, named, escape(words))


def _legend(id: str, series: Sequence[Series], line: float | None) -> Markup:
    x, parts = float(LEFT), []
    for one in series:
        parts += [_box(id, one.style, x, HEIGHT - 14, 12, 12), _text(x + 17, HEIGHT - 4, one.name, "start")]
        x += 34 + 11 * len(one.name)  # as wide as the letters of a narrow screen
    if line is not None:
        words = f"{line * 100:g} % of the column"
        parts += [_mark(x, 14, HEIGHT - 8), _text(x + 23, HEIGHT - 4, words, "start")]
    return Markup("").join(parts)


def _y(value: float, top: int) -> float:
    room = HEIGHT - TOP - BOTTOM
    return TOP + room * (1 - value / top)


def _round(most: int) -> int:
    """An even end of the scale, at least 2."""
    step = 1
    while True:
        for factor in (2, 4, 10):
            if most <= factor * step:
                return factor * step
        step *= 10
