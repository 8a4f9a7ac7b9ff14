"""From a Vega-Lite spec to an SVG of ours: drawn offline, cleaned, the same bytes each time, cached.

The charts themselves are in `charts.py`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from django.core.cache import cache as django_cache
from django.utils.safestring import SafeString, mark_safe

from common import vega
from common.outlines import WORLD, Window, countries

INK = "currentColor"
FONT = "Noto Sans"
VERSION = 1  # part of the cache key: raise it when the drawing changes for the same facts
KEEP = 60 * 60 * 24 * 30  # seconds a drawn chart stays in the cache
SVG = "http://www.w3.org/2000/svg"

Spec = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """How an extent is drawn: size in pixels of the picture, outlines, projection, the size of a point."""

    width: int
    height: int
    outlines: str
    projection: Mapping[str, Any]
    point: int
    box: tuple[float, float, float, float]  # west, south, east, north in degrees: the points that are drawn
    window: Window = WORLD  # beyond the box, as far as the picture shows land
    left_out: frozenset[str] = frozenset()


FRAMES: dict[str, Frame] = {
    # Iceland to the Caucasus, the Arctic circle to Morocco and Israel: where nine of ten members are.
    "europe": Frame(
        680,
        560,
        "world_50m",
        {"type": "conicEqualArea", "rotate": [-9.2, 0], "parallels": [36, 64], "center": [0, 50.2], "scale": 800},
        point=56,
        box=(-25, 27, 45, 71),
        window=(-70, 10, 100, 90),
    ),
    # Antarctica has no city.
    "world": Frame(
        680,
        330,
        "world_110m",
        {"type": "equalEarth", "rotate": [-15, 0], "center": [0, 11], "scale": 134},
        point=28,
        box=(-180, -60, 180, 84),
        left_out=frozenset({"010"}),
    ),
}


def cached_svg(
    spec: Spec, title: str, *, language: str = "en", outlines: str = "", window: Window | None = None
) -> SafeString:
    """The drawn spec from the cache, or drawn now. The same spec gives the same bytes, in any process.

    `outlines` names the frame whose land the spec draws as data "outlines"; `window` is what of it is seen, if not all.
    """
    key = _key(spec, title, language, outlines)
    name = f"chart:{key}"
    svg = django_cache.get(name)
    if svg is None:
        svg = draw(spec, title, language=language, outlines=outlines, window=window)
        django_cache.set(name, svg, KEEP)
    return mark_safe(svg)  # `draw` escapes every text


def draw(spec: Spec, title: str, *, language: str = "en", outlines: str = "", window: Window | None = None) -> str:
    """Vega-Lite to SVG, anew but for the lines of a map."""
    if not title.strip():
        raise ValueError("A chart needs a title: the sentence that says what it shows.")
    whole: Spec = {**spec, "background": None, "padding": 2, "config": _config()}
    if outlines:
        svg = _map(spec, whole, outlines, window)
    else:
        svg = vega.svg(whole, language)
    return _clean(svg, title, prefix="c" + _key(spec, title, language, outlines)[:10])


def _map(spec: Spec, whole: Spec, outlines: str, window: Window | None) -> str:
    """A map before it has a title, from the cache or drawn now: as it formats no number, one serves both languages."""
    name = f"map:{_key(spec, '', '', outlines)}"
    svg = django_cache.get(name)
    if svg is None:
        frame = FRAMES[outlines]
        topology = countries(frame.outlines, window or frame.window, frame.left_out)
        data = {"values": topology, "format": {"type": "topojson", "feature": "countries"}}
        layers = [
            {**layer, "data": data} if layer["data"] == {"name": "outlines"} else layer for layer in spec["layer"]
        ]
        svg = vega.svg({**whole, "layer": layers, "padding": 0}, "en")
        django_cache.set(name, svg, KEEP)
    return svg


def _key(spec: Spec, title: str, language: str, outlines: str) -> str:
    facts = json.dumps(
        [VERSION, vega.VEGA_LITE, spec, str(title), language, outlines], sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(facts.encode()).hexdigest()


def _config() -> Spec:
    return {
        "font": FONT,
        "lineBreak": "\n",
        "view": {"stroke": None},
        "axis": {"labelColor": INK, "labelFontSize": 13, "domainColor": INK, "domainOpacity": 0.4},
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


# From the renderer's SVG to ours -------------------------------------------------------------------

_NUMBER = re.compile(r"-?\d*\.\d+(?:e-?\d+)?")
_OUTLINE = re.compile(r"(M[^MLHVAChvlacZ]+(L[^MLHVAChvlacZ]+){2,}Z)+")  # what only land has: polygons of many points
_DROPPED = {"class", "role", "version", "pointer-events", "aria-hidden", "aria-label", "aria-roledescription"}


def _clean(svg: str, title: str, prefix: str) -> str:
    """Title first, ids of our own, no style attribute, nothing invisible, short numbers."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg)  # noqa: S314 - written by the renderer, not by a stranger
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
        for name, plain in (("opacity", "1"), ("transform", "translate(0,0)"), ("fill-opacity", "1")):
            if element.get(name) == plain:
                del element.attrib[name]
    _prune(root)
    root.attrib.update({"class": "chart", "role": "img", "focusable": "false", "preserveAspectRatio": "xMinYMin"})
    heading = ElementTree.Element(f"{{{SVG}}}title")
    heading.text = str(title)
    root.insert(0, heading)
    return ElementTree.tostring(root, encoding="unicode")


def _thinned(outline: str) -> str:
    """Land in steps of about a pixel, from point to point: a third of the length, the same picture."""
    rings = []
    for ring in outline.strip("MZ").split("ZM"):
        points = [(float(x), float(y)) for x, y in (point.split(",") for point in ring.split("L"))]
        xs, ys = zip(*points, strict=True)
        if max(xs) - min(xs) < 1.2 and max(ys) - min(ys) < 1.2:
            continue  # an islet smaller than a pixel
        last = start = tuple(round(value * 10) for value in points[0])
        steps = []
        for x, y in points[1:]:
            step = (round(x * 10) - last[0], round(y * 10) - last[1])  # tenths of a pixel, so nothing adds up
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
    return text.removesuffix(".0").replace("-0", "0") if text in ("-0.0", "0.0") else text.removesuffix(".0")


def _style_to_attributes(element: ElementTree.Element) -> None:
    for declaration in filter(None, (part.strip() for part in element.attrib.pop("style", "").split(";"))):
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
        if kind == "path" and (not child.get("d") or child.get("display") == "none" or len(child.attrib) == 1):
            continue
        if kind == "g" and len(child) == 0:
            continue
        if kind == "g" and not child.attrib:
            kept.extend(child)
            continue
        if kind == "path" and kept and "transform" not in child.attrib and _look(kept[-1]) == _look(child):
            kept[-1].attrib["d"] += child.attrib["d"]
            continue
        kept.append(child)
    element[:] = kept


def _look(path: ElementTree.Element) -> tuple[str, list[tuple[str, str]]]:
    return path.tag, sorted((name, value) for name, value in path.attrib.items() if name != "d")
