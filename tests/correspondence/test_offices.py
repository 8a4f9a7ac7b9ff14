"""The page of a mayor's office: a signed link that expires and can be withdrawn (R8)."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cities.models import ChangeRequest, Term
from correspondence import links, services
from correspondence.models import LetterLink, Mailing
from mail.models import Message
from mail.services import attach
from tests.correspondence.factories import approved_mailing, cities_with_mayors
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
AT = timezone.now()
MAYOR = {
    "name": "Anna Nowak",
    "email": "anna@city.example",
    "started_on": "2021-03-01",
    "salutation": "Dear Mayor Nowak",
}


def sent_mailing(count: int = 1, **fields) -> Mailing:
    """A mailing with a document for each city, in the ledger."""
    cities_with_mayors(count)
    attachments = fields.pop(
        "attachments",
        lambda city, language: services.Enclosure(
            [attach(f"letter-{city.slug}.pdf", b"%PDF-1.7 " + city.slug.encode())]
        ),
    )
    mailing = services.prepare(approved_mailing_draft(**fields), attachments=attachments)
    return services.dispatch(services.approve(mailing, by=StaffFactory()), by=StaffFactory())


def approved_mailing_draft(**fields) -> Mailing:
    from tests.correspondence.factories import mailing_of

    return mailing_of(**fields)


@pytest.fixture
def link():
    return LetterLink.objects.get(letter__mailing=sent_mailing())


def url(link, name="office", *more) -> str:
    return reverse(f"correspondence:{name}", args=[links.token(link), *more])


# Looking ---------------------------------------------------------------------------------------


def test_link_opens_letter_and_documents_without_an_account(client, link):
    page = client.get(url(link))

    assert page.status_code == 200
    assert "we <strong>continue</strong>" in page.content.decode()
    assert (page["X-Robots-Tag"], page["Referrer-Policy"]) == ("noindex, nofollow", "same-origin")
    assert "no-store" in page["Cache-Control"]
    file = client.get(url(link, "office-file", 1))
    assert (file.status_code, b"".join(file.streaming_content)) == (200, b"%PDF-1.7 " + link.letter.city.slug.encode())
    assert client.get(url(link, "office-file", 2)).status_code == 404
    link.refresh_from_db()
    assert link.opened_at


def test_link_of_one_city_does_not_open_another(client):
    first, second = LetterLink.objects.filter(letter__mailing=sent_mailing(2)).order_by("pk")
    forged = links.token(first).replace(str(first.pk), str(second.pk), 1)

    for name, more in (("office", []), ("office-file", [1]), ("office-mayor", [])):
        assert client.get(reverse(f"correspondence:{name}", args=[forged, *more])).status_code == 404
    assert client.post(reverse("correspondence:office-received", args=[forged])).status_code == 404
    page = client.get(url(first)).content.decode()
    assert first.letter.city.name in page and second.letter.city.name not in page


@pytest.mark.parametrize("ending", ["expired", "withdrawn"])
def test_link_that_ended_says_so_and_does_nothing(client, link, ending):
    if ending == "withdrawn":
        services.revoke_link(link)
    else:
        LetterLink.objects.update(expires_at=AT - timedelta(seconds=1))

    page = client.get(url(link))
    assert (page.status_code, b"This link is closed" in page.content) == (410, True)
    assert client.get(url(link, "office-file", 1)).status_code == 410
    assert client.post(url(link, "office-received")).status_code == 410
    assert client.post(url(link, "office-mayor"), MAYOR).status_code == 410
    link.letter.refresh_from_db()
    assert (link.letter.received_at, ChangeRequest.objects.count()) == (None, 0)


def test_link_expires_after_half_a_year(link):
    assert not link.is_open(link.expires_at)
    assert timedelta(days=179) < link.expires_at - link.letter.mailing.dispatched_at < timedelta(days=181)


def test_new_link_replaces_the_old_and_is_mailed_to_the_office(client, link):
    message = services.renew_link(link, by=StaffFactory())

    new = LetterLink.objects.get(revoked_at=None)
    assert message.to_address == link.letter.address and links.token(new) in message.body
    assert (client.get(url(link)).status_code, client.get(url(new)).status_code) == (410, 200)


def test_mail_in_french_gives_the_french_page():
    cities_with_mayors(1, language="fr")
    mailing = services.dispatch(approved_mailing(), by=StaffFactory())

    body = mailing.letters.get().message.body
    assert "/fr/letters/" in body and "[page de votre cabinet]" in body


def test_coordinators_get_no_word_about_the_mayor(client):
    from tests.factories import CityFactory, official_of

    official_of(CityFactory())
    mailing = services.dispatch(approved_mailing(office="coordinator"), by=StaffFactory())
    link = LetterLink.objects.get(letter__mailing=mailing)

    assert "/letters/" not in mailing.letters.get().message.body
    assert "Has the mayor changed?" not in client.get(url(link)).content.decode()
    assert client.post(url(link, "office-mayor"), MAYOR).status_code == 404


# Received --------------------------------------------------------------------------------------


def test_office_says_that_the_letter_has_arrived_once(client, link):
    page = client.post(url(link, "office-received"), follow=True)
    link.letter.refresh_from_db()
    first = link.letter.received_at

    client.post(url(link, "office-received"))

    link.letter.refresh_from_db()
    assert first and link.letter.received_at == first
    assert "has arrived" in page.content.decode() and "We have received this letter" not in page.content.decode()


def test_what_follows_links_in_mails_says_nothing(client, link):
    """Scanners open every address of a mail with GET or HEAD."""
    client.head(url(link))
    link.refresh_from_db()
    assert link.opened_at is None
    for name in ("office", "office-received", "office-mayor"):
        client.get(url(link, name))

    link.letter.refresh_from_db()
    assert (link.letter.received_at, ChangeRequest.objects.count()) == (None, 0)


@pytest.mark.parametrize("name", ["office-received", "office-mayor"])
def test_other_sites_cannot_answer_for_the_office(link, name):
    assert Client(enforce_csrf_checks=True).post(url(link, name), MAYOR).status_code == 403


# The mayor is now … ----------------------------------------------------------------------------


def test_new_mayor_is_a_task_for_the_unit_and_changes_nothing(client, link):
    page = client.post(url(link, "office-mayor"), MAYOR, follow=True)

    request = ChangeRequest.objects.get()
    assert (request.city, request.kind, request.via, request.is_open) == (link.letter.city, "mayor", "mayor", True)
    assert request.values == {**MAYOR}
    assert Term.objects.get().contact.name != "Anna Nowak"
    assert "before it changes anything" in page.content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Name of the mayor"),
        ({"email": "anna"}, "valid email"),
        ({"started_on": "soon"}, "valid date"),
    ],
)
def test_bad_input_gets_a_sentence_and_nothing_typed_is_lost(client, link, change, sentence):
    page = client.post(url(link, "office-mayor"), {**MAYOR, **change}).content.decode()

    assert sentence in page and "Dear Mayor Nowak" in page
    assert ChangeRequest.objects.count() == 0


def test_one_link_asks_for_a_few_changes_an_hour_only(client, link):
    for number in range(7):
        page = client.post(url(link, "office-mayor"), {**MAYOR, "name": f"Name {number}"}, follow=True)

    assert "several times within an hour" in page.content.decode() and "Name 6" in page.content.decode()
    assert ChangeRequest.objects.filter(state="open").get().values["name"] == "Name 4"


def test_names_in_a_letter_are_no_markdown():
    (city,) = cities_with_mayors(1, salutation="Dear [x](http://evil.example)")
    city.name = "*Oslo* [y](http://evil.example)"
    city.save()

    services.dispatch(approved_mailing(dated_on=date(2021, 2, 1)), by=StaffFactory())

    from mail.encoding import html_part

    message = Message.objects.get()
    assert 'href="http://evil' not in html_part(message) and "<em>" not in html_part(message)
    assert message.subject == "News for *Oslo* [y](http://evil.example)"
