"""Publications are found by anyone who logs in; files are for officials of member cities."""

import pytest
from django.urls import reverse

from library.models import Publication
from tests.factories import CityFactory, PolicyAreaFactory, StaffFactory, UserFactory, official_of
from tests.library.factories import PublicationFactory, PublicationFileFactory
from tests.queries import assert_same_with_more_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def official(client):
    user = official_of(CityFactory())
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def found(client, **query) -> list[Publication]:
    return list(client.get(reverse("library:list"), query).context["page"])


def test_search_ignores_case_and_accents(client, official):
    paper = PublicationFactory(title="Médiation et éducation")
    PublicationFactory()

    assert found(client, q="EDUCATION mediation") == [paper]


def test_filters_by_policy_area_kind_year_and_language(client, official):
    area = PolicyAreaFactory()
    paper = PublicationFactory(kind=Publication.Kind.GUIDE, year=2019, languages="en|fr")
    paper.policy_areas.add(area)
    PublicationFactory(languages="fi")

    for query in ({"area": area.pk}, {"kind": "guide"}, {"year": 2019}, {"language": "fr"}):
        assert found(client, **query) == [paper]


def test_an_empty_result_says_what_to_do(client, official):
    assert "Use fewer or shorter words" in client.get(reverse("library:list"), {"q": "xyz"}).text


def test_list_takes_the_same_queries_whatever_its_length(client, official):
    assert_same_with_more_rows(lambda: client.get(reverse("library:list")), PublicationFactory.create_batch)


def test_a_publication_without_file_says_so(client, official):
    response = client.get(PublicationFactory(source="https://coe.example/").get_absolute_url())

    assert "The portal holds no file of this publication yet." in response.text


def download(client, user):
    client.force_login(user)
    return client.get(reverse("library:file", args=[PublicationFileFactory().pk]))


def test_files_are_served_as_attachments_to_officials_of_member_cities_and_to_staff(client):
    response = download(client, official_of(CityFactory()))

    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="policy-brief-')
    assert response["X-Content-Type-Options"] == "nosniff"
    assert download(client, StaffFactory()).status_code == 200


def test_files_are_refused_to_others(client):
    assert download(client, UserFactory()).status_code == 403
    assert download(client, official_of(CityFactory(member=False))).status_code == 403


def test_files_need_a_login(client):
    response = client.get(reverse("library:file", args=[PublicationFileFactory().pk]))

    assert response.status_code == 302
