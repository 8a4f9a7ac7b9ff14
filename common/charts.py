"""Charts and maps as SVG: one picture for the page and for the PDF.

Each function takes plain facts and gives an `<svg>` string that needs no script, no style sheet and no
network: text takes the colour of the page (`currentColor`), so it works in light, dark and print. The
`title` is the text alternative: write the finding as a sentence, not the name of the chart.
"""

import hashlib
import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from xml.etree import ElementTree

import vl_convert
from django.conf import settings
from django.core.cache import cache as django_cache
from django.utils import formats, translation
from django.utils.safestring import SafeString, mark_safe

# The four principles: equality, diversity, interaction, participation. At least 3:1 on white and on #0f1724,
# told apart in shape and label too, never by colour alone.
PALETTE = ("#2f6bc4", "#c45a16", "#12857a", "#a4479c")
SHAPES = ("circle", "square", "triangle-up", "diamond")
INK = "currentColor"
FONT = "Noto Sans"
VEGA_LITE = "6.4"
VERSION = (
    1  # part of the cache key: raise it when the drawing changes for the same facts
)
KEEP = 60 * 60 * 24 * 30  # seconds a drawn chart stays in the cache
SVG = "http://www.w3.org/2000/svg"

Spec = dict[str, Any]
Extent = Literal["world", "europe"]


@dataclass(frozen=True)
class MapPoint:
    """A place on a map: degrees WGS84, the group that gives colour and shape, a label where it shall be named."""

    longitude: float
    latitude: float
    group: str = ""
    label: str = ""


@dataclass(frozen=True)
class Frame:
    """How an extent is drawn: size in pixels of the picture, outlines, projection, and the size of a point."""

    width: int
    height: int
    outlines: str
    projection: Mapping[str, Any]
    point: int
    left_out: frozenset[str] = frozenset()


FRAMES: dict[str, Frame] = {
    # Iceland to the Caucasus, the Arctic circle to Morocco and Israel: where nine of ten members are.
    "europe": Frame(
        680,
        560,
        "world_50m",
        {
            "type": "conicEqualArea",
            "rotate": [-9.2, 0],
            "parallels": [36, 64],
            "center": [0, 50.2],
            "scale": 800,
        },
        point=56,
    ),
    # Antarctica has no city.
    "world": Frame(
        680,
        330,
        "world_110m",
        {"type": "equalEarth", "rotate": [-15, 0], "center": [0, 11], "scale": 134},
        point=28,
        left_out=frozenset({"010"}),
    ),
}


def city_map(
    points: Sequence[MapPoint],
    extent: Extent,
    title: str,
    *,
    groups: Sequence[str] = (),
    language: str = "en",
) -> SafeString:
    """A map with one mark per point; `groups` (at most four) fixes colour, shape and order in the legend.

    Points outside the extent are left out silently: the caller says in words how many there are elsewhere.
    """
    frame = FRAMES[extent]
    groups = list(groups or dict.fromkeys(point.group for point in points))
    _check_series(groups)
    projection = {
        **frame.projection,
        "translate": [frame.width / 2, frame.height / 2],
        "clipExtent": [[0, 0], [frame.width, frame.height]],
        "precision": 0.3,
    }
    values = [
        {
            "lon": point.longitude,
            "lat": point.latitude,
            "group": point.group,
            "label": point.label,
        }
        for point in sorted(
            points,
            key=lambda point: (bool(point.label), -point.latitude, point.longitude),
        )
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
        "mark": {
            "type": "point",
            "filled": True,
            "clip": True,
            "opacity": 1,
            "stroke": "#ffffff",
            "strokeWidth": 0.8,
        },
        "encoding": {
            **place,
            **_by_group(groups),
            "size": _named(frame.point * 2.6, frame.point),
        },
    }
    names = {
        "data": {"values": [value for value in values if value["label"]]},
        "mark": {
            "type": "text",
            "align": "left",
            "dx": 9,
            "fontSize": 13,
            "fontWeight": "bold",
            "fill": INK,
        },
        "encoding": {**place, "text": {"field": "label"}},
    }
    spec = {
        "width": frame.width,
        "height": frame.height,
        "projection": projection,
        "layer": [land, marks] + ([names] if names["data"]["values"] else []),  # type: ignore[index]
    }
    return cached_svg(spec, title, language=language, outlines=extent)


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
        colour = {
            "condition": {
                "test": {"field": "name", "equal": highlight},
                "value": PALETTE[1],
            },
            **colour,
        }
    bars = {
        "mark": {"type": "bar", "height": 20},
        "encoding": {"color": colour},
    }
    numbers = {
        "mark": {
            "type": "text",
            "align": "left",
            "dx": 6,
            "fontSize": 13,
            "fontWeight": "bold",
            "fill": INK,
        },
        "encoding": {"text": {"field": "shown"}},
    }
    spec = {
        "width": 640 - min(longest, 34) * 7,
        "height": {
            "step": 46 if any("\n" in value["name"] for value in values) else 30
        },
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": None,
                "axis": _names_axis(),
            },
            "x": {
                "field": "value",
                "type": "quantitative",
                "axis": None,
                "scale": _from_zero(values),
            },
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
        colour = {
            "condition": {
                "test": {"field": "name", "equal": highlight},
                "value": PALETTE[1],
            },
            **colour,
        }
    columns = {
        "mark": {"type": "bar", "width": {"band": 0.64}},
        "encoding": {"color": colour},
    }
    numbers = {
        "mark": {
            "type": "text",
            "dy": -9,
            "fontSize": 13,
            "fontWeight": "bold",
            "fill": INK,
        },
        "encoding": {"text": {"field": "shown"}},
    }
    axis = {**_names_axis(), "labelAngle": 0, "labelPadding": 8, "domain": True}
    spec = {
        "width": 660,
        "height": 250,
        "data": {"values": values},
        "encoding": {
            "x": {"field": "name", "type": "ordinal", "sort": None, "axis": axis},
            "y": {
                "field": "value",
                "type": "quantitative",
                "axis": None,
                "scale": _from_zero(values),
            },
        },
        "layer": [columns, numbers],
    }
    return cached_svg(spec, title, language=language)


