"""For which city somebody acts when they serve more than one."""

from types import SimpleNamespace

import pytest

from cities.acting import act_for, acting_city
from cities.models import Term
from tests.factories import (
    CityFactory,
    ContactFactory,
    NetworkFactory,
    StaffFactory,
    TermFactory,
    UserFactory,
    network_coordinator_of,
    official_of,
)

pytestmark = pytest.mark.django_db


def request_of(user, session=None) -> SimpleNamespace:
    return SimpleNamespace(user=user, session={} if session is None else session)


def test_official_of_one_city_acts_for_it_and_others_for_none():
    city = CityFactory()

    assert acting_city(request_of(official_of(city))) == city
    assert acting_city(request_of(UserFactory())) is None
    assert acting_city(request_of(StaffFactory())) is None


def test_choice_is_remembered_while_the_office_lasts():
    bergen, oslo, session = CityFactory(name="Bergen"), CityFactory(name="Oslo"), {}
    user = official_of(bergen)
    TermFactory(city=oslo, office="official", contact=user.contact)
    assert acting_city(request_of(user)) == bergen

    act_for(request_of(user, session), oslo)
    assert acting_city(request_of(user, session)) == oslo

    Term.objects.filter(city=oslo).update(ended_on="2026-01-01")
    assert acting_city(request_of(user, session)) == bergen


def test_coordinator_of_a_network_chooses_first_unless_one_city_is_their_own():
    network = NetworkFactory()
    CityFactory(network=network)
    own = CityFactory(name="Zaragoza", network=network)
    user = network_coordinator_of(network)
    assert acting_city(request_of(user)) is None

    TermFactory(city=own, contact=user.contact)
    assert acting_city(request_of(user)) == own


def test_cities_are_read_once_for_a_page(django_assert_num_queries):
    request = request_of(official_of(CityFactory()))
    ContactFactory()

    with django_assert_num_queries(1):
        acting_city(request)
        acting_city(request)
