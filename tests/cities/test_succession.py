"""Changing the mayor after an election: one act, addresses carried over, terms to come, everything right."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cities import services
from cities.models import Contact, Term
from common.exceptions import Refused
from correspondence.audience import recipients
from tests.correspondence.factories import mailing_of
from tests.factories import CityFactory, ContactFactory, TermFactory, UserFactory, mayor_of, official_of

TODAY = timezone.localdate()
SOON = TODAY + timedelta(days=20)


@pytest.fixture
def city(db):
    return CityFactory(name="Oslo", slug="oslo")


# Addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "email", "is_office"),
    [
        ("Anna Berg", "mayor@oslo.example", True),
        ("Mayor's Office, Oslo", "mayor@oslo.example", True),
        ("Maire de Lyon", "cabinet.maire@lyon.example", True),
        ("Anna Berg", "byradet@oslo.example", True),
        ("Anna Berg", "anna.berg@oslo.example", False),
        ("Anna Berg", "aberg@oslo.example", False),
        ("Anna Berg", "a.b@oslo.example", False),
        ("Łukasz Żak", "lukasz@lodz.example", False),
        ("Anna Berg", "", False),
    ],
)
def test_address_of_an_office_is_told_from_that_of_a_person(name, email, is_office):
    assert Contact(name=name, email=email).has_office_address is is_office


def test_successor_is_offered_the_address_and_salutation_of_the_office(client, city):
    mayor_of(city, name="Anna Berg", email="mayor@oslo.example", salutation="Dear Mayor,", phone="+47 1")
    client.force_login(official_of(city))

    form = client.get(reverse("cities:person_appoint", args=["oslo", "mayor"])).context["form"]

    offered = {name: form[name].value() for name in ("email", "salutation", "phone", "name")}
    assert offered == {"email": "mayor@oslo.example", "salutation": "Dear Mayor,", "phone": "+47 1", "name": None}
    assert "carried over" in form["email"].help_text


def test_personal_address_is_not_carried_over_and_the_form_says_so(client, city):
    mayor_of(city, name="Anna Berg", email="anna.berg@oslo.example")
    client.force_login(official_of(city))

    form = client.get(reverse("cities:person_appoint", args=["oslo", "mayor"])).context["form"]

    assert (form["email"].value(), form["salutation"].value()) == (None, None)
    assert "anna.berg@oslo.example looks like the person's own address" in form["email"].help_text


def test_somebody_known_takes_over_what_was_written_and_keeps_the_rest(city):
    mayor_of(city, email="mayor@oslo.example")
    deputy = ContactFactory(name="Deputy", email="deputy@oslo.example", salutation="Dear Deputy", phone="1")

    services.change_office(
        city, "mayor", contact=deputy, on=TODAY, by=UserFactory(), email="mayor@oslo.example", salutation="", name=""
    )

    deputy.refresh_from_db()
    assert (deputy.name, deputy.email, deputy.salutation, deputy.phone) == (
        "Deputy", "mayor@oslo.example", "Dear Deputy", "1",
    )  # fmt: skip


def test_letters_follow_the_new_term(city):
    mayor_of(city, name="Old Office")
    services.change_office(
        city, "mayor", on=SOON, by=UserFactory(), name="New Office", email="new@oslo.example", language="en"
    )

    mailing = mailing_of()

    def addressee(on: date) -> str:
        return recipients(mailing, on)[0].term.contact.name

    assert (addressee(SOON - timedelta(days=1)), addressee(SOON)) == ("Old Office", "New Office")


# Terms to come ---------------------------------------------------------------------------------


def coming(city) -> tuple[Term, Term]:
    """The mayor of today, and the one from `SOON`."""
    old = mayor_of(city, name="Old Office")
    new = services.appoint(city, "mayor", ContactFactory(name="New Office"), SOON, UserFactory())
    old.refresh_from_db()
    return old, new


def test_mayor_of_today_stays_until_the_day_comes(city):
    old, new = coming(city)

    assert Term.objects.open(TODAY).get(city=city, office="mayor") == old
    assert (old.ended_on, new.started_on, new.confirmed_on) == (SOON, SOON, TODAY)


def test_another_mayor_before_a_term_to_come_is_refused_with_what_to_do(city):
    coming(city)

    with pytest.raises(Refused, match="Somebody has entered New Office .* correct or cancel that term first"):
        services.appoint(city, "mayor", ContactFactory(), TODAY, UserFactory())


@pytest.mark.parametrize("days", [-10, 10])
def test_day_of_a_term_to_come_is_corrected_and_the_running_one_follows(city, days):
    old, new = coming(city)

    services.correct_start(new, SOON + timedelta(days=days), UserFactory())

    old.refresh_from_db()
    new.refresh_from_db()
    assert old.ended_on == new.started_on == SOON + timedelta(days=days)


def test_day_before_the_running_term_began_or_after_the_own_end_is_refused(city):
    old, new = coming(city)

    with pytest.raises(Refused, match="Old Office has held this office since 1 January 2018"):
        services.correct_start(new, date(2018, 1, 1), UserFactory())
    with pytest.raises(Refused, match="This term ends on"):
        services.correct_start(old, SOON, UserFactory())


def test_cancelled_term_to_come_leaves_the_running_one_as_it_was(city):
    old, new = coming(city)

    services.cancel_term(new, UserFactory())

    old.refresh_from_db()
    assert (old.ended_on, Term.objects.filter(city=city, office="mayor").count()) == (None, 1)
    assert Term.history.filter(id=new.pk, history_type="-").count() == 1
    with pytest.raises(Refused, match="cancelled in the meantime"):
        services.cancel_term(new, UserFactory())


def test_appointment_of_today_is_taken_back_and_one_that_has_run_is_not(city):
    old = mayor_of(city)
    new = services.appoint(city, "mayor", ContactFactory(), TODAY, UserFactory())

    services.cancel_term(new, UserFactory())

    old.refresh_from_db()
    assert old.ended_on is None
    with pytest.raises(Refused, match="This term has run since 1 January 2018. End it instead."):
        services.cancel_term(old, UserFactory())


def test_running_term_ends_earlier_than_the_next_begins_but_not_later(city):
    old, _new = coming(city)

    with pytest.raises(Refused, match="ends on .* already. Choose an earlier day."):
        services.end_term(old, SOON, UserFactory())
    services.end_term(old, TODAY, UserFactory())
    old.refresh_from_db()
    assert old.ended_on == TODAY


def test_one_button_confirms_every_office_that_runs(client, city):
    mayor, user = mayor_of(city), official_of(city)
    past = TermFactory(city=city, office="official", ended_on=date(2020, 1, 1))
    client.force_login(user)

    client.post(reverse("cities:confirm_all", args=["oslo"]))

    assert {t.confirmed_on for t in Term.objects.exclude(pk=past.pk)} == {TODAY}
    past.refresh_from_db()
    assert past.confirmed_on is None
    assert mayor.history.first().history_user == user
    assert "Confirmed today" in client.get(reverse("cities:people", args=["oslo"])).content.decode()


def test_nothing_to_confirm_is_said(city):
    with pytest.raises(Refused, match="nothing to confirm"):
        services.confirm_all(city, TODAY, UserFactory())


# Pages -----------------------------------------------------------------------------------------


def test_change_of_mayor_for_a_day_to_come_is_shown_corrected_and_cancelled(client, city):
    old = mayor_of(city, name="Old Office", email="mayor@oslo.example")
    client.force_login(official_of(city))
    values = {"name": "New Office", "email": "mayor@oslo.example", "language": "en", "started_on": str(SOON)}
    client.post(reverse("cities:person_appoint", args=["oslo", "mayor"]), values | {"instead_of": old.pk})
    new = Term.objects.get(contact__name="New Office")
    page = client.get(reverse("cities:people", args=["oslo"])).content.decode()
    assert "In the future" in page and "In office until" in page

    client.post(reverse("cities:term_correct", args=["oslo", new.pk]), {"started_on": str(SOON + timedelta(days=1))})
    new.refresh_from_db()
    assert new.started_on == SOON + timedelta(days=1)

    refused = client.post(reverse("cities:term_correct", args=["oslo", new.pk]), {"started_on": "2017-01-01"})
    assert "Old Office has held this office since" in refused.content.decode()

    client.post(reverse("cities:term_cancel", args=["oslo", new.pk]))
    assert not Term.objects.filter(pk=new.pk).exists()


def test_election_day_is_kept_and_corrected(client, city):
    client.force_login(official_of(city))
    url = reverse("cities:election", args=["oslo"])

    wrong = client.post(url, {"election_on": "soon"})
    client.post(url, {"election_on": "2027-09-13"})

    city.refresh_from_db()
    assert "Enter a valid date." in wrong.content.decode()
    assert city.election_on == date(2027, 9, 13)
    assert "13 September 2027" in client.get(reverse("cities:people", args=["oslo"])).content.decode()
