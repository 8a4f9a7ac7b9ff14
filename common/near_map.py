"""A map that is fitted to its cities and names as many of them as have room."""

import math
from collections.abc import Sequence

from django.utils.safestring import SafeString

from common.charts import PALETTE, MapPoint, city_map
from common.drawing import INK, Spec, cached_svg
from common.outlines import Window

WIDTH = 680
HEIGHTS = (300, 560)
LOW = 320  # for a map on a page with much else
MARGIN = 0.14  # of the span, around the outermost cities
LEAST = 5.0  # degrees of longitude: the surroundings of a single city
WIDEST = 100.0  # degrees of longitude; what is wider is a map of the world, without names
SIZE = 13  # pixels of the letters
Box = tuple[float, float, float, float]  # left, top, right, bottom


def near_map(points: Sequence[MapPoint], title: str, *, is_low: bool = False, language: str = "en") -> SafeString:
    """Marks at `points`, each named by its label where no other name or mark is in the way; `is_low`: half as high as wide."""
    highest = LOW if is_low else HEIGHTS[1]
    longitudes, latitudes = [p.longitude for p in points], [p.latitude for p in points]
    span = max(max(longitudes) - min(longitudes), LEAST)
    if span > WIDEST:
        bare = [MapPoint(p.longitude, p.latitude) for p in points]
        return city_map(bare, "world", title, language=language)
    low, high = _mercator(min(latitudes)), _mercator(max(latitudes))
    middle = (max(longitudes) + min(longitudes)) / 2, (low + high) / 2
    tall = max(high - low, 0.03)
    scale = min(
        WIDTH / (math.radians(span) * (1 + 2 * MARGIN)),
        highest / (tall * (1 + 2 * MARGIN)),
    )
    height = round(min(max(tall * (1 + 2 * MARGIN) * scale, HEIGHTS[0]), highest))
    spots = {
        point: (
            WIDTH / 2 + scale * math.radians(point.longitude - middle[0]),
            height / 2 - scale * (_mercator(point.latitude) - middle[1]),
        )
        for point in points
    }
    projection = {
        "type": "mercator",
        "center": [middle[0], _latitude(middle[1])],
        "scale": scale,
        "translate": [WIDTH / 2, height / 2],
        "clipExtent": [[0, 0], [WIDTH, height]],
        "precision": 0.3,
    }
    land = {
        "data": {"name": "outlines"},
        "mark": {"type": "geoshape", "fill": INK, "fillOpacity": 0.08, "stroke": INK, "strokeOpacity": 0.25, "strokeWidth": 0.7},
    }  # fmt: skip
    place = {
        "longitude": {"field": "lon", "type": "quantitative"},
        "latitude": {"field": "lat", "type": "quantitative"},
    }
    marks = {
        "data": {"values": [{"lon": p.longitude, "lat": p.latitude} for p in points]},
        "mark": {"type": "point", "filled": True, "opacity": 1, "size": 62, "color": PALETTE[1], "stroke": "#ffffff", "strokeWidth": 0.9},
        "encoding": place,
    }  # fmt: skip
    names: list[Spec] = []
    for side, named in _sides(spots, height).items():
        align, dx, dy = SIDES[side]
        names.append(
            {
                "data": {"values": [{"lon": p.longitude, "lat": p.latitude, "name": p.label} for p in named]},
                "mark": {"type": "text", "align": align, "dx": dx, "dy": dy, "fontSize": SIZE, "fill": INK},
                "encoding": {**place, "text": {"field": "name"}},
            }
        )
    spec = {"width": WIDTH, "height": height, "projection": projection, "layer": [land, marks, *names]}
    return cached_svg(spec, title, language=language, outlines="europe", window=_window(middle, scale, height))


SIDES = {"right": ("left", 8, 0), "left": ("right", -8, 0), "above": ("center", 0, -12), "below": ("center", 0, 12)}


def _window(middle: tuple[float, float], scale: float, height: float) -> Window:
    """What the picture shows, in degrees."""
    wide, high = math.degrees(WIDTH / 2 / scale), height / 2 / scale
    return middle[0] - wide, _latitude(middle[1] - high), middle[0] + wide, _latitude(middle[1] + high)


def _mercator(latitude: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))


def _latitude(mercator: float) -> float:
    return math.degrees(2 * math.atan(math.exp(mercator)) - math.pi / 2)


def _sides(spots: dict[MapPoint, tuple[float, float]], height: float) -> dict[str, list[MapPoint]]:
    """On which side of its mark each name has room, from north to south; a name without room is left out."""
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in spots.values()]
    found: dict[str, list[MapPoint]] = {}
    for point, (x, y) in sorted(spots.items(), key=lambda item: (item[1][1], item[1][0], item[0].label)):
        wide = len(point.label) * SIZE * 0.58
        boxes: dict[str, Box] = {
            "right": (x + 7, y - 8, x + 9 + wide, y + 8),
            "left": (x - 9 - wide, y - 8, x - 7, y + 8),
            "above": (x - wide / 2, y - 20, x + wide / 2, y - 6),
            "below": (x - wide / 2, y + 6, x + wide / 2, y + 20),
        }
        for side, box in boxes.items():
            inside = box[0] > 0 and box[1] > 0 and box[2] < WIDTH and box[3] < height
            if point.label and inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.setdefault(side, []).append(point)
                break
    return found


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
