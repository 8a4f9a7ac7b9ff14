"""What officials see and do on the pages of the activities."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from activities import services
from activities.models import Activity, Material, Registration
from mail.models import Message
from tests.activities.factories import ActivityFactory, RegistrationFactory
from tests.factories import CityFactory, StaffFactory, official_of
from tests.queries import assert_same_with_more_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return CityFactory(name="Bilbao")


@pytest.fixture
def official(client, city):
    user = official_of(city)
    client.force_login(user)
    return user


def page(client, name, *args, **data):
    return client.get(reverse(f"activities:{name}", args=args), data)


PARTICIPANT = {"name": "Youth office", "email": "youth@bilbao.example", "function": "", "language": "en"}


def test_list_shows_coming_activities_first_and_past_ones_on_request(client, official):
    coming = ActivityFactory(title_en="Coming")
    past = ActivityFactory(title_en="Gone", starts_at=timezone.now() - timedelta(days=9), has_registration=False)

    assert list(page(client, "list").context["page"]) == [coming]
    assert list(page(client, "list", when="past").context["page"]) == [past]


def test_drafts_are_seen_by_staff_only(client, official):
    draft = ActivityFactory(status=Activity.Status.DRAFT)

    assert page(client, "detail", draft.pk).status_code == 404
    client.force_login(StaffFactory())
    assert page(client, "detail", draft.pk).status_code == 200


def test_list_takes_the_same_queries_whatever_its_length(client, official):
    assert_same_with_more_rows(lambda: page(client, "list"), ActivityFactory.create_batch)


def test_detail_takes_the_same_queries_whatever_the_number_of_registrations(client, official, city):
    activity = ActivityFactory(capacity=1)
    waiting = {"activity": activity, "city": city, "status": "waiting", "confirmed_at": None}

    assert_same_with_more_rows(
        lambda: page(client, "detail", activity.pk), lambda more: RegistrationFactory.create_batch(more, **waiting)
    )


def test_register_leads_to_the_confirmed_registration(client, official, city):
    activity = ActivityFactory()

    response = client.post(reverse("activities:register", args=[activity.pk]), PARTICIPANT | {"city": city.pk})

    registration = Registration.objects.get()
    assert response.url == reverse("activities:registration", args=[registration.pk])
    assert (registration.city, registration.status, registration.registered_by) == (city, "confirmed", official)


def test_register_shows_why_not_and_keeps_what_was_typed(client, official, city):
    activity = ActivityFactory()
    RegistrationFactory(activity=activity, participant_email="youth@bilbao.example")

    response = client.post(reverse("activities:register", args=[activity.pk]), PARTICIPANT | {"city": city.pk})

    assert "youth@bilbao.example is already registered" in response.text
    assert 'value="Youth office"' in response.text


def test_register_takes_only_the_cities_of_the_official(client, official):
    response = client.post(
        reverse("activities:register", args=[ActivityFactory().pk]), PARTICIPANT | {"city": CityFactory().pk}
    )

    assert (response.status_code, Registration.objects.count()) == (200, 0)


def test_register_is_forbidden_without_a_city(client):
    client.force_login(StaffFactory())

    assert page(client, "register", ActivityFactory().pk).status_code == 403


def test_a_registration_of_another_city_is_not_found(client, official):
    assert page(client, "registration", RegistrationFactory().pk).status_code == 404


def test_a_second_click_on_cancel_gets_a_sentence(client, official, city):
    registration = RegistrationFactory(city=city)
    url = reverse("activities:registration", args=[registration.pk])

    client.post(url, {"do": "cancel"})
    response = client.post(url, {"do": "cancel"}, follow=True)

    assert "This registration has already ended." in response.text


def test_an_offer_can_be_accepted_on_the_page(client, official, city):
    offer = RegistrationFactory(
        city=city, status="offered", confirmed_at=None, offered_until=timezone.now() + timedelta(hours=1)
    )

    client.post(reverse("activities:registration", args=[offer.pk]), {"do": "accept"})

    offer.refresh_from_db()
    assert (offer.status, offer.offered_until) == ("confirmed", None)


def test_needs_are_asked_after_confirmation_and_purged_after_the_activity(client, official, city):
    registration = RegistrationFactory(city=city)
    client.post(reverse("activities:registration", args=[registration.pk]), {"do": "needs", "needs": "Vegan"})
    registration.refresh_from_db()
    assert registration.needs == "Vegan"

    services.purge_needs(registration.activity.ends_at)
    registration.refresh_from_db()
    assert registration.needs == "Vegan"
    services.purge_needs(registration.activity.ends_at + timedelta(seconds=1))
    registration.refresh_from_db()
    assert registration.needs == ""


def test_needs_are_not_taken_before_confirmation(client, official, city):
    registration = RegistrationFactory(city=city, status="waiting", confirmed_at=None)

    response = client.post(
        reverse("activities:registration", args=[registration.pk]), {"do": "needs", "needs": "Vegan"}, follow=True
    )

    assert "Needs are asked once the seat is confirmed." in response.text


LINK = "https://meeting.example/secret"


def test_the_joining_link_is_for_the_confirmed_only(client, official, city):
    activity = ActivityFactory(joining_link=LINK)
    assert LINK not in page(client, "detail", activity.pk).text
    assert LINK not in page(client, "calendar", activity.pk).text

    RegistrationFactory(activity=activity, city=city)

    assert LINK in page(client, "detail", activity.pk).text
    assert LINK in page(client, "calendar", activity.pk).text


def test_the_joining_link_is_not_in_waiting_list_mail_or_lists(client, official, city):
    activity = ActivityFactory(joining_link=LINK, capacity=1)
    RegistrationFactory(activity=activity)

    client.post(reverse("activities:register", args=[activity.pk]), PARTICIPANT | {"city": city.pk})

    message = Message.objects.get()
    assert message.template == "activities/waiting"
    assert LINK not in message.body
    assert not message.attachments.exists()
    assert LINK not in page(client, "list").text


def entry(message: Message):
    calendar = Calendar.from_ical(message.attachments.get().file.read())
    return calendar["method"], calendar.events[0]


def test_calendar_entries_keep_their_uid_and_count_up_until_the_cancellation(client, official, city):
    activity = ActivityFactory(joining_link=LINK)
    client.post(reverse("activities:register", args=[activity.pk]), PARTICIPANT | {"city": city.pk})
    services.announce_change(activity)
    services.cancel_activity(activity, by=StaffFactory())

    entries = [entry(message) for message in Message.objects.order_by("pk")]

    assert [(method, e["sequence"], str(e["status"])) for method, e in entries] == [
        ("REQUEST", 0, "CONFIRMED"),
        ("REQUEST", 1, "CONFIRMED"),
        ("CANCEL", 2, "CANCELLED"),
    ]
    assert {str(e["uid"]) for _method, e in entries} == {f"{activity.uid}@icc-portal"}


def test_the_feed_opens_with_its_signed_address_only(client, official, city):
    activity = ActivityFactory()
    address = page(client, "list").context["feed_url"]
    client.logout()

    assert f"UID:{activity.uid}@icc-portal" in client.get(address).text
    assert client.get(address.replace(".ics", "x.ics")).status_code == 404


def test_a_certificate_needs_attendance_and_can_be_checked_by_anyone(client):
    registration = RegistrationFactory()
    after = registration.activity.starts_at
    services.record_attendance(registration, attended=True, by=StaffFactory(), at=after)
    registration.refresh_from_db()

    assert "This certificate is genuine" in page(client, "certificate", registration.certificate_code).text

    services.record_attendance(registration, attended=False, by=StaffFactory(), at=after)
    assert page(client, "certificate", registration.certificate_code).status_code == 404


def test_material_is_served_as_an_attachment_to_those_who_see_the_activity(client, official, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    material = Material(activity=ActivityFactory(), title="Slides, day 1")
    material.file.save("slides.pdf", ContentFile(b"%PDF-1.7"))

    response = page(client, "material", material.pk)

    assert response["Content-Disposition"] == 'attachment; filename="slides-day-1.pdf"'
    material.activity.status = Activity.Status.DRAFT
    material.activity.save()
    assert page(client, "material", material.pk).status_code == 404
