"""The yearly contribution: opened once for each member of the international network, then paid or waived."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.groups import FINANCE, READER
from cities import services
from cities.models import City, Contribution, NetworkMembership
from cities.summary import needs_attention
from common.exceptions import Refused
from tests.access import staff_in
from tests.cities.test_membership import at_once
from tests.factories import CityFactory, NetworkFactory, StaffFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 4)


@pytest.fixture
def international():
    return NetworkFactory(code="int", is_international=True)


@pytest.fixture
def staff():
    return StaffFactory()


@pytest.fixture
def due(international, staff) -> Contribution:
    CityFactory(name="Oslo", network=international)
    services.open_contributions(2026, by=staff, due_on=date(2026, 6, 30), at=TODAY)
    return Contribution.objects.get()


def test_members_of_the_international_network_owe_the_amount_of_the_setting(international, staff, settings):
    settings.ICC_CONTRIBUTION_EUR = Decimal(5000)
    oslo = CityFactory(name="Oslo", network=international)
    CityFactory(name="Bilbao", network=NetworkFactory(code="reci"))
    withdrawn = CityFactory(name="Former", network=international)
    services.withdraw(withdrawn, date(2025, 1, 1), by=staff)
    CityFactory(name="Not yet", member=date(2026, 5, 5), network=international)
    left = CityFactory(name="Left the network")
    NetworkMembership.objects.create(city=left, network=international, left_on=date(2026, 1, 1))

    opened = services.open_contributions(2026, by=staff, due_on=date(2026, 6, 30), at=TODAY)

    row = Contribution.objects.get()
    assert opened == 1
    assert (row.city, row.year, row.amount, row.status) == (oslo, 2026, Decimal(5000), "due")
    assert (row.due_on, row.settled_on, row.settled_by) == (date(2026, 6, 30), None, None)
    assert row.history.get().history_user == staff


def test_opening_twice_changes_nothing_and_takes_in_who_joined_since(international, staff):
    CityFactory(name="Oslo", network=international)
    late = CityFactory(name="Late", member=date(2026, 9, 1), network=international)
    services.open_contributions(2026, by=staff, at=TODAY)
    services.mark_paid(Contribution.objects.get(), date(2026, 5, 4), by=staff)

    assert services.open_contributions(2026, by=staff, at=TODAY) == 0
    assert services.open_contributions(2026, by=staff, at=date(2026, 10, 1)) == 1

    assert {c.city.name: c.status for c in Contribution.objects.all()} == {"Oslo": "paid", "Late": "due"}
    assert late.contributions.count() == 1


@pytest.mark.parametrize(
    ("year", "today", "day"),
    [
        (2026, date(2026, 5, 4), date(2026, 5, 4)),
        (2025, date(2026, 5, 4), date(2025, 12, 31)),
        (2027, date(2026, 5, 4), date(2027, 1, 1)),
    ],
)
def test_membership_is_looked_at_on_the_day_of_the_year_nearest_to_today(year, today, day):
    assert services.counted_on(year, today) == day


@pytest.mark.parametrize("year", [2015, 2028])
def test_a_year_far_away_is_refused(international, staff, year):
    with pytest.raises(Refused, match="Choose a year between 2016 and 2027."):
        services.open_contributions(year, by=staff, at=TODAY)


@pytest.mark.django_db(transaction=True)
def test_two_who_open_a_year_at_once_write_each_city_once():
    staff, network = StaffFactory(), NetworkFactory(code="int", is_international=True)
    for _n in range(5):
        CityFactory(network=network)

    results = at_once(*[lambda: services.open_contributions(2026, by=staff, at=TODAY)] * 3)

    assert sorted(results) == [0, 0, 5]
    assert Contribution.objects.count() == City.objects.count() == 5


def test_paid_contribution_says_when_and_who_entered_it(due, staff):
    services.mark_paid(due, date(2026, 5, 2), by=staff)

    due.refresh_from_db()
    assert (due.status, due.settled_on, due.settled_by) == ("paid", date(2026, 5, 2), staff)
    assert due.history.first().history_user == staff


def test_waived_contribution_keeps_its_reason(due, staff):
    services.waive(due, reason=" War damage ", by=staff)

    due.refresh_from_db()
    assert (due.status, due.reason, due.settled_by) == ("waived", "War damage", staff)
    assert due.settled_on == timezone.localdate()


def test_waiver_without_a_reason_is_refused(due, staff):
    with pytest.raises(Refused, match="Write why the contribution is waived."):
        services.waive(due, reason="  ", by=staff)


def test_payment_of_a_day_to_come_is_refused(due, staff):
    with pytest.raises(Refused, match="lies in the future"):
        services.mark_paid(due, date(2999, 1, 1), by=staff)


def test_what_is_settled_is_not_settled_again_until_it_is_due_again(due, staff):
    services.waive(due, reason="War damage", by=staff)

    with pytest.raises(Refused, match="settled already: Waived,"):
        services.mark_paid(due, date(2026, 5, 2), by=staff)
    services.set_due_again(due, by=staff)
    with pytest.raises(Refused, match="due already"):
        services.set_due_again(due, by=staff)

    due.refresh_from_db()
    assert (due.status, due.settled_on, due.settled_by, due.reason) == ("due", None, None, "")
    assert [record.status for record in due.history.all()] == ["due", "waived", "due"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_settle_a_contribution_at_once_one_is_refused():
    staff, city = StaffFactory(), CityFactory()
    row = Contribution.objects.create(city=city, year=2026, amount=5000)

    results = at_once(
        lambda: services.mark_paid(row, date(2026, 5, 2), by=staff),
        lambda: services.waive(row, reason="War damage", by=staff),
    )

    assert sorted(type(result).__name__ for result in results) == ["Contribution", "Refused"]
    assert row.history.count() == 2


def test_overdue_is_what_is_due_after_its_day(due, staff):
    assert [Contribution.objects.overdue(day).count() for day in (date(2026, 6, 30), date(2026, 7, 1))] == [0, 1]
    assert [due.is_overdue(day) for day in (date(2026, 6, 30), date(2026, 7, 1))] == [False, True]

    services.mark_paid(due, date(2026, 5, 2), by=staff)

    assert Contribution.objects.overdue(date(2026, 7, 1)).count() == 0


def test_whoever_keeps_contributions_is_told_what_is_overdue(due):
    at = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Paris"))

    def told(user):
        return [
            (item.title, item.detail, item.count) for item in needs_attention(user, at, []) if "overdue" in item.title
        ]

    assert told(staff_in(FINANCE)) == [("1 contribution is overdue", "€5,000.00", 1)]
    assert told(staff_in(READER)) == []


@pytest.mark.parametrize(
    "values",
    [
        {"status": "paid"},
        {"settled_on": TODAY},
        {"status": "waived", "settled_on": TODAY},
        {"status": "paid", "settled_on": TODAY, "reason": "War damage"},
        {"amount": 0},
        {"year": 2025},
    ],
)
def test_database_refuses_what_makes_no_sense(values):
    city = CityFactory()
    Contribution.objects.create(city=city, year=2025, amount=5000)

    with pytest.raises(IntegrityError), transaction.atomic():
        Contribution.objects.create(**{"city": city, "year": 2026, "amount": 5000, **values})