def stacked_bar_chart(
    rows: Sequence[tuple[str, Mapping[str, float]]],
    title: str,
    *,
    language: str = "en",
    decimals: int = 0,
) -> SafeString:
    """Horizontal bars cut into up to four series, in the order of the first row; the number stands in each part."""
    series = list(rows[0][1]) if rows else []
    _check_series(series)
    _check_rows([label for label, _ in rows])
    total = max((sum(parts.values()) for _, parts in rows), default=0) or 1
    values = []
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
            "x": {
                "field": "start",
                "type": "quantitative",
                "axis": None,
                "scale": {"domain": [0, total]},
            },
            "x2": {"field": "end"},
            "color": _colour(series),
        },
    }
    numbers = {
        "mark": {
            "type": "text",
            "fontSize": 12,
            "fontWeight": "bold",
            "fill": "#ffffff",
        },
        "encoding": {
            "x": {"field": "middle", "type": "quantitative", "axis": None},
            "text": {"field": "shown"},
        },
    }
    spec = {
        "width": 670 - min(longest, 34) * 7,
        "height": {
            "step": 46 if any("\n" in value["name"] for value in values) else 32
        },
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": None,
                "axis": _names_axis(),
            }
        },
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
    points = [
        {"year": year, "value": float(value), "group": name}
        for name, rows in series.items()
        for year, value in rows
    ]
    years = sorted({point["year"] for point in points})
    top = max((point["value"] for point in points), default=0) * 1.08 or 1
    ends = _apart(
        {name: max(rows)[1] for name, rows in series.items()}, gap=18 * top / height
    )  # `max` of (year, value) is the last year
    labels = [
        {
            "year": max(rows)[0],
            "value": ends[name],
            "group": name,
            "text": f"{name} {number(max(rows)[1], language, decimals)}".strip(),
        }
        for name, rows in series.items()
    ]
    tick = {
        **_names_axis(),
        "format": "d",
        "domain": True,
        "labelPadding": 8,
        "labelAngle": 0,
        "labelFlush": False,
    }
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
                "mark": {
                    "type": "line",
                    "strokeWidth": 2.5,
                    "strokeJoin": "round",
                    "strokeCap": "round",
                },
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": points},
                "mark": {"type": "point", "filled": True, "size": 46, "opacity": 1},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": colour,
                    "shape": {**_shape(list(series)), "legend": None},
                },
            },
            {
                "data": {"values": labels},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 10,
                    "fontSize": 13,
                    "fontWeight": "bold",
                    "fill": INK,
                },
                "encoding": {"x": x, "y": y, "text": {"field": "text"}},
            },
        ],
    }
    return cached_svg(spec, title, language=language)


