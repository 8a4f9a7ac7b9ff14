"""Writing to a colleague in another city: who may, whom, how often, and what stays of it."""

from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from cities.models import Introduction, Office, Term
from cities.services import introductions, write_to_colleague
from common.exceptions import Refused
from mail.models import Message
from tests.factories import (
    CityFactory,
    ContactFactory,
    NetworkFactory,
    StaffFactory,
    TermFactory,
    UserFactory,
    network_coordinator_of,
    official_of,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 4, 12, tzinfo=ZoneInfo("Europe/Paris"))
TEXT = {"subject": "Mediation", "text": "How did you begin?\n\nWe would like to visit."}


def listed(city, office: str = Office.OFFICIAL, **contact) -> Term:
    """An open term of somebody who agreed to be listed."""
    return TermFactory(city=city, office=office, contact=ContactFactory(is_listed=True, listed_at=AT, **contact))


@pytest.fixture
def sender():
    return official_of(CityFactory(name="Oslo"), name="Office of Oslo", email="office@oslo.example")


def write(term: Term, by, at: datetime = AT, **values) -> Introduction:
    return write_to_colleague(term, by=by, at=at, **{**TEXT, **values})


def refused(term: Term, by, at: datetime = AT) -> str:
    with pytest.raises(Refused) as refusal:
        write(term, by, at)
    return " ".join(refusal.value.messages)


def test_message_goes_to_the_colleague_and_the_answer_to_the_sender(sender):
    term = listed(CityFactory(name="Bilbao"), name="Office of Bilbao", email="office@bilbao.example", language="fr")

    introduction = write(term, sender)

    message = Message.objects.get()
    assert (message.to_address, message.reply_to, message.subject) == (
        "office@bilbao.example", "office@oslo.example", "Mediation",
    )  # fmt: skip
    assert "How did you begin?\n\nWe would like to visit." in message.body
    assert "Office of Oslo" in message.body and "(Oslo)" in message.body and message.language == "fr"
    assert message.is_sensitive  # the ledger forgets the text once it is sent
    assert (introduction.sender, introduction.term, introduction.sent_at) == (sender, term, AT)


def test_answers_to_other_mail_go_to_the_unit(settings):
    from mail.encoding import headers

    message = Message(to_address="a@b.example", subject="S", message_id="<1@x>", language="en")
    assert str(dict(headers(message, AT))["Reply-To"]) == settings.UNIT_EMAIL

    message.reply_to = "office@oslo.example"
    assert str(dict(headers(message, AT))["Reply-To"]) == "office@oslo.example"


def test_sender_gets_a_copy_when_asked(sender):
    write(listed(CityFactory(name="Bilbao")), sender, copy=True)

    copy = Message.objects.get(template="cities/introduction_copy")
    assert (copy.to_address, copy.subject) == (sender.email, "Copy: Mediation")
    assert "@city.example" not in copy.body  # the address of the colleague stays hidden


def test_coordinator_is_written_to_without_being_named(client, sender):
    term = TermFactory(city=CityFactory(slug="bilbao"), contact=ContactFactory(name="Shy Office"))
    client.force_login(sender)
    page = client.get(reverse("city", args=["bilbao"])).text
    url = reverse("cities:write", args=["bilbao", term.pk])

    form = client.get(url).text

    assert url in page and "Shy Office" not in page
    assert "To the office “ICC coordinator”" in form and "Shy Office" not in form and "@city.example" not in form


def test_refused_for_those_without_an_office(client):
    term = listed(CityFactory())
    for user in (UserFactory(), StaffFactory()):
        assert "Officials who hold an office" in refused(term, user)
    former = official_of(CityFactory())
    Term.objects.filter(contact__user=former).update(ended_on=date(2026, 5, 4))

    assert "Officials who hold an office" in refused(term, former)
    assert Introduction.objects.count() == Message.objects.count() == 0


def test_network_coordinator_may_write():
    assert write(listed(CityFactory()), network_coordinator_of(NetworkFactory()))


