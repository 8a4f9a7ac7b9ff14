"""What a city and the unit write to each other: who reads it, who is told, once each."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cities.acting import cities_served
from cities.models import Term
from common.exceptions import Refused
from correspondence.models import Entry, EntryFile, Thread
from correspondence.summary import history, needs_attention
from correspondence.threads import services
from mail.models import Message
from tests.access import staff_in
from tests.factories import (
    CityFactory,
    NetworkFactory,
    StaffFactory,
    TermFactory,
    UserFactory,
    network_coordinator_of,
    official_of,
)  # fmt: skip
from tests.queries import assert_same_with_more_rows

pytestmark = pytest.mark.django_db
State = Thread.State
PDF = b"%PDF-1.7 minutes"


def asked(city=None, by=None, **fields) -> Thread:
    city = city or CityFactory()
    values = {"subject": "Interpretation", "text": "Is there any?", "token": uuid4(), **fields}
    return services.open_thread(city, by=by or official_of(city), **values)


def answered(thread, by=None, **fields):
    return services.write(thread, by=by or StaffFactory(), **{"text": "Yes.", "token": uuid4(), **fields})


def form(client, url, **fields) -> dict:
    token = client.get(url).context["form"]["token"].value()
    return {"token": token, "subject": "Interpretation", "text": "Is there any?", **fields}


# Writing ---------------------------------------------------------------------------------------


def test_an_official_writes_and_the_unit_gets_one_notice_without_the_text(client, settings):
    city = CityFactory(name="Oslo")
    client.force_login(official_of(city))
    url = reverse("exchanges:new")

    response = client.post(url, form(client, url, city=city.pk, text="A secret"))

    thread = Thread.objects.get()
    assert response["Location"] == thread.get_absolute_url()
    assert (thread.state, thread.entries.get().text) == (State.WAITING, "A secret")
    notice = Message.objects.get()
    assert (notice.to_address, notice.city) == (settings.UNIT_EMAIL, city)
    assert notice.subject == "Oslo: Interpretation"
    assert "A secret" not in notice.body
    assert reverse("admin:correspondence_thread_change", args=[thread.pk]) in notice.body


def test_a_double_click_writes_once(client):
    city = CityFactory()
    client.force_login(official_of(city))
    url = reverse("exchanges:new")
    data = form(client, url, city=city.pk)

    first, second = client.post(url, data), client.post(url, data)

    assert first["Location"] == second["Location"]
    assert (Thread.objects.count(), Entry.objects.count(), Message.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_write_once():
    thread = asked()
    by, token = thread.opened_by, uuid4()
    barrier = threading.Barrier(2)

    def click():
        barrier.wait()
        services.write(thread, text="Once more", by=by, token=token)
        connection.close()

    threads = [threading.Thread(target=click) for _n in range(2)]
    [t.start() for t in threads]
    [t.join() for t in threads]

    assert thread.entries.count() == 2


def test_the_token_of_another_person_is_refused():
    thread = asked()
    token = thread.entries.get().token

    with pytest.raises(Refused, match="sent already"):
        answered(thread, token=token)


def test_the_answer_reaches_the_coordinator_and_whoever_wrote_and_nobody_twice():
    city = CityFactory()
    coordinator, writer, silent = official_of(city), official_of(city, "official"), official_of(city, "official")
    thread = asked(city, writer)
    Message.objects.all().delete()

    entry = answered(thread, by=StaffFactory())
    services._tell(thread, entry, timezone.now())

    assert set(Message.objects.values_list("to_address", flat=True)) == {coordinator.email, writer.email}
    assert Message.objects.count() == 2
    assert silent.email not in Message.objects.values_list("to_address", flat=True)
    thread.refresh_from_db()
    assert (thread.state, thread.asked_at) == (State.ANSWERED, None)


def test_a_city_that_writes_twice_waits_since_the_first_time():
    start = timezone.now() - timedelta(days=5)
    thread = asked(at=start)

    services.write(thread, text="And the lunch?", by=thread.opened_by, token=uuid4())

    thread.refresh_from_db()
    assert thread.asked_at == start
    assert thread.days_waiting(start + timedelta(days=5, hours=1)) == 5


def test_writing_into_a_closed_exchange_opens_it():
    thread = asked()
    services.close(thread, by=StaffFactory())

    services.write(thread, text="One more thing", by=thread.opened_by, token=uuid4())

    thread.refresh_from_db()
    assert (thread.state, thread.closed_at) == (State.WAITING, None)


def test_the_unit_may_begin():
    city = CityFactory()
    official, staff = official_of(city), StaffFactory()

    thread = asked(city, staff)

    assert (thread.state, thread.assigned_to) == (State.ANSWERED, staff)
    assert Message.objects.get().to_address == official.email


# Who reads it ----------------------------------------------------------------------------------


def test_only_the_city_its_network_and_the_unit_read_it(client):
    network = NetworkFactory()
    city = CityFactory(network=network)
    thread = asked(city)
    colleague, in_network, unit = official_of(city, "official"), network_coordinator_of(network), staff_in("Reader")
    stranger, assessor = official_of(CityFactory()), UserFactory(is_assessor=True)

    answers = {}
    for user in (colleague, in_network, unit, stranger, assessor):
        client.force_login(user)
        answers[user] = client.get(thread.get_absolute_url()).status_code

    assert answers == {colleague: 200, in_network: 200, unit: 200, stranger: 404, assessor: 404}


def test_a_coordinator_who_leaves_reads_and_writes_no_more_and_the_next_one_does(client):
    city = CityFactory()
    term = TermFactory(city=city, contact__user=UserFactory())
    leaving = term.contact.user
    thread = asked(city, leaving)
    today = timezone.localdate()
    Term.objects.filter(pk=term.pk).update(ended_on=today)
    following = UserFactory()
    TermFactory(city=city, contact__user=following, started_on=today)

    client.force_login(leaving)
    assert client.get(thread.get_absolute_url()).status_code == 404
    with pytest.raises(Refused, match="no longer act"):
        services.write(thread, text="Still me", by=leaving, token=uuid4())

    client.force_login(following)
    assert client.get(thread.get_absolute_url()).status_code == 200
    Message.objects.all().delete()
    answered(thread)
    assert [m.to_address for m in Message.objects.all()] == [following.email]


def test_the_page_says_that_the_unit_has_read_it(client):
    thread = asked()
    client.force_login(thread.opened_by)
    assert "The unit last read this" not in client.get(thread.get_absolute_url()).text

    services.mark_read(thread, StaffFactory())

    assert "The unit last read this" in client.get(thread.get_absolute_url()).text


# Files -----------------------------------------------------------------------------------------


def upload(client, thread, *files):
    return client.post(
        thread.get_absolute_url(), form(client, thread.get_absolute_url(), text="Here", files=list(files))
    )


def test_a_file_is_kept_under_a_generated_name_and_served_to_readers_as_an_attachment(client):
    thread = asked()
    client.force_login(thread.opened_by)
    upload(client, thread, SimpleUploadedFile("Procès-verbal.pdf", PDF), SimpleUploadedFile("b.PDF", PDF))

    first, _second = EntryFile.objects.all()
    assert "Proc" not in first.file.name
    response = client.get(reverse("exchanges:file", args=[first.pk]))
    assert response["Content-Disposition"] == 'attachment; filename="proces-verbal.pdf"'
    assert b"".join(response.streaming_content) == PDF

    client.force_login(official_of(CityFactory()))
    assert client.get(reverse("exchanges:file", args=[first.pk])).status_code == 404


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([SimpleUploadedFile("virus.pdf", b"MZ program")], "virus.pdf: The file is not one of these kinds"),
        ([SimpleUploadedFile("empty.pdf", b"")], "empty.pdf: The file is empty"),
        ([SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(6)], "You chose 6 files. Send at most 5"),
    ],
)
def test_a_wrong_file_is_refused_and_the_text_stays(client, files, sentence):
    thread = asked()
    client.force_login(thread.opened_by)

    page = upload(client, thread, *files)

    assert sentence in page.text
    assert page.context["form"]["text"].value() == "Here"
    assert thread.entries.count() == 1


def test_an_empty_message_is_refused_beside_the_field(client):
    thread = asked()
    client.force_login(thread.opened_by)

    page = client.post(thread.get_absolute_url(), form(client, thread.get_absolute_url(), text="  "))

    assert "Fill in “Message”." in page.text


# The unit --------------------------------------------------------------------------------------


def admin_url(thread, action="change"):
    return reverse(f"admin:correspondence_thread_{action}", args=[thread.pk])


def test_staff_answer_assign_close_and_reopen_in_the_administration(client):
    thread = asked()
    me, colleague = staff_in("Programme manager"), staff_in("Communication")
    client.force_login(me)

    client.post(admin_url(thread), form(client, admin_url(thread), text="Yes."))
    client.post(admin_url(thread, "assign"), {"to": colleague.pk})
    client.post(admin_url(thread, "close"))
    thread.refresh_from_db()
    assert (thread.state, thread.assigned_to, thread.closed_by) == (State.CLOSED, colleague, me)
    assert Message.objects.get(to_address=colleague.email).template == "exchanges/assigned"

    client.post(admin_url(thread, "reopen"))
    thread.refresh_from_db()
    assert thread.state == State.ANSWERED
    page = client.get(admin_url(thread)).text
    assert "Who has read it" in page and str(me) in page


def test_the_one_in_charge_gets_the_next_notice():
    thread, colleague = asked(), StaffFactory()
    services.assign(thread, to=colleague, by=StaffFactory())
    Message.objects.all().delete()

    services.write(thread, text="And?", by=thread.opened_by, token=uuid4())

    assert Message.objects.get().to_address == colleague.email


def test_a_reader_of_the_unit_sees_no_answer_box_and_cannot_post(client):
    thread = asked()
    client.force_login(staff_in("Reader"))

    assert "Send the answer" not in client.get(admin_url(thread)).text
    client.post(admin_url(thread), {"token": uuid4(), "text": "No"})
    assert client.post(admin_url(thread, "close")).status_code == 403
    assert thread.entries.count() == 1


def test_nobody_can_be_in_charge_who_cannot_answer():
    with pytest.raises(Refused, match="cannot answer"):
        services.assign(asked(), to=staff_in("Reader"), by=StaffFactory())


@pytest.mark.parametrize("act", [services.close, services.reopen])
def test_what_is_done_already_is_refused(act):
    thread = asked()
    if act is services.close:
        services.close(thread, by=StaffFactory())

    with pytest.raises(Refused, match="already"):
        act(thread, by=StaffFactory())


def test_a_thread_of_the_log_opens_no_page_to_delete(client):
    client.force_login(StaffFactory())

    assert client.get(admin_url(asked(), "delete")).status_code == 403


@pytest.mark.parametrize("change", [{"asked_at": None}, {"state": "closed"}, {"closed_at": timezone.now()}])
def test_the_database_keeps_state_and_dates_together(change):
    thread = asked()

    with pytest.raises(IntegrityError), transaction.atomic():
        Thread.objects.filter(pk=thread.pk).update(**change)


# What needs attention --------------------------------------------------------------------------


def titles(user, at=None):
    cities = cities_served(user, timezone.localdate())
    return [(item.title, item.detail, item.tone) for item in needs_attention(user, at or timezone.now(), cities)]


def test_the_unit_is_told_what_waits_and_how_long_but_not_what_a_colleague_has_in_hand():
    now = timezone.now()
    city, staff = CityFactory(name="Oslo"), staff_in("Programme manager")
    by = official_of(city)
    asked(city, by, subject="Old", at=now - timedelta(days=8))
    asked(city, by, subject="New", at=now)
    services.assign(asked(city, by, subject="Theirs"), to=StaffFactory(), by=staff)

    assert titles(staff, now) == [
        ("Answer Oslo: Old", "waits for 8 days", "bad"),
        ("Answer Oslo: New", "waits since today", "warn"),
    ]


def test_the_unit_gets_a_sum_when_many_wait():
    city, staff = CityFactory(), staff_in("Programme manager")
    by = official_of(city)
    for _n in range(7):
        asked(city, by)

    assert titles(staff)[-1][0] == "2 more exchanges wait for an answer"


def test_an_answer_needs_attention_until_each_reader_has_looked(client):
    city = CityFactory(name="Oslo")
    thread = asked(city, subject="Lunch")
    colleague = official_of(city, "official")
    answered(thread)
    unread = [("Read what the unit wrote: Lunch", "Oslo", "info")]
    assert titles(thread.opened_by) == titles(colleague) == unread

    client.force_login(colleague)
    client.get(thread.get_absolute_url())

    assert (titles(thread.opened_by), titles(colleague)) == (unread, [])


def test_the_city_page_tells_of_an_exchange_those_who_act_for_the_city_only(client):
    city = CityFactory()
    thread = asked(city, subject="The lunch question")
    assert [fact.title for fact in history(city)] == ["The lunch question"]

    client.force_login(thread.opened_by)
    assert "The lunch question" in client.get(city.get_absolute_url()).text
    client.force_login(official_of(CityFactory()))
    assert "The lunch question" not in client.get(city.get_absolute_url()).text


def test_lists_take_the_same_queries_whatever_their_length(client):
    city = CityFactory()
    official, staff = official_of(city), StaffFactory()

    def add(count):
        for _n in range(count):
            services.write(asked(city, official), text="Yes.", by=staff, token=uuid4())

    client.force_login(official)
    assert_same_with_more_rows(lambda: client.get(reverse("exchanges:list")), add)


def test_a_long_exchange_takes_the_same_queries(client):
    thread = asked()

    def add(count):
        for _n in range(count):
            entry = services.write(thread, text="And?", by=thread.opened_by, token=uuid4())
            EntryFile.objects.create(entry=entry, name="a.pdf", file="exchanges/a.pdf", size=1)

    client.force_login(thread.opened_by)
    assert_same_with_more_rows(lambda: client.get(thread.get_absolute_url()), add)
