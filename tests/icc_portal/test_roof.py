"""The pages that gather from all apps."""

from datetime import date

import pytest
from django.urls import reverse

from icc_portal import context_processors, facts
from tests.activities.factories import ActivityFactory
from tests.factories import CityFactory, NetworkFactory, official_of
from tests.library.factories import PublicationFactory

pytestmark = pytest.mark.django_db


def test_front_counts_the_members_of_today(client):
    CityFactory(country="NO")
    CityFactory(country="JP")
    CityFactory(country="FR", member=False)

    context = client.get("/en/").context

    assert (context["members"], context["countries"]) == (2, 2)


def groups(client, text):
    return {group.label: group.rows for group in client.get(reverse("search"), {"q": text}).context["groups"]}


def test_search_finds_cities_whatever_the_accents(client):
    lodz = CityFactory(name="Łódź")

    assert groups(client, "LODZ") == {"Cities": [lodz]}


def test_search_shows_visitors_the_public_front_only(client):
    PublicationFactory(title="Intercultural mediation")
    activity = ActivityFactory(title_en="Webinar on mediation")
    assert groups(client, "mediation") == {}

    client.force_login(official_of(CityFactory()))

    assert set(groups(client, "mediation")) == {"Publications", "Activities"}
    assert groups(client, "webinar mediation") == {"Activities": [activity]}


def test_search_without_a_hit_says_what_to_do(client):
    assert "Nothing found for “xyz”" in client.get(reverse("search"), {"q": "xyz"}).text


def test_facts_count_members_of_the_day_and_say_what_is_not_known():
    network = NetworkFactory()
    CityFactory(country="NO", network=network, population=60_000)
    CityFactory(country="NO", member=date(2018, 1, 1))
    CityFactory(country="JP", member=date(2030, 1, 1))

    result = facts.composition(date(2020, 1, 1))

    rows = {section["key"]: section["rows"] for section in result["sections"]}
    assert result["members"] == 2
    assert rows["countries"] == [("Norway", 2)]
    assert rows["networks"] == [(network.name, 1)]
    assert rows["sizes"] == [("50,000 to 100,000", 1), ("Population not found", 1)]
    assert rows["years"] == [("2016", 1), ("2017", 0), ("2018", 1)]


def test_every_menu_entry_leads_to_a_page(client):
    """The menus leave out names that do not resolve; none may be missing."""
    client.force_login(official_of(CityFactory()))
    request = client.get("/en/").wsgi_request

    shown = [
        context_processors.menu(request),
        context_processors.account_menu(request),
        context_processors.footer(request),
    ]

    assert [len(menu) for menu in shown] == [6, 6, 5]
