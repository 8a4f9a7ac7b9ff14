"""For which city somebody acts when they serve more than one."""

from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from cities.acting import act_for, acting_city
from cities.gaps import Gap
from cities.models import City, Term
from tests.activities.factories import ActivityFactory
from tests.factories import (
    CityFactory,
    ContactFactory,
    NetworkFactory,
    StaffFactory,
    TermFactory,
    UserFactory,
    mayor_of,
    network_coordinator_of,
    official_of,
)
from tests.grants.factories import CallFactory

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


# Pages -----------------------------------------------------------------------------------------


@pytest.fixture
def of_two(client):
    """A session of somebody who coordinates Bergen and serves Oslo and Arendal."""
    bergen, oslo = CityFactory(name="Bergen", slug="bergen"), CityFactory(name="Oslo", slug="oslo")
    user = official_of(bergen)
    for served in (oslo, CityFactory(name="Arendal")):
        TermFactory(city=served, office="official", contact=user.contact)
    client.force_login(user)
    return client


def acting_on(client, url: str) -> str:
    return str(client.get(url).context["portal"]["acting"]["city"])


def test_official_of_one_city_sees_its_name_and_no_switch(client):
    client.force_login(official_of(CityFactory(name="Bergen")))

    page = client.get(reverse("home")).content.decode()

    assert "You act for" in page and "Bergen" in page and "acting-city" not in page


def test_official_of_two_switches_and_comes_back_to_the_page_they_were_on(of_two):
    home = reverse("home")
    assert acting_on(of_two, home) == "Bergen"

    response = of_two.post(reverse("cities:act"), {"city": "oslo", "next": home})

    assert response["Location"] == home
    assert acting_on(of_two, home) == "Oslo"


@pytest.mark.parametrize(
    ("page", "arguments", "expected"),
    [
        ("cities:edit", ["bergen"], "/en/cities/oslo/edit/"),
        ("city", ["bergen"], "/en/cities/oslo/"),
        ("cities:person_appoint", ["bergen", "mayor"], "/en/cities/oslo/people/"),
    ],
)
def test_switch_on_a_page_about_a_city_leads_to_the_same_page_of_the_other(of_two, page, arguments, expected):
    response = of_two.post(reverse("cities:act"), {"city": "oslo", "next": reverse(page, args=arguments)})

    assert response["Location"] == expected


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "/nowhere/", ""])
def test_switch_never_leads_away_from_the_portal(of_two, address):
    response = of_two.post(reverse("cities:act"), {"city": "oslo", "next": address})

    assert response["Location"] == "/en/cities/oslo/"


def test_page_of_a_city_shows_that_city_whatever_was_chosen(of_two):
    assert acting_on(of_two, reverse("cities:people", args=["oslo"])) == "Oslo"
    assert acting_on(of_two, reverse("home")) == "Bergen"


@pytest.mark.parametrize(
    ("page", "field"),
    [("activities:register", "city"), ("library:practice_new", "city"), ("grants:start", "lead_city")],
)
def test_forms_begin_with_the_city_acted_for(of_two, page, field):
    of_two.post(reverse("cities:act"), {"city": "oslo"})
    rows = {"activities:register": ActivityFactory, "grants:start": CallFactory}
    arguments = [rows[page]().pk] if page in rows else []

    initial = of_two.get(reverse(page, args=arguments)).context["form"][field].initial

    assert initial == City.objects.get(slug="oslo")


def test_nobody_acts_for_a_city_they_do_not_serve(of_two):
    CityFactory(slug="paris")

    assert of_two.post(reverse("cities:act"), {"city": "paris"}).status_code == 404
    assert acting_on(of_two, reverse("home")) == "Bergen"


def test_coordinator_of_a_large_network_finds_a_page_instead_of_a_list(client):
    network = NetworkFactory()
    CityFactory.create_batch(13, network=network)
    client.force_login(network_coordinator_of(network))

    page = client.get(reverse("home")).content.decode()

    assert "You serve 13 cities." in page and reverse("cities:mine") in page and "acting-city" not in page


def test_network_coordinator_sees_what_each_city_lacks(client):
    network = NetworkFactory()
    whole = CityFactory(name="Whole", network=network, profile_en="A text.")
    mayor_of(whole)
    official_of(whole)
    Term.objects.update(confirmed_on=timezone.localdate())
    bare = CityFactory(name="Bare", network=network, election_on=timezone.localdate())
    CityFactory(name="Elsewhere")
    client.force_login(network_coordinator_of(network))

    rows = {city.name: city.gaps for city in client.get(reverse("cities:mine")).context["page"]}

    assert rows == {whole.name: [], bare.name: [Gap.MAYOR, Gap.COORDINATOR, Gap.ELECTION, Gap.PROFILE]}
    filtered = client.get(reverse("cities:mine"), {"gap": "unconfirmed"})
    assert "None of your cities lacks this" in filtered.content.decode()
    assert client.get(reverse("cities:people", args=[bare.slug])).status_code == 200


@pytest.mark.parametrize("count", [1, 3, 50])
def test_own_cities_take_the_same_queries_however_many(client, count, django_assert_num_queries):
    network = NetworkFactory()
    for _i in range(count):
        mayor_of(CityFactory(network=network))
    client.force_login(network_coordinator_of(network))

    with django_assert_num_queries(5):
        client.get(reverse("cities:mine"))
