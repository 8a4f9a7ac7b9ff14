"""What the unit decides for a city: its name, its legal status, and what mayors or mail that came back report."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cities import services
from cities.models import ChangeRequest, City, Contact, Term
from cities.summary import needs_attention
from common.exceptions import Refused
from mail.models import Message
from tests.factories import CityFactory, StaffFactory, UserFactory, mayor_of, official_of

TODAY = timezone.localdate()


@pytest.fixture
def city(db):
    return CityFactory(name="Oslo", slug="oslo")


def ask(city, what="name", by=None, via="portal", note="", **values) -> ChangeRequest:
    return services.request_change(city, what, values=values or {"name": "Oslo kommune"}, by=by, via=via, note=note)


# Asking ----------------------------------------------------------------------------------------


def test_request_changes_nothing_until_the_unit_accepts(city):
    request = ask(city, by=UserFactory())

    city.refresh_from_db()
    assert (city.name, request.state, Message.objects.count()) == ("Oslo", "open", 0)


def test_same_request_again_is_the_same_row_and_another_replaces_it(city):
    first = ask(city)
    again = ask(city)
    other = ask(city, name="City of Oslo")

    first.refresh_from_db()
    assert (again.pk, first.state, other.state) == (first.pk, "replaced", "open")
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeRequest.objects.create(city=city, kind="name", values={"name": "Christiania"}, via="portal")


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        ("name", {"name": " Oslo "}, "This is the name that the portal shows already."),
        ("name", {"name": " "}, "Write the name."),
        ("name", {"name": "Bergen"}, "There is already a city Bergen in this country."),
        ("status", {"kind": "city"}, "This is the legal status that the portal shows already."),
    ],
)
def test_request_that_would_change_nothing_is_refused(city, kind, values, sentence):
    CityFactory(name="Bergen")

    with pytest.raises(Refused, match=sentence):
        ask(city, kind, **values)
    assert ChangeRequest.objects.count() == 0


# Deciding --------------------------------------------------------------------------------------


def test_accepted_name_is_written_and_the_old_one_still_found(city):
    official, staff = UserFactory(language="fr"), StaffFactory()
    request = services.accept_change(ask(city, by=official), by=staff)

    city = City.objects.search("oslo").get(pk=city.pk)
    assert (city.name, city.other_names, city.slug) == ("Oslo kommune", "Oslo", "oslo")
    assert (request.state, request.decided_by) == ("accepted", staff)
    assert city.history.first().history_user == staff
    assert Message.objects.get().to_address == official.email


def test_accepted_legal_status_is_written(city):
    services.accept_change(ask(city, "status", kind="union"), by=StaffFactory())

    city.refresh_from_db()
    assert (city.kind, Message.objects.count()) == ("union", 0)


def test_accepted_change_of_mayor_is_a_succession(city):
    old = mayor_of(city)
    request = ask(city, "mayor", via="mayor", name="New Office", email="new@oslo.example", started_on="2026-05-04")

    services.accept_change(request, by=StaffFactory())

    old.refresh_from_db()
    new = Term.objects.get(city=city, office="mayor", ended_on=None)
    assert (old.ended_on, new.started_on, new.contact.name) == (date(2026, 5, 4), date(2026, 5, 4), "New Office")


def test_accepted_address_needs_one_and_takes_mail_again(city):
    term = mayor_of(city, is_bouncing=True)
    request = ask(city, "address", via="bounce", office="mayor", email="")
    with pytest.raises(Refused, match="Write the address that letters shall reach."):
        services.accept_change(request, by=StaffFactory())

    services.accept_change(request, by=StaffFactory(), values={"email": "Mayor@New.example"})

    contact = Contact.objects.get(pk=term.contact_id)
    assert (contact.email, contact.is_bouncing) == ("mayor@new.example", False)


def test_new_mayor_without_an_address_takes_over_that_of_the_office(city):
    mayor_of(city, name="Anna Berg", email="mayor@oslo.example", salutation="Dear Mayor,")

    services.accept_change(ask(city, "mayor", via="mayor", name="Kari Nor"), by=StaffFactory())

    new = Term.objects.get(city=city, office="mayor", ended_on=None).contact
    assert (new.name, new.email, new.salutation) == ("Kari Nor", "mayor@oslo.example", "Dear Mayor,")


@pytest.mark.parametrize("how", ["address", "succession", "administration"])
def test_corrected_address_settles_the_request_to_correct_it(client, city, how):
    term, staff = mayor_of(city, is_bouncing=True), StaffFactory()
    request = ask(city, "address", via="bounce", email="")

    if how == "address":
        services.save_contact(term.contact, by=staff, email="new@oslo.example")
    elif how == "succession":
        services.change_office(city, "mayor", on=TODAY, by=staff, name="New", email="new@oslo.example", language="en")
    else:
        client.force_login(staff)
        values = {"name": term.contact.name, "email": "new@oslo.example", "language": "en", "is_bouncing": "on"}
        client.post(reverse("admin:cities_contact_change", args=[term.contact_id]), values)

    request.refresh_from_db()
    term.contact.refresh_from_db()
    assert (request.state, request.decided_by) == ("accepted", staff)
    assert term.contact.is_bouncing is (how == "succession")


def test_address_of_an_office_that_nobody_holds_is_refused(city):
    with pytest.raises(Refused, match="Nobody is entered for this office."):
        services.accept_change(ask(city, "address", via="bounce", email="a@oslo.example"), by=StaffFactory())


def test_declined_request_needs_a_reason_that_whoever_asked_reads(city):
    request = ask(city, by=UserFactory())
    with pytest.raises(Refused, match="Write the reason"):
        services.decline_change(request, by=StaffFactory(), reason=" ")

    services.decline_change(request, by=StaffFactory(), reason="The council has not decided yet.")

    city.refresh_from_db()
    assert city.name == "Oslo"
    assert "The council has not decided yet." in Message.objects.get().body


@pytest.mark.django_db(transaction=True)
def test_of_two_of_the_unit_who_decide_at_once_one_wins_and_the_other_is_told():
    city = CityFactory(name="Oslo")
    request, staff, barrier, told = ask(city, by=UserFactory()), StaffFactory(), threading.Barrier(2), []

    def decide(act, **how) -> None:
        barrier.wait()
        try:
            act(request, by=staff, **how)
        except Refused as refusal:
            told.append(refusal.messages[0])
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=[services.accept_change]),
        threading.Thread(target=decide, args=[services.decline_change], kwargs={"reason": "No."}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    request.refresh_from_db()
    city.refresh_from_db()
    assert len(told) == 1 and "This request was decided on" in told[0]
    assert (request.state, city.name) in [("accepted", "Oslo kommune"), ("declined", "Oslo")]
    assert Message.objects.count() == 1


# The unit --------------------------------------------------------------------------------------


def test_unit_sees_open_requests_and_decides_in_the_administration(client, city):
    request = ask(city, by=official_of(city))
    staff = StaffFactory()
    client.force_login(staff)
    item = next(item for item in needs_attention(staff, timezone.now(), []) if "change" in item.title)
    assert client.get(item.url).context["cl"].result_count == item.count == 1

    shown = client.get(reverse("admin:cities_changerequest_change", args=[request.pk])).content.decode()
    assert "accept/" in shown and 'name="_save"' not in shown
    url = reverse("admin:cities_changerequest_accept", args=[request.pk])
    assert "email" not in client.get(url).context["form"].fields
    client.post(url)

    city.refresh_from_db()
    assert city.name == "Oslo kommune"
    page = client.get(reverse("admin:cities_changerequest_change", args=[request.pk])).content.decode()
    assert "Oslo kommune" in page and "accept/" not in page


def test_refusal_in_the_administration_is_a_sentence_beside_the_form(client, city):
    request = ask(city, "address", via="bounce", email="")
    client.force_login(StaffFactory())

    response = client.post(reverse("admin:cities_changerequest_accept", args=[request.pk]), {"email": ""})

    assert "Nobody is entered for this office." in response.content.decode()
    request.refresh_from_db()
    assert request.state == "open"
