"""Cities side by side, and cities that are like one."""

from datetime import date

import pytest
from django.urls import reverse

from cities.catalogue import catalogue
from cities.similar import similar
from tests.activities.factories import ActivityFactory, RegistrationFactory
from tests.cities.test_catalogue import TODAY, measured
from tests.factories import CityFactory, NetworkFactory, PolicyAreaFactory, official_of
from tests.library.factories import GoodPracticeFactory
from tests.queries import queries

pytestmark = pytest.mark.django_db


def compared(client, *cities):
    return client.get(reverse("compare"), {"city": [city.slug for city in cities]})


def lines(response, part: str) -> dict[str, list[str]]:
    return {line.label: [text for _name, text in line.cells] for line in response.context[part]}


def test_cities_are_compared_in_the_order_they_were_ticked(client):
    network = NetworkFactory()
    oslo = CityFactory(name="Oslo", country="NO", population=700_000, languages=["es", "en"])
    bilbao = CityFactory(name="Bilbao", country="ES", network=network, member=date(2010, 5, 3))

    shown = lines(compared(client, oslo, bilbao), "facts")

    assert shown["Country"] == ["Norway", "Spain"]
    assert shown["Population"] == ["700,000", ""]
    assert shown["Networks"] == ["", network.name]
    assert shown["Member since"] == ["1 January 2016", "3 May 2010"]
    assert shown["Languages"] == ["English, Spanish", ""]


def test_index_is_compared_with_the_sample_of_each(client):
    oslo, bilbao = CityFactory(name="Oslo"), CityFactory(name="Bilbao")
    measured(oslo, date(2018, 1, 1), media=10)
    measured(oslo, date(2020, 1, 1), media=71)

    shown = lines(compared(client, oslo, bilbao), "index")

    assert shown["Date of the Index"] == ["1 January 2020", ""]
    assert shown["Overall score"] == ["60, in a sample of 90 cities (version 2021)", ""]
    assert shown["media"] == ["71 (50)", ""]


def test_what_the_cities_took_part_in_is_counted_once_each(client):
    oslo, bilbao = CityFactory(name="Oslo"), CityFactory(name="Bilbao")
    hosted = ActivityFactory(host_city=oslo)
    RegistrationFactory(activity=hosted, city=oslo, status="attended")
    RegistrationFactory(city=oslo, status="attended")
    GoodPracticeFactory(city=bilbao)

    shown = lines(compared(client, oslo, bilbao), "took_part")

    assert shown == {
        "Activities hosted or attended": ["2", "0"],
        "Inter-city grants": ["0", "0"],
        "Good practices": ["0", "1"],
    }


def test_more_than_four_cities_are_said_to_be_too_many(client):
    cities = [CityFactory(name=f"City {letter}") for letter in "ABCDEF"]

    response = compared(client, *cities)

    assert len(response.context["entries"]) == 4
    assert "At most 4 are shown side by side; 2 cities are left out: City E, City F." in response.text


def test_a_city_can_be_removed_and_another_added(client):
    oslo, bilbao = CityFactory(name="Oslo", slug="oslo"), CityFactory(name="Bilbao", slug="bilbao")

    page = compared(client, oslo, bilbao).text

    assert 'href="/en/cities/compare/?city=bilbao">Remove<span class="visually-hidden"> Oslo' in page
    assert 'href="/en/cities/?city=oslo&amp;city=bilbao"' in page


@pytest.mark.parametrize("query", [{}, {"city": "atlantis"}, {"city": ["x\x00", ""]}])
def test_comparison_of_nothing_says_how_to_choose(client, query):
    CityFactory(member=False, slug="atlantis")

    assert "No city is chosen" in client.get(reverse("compare"), query).text


def test_comparison_takes_as_many_queries_for_four_cities_as_for_one(client):
    cities = [CityFactory() for _n in range(4)]
    counts = []
    for number in (1, 4):
        compared(client, *cities[:number])
        counts.append(queries(lambda number=number: compared(client, *cities[:number])))

    assert counts[0] == counts[1] <= 12


# Cities like mine ------------------------------------------------------------------------------


def reasons(city) -> dict[str, list[str]]:
    book = catalogue(TODAY)
    return {like.entry.name: like.reasons for like in similar(book.by_slug[city.slug], book)}


def test_similar_cities_come_with_the_reasons_the_most_alike_first():
    media = PolicyAreaFactory(name_en="Media")
    oslo = CityFactory(name="Oslo", country="NO", population=700_000)
    bergen = CityFactory(name="Bergen", country="NO", population=290_000)
    lyon = CityFactory(name="Lyon", country="FR", population=500_000)
    CityFactory(name="Paris", country="FR", population=2_100_000)
    for city in (oslo, bergen, lyon):
        city.interests.add(media)
    lyon.interests.clear()

    assert reasons(oslo) == {
        "Bergen": ["In the same country", "Interested in the same: Media"],
        "Lyon": ["About as large: 500,000 inhabitants"],
    }
    assert list(reasons(oslo)) == ["Bergen", "Lyon"]


def test_of_cities_as_much_alike_the_nearest_in_size_comes_first():
    oslo = CityFactory(name="Oslo", country="NO", population=700_000)
    for name, population in [("A", None), ("B", 100_000), ("C", 1_200_000)]:
        CityFactory(name=name, country="NO", population=population)

    assert list(reasons(oslo)) == ["C", "B", "A"]


def test_close_index_profile_counts_most_and_needs_enough_areas():
    areas = [f"area{n}" for n in range(6)]
    oslo, close, near, far, few = (
        CityFactory(name=name, country=country)
        for name, country in [("Oslo", "NO"), ("Close", "FR"), ("Near", "IT"), ("Far", "ES"), ("Few", "PT")]
    )
    for city, score in [(oslo, 50), (close, 57), (near, 65), (far, 66)]:
        measured(city, date(2020, 1, 1), **dict.fromkeys(areas, score))
    measured(few, date(2020, 1, 1), **dict.fromkeys(areas[:5], 50))

    assert reasons(oslo) == {
        "Close": ["Index profile: 7 points apart on average over 6 policy areas"],
        "Near": ["Index profile: 15 points apart on average over 6 policy areas"],
    }


def test_similar_cities_are_found_from_the_directory_of_an_official(client):
    city = CityFactory(name="Oslo", slug="oslo", country="NO")
    CityFactory(name="Bergen", country="NO")
    client.force_login(official_of(city))

    assert 'href="/en/cities/oslo/similar/"' in client.get(reverse("cities:list")).text
    page = client.get(reverse("cities:similar", args=["oslo"])).text
    assert "Cities like Oslo" in page and "Bergen" in page and "In the same country" in page


def test_city_that_is_like_no_other_says_so_and_a_former_member_has_no_page(client):
    CityFactory(slug="oslo", country="NO")
    CityFactory(slug="gone", member=False)

    assert "No city is like it" in client.get(reverse("cities:similar", args=["oslo"])).text
    assert client.get(reverse("cities:similar", args=["gone"])).status_code == 404
