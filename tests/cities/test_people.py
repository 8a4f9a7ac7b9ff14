"""Offices are dated terms: one mayor at a time, succession as one act, history kept."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.signals import invitation_accepted
from cities import services
from cities.models import City, Contact, MembershipStep, Term
from cities.models.membership import Step
from cities.permissions import may_edit_city
from common.dates import Precision
from common.exceptions import Refused
from tests.factories import CityFactory, ContactFactory, TermFactory, UserFactory, mayor_of, official_of

TODAY = timezone.localdate()


@pytest.fixture
def city(db):
    return CityFactory(name="Oslo", slug="oslo")


# Services --------------------------------------------------------------------------------------


def test_appoint_closes_the_running_term_and_keeps_it(city):
    old = mayor_of(city)
    new = services.appoint(city, "mayor", ContactFactory(name="New Office"), date(2026, 5, 4), UserFactory())

    old.refresh_from_db()
    assert (old.ended_on, new.started_on, new.confirmed_on) == (date(2026, 5, 4), date(2026, 5, 4), TODAY)
    open_on = Term.objects.filter(city=city, office="mayor").open
    assert open_on(date(2026, 5, 3)).get() == old
    assert open_on(date(2026, 5, 4)).get() == new


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        (date(2018, 1, 1), "has held this office since 1 January 2018. Choose a later day"),
        (date(2017, 12, 31), "Somebody has entered .* from 1 January 2018"),
    ],
)
def test_appoint_is_refused_up_to_the_day_the_running_term_began(city, on, sentence):
    running = mayor_of(city)

    with pytest.raises(Refused, match=sentence):
        services.appoint(city, "mayor", ContactFactory(), on, UserFactory())
    running.refresh_from_db()
    assert running.ended_on is None


def test_appoint_is_refused_for_whoever_holds_the_office(city):
    running = mayor_of(city, name="Mayor's Office, Oslo")

    with pytest.raises(Refused, match="Mayor's Office, Oslo already holds this office."):
        services.appoint(city, "mayor", running.contact, TODAY, UserFactory())


def test_appoint_is_refused_when_a_future_term_stands_in_the_way(city):
    running = mayor_of(city)
    services.appoint(city, "mayor", ContactFactory(), date(2030, 1, 1), UserFactory())

    with pytest.raises(Refused, match="Somebody has entered .* from 1 January 2030"):
        services.appoint(city, "mayor", ContactFactory(), date(2028, 1, 1), UserFactory())
    running.refresh_from_db()
    assert running.ended_on == date(2030, 1, 1)


def test_two_officials_hold_the_same_office_but_one_person_only_once(city):
    contact, by = ContactFactory(), UserFactory()
    services.appoint(city, "official", contact, TODAY, by)
    services.appoint(city, "official", ContactFactory(), TODAY, by)

    with pytest.raises(Refused, match="already holds this office"):
        services.appoint(city, "official", contact, TODAY, by)
    assert city.terms.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_appoint_a_mayor_at_once_one_wins_and_the_other_is_told():
    city = CityFactory()
    running = mayor_of(city)
    users, barrier, told, won = [UserFactory(), UserFactory()], threading.Barrier(2), [], []

    def appoint(number: int) -> None:
        contact = Contact.objects.create(name=f"Office {number}")
        barrier.wait()
        try:
            won.append(
                services.appoint(
                    city,
                    "mayor",
                    contact,
                    TODAY + timedelta(days=number),
                    users[number],
                    instead_of=running.pk,
                    checks=True,
                )
            )
        except Refused as refusal:
            told.append(refusal.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=appoint, args=[number]) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(won), len(told)) == (1, 1)
    assert f"Somebody has entered {won[0].contact.name} (Mayor) from" in told[0]
    assert Term.objects.filter(city=city, office="mayor").count() == 2


def test_confirm_dates_a_running_term_only(city):
    term = mayor_of(city)
    services.confirm_term(term, date(2026, 5, 4), UserFactory())
    term.refresh_from_db()
    assert term.confirmed_on == date(2026, 5, 4)

    services.end_term(term, date(2026, 6, 1), UserFactory())
    with pytest.raises(Refused, match="nothing to confirm"):
        services.confirm_term(term, date(2026, 6, 1), UserFactory())


def test_end_is_refused_twice_and_before_the_start(city):
    term = mayor_of(city)

    with pytest.raises(Refused, match="ends after it has started, on 1 January 2018"):
        services.end_term(term, date(2018, 1, 1), UserFactory())
    services.end_term(term, date(2026, 6, 1), UserFactory())
    with pytest.raises(Refused, match="already ended on 1 June 2026"):
        services.end_term(term, date(2026, 7, 1), UserFactory())


def test_new_address_is_tried_again_and_consent_is_dated(city):
    contact = ContactFactory(is_bouncing=True)

    contact = services.save_contact(contact, by=UserFactory(), email="new@oslo.example", is_listed=True)
    assert (contact.is_bouncing, contact.listed_at is not None) == (False, True)

    contact = services.save_contact(contact, by=UserFactory(), is_listed=False)
    assert contact.listed_at is None


def test_accepted_invitation_gives_the_account_the_offices_of_its_address(city):
    term = TermFactory(city=city, contact=ContactFactory(email="Office@oslo.example"))
    user = UserFactory(email="office@oslo.example")
    assert not may_edit_city(user, city, TODAY)

    invitation_accepted.send(sender=None, user=user, invitation=None)

    term.contact.refresh_from_db()
    assert term.contact.user == user
    assert may_edit_city(user, city, TODAY)


def test_official_acts_up_to_the_last_day_of_the_term(city):
    user = official_of(city)
    Term.objects.update(ended_on=date(2026, 6, 1))

    assert may_edit_city(user, city, date(2026, 5, 31))
    assert not may_edit_city(user, city, date(2026, 6, 1))
    assert list(City.objects.of_official(user, date(2017, 12, 31))) == []


# The database has the last word ------------------------------------------------------------------


@pytest.mark.parametrize("office", ["mayor", "coordinator"])
def test_database_refuses_two_terms_of_one_office_at_a_time(city, office):
    TermFactory(city=city, office=office, started_on=date(2018, 1, 1), ended_on=date(2020, 1, 1))
    TermFactory(city=city, office=office, started_on=date(2020, 1, 1))
    TermFactory(office=office)

    with pytest.raises(IntegrityError), transaction.atomic():
        TermFactory(city=city, office=office, started_on=date(2019, 12, 31), ended_on=date(2020, 1, 1))


def test_database_refuses_a_term_of_no_city_or_that_ends_before_it_starts(city):
    with pytest.raises(IntegrityError), transaction.atomic():
        TermFactory(city=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        TermFactory(city=city, ended_on=date(2018, 1, 1))


def test_database_refuses_undated_withdrawals_and_a_second_ordinal(city):
    other = CityFactory(member=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipStep.objects.create(city=city, kind=Step.WITHDRAWN, precision=Precision.UNKNOWN)
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipStep.objects.create(city=city, kind=Step.INTENT, precision=Precision.YEAR)
    MembershipStep.objects.filter(city=city).update(ordinal=145)
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipStep.objects.create(city=other, kind=Step.INTENT, on=TODAY, ordinal=145)


def test_overlapping_term_is_a_sentence_in_forms(city):
    mayor_of(city)

    with pytest.raises(ValidationError):
        Term(contact=ContactFactory(), city=city, office="mayor", started_on=TODAY).full_clean()


# Pages -----------------------------------------------------------------------------------------


def person(**values) -> dict:
    defaults = {"name": "New Office", "email": "New@Oslo.example", "language": "fr", "started_on": str(TODAY)}
    return {**defaults, **values}


def test_official_adds_a_colleague(client, city):
    client.force_login(official_of(city))

    response = client.post(reverse("cities:person_add", args=["oslo"]), person(office="deputy_mayor"))

    term = Term.objects.get(office="deputy_mayor")
    assert response["Location"] == reverse("cities:people", args=["oslo"])
    assert (term.contact.email, term.contact.language, term.started_on) == ("new@oslo.example", "fr", TODAY)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"office": ""}, "error-summary"),
        ({"office": "mayor"}, "Select a valid choice"),
        ({"office": "official", "email": "nonsense"}, "Enter a valid email address"),
        ({"office": "official", "started_on": "tomorrow"}, "Enter a valid date"),
    ],
)
def test_person_form_says_what_is_wrong_and_keeps_what_was_typed(client, city, values, sentence):
    client.force_login(official_of(city))

    response = client.post(reverse("cities:person_add", args=["oslo"]), person(**values))

    page = response.content.decode()
    assert response.status_code == 200
    assert sentence in page and "New Office" in page
    assert Contact.objects.count() == 1


def test_change_of_mayor_is_one_act_on_one_page(client, city):
    old = mayor_of(city, name="Old Office")
    client.force_login(official_of(city))
    url = reverse("cities:person_appoint", args=["oslo", "mayor"])
    assert "Old Office has held this office since 1 January 2018" in client.get(url).content.decode()

    client.post(url, person(instead_of=old.pk))

    page = client.get(reverse("cities:people", args=["oslo"])).content.decode()
    assert "New Office" in page and "Old Office" in page and "Terms that have ended" in page


def test_second_appointment_from_a_stale_page_is_refused_and_adds_nobody(client, city):
    old = mayor_of(city)
    user = official_of(city)
    client.force_login(user)
    services.appoint(city, "mayor", ContactFactory(name="Quick Office"), TODAY, user)
    before = Contact.objects.count()

    response = client.post(
        reverse("cities:person_appoint", args=["oslo", "mayor"]),
        person(instead_of=old.pk, started_on=str(TODAY + timedelta(days=3))),
    )

    page = response.content.decode()
    assert "Somebody has entered Quick Office (Mayor)" in page and "New Office" in page
    assert Contact.objects.count() == before


def test_appointment_of_somebody_known_or_of_nobody(client, city):
    user = official_of(city)
    client.force_login(user)
    url = reverse("cities:person_appoint", args=["oslo", "mayor"])

    nobody = client.post(url, {"language": "en", "started_on": str(TODAY)}).content.decode()
    client.post(url, {"language": "en", "started_on": str(TODAY), "contact": user.contact.pk})

    assert "Write the name, or choose somebody in the list." in nobody
    assert Term.objects.get(office="mayor").contact == user.contact


def test_details_are_changed_confirmed_and_ended(client, city):
    term = mayor_of(city)
    client.force_login(official_of(city))

    client.post(reverse("cities:person_edit", args=["oslo", term.pk]), person(salutation="Madame la Maire,"))
    client.post(reverse("cities:term_confirm", args=["oslo", term.pk]))
    client.post(reverse("cities:term_end", args=["oslo", term.pk]), {"ended_on": str(TODAY)})

    term = Term.objects.select_related("contact").get(pk=term.pk)
    assert (term.contact.salutation, term.confirmed_on, term.ended_on) == ("Madame la Maire,", TODAY, TODAY)


def test_terms_of_another_city_are_not_found_and_other_cities_are_forbidden(client, city):
    elsewhere = mayor_of(CityFactory(slug="bergen"))
    client.force_login(official_of(city))

    assert client.get(reverse("cities:person_edit", args=["oslo", elsewhere.pk])).status_code == 404
    assert client.post(reverse("cities:term_confirm", args=["bergen", elsewhere.pk])).status_code == 403
    assert (
        client.post(reverse("cities:term_end", args=["bergen", elsewhere.pk]), {"ended_on": str(TODAY)}).status_code
        == 403
    )
    elsewhere.refresh_from_db()
    assert (elsewhere.confirmed_on, elsewhere.ended_on) == (None, None)


def test_whoever_ends_their_own_term_lands_on_the_public_page(client, city):
    user = official_of(city)
    client.force_login(user)
    term = Term.objects.get()
    assert "This is your own term" in client.get(reverse("cities:term_end", args=["oslo", term.pk])).content.decode()

    response = client.post(
        reverse("cities:term_end", args=["oslo", term.pk]), {"ended_on": str(TODAY), "reason": "I retire."}
    )

    assert response["Location"] == city.get_absolute_url()
