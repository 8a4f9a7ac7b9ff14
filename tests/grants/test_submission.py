"""Submitting: once, before the deadline, with cities whose facts hold (G1, G2, G4, G5, G6, G10)."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from cities.models import MembershipStep, Term
from cities.models.membership import Step
from common.exceptions import Refused
from grants import services
from grants.models import Application, BudgetLine, Extension, Partner
from grants.obstacles import obstacles
from grants.receipt import receipt_pdf
from mail.models import Message
from tests.factories import CityFactory, NetworkFactory, StaffFactory, network_coordinator_of, official_of
from tests.grants.factories import AT, LATER, CallFactory, deputy_of, draft, submitted

PARIS = ZoneInfo("Europe/Paris")
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "closes_at",
    [
        datetime(2026, 4, 20, 20, 0, tzinfo=PARIS),
        datetime(2026, 3, 29, 3, 0, tzinfo=PARIS),  # the instant summer time starts
        datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=0),  # this clock time comes twice that night
        datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1),
    ],
)
def test_call_is_open_until_the_very_instant_of_its_deadline(closes_at):
    call = CallFactory(opens_at=closes_at - timedelta(days=60), closes_at=closes_at)
    deadline = closes_at.astimezone(UTC)

    assert [call.is_open(deadline + d) for d in (-SECOND, timedelta(0), SECOND)] == [True, False, False]
    assert [call.is_open(call.opens_at + d) for d in (-SECOND, timedelta(0))] == [False, True]


def test_call_that_is_not_published_is_never_open():
    assert not CallFactory(is_published=False).is_open(AT)


@pytest.mark.parametrize(
    ("closes_at", "shown"),
    [
        (datetime(2026, 4, 20, 18, tzinfo=UTC), "20 April 2026, 20:00 Strasbourg time (UTC+2)"),
        (datetime(2026, 12, 1, 18, tzinfo=UTC), "1 December 2026, 19:00 Strasbourg time (UTC+1)"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 October 2026, 02:30 Strasbourg time (UTC+2)"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 October 2026, 02:30 Strasbourg time (UTC+1)"),
    ],
)
def test_deadline_is_shown_with_zone_and_offset(client, closes_at, shown):
    call = CallFactory(opens_at=closes_at - timedelta(days=9), closes_at=closes_at)

    assert shown in client.get(f"/en/grants/{call.pk}/").content.decode()


def test_deadline_is_shown_in_the_readers_zone_too(client):
    call = CallFactory(closes_at=datetime(2026, 4, 20, 18, tzinfo=UTC))
    client.force_login(
        official_of(CityFactory(), time_zone="Asia/Tokyo"), "allauth.account.auth_backends.AuthenticationBackend"
    )

    assert "21 April 2026, 03:00 your time (UTC+9)" in client.get(f"/en/grants/{call.pk}/").content.decode()


def test_submission_freezes_numbers_and_acknowledges():
    application = submitted()

    application.refresh_from_db()
    receipt = Message.objects.get(key=f"grants/receipt/{application.pk}")
    assert (application.status, application.reference) == (Application.Status.SUBMITTED, "ICC-2026-0001")
    assert application.sha256 == services.fingerprint(application.frozen)
    assert application.frozen["amount"] == "4500.00"
    assert application.frozen["cities"][1]["membership"] == {
        "checked_on": "2026-04-20", "step": "intent", "on": "2016-01-01", "precision": "day",
    }  # fmt: skip
    assert (receipt.to_address, application.sha256 in receipt.body) == (application.lead_user.email, True)
    assert "ICC-2026-0001" in receipt.subject


def test_references_count_up_within_a_year():
    call, other = CallFactory(), CallFactory(year=2027)

    assert [submitted(c).reference for c in (call, call, other, call)] == [
        "ICC-2026-0001", "ICC-2026-0002", "ICC-2027-0001", "ICC-2026-0003",
    ]  # fmt: skip


def test_submission_is_refused_from_the_instant_the_call_closes():
    application = draft()
    before = Message.objects.count()

    with pytest.raises(Refused, match="closed"):
        services.submit_application(application, by=application.lead_user, at=application.call.closes_at)

    application.refresh_from_db()
    assert (application.status, Message.objects.count()) == (Application.Status.DRAFT, before)


def test_submission_looks_at_the_deadline_as_it_now_is_not_as_it_was_read():
    application = draft()
    call = application.call
    type(call).objects.filter(pk=call.pk).update(closes_at=AT - SECOND)

    with pytest.raises(Refused, match="closed"):
        services.submit_application(application, by=application.lead_user, at=AT)


def test_second_submission_is_refused_and_gives_no_second_receipt():
    application = submitted()

    with pytest.raises(Refused, match="already been submitted"):
        services.submit_application(application, by=application.lead_user, at=AT)

    assert Message.objects.filter(template="grants/receipt").count() == 1


def test_submission_is_for_officials_of_the_lead_city():
    application = draft()

    with pytest.raises(Refused, match="lead city"):
        services.submit_application(application, by=application.partner_users[0], at=AT)


def test_extension_lets_one_application_in_once_until_it_ends():
    application, other = draft(), draft()
    staff = StaffFactory()
    services.grant_extension(application, until_at=LATER + SECOND, reason="Power cut", by=staff, at=LATER)

    with pytest.raises(Refused, match="closed"):
        services.submit_application(other, by=other.lead_user, at=LATER)
    with pytest.raises(Refused, match="closed"):
        services.submit_application(application, by=application.lead_user, at=LATER + SECOND)
    services.submit_application(application, by=application.lead_user, at=LATER)

    assert Extension.objects.get().used_at == LATER


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": " "}, "Give the project a title."),
        ({"theme": ""}, "Say what the theme of the project is."),
        ({"summary": ""}, "Write the summary of the project."),
        ({"objectives": ""}, "Write the objectives and expected results."),
        ({"activities": ""}, "Write the activities and their calendar."),
    ],
)
def test_missing_text_is_an_obstacle(change, sentence):
    application = draft()
    Application.objects.filter(pk=application.pk).update(**change)
    application.refresh_from_db()

    assert list(obstacles(application, AT)) == [sentence]


def test_complete_draft_has_no_obstacle():
    assert list(obstacles(draft(), AT)) == []


def test_city_that_withdraws_while_drafting_is_an_obstacle_by_its_dated_fact():
    application = draft(partners=2)
    city = application.partners.last().city
    MembershipStep.objects.create(city=city, kind=Step.WITHDRAWN, on=date(2026, 4, 20))

    assert list(obstacles(application, AT - timedelta(days=1))) == []
    assert list(obstacles(application, AT)) == [
        f"{city} is not a member city on 20 April 2026. Remove it, or ask the unit."
    ]
    with pytest.raises(Refused, match="not a member"):
        services.submit_application(application, by=application.lead_user, at=AT)


def test_confirmation_must_be_renewed_when_the_term_of_who_gave_it_ends():
    application = draft()
    partner = application.partners.get(is_lead=False)
    Term.objects.filter(contact__user=application.partner_users[0]).update(ended_on=date(2026, 4, 20))

    found = list(obstacles(application, AT))
    assert found[0].startswith(f"The person who confirmed for {partner.city} no longer holds an office there.")

    services.answer_invitation(partner, takes_part=True, by=deputy_of(partner.city), at=AT)
    assert list(obstacles(application, AT)) == []


def test_only_a_person_with_an_open_term_there_confirms():
    application = draft(complete=False)
    partner = application.partners.get(is_lead=False)
    network = NetworkFactory()
    partner.city.network_memberships.create(network=network)

    for outsider in (application.lead_user, network_coordinator_of(network), StaffFactory()):
        with pytest.raises(Refused, match="Only a person who holds an office"):
            services.answer_invitation(partner, takes_part=True, by=outsider, at=AT)

    partner.refresh_from_db()
    assert partner.confirmed_at is None


def test_declined_and_silent_cities_do_not_count():
    application = draft(partners=2)
    first, second = application.partners.filter(is_lead=False)
    services.answer_invitation(first, takes_part=False, by=application.partner_users[0], at=AT)
    Partner.objects.filter(pk=second.pk).update(confirmed_at=None, confirmed_by=None)

    assert list(obstacles(application, AT)) == [
        f"{first.city} declined to take part. Remove it from the consortium.",
        f"{second.city} has not confirmed yet that it takes part.",
        "A joint application needs at least 2 member cities that take part; this one has 1.",
    ]


def test_budget_is_held_to_ceiling_and_share_without_rounding():
    application = draft(CallFactory(ceiling=Decimal("1000.00"), cofinancing_share=Decimal("10.00")))
    lead = application.partners.get(is_lead=True)

    def with_line(amount: str, cofinancing: str) -> list[str]:
        BudgetLine.objects.filter(partner=lead).update(amount=Decimal(amount), cofinancing=Decimal(cofinancing))
        return list(obstacles(application, AT))

    assert with_line("900.00", "100.00") == []
    assert with_line("1000.00", "111.12") == []
    assert with_line("1000.01", "200.00") == ["The budget asks for €1,000.01; the ceiling of this call is €1,000.00."]
    assert with_line("900.00", "99.99") == ["The cities put in 9.99 % of the total; this call asks for at least 10 %."]
    assert with_line("0.00", "10.00") == ["Add what the grant is asked for to the budget."]


def test_receipt_is_the_same_for_ever_whoever_asks():
    application = submitted()
    first = receipt_pdf(application, language="en").content
    application.call.title_en = "Renamed"
    application.call.save()
    Application.objects.filter(pk=application.pk).update(title="Renamed")

    with timezone.override("Asia/Tokyo"), translation.override("fr"):
        again = receipt_pdf(Application.objects.get(pk=application.pk), language="en").content

    assert first == again


def test_receipt_says_reference_hash_and_amounts():
    import pypdfium2

    application = submitted()
    document = pypdfium2.PdfDocument(receipt_pdf(application, language="fr").content)
    text = " ".join(page.get_textpage().get_text_range() for page in document)

    assert application.reference in text and application.sha256[:32] in text.replace("\r\n", "")
    assert "heure de Strasbourg" in text or "Strasbourg time" in text
    assert "4 500,00 €" in text.replace("\u202f", " ").replace("\u00a0", " ")


# The database has the last word ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Application, {"status": "submitted"}),
        (Application, {"submitted_at": AT}),
        (Application, {"reference": "ICC-2026-0001"}),
        (Partner, {"confirmed_at": AT}),
        (Partner, {"declined_at": AT, "confirmed_at": AT}),
        (BudgetLine, {"amount": Decimal(-1)}),
    ],
)
def test_database_refuses_half_facts(model, change):
    draft(complete=model is BudgetLine)

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**change)


def test_database_refuses_a_second_lead_and_a_city_twice():
    application = draft()
    lead = application.partners.get(is_lead=True)

    with pytest.raises(IntegrityError, match="consortium_one_lead"), transaction.atomic():
        Partner.objects.create(application=application, city=CityFactory(), is_lead=True)
    with pytest.raises(IntegrityError, match="city_once"), transaction.atomic():
        Partner.objects.create(application=application, city=lead.city)


# Races -----------------------------------------------------------------------------------------


def together(*acts):
    """Run each act in a thread with a connection of its own; what each returned or raised, in order."""
    results, barrier = [None] * len(acts), threading.Barrier(len(acts))

    def run(index, act):
        try:
            barrier.wait(10)
            results[index] = act()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_double_click_submits_once_with_one_receipt():
    application = draft()
    submit = lambda: services.submit_application(application, by=application.lead_user, at=AT)  # noqa: E731

    results = together(*[submit] * 6)

    refused = [r for r in results if isinstance(r, Refused)]
    assert len(refused) == 5 and {tuple(r.messages) for r in refused} == {
        ("This application has already been submitted.",)
    }
    assert Message.objects.filter(template="grants/receipt").count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_submissions_at_once_get_numbers_without_gap():
    first, second = CallFactory(), CallFactory()
    drafts = [draft(call) for call in (first, second) for _n in range(4)]

    together(*[lambda a=a: services.submit_application(a, by=a.lead_user, at=AT) for a in drafts])

    references = sorted(Application.objects.values_list("reference", flat=True))
    assert references == [f"ICC-2026-{n:04}" for n in range(1, 9)]


@pytest.mark.django_db(transaction=True)
def test_declining_and_submitting_at_once_leave_one_truth():
    application = draft()
    partner = application.partners.get(is_lead=False)

    results = together(
        lambda: services.submit_application(application, by=application.lead_user, at=AT),
        lambda: services.answer_invitation(partner, takes_part=False, by=application.partner_users[0], at=AT),
    )

    application.refresh_from_db()
    partner.refresh_from_db()
    is_submitted = application.status == Application.Status.SUBMITTED
    assert is_submitted == (partner.declined_at is None)
    assert sum(isinstance(result, Refused) for result in results) == 1
