"""The radar chart: one line for each series, a gap where nothing was measured, words for those who cannot see it."""

from xml.etree import ElementTree

import pytest

from common.radar import Series, radar_chart

SVG = "{http://www.w3.org/2000/svg}"
AXES = ["Education", "Media & communication", "Language", "Mediation"]


def drawn(*values, axes=AXES):
    return ElementTree.fromstring(radar_chart(axes, [Series(f"S{n}", v) for n, v in enumerate(values)], "Oslo leads."))


def lines(svg) -> list[str]:
    return [path.get("d") for path in svg.iter(f"{SVG}path") if path.get("stroke-linejoin")]


def test_title_comes_first_and_every_axis_is_named_and_numbered():
    svg = drawn([10, 20, 30, 40])

    words = ["".join(text.itertext()) for text in svg.iter(f"{SVG}text")]
    assert svg[0].tag == f"{SVG}title" and svg[0].text == "Oslo leads."
    assert [word.partition(" ")[0] for word in words if ". " in word] == ["1.", "2.", "3.", "4."]
    assert words[-4:] == ["1", "2", "3", "4"]
    assert svg.get("role") == "img"


def test_complete_series_is_one_closed_line_and_a_missing_value_a_gap_never_a_zero():
    whole, gap = drawn([100, 100, 100, 100]), drawn([100, 100, None, 100])

    assert len(lines(whole)) == 1 and lines(whole)[0].endswith("Z")
    assert lines(gap)[0].count("M") == 2 and "Z" not in lines(gap)[0]
    middle = "340.0,264.0"
    assert middle not in lines(gap)[0]
    assert len(list(gap.iter(f"{SVG}circle"))) == 3 + 1  # and one in the legend


def test_missing_everywhere_draws_axes_only():
    assert lines(drawn([None, None, None, None])) == []


def test_names_are_escaped():
    svg = radar_chart(["<b>", "a & b", "c"], [Series("<script>", [1, 2, 3])], "A < B & C")

    assert "<script>" not in svg and "<b>" not in svg
    ElementTree.fromstring(svg)


def test_same_facts_give_the_same_bytes():
    assert radar_chart(AXES, [Series("S", [1, 2, 3, 4])], "t") == radar_chart(AXES, [Series("S", [1, 2, 3, 4])], "t")


@pytest.mark.parametrize("values", [[[1, 2]], [[1, 2, 3]], [[1, 2, 3, 4]] * 4, []])
def test_chart_that_cannot_be_read_is_not_drawn(values):
    axes = AXES[:2] if values and len(values[0]) == 2 else AXES
    with pytest.raises(ValueError):
        drawn(*values, axes=axes)
