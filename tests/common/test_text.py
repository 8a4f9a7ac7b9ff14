"""Texts as a printer sets them, and as plain mail shows them: words, and addresses that can be followed."""

import pytest

from common.text import escape_markdown, markdown_to_text, typeset


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


@pytest.mark.parametrize(
    "written, shown",
    [
        ("**Bold** and *slanted*,  \nnext line", "Bold and slanted,\nnext line"),
        (
            "the [page of your office](https://portal.example/a/)",
            "the page of your office <https://portal.example/a/>",
        ),
        ("<https://portal.example/a/?b=1&c=2>", "https://portal.example/a/?b=1&c=2"),
        ("[unit@icc.example](mailto:unit@icc.example)", "unit@icc.example"),
        ("## Title\n\nText", "Title\n\nText"),
        ("- one\n- two\n  lines\n  - inner", "- one\n- two\n  lines\n  - inner"),
        ("9. nine\n10. ten", "9. nine\n10. ten"),
        ("> said\n> twice\n\nand", "> said\n> twice\n\nand"),
        ("| City | Seats |\n|---|---|\n| Oslo | 2 |", "City | Seats\nOslo | 2"),
        ("above\n\n***\n\nbelow", "above\n\n----------\n\nbelow"),
        ("    kept\n      as it is", "kept\n  as it is"),
    ],
)
def test_plain_text_has_the_words_without_their_marks(written, shown):
    assert markdown_to_text(written) == shown


@pytest.mark.parametrize("value", ["[x](https://elsewhere.example)", "# 1*2*3_4_", "<b>`a`</b> & co", "1\\2 | 3"])
def test_value_that_was_escaped_is_shown_as_it_was_written(value):
    assert markdown_to_text(f"To {escape_markdown(value)}") == f"To {value}"
