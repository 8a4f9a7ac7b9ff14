"""The page of a city as a PDF for the mayor: accessible, archival, for those who act for the city and for the unit."""

import pytest
from django.utils import timezone

from cities.models import City
from tests.access import sign_in
from tests.cities.pages import show_everything
from tests.factories import CityFactory, ContactFactory, StaffFactory, TermFactory, official_of
from tests.pdf_reading import accessibility_faults, catalog, structure, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def oslo():
    city = CityFactory(name="Oslo", slug="oslo")
    show_everything(city)
    City.objects.filter(pk=city.pk).update(profile_en="# Oslo mixes\n\n- one\n\n- two **bold**\n\n#### Deep")
    listed = ContactFactory(name="Office of the Mayor", is_listed=True, listed_at=timezone.now())
    TermFactory(city=city, office="mayor", contact=listed)
    TermFactory(city=city, office="official", contact=ContactFactory(name="Shy Office"))
    return city


def fetch(client, language: str = "en", slug: str = "oslo"):
    return client.get(f"/{language}/cities/{slug}/pdf/")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Member city", "Statement of intent", "Oslo mixes", "Mayor", "not scored", "Mean of the sample"]),
        ("fr", ["Ville membre", "Déclaration d’intention", "Oslo mêle", "non noté", "Moyenne de l’échantillon"]),
    ],
)
def test_pdf_says_what_the_page_says_and_is_accessible(client, oslo, language, words):
    client.force_login(official_of(oslo))

    answer = fetch(client, language)

    said = text(answer.content).replace("'", "’")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'attachment; filename="oslo-{language}.pdf"'
    assert accessibility_faults(answer.content) == []
    assert [word for word in words if word not in said] == []
    assert "Office of the Mayor" in said and "Shy Office" not in said
    assert catalog(answer.content)["lang"] == language
    figures = [tag.alt for tag in structure(answer.content).all("Figure")]
    assert figures[0] == ("Le fjord" if language == "fr" else "The fjord") and "105" in figures[1]


def test_pdf_is_made_once_for_what_it_says(client, oslo, monkeypatch):
    client.force_login(official_of(oslo))
    first = fetch(client).content

    monkeypatch.setattr("common.pdf.render_pdf", lambda *args, **kwargs: pytest.fail("rendered again"))

    assert fetch(client).content == first


def test_city_that_has_little_has_a_pdf_too(client):
    city = CityFactory(name="Łódź", slug="lodz", country="PL", member=False)
    client.force_login(official_of(city))

    answer = fetch(client, slug="lodz")

    assert accessibility_faults(answer.content) == [] and "Łódź" in text(answer.content)


def test_names_in_every_script_are_printed(client):
    names = "横浜市, Харків, طنجة, חיפה, Πάτρα, 안산"
    city = CityFactory(slug="oslo", other_names=names)
    client.force_login(official_of(city))

    answer = fetch(client)

    assert accessibility_faults(answer.content) == []
    assert {"Харків", "Πάτρα", "横浜市", "안산"} <= set(text(answer.content).split())


def test_what_an_archive_refuses_is_left_out_and_said(client):
    city = CityFactory(slug="oslo", profile_en="Signs \U0001f9d1\U0001f3fd that no font has \ue000")
    client.force_login(official_of(city))

    answer = fetch(client)

    assert accessibility_faults(answer.content) == []
    assert "The profile stands on the page of the city" in text(answer.content)


def test_others_do_not_get_it_and_find_no_link(client, oslo):
    official, other = official_of(oslo, office="official"), official_of(CityFactory())
    answers = {}
    for name, user in {"official": official, "other": other, "staff": StaffFactory(), "public": None}.items():
        client.logout()
        sign_in(client, user)
        page = client.get("/en/cities/oslo/").text
        answers[name] = (fetch(client).status_code, "/en/cities/oslo/pdf/" in page and "/fr/cities/oslo/pdf/" in page)

    assert answers == {"official": (200, True), "other": (403, False), "staff": (200, True), "public": (302, False)}
