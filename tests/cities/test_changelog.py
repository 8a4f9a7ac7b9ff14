"""Who changed what of a city, and what its officials ask of the unit."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cities import changelog, services
from cities.models import ChangeRequest, City, Term
from tests.factories import CityFactory, ContactFactory, StaffFactory, UserFactory, mayor_of, official_of

TODAY = timezone.localdate()


@pytest.fixture
def city(db):
    return CityFactory(name="Oslo", slug="oslo", website="https://old.example")


def lines(city) -> list[tuple[str, str]]:
    return [(change.by, change.what) for change in changelog.of_city(city)]


# Who changed what ------------------------------------------------------------------------------


def test_changes_say_who_what_and_what_stood_before(city):
    by = UserFactory(name="Kari Nor")
    services.expect_election(city, TODAY, by=by)

    newest = changelog.of_city(city)[0]

    assert (newest.by, newest.what) == ("Kari Nor", "Profile and facts")
    assert [(label, before) for label, before, _after in newest.details] == [("next local election", "–")]


def test_long_texts_are_named_but_not_repeated(city):
    City.objects.get().history.all()
    city.profile_en, city.website = "A long text. " * 20, "https://new.example"
    city.save()

    details = changelog.of_city(city)[0].details

    assert ("website", "https://old.example", "https://new.example") in details
    assert any(before == after == "" for _label, before, after in details)


def test_offices_entered_handed_over_and_cancelled_are_lines(city):
    by = UserFactory(name="Kari Nor")
    mayor_of(city, name="Old Office")
    new = services.appoint(city, "mayor", ContactFactory(name="New Office"), TODAY + timedelta(days=9), by)
    services.cancel_term(new, by)

    said = lines(city)

    assert ("Kari Nor", "Mayor: New Office, cancelled") in said
    assert any(what.startswith("Mayor: New Office, from") for _by, what in said)
    assert ("Kari Nor", "Mayor: Old Office") in said


def test_addresses_of_people_are_not_shown(city):
    term = mayor_of(city, name="Anna Berg", email="old@oslo.example")
    services.save_contact(term.contact, by=UserFactory(name="Kari Nor"), email="new@oslo.example")

    changes = changelog.of_city(city)

    assert ("Kari Nor", "Details of Anna Berg: e-mail") in lines(city)
    assert "oslo.example" not in str(changes)


def test_requests_and_decisions_are_lines_with_their_reason(client, city):
    user = official_of(city, name="Kari Nor")
    request = services.request_change(city, "name", values={"name": "Oslo kommune"}, by=user, via="portal")
    services.decline_change(request, by=StaffFactory(name="The Unit"), reason="Not yet.")
    client.force_login(user)

    page = client.get(reverse("cities:changes", args=["oslo"])).content.decode()

    assert "Asked the unit: Name of the city" in page and "Oslo kommune" in page
    assert "Name of the city: Declined" in page and "Not yet." in page


# Ask -------------------------------------------------------------------------------------------


def test_name_and_legal_status_are_asked_on_the_page_of_the_profile(client, city):
    user = official_of(city)
    client.force_login(user)
    assert "ask-name" in client.get(reverse("cities:edit", args=["oslo"])).content.decode()

    values = {"ask-name": "Oslo kommune", "ask-kind": "region", "ask-note": "Council of 4 May"}
    response = client.post(reverse("cities:ask", args=["oslo"]), values)

    asked = {r.kind: (r.values, r.note, r.requested_by, r.via) for r in ChangeRequest.objects.all()}
    assert response["Location"] == reverse("cities:edit", args=["oslo"])
    assert asked == {
        "name": ({"name": "Oslo kommune"}, "Council of 4 May", user, "portal"),
        "status": ({"kind": "region"}, "Council of 4 May", user, "portal"),
    }
    assert "waiting for the unit" in client.get(reverse("cities:edit", args=["oslo"])).content.decode()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Oslo", "Write another name, or choose another legal status."),
        ("Bergen", "There is already a city Bergen in this country."),
        ("", "error-summary"),
    ],
)
def test_request_that_cannot_be_is_refused_beside_the_field(client, city, name, sentence):
    CityFactory(name="Bergen")
    client.force_login(official_of(city))

    page = client.post(
        reverse("cities:ask", args=["oslo"]), {"ask-name": name, "ask-kind": "city", "ask-note": "Because"}
    ).content.decode()

    assert sentence in page and "Because" in page
    assert ChangeRequest.objects.count() == 0


# Two at once -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_edit_the_profile_at_once_nothing_is_lost():
    city, barrier, answers = CityFactory(slug="oslo"), threading.Barrier(2), {}
    texts = {official_of(city): "The text of Anna", official_of(city, "official"): "The text of Kari"}
    clients = {user: Client() for user in texts}
    for user, client in clients.items():
        client.force_login(user)

    def save(user) -> None:
        barrier.wait()
        try:
            values = {"profile_en": texts[user], "profile_fr": "", "website": "", "version": "1"}
            answers[user] = clients[user].post("/en/cities/oslo/edit/", values)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[user]) for user in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    won = next(user for user, answer in answers.items() if answer.status_code == 302)
    lost = next(user for user in texts if user != won)
    page = answers[lost].content.decode()
    assert answers[lost].status_code == 409
    assert texts[won] in page and texts[lost] in page
    assert (City.objects.get().profile_en, City.objects.get().version) == (texts[won], 2)
    assert Term.objects.count() == 2
