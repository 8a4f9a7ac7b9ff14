"""Marks on the land: where they are, and how many."""

import re

import pytest

from common.charts import MapPoint, city_map
from common.maps import CROWDED, Mark, land, mark_map, project

PLACES = [(10.75, 59.91), (-9.14, 38.72), (34.99, 32.81), (-16.6, 28.3), (30.7, 46.48), (-21.9, 64.1), (44.5, 40.2)]


@pytest.mark.parametrize("extent", ["europe", "world"])
def test_marks_are_where_the_printed_map_has_them(extent):
    points = [MapPoint(longitude, latitude, "a") for longitude, latitude in PLACES]
    printed = re.findall(r'transform="translate\(([^)]*)\)"', city_map(points, extent, "Points"))

    placed = [project(longitude, latitude, extent) for longitude, latitude in PLACES]

    assert sorted(f"{x:.1f},{y:.1f}".replace(".0", "") for x, y in placed) == sorted(p for p in printed if p[0] != "0")


def test_mark_is_a_link_that_the_keyboard_skips_and_the_title_says_what_the_map_shows():
    svg = mark_map([Mark(10.75, 59.91, name="<Oslo>", url="/oslo/")], "europe", "One city.", "/land.svg")

    assert '<a href="/oslo/" tabindex="-1"><title>&lt;Oslo&gt;</title>' in svg
    assert 'role="img" aria-labelledby="map-europe"><title id="map-europe">One city.</title>' in svg


def test_marks_outside_the_extent_are_left_out():
    assert "<a " not in mark_map([Mark(139.6, 35.4, name="Yokohama", url="/y/")], "europe", "None.", "/land.svg")


def test_crowded_marks_share_one_and_lead_nowhere():
    crowd = [Mark(10 + n / 10_000, 50, name=str(n), url=f"/{n}/") for n in range(CROWDED + 1)]

    svg = mark_map([*crowd, Mark(2, 48, name="Alone", url="/alone/")], "europe", "Many.", "/land.svg")

    assert re.findall(r'<a href="([^"]*)"', svg) == ["/alone/"]
    assert svg.count("<path") < 5


def test_land_is_drawn_without_marks():
    svg = land("world", "Outlines")

    assert svg.startswith("<svg") and "translate(333" not in svg
