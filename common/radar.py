"""A radar chart as SVG: one line for each series over the same axes, 0 in the middle and 100 at the rim.

What was not measured is a gap in the line, never a zero. Text takes the colour of the page; on a narrow screen the style
sheet shows the numbers of the axes instead of their names (`radar__numbers`), which the table beside it explains.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from common.charts import PALETTE

WIDTH, RADIUS = 680, 172
MIDDLE_X = WIDTH / 2
LEGEND_LINE, MARGIN = 30, 62
RINGS = (25, 50, 75, 100)
FONT = 'font-family="Noto Sans, sans-serif"'
LOOKS = (  # colour, dashes, width, fill
    (PALETTE[0], "", 2.5, 0.13),
    (PALETTE[1], "7 4", 2, 0),
    (PALETTE[3], "2 4", 2, 0),
)


@dataclass(frozen=True)
class Series:
    """A name for the legend and a value from 0 to 100 for each axis; None where nothing was measured."""

    name: str
    values: Sequence[float | None]


def radar_chart(axes: Sequence[str], series: Sequence[Series], title: str, description: str = "") -> SafeString:
    """At least three axes, at most three series; the first is the one that the chart is about."""
    if len(axes) < 3:
        raise ValueError("A radar chart needs three axes; a table says less than three.")
    if not 0 < len(series) <= len(LOOKS) or any(len(each.values) != len(axes) for each in series):
        raise ValueError("Each series of a radar chart has a value or None for each axis; there are at most three.")
    if not title.strip():
        raise ValueError("A chart needs a title: the sentence that says what it shows.")
    top = LEGEND_LINE * len(series) + MARGIN
    return mark_safe("".join(_svg(axes, series, title, description, top)))  # every text is escaped


def _svg(axes, series, title, description, top) -> Iterator[str]:
    middle = top + RADIUS
    height = middle + RADIUS + MARGIN
    yield f'<svg xmlns="http://www.w3.org/2000/svg" class="chart radar" viewBox="0 0 {WIDTH} {height:g}" role="img" focusable="false">'
    yield f"<title>{escape(title)}</title>"
    if description:
        yield f"<desc>{escape(description)}</desc>"
    yield from _legend(series)
    yield from _web(axes, middle)
    for each, look in reversed(list(zip(series, LOOKS, strict=False))):
        yield from _line(each.values, look, middle)
    yield from _labels(axes, [value is None for value in series[0].values], middle)
    yield "</svg>"


def _point(index: int, count: int, value: float, middle: float) -> tuple[float, float]:
    angle = 2 * pi * index / count - pi / 2
    reach = RADIUS * value / 100
    return MIDDLE_X + reach * cos(angle), middle + reach * sin(angle)


def _path(points, closed: bool = False) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points) + ("Z" if closed else "")


def _legend(series) -> Iterator[str]:
    yield '<g class="radar__legend">'
    for row, (each, (colour, dashes, width, _fill)) in enumerate(zip(series, LOOKS, strict=False)):
        y = 16 + row * LEGEND_LINE
        yield f'<path d="M4,{y}h36" fill="none" stroke="{colour}" stroke-width="{width}"{_dashed(dashes)}/>'
        yield _mark(row, 22, y, colour)
        yield f'<text x="50" y="{y + 5}" {FONT} font-size="15" fill="currentColor">{escape(each.name)}</text>'
    yield "</g>"


def _mark(row: int, x: float, y: float, colour: str) -> str:
    """Circle, square, diamond: told apart without colour."""
    if row == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    if row == 1:
        return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" fill="{colour}"/>'
    return f'<path d="M{x:.1f},{y - 5:.1f}l5,5l-5,5l-5,-5Z" fill="{colour}"/>'


def _dashed(dashes: str) -> str:
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _web(axes, middle) -> Iterator[str]:
    count = len(axes)
    for ring in RINGS:
        rim = _path([_point(i, count, ring, middle) for i in range(count)], closed=True)
        strength = 0.35 if ring == 100 else 0.16
        yield f'<path d="{rim}" fill="none" stroke="currentColor" stroke-opacity="{strength}"/>'
    spokes = "".join(_path([(MIDDLE_X, middle), _point(i, count, 100, middle)]) for i in range(count))
    yield f'<path d="{spokes}" fill="none" stroke="currentColor" stroke-opacity="0.16"/>'
    for ring in RINGS:
        _x, y = _point(0, count, ring, middle)
        yield f'<text x="{MIDDLE_X + 5:g}" y="{y + 12:.1f}" {FONT} font-size="11" fill="currentColor" fill-opacity="0.8">{ring}</text>'


def _line(values, look, middle) -> Iterator[str]:
    colour, dashes, width, fill = look
    row, count = LOOKS.index(look), len(values)
    points = [None if value is None else _point(i, count, float(value), middle) for i, value in enumerate(values)]
    pairs = [(points[i], points[(i + 1) % count]) for i in range(count)]
    joined = [(a, b) for a, b in pairs if a and b]
    if fill and joined:
        complete = len(joined) == count
        area = (
            _path(points, closed=True)
            if complete
            else "".join(_path([(MIDDLE_X, middle), a, b], True) for a, b in joined)
        )
        yield f'<path d="{area}" fill="{colour}" fill-opacity="{fill}"/>'
    if joined:
        edges = _path(points, closed=True) if len(joined) == count else "".join(_path(pair) for pair in joined)
        yield f'<path d="{edges}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{_dashed(dashes)}/>'
    for point in filter(None, points):
        yield _mark(row, *point, colour)


def _labels(axes, is_missing, middle) -> Iterator[str]:
    count = len(axes)
    yield '<g class="radar__names">'
    for index, name in enumerate(axes):
        x, y = _point(index, count, 100 + 1600 / RADIUS, middle)
        side = (x - MIDDLE_X) / RADIUS
        anchor = "middle" if abs(side) < 0.25 else "start" if side > 0 else "end"
        lines = textwrap.wrap(f"{index + 1}. {name}", 22, break_long_words=False)
        down = (y - middle) / RADIUS
        first = y + 4 - 8 * (len(lines) - 1) * (1 - down if abs(down) < 0.9 else 0 if down > 0 else 2)
        faint = ' fill-opacity="0.65" font-style="italic"' if is_missing[index] else ""
        for row, line in enumerate(lines):
            yield (
                f'<text x="{x:.1f}" y="{first + 16 * row:.1f}" text-anchor="{anchor}" {FONT} font-size="13" '
                f'fill="currentColor"{faint}>{escape(line)}</text>'
            )
    yield '</g><g class="radar__numbers" display="none">'
    for index in range(count):
        x, y = _point(index, count, 100 + 2600 / RADIUS, middle)
        yield f'<text x="{x:.1f}" y="{y + 11:.1f}" text-anchor="middle" {FONT} font-size="30" fill="currentColor">{index + 1}</text>'
    yield "</g>"
