"""Charts and maps: one picture for page and PDF, described, scalable, offline, the same bytes each time."""

import hashlib
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from django.core.cache import cache

from common import charts, vega
from common import near_map as near_map_module
from common.charts import PALETTE, MapPoint, bar_chart, city_map, column_chart, line_chart, number, stacked_bar_chart
from common.drawing import SVG, draw
from common.near_map import near_map
from common.outlines import WORLD

BILBAO = MapPoint(-2.93, 43.26, "National network", label="Bilbao")
OSLO = MapPoint(10.75, 59.91, "International network")
MELBOURNE = MapPoint(144.96, -37.81, "International network")


def all_kinds() -> dict[str, str]:
    return {
        "europe": city_map([BILBAO, OSLO], "europe", "Two cities of Europe."),
        "world": city_map([BILBAO, MELBOURNE], "world", "Two cities of the world."),
        "bar": bar_chart([("Italy", 32), ("Spain", 20)], "Italy has most cities, 32."),
        "column": column_chart([("2019", 132), ("2020", 141)], "Members grew to 141."),
        "stacked": stacked_bar_chart([("2020", {"Online": 21, "In person": 2})], "Most were online."),
        "line": line_chart({"Members": [(2019, 132), (2020, 141)]}, "Members grew to 141."),
    }


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    return all_kinds()


def test_each_chart_is_one_described_scalable_picture(kinds):
    for svg in kinds.values():
        root = ElementTree.fromstring(svg)

        assert root[0].tag == f"{{{SVG}}}title"
        assert root[0].text.endswith(".")
        assert (root.get("role"), root.get("class")) == ("img", "chart")
        assert re.fullmatch(r"0 0 \d+ \d+", root.get("viewBox"))


def test_no_chart_needs_what_a_strict_content_security_policy_blocks(kinds):
    for svg in kinds.values():
        assert not re.search(r"style=|<style|<script|<image|href|url\((?!#)|\son\w+=", svg)


def test_text_takes_the_colour_of_the_page(kinds):
    for name, svg in kinds.items():
        colours = {text.get("fill") for text in ElementTree.fromstring(svg).iter(f"{{{SVG}}}text")}

        assert colours <= {"currentColor", "#ffffff"} if name == "stacked" else colours <= {"currentColor"}, name


def test_ids_are_unique_among_different_charts_and_each_reference_is_met(kinds):
    ids = [name for svg in kinds.values() for name in re.findall(r'\bid="([^"]+)"', svg)]
    references = {name for svg in kinds.values() for name in re.findall(r"url\(#([^)]+)\)", svg)}

    assert len(ids) == len(set(ids))
    assert references == set(ids)


def test_the_same_facts_give_the_same_bytes_in_another_process(kinds):
    script = (
        "import django, hashlib; django.setup()\n"
        "from tests.common.test_charts import all_kinds\n"
        "print(hashlib.sha256(repr(all_kinds()).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONIOENCODING": "utf-8"}
    other = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)

    assert other.stdout.splitlines()[-1] == hashlib.sha256(repr(kinds).encode()).hexdigest()


def test_drawing_does_not_depend_on_what_was_drawn_before():
    spec = {"width": 100, "height": 50, "data": {"values": [{"a": 1}]}, "mark": {"type": "bar", "clip": True},
            "encoding": {"x": {"field": "a", "type": "quantitative"}}}  # fmt: skip

    assert draw(spec, "One bar.") == draw(spec, "One bar.")


def test_a_chart_is_drawn_once_and_then_taken_from_the_cache(monkeypatch):
    from common import drawing

    drawn = []
    monkeypatch.setattr(drawing, "draw", lambda *args, **kwargs: drawn.append(args) or "<svg/>")

    rows = [("A city that no other test draws", 1)]
    assert bar_chart(rows, "One bar, drawn once.") == bar_chart(rows, "One bar, drawn once.")
    assert len(drawn) <= 1


def test_drawing_fetches_nothing():
    spec = {
        "width": 10,
        "height": 10,
        "data": {"url": "http://127.0.0.1:9/facts.json"},
        "mark": "point",
        "encoding": {},
    }

    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        draw(spec, "Nothing.")


def test_charts_drawn_in_another_process_are_the_same_and_so_are_its_refusals():
    spec = {"width": 100, "height": 50, "data": {"values": [{"a": 1}]}, "mark": "bar",
            "encoding": {"x": {"field": "a", "type": "quantitative"}}}  # fmt: skip
    here = draw(spec, "One bar.")

    with vega.apart():
        assert draw(spec, "One bar.") == here
        with pytest.raises(ValueError, match="conversion failed"):
            draw({**spec, "mark": 5}, "Nothing.")
        assert draw(spec, "One bar.", language="fr")


def test_a_stopped_drawing_process_is_an_error_and_the_next_starts_anew():
    spec = {"width": 100, "height": 50, "data": {"values": [{"a": 1}]}, "mark": "bar",
            "encoding": {"x": {"field": "a", "type": "quantitative"}}}  # fmt: skip
    with vega.apart() as other:
        draw(spec, "One bar.")
        other.process.kill()
        with pytest.raises(vega.Stopped):
            draw(spec, "One bar.")
        assert draw(spec, "One bar.")


