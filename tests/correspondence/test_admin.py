"""The unit's way through a mailing in the administration, and what it shows of the ledger."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from correspondence import services
from correspondence.models import Exchange, Mailing
from mail.models import Message, State
from mail.services import attach
from tests.access import sign_in
from tests.correspondence.factories import approved_mailing, cities_with_mayors, mailing_of
from tests.factories import CityFactory, NetworkFactory, StaffFactory, mayor_of
from tests.mail.factories import queued

pytestmark = pytest.mark.django_db
Status = Mailing.Status


@pytest.fixture
def staff(client):
    """A member of the unit who has logged in with a second factor."""
    user = StaffFactory()
    sign_in(client, user)
    return user


def act(client, mailing, action, data=None):
    """The question, then the answer; gives the page that follows."""
    url = reverse(f"admin:correspondence_mailing_{action}", args=[mailing.pk])
    assert client.get(url).status_code == 200
    return client.post(url, data or {}, follow=True)


FORM = {
    "title": "News", "kind": "call", "audience": "all", "office": "mayor", "place": "Strasbourg", "dated_on": "2021-02-01",
    "subject_en": "News for {{ city }}", "body_en": "Text", "subject_fr": "", "body_fr": "", "reference": "", "year": "",
    "network": "", "country": "",
}  # fmt: skip


def test_mailing_goes_from_draft_to_its_way_between_two_people(client, staff):
    cities_with_mayors(2)
    CityFactory(name="Vacant")
    mailing = mailing_of()

    page = act(client, mailing, "prepare")
    assert "Nobody holds the office" in page.content.decode() and "2 offices get it" in page.content.decode()
    act(client, mailing, "approve")
    act(client, mailing, "send")

    mailing.refresh_from_db()
    assert (mailing.status, mailing.approved_by, Message.objects.count()) == (Status.SENDING, staff, 3)


def test_author_is_told_that_another_person_approves(client, staff):
    cities_with_mayors(1)
    mailing = services.prepare(mailing_of(by=staff))

    page = act(client, mailing, "approve")

    assert "Another person approves it" in page.content.decode()
    mailing.refresh_from_db()
    assert mailing.status == Status.PREPARED


def test_new_mailing_has_its_author_and_the_starter_text_is_offered(client, staff):
    start = client.get(reverse("admin:correspondence_mailing_start_february_letter"), follow=True)
    assert "annual report" in start.content.decode()

    client.post(reverse("admin:correspondence_mailing_add"), FORM)

    assert Mailing.objects.get().author == staff


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"body_en": "Dear {{ mayor }}"}, "stands for nothing"),
        ({"subject_fr": "Nouvelles"}, "Write the text in this language too"),
        ({"audience": "network"}, "Choose the network"),
        ({"audience": "list"}, "Choose at least one city"),
        ({"subject_en": "", "body_en": ""}, "This field is required"),
    ],
)
def test_bad_input_gets_a_sentence_and_nothing_is_lost(client, staff, change, sentence):
    page = client.post(reverse("admin:correspondence_mailing_add"), {**FORM, "reference": "ICC /IdA/lt/x", **change})

    assert page.status_code == 200
    assert sentence in page.content.decode() and "ICC /IdA/lt/x" in page.content.decode()
    assert Mailing.objects.count() == 0


def test_list_of_cities_can_be_pasted(client, staff):
    oslo, geneva = CityFactory(name="Oslo"), CityFactory(name="Genève", other_names="Geneva, Genf")
    CityFactory(name="Lodi", country="IT")
    listed = {**FORM, "audience": "list", "cities": [oslo.pk]}

    client.post(reverse("admin:correspondence_mailing_add"), {**listed, "names": "oslo\nGENEVA, łódź;\n"})
    assert Mailing.objects.count() == 0
    client.post(reverse("admin:correspondence_mailing_add"), {**listed, "names": " geneva\n\n"})

    assert set(Mailing.objects.get().cities.all()) == {oslo, geneva}


def test_each_pasted_name_that_is_not_that_of_one_city_gets_a_sentence(client, staff):
    CityFactory(name="Oslo"), CityFactory(name="Valencia", country="ES"), CityFactory(name="Valencia", country="VE")

    listed = {**FORM, "audience": "list", "names": "Olso\nOslo\nAtlantis\nValencia"}

    form = client.post(reverse("admin:correspondence_mailing_add"), listed).context["adminform"].form

    assert form["names"].value() == listed["names"]
    assert form.errors["names"] == [
        "“Olso” is not in the directory. Did you mean “Oslo”?",
        "“Atlantis” is not in the directory. Write it as the directory does, or take it away.",
        "“Valencia” may be each of: Valencia (Spain), Valencia (Venezuela). Choose it above.",
    ]


def test_edit_after_approval_makes_it_a_draft_again_and_says_so(client, staff):
    cities_with_mayors(1)
    mailing = approved_mailing()

    page = client.post(reverse("admin:correspondence_mailing_change", args=[mailing.pk]), FORM, follow=True)

    assert "is a draft again" in page.content.decode()
    mailing.refresh_from_db()
    assert (mailing.status, mailing.approved_by) == (Status.DRAFT, None)


def test_mailing_that_was_sent_is_read_only(client, staff):
    cities_with_mayors(1)
    mailing = services.dispatch(approved_mailing(), by=staff)

    assert client.get(reverse("admin:correspondence_mailing_change", args=[mailing.pk])).status_code == 200
    answer = client.post(reverse("admin:correspondence_mailing_change", args=[mailing.pk]), FORM)

    assert answer.status_code == 403


@pytest.mark.parametrize("audience", ["network", "country", "list"])
def test_mailing_that_was_sent_says_which_cities_it_was_for(client, staff, audience):
    network = NetworkFactory(name_en="Norwegian network")
    oslo = CityFactory(name="Oslo", country="NO", network=network)
    mayor_of(oslo)
    chosen = {"network": {"network": network}, "country": {"country": "NO"}, "list": {"cities": [oslo]}}
    mailing = services.dispatch(approved_mailing(audience=audience, **chosen[audience]), by=staff)

    page = client.get(reverse("admin:correspondence_mailing_change", args=[mailing.pk]))

    said = {"network": "Norwegian network", "country": "Norway", "list": "Oslo"}
    shown = [field for fieldset in page.context["adminform"] for line in fieldset for field in line]
    (which,) = [field.contents() for field in shown if field.field["name"] == "whom"]
    assert which == said[audience]


def test_test_copy_goes_to_oneself_alone(client, staff):
    cities_with_mayors(1)
    cities_with_mayors(1, language="fr")

    act(client, mailing_of(), "send_test")

    assert set(Message.objects.values_list("to_address", flat=True)) == {staff.email}
    assert sorted(Message.objects.values_list("language", flat=True)) == ["en", "fr"]


def test_reader_sees_but_cannot_act(client, staff):
    from django.contrib.auth.models import Permission

    staff.is_superuser = False
    staff.save()
    staff.user_permissions.add(*Permission.objects.filter(codename__in=["view_mailing", "view_message"]))
    cities_with_mayors(1)
    mailing = services.prepare(mailing_of())

    assert client.get(reverse("admin:correspondence_mailing_recipients", args=[mailing.pk])).status_code == 200
    for action in ("prepare", "approve", "send", "cancel"):
        url = reverse(f"admin:correspondence_mailing_{action}", args=[mailing.pk])
        assert client.post(url).status_code == 403


def test_recipients_take_the_same_number_of_queries(client, staff, django_assert_max_num_queries):
    cities_with_mayors(3)
    few, url = mailing_of(), lambda m: reverse("admin:correspondence_mailing_recipients", args=[m.pk])
    services.dispatch(services.approve(services.prepare(few), by=StaffFactory()), by=staff)
    client.get(url(few))

    cities_with_mayors(20)
    many = approved_mailing()
    services.dispatch(many, by=staff)

    with django_assert_max_num_queries(12):
        client.get(url(many))


def test_exchange_notes_who_logged_it(client, staff):
    city = CityFactory()

    client.post(
        reverse("admin:correspondence_exchange_add"),
        {"city": city.pk, "kind": "call", "on": "2021-02-01", "summary": "Spoke about the Index"},
    )

    assert Exchange.objects.get().logged_by == staff


# The ledger ------------------------------------------------------------------------------------


def test_uncertain_message_is_settled_in_the_ledger(client, staff):
    (message,) = queued()
    Message.objects.update(state=State.UNCERTAIN)

    client.post(reverse("admin:mail_message_settle", args=[message.pk]), {"answer": "not"})

    message.refresh_from_db()
    assert (message.state, message.handled_by) == (State.FAILED, staff)


def test_ledger_is_read_only_and_hides_secrets(client, staff):
    (message,) = queued(is_sensitive=True, body="https://portal.example/secret")

    page = client.get(reverse("admin:mail_message_change", args=[message.pk]))

    assert "portal.example/secret" not in page.content.decode()
    assert client.get("/en/admin/mail/message/add/").status_code == 403
    assert client.post(reverse("admin:mail_message_delete", args=[message.pk])).status_code == 403


def test_attachment_of_another_message_is_not_found(client, staff):
    mine, other = attach("mine.pdf", b"%PDF-1.7 mine"), attach("other.pdf", b"%PDF-1.7 other")
    (message,) = queued(attachments=[mine])

    found = client.get(reverse("admin:mail_attachment", args=[message.pk, mine.pk]))

    assert (found.status_code, found["Content-Disposition"]) == (200, 'attachment; filename="mine.pdf"')
    assert client.get(reverse("admin:mail_attachment", args=[message.pk, other.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3, 50])
def test_ledger_takes_the_same_number_of_queries(client, staff, count, django_assert_max_num_queries):
    queued(count)
    client.get(reverse("admin:mail_message_changelist"))

    with django_assert_max_num_queries(12):
        client.get(reverse("admin:mail_message_changelist"))


# What the other pages hear ---------------------------------------------------------------------


def test_people_of_the_unit_hear_what_needs_them(staff):
    from correspondence import summary
    from mail import summary as mail_summary

    cities_with_mayors(2)
    services.prepare(mailing_of())
    queued(2)
    Message.objects.filter(key="test/0").update(state=State.UNCERTAIN)
    Message.objects.filter(key="test/1").update(not_before=timezone.now() - timedelta(hours=1))
    now = timezone.now()

    assert [item.detail for item in summary.needs_attention(staff, now, [])] == [
        "This mailing waits for your approval."
    ]
    assert [item.title for item in mail_summary.needs_attention(staff, now, [])] == [
        "1 mail whose arrival nobody knows",
        "1 mail waits for the mail server",
    ]


def test_officials_hear_nothing_of_the_ledger():
    from mail import summary
    from tests.factories import UserFactory

    queued(1)
    Message.objects.update(state=State.UNCERTAIN)

    assert list(summary.needs_attention(UserFactory(), timezone.now(), [])) == []


def test_history_of_a_city_has_letters_that_were_sent_and_never_what_was_said():
    from correspondence import summary

    (city,) = cities_with_mayors(1)
    services.dispatch(approved_mailing(), by=StaffFactory())
    Message.objects.update(state=State.SENT, sent_at=timezone.now())
    Exchange.objects.create(city=city, kind="call", on="2021-01-05", summary="Confidential")

    facts = [(fact.title, fact.kind) for fact in summary.history(city)]

    assert facts == [(f"News for {city.name}", "Letter"), ("Telephone or video call", "Exchange")]
    figures = {figure.key: figure.value for figure in summary.figures(timezone.now().year)}
    assert figures == {"letters": 1, "exchanges": 0}
