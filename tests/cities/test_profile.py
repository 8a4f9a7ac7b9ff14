"""Officials write their own city's profile; of two who write at once, nobody loses a word."""

import pytest
from django.urls import reverse

from tests.factories import (
    CityFactory,
    NetworkFactory,
    PolicyAreaFactory,
    StaffFactory,
    UserFactory,
    network_coordinator_of,
    official_of,
)

pytestmark = pytest.mark.django_db


def texts(version: int, english: str = "", french: str = "", website: str = "") -> dict:
    return {"profile_en": english, "profile_fr": french, "website": website, "version": version}


def test_official_saves_the_profile_in_both_languages(client):
    city = CityFactory()
    user = official_of(city)
    client.force_login(user)

    response = client.post(
        reverse("cities:edit", args=[city.slug]), texts(1, "We mix.", "Nous mêlons.", "oslo.example")
    )

    city.refresh_from_db()
    assert response["Location"] == city.get_absolute_url()
    assert (city.profile_en, city.profile_fr, city.version) == ("We mix.", "Nous mêlons.", 2)
    assert city.website == "https://oslo.example"
    record = city.history.first()
    assert (record.history_user, record.profile_fr) == (user, "Nous mêlons.")


def test_official_says_in_which_languages_and_about_what_the_city_would_like_to_exchange(client):
    city, media = CityFactory(), PolicyAreaFactory(name_en="Media")
    client.force_login(official_of(city))
    url = reverse("cities:edit", args=[city.slug])

    client.post(url, texts(1) | {"languages": ["uk", "fr"], "interests": [media.pk]})

    city.refresh_from_db()
    page = client.get(city.get_absolute_url()).content.decode()
    assert (city.languages, list(city.interests.all())) == (["fr", "uk"], [media])
    assert "French, Ukrainian" in page and "Media" in page
    assert city.history.first().interests.get().policyarea == media
    assert client.get(url).context["form"].initial["languages"] == ["fr", "uk"]


def test_unknown_language_and_interest_are_refused(client):
    city = CityFactory()
    client.force_login(official_of(city))

    response = client.post(
        reverse("cities:edit", args=[city.slug]), texts(1, "A text.") | {"languages": ["xx"], "interests": ["99"]}
    )

    city.refresh_from_db()
    assert set(response.context["form"].errors) == {"languages", "interests"}
    assert "A text." in response.content.decode() and city.version == 1


def test_stale_save_answers_409_with_both_texts_and_then_saves(client):
    city = CityFactory()
    first, second = official_of(city), official_of(city, office="official")
    url = reverse("cities:edit", args=[city.slug])
    client.force_login(second)
    client.get(url)
    client.force_login(first)
    client.post(url, texts(1, "Text of the first."))
    client.force_login(second)

    stale = client.post(url, texts(1, "Text of the second."))

    city.refresh_from_db()
    page = stale.content.decode()
    assert stale.status_code == 409
    assert "Text of the first." in page and "Text of the second." in page
    assert "Somebody else saved this profile" in page and str(first) in page
    assert city.profile_en == "Text of the first."

    again = client.post(url, texts(stale.context["current"].version, "Both texts."))

    city.refresh_from_db()
    assert (again.status_code, city.profile_en) == (302, "Both texts.")
    assert [r.profile_en for r in city.history.all()][:2] == ["Both texts.", "Text of the first."]


def test_bad_website_keeps_what_was_typed(client):
    city = CityFactory()
    client.force_login(official_of(city))

    response = client.post(reverse("cities:edit", args=[city.slug]), texts(1, "A long text.", website="not an address"))

    page = response.content.decode()
    assert response.status_code == 200
    assert "Write the address in full" in page and "A long text." in page and "not an address" in page


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_a_broken_version_is_no_crash(client, version):
    city = CityFactory()
    client.force_login(official_of(city))

    response = client.post(reverse("cities:edit", args=[city.slug]), texts(version, "A text."))

    city.refresh_from_db()
    assert response.status_code in (200, 409)
    assert "A text." in response.content.decode()
    assert city.version == 1


def test_only_officials_of_the_city_its_network_and_the_unit_may_edit(client):
    network = NetworkFactory()
    city, other = CityFactory(network=network), CityFactory()
    answers = {}
    for name, user in {
        "official": official_of(city),
        "other": official_of(other),
        "network": network_coordinator_of(network),
        "elsewhere": network_coordinator_of(NetworkFactory()),
        "nobody": UserFactory(),
        "staff": StaffFactory(),
    }.items():
        client.force_login(user)
        answers[name] = client.get(reverse("cities:edit", args=[city.slug])).status_code

    assert answers == {"official": 200, "other": 403, "network": 200, "elsewhere": 403, "nobody": 403, "staff": 200}
    assert client.get(reverse("cities:edit", args=["atlantis"])).status_code == 404
