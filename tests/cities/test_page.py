"""A city's page: what it shows of a city that has much, and of one that has little."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from cities import services
from cities.comparison import comparison
from cities.models import MembershipStep, PolicyArea
from cities.models.membership import Step, deciding
from common.dates import Precision
from tests.cities.pages import index_of, show_everything
from tests.cities.test_import import said
from tests.factories import CityFactory, NetworkFactory, PolicyAreaFactory, StaffFactory, official_of

pytestmark = pytest.mark.django_db
AREAS = [
    "commitment", "education", "neighbourhoods", "services", "business", "culture", "space", "mediation", "language",
    "media", "participation", "interaction",
]  # fmt: skip


@pytest.fixture
def oslo():
    return CityFactory(name="Oslo", slug="oslo")


# Head and facts --------------------------------------------------------------------------------


def test_head_names_the_city_in_its_own_script_with_its_language(client):
    CityFactory(
        name="Lutsk", slug="lutsk", country="UA", other_names="Луцьк, Lutzk", languages=["uk"], population=215_986
    )

    page = client.get("/en/cities/lutsk/").text

    assert '<p class="city-head__own" lang="uk" dir="auto">Луцьк</p>' in page
    assert "<h1>Lutsk</h1>" in page and "215,986" in page


def test_each_script_is_shown_once_and_a_latin_name_needs_none():
    assert CityFactory(other_names="浜松, はままつ", languages=["ja"]).own_names == [("浜松", "ja")]
    assert CityFactory(other_names="חיפה, حيفا", languages=["he", "ar"]).own_names == [("חיפה", "he"), ("حيفا", "ar")]
    assert CityFactory(other_names="Суботица, Szabadka", languages=[]).own_names == [("Суботица", "")]
    assert CityFactory(other_names="Lemesos, Lodz").own_names == []


def test_head_says_since_when_and_as_which_number(client, oslo):
    services.save_step(oslo.steps.get(), by=StaffFactory(), on=date(2008, 5, 4), ordinal=7)

    page = client.get("/en/cities/oslo/").text

    assert "<dt>Statement of intent</dt><dd>4 May 2008</dd>" in page
    assert "<dt>Member number</dt><dd>7</dd>" in page


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Step.SUSPENDED, "Not a member at present: suspended since 3 March 2018"),
        (Step.WITHDRAWN, "Not a member at present: withdrew on 3 March 2018"),
    ],
)
def test_head_says_how_the_city_stands_to_the_programme(client, oslo, kind, sentence):
    services.take_step(oslo, kind, on=date(2018, 3, 3), by=StaffFactory())

    assert sentence in said(client.get("/en/cities/oslo/"))


def test_city_on_its_way_is_not_called_a_former_member(client):
    city = CityFactory(slug="new", member=False)
    services.take_step(city, Step.INTEREST, on=date(2020, 3, 3), by=StaffFactory())

    page = said(client.get("/en/cities/new/"))

    assert "Not a member yet" in page and "at present" not in page


def test_city_that_has_little_shows_no_empty_parts(client):
    CityFactory(slug="small", member=False)

    page = client.get("/en/cities/small/").text

    for heading in ("c-profile", "c-texts", "c-index", "c-member", "c-history"):
        assert f'id="{heading}"' not in page
    assert "Not found yet: network, population, coordinates." in page


def test_official_of_a_city_that_has_little_is_told_where_to_begin(client):
    city = CityFactory(slug="small")
    client.force_login(official_of(city))

    page = said(client.get("/en/cities/small/"))

    assert "No profile yet" in page and "Add a picture" in page and "Further languages" in page


def test_network_is_shown_with_the_day_of_joining_as_it_is_known(client):
    city = CityFactory(slug="oslo", network=NetworkFactory(name_en="Nordic network"))
    city.network_memberships.update(joined_on=date(2012, 1, 1), precision=Precision.YEAR)

    assert 'Nordic network<br><span class="muted">since 2012</span>' in client.get("/en/cities/oslo/").text


def test_path_begins_with_the_first_step_and_offers_documents_to_those_who_may_open_them(client, oslo):
    step = oslo.steps.get()
    step.document = "membership/x.pdf"
    step.save()
    MembershipStep.objects.create(city=oslo, kind=Step.EXPERT_VISIT, on=date(2018, 3, 3), note="Three experts came.")

    public = client.get("/en/cities/oslo/").text
    client.force_login(official_of(oslo))
    own = client.get("/en/cities/oslo/").text

    assert public.index("Statement of intent</p>") < public.index("Expert visit</p>")
    assert "Three experts came." in public and "/document/" not in public
    assert f"/en/cities/oslo/steps/{step.pk}/document/" in own


# Texts -----------------------------------------------------------------------------------------


def test_profile_in_the_other_language_says_so_and_is_marked(client):
    CityFactory(slug="oslo", profile_fr="Nous mêlons.")

    page = client.get("/en/cities/oslo/").text

    assert "The city has written this in French." in page
    assert '<div lang="fr"><div class="prose"><p>Nous mêlons.</p>' in page


def test_text_in_a_further_language_is_marked_with_language_and_direction(client):
    city = CityFactory(slug="haifa")
    services.save_text(city, "he", "עיר **מעורבת**", version=0, by=StaffFactory())

    page = client.get("/en/cities/haifa/").text

    assert '<div class="details__body" lang="he" dir="rtl">' in page
    assert "<strong>מעורבת</strong>" in page and "Hebrew" in page


# Index -----------------------------------------------------------------------------------------


def test_result_stands_beside_the_mean_of_its_dated_sample(client, oslo):
    index_of(oslo, date(2024, 5, 4), {"education": 70, "media": 45, "language": 50})

    page = said(client.get("/en/cities/oslo/"))

    assert "70 of 100 overall on 4 May 2024 (version 2024 of the Index)." in page
    assert "The sample it is compared with: 105 cities, 4 May 2024. Their overall mean: 58." in page
    assert "Oslo and the mean of a sample of 105 cities" in page and "Of 3 policy areas, 1 is" not in page
    assert "rank" not in page.lower()


def test_twelve_areas_of_which_two_are_optional_and_not_scored_are_missing_and_not_zero(client, oslo):
    elsewhere = CityFactory()
    PolicyAreaFactory(code="never-asked", position=99)
    index_of(elsewhere, date(2024, 5, 4), dict.fromkeys(AREAS, 60))
    PolicyArea.objects.filter(code__in=AREAS[-2:]).update(is_optional=True)
    index_of(oslo, date(2024, 6, 1), dict.fromkeys(AREAS[:-2], 70))

    with translation.override("en"):
        found = comparison(oslo, "en")
    page = said(client.get("/en/cities/oslo/"))

    assert [line.area.code for line in found.lines] == AREAS
    assert [line.area.code for line in found.missing] == AREAS[-2:]
    assert "2 areas were not scored." in found.title
    assert "11. Participation (optional)not scored" in page and "Never" not in page


def test_earlier_results_are_comparable_and_another_version_is_named(client, oslo):
    index_of(oslo, date(2020, 5, 4), {"education": 60, "media": 40, "language": 55}, version="2019")
    index_of(oslo, date(2024, 5, 4), {"education": 70, "media": 45})

    page = said(client.get("/en/cities/oslo/"))

    assert "Policy area4 May 2024Mean of the sample4 May 2020" in page
    assert "Earlier results come from another version of the Index" in page


def test_two_areas_are_a_table_and_no_radar(client, oslo):
    index_of(oslo, date(2024, 5, 4), {"education": 70, "media": 45})

    page = client.get("/en/cities/oslo/").text

    assert 'class="chart radar"' not in page and 'id="c-scores"' in page


def test_result_of_an_older_sample_says_its_day(client, oslo):
    result = index_of(oslo, date(2024, 5, 4), {"education": 70})
    result.sample_on = date(2023, 12, 31)
    result.save()

    assert "105 cities, 31 December 2023." in said(client.get("/en/cities/oslo/"))


# Whole -----------------------------------------------------------------------------------------


def test_page_that_shows_everything_needs_few_queries_in_both_languages(client, oslo):
    show_everything(oslo)
    client.force_login(official_of(oslo))

    for language, words in {"en": ("Oslo <strong>mixes", "The fjord"), "fr": ("Oslo <strong>mêle", "Le fjord")}.items():
        client.get(f"/{language}/cities/oslo/")
        with CaptureQueriesContext(connection) as queries:
            page = client.get(f"/{language}/cities/oslo/").text
        assert all(word in page for word in words)
        assert len(queries) <= 12, len(queries)


def test_a_day_in_the_future_does_not_make_a_member_today(client):
    city = CityFactory(slug="soon", member=False)
    MembershipStep.objects.create(city=city, kind=Step.INTENT, on=date(timezone.localdate().year + 1, 1, 1))

    assert "Not a member yet" in said(client.get("/en/cities/soon/"))


def test_step_that_decides_is_the_same_in_python_and_in_the_database(oslo):
    staff = StaffFactory()
    services.suspend(oslo, date(2018, 1, 1), by=staff)
    services.reinstate(oslo, date(2018, 1, 1), by=staff)
    MembershipStep.objects.create(city=oslo, kind=Step.EXPERT_VISIT, on=date(2019, 1, 1))
    undated = CityFactory(member=False)
    MembershipStep.objects.create(city=undated, kind=Step.INTENT, precision=Precision.UNKNOWN)

    for city in (oslo, undated, CityFactory(member=False)):
        for day in (date(2015, 1, 1), date(2016, 1, 1), date(2018, 1, 1), date(2020, 1, 1)):
            assert deciding(city.steps.all(), day) == city.steps.deciding(day).first()
