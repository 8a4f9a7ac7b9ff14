"""Queries written once: each answer is of now, in the reader's language, for the values given."""

from datetime import date, timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils.translation import override

from cities.models import City, PolicyArea, Term
from common.prepared import prepared
from tests.factories import CityFactory, PolicyAreaFactory, official_of

DAY = date(2026, 5, 4)


@prepared
def served(user: int, on: date):
    return City.objects.of_official(user, on)


@prepared
def named(cities: list[int]):
    return City.objects.filter(pk__in=cities).values_list("name", flat=True)


@prepared
def begun_a_year_before(on: date):
    return Term.objects.filter(started_on__lte=on - timedelta(days=365)).select_related("contact")


@prepared
def areas():
    return PolicyArea.objects.values_list("name")


@pytest.mark.django_db
def test_the_answer_is_that_of_the_queryset_at_this_moment():
    oslo, bergen = CityFactory(name="Oslo"), CityFactory(name="Bergen")
    user, other = official_of(oslo), official_of(bergen)
    assert (served(user.pk, DAY), served(other.pk, on=DAY)) == ([oslo], [bergen])

    City.objects.filter(pk=oslo.pk).update(name="Christiania")
    assert [city.name for city in served(user.pk, DAY)] == ["Christiania"]
    Term.objects.update(ended_on=DAY)

    assert served(user.pk, DAY) == []
    assert served(user.pk, DAY - timedelta(days=1)) == [oslo]


@pytest.mark.django_db
def test_a_list_may_hold_any_number_of_keys():
    oslo, bergen, _other = (CityFactory(name=name) for name in ("Oslo", "Bergen", "Narvik"))

    assert [named(keys) for keys in ([], [oslo.pk], [oslo.pk, bergen.pk])] == [[], ["Oslo"], ["Bergen", "Oslo"]]


@pytest.mark.django_db
def test_a_sum_with_an_argument_is_worked_out_by_the_database():
    official_of(CityFactory())
    term = Term.objects.get()

    assert begun_a_year_before(term.started_on + timedelta(days=364)) == []
    assert begun_a_year_before(term.started_on + timedelta(days=365)) == [term]


@pytest.mark.django_db
def test_each_language_has_its_own_columns():
    PolicyAreaFactory(name_en="Housing", name_fr="Logement")

    for language, name in [("en", "Housing"), ("fr", "Logement"), ("en", "Housing")]:
        with override(language):
            assert areas() == [(name,)]


@pytest.mark.django_db
def test_a_missing_argument_is_an_error():
    with pytest.raises(TypeError, match="on"):
        served(1)


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_through_its_own_connection():
    oslo = CityFactory(name="Oslo")
    found = named([oslo.pk])

    def ask() -> None:
        found.extend(named([oslo.pk]))
        connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()

    assert found == ["Oslo", "Oslo"]
