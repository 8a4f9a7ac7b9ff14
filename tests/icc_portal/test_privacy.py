"""A person sees, takes and withdraws what is theirs; erasure leaves the office without the name."""

import json
from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from activities.models import Registration
from cities import consent
from cities.models import Contact, Office
from common.exceptions import Refused
from correspondence.threads import services as threads
from icc_portal.privacy import export
from icc_portal.privacy.erase import erase
from icc_portal.privacy.people import person_of_contact, person_of_user
from mail.models import Message, State
from tests.access import sign_in, staff_in
from tests.activities.factories import RegistrationFactory
from tests.factories import CityFactory, ContactFactory, StaffFactory, TermFactory, UserFactory, official_of
from tests.mail.factories import queued

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate()


@pytest.fixture
def city():
    return CityFactory(name="Oslo")


@pytest.fixture
def anna(city):
    return official_of(city, name="Anna Berg", email="anna.berg@oslo.example")


def left(user: User) -> User:
    """The same person after the term has ended."""
    user.contact.terms.update(ended_on=TODAY)
    return user


# Consent ---------------------------------------------------------------------------------------


def test_a_person_agrees_to_be_listed_with_the_date_and_the_version_of_the_words(client, anna):
    client.force_login(anna)
    assert "You are not listed" in client.get(reverse("my_data")).text

    client.post(reverse("my_listing"), {"is_listed": "yes"})

    contact = Contact.objects.get(user=anna)
    assert (contact.is_listed, contact.listed_wording) == (True, consent.CURRENT)
    assert contact.listed_at is not None
    assert "You agreed to these words (version 1)" in client.get(reverse("my_data")).text


def test_consent_is_withdrawn_as_easily_and_the_page_says_when(client, anna):
    client.force_login(anna)
    client.post(reverse("my_listing"), {"is_listed": "yes"})
    client.post(reverse("my_listing"), {"is_listed": "no"})

    contact = Contact.objects.get(user=anna)
    assert (contact.is_listed, contact.listed_at, contact.listed_wording) == (False, None, None)
    assert consent.withdrawn_at(contact) is not None
    assert "You withdrew your consent" in client.get(reverse("my_data")).text


def test_what_the_unit_entered_is_confirmed_by_the_person(client, anna):
    Contact.objects.filter(user=anna).update(is_listed=True, listed_at=NOW)
    client.force_login(anna)
    assert "Confirm it here, or withdraw it." in client.get(reverse("my_data")).text

    client.post(reverse("my_listing"), {"is_listed": "yes"})

    assert Contact.objects.get(user=anna).listed_wording == consent.CURRENT


def test_agreeing_twice_keeps_the_first_date(anna):
    contact = consent.set_listing(anna.contact, is_listed=True, by=anna)

    again = consent.set_listing(contact, is_listed=True, by=anna)

    assert (again.listed_at, contact.history.filter(is_listed=True).count()) == (contact.listed_at, 1)


# Export ----------------------------------------------------------------------------------------


def exported(person) -> dict[str, list]:
    document = json.loads(export.as_json(person, NOW))
    found: dict[str, list] = {}
    for part in document["parts"]:
        found.setdefault(part["model"], []).extend(part["records"])
    return found


def test_an_export_holds_what_is_kept_about_the_person_and_nothing_about_others(anna, city):
    RegistrationFactory(city=city, participant_name="Anna Berg", participant_email="Anna.Berg@oslo.example")
    RegistrationFactory(city=city, participant_name="Ben Dahl", participant_email="ben@oslo.example")

    found = exported(person_of_user(anna))

    assert found["accounts.User"][0]["email"] == "anna.berg@oslo.example"
    assert found["cities.Term"][0]["office"] == str(Office.COORDINATOR.label)
    assert {row.get("participant_name") for row in found["activities.Registration"]} >= {"Anna Berg"}
    assert "Ben" not in json.dumps(found, ensure_ascii=False)


def test_an_export_holds_no_password_no_key_and_no_link_that_lets_somebody_in(anna):
    [message] = queued(body="https://portal.example/secret", is_sensitive=True)
    Message.objects.filter(pk=message.pk).update(to_address=anna.email, state=State.FAILED)

    text = export.as_json(person_of_user(anna), NOW)

    assert anna.password not in text
    assert "secret" not in text