def test_blocks_in_one_another_share_their_drawing_process_which_ends_with_the_outermost():
    with vega.apart() as outer:
        with vega.apart() as inner:
            draw({"data": {"values": [{}]}, "mark": "point"}, "One point.")
        process = inner.process
        assert outer is inner
        assert process.poll() is None

    assert process.returncode is not None


def test_a_map_is_drawn_once_for_both_languages_and_each_has_its_own_title():
    with vega.apart() as other:
        english = city_map([OSLO], "world", "A city.")
        other.end()
        french = city_map([OSLO], "world", "Une ville.", language="fr")

        assert other.process is None
        cache.clear()
        assert french == city_map([OSLO], "world", "Une ville.", language="fr")
    assert ("<title>A city.</title>" in english, "<title>Une ville.</title>" in french) == (True, True)


def test_numbers_are_written_in_the_language_of_the_reader():
    rows = [("Oslo", 1234.5)]

    assert "1,234.5" in bar_chart(rows, "Oslo.", decimals=1)
    assert re.search(r"1[\u00a0\u202f]234,5", bar_chart(rows, "Oslo.", language="fr", decimals=1))
    assert number(1234567, "en") == "1,234,567"


def test_titles_and_labels_are_text_never_markup():
    svg = bar_chart([("<b>Bold & free</b>", 1)], "<script>alert(1)</script>")

    assert "<b>" not in svg
    assert "<script>" not in svg
    assert ElementTree.fromstring(svg)[0].text == "<script>alert(1)</script>"


def test_groups_differ_in_shape_as_well_as_in_colour():
    svg = city_map([BILBAO, OSLO], "europe", "Two networks.")
    marks = re.findall(r'<path [^>]*d="([^"]{5,80})"[^>]*fill="(#[0-9a-f]{6})"', svg)
    marks += [(d, fill) for fill, d in re.findall(r'<path [^>]*fill="(#[0-9a-f]{6})"[^>]*d="([^"]{5,80})"', svg)]

    assert {fill for _, fill in marks} == set(PALETTE[:2])
    assert all("A" in d for d, fill in marks if fill == PALETTE[0])
    assert all("A" not in d for d, fill in marks if fill == PALETTE[1])
    assert "National network" in svg and "International network" in svg


def test_a_map_of_one_group_has_no_legend_and_names_the_labelled_city():
    svg = city_map([MapPoint(10.75, 59.91), MapPoint(-2.93, 43.26, label="Bilbao")], "europe", "Bilbao.")

    assert [text.text for text in ElementTree.fromstring(svg).iter(f"{{{SVG}}}text")] == ["Bilbao"]


def test_points_outside_the_extent_are_left_out():
    with_far, without = (city_map(points, "europe", "One city.") for points in ([OSLO, MELBOURNE], [OSLO]))

    assert with_far.count(PALETTE[0]) == without.count(PALETTE[0])


@pytest.mark.parametrize(
    "corners",
    [
        ((-9, 37), (-7, 42)),
        ((5, 58), (25, 70)),
        ((172, -41), (178, -37)),
        ((-98, 39), (-97, 40)),
        ((-20, 30), (50, 64)),
    ],
)
def test_land_that_a_map_does_not_show_is_not_handed_to_the_renderer_and_not_missed(corners, monkeypatch):
    points, handed = [MapPoint(*corner, label="City") for corner in corners], []
    real = vega.svg
    monkeypatch.setattr(vega, "svg", lambda spec, language: handed.append(len(str(spec))) or real(spec, language))

    cut = near_map(points, "Two cities.")
    cache.clear()
    monkeypatch.setattr(near_map_module, "_window", lambda *args: WORLD)

    assert near_map(points, "Two cities.") == cut
    assert handed[0] < handed[1]


def test_coordinates_stay_where_the_country_is():
    """Oslo is drawn north of Bilbao and east of it."""
    svg = city_map([MapPoint(10.75, 59.91), MapPoint(-2.93, 43.26)], "europe", "Two cities.")
    places = re.findall(r"translate\(([\d.]+),([\d.]+)\)[^>]*" + PALETTE[0], svg)
    (north_x, north_y), (south_x, south_y) = [(float(x), float(y)) for x, y in places]

    assert north_x > south_x and north_y < south_y


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bar_chart([], "Empty."), "at least one row"),
        (lambda: column_chart([], "Empty."), "at least one row"),
        (lambda: line_chart({}, "Empty."), "at least one year"),
        (lambda: bar_chart([("A", 1), ("A", 2)], "Twice."), "same label"),
        (lambda: bar_chart([("A", 1)], " "), "needs a title"),
        (lambda: stacked_bar_chart([("A", dict.fromkeys("abcde", 1))], "Five."), "at most 4"),
    ],
)
def test_facts_that_cannot_be_drawn_are_refused_with_a_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_all_zero_is_a_chart_not_a_crash():
    assert ">0<" in bar_chart([("2019", 0), ("2020", 0)], "None in both years.")
    assert ">0<" in column_chart([("2019", 0)], "None.")
    assert "Members 0" in line_chart({"Members": [(2020, 0)]}, "None.")


def test_labels_of_lines_that_end_together_are_moved_apart():
    assert charts._apart({"a": 10, "b": 10.5, "c": 30}, gap=2) == {"a": 10, "b": 12, "c": 30}


@pytest.mark.parametrize("colour", PALETTE)
def test_the_palette_is_readable_on_white_and_carries_white_text(colour):
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert 1.05 / (luminance + 0.05) >= 4.5
