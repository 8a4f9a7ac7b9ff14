"""What the home pages and the report ask of the cities."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from cities.acting import cities_served
from cities.models import MembershipStep, NetworkMembership, Term
from cities.models.membership import Step
from cities.summary import figures, needs_attention
from tests.factories import (
    CityFactory,
    ContactFactory,
    NetworkFactory,
    StaffFactory,
    UserFactory,
    mayor_of,
    network_coordinator_of,
    official_of,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 4, 12, tzinfo=ZoneInfo("Europe/Paris"))


def titles(user) -> list[str]:
    return [item.title for item in needs_attention(user, AT, cities_served(user, AT.date()))]


def test_official_is_reminded_of_an_empty_profile_and_of_old_terms():
    city = CityFactory(name="Oslo")
    user = official_of(city)

    assert titles(user) == ["Write the profile of Oslo", "Confirm who holds the offices of Oslo"]

    city.profile_fr = "Un texte."
    city.save()
    Term.objects.update(confirmed_on=date(2025, 5, 4))
    assert titles(user) == []
    Term.objects.update(confirmed_on=date(2025, 5, 3))
    assert titles(user) == ["Confirm who holds the offices of Oslo"]


def test_network_coordinator_gets_sums():
    network = NetworkFactory()
    for _i in range(4):
        CityFactory(network=network)

    assert titles(network_coordinator_of(network)) == [
        "4 of your cities have no mayor's address that works",
        "4 of your cities have no coordinator who can be reached",
        "4 of your cities have no profile",
    ]


def test_official_is_told_of_an_election_that_is_near_and_asked_for_the_mayor_once_it_has_passed():
    city = CityFactory(name="Oslo", profile_en="We welcome", election_on=AT.date() + timedelta(days=30))
    user = official_of(city)
    Term.objects.update(confirmed_on=AT.date())

    assert titles(user) == ["Election in Oslo on 3 June 2026"]
    city.election_on = AT.date() - timedelta(days=1)
    city.save()

    assert titles(user) == ["Say who is mayor of Oslo after the election"]


def test_unit_is_told_which_offices_letters_cannot_reach():
    silent, bouncing, reached = CityFactory(), CityFactory(), CityFactory()
    mayor_of(silent, email="")
    mayor_of(bouncing, is_bouncing=True)
    mayor_of(reached)
    official_of(reached)
    CityFactory(member=False)

    staff = StaffFactory()

    assert titles(staff) == [
        "2 member cities have no mayor's address that works",
        "2 member cities have no coordinator who can be reached",
        "3 member cities have offices not confirmed for a year",
    ]
    assert all(item.is_staff_only for item in needs_attention(staff, AT, []))
    assert titles(UserFactory()) == []


def test_links_of_the_unit_open_the_rows_they_count(client):
    mayor_of(CityFactory(name="Silent"), email="")
    mayor_of(CityFactory(name="Reached"))
    staff = StaffFactory()
    client.force_login(staff)

    for item in needs_attention(staff, AT, []):
        rows = client.get(item.url).context["cl"].result_count
        assert (item.title, rows) == (item.title, item.count)


def test_figures_count_members_on_the_last_day_of_the_year():
    reci = NetworkFactory()
    CityFactory(country="ES", member=date(2019, 1, 1), network=reci)
    CityFactory(country="NO", member=date(2020, 12, 31))
    CityFactory(country="FR", member=date(2021, 1, 1))
    former = CityFactory(country="IT", member=date(2010, 1, 1))
    MembershipStep.objects.create(city=former, kind=Step.WITHDRAWN, on=date(2020, 6, 1))

    numbers = {figure.key: (figure.value, figure.previous) for figure in figures(2020)}

    assert numbers == {"members": (2, 2), "new_members": (1, 1), "countries": (2, 2), "networks": (1, 1)}


# Administration --------------------------------------------------------------------------------


def test_administration_takes_a_term_without_an_office(client):
    client.force_login(StaffFactory())

    response = client.post(reverse("admin:cities_term_add"), {"city": CityFactory().pk, "started_on": "2020-01-01"})

    assert (response.status_code, Term.objects.count()) == (200, 0)


@pytest.mark.parametrize(
    "model",
    ["city", "contact", "term", "nationalnetwork", "policyarea", "indexresult", "contribution"],
)
def test_administration_lists_adds_and_changes(client, model):
    from django.apps import apps

    city = CityFactory(network=NetworkFactory())
    mayor_of(city)
    client.force_login(StaffFactory())
    row = apps.get_model("cities", model).objects.first()

    assert client.get(reverse(f"admin:cities_{model}_changelist"), {"q": "o"}).status_code == 200
    assert client.get(reverse(f"admin:cities_{model}_add")).status_code == 200
    if row:
        assert client.get(reverse(f"admin:cities_{model}_change", args=[row.pk])).status_code == 200


def test_administration_finds_cities_without_accents(client):
    CityFactory(name="Łódź")
    client.force_login(StaffFactory())

    response = client.get(reverse("admin:cities_city_changelist"), {"q": "LODZ"})

    assert response.context["cl"].result_count == 1


def test_administration_says_that_terms_overlap(client):
    city = CityFactory()
    running = mayor_of(city)
    client.force_login(StaffFactory())

    response = client.post(
        reverse("admin:cities_term_add"),
        {"contact": running.contact.pk, "city": city.pk, "office": "mayor", "started_on": "2020-01-01"},
    )

    assert response.status_code == 200
    assert "Another term of this office overlaps these dates." in response.content.decode()
    assert Term.objects.count() == 1


def test_administration_takes_terms_and_networks_of_one_city_beside_those_of_another(client):
    mayor_of(CityFactory(network=NetworkFactory()))
    city, network, contact = CityFactory(), NetworkFactory(), ContactFactory()
    client.force_login(StaffFactory())

    client.post(
        reverse("admin:cities_term_add"),
        {"contact": contact.pk, "city": city.pk, "office": "mayor", "started_on": "2020-01-01"},
    )

    assert Term.objects.filter(city=city, office="mayor").count() == 1
    NetworkMembership(city=city, network=network).full_clean()
