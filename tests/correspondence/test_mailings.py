"""A mailing from draft to finished (M1, M5, M6, M7)."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from cities.models import Contact, MembershipStep, Office, Term
from cities.models.membership import Step
from common.exceptions import Refused
from correspondence import services
from correspondence.models import Letter, Mailing
from correspondence.services import sending
from mail import services as outbox
from mail.models import Message, State
from mail.returned import record_bounce
from mail.services import attach
from mail.tasks import send_due
from tests.correspondence.factories import approved_mailing, cities_with_mayors, enclosing, mailing_of
from tests.factories import CityFactory, NetworkFactory, StaffFactory, mayor_of

pytestmark = pytest.mark.django_db
Status = Mailing.Status


def send() -> None:
    send_due(timezone.now() + timedelta(minutes=1))
    services.follow_messages()


def letters(mailing) -> dict[str, str]:
    """Each city with the reason why it gets nothing."""
    return dict(mailing.letters.order_by("pk").values_list("city__name", "skip_reason"))


# Who gets it -----------------------------------------------------------------------------------


def test_all_member_cities_get_a_letter_in_their_language():
    cities_with_mayors(1, language="fr", salutation="")
    cities_with_mayors(1, salutation="Dear Lord Mayor,")

    mailing = services.prepare(mailing_of())

    assert mailing.status == Status.PREPARED
    assert list(mailing.letters.order_by("pk").values_list("language", "salutation")) == [
        ("fr", "Madame, Monsieur le Maire"),
        ("en", "Dear Lord Mayor"),
    ]


@pytest.mark.parametrize("audience", [Mailing.Audience.NETWORK, Mailing.Audience.COUNTRY, Mailing.Audience.LIST])
def test_empty_filter_means_nobody(audience):
    cities_with_mayors(2)

    with pytest.raises(Refused, match="Nobody would get"):
        services.prepare(mailing_of(audience=audience))

    assert Letter.objects.count() == 0


def test_audience_of_network_country_and_list():
    network = NetworkFactory()
    inside, abroad, other = CityFactory(network=network), CityFactory(country="FR"), CityFactory()
    for city in (inside, abroad, other):
        mayor_of(city)

    def audience(**fields):
        return list(letters(services.prepare(mailing_of(**fields))))

    assert audience(audience="network", network=network) == [inside.name]
    assert audience(audience="country", country="FR") == [abroad.name]
    assert audience(audience="list", cities=[other]) == [other.name]


def test_skipped_cities_are_named_with_the_reason():
    (fine,) = cities_with_mayors(1)
    vacant = CityFactory()
    silent, returned, withdrawn, ended = CityFactory(), CityFactory(), CityFactory(), CityFactory()
    mayor_of(silent, email="")
    mayor_of(returned, is_bouncing=True)
    mayor_of(withdrawn)
    MembershipStep.objects.create(city=withdrawn, kind=Step.WITHDRAWN, on=date(2019, 1, 1))
    Term.objects.filter(pk=mayor_of(ended).pk).update(ended_on=date(2020, 1, 1))

    mailing = services.prepare(mailing_of())

    assert letters(mailing) == {
        fine.name: "",
        vacant.name: "no_term",
        silent.name: "no_address",
        returned.name: "returned",
        withdrawn.name: "not_member",
        ended.name: "no_term",
    }


def test_preparing_takes_the_same_number_of_queries_for_any_audience(django_assert_max_num_queries):
    cities_with_mayors(3)
    mailing = mailing_of()
    services.prepare(mailing)
    cities_with_mayors(47)

    with django_assert_max_num_queries(25):
        services.prepare(mailing)


def test_city_without_its_document_is_skipped_and_note_goes_into_its_letter():
    first, second = cities_with_mayors(2)
    file = attach("sheet.pdf", b"%PDF-1.7 sheet")

    def enclose(city, language):
        return services.Enclosure([file], note="[Your link](https://portal.example/1)") if city == first else None

    mailing = services.prepare(mailing_of(kind="annual_report"), attachments=enclose)

    assert letters(mailing) == {first.name: "", second.name: "no_document"}
    services.dispatch(services.approve(mailing, by=StaffFactory()), by=StaffFactory())
    message = Message.objects.get(city=first)
    assert list(message.attachments.all()) == [file] and "https://portal.example/1" in message.body


# The words -------------------------------------------------------------------------------------


def test_unknown_placeholder_is_refused_with_what_may_be_used():
    with pytest.raises(Refused, match=r"“{{ mayor }}” stands for nothing. Use {{ city }}"):
        mailing_of(body={"en": "Dear {{ mayor }}", "fr": "x"})


def test_code_in_a_text_is_not_run():
    with pytest.raises(Refused, match="stands for nothing"):
        mailing_of(body={"en": "{{ settings.SECRET_KEY }}", "fr": "x"})


def test_half_a_language_is_refused():
    with pytest.raises(Refused, match="In French there is only a subject or only a text"):
        mailing_of(body={"en": "x"})


def test_letter_falls_back_to_the_language_that_is_written():
    cities_with_mayors(1, language="fr", salutation="Madame la Maire")
    mailing = services.prepare(mailing_of(subject={"en": "News"}, body={"en": "Text"}))

    letter = mailing.letters.get()
    assert (letter.language, letter.salutation) == ("en", "Dear Mayor")


def test_message_holds_reference_date_salutation_text_and_closing():
    (city,) = cities_with_mayors(1)
    mailing = approved_mailing(reference="ICC /IdA/lt/city", year=2020)
    services.dispatch(mailing, by=StaffFactory())

    message = Message.objects.get()
    assert message.subject == f"News for {city.name}"
    assert message.body.startswith("ICC /IdA/lt/city  \nStrasbourg, 1 February 2021\n\nDear Mayor,\n\nIn 2020 we")
    assert "Head of the unit" in message.body


# Four eyes -------------------------------------------------------------------------------------


def test_author_cannot_approve_their_own():
    cities_with_mayors(1)
    author = StaffFactory()
    mailing = services.prepare(mailing_of(by=author))

    with pytest.raises(Refused, match="Another person approves"):
        services.approve(mailing, by=author)


def test_only_approved_mailings_are_sent():
    cities_with_mayors(1)
    mailing = services.prepare(mailing_of())

    with pytest.raises(Refused, match="Only an approved mailing"):
        services.dispatch(mailing, by=StaffFactory())

    assert Message.objects.count() == 0


def change_text(mailing):
    Mailing.objects.filter(pk=mailing.pk).update(body_fr="Autre chose")


def change_recipient(mailing):
    Contact.objects.update(email="new@city.example")


def change_salutation(mailing):
    Contact.objects.update(salutation="Dear Lord Mayor")


def add_city(mailing):
    cities_with_mayors(1)


def close_term(mailing):
    Term.objects.filter(pk=Term.objects.first().pk).update(ended_on=date(2020, 1, 1))


def change_attachment(mailing):
    mailing.letters.first().attachments.add(attach("other.pdf", b"%PDF-1.7 other"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (change_text, "The text, the date or an attachment was changed"),
        (change_attachment, "The text, the date or an attachment was changed"),
        (change_recipient, "is not the same any more"),
        (change_salutation, "is not the same any more"),
        (add_city, "has come into the audience"),
        (close_term, "would not get it any more: Nobody holds the office"),
    ],
)
def test_any_change_voids_the_approval(change, sentence):
    cities_with_mayors(2)
    mailing = approved_mailing()

    change(mailing)
    with pytest.raises(Refused, match=sentence):
        services.dispatch(mailing, by=StaffFactory())

    mailing.refresh_from_db()
    assert (mailing.status, mailing.approved_by, Message.objects.count()) == (Status.DRAFT, None, 0)


def test_edit_that_changes_nothing_keeps_the_approval():
    cities_with_mayors(1)
    mailing = approved_mailing()

    assert not services.touch(mailing)
    assert mailing.status == Status.APPROVED


def test_prepared_mailing_with_other_recipients_cannot_be_approved():
    cities_with_mayors(1)
    mailing = services.prepare(mailing_of())
    add_city(mailing)

    with pytest.raises(Refused, match="has come into the audience"):
        services.approve(mailing, by=StaffFactory())


# Sending ---------------------------------------------------------------------------------------


def test_dispatch_writes_one_message_per_city_and_says_who_was_skipped(mail_sink):
    written = cities_with_mayors(2)
    vacant = CityFactory()
    mailing = services.prepare(mailing_of(kind="annual_report"), attachments=enclosing())
    mailing = services.approve(mailing, by=StaffFactory())

    services.dispatch(mailing, by=StaffFactory())
    send()

    mailing.refresh_from_db()
    assert dict(Message.objects.values_list("city", "state")) == {
        **{city.pk: "sent" for city in written},
        vacant.pk: "skipped",
    }
    assert Message.objects.get(city=vacant).reason == "Nobody holds the office on that day."
    assert Message.objects.get(city=written[0]).key == f"{mailing.key}/{written[0].pk}/{Office.MAYOR}"
    assert (mailing.status, len(mail_sink.received)) == (Status.FINISHED, 2)


def test_dispatch_pressed_again_changes_nothing():
    cities_with_mayors(2)
    mailing = approved_mailing()
    first, second = StaffFactory(), StaffFactory()

    services.dispatch(mailing, by=first)
    services.dispatch(mailing, by=second)

    mailing.refresh_from_db()
    assert (mailing.dispatched_by, Message.objects.count()) == (first, 2)


def pressed_at_once(mailing: Mailing, times: int = 4) -> list[Exception]:
    """As many people press send in the same moment; gives what went wrong."""
    barrier, errors = Barrier(times), []

    def press(person):
        try:
            barrier.wait()
            services.dispatch(mailing, by=person)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=press, args=[person]) for person in [StaffFactory() for _ in range(times)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_two_people_pressing_send_at_once_send_once():
    cities_with_mayors(3)

    assert (pressed_at_once(approved_mailing()), Message.objects.count()) == ([], 3)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_all_would_send_and_the_database_stops_them(monkeypatch):
    """The negative control: everybody finds the mailing approved. Each office still has one row."""
    cities_with_mayors(3)
    mailing, looking = approved_mailing(), Barrier(4)

    def changes(mailing, on):
        looking.wait()
        return []

    monkeypatch.setattr(sending, "lock", lambda row: Mailing.objects.get(pk=row.pk))
    monkeypatch.setattr(sending, "changes", changes)

    errors = pressed_at_once(mailing)

    assert {type(error) for error in errors} == {IntegrityError} and len(errors) == 3
    assert Message.objects.count() == 3


def test_paused_mailing_sends_nothing_until_it_goes_on(mail_sink):
    cities_with_mayors(2)
    staff = StaffFactory()
    mailing = services.dispatch(approved_mailing(), by=staff)

    services.pause(mailing, by=staff)
    send()
    assert mail_sink.received == []
    services.resume(mailing, by=staff)
    send()

    mailing.refresh_from_db()
    assert (mailing.status, len(mail_sink.received)) == (Status.FINISHED, 2)


def test_message_put_off_by_the_server_while_its_mailing_was_paused_is_held():
    cities_with_mayors(1)
    staff = StaffFactory()
    mailing = services.pause(services.dispatch(approved_mailing(), by=staff), by=staff)
    Message.objects.update(state=State.DEFERRED)  # it was on its way

    services.follow_messages()

    assert Message.objects.get().state == State.HELD
    assert mailing.status == Status.PAUSED


def test_cancelled_mailing_sends_nothing_and_keeps_its_rows(mail_sink):
    cities_with_mayors(2)
    staff = StaffFactory()
    mailing = services.dispatch(approved_mailing(), by=staff)

    services.cancel(mailing, by=staff)
    send()

    assert mail_sink.received == []
    assert services.progress(mailing) == {"cancelled": 2, "total": 2, "done": 2}


def test_mailing_is_not_finished_while_a_message_is_uncertain():
    cities_with_mayors(2)
    staff = StaffFactory()
    mailing = services.dispatch(approved_mailing(), by=staff)
    lost, sent = Message.objects.all()
    Message.objects.filter(pk=sent.pk).update(state=State.SENT, sent_at=timezone.now())
    Message.objects.filter(pk=lost.pk).update(state=State.UNCERTAIN)

    services.follow_messages()
    mailing.refresh_from_db()
    assert (mailing.status, services.progress(mailing)["done"]) == (Status.SENDING, 1)

    outbox.settle(lost, as_sent=False, by=staff)
    mailing.refresh_from_db()
    assert mailing.status == Status.FINISHED

    outbox.retry(lost, by=staff)
    mailing.refresh_from_db()
    assert mailing.status == Status.SENDING


def test_mail_that_came_back_is_skipped_next_time():
    (city,) = cities_with_mayors(1)
    mailing = services.dispatch(approved_mailing(), by=StaffFactory())
    message = Message.objects.get()
    Message.objects.update(state=State.SENT, sent_at=timezone.now())

    record_bounce(message, is_hard=True, diagnostic="550 5.1.1 No such user")

    assert Message.objects.get().state == State.BOUNCED
    assert mailing.letters.get().term.contact.is_bouncing
    with pytest.raises(Refused, match="Nobody would get"):
        services.prepare(mailing_of(audience="list", cities=[city]))
