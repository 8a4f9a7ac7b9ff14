"""The directory of member cities: who is in it, what finds whom, and how much work a page is."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cities.models import City, MembershipStep, NetworkMembership
from cities.models.membership import Step
from common.dates import Precision
from tests.factories import CityFactory, ContactFactory, NetworkFactory, TermFactory, official_of

pytestmark = pytest.mark.django_db


def test_directory_lists_members_by_name_whatever_their_accents(client):
    for name in ("Zaragoza", "Évora", "Ávila", "Łódź"):
        CityFactory(name=name)
    CityFactory(name="Not a member", member=False)

    page = client.get(reverse("cities:list")).context["page"]

    assert [city.name for city in page] == ["Ávila", "Évora", "Łódź", "Zaragoza"]


def test_directory_filters_by_country_network_and_kind(client):
    reci = NetworkFactory(code="reci")
    CityFactory(name="Bilbao", country="ES", network=reci)
    CityFactory(name="Tenerife", country="ES", network=reci, kind="region")
    CityFactory(name="Oslo", country="NO")
    former = CityFactory(name="Madrid", country="ES", network=reci)
    NetworkMembership.objects.filter(city=former).update(joined_on=date(2010, 1, 1), left_on=date(2020, 1, 1))

    def names(**query):
        return [city.name for city in client.get(reverse("cities:list"), query).context["page"]]

    assert names(country="ES") == ["Bilbao", "Madrid", "Tenerife"]
    assert names(network="reci") == ["Bilbao", "Tenerife"]
    assert names(network="reci", kind="region") == ["Tenerife"]
    assert names(q="norw") == ["Oslo"]


def test_directory_takes_several_values_and_offers_to_remove_each(client):
    for name, country in [("Bilbao", "ES"), ("Oslo", "NO"), ("Paris", "FR")]:
        CityFactory(name=name, country=country)

    response = client.get(reverse("cities:list") + "?q=o&country=ES&country=NO&page=1")

    chips = {chip.label: chip.url for chip in response.context["chips"]}
    assert [city.name for city in response.context["page"]] == ["Oslo", "Bilbao"]
    assert chips == {
        "“o”": "?country=ES&country=NO",
        "Spain": "?q=o&country=NO",
        "Norway": "?q=o&country=ES",
    }
    assert 'value="ES" checked' in response.text


def test_directory_asked_by_htmx_gives_what_changed_only(client):
    CityFactory(name="Bilbao", country="ES")
    CityFactory(name="Oslo", country="NO")

    response = client.get(reverse("cities:list"), {"country": "NO"}, headers={"HX-Request": "true"})

    assert "<html" not in response.text and "Oslo" in response.text and "Bilbao" not in response.text
    assert '<p id="count" hx-swap-oob="innerHTML">' in response.text
    assert '<span id="n-country-ES" hx-swap-oob="innerHTML">(1)</span>' in response.text
    assert "HX-Request" in response["Vary"]


def test_directory_gone_back_to_by_htmx_is_the_whole_page(client):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}

    assert "<html" in client.get(reverse("cities:list"), headers=headers).text


def test_map_shows_the_cities_of_the_list_and_each_mark_leads_to_its_city(client):
    CityFactory(name="Oslo", slug="oslo", latitude="59.91", longitude="10.75")
    CityFactory(name="Bilbao", slug="bilbao", country="ES", latitude="43.26", longitude="-2.93")

    everything = client.get(reverse("cities:list")).text
    spain = client.get(reverse("cities:list"), {"country": "ES"}).text

    assert 'href="/en/cities/oslo/" tabindex="-1"><title>Oslo</title>' in everything
    assert 'href="/en/cities/bilbao/" tabindex="-1">' in spain and 'href="/en/cities/oslo/"' not in spain
    assert "In and around Europe: 1 of 1 member cities." in spain and "In the world" not in spain


def test_map_of_changed_cities_is_drawn_anew(client):
    city = CityFactory(name="Oslo", latitude="59.91", longitude="10.75")
    before = client.get(reverse("cities:list")).context["maps"][0].svg
    assert client.get(reverse("cities:list")).context["maps"][0].svg == before

    City.objects.filter(pk=city.pk).update(name="Christiania")

    assert "Christiania" in client.get(reverse("cities:list")).context["maps"][0].svg


def test_land_is_a_picture_that_browsers_keep(client):
    response = client.get(reverse("cities:land", args=["world"]))

    assert (response["Content-Type"], response.text[:4]) == ("image/svg+xml", "<svg")
    assert "max-age=31536000" in response["Cache-Control"] and "public" in response["Cache-Control"]
    assert client.get("/en/cities/land/moon.svg").status_code == 404


def test_ticked_cities_stay_ticked_and_those_on_other_pages_are_named(client):
    oslo, bilbao = CityFactory(name="Oslo", country="NO"), CityFactory(name="Bilbao", country="ES")

    response = client.get(reverse("cities:list"), {"country": "NO", "city": [oslo.slug, bilbao.slug, "atlantis"]})

    assert f'id="compare-{oslo.slug}" checked' in response.text
    assert [entry.name for entry in response.context["elsewhere"]] == ["Bilbao"]


def test_directory_names_countries_in_the_readers_language(client):
    CityFactory(name="Oslo", country="NO")

    page = client.get("/fr/cities/").content.decode()

    assert "Norvège" in page and "Norway" not in page


def test_directory_without_a_hit_says_what_to_try(client):
    CityFactory(name="Oslo")

    response = client.get(reverse("cities:list"), {"q": "Atlantis"})

    assert "No member city fits" in response.content.decode()


@pytest.mark.parametrize("query", [{"country": "XX"}, {"network": "none"}, {"kind": "moon"}, {"page": "a"}, {"page": "99"}, {"q": "x\x00"}, {"q": "a" * 500}])  # fmt: skip
def test_directory_takes_any_query(client, query):
    CityFactory(name="Oslo")

    assert client.get(reverse("cities:list"), query).status_code == 200


def test_directory_shows_maps_with_their_sources_and_says_who_is_not_on_them(client):
    CityFactory(name="Oslo", latitude="59.91", longitude="10.75", network=NetworkFactory())
    CityFactory(name="Hamamatsu", country="JP", latitude="34.7", longitude="137.7")
    CityFactory(name="Guro", country="KR")

    page = client.get(reverse("cities:list")).content.decode()

    assert "In and around Europe: 1 of 3 member cities." in page
    assert "In the world: 2 of 3 member cities. No coordinates were found for the rest." in page
    assert "Natural Earth" in page and "GeoNames, CC BY 4.0" in page


def test_directory_needs_as_many_queries_for_fifty_cities_as_for_one(client):
    reci = NetworkFactory()

    def queries() -> int:
        client.get(reverse("cities:list"))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("cities:list"))
        return len(captured)

    counts = []
    for count in (1, 2, 47):
        for _i in range(count):
            CityFactory(network=reci, latitude="59.91", longitude="10.75")
        counts.append(queries())
    assert counts[0] == counts[1] == counts[2] <= 12
    cache.clear()


# Members on a day ------------------------------------------------------------------------------


def members(on: date) -> list[str]:
    return [city.name for city in City.objects.members(on)]


def test_membership_begins_on_the_day_of_the_statement():
    CityFactory(name="Oslo", member=date(2020, 5, 4))

    assert members(date(2020, 5, 3)) == []
    assert members(date(2020, 5, 4)) == members(date(2020, 5, 5)) == ["Oslo"]


def test_membership_of_an_unknown_date_holds_until_a_dated_change():
    city = CityFactory(name="Oslo", member=False)
    MembershipStep.objects.create(city=city, kind=Step.INTENT, precision=Precision.UNKNOWN)
    MembershipStep.objects.create(city=city, kind=Step.WITHDRAWN, on=date(2020, 5, 4))

    assert members(date(1999, 1, 1)) == members(date(2020, 5, 3)) == ["Oslo"]
    assert members(date(2020, 5, 4)) == []


def test_suspended_city_is_no_member_until_reinstated():
    city = CityFactory(name="Oslo", member=date(2010, 1, 1))
    MembershipStep.objects.create(city=city, kind=Step.SUSPENDED, on=date(2018, 3, 1))
    MembershipStep.objects.create(city=city, kind=Step.REINSTATED, on=date(2019, 3, 1))
    MembershipStep.objects.create(city=city, kind=Step.EXPERT_VISIT, on=date(2018, 6, 1))

    assert members(date(2018, 2, 28)) == ["Oslo"]
    assert members(date(2018, 3, 1)) == members(date(2019, 2, 28)) == []
    assert members(date(2019, 3, 1)) == ["Oslo"]


def test_an_expression_of_interest_makes_no_member():
    city = CityFactory(name="Oslo", member=False)
    MembershipStep.objects.create(city=city, kind=Step.INTEREST, on=date(2018, 3, 1))

    assert members(date(2026, 1, 1)) == []


# A city's page ---------------------------------------------------------------------------------


def test_city_page_shows_facts_and_says_what_was_not_found(client):
    city = CityFactory(name="Guro", country="KR", population=None)

    page = client.get(city.get_absolute_url()).content.decode()

    assert "Guro" in page and "South Korea" in page
    assert "Not found yet: network, population, coordinates." in page
    assert "1 January 2016" in page


def test_city_page_of_a_year_does_not_pretend_to_know_the_day(client):
    city = CityFactory(member=False)
    MembershipStep.objects.create(city=city, kind=Step.INTENT, on=date(2008, 1, 1), precision=Precision.YEAR)

    page = client.get(city.get_absolute_url()).content.decode()

    assert "Known to the year only" in page and "January" not in page


def test_city_page_shows_people_who_agreed_to_members_only_and_no_address(client):
    from django.utils import timezone

    city = CityFactory()
    listed = ContactFactory(name="Listed Office", email="listed@city.example", is_listed=True, listed_at=timezone.now())
    TermFactory(city=city, contact=listed)
    TermFactory(city=city, office="official", contact=ContactFactory(name="Shy Office"))

    public = client.get(city.get_absolute_url()).content.decode()
    client.force_login(official_of(CityFactory()))
    member = client.get(city.get_absolute_url()).content.decode()

    assert "Listed Office" not in public
    assert "Listed Office" in member
    assert "Shy Office" not in member and "listed@city.example" not in member


def test_city_page_of_a_former_member_says_so(client):
    city = CityFactory(member=date(2010, 1, 1))
    MembershipStep.objects.create(city=city, kind=Step.WITHDRAWN, on=date(2018, 3, 1))

    assert "Not a member at present" in client.get(city.get_absolute_url()).content.decode()


def test_unknown_city_is_not_found(client):
    assert client.get("/en/cities/atlantis/").status_code == 404


def test_profile_is_shown_as_safe_markdown(client):
    city = CityFactory(profile_en="**Bold** <script>alert(1)</script>")

    page = client.get(city.get_absolute_url()).content.decode()

    assert "<strong>Bold</strong>" in page and "<script>alert" not in page
