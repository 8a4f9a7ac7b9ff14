"""Charts and maps as SVG: one picture for the page and for the PDF.

Each function takes plain facts and gives an `<svg>` string that needs no script, no style sheet and no
network: text takes the colour of the page (`currentColor`), so it works in light, dark and print. The
`title` is the text alternative: write the finding as a sentence, not the name of the chart.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils import formats, translation
from django.utils.safestring import SafeString

from common.drawing import FRAMES, INK, Spec, cached_svg

# The four principles: equality, diversity, interaction, participation, 4.5:1 on white, as in portal.css;
# groups are told apart in shape and label too, never by colour alone.
PALETTE = ("#1f5fb0", "#b4500f", "#0b7568", "#85357f")
SHAPES = ("circle", "square", "triangle-up", "diamond")

Extent = Literal["world", "europe"]


@dataclass(frozen=True)
class MapPoint:
    """A place on a map: degrees WGS84, the group that gives colour and shape, a label where it shall be named."""

    longitude: float
    latitude: float
    group: str = ""
    label: str = ""


def city_map(
    points: Sequence[MapPoint], extent: Extent, title: str, *, groups: Sequence[str] = (), language: str = "en"
) -> SafeString:
    """A map with one mark per point; `groups` (at most four) fixes colour, shape and order in the legend.

    Points outside the extent are left out: say in words how many there are elsewhere, with `is_shown`.
    """
    frame = FRAMES[extent]
    points = [point for point in points if is_shown(point, extent)]
    groups = list(groups or dict.fromkeys(point.group for point in points))
    _check_series(groups)
    projection = {
        **frame.projection,
        "translate": [frame.width / 2, frame.height / 2],
        "clipExtent": [[0, 0], [frame.width, frame.height]],
        "precision": 0.3,
    }
    values = [
        {"lon": point.longitude, "lat": point.latitude, "group": point.group, "label": point.label}
        for point in sorted(points, key=lambda point: (bool(point.label), -point.latitude, point.longitude))
    ]
    place = {
        "longitude": {"field": "lon", "type": "quantitative"},
        "latitude": {"field": "lat", "type": "quantitative"},
    }
    land = {
        "data": {"name": "outlines"},
        "mark": {
            "type": "geoshape",
            "fill": INK,
            "fillOpacity": 0.09,
            "stroke": INK,
            "strokeOpacity": 0.22,
            "strokeWidth": 0.6,
        },
    }
    marks = {
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "clip": True, "opacity": 1, "stroke": "#ffffff", "strokeWidth": 0.8},
        "encoding": {**place, **_by_group(groups), "size": _named(frame.point * 2.6, frame.point)},
    }
    names = {
        "data": {"values": [value for value in values if value["label"]]},
        "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 13, "fontWeight": "bold", "fill": INK},
        "encoding": {**place, "text": {"field": "label"}},
    }
    spec = {
        "width": frame.width,
        "height": frame.height,
        "projection": projection,
        "layer": [land, marks] + ([names] if names["data"]["values"] else []),  # type: ignore[index]
    }
    return cached_svg(spec, title, language=language, outlines=extent)


def is_shown(point: MapPoint, extent: Extent) -> bool:
    """Whether the map of this extent has the point."""
    west, south, east, north = FRAMES[extent].box
    return west <= point.longitude <= east and south <= point.latitude <= north


def bar_chart(
    rows: Sequence[tuple[str, float]],
    title: str,
    *,
    language: str = "en",
    decimals: int = 0,
    unit: str = "",
    highlight: str = "",
) -> SafeString:
    """Horizontal bars in the order given, each with its number; `highlight` is the label of one row to stress."""
    values = _values(rows, language, decimals, unit)
    longest = max((len(value["label"]) for value in values), default=0)
    colour: Spec = {"value": PALETTE[0]}
    if highlight:
        colour = {"condition": {"test": {"field": "name", "equal": highlight}, "value": PALETTE[1]}, **colour}
    bars = {"mark": {"type": "bar", "height": 20}, "encoding": {"color": colour}}
    numbers = {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 13, "fontWeight": "bold", "fill": INK},
        "encoding": {"text": {"field": "shown"}},
    }
    spec = {
        "width": 640 - min(longest, 34) * 7,
        "height": {"step": 46 if any("\n" in value["name"] for value in values) else 30},
        "data": {"values": values},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": None, "axis": _names_axis()},
            "x": {"field": "value", "type": "quantitative", "axis": None, "scale": _from_zero(values)},
        },
        "layer": [bars, numbers],
    }
    return cached_svg(spec, title, language=language)


def column_chart(
    rows: Sequence[tuple[str, float]],
    title: str,
    *,
    language: str = "en",
    decimals: int = 0,
    unit: str = "",
    highlight: str = "",
) -> SafeString:
    """Upright columns, for a few years or months in their order, each with its number above."""
    values = _values(rows, language, decimals, unit)
    colour: Spec = {"value": PALETTE[0]}
    if highlight:
        colour = {"condition": {"test": {"field": "name", "equal": highlight}, "value": PALETTE[1]}, **colour}
    columns = {"mark": {"type": "bar", "width": {"band": 0.64}}, "encoding": {"color": colour}}
    numbers = {
        "mark": {"type": "text", "dy": -9, "fontSize": 13, "fontWeight": "bold", "fill": INK},
        "encoding": {"text": {"field": "shown"}},
    }
    axis = {**_names_axis(), "labelAngle": 0, "labelPadding": 8, "domain": True}
    spec = {
        "width": 660,
        "height": 250,
        "data": {"values": values},
        "encoding": {
            "x": {"field": "name", "type": "ordinal", "sort": None, "axis": axis},
            "y": {"field": "value", "type": "quantitative", "axis": None, "scale": _from_zero(values)},
        },
        "layer": [columns, numbers],
    }
    return cached_svg(spec, title, language=language)


def stacked_bar_chart(
    rows: Sequence[tuple[str, Mapping[str, float]]], title: str, *, language: str = "en", decimals: int = 0
) -> SafeString:
    """Horizontal bars cut into up to four series, in the order of the first row; the number stands in each part."""
    series = list(rows[0][1]) if rows else []
    _check_series(series)
    _check_rows([label for label, _ in rows])
    total = max((sum(parts.values()) for _, parts in rows), default=0) or 1
    values: list[Spec] = []
    for label, parts in rows:
        start = 0.0
        for name in series:
            value = float(parts.get(name, 0))
            if not value:
                continue
            # A number is written where its part is wide enough, at least 4 % of the longest bar.
            shown = number(value, language, decimals) if value / total >= 0.04 else ""
            values.append(
                {
                    "name": _wrapped(label),
                    "group": name,
                    "start": start,
                    "end": start + value,
                    "middle": start + value / 2,
                    "shown": shown,
                }
            )
            start += value
    longest = max((len(label) for label, _ in rows), default=0)
    parts_layer = {
        "mark": {"type": "bar", "height": 22, "x2Offset": -1.5},
        "encoding": {
            "x": {"field": "start", "type": "quantitative", "axis": None, "scale": {"domain": [0, total]}},
            "x2": {"field": "end"},
            "color": _colour(series),
        },
    }
    numbers = {
        "mark": {"type": "text", "fontSize": 12, "fontWeight": "bold", "fill": "#ffffff"},
        "encoding": {"x": {"field": "middle", "type": "quantitative", "axis": None}, "text": {"field": "shown"}},
    }
    spec = {
        "width": 670 - min(longest, 34) * 7,
        "height": {"step": 46 if any("\n" in value["name"] for value in values) else 32},
        "data": {"values": values},
        "encoding": {"y": {"field": "name", "type": "nominal", "sort": None, "axis": _names_axis()}},
        "layer": [parts_layer, numbers],
    }
    return cached_svg(spec, title, language=language)


def line_chart(
    series: Mapping[str, Sequence[tuple[int, float]]],
    title: str,
    *,
    language: str = "en",
    decimals: int = 0,
    height: int = 260,
) -> SafeString:
    """Up to four lines over years, each named at its end with its last number. Years are drawn to scale."""
    _check_series(series)
    if not series or not all(series.values()):
        raise ValueError("Each line needs at least one year.")
    points: list[Spec] = [
        {"year": year, "value": float(value), "group": name} for name, rows in series.items() for year, value in rows
    ]
    years = sorted({point["year"] for point in points})
    top = max((point["value"] for point in points), default=0) * 1.08 or 1
    ends = _apart(
        {name: max(rows)[1] for name, rows in series.items()}, gap=18 * top / height
    )  # `max` of (year, value) is the last year
    labels: list[Spec] = [
        {
            "year": max(rows)[0],
            "value": ends[name],
            "group": name,
            "text": f"{name} {number(max(rows)[1], language, decimals)}".strip(),
        }
        for name, rows in series.items()
    ]
    tick = {**_names_axis(), "format": "d", "domain": True, "labelPadding": 8, "labelAngle": 0, "labelFlush": False}
    step = max(1, round(len(years) / 10))
    x = {
        "field": "year",
        "type": "quantitative",
        "scale": {"domain": [years[0], max(years[-1], years[0] + 1)], "nice": False},
        "axis": {**tick, "values": years[::-1][::step][::-1]},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, top], "nice": False},
        "axis": {
            **_names_axis(),
            "labelOpacity": 0.75,
            "labelFontSize": 12,
            "tickCount": 4,
            "grid": True,
            "gridColor": INK,
            "gridOpacity": 0.14,
            "format": f",.{decimals}f",
        },
    }
    colour = {**_colour(list(series)), "legend": None}
    widest = max(len(label["text"]) for label in labels)
    spec = {
        "width": 640 - min(widest, 30) * 7,
        "height": height,
        "layer": [
            {
                "data": {"values": points},
                "mark": {"type": "line", "strokeWidth": 2.5, "strokeJoin": "round", "strokeCap": "round"},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": points},
                "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour, "shape": {**_shape(list(series)), "legend": None}},
            },
            {
                "data": {"values": labels},
                "mark": {"type": "text", "align": "left", "dx": 10, "fontSize": 13, "fontWeight": "bold", "fill": INK},
                "encoding": {"x": x, "y": y, "text": {"field": "text"}},
            },
        ],
    }
    return cached_svg(spec, title, language=language)


def number(value: float, language: str, decimals: int = 0) -> str:
    """The number as the portal writes it in this language: 1,234.5 in English, 1 234,5 in French."""
    with translation.override(language):
        return str(formats.number_format(round(value, decimals), decimal_pos=decimals, force_grouping=True))


def _names_axis() -> Spec:
    return {"title": None, "domain": False, "ticks": False, "grid": False, "labelLimit": 0, "labelPadding": 10}


def _by_group(groups: Sequence[str]) -> Spec:
    if len(groups) < 2:
        return {"color": _named(PALETTE[1], PALETTE[0])}
    return {"color": _colour(groups), "shape": _shape(groups)}


def _named(yes: Any, no: Any) -> Spec:
    """One look for the points that have a label, another for the rest."""
    return {"condition": {"test": "datum.label !== ''", "value": yes}, "value": no}


def _colour(groups: Sequence[str]) -> Spec:
    scale = {"domain": list(groups), "range": list(PALETTE[: len(groups)])}
    return {"field": "group", "type": "nominal", "sort": None, "scale": scale}


def _shape(groups: Sequence[str]) -> Spec:
    scale = {"domain": list(groups), "range": list(SHAPES[: len(groups)])}
    return {"field": "group", "type": "nominal", "sort": None, "scale": scale}


def _values(rows: Sequence[tuple[str, float]], language: str, decimals: int, unit: str) -> list[Spec]:
    _check_rows([label for label, _ in rows])
    tail = f"\N{NO-BREAK SPACE}{unit}" if unit else ""
    return [
        {
            "name": _wrapped(label),
            "label": label,
            "value": float(value),
            "shown": number(value, language, decimals) + tail,
        }
        for label, value in rows
    ]


def _check_rows(labels: Sequence[str]) -> None:
    if not labels:
        raise ValueError("A chart needs at least one row; say in words that there is none.")
    if len(set(labels)) != len(labels):
        raise ValueError("Two rows of a chart have the same label.")


def _check_series(names: Iterable[str]) -> None:
    if len(list(names)) > len(PALETTE):
        raise ValueError(f"A chart tells at most {len(PALETTE)} groups apart; gather the small ones.")


def _wrapped(label: str, width: int = 34) -> str:
    return "\n".join(textwrap.wrap(str(label), width, break_long_words=False)) or str(label)


def _from_zero(values: Sequence[Spec]) -> Spec:
    """The whole width for the longest bar, less room for its number; zero is always on the axis."""
    top = max(value["value"] for value in values)
    low = min(0.0, min(value["value"] for value in values))
    return {"domain": [low, max(top, 0) * 1.1 or 1], "nice": False}


def _apart(ends: Mapping[str, float], gap: float) -> dict[str, float]:
    """The heights moved up as little as needed, so that labels at least `gap` apart can be read."""
    placed: dict[str, float] = {}
    floor = float("-inf")
    for name, value in sorted(ends.items(), key=lambda item: item[1]):
        placed[name] = floor = max(value, floor + gap)
    return placed