def test_refused_for_an_office_that_ended_was_not_listed_or_cannot_be_reached(sender):
    ended = listed(CityFactory())
    Term.objects.filter(pk=ended.pk).update(ended_on=date(2026, 5, 4))

    assert "has ended" in refused(ended, sender)
    assert "has not agreed" in refused(TermFactory(office=Office.OFFICIAL), sender)
    assert "No address that works" in refused(listed(CityFactory(), email=""), sender)
    assert "No address that works" in refused(listed(CityFactory(), is_bouncing=True), sender)
    assert "your own office" in refused(Term.objects.get(contact__user=sender), sender)


def test_eleventh_message_within_a_day_is_refused_until_the_first_is_a_day_old(sender):
    term = listed(CityFactory())
    for hour in range(10):
        write(term, sender, AT + timedelta(hours=hour))

    sentence = refused(term, sender, AT + timedelta(hours=10))

    assert "10 colleagues within a day" in sentence and "5 May 2026, 12:00 Strasbourg time" in sentence
    assert "within a day" in refused(term, sender, AT + timedelta(hours=24) - timedelta(seconds=1))
    assert write(term, sender, AT + timedelta(hours=24))
    assert write(term, official_of(CityFactory()), AT + timedelta(hours=10))  # each has their own ten


def at_once(count: int, act) -> list[Exception]:
    barrier, errors = Barrier(count), []

    def run() -> None:
        try:
            barrier.wait()
            act()
        except Refused as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run) for _n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_of_four_messages_at_once_the_last_that_is_left_goes(sender):
    term = listed(CityFactory())
    for _n in range(9):
        write(term, sender)

    errors = at_once(4, lambda: write(term, sender))

    assert (len(errors), Introduction.objects.count()) == (3, 10)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_messages_at_once_pass_the_limit(sender, monkeypatch):
    """Negative control: it is the lock that keeps the limit."""
    term = listed(CityFactory())
    for _n in range(9):
        write(term, sender)
    counted, obstacles = Barrier(4), introductions.obstacles

    def look_and_wait(*args):
        found = list(obstacles(*args))
        counted.wait(timeout=60)
        return found

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self)
    monkeypatch.setattr(introductions, "obstacles", look_and_wait)

    at_once(4, lambda: write(term, sender))

    assert Introduction.objects.count() == 13


# The page --------------------------------------------------------------------------------------


def test_page_sends_and_says_where_the_answer_comes(client, sender):
    term = listed(CityFactory(slug="bilbao"), name="Office of Bilbao")
    client.force_login(sender)
    page = client.get(reverse("city", args=["bilbao"]))
    assert "Write a message" in page.text
    url = reverse("cities:write", args=["bilbao", term.pk])
    assert "are passed on" in client.get(url).text

    response = client.post(url, TEXT, follow=True)

    assert "The answer comes to office@oslo.example." in response.text
    assert Introduction.objects.get().term == term


def test_page_keeps_what_was_typed_when_it_refuses(client, sender):
    term = listed(CityFactory(slug="bilbao"))
    now = timezone.now()
    Introduction.objects.bulk_create([Introduction(sender=sender, term=term, sent_at=now) for _n in range(10)])
    client.force_login(sender)
    url = reverse("cities:write", args=["bilbao", term.pk])

    assert "You cannot write to this office now" in client.get(url).text
    response = client.post(url, TEXT)

    assert "within a day" in response.text and "We would like to visit." in response.text
    empty = client.post(url, {"subject": "", "text": " "})
    assert set(empty.context["form"].errors) == {"subject", "text"}


def test_page_is_missing_for_whoever_was_not_listed_and_for_the_term_of_another_city(client, sender):
    city = CityFactory(slug="bilbao")
    client.force_login(sender)

    for term in (TermFactory(city=city, office=Office.OFFICIAL), listed(CityFactory())):
        assert client.get(reverse("cities:write", args=["bilbao", term.pk])).status_code == 404


def test_visitors_and_staff_are_not_offered_to_write(client):
    city = CityFactory(slug="bilbao")
    listed(city, name="Office of Bilbao")

    assert "Write a message" not in client.get(city.get_absolute_url()).text
    client.force_login(StaffFactory())
    page = client.get(city.get_absolute_url()).text
    assert "Office of Bilbao" in page and "Write a message" not in page
