"""The land of a map: Natural Earth countries (public domain), as TopoJSON, cut to what the picture shows."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate
from typing import Any

from django.conf import settings

Window = tuple[float, float, float, float]  # west, south, east, north in degrees
WORLD: Window = (-180, -90, 180, 90)
Topology = dict[str, Any]


def countries(name: str, window: Window = WORLD, left_out: frozenset[str] = frozenset()) -> Topology:
    """The countries of a topology in `data/`, without those `left_out` (ISO 3166-1) and without land outside the window."""
    topology = _topology(name)
    spans = _spans(name)
    shown, used = [], set()
    for country in topology["objects"]["countries"]["geometries"]:
        if country.get("id") in left_out or country["type"] not in ("Polygon", "MultiPolygon"):
            continue
        polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        seen = [polygon for polygon in polygons if _meet(_around(spans[arc] for arc in _arcs(polygon[:1])), window)]
        if seen:
            shown.append({**country, "type": "MultiPolygon", "arcs": seen})
            used.update(arc for polygon in seen for arc in _arcs(polygon))
    arcs = [points if number in used else [] for number, points in enumerate(topology["arcs"])]
    shapes = {"countries": {"type": "GeometryCollection", "geometries": shown}}
    return {**topology, "arcs": arcs, "objects": shapes}


def _topology(name: str) -> Topology:
    """Read anew each time: it is quick, and what it gives takes a dozen megabytes."""
    return json.loads((settings.BASE_DIR / "data" / f"{name}.topo.json").read_bytes())


@cache
def _spans(name: str) -> list[Window]:
    """The window of each arc of a topology; an arc is written as steps from point to point."""
    topology = _topology(name)
    (wide, high), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    spans = []
    for arc in topology["arcs"]:
        xs, ys = (list(accumulate(steps)) for steps in zip(*arc, strict=True))
        spans.append((left + wide * min(xs), low + high * min(ys), left + wide * max(xs), low + high * max(ys)))
    return spans


def _arcs(polygon: list[list[int]]) -> Iterator[int]:
    """The numbers of its arcs; one that is walked backwards is written as its complement."""
    return (arc if arc >= 0 else ~arc for ring in polygon for arc in ring)


def _around(windows: Iterable[Window]) -> Window:
    wests, souths, easts, norths = zip(*windows, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def _meet(one: Window, other: Window) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
