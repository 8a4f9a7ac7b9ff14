"""The members of a day in memory: what is chosen and counted, and that no change of the data goes unseen."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.http import QueryDict

from cities.catalogue import catalogue
from cities.directory import Choice
from cities.models import City, IndexResult, IndexScore, MembershipStep, NationalNetwork, NetworkMembership, PolicyArea
from cities.models.membership import Step
from tests.factories import CityFactory, NetworkFactory, PolicyAreaFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 4)


def names(query: str = "", on: date = TODAY) -> list[str]:
    book = catalogue(on)
    choice = Choice(QueryDict(query), book)
    return [entry.name for entry in book.ranked(choice.found(), choice.text)]


def counts(facet: str, query: str = "") -> dict[str, int]:
    facets = {found.name: found for found in Choice(QueryDict(query), catalogue(TODAY)).facets()}
    return {option.label: option.count for option in facets[facet].options} if facet in facets else {}


def elsewhere(act):
    """What `act()` gives on a connection of its own."""

    def run():
        with closing(connection):
            return act()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def measured(city: City, on: date, **scores: int) -> IndexResult:
    """An Index of `city` with these scores; the mean of the sample is 50 in every area."""
    result = IndexResult.objects.create(city=city, on=on, version="2021", overall=60, sample_size=90)
    for code, score in scores.items():
        area = PolicyArea.objects.get_or_create(code=code, defaults={"name_en": code, "name_fr": code})[0]
        IndexScore.objects.create(result=result, area=area, score=score, sample_mean=50)
    return result


def test_names_that_begin_with_the_words_come_before_names_that_hold_them_and_these_before_countries():
    CityFactory(name="Nova Lima", country="BR")
    CityFactory(name="Vila Nova", country="PT")
    CityFactory(name="Halifax", country="CA", region="Nova Scotia")
    CityFactory(name="Zaporizhzhia", country="UA", other_names="Nova Sich")

    assert names("q=nova") == ["Nova Lima", "Zaporizhzhia", "Vila Nova", "Halifax"]
    assert names("q=nova+vila") == ["Vila Nova"]


def test_values_of_one_facet_add_up_and_facets_narrow_each_other():
    reci = NetworkFactory(code="reci")
    CityFactory(name="Bilbao", country="ES", network=reci, population=350_000, languages=["es", "eu"])
    CityFactory(name="Getxo", country="ES", network=reci, population=78_000, languages=["es"])
    CityFactory(name="Oslo", country="NO", population=700_000, languages=["nb"])
    CityFactory(name="Guro", country="KR")

    assert names("country=ES&country=NO") == ["Bilbao", "Getxo", "Oslo"]
    assert names("country=ES&country=NO&size=250-500&size=500-1000") == ["Bilbao", "Oslo"]
    assert names("language=eu") == ["Bilbao"]
    assert names("network=none") == ["Guro", "Oslo"]
    assert names("size=none") == ["Guro"]
    assert names("country=ES&language=nb") == []


def test_counts_say_what_each_value_would_find_beside_the_other_facets():
    CityFactory(country="ES", population=350_000)
    CityFactory(country="ES", population=60_000)
    CityFactory(country="NO", population=60_000)

    assert counts("country") == {"Norway": 1, "Spain": 2}
    assert counts("country", "size=50-100") == {"Norway": 1, "Spain": 1}
    assert counts("country", "country=NO") == {"Norway": 1, "Spain": 2}
    assert counts("size", "country=NO") == {"50,000 to 100,000": 1, "250,000 to 500,000": 0}


def test_facet_without_a_choice_is_not_offered():
    CityFactory(country="NO")

    assert counts("country") == counts("language") == counts("strength") == {}


@pytest.mark.parametrize(
    ("population", "size"),
    [(None, "none"), (0, "under-50"), (49_999, "under-50"), (50_000, "50-100"), (999_999, "500-1000"), (1_000_000, "over-1000")],
)  # fmt: skip
def test_size_is_a_band_of_inhabitants(population, size):
    CityFactory(population=population)

    assert list(catalogue(TODAY).sets["size"]) == [size]


def test_strength_is_ten_points_above_the_mean_of_the_sample_in_the_latest_index():
    strong, past, other = CityFactory(name="Strong"), CityFactory(name="Past"), CityFactory(name="Other")
    measured(strong, date(2020, 1, 1), media=60, language=59)
    measured(past, date(2016, 1, 1), media=90)
    measured(past, date(2022, 1, 1), media=50)
    measured(past, date(2030, 1, 1), media=90)  # not yet
    IndexScore.objects.filter(result=measured(other, date(2020, 1, 1), media=90)).update(sample_mean=None)

    assert names("strength=media") == ["Strong"]
    assert "language" not in catalogue(TODAY).sets["strength"]
    assert catalogue(TODAY).by_slug[past.slug].scores["media"] == (Decimal(50), Decimal(50))


def test_members_and_networks_are_those_of_the_day():
    city = CityFactory(name="Oslo", member=date(2016, 1, 1))
    MembershipStep.objects.create(city=city, kind=Step.WITHDRAWN, on=date(2020, 1, 1))
    NetworkMembership.objects.create(
        city=city, network=NetworkFactory(code="no"), joined_on=date(2017, 1, 1), left_on=date(2018, 1, 1)
    )

    assert [names(on=day) for day in (date(2015, 12, 31), date(2016, 1, 1), date(2020, 1, 1))] == [[], ["Oslo"], []]
    assert [catalogue(date(year, 6, 1)).entries[0].networks for year in (2016, 2017, 2018)] == [[], ["no"], []]


def test_every_change_is_seen_at_once_however_it_was_made():
    area = PolicyAreaFactory(code="media")
    city = CityFactory(name="Oslo", country="NO", network=NetworkFactory(code="no"))
    assert names() == ["Oslo"]

    City.objects.update(country="SE")
    assert list(catalogue(TODAY).sets["country"]) == ["SE"]
    NetworkMembership.objects.update(left_on=date(2020, 1, 1))
    assert catalogue(TODAY).entries[0].networks == []
    city.interests.add(area)
    assert catalogue(TODAY).entries[0].interests == ["media"]
    PolicyArea.objects.update(name_en="The media")
    assert catalogue(TODAY).areas["media"].name == "The media"
    measured(city, date(2020, 1, 1), media=70)
    assert catalogue(TODAY).entries[0].strengths == ["media"]
    IndexResult.objects.all().delete()
    assert catalogue(TODAY).entries[0].strengths == []
    NationalNetwork.objects.update(name_en="Nordic")
    assert catalogue(TODAY).networks["no"].name == "Nordic"
    MembershipStep.objects.bulk_create([MembershipStep(city=city, kind=Step.WITHDRAWN, on=TODAY)])
    assert names() == []


def test_unchanged_data_are_read_once(django_assert_num_queries):
    CityFactory()
    book = catalogue(TODAY)

    with django_assert_num_queries(1):
        assert catalogue(TODAY) is book


def test_what_was_taken_back_is_not_seen_again():
    CityFactory(name="Oslo")
    with transaction.atomic():
        CityFactory(name="Nowhere")
        assert names() == ["Nowhere", "Oslo"]
        transaction.set_rollback(True)
    assert names() == ["Oslo"]

    CityFactory(name="Bergen")

    assert names() == ["Bergen", "Oslo"]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_another_connection_has_not_committed_is_seen_once_it_is():
    CityFactory(name="Oslo")
    with transaction.atomic():
        CityFactory(name="Bergen")
        assert elsewhere(names) == ["Oslo"]
        elsewhere(lambda: CityFactory(name="Stavanger"))  # later, and through before
        assert elsewhere(names) == ["Oslo", "Stavanger"]

    assert names() == elsewhere(names) == ["Bergen", "Oslo", "Stavanger"]