def number(value: float, language: str, decimals: int = 0) -> str:
    """The number as the portal writes it in this language: 1,234.5 in English, 1 234,5 in French."""
    with translation.override(language):
        return str(
            formats.number_format(
                round(value, decimals), decimal_pos=decimals, force_grouping=True
            )
        )


def cached_svg(
    spec: Spec, title: str, *, language: str = "en", outlines: str = ""
) -> SafeString:
    """The drawn spec from the cache, or drawn now. The same spec gives the same bytes, in any process."""
    key = _key(spec, title, language, outlines)
    name = f"chart:{key}"
    svg = django_cache.get(name)
    if svg is None:
        svg = draw(spec, title, language=language, outlines=outlines)
        django_cache.set(name, svg, KEEP)
    return mark_safe(svg)  # noqa: S308 — written by `draw`, which escapes every text


def draw(spec: Spec, title: str, *, language: str = "en", outlines: str = "") -> str:
    """Vega-Lite to SVG without the cache; `outlines` names the frame whose land the spec draws as data "outlines"."""
    if not title.strip():
        raise ValueError("A chart needs a title: the sentence that says what it shows.")
    whole: Spec = {**spec, "background": None, "padding": 2, "config": _config()}
    if outlines:
        whole["layer"] = [
            {**layer, "data": _outlines(outlines)}
            if layer["data"] == {"name": "outlines"}
            else layer
            for layer in whole["layer"]
        ]
        whole["padding"] = 0
    svg = vl_convert.vegalite_to_svg(
        whole,
        vl_version=VEGA_LITE,
        allowed_base_urls=[],  # nothing is fetched
        format_locale="fr-FR" if language.startswith("fr") else "en-US",
    )
    return _clean(svg, title, prefix="c" + _key(spec, title, language, outlines)[:10])


