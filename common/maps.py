"""Maps for pages: the land as a picture that browsers keep, and over it a mark for each place, a link where it has one.

The land is drawn by Vega as on the printed maps (`common.charts.city_map`), in the same frames; the marks are placed here by
the same projections, so that a map of any choice of places costs nothing to speak of.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from common.charts import Extent
from common.drawing import FRAMES, cached_svg

GREY = "#7a86a0"  # seen on white and on dark alike
CROWDED = 300  # above so many marks, those of one cell are joined
CELL = 10  # units of the picture
MARKS = {  # drawn round 0,0; groups are told apart by shape as well as colour (`legend__mark` in the style sheet)
    "circle": "M-6.5,0a6.5,6.5 0 1,0 13,0a6.5,6.5 0 1,0 -13,0Z",
    "square": "M-5.8,-5.8h11.6v11.6h-11.6Z",
}


@dataclass(frozen=True)
class Mark:
    """A place in degrees WGS84; `group` 0 is a circle, 1 a square; `name` and `url` make it a link."""

    longitude: float
    latitude: float
    group: int = 0
    name: str = ""
    url: str = ""


def _equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    a1, a2, a3, a4, m = 1.340264, -0.081106, 0.000893, 0.003796, math.sqrt(3) / 2
    angle = math.asin(m * math.sin(latitude))
    square = angle * angle
    sixth = square**3
    x = longitude * math.cos(angle) / (m * (a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)))
    return x, angle * (a1 + a2 * square + sixth * (a3 + a4 * square))


def _conic_equal_area(south: float, north: float) -> Callable[[float, float], tuple[float, float]]:
    sine = math.sin(south)
    n = (sine + math.sin(north)) / 2
    c = 1 + sine * (2 * n - sine)
    r0 = math.sqrt(c) / n

    def raw(longitude: float, latitude: float) -> tuple[float, float]:
        r = math.sqrt(c - 2 * n * math.sin(latitude)) / n
        return r * math.sin(longitude * n), r0 - r * math.cos(longitude * n)

    return raw


def project(longitude: float, latitude: float, extent: Extent) -> tuple[float, float]:
    """Where a place is on the picture of this extent, in its units; y grows downwards."""
    frame = FRAMES[extent]
    spec: Mapping = frame.projection
    raw = _equal_earth
    if spec["type"] == "conicEqualArea":
        raw = _conic_equal_area(*map(math.radians, spec["parallels"]))
    turned = (longitude + spec["rotate"][0] + 180) % 360 - 180
    x, y = raw(math.radians(turned), math.radians(latitude))
    middle_x, middle_y = raw(*map(math.radians, spec["center"]))
    scale = spec["scale"]
    return frame.width / 2 + scale * (x - middle_x), frame.height / 2 - scale * (y - middle_y)


def land(extent: Extent, title: str) -> SafeString:
    """The outlines of the countries as a picture of its own, in a grey for light and dark pages."""
    frame = FRAMES[extent]
    shape = {"type": "geoshape", "fill": GREY, "fillOpacity": 0.22, "stroke": GREY, "strokeOpacity": 0.5}
    spec = {
        "width": frame.width,
        "height": frame.height,
        "projection": {
            **frame.projection,
            "translate": [frame.width / 2, frame.height / 2],
            "clipExtent": [[0, 0], [frame.width, frame.height]],
            "precision": 0.3,
        },
        "layer": [{"data": {"name": "outlines"}, "mark": {**shape, "strokeWidth": 0.6}}],
    }
    return cached_svg(spec, title, outlines=extent)


def shown(places: Iterable[Mark], extent: Extent) -> list[Mark]:
    west, south, east, north = FRAMES[extent].box
    return [place for place in places if west <= place.longitude <= east and south <= place.latitude <= north]


def mark_map(places: Sequence[Mark], extent: Extent, title: str, land_url: str) -> SafeString:
    """The places of this extent over the land. `title` is the text alternative: the marks are a second way for those who
    point, so they take no part in the order of the keyboard; a list on the page has to name the same places."""
    frame = FRAMES[extent]
    drawn = mark_safe("".join(_marks(shown(places, extent), extent)))
    return format_html(
        '<svg class="map" viewBox="0 0 {width} {height}" preserveAspectRatio="xMinYMin" focusable="false">'
        '<g role="img" aria-labelledby="map-{extent}"><title id="map-{extent}">{title}</title>'
        '<image href="{land}" width="{width}" height="{height}"/></g>'
        '<g aria-hidden="true">{marks}</g></svg>',
        width=frame.width,
        height=frame.height,
        extent=extent,
        title=title,
        land=land_url,
        marks=drawn,
    )


def _marks(places: list[Mark], extent: Extent) -> Iterable[str]:
    spots: dict[tuple, list[Mark]] = {}
    at: dict[tuple, tuple[float, float]] = {}
    for place in sorted(places, key=lambda each: -each.latitude):
        x, y = project(place.longitude, place.latitude, extent)
        key = (round(x / CELL), round(y / CELL), place.group) if len(places) > CROWDED else (place,)
        spots.setdefault(key, []).append(place)
        at.setdefault(key, (x, y))
    for key, here in spots.items():
        yield _mark(here, *at[key])


def _mark(here: list[Mark], x: float, y: float) -> str:
    place = here[0]
    shape = list(MARKS.values())[place.group]
    path = f'<path class="map__mark map__mark--{place.group}" transform="translate({x:.1f},{y:.1f})" d="{shape}"'
    if len(here) > 1 or not place.url:
        return path + "/>"
    link = '<a href="{}" tabindex="-1"><title>{}</title>{}/></a>'
    return format_html(link, place.url, place.name, mark_safe(path))
