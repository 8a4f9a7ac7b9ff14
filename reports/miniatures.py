"""Two small drawings for the sheet of a city, written here by hand: a chart program for each of 150 sheets would cost more
than the rest of the letter. Like the charts they carry what they show as their title.
"""

import json
import math
from collections.abc import Sequence
from functools import cache

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

# West, south, east, north in degrees, the file of outlines, the least step of a coast in degrees, units for a degree.
Window = tuple[float, float, float, float, str, float, float]
EUROPE: Window = (-24, 33, 46, 70, "world_50m", 1.0, 4.0)
WORLD: Window = (-170, -56, 180, 78, "world_110m", 3.0, 0.9)
RADIUS = 50


def spot(name: str, longitude: float, latitude: float) -> SafeString:
    """Where a city is: its mark on a map of Europe, or of the world."""
    inside = EUROPE[0] < longitude < EUROPE[2] and EUROPE[1] < latitude < EUROPE[3]
    window = EUROPE if inside else WORLD
    x, y = _place(longitude, latitude, window)
    right, bottom = _place(window[2], window[1], window)
    return format_html(
        '<svg class="spot" viewBox="0 0 {} {}"><title>{}</title><path fill="#3c63a8" d="{}"/>'
        '<circle cx="{}" cy="{}" r="{}" fill="#ee8a45" stroke="#ffffff" stroke-width="1.4"/></svg>',
        round(right), round(bottom), _("Map: where %(city)s is.") % {"city": name}, mark_safe(_land(window)),
        round(x, 1), round(y, 1), 4.6 if inside else 5.4,
    )  # fmt: skip


def _place(longitude: float, latitude: float, window: Window) -> tuple[float, float]:
    """Degrees to units of the picture; a degree of longitude is shortened as in the middle of the window."""
    west, south, _east, north, _name, _step, scale = window
    short = math.cos(math.radians((south + north) / 2)) if window is EUROPE else 0.8
    return (longitude - west) * scale * short, (north - latitude) * scale


@cache
def _land(window: Window) -> str:
    """The land inside the window as one path, its coasts in coarse steps. Drawn once per process."""
    west, south, east, north, name, step, _scale = window
    rings = []
    for ring in _rings(name):
        kept: list[tuple[float, float]] = []
        for longitude, latitude in ring:
            point = min(max(longitude, west), east), min(max(latitude, south), north)
            if not kept or abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= step:
                kept.append(point)
        inside = any(west < x < east and south < y < north for x, y in kept)
        if len(kept) > 4 and inside:  # not the islets
            places = (_place(*point, window) for point in kept)
            rings.append("M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in places) + "Z")
    return "".join(rings)


def _rings(name: str) -> list[list[tuple[float, float]]]:
    """The outer rings of all countries of a TopoJSON file, in degrees."""
    topology = json.loads((settings.BASE_DIR / "data" / f"{name}.topo.json").read_bytes())
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append((x * kx + dx, y * ky + dy))
        arcs.append(points)
    rings = []
    for country in topology["objects"]["countries"]["geometries"]:
        if country.get("id") == "010":  # Antarctica has no city
            continue
        shapes = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        for shape in shapes:
            outer: list[tuple[float, float]] = []
            for index in shape[0]:
                outer += arcs[index] if index >= 0 else arcs[~index][::-1]
            if max(outer)[0] - min(outer)[0] > 300:  # over the date line: Russia goes on in the east
                outer = [(x + 360 if x < 0 else x, y) for x, y in outer]
            rings.append(outer)
    return rings


def radar(scores: Sequence[tuple[float, float | None]], title: str) -> SafeString:
    """Scores of 0 to 100 around a circle, clockwise from the top, each axis with its number; the means as a broken line."""
    count = len(scores)

    def at(index: int, value: float) -> str:
        angle = 2 * math.pi * index / count
        return f"{60 + math.sin(angle) * value:.1f},{60 - math.cos(angle) * value:.1f}"

    def outline(values: Sequence[float]) -> str:
        return " ".join(at(index, value * RADIUS / 100) for index, value in enumerate(values))

    means = [mean for _score, mean in scores if mean is not None]
    labels = (at(index, 55.5).split(",") for index in range(count))
    return format_html(
        '<svg class="radar" viewBox="0 0 120 120"><title>{}</title>'
        '<g fill="none" stroke="#d5dceb" stroke-width=".5">{}<path d="{}"/></g>{}'
        '<polygon points="{}" fill="#1f5fb0" fill-opacity=".18" stroke="#1f5fb0" stroke-width="1.3"/>'
        '<g font-size="5.2" text-anchor="middle" fill="#4a5670">{}</g></svg>',
        title,
        mark_safe("".join(f'<circle cx="60" cy="60" r="{RADIUS * part / 4:g}"/>' for part in (1, 2, 3, 4))),
        mark_safe("".join(f"M60,60L{at(index, RADIUS)}" for index in range(count))),
        format_html('<polygon points="{}" fill="none" stroke="#b4500f" stroke-width="1" stroke-dasharray="2.4 1.6"/>', outline(means))
        if len(means) == count else "",
        outline([score for score, _mean in scores]),
        mark_safe("".join(f'<text x="{x}" y="{float(y) + 1.9:.1f}">{number}</text>' for number, (x, y) in enumerate(labels, 1))),
    )  # fmt: skip