def test_the_person_reads_the_export_and_downloads_it(client, anna):
    sign_in(client, anna)

    page, data = client.get(reverse("my_export")), client.get(reverse("my_export_json"))

    assert "anna.berg@oslo.example" in page.text
    assert "ICC coordinator" in page.text
    assert data["Content-Disposition"] == 'attachment; filename="personal-data.json"'
    assert data["Cache-Control"] == page["Cache-Control"] == "private, no-store"
    assert data.json()["person"] == "Anna Berg"


def test_staff_export_on_request_and_the_trail_keeps_who(client, anna):
    head = staff_in("Unit administrator")
    sign_in(client, head)

    page = client.post(
        reverse("admin:accounts_user_export_person", args=[anna.pk]), {"reason": "by e-mail", "as_json": ""}
    )

    assert "anna.berg@oslo.example" in page.text
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (
        head, str(anna.pk), "Exported the data of this person. by e-mail",
    )  # fmt: skip
    assert "Exported the data" in client.get(reverse("admin:admin_logentry_changelist")).text


def test_an_export_of_a_list_is_on_the_trail_too(client):
    head = staff_in("Unit administrator")
    sign_in(client, head)
    ContactFactory.create_batch(2)

    client.post(
        reverse("admin:cities_contact_export"),
        {"format": "0", "contactresource_id": "on", "contactresource_email": "on"},
    )

    assert [e.change_message for e in LogEntry.objects.all()] == ["Exported 2 rows as csv."]


def test_only_who_may_exports_or_erases(client, anna):
    sign_in(client, staff_in("Communication"))

    for action in ("export_person", "erase_person"):
        assert (
            client.post(reverse(f"admin:cities_contact_{action}", args=[anna.contact.pk]), {"reason": "x"}).status_code
            == 403
        )


# Erasure ---------------------------------------------------------------------------------------


def test_erasure_takes_name_and_addresses_and_leaves_office_and_dates(anna, city):
    term = anna.contact.terms.get()
    Contact.objects.filter(user=anna).update(phone="123")
    left(anna)

    counts = erase(person_of_user(anna), by=StaffFactory())

    contact = Contact.objects.get(pk=anna.contact.pk)
    term.refresh_from_db()
    assert (contact.name, contact.email, contact.phone) == ("Former holder of the office", "", "")
    assert (term.contact, term.office, term.started_on, term.ended_on) == (
        contact,
        "coordinator",
        date(2018, 1, 1),
        TODAY,
    )
    assert counts["cities.Contact"] == 1


def test_erasure_reaches_the_history_and_the_trail(anna):
    contact = anna.contact
    contact.name = "Anna Berg-Lund"
    contact.save()
    LogEntry.objects.create(user=StaffFactory(), object_repr="ICC coordinator, Oslo: Anna Berg", action_flag=2)
    left(anna)
    contact.refresh_from_db()

    erase(person_of_user(anna), by=StaffFactory())

    assert set(Contact.history.filter(id=contact.pk).values_list("name", "email")) == {
        ("Former holder of the office", "")
    }
    assert not LogEntry.objects.filter(object_repr__contains="Berg").exists()


def test_erasure_closes_the_account_and_ends_its_sessions(client, anna):
    client.force_login(anna)
    left(anna)

    erase(person_of_user(anna), by=StaffFactory())

    user = User.objects.get(pk=anna.pk)
    assert (user.name, user.is_active, user.email) == (
        "Former holder of the office", False, f"erased-{user.pk}@erased.invalid",
    )  # fmt: skip
    assert not user.has_usable_password()
    assert not EmailAddress.objects.filter(user=user).exists()
    assert not client.get("/en/").context["user"].is_authenticated


def test_nothing_is_left_of_the_name_and_the_address_but_what_law_keeps(anna, city):
    """Every table is searched for the name and the address."""
    from django.apps import apps
    from django.db.models import Q

    from icc_portal.privacy.completeness import text_fields

    seat = RegistrationFactory(city=city, participant_name="Anna Berg", participant_email=anna.email)
    seat.activity.starts_at = seat.activity.ends_at = NOW - timedelta(days=1)
    seat.activity.save()
    thread = threads.open_thread(
        city, subject="Lunch", text="Where?", by=anna, token="6f0f7f5a-6d59-4c55-9f57-1cc000000009"
    )
    threads.write(thread, text="Here.", by=StaffFactory(), token="6f0f7f5a-6d59-4c55-9f57-1cc00000000a")
    left(anna)

    erase(person_of_user(anna), by=StaffFactory(), reason="by e-mail")

    remains = []
    for model in apps.get_models():
        for name in text_fields(model):
            found = model._base_manager.filter(
                Q(**{f"{name}__icontains": "Anna Berg"}) | Q(**{f"{name}__icontains": "anna.berg@"})
            )
            if model._meta.get_field(name).get_internal_type() != "JSONField" and found.exists():
                remains.append(f"{model._meta.label}.{name}")
    assert remains == []


