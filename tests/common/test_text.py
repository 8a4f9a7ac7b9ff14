"""Texts as a printer sets them."""

import pytest

from common.text import typeset


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Coordinators' meeting in L'Hospitalet", "Coordinators’ meeting in L’Hospitalet"),
        ("Qui paie ? Lui : « oui » !", "Qui paie\N{NO-BREAK SPACE}? Lui\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}oui\N{NO-BREAK SPACE}»\N{NO-BREAK SPACE}!"),
        ("Member's page: https://city.example/o'neill", "Member's page: https://city.example/o'neill"),
        ("'Quoted' at 10:30", "'Quoted' at 10:30"),
        ("", ""),
    ],
)  # fmt: skip
def test_apostrophes_and_french_spaces_are_set_in_type(typed, printed):
    assert typeset(typed) == printed


def test_names_written_from_right_to_left_keep_their_order_in_a_list():
    assert ", ".join(map(typeset, ["Oslo", "חיפה", "عمّان"])) == "Oslo, חיפה\u200e, عمّان\u200e"
