"""Sent by itself: due on or before, not yet sent, and still what was approved (M7, M9)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cities.models import Contact, MembershipStep, Term
from cities.models.membership import Step
from common.exceptions import Refused
from correspondence import services
from correspondence.models import Mailing
from correspondence.summary import needs_attention
from correspondence.tasks import send_scheduled
from mail.models import Message
from tests.correspondence.factories import approved_mailing, cities_with_mayors, mailing_of
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
Status = Mailing.Status
AT = timezone.now()
DUE = AT + timedelta(hours=1)


def scheduled(**fields) -> Mailing:
    cities_with_mayors(2)
    return services.schedule(approved_mailing(**fields), send_at=DUE, by=StaffFactory(), at=AT)


def test_mailing_goes_when_its_instant_has_come_and_not_before():
    mailing = scheduled()

    services.send_scheduled(DUE - timedelta(seconds=1))
    assert Message.objects.count() == 0
    services.send_scheduled(DUE)

    mailing.refresh_from_db()
    assert (mailing.status, mailing.dispatched_by, Message.objects.count()) == (Status.SENDING, mailing.scheduled_by, 2)


def test_mailing_whose_instant_was_missed_goes_late_and_once():
    scheduled()

    services.send_scheduled(DUE + timedelta(days=3))
    services.send_scheduled(DUE + timedelta(days=4))

    assert Message.objects.count() == 2


def test_beat_looks_every_minute(settings):
    mailing = scheduled()
    Mailing.objects.filter(pk=mailing.pk).update(send_at=AT - timedelta(minutes=1))

    send_scheduled()

    assert Message.objects.count() == 2
    assert settings.CELERY_BEAT_SCHEDULE["send-scheduled"]["schedule"] == 60


def withdraw(city):
    MembershipStep.objects.create(city=city, kind=Step.WITHDRAWN, on=date(2020, 1, 1))


def change_mayor(city):
    Contact.objects.filter(terms__city=city).update(name="Somebody else")


def end_term(city):
    Term.objects.filter(city=city).update(ended_on=date(2020, 1, 1))


@pytest.mark.parametrize("change", [withdraw, change_mayor, end_term])
def test_mailing_that_is_not_as_approved_any_more_goes_to_nobody_and_its_people_are_told(change):
    mailing = scheduled()
    city = mailing.letters.first().city
    change(city)

    services.send_scheduled(DUE)
    services.send_scheduled(DUE + timedelta(minutes=1))

    people = {mailing.author, mailing.approved_by, mailing.scheduled_by}
    mailing.refresh_from_db()
    assert (mailing.status, mailing.send_at, mailing.approved_by) == (Status.DRAFT, None, None)
    assert city.name in mailing.trouble and "approval is void" in mailing.trouble
    notices = list(Message.objects.order_by("to_address"))
    assert sorted(n.to_address for n in notices) == sorted(p.email for p in people)
    assert all(city.name in n.body and "Nobody got anything" in n.body for n in notices)
    details = [item.detail for item in needs_attention(StaffFactory(), DUE, [])]
    assert any(city.name in detail for detail in details)


def test_preparing_again_clears_what_went_wrong():
    mailing = scheduled()
    withdraw(mailing.letters.first().city)
    services.send_scheduled(DUE)

    mailing = services.prepare(mailing)

    assert (mailing.trouble, mailing.status) == ("", Status.PREPARED)


def test_instant_in_the_past_is_refused():
    cities_with_mayors(1)

    with pytest.raises(Refused, match="has passed"):
        services.schedule(approved_mailing(), send_at=AT, by=StaffFactory(), at=AT)


def test_only_approved_mailings_are_scheduled():
    cities_with_mayors(1)

    with pytest.raises(Refused, match="Only an approved mailing"):
        services.schedule(services.prepare(mailing_of()), send_at=DUE, by=StaffFactory(), at=AT)


def test_edit_takes_the_instant_with_the_approval():
    mailing = scheduled()
    Mailing.objects.filter(pk=mailing.pk).update(body_en="Something else")

    assert services.touch(mailing)
    services.send_scheduled(DUE)

    mailing.refresh_from_db()
    assert (mailing.send_at, mailing.scheduled_by, Message.objects.count()) == (None, None, 0)


def test_mailing_that_is_not_to_go_by_itself_stays_approved():
    mailing = services.unschedule(scheduled(), by=StaffFactory())

    services.send_scheduled(DUE)

    assert (mailing.status, mailing.send_at, Message.objects.count()) == (Status.APPROVED, None, 0)
    with pytest.raises(Refused, match="does not wait"):
        services.unschedule(mailing, by=StaffFactory())


def test_one_mailing_in_trouble_does_not_stop_the_next():
    first = scheduled()
    second = scheduled(audience="list", cities=cities_with_mayors(1))
    withdraw(first.letters.first().city)

    services.send_scheduled(DUE)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.DRAFT, Status.SENDING)
