"""Who received which version, when, at which address: a page and a table for each year."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from cities.models import Contact
from correspondence import services
from correspondence.models import Mailing
from mail.models import Message, State
from tests.access import sign_in
from tests.correspondence.factories import cities_with_mayors, enclosing, mailing_of
from tests.factories import CityFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = StaffFactory()
    sign_in(client, user)
    return user


def report_mailing(count: int = 2) -> Mailing:
    cities_with_mayors(count)
    mailing = mailing_of(kind="annual_report", year=2020)
    mailing = services.prepare(mailing, attachments=enclosing(), edition="v1, 0123456789ab")
    return services.dispatch(services.approve(mailing, by=StaffFactory()), by=StaffFactory())


def table(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_year_shows_who_received_which_version_when_and_where(client, staff):
    CityFactory(name="Vacant")
    mailing = report_mailing()
    Message.objects.exclude(state=State.SKIPPED).update(state=State.SENT, sent_at=timezone.now(), server_reply="250 OK")
    services.say_received(mailing.letters.exclude(message__state=State.SKIPPED).first().links.get(), timezone.now())

    page = client.get(reverse("admin:correspondence_mailing_sent", args=[2020])).content.decode()
    rows = table(client.get(reverse("admin:correspondence_mailing_sent_csv", args=[2020])))

    letter = mailing.letters.select_related("city").exclude(skip_reason="no_term").first()
    assert letter.address in page and "v1, 0123456789ab" in page and "Nobody holds the office" in page
    assert rows[0][:7] == ["City", "Country", "Addressee", "Address", "Language", "Version", "State"]
    by_city = {row[0]: row for row in rows[1:]}
    assert by_city[letter.city.name][3:8] == [letter.address, "en", "v1, 0123456789ab", "Sent", "250 OK"]
    assert "Strasbourg time" in by_city[letter.city.name][8]
    assert by_city["Vacant"][6:9] == ["Skipped", "Nobody holds the office on that day.", ""]
    assert sum(bool(row[9]) for row in rows[1:]) == 1


def test_cells_that_a_spreadsheet_would_run_are_neutralised_and_the_export_is_in_the_log(client, staff):
    Contact.objects.all().delete()
    cities_with_mayors(1, name="=HYPERLINK(1)")
    mailing = report_mailing(1)

    rows = table(client.get(reverse("admin:correspondence_mailing_recipients_csv", args=[mailing.pk])))

    assert "'=HYPERLINK(1)" in [row[2] for row in rows]
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (staff, "Exported 2 recipients as csv.")


def test_year_without_a_report_says_so(client, staff):
    page = client.get(reverse("admin:correspondence_mailing_sent", args=[2019]))

    assert "was not sent to the mayors yet" in page.content.decode()


def test_table_needs_the_permission(client):
    user = StaffFactory(is_superuser=False)
    user.user_permissions.add(Permission.objects.get(codename="view_city"))
    sign_in(client, user)
    mailing = report_mailing(1)

    for name, argument in (("sent", 2020), ("sent_csv", 2020), ("recipients_csv", mailing.pk)):
        assert client.get(reverse(f"admin:correspondence_mailing_{name}", args=[argument])).status_code == 403
    assert LogEntry.objects.count() == 0


def test_year_takes_the_same_number_of_queries_for_any_number_of_rows(client, staff, django_assert_max_num_queries):
    report_mailing(1)
    client.get(reverse("admin:correspondence_mailing_sent", args=[2020]))
    report_mailing(30)

    with django_assert_max_num_queries(12):
        client.get(reverse("admin:correspondence_mailing_sent", args=[2020]))


def test_recipients_can_be_seen_by_state_with_the_words_of_the_server(client, staff):
    mailing = report_mailing(2)
    bad, good = Message.objects.order_by("pk")
    Message.objects.filter(pk=bad.pk).update(state=State.FAILED, server_reply="550 5.1.1 No such user")
    Message.objects.filter(pk=good.pk).update(state=State.SENT, sent_at=timezone.now())
    url = reverse("admin:correspondence_mailing_recipients", args=[mailing.pk])

    everything, failed = client.get(url).content.decode(), client.get(url, {"state": "failed"}).content.decode()

    assert bad.to_address in everything and good.to_address in everything
    assert bad.to_address in failed and good.to_address not in failed and "550 5.1.1 No such user" in failed
    assert "the address is still the one that did not work" in failed


def test_every_recipient_has_a_reason_where_there_is_no_mail(client, staff):
    mailing = report_mailing(2)
    url = reverse("admin:correspondence_mailing_recipients", args=[mailing.pk])

    services.pause(mailing, by=staff)
    paused = client.get(url).content.decode()
    services.cancel(mailing, by=staff)
    cancelled = client.get(url).content.decode()

    assert paused.count("The mailing is paused.") == 2
    assert cancelled.count("The mailing was cancelled before this mail went.") == 2


def test_each_recipient_leads_to_the_link_of_the_office(client, staff):
    mailing = report_mailing(2)
    page = client.get(reverse("admin:correspondence_mailing_recipients", args=[mailing.pk])).content.decode()

    links = reverse("admin:correspondence_letterlink_changelist")
    for letter in mailing.letters.all():
        assert f"{links}?letter__exact={letter.pk}" in page
        found = client.get(links, {"letter__exact": letter.pk}).context["cl"].queryset
        assert [link.letter for link in found] == [letter]


def test_who_approves_can_read_what_each_office_gets(client, staff):
    cities_with_mayors(2)
    mailing = services.prepare(mailing_of(kind="annual_report", year=2020), attachments=enclosing())
    url = reverse("admin:correspondence_mailing_recipients", args=[mailing.pk])
    file = mailing.letters.first().attachments.get()
    document = reverse("admin:correspondence_mailing_document", args=[mailing.pk, file.pk])

    assert client.get(url).content.decode().count(document) == 2
    assert b"".join(client.get(document).streaming_content) == b"%PDF-1.7 report"
    other = mailing_of(kind="annual_report", year=2021)
    assert client.get(document.replace(f"/{mailing.pk}/", f"/{other.pk}/", 1)).status_code == 404
