"""Officials write in the languages of their city and choose its picture; two who do it at once lose nothing."""

from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from cities import services
from cities.models import CityPicture, CityText
from common.exceptions import Stale
from tests.cities.pages import photograph
from tests.cities.test_import import said
from tests.cities.test_membership import at_once
from tests.factories import CityFactory, StaffFactory, official_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def oslo(client):
    city = CityFactory(name="Oslo", slug="oslo", languages=["nb"])
    client.force_login(official_of(city))
    return city


def at(name: str, *args) -> str:
    return reverse(f"cities:{name}", args=["oslo", *args])


# Texts -----------------------------------------------------------------------------------------


def test_official_writes_in_a_language_of_the_city(client, oslo):
    page = client.get(at("texts")).text
    assert page.index("Norwegian") < page.index("Arabic")  # the languages of its officials come first

    chosen = client.post(at("texts"), {"language": "nb"})
    client.post(chosen["Location"], {"text": "Oslo blander.", "version": 0})

    text = CityText.objects.get()
    assert (chosen["Location"], text.language, text.text) == (at("text", "nb"), "nb", "Oslo blander.")
    assert "Oslo blander." in client.get(at("texts")).text


def test_empty_text_takes_it_away(client, oslo):
    services.save_text(oslo, "nb", "Oslo blander.", version=0, by=StaffFactory())

    client.post(at("text", "nb"), {"text": " ", "version": 1})

    assert CityText.objects.count() == 0
    assert CityText.history.filter(history_type="-").count() == 1


def test_stale_text_answers_409_with_both_texts_and_then_saves(client, oslo):
    client.get(at("text", "nb"))
    services.save_text(oslo, "nb", "Text of the first.", version=0, by=StaffFactory())

    stale = client.post(at("text", "nb"), {"text": "Text of the second.", "version": 0})
    assert stale.status_code == 409
    assert "Text of the first." in stale.text and "Text of the second." in stale.text

    client.post(at("text", "nb"), {"text": "Both.", "version": stale.context["current"].version})
    assert CityText.objects.get().text == "Both."


def test_english_french_and_unknown_languages_have_no_text_of_their_own(client, oslo):
    assert [client.get(at("text", code)).status_code for code in ("en", "fr", "xx")] == [404, 404, 404]
    assert "Select a valid choice" in client.post(at("texts"), {"language": "fr"}).text


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_the_same_text_at_once_one_is_told():
    city, staff = CityFactory(), StaffFactory()

    results = at_once(*[lambda n=n: services.save_text(city, "nb", f"Text {n}", version=0, by=staff) for n in range(2)])

    assert sorted(type(result).__name__ for result in results) == ["CityText", "Stale"]
    assert CityText.objects.count() == 1


# Picture ---------------------------------------------------------------------------------------


def picture(**values) -> dict:
    return {"file": photograph(), "alt_en": "The fjord", "alt_fr": "Le fjord", "credit": "", "version": 0, **values}


def test_picture_is_shown_with_its_description_in_the_language_of_the_reader(client, oslo):
    client.post(at("picture"), picture(credit="City of Oslo"))

    row = CityPicture.objects.get()
    page, french = client.get("/en/cities/oslo/").text, client.get("/fr/cities/oslo/").text
    assert f'src="/en/cities/oslo/picture/{row.token}.jpg" width="800" height="600" alt="The fjord"' in page
    assert 'alt="Le fjord"' in french and "City of Oslo" in page
    assert "Anna" not in row.file.name and row.file.name.startswith("cities/")


def test_picture_is_kept_for_a_year_under_an_address_that_changes_with_it(client, oslo):
    client.post(at("picture"), picture())
    first = CityPicture.objects.get().token
    answer = client.get(at("picture_file", first))

    client.post(at("picture"), picture(file=photograph(size=(600, 600)), version=1))

    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert Image.open(BytesIO(b"".join(answer.streaming_content))).size == (800, 600)
    assert client.get(at("picture_file", first)).status_code == 404


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"file": SimpleUploadedFile("a.jpg", b"MZ program")}, "not one of these kinds"),
        ({"file": ""}, "Choose “Picture”."),
        ({"alt_en": ""}, "Fill in “Description in English”."),
        ({"alt_fr": " "}, "Fill in “Description in French”."),
    ],
)
def test_picture_without_what_it_needs_is_refused_and_nothing_typed_is_lost(client, oslo, values, sentence):
    page = client.post(at("picture"), picture(credit="A long credit", **values))

    assert sentence in said(page) and "A long credit" in page.text
    assert CityPicture.objects.count() == 0


def test_description_is_corrected_without_a_new_file(client, oslo):
    client.post(at("picture"), picture())
    before = CityPicture.objects.get().token

    client.post(at("picture"), picture(file="", alt_en="The fjord at dawn", version=1))

    row = CityPicture.objects.get()
    assert (row.token, row.alt_en) == (before, "The fjord at dawn")


def test_stale_description_answers_409_and_keeps_what_was_typed(client, oslo):
    client.post(at("picture"), picture())
    client.post(at("picture"), picture(file="", alt_en="Of the first", version=1))

    stale = client.post(at("picture"), picture(file="", alt_en="Of the second", version=1))

    assert stale.status_code == 409 and "Of the second" in stale.text
    assert CityPicture.objects.get().alt_en == "Of the first"


@pytest.mark.django_db(transaction=True)
def test_removed_and_replaced_pictures_leave_no_file(client):
    city = CityFactory(slug="oslo")
    client.force_login(official_of(city))
    client.post(at("picture"), picture())
    first = CityPicture.objects.get().file.name
    client.post(at("picture"), picture(version=1))
    second = CityPicture.objects.get().file.name
    assert (default_storage.exists(first), default_storage.exists(second)) == (False, True)

    client.post(at("picture_remove"))
    client.post(at("picture_remove"))

    assert not default_storage.exists(second) and CityPicture.objects.count() == 0


def test_database_refuses_a_picture_without_a_description():
    with pytest.raises(IntegrityError), transaction.atomic():
        CityPicture.objects.create(city=CityFactory(), file="cities/x.jpg", width=1, height=1, alt_en="A", alt_fr="")


def test_officials_of_another_city_change_neither(client, oslo):
    client.force_login(official_of(CityFactory(slug="bergen")))

    answers = [client.post(at(name, *args)).status_code for name, *args in [("texts",), ("text", "nb"), ("picture",)]]

    assert answers == [403, 403, 403]
    assert client.post(at("picture_remove")).status_code == 403


def test_stale_removal_of_a_text_is_told_too():
    city, staff = CityFactory(), StaffFactory()
    services.save_text(city, "nb", "One", version=0, by=staff)

    with pytest.raises(Stale):
        services.save_text(city, "nb", "", version=0, by=staff)