def _key(spec: Spec, title: str, language: str, outlines: str) -> str:
    facts = json.dumps(
        [VERSION, VEGA_LITE, spec, str(title), language, outlines],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(facts.encode()).hexdigest()


def _config() -> Spec:
    return {
        "font": FONT,
        "lineBreak": "\n",
        "view": {"stroke": None},
        "axis": {
            "labelColor": INK,
            "labelFontSize": 13,
            "domainColor": INK,
            "domainOpacity": 0.4,
        },
        "legend": {
            "orient": "top",
            "title": None,
            "labelColor": INK,
            "labelFontSize": 13,
            "labelLimit": 0,
            "symbolSize": 110,
            "columnPadding": 18,
            "padding": 0,
            "offset": 12,
        },
    }


def _names_axis() -> Spec:
    return {
        "title": None,
        "domain": False,
        "ticks": False,
        "grid": False,
        "labelLimit": 0,
        "labelPadding": 10,
    }


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


def _values(
    rows: Sequence[tuple[str, float]], language: str, decimals: int, unit: str
) -> list[Spec]:
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
        raise ValueError(
            "A chart needs at least one row; say in words that there is none."
        )
    if len(set(labels)) != len(labels):
        raise ValueError("Two rows of a chart have the same label.")


def _check_series(names: Iterable[str]) -> None:
    if len(list(names)) > len(PALETTE):
        raise ValueError(
            f"A chart tells at most {len(PALETTE)} groups apart; gather the small ones."
        )


def _wrapped(label: str, width: int = 34) -> str:
    return "\n".join(textwrap.wrap(str(label), width, break_long_words=False)) or str(
        label
    )


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


@cache
def _topology(name: str) -> Spec:
    return json.loads((settings.BASE_DIR / "data" / f"{name}.topo.json").read_bytes())


def _outlines(extent: str) -> Spec:
    """Natural Earth countries (public domain) as inline data."""
    frame = FRAMES[extent]
    topology = _topology(frame.outlines)
    countries = [
        shape
        for shape in topology["objects"]["countries"]["geometries"]
        if shape.get("id") not in frame.left_out
    ]
    shapes = {"countries": {"type": "GeometryCollection", "geometries": countries}}
    return {
        "values": {**topology, "objects": shapes},
        "format": {"type": "topojson", "feature": "countries"},
    }


# From the renderer's SVG to ours -------------------------------------------------------------------

_NUMBER = re.compile(r"-?\d*\.\d+(?:e-?\d+)?")
_OUTLINE = re.compile(
    r"(M[^MLHVAChvlacZ]+(L[^MLHVAChvlacZ]+){2,}Z)+"
)  # what only land has: polygons of many points
_DROPPED = {
    "class",
    "role",
    "version",
    "pointer-events",
    "aria-hidden",
    "aria-label",
    "aria-roledescription",
}


def _clean(svg: str, title: str, prefix: str) -> str:
    """Title first, ids of our own, no size but the viewBox, no style attribute, nothing invisible, short numbers."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg)
    ids: dict[str, str] = {}
    for element in root.iter():
        if "id" in element.attrib:
            ids[element.attrib["id"]] = element.attrib["id"] = f"{prefix}-{len(ids)}"
    for element in root.iter():
        for name in _DROPPED & element.attrib.keys():
            del element.attrib[name]
        _style_to_attributes(element)
        for name, value in element.attrib.items():
            if name == "d" and _OUTLINE.fullmatch(value):
                element.attrib[name] = _thinned(value)
            elif name in ("d", "transform"):
                element.attrib[name] = _NUMBER.sub(_short, value)
            elif value.startswith("url(#"):
                element.attrib[name] = f"url(#{ids[value[5:-1]]})"
        for name, plain in (
            ("opacity", "1"),
            ("transform", "translate(0,0)"),
            ("fill-opacity", "1"),
        ):
            if element.get(name) == plain:
                del element.attrib[name]
    _prune(root)
    del root.attrib["width"], root.attrib["height"]
    root.attrib.update(
        {
            "class": "chart",
            "role": "img",
            "focusable": "false",
            "preserveAspectRatio": "xMinYMin",
        }
    )
    heading = ElementTree.Element(f"{{{SVG}}}title")
    heading.text = str(title)
    root.insert(0, heading)
    return ElementTree.tostring(root, encoding="unicode")


def _thinned(outline: str) -> str:
    """Land in steps of about a pixel, from point to point: a third of the length, the same picture."""
    rings = []
    for ring in outline.strip("MZ").split("ZM"):
        points = [
            (float(x), float(y))
            for x, y in (point.split(",") for point in ring.split("L"))
        ]
        xs, ys = zip(*points, strict=True)
        if max(xs) - min(xs) < 1.2 and max(ys) - min(ys) < 1.2:
            continue  # an islet smaller than a pixel
        last = start = tuple(round(value * 10) for value in points[0])
        steps = []
        for x, y in points[1:]:
            step = (
                round(x * 10) - last[0],
                round(y * 10) - last[1],
            )  # tenths of a pixel, so nothing adds up
            if abs(step[0]) + abs(step[1]) >= 9:
                steps.append(step)
                last = last[0] + step[0], last[1] + step[1]
        rings.append(
            f"M{_tenths(start[0])},{_tenths(start[1])}l"
            + " ".join(f"{_tenths(x)},{_tenths(y)}" for x, y in steps)
            + "Z"
        )
    return "".join(rings)


def _tenths(value: int) -> str:
    return f"{value / 10:g}"


def _short(match: re.Match[str]) -> str:
    """One decimal: a tenth of a pixel is finer than print."""
    text = f"{float(match.group()):.1f}"
    return (
        text.removesuffix(".0").replace("-0", "0")
        if text in ("-0.0", "0.0")
        else text.removesuffix(".0")
    )


def _style_to_attributes(element: ElementTree.Element) -> None:
    for declaration in filter(
        None, (part.strip() for part in element.attrib.pop("style", "").split(";"))
    ):
        name, _, value = declaration.partition(":")
        element.attrib.setdefault(name.strip(), value.strip())


def _prune(element: ElementTree.Element) -> None:
    """Remove what draws nothing, join neighbouring paths of one look (the countries), unwrap bare groups."""
    for child in list(element):
        if not child.tag.endswith("}defs"):
            _prune(child)
    kept: list[ElementTree.Element] = []
    for child in element:
        kind = child.tag.rpartition("}")[2]
        if kind == "path" and (
            not child.get("d")
            or child.get("display") == "none"
            or len(child.attrib) == 1
        ):
            continue
        if kind == "g" and len(child) == 0:
            continue
        if kind == "g" and not child.attrib:
            kept.extend(child)
            continue
        if (
            kind == "path"
            and kept
            and "transform" not in child.attrib
            and _look(kept[-1]) == _look(child)
        ):
            kept[-1].attrib["d"] += child.attrib["d"]
            continue
        kept.append(child)
    element[:] = kept


def _look(path: ElementTree.Element) -> tuple[str, list[tuple[str, str]]]:
    return path.tag, sorted(
        (name, value) for name, value in path.attrib.items() if name != "d"
    )
