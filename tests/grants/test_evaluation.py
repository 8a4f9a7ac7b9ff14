"""From assessors to awards: interests, the envelope under its lock, and the release (G7, G8, G9)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from common.exceptions import Refused
from grants import services
from grants.models import Application, Award, Call, Decision
from grants.services import evaluation
from mail.models import Message
from tests.factories import CityFactory, StaffFactory, UserFactory, official_of
from tests.grants.factories import AT, LATER, AssessorFactory, AwardFactory, CallFactory, draft, submitted
from tests.grants.test_submission import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return StaffFactory()


def award(application, amount, by, at=LATER):
    return services.record_decision(application, outcome="award", amount=Decimal(amount), by=by, at=at)


# Interests -------------------------------------------------------------------------------------


def test_assessor_of_a_city_in_the_consortium_is_not_assigned(staff):
    application = submitted()

    for city in (p.city for p in application.partners.all()):
        assessor = official_of(city, office="official", is_assessor=True)
        with pytest.raises(Refused, match="which takes part in this application"):
            services.assign_assessor(application, assessor, by=staff, at=AT)


def test_assessor_whose_city_had_an_earlier_joint_project_is_not_assigned(staff):
    application, city = submitted(), CityFactory()
    assessor = official_of(city, is_assessor=True)
    earlier = AwardFactory(lead_city=city)
    earlier.cities.add(application.partners.get(is_lead=False).city)

    with pytest.raises(Refused, match=f"earlier joint project with a city of this application: {earlier}"):
        services.assign_assessor(application, assessor, by=staff, at=AT)


def test_assessor_declares_first_and_scores_then(staff):
    assessment = services.assign_assessor(submitted(), assessor := AssessorFactory(), by=staff, at=AT)
    score = {"score": Decimal(80), "comment": "Clear plan.", "by": assessor, "at": LATER}

    with pytest.raises(Refused, match="Declare first"):
        services.score_application(assessment, **score)
    services.declare_interest(assessment, has_conflict=False, by=assessor, at=AT)
    scored = services.score_application(assessment, **score)

    assert (scored.score, scored.scored_at) == (Decimal(80), LATER)


def test_declared_interest_bars_from_scoring_and_reading(staff):
    assessment = services.assign_assessor(submitted(), assessor := AssessorFactory(), by=staff, at=AT)
    services.declare_interest(assessment, has_conflict=True, by=assessor, at=AT)

    with pytest.raises(Refused, match="You declared an interest"):
        services.score_application(assessment, score=Decimal(80), comment="x", by=assessor, at=AT)
    assert not Application.objects.visible_to(assessor, AT.date()).exists()


def test_interest_that_arises_later_counts_whatever_was_declared(staff):
    application = submitted()
    assessment = services.assign_assessor(application, assessor := AssessorFactory(), by=staff, at=AT)
    services.declare_interest(assessment, has_conflict=False, by=assessor, at=AT)
    contact = application.lead_user.contact
    contact.user = assessor
    contact.save()

    with pytest.raises(Refused, match="acts for"):
        services.score_application(assessment, score=Decimal(80), comment="x", by=assessor, at=AT)


@pytest.mark.parametrize(("score", "comment"), [(-1, "x"), (101, "x"), (50, " ")])
def test_score_needs_points_in_range_and_reasons(staff, score, comment):
    assessment = services.assign_assessor(submitted(), assessor := AssessorFactory(), by=staff, at=AT)
    services.declare_interest(assessment, has_conflict=False, by=assessor, at=AT)

    with pytest.raises(Refused):
        services.score_application(assessment, score=Decimal(score), comment=comment, by=assessor, at=AT)


def test_nobody_scores_for_another_and_only_assessors_are_assigned(staff):
    application = submitted()
    assessment = services.assign_assessor(application, AssessorFactory(), by=staff, at=AT)

    with pytest.raises(Refused, match="not assigned to you"):
        services.declare_interest(assessment, has_conflict=False, by=AssessorFactory(), at=AT)
    with pytest.raises(Refused, match="is not an assessor"):
        services.assign_assessor(application, UserFactory(), by=staff, at=AT)
    with pytest.raises(Refused, match="need the permission"):
        services.assign_assessor(application, AssessorFactory(), by=application.lead_user, at=AT)


# Decisions -------------------------------------------------------------------------------------


def test_awards_stay_inside_the_envelope_until_it_is_changed(staff):
    call = CallFactory(envelope=Decimal(6000), ceiling=Decimal(5000))
    first, second = submitted(call), submitted(call)
    award(first, 4000, staff)

    with pytest.raises(Refused, match="Only €2,000.00 of the envelope of €6,000.00 is left"):
        award(second, "2000.01", staff)
    award(second, 2000, staff)
    with pytest.raises(Refused, match="cannot be smaller"), transaction.atomic():
        services.check_envelope(call, Decimal("5999.99"))
    Call.objects.filter(pk=call.pk).update(envelope=Decimal(7000))
    assert award(second, 3000, staff).amount == Decimal(3000)


@pytest.mark.parametrize(
    ("outcome", "amount", "sentence"),
    [
        ("award", None, "Enter the amount"),
        ("award", "4500.01", "asks for €4,500.00"),
        ("reject", "10", "Only an award has an amount"),
    ],
)
def test_decision_refuses_amounts_that_make_no_sense(staff, outcome, amount, sentence):
    application = submitted()

    with pytest.raises(Refused, match=sentence):
        services.record_decision(application, outcome=outcome, amount=amount and Decimal(amount), by=staff, at=LATER)


def test_decision_waits_for_submission_and_for_the_end_of_the_call(staff):
    with pytest.raises(Refused, match="has not been submitted"):
        award(draft(), 10, staff)
    with pytest.raises(Refused, match="Decide after that"):
        award(submitted(), 10, staff, at=AT)


def test_decision_needs_the_permission():
    application = submitted()

    for person in (application.lead_user, StaffFactory(is_superuser=False)):
        with pytest.raises(Refused, match="need the permission"):
            award(application, 10, person)
        with pytest.raises(Refused, match="need the permission"):
            services.release_decisions(application.call, by=person, at=LATER)


def test_database_refuses_an_award_without_amount(staff):
    award(submitted(), 10, staff)

    with pytest.raises(IntegrityError, match="amount_only_with_award"), transaction.atomic():
        Decision.objects.update(amount=None)


def test_release_makes_everything_known_at_once_and_once(staff):
    call = CallFactory()
    first, second, third = (submitted(call) for _n in range(3))
    award(first, 4000, staff)
    services.record_decision(second, outcome="reserve", by=staff, at=LATER)

    with pytest.raises(Refused, match=f"no decision on {third.reference}"):
        services.release_decisions(call, by=staff, at=LATER)
    services.record_decision(third, outcome="reject", reasons="Too thin.", by=staff, at=LATER)
    services.release_decisions(call, by=staff, at=LATER)

    assert list(call.applications.order_by("reference").values_list("status", flat=True)) == [
        "awarded",
        "reserve",
        "rejected",
    ]
    row = Award.objects.get()
    assert (row.lead_city, row.amount, row.year, row.cities.count()) == (
        first.partners.get(is_lead=True).city,
        4000,
        2026,
        2,
    )
    mails = Message.objects.filter(template="grants/decision")
    assert {m.to_address for m in mails} == {a.lead_user.email for a in (first, second, third)}
    assert "Too thin." in mails.get(to_address=third.lead_user.email).body
    with pytest.raises(Refused, match="were released on"):
        services.release_decisions(call, by=staff, at=LATER)
    with pytest.raises(Refused, match="have been released"):
        award(second, 10, staff)
    assert Message.objects.filter(template="grants/decision").count() == 3


def test_release_is_refused_while_the_call_is_open(staff):
    with pytest.raises(Refused, match="Release the decisions after that"):
        services.release_decisions(submitted().call, by=staff, at=AT)


def test_drafted_decision_is_invisible_until_released(client, staff):
    application = submitted()
    services.record_decision(
        application, outcome="award", amount=Decimal(4321), reasons="Splendid.", by=staff, at=LATER
    )
    pages = [
        f"/en/grants/applications/{application.pk}/",
        f"/en/grants/{application.call_id}/",
        "/en/grants/",
        "/en/grants/awards/",
    ]

    def seen() -> str:
        return " ".join(client.get(page).content.decode() for page in pages)

    client.force_login(application.lead_user, "allauth.account.auth_backends.AuthenticationBackend")
    before = seen()
    services.release_decisions(application.call, by=staff, at=LATER)

    assert not any(word in before for word in ("Splendid", "4,321", "Awarded"))
    assert all(word in seen() for word in ("Splendid", "4,321", "Awarded"))


# Races -----------------------------------------------------------------------------------------


def _spend_at_once(staff) -> Decimal:
    call = CallFactory(envelope=Decimal(5000), ceiling=Decimal(5000))
    applications = [submitted(call) for _n in range(4)]
    together(*[lambda a=a: award(a, 2500, staff) for a in applications])
    return services.awarded_so_far(call)


@pytest.mark.django_db(transaction=True)
def test_awards_at_once_never_exceed_the_envelope(staff):
    assert _spend_at_once(staff) == Decimal(5000)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_envelope_is_exceeded(staff, monkeypatch):
    """The negative control: without the lock, and with everyone looking before anyone writes, too much is spent."""
    import threading

    looked = threading.Barrier(4)
    honest = evaluation.awarded_so_far

    def look(call, *, but=None):
        spent = honest(call, but=but)
        if but:
            looked.wait(20)
        return spent

    monkeypatch.setattr(evaluation, "lock_call", lambda pk: Call.objects.get(pk=pk))
    monkeypatch.setattr(evaluation, "awarded_so_far", look)
    call = CallFactory(envelope=Decimal(5000), ceiling=Decimal(5000))
    applications = [submitted(call) for _n in range(4)]
    together(*[lambda a=a: award(a, 2500, staff) for a in applications])

    assert honest(call) == Decimal(10000)


@pytest.mark.django_db(transaction=True)
def test_two_releases_at_once_write_to_each_city_once(staff):
    application = submitted()
    award(application, 100, staff)
    release = lambda: services.release_decisions(application.call, by=staff, at=LATER)  # noqa: E731

    results = together(release, release)

    assert sum(isinstance(result, Refused) for result in results) == 1
    assert (Award.objects.count(), Message.objects.filter(template="grants/decision").count()) == (1, 1)
