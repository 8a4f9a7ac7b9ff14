"""The letter to a mayor with the sheet of the city: two pages for every city, in the layout of every letter of the unit."""

import copy
from datetime import date
from functools import cache

import pytest

from cities.models import MembershipStep
from cities.models.membership import Step
from common.pdf import render_pdf
from reports import charts, document
from reports.snapshot import in_language
from tests import pdf_reading
from tests.factories import CityFactory
from tests.reports.factories import facts, frozen, programme

pytestmark = pytest.mark.django_db
LONG = "Webinar on what a city can do about the discriminatory effects of artificial intelligence in its own services "
DRAWN = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCA0IDEiPjxwYXRoIGQ9Ik0wIDBoNHYxIi8+PC9zdmc+"


def letter(data: dict, slug: str, language: str = "en") -> bytes:
    html = document.letter_html(data, slug, language)
    return render_pdf(html, language=language, created_at=document.frozen_at(data)).content


def crowded(data: dict, slug: str, activities: int, grants: int, others: int, areas: int, title: str) -> dict:
    """The same facts with a city that did very much, or little, under long titles."""
    data = copy.deepcopy(data)
    city = data["cities"][slug]
    both = {"en": title, "fr": title}
    city |= {
        "name": "Unione dei Comuni Terre dei Castelli",
        "activities": [{"title": both, "on": both | {"en": "3 May 2020", "fr": "3 mai 2020"}, "kind_label": both,
                        "part": {"en": "Took part", "fr": "A participé"}}] * activities,
        "grants": [{"project": title, "theme": "", "part": {"en": "Lead city", "fr": "Chef de file"},
                    "partners": ["Donostia/San Sebastián", "Unione dei Comuni del Rubicone"] * 4,
                    "amount": "1234567.89"}] * grants,
        "practices": [{"title": title, "summary": ""}] * others,
        "publications": [{"title": title, "kind_label": {"en": "Policy brief", "fr": "Note"}}] * others,
    }  # fmt: skip
    if areas:
        area = {"en": "Neighbourhood and public space policy", "fr": "Politique du voisinage et de l’espace public"}
        city["index"] = {
            "on": {"en": "3 May 2019", "fr": "3 mai 2019"}, "overall": "67", "sample_size": 101, "version": "2",
            "scores": [{"area": area, "score": "55", "mean": "60"}] * areas,
        }  # fmt: skip
    return data


def signed(data: dict) -> dict:
    title = {"en": "Head of the unit", "fr": "Cheffe de l’unité"}
    return data | {"signatory": {"name": "Irina Exemple", "title": title, "initials": "IE", "image": DRAWN}}


def test_letter_has_the_parts_of_a_letter_and_the_sheet(data):
    first, second = pdf_reading.texts(letter(data, "lodz"))

    for part in ("ICC /lt/Łódź", "Strasbourg, 1 March 2021", "Mayor’s Office, Łódź", "The Intercultural Cities programme in 2020",
                 "Dear Mayor,", "Yours sincerely,", "Head of the unit", "Enclosed: Łódź in 2020"):  # fmt: skip
        assert part in first
    for part in ("Your city in 2020", "Welcoming together", "Your contacts at the unit"):
        assert part in second


def test_signature_is_a_picture_named_after_the_person_who_signs(data):
    content = letter(signed(data), "lodz", "fr")
    pictures = [figure.alt for figure in pdf_reading.structure(content).all("Figure")]
    first = pdf_reading.texts(content)[0]

    assert pictures == ["Irina Exemple", "Carte : où se trouve Łódź."]
    assert "ICC /IE/lt/Łódź" in first and "Irina Exemple\nCheffe de l’unité" in first
    assert "Strasbourg, le 1er mars 2021" in first
    assert pdf_reading.accessibility_faults(content) == []


def test_same_facts_give_the_same_letter(data):
    assert letter(data, "oslo") == letter(copy.deepcopy(data), "oslo")


def test_city_without_anything_on_record_is_told_what_is_open_to_it(data):
    second = pdf_reading.texts(letter(data, "kyoto"))[1]

    assert "No activity, grant project, good practice or publication of 2020" in second
    assert "What is open to your city" in second and "The programme in 2020" in second


def test_index_of_a_city_is_drawn_and_written_as_a_table(data):
    data = crowded(data, "oslo", 2, 0, 0, 11, "Short")
    content = letter(data, "oslo")
    tree = pdf_reading.structure(content)

    assert [figure.alt[:46] for figure in tree.all("Figure")][-1] == "Radar chart: the scores of Unione dei Comuni T"
    table = next(table for table in tree.all("Table") if "Policy area" in table.text)
    assert len(table.all("TR")) == 12
    assert "2 activities, listed in Annex B of the report" in pdf_reading.texts(content)[1]


@cache
def cases() -> list[tuple[int, int, int, int, str]]:
    return [(0, 0, 0, 0, "Short"), (40, 0, 0, 0, LONG * 2), (0, 20, 0, 0, LONG * 2), (0, 0, 40, 0, LONG),
            (30, 20, 20, 17, LONG), (3, 3, 3, 17, "Short"), (6, 2, 1, 0, "Short")]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("case", cases())
def test_letter_and_sheet_are_two_pages_for_every_city(data, case, language):
    content = letter(crowded(data, "oslo", *case), "oslo", language)

    assert len(pdf_reading.texts(content)) == 2
    assert pdf_reading.accessibility_faults(content) == []


def test_sheet_counts_the_members_of_a_country_on_the_day_it_lists_them():
    programme()
    later = CityFactory(name="Bergen", slug="bergen", country="NO", member=False)
    MembershipStep.objects.create(city=later, kind=Step.INTENT, on=date(2021, 2, 1))
    data = facts(frozen())

    assert {data["cities"][slug]["members_in_country"] for slug in ("oslo", "bergen")} == {1}
    assert "1 member city in your country" in " ".join(pdf_reading.texts(letter(data, "oslo"))[1].split())


def test_sheet_keeps_to_its_page_in_a_country_of_hundreds_of_members(data):
    data = crowded(data, "oslo", 30, 20, 20, 17, LONG)
    norwegian = next(row for row in data["members"] if row["slug"] == "oslo")
    data = data | {"members": [*data["members"], *({**norwegian, "name": f"Kommune {n}"} for n in range(1, 401))]}

    pages = [" ".join(text.split()) for text in pdf_reading.texts(letter(data, "oslo"))]
    shown = charts.sheet(in_language(data["cities"]["oslo"], "en"), data, "en")

    assert len(pages) == 2
    assert len(shown["neighbours"]) + shown["neighbours_more"] == 401
    assert f"{', '.join(shown['neighbours'])} and {shown['neighbours_more']} more, listed in the report" in pages[1]


def test_key_of_the_index_names_only_the_lines_that_are_drawn(data):
    data = crowded(data, "oslo", 0, 0, 0, 11, "Short")
    key = "Broken line: the sample mean."
    html = document.letter_html(data, "oslo", "en")
    data["cities"]["oslo"]["index"]["scores"][0] = {**data["cities"]["oslo"]["index"]["scores"][0], "mean": None}

    assert key in html
    assert key not in document.letter_html(data, "oslo", "en")


def test_sheet_says_how_many_rows_are_left_to_the_report(data):
    data = crowded(data, "oslo", 40, 0, 0, 0, LONG)
    shown = charts.sheet(in_language(data["cities"]["oslo"], "en"), data, "en")

    assert shown["activities_more"] == 40 - len(shown["activities"]) > 0
    assert f"and {shown['activities_more']} more, listed in the report" in pdf_reading.texts(letter(data, "oslo"))[1]
