"""Who gets a seat (invariants A1–A4)."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from activities import services
from activities.models import Registration
from common.exceptions import Refused
from mail.models import Message
from tests.activities.factories import ActivityFactory, RegistrationFactory, someone
from tests.factories import CityFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
Status = Registration.Status


def register(activity, city=None, at=None, **participant) -> Registration:
    return services.register(
        activity, city=city or CityFactory(), participant=someone(**participant), by=UserFactory(), at=at
    )


def state(registration: Registration) -> str:
    registration.refresh_from_db()
    return registration.status


def test_register_confirms_while_seats_are_free_and_then_fills_the_waiting_list():
    activity = ActivityFactory(capacity=1)

    first, second = register(activity), register(activity)

    assert (first.status, second.status) == (Status.CONFIRMED, Status.WAITING)
    assert [m.template for m in Message.objects.order_by("pk")] == ["activities/confirmed", "activities/waiting"]


def test_register_by_selection_waits_for_the_unit():
    activity = ActivityFactory(is_by_selection=True, capacity=1)
    requested = register(activity)

    confirmed = services.confirm(requested, by=StaffFactory())

    assert (requested.status, confirmed.status) == (Status.REQUESTED, Status.CONFIRMED)


def test_confirm_is_refused_when_all_seats_are_taken():
    activity = ActivityFactory(is_by_selection=True, capacity=1)
    RegistrationFactory(activity=activity)
    requested = register(activity)

    with pytest.raises(Refused, match="All 1 seats are taken"):
        services.confirm(requested, by=StaffFactory())


@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False), (1, False)])
def test_registration_closes_at_the_instant_it_says(seconds, is_open):
    activity = ActivityFactory()
    at = activity.registration_closes_at + timedelta(seconds=seconds)

    assert activity.is_open(at) is is_open
    if not is_open:
        with pytest.raises(Refused, match="closed"):
            register(activity, at=at)


def test_register_is_refused_for_a_city_that_is_not_a_member():
    with pytest.raises(Refused, match="not a member city"):
        register(ActivityFactory(), city=CityFactory(member=False))


def test_register_is_refused_twice_for_one_participant_whatever_the_case_of_the_address():
    activity = ActivityFactory()
    register(activity, email="anna@oslo.example")

    with pytest.raises(Refused, match="already registered"):
        register(activity, email="Anna@Oslo.example")


def test_register_is_refused_beyond_the_seats_of_a_city():
    activity, city = ActivityFactory(seats_per_city=1), CityFactory()
    register(activity, city=city)

    with pytest.raises(Refused, match="A city can register one participant"):
        register(activity, city=city)


def test_register_is_refused_for_a_cancelled_activity():
    activity = services.cancel_activity(ActivityFactory(), by=StaffFactory())

    with pytest.raises(Refused, match="cancelled"):
        register(activity)


def test_a_newcomer_does_not_pass_those_who_wait():
    activity = ActivityFactory(capacity=1)
    RegistrationFactory(activity=activity, status=Status.WAITING, confirmed_at=None)

    assert register(activity).status == Status.WAITING


def test_a_freed_seat_is_offered_to_the_longest_waiting_city_without_a_seat():
    activity, seated = ActivityFactory(capacity=2), CityFactory()
    register(activity, city=seated)
    leaving = register(activity)
    from_seated_city, from_new_city, later = register(activity, city=seated), register(activity), register(activity)

    services.cancel_registration(leaving, by=UserFactory())

    assert [state(r) for r in (from_seated_city, from_new_city, later)] == [
        Status.WAITING,
        Status.OFFERED,
        Status.WAITING,
    ]
    assert [(r, r.city_has_seat) for r in services.waiting_order(activity)] == [
        (later, False),
        (from_seated_city, True),
    ]


def test_an_offer_holds_its_seat_until_its_deadline_and_then_goes_on():
    now = timezone.now()
    activity = ActivityFactory(capacity=1)
    leaving, first, second = register(activity), register(activity), register(activity)
    services.cancel_registration(leaving, by=UserFactory(), at=now)
    assert state(first) == Status.OFFERED

    with pytest.raises(Refused, match="run out"):
        services.accept_offer(first, at=now + services.OFFER_HOLDS)
    services.expire_offers(activity, at=now + services.OFFER_HOLDS)

    assert (state(first), state(second)) == (Status.EXPIRED, Status.OFFERED)
    assert services.accept_offer(second, at=now + services.OFFER_HOLDS).status == Status.CONFIRMED


def test_a_declined_offer_goes_to_the_next():
    activity = ActivityFactory(capacity=1)
    leaving, first, second = register(activity), register(activity), register(activity)
    services.cancel_registration(leaving, by=UserFactory())

    first.refresh_from_db()
    services.decline_offer(first)

    assert (state(first), state(second)) == (Status.DECLINED, Status.OFFERED)


def test_a_registration_cannot_be_cancelled_once_the_activity_has_begun():
    registration = RegistrationFactory()

    with pytest.raises(Refused, match="has begun"):
        services.cancel_registration(registration, by=UserFactory(), at=registration.activity.starts_at)


def test_capacity_below_what_is_held_is_refused_with_the_number_to_cancel():
    activity = ActivityFactory(capacity=3)
    for _ in range(3):
        register(activity)

    with pytest.raises(Refused, match="Cancel 2 registrations first"):
        services.change_capacity(activity, 1)


def test_more_capacity_is_offered_to_those_who_wait():
    activity = ActivityFactory(capacity=1)
    register(activity)
    waiting = register(activity)

    services.change_capacity(activity, 2)

    assert state(waiting) == Status.OFFERED


def together(count: int, act) -> list[Exception]:
    """Run `act(n)` in `count` threads that start at one moment, each with its own connection."""
    barrier, errors = Barrier(count), []

    def run(n):
        try:
            barrier.wait()
            act(n)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[n]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def requests_for(activity, count):
    """A function that asks for a seat for the n-th of `count` cities."""
    user, cities = UserFactory(), [CityFactory() for _ in range(count)]

    def act(n):
        services.register(activity, city=cities[n], participant=someone(email=f"p{n}@city.example"), by=user)

    return act


@pytest.mark.django_db(transaction=True)
def test_fifty_requests_at_once_for_ten_seats_give_ten():
    activity = ActivityFactory(capacity=10)

    assert together(50, requests_for(activity, 50)) == []

    states = list(activity.registrations.values_list("status", flat=True))
    assert (states.count(Status.CONFIRMED), states.count(Status.WAITING)) == (10, 40)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_requests_at_once_oversell(monkeypatch):
    """Negative control: it is the lock that keeps the count."""
    activity = ActivityFactory(capacity=1)
    counted, count = Barrier(5), services.seats_taken

    def count_and_wait(activity):
        taken = count(activity)
        counted.wait(timeout=60)
        return taken

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self)
    monkeypatch.setattr(services, "seats_taken", count_and_wait)

    assert together(5, requests_for(activity, 5)) == []
    assert activity.registrations.filter(status=Status.CONFIRMED).count() == 5


@pytest.mark.django_db(transaction=True)
def test_accept_and_expire_at_once_leave_one_outcome():
    now = timezone.now()
    registration = RegistrationFactory(status=Status.OFFERED, confirmed_at=None, offered_until=now + timedelta(hours=1))
    late = now + timedelta(hours=2)

    together(
        2,
        lambda n: (
            services.accept_offer(registration, at=now) if n else services.expire_offers(registration.activity, at=late)
        ),
    )

    assert state(registration) in (Status.CONFIRMED, Status.EXPIRED)
    sent = Message.objects.values_list("template", flat=True)
    assert list(sent) == [f"activities/{registration.status}"]