def test_mail_that_waits_for_an_erased_person_is_not_sent(anna):
    [message] = queued()
    Message.objects.filter(pk=message.pk).update(to_address=anna.email)
    left(anna)

    erase(person_of_user(anna), by=StaffFactory())

    message.refresh_from_db()
    assert (message.state, message.body, message.to_name) == (State.CANCELLED, "", "")


def test_letters_to_the_office_stay_as_proof_until_their_time_is_over(anna):
    [letter] = queued(mailing="mailing/1")
    Message.objects.filter(pk=letter.pk).update(to_address=anna.email, state=State.SENT, sent_at=NOW)
    left(anna)

    erase(person_of_user(anna), by=StaffFactory())

    letter.refresh_from_db()
    assert letter.to_address == anna.email


def test_an_address_that_passes_from_holder_to_holder_is_not_the_person(city):
    old = ContactFactory(name="Old Mayor", email="mayor@oslo.example")
    new = ContactFactory(name="New Mayor", email="mayor@oslo.example")
    RegistrationFactory(city=city, participant_name="New Mayor", participant_email="mayor@oslo.example")

    erase(person_of_contact(old), by=StaffFactory())

    new.refresh_from_db()
    assert new.name == "New Mayor"
    assert Registration.objects.get().participant_name == "New Mayor"


def test_who_is_in_office_is_not_erased_before_somebody_follows(anna, city):
    with pytest.raises(Refused, match="“ICC coordinator” of Oslo. End that term first"):
        erase(person_of_user(anna), by=StaffFactory())


def test_who_is_registered_is_not_erased_before_the_seat_is_given_back(anna, city):
    RegistrationFactory(city=city, participant_email=anna.email)

    with pytest.raises(Refused, match="Cancel the registration first"):
        erase(person_of_user(left(anna)), by=StaffFactory())


def test_nobody_erases_themselves_or_an_administrator():
    me = StaffFactory()

    with pytest.raises(Refused) as refusal:
        erase(person_of_user(me), by=me)

    assert len(refusal.value.messages) == 2


def test_erasing_twice_changes_nothing(anna):
    left(anna)
    erase(person_of_user(anna), by=StaffFactory())

    again = erase(person_of_user(User.objects.get(pk=anna.pk)), by=StaffFactory())

    assert "cities.Contact" not in again
    assert "accounts.User" not in again


def test_staff_erase_in_the_administration_with_a_reason_on_the_trail(client, anna):
    left(anna)
    head = staff_in("Unit administrator")
    sign_in(client, head)
    url = reverse("admin:cities_contact_erase_person", args=[anna.contact.pk])
    assert "This cannot be taken back" in client.get(url).text

    client.post(url, {"reason": "by e-mail on 3 May"})

    assert Contact.objects.get(pk=anna.contact.pk).name == "Former holder of the office"
    entry = LogEntry.objects.get(change_message__startswith="Erased")
    assert (entry.user, entry.change_message) == (head, "Erased on request. by e-mail on 3 May")


def test_a_refused_erasure_says_why_in_the_administration(client, anna):
    sign_in(client, staff_in("Unit administrator"))

    page = client.post(reverse("admin:accounts_user_erase_person", args=[anna.pk]), {"reason": "x"})

    assert "End that term first" in page.text
    assert User.objects.get(pk=anna.pk).name == "Anna Berg"


def test_a_person_without_an_office_or_account_page_has_no_consent_to_give(client):
    client.force_login(UserFactory())

    assert "You hold no office in a member city" in client.get(reverse("my_data")).text
    assert client.post(reverse("my_listing"), {"is_listed": "yes"}).status_code == 302


def test_a_contact_needs_the_wording_only_with_consent():
    contact = TermFactory().contact
    contact.is_listed = True

    with pytest.raises(ValidationError):
        contact.validate_constraints()
