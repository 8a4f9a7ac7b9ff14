"""A good practice is written by its city, reviewed by the unit, and read by all."""

import pytest
from django.db import IntegrityError
from django.urls import reverse

from common.exceptions import Refused
from library import services
from library.models import GoodPractice
from mail.models import Message
from tests.factories import CityFactory, StaffFactory, official_of
from tests.library.factories import GoodPracticeFactory
from tests.queries import assert_same_with_more_rows

pytestmark = pytest.mark.django_db
Status = GoodPractice.Status


@pytest.fixture
def city():
    return CityFactory(name="Bilbao")


@pytest.fixture
def official(client, city):
    user = official_of(city)
    client.force_login(user)
    return user


def texts(**changed):
    return {"title": "Mediators", "summary": "They help.", "description": "", "version": 1} | changed


def test_an_official_writes_hands_in_and_the_unit_publishes(client, official, city):
    client.post(reverse("library:practice_new"), texts(city=city.pk))
    practice = GoodPractice.objects.get()
    assert (practice.city, practice.status, practice.written_by) == (city, Status.DRAFT, official)

    client.post(reverse("library:practice_submit", args=[practice.pk]))
    services.publish(practice, by=StaffFactory())

    practice.refresh_from_db()
    assert practice.status == Status.PUBLISHED
    assert Message.objects.get().template == "library/published"


def test_handing_in_twice_gets_a_sentence(client, official, city):
    practice = GoodPracticeFactory(city=city, status=Status.DRAFT)
    url = reverse("library:practice_submit", args=[practice.pk])

    client.post(url)

    assert "has already been handed in" in client.post(url, follow=True).text


def test_a_stale_save_answers_409_with_both_texts_and_saves_nothing(client, official, city):
    practice = GoodPracticeFactory(city=city, status=Status.DRAFT, description="As opened")
    url = reverse("library:practice_edit", args=[practice.pk])
    client.post(url, texts(description="Saved by a colleague"))

    response = client.post(url, texts(description="Typed in an old tab"))

    assert response.status_code == 409
    assert "Saved by a colleague" in response.text
    assert "Typed in an old tab" in response.text
    practice.refresh_from_db()
    assert practice.description == "Saved by a colleague"

    again = client.post(url, texts(description="Typed in an old tab", version=practice.version))
    assert again.status_code == 302


def test_drafts_are_seen_by_their_city_only(client, official):
    other = GoodPracticeFactory(status=Status.DRAFT)

    assert client.get(other.get_absolute_url()).status_code == 404
    client.force_login(StaffFactory())
    assert client.get(other.get_absolute_url()).status_code == 404


def test_a_published_practice_cannot_be_edited(client, official, city):
    practice = GoodPracticeFactory(city=city)

    assert client.get(reverse("library:practice_edit", args=[practice.pk])).status_code == 403
    with pytest.raises(Refused, match="can no longer be changed"):
        services.save_practice(practice, city=city, texts=texts(inspired_by=None), areas=[], by=official)


def test_another_city_cannot_edit_or_hand_in(client, city):
    practice = GoodPracticeFactory(city=city)
    client.force_login(official_of(CityFactory()))

    assert client.get(reverse("library:practice_edit", args=[practice.pk])).status_code == 403
    assert client.post(reverse("library:practice_submit", args=[practice.pk])).status_code == 403


def test_writing_needs_a_city(client):
    client.force_login(StaffFactory())

    assert client.get(reverse("library:practice_new")).status_code == 403


def test_a_returned_practice_carries_the_note_and_can_be_handed_in_again(official, city):
    practice = GoodPracticeFactory(city=city, status=Status.SUBMITTED, written_by=official)
    with pytest.raises(Refused, match="Write what the city should change"):
        services.send_back(practice, by=StaffFactory(), note=" ")

    returned = services.send_back(practice, by=StaffFactory(), note="What did it cost?")

    assert (returned.status, returned.review_note) == (Status.RETURNED, "What did it cost?")
    assert "What did it cost?" in Message.objects.get().body
    assert services.submit(returned, by=official).status == Status.SUBMITTED


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED, Status.RETURNED])
def test_only_a_practice_in_review_is_published_or_returned(status):
    practice = GoodPracticeFactory(status=status)

    with pytest.raises(Refused):
        services.publish(practice, by=StaffFactory())
    with pytest.raises(Refused):
        services.send_back(practice, by=StaffFactory(), note="Why?")


def test_a_practice_is_not_inspired_by_itself():
    practice = GoodPracticeFactory()

    with pytest.raises(IntegrityError):
        GoodPractice.objects.filter(pk=practice.pk).update(inspired_by=practice.pk)


def test_list_takes_the_same_queries_whatever_its_length(client, official):
    assert_same_with_more_rows(lambda: client.get(reverse("library:practices")), GoodPracticeFactory.create_batch)
