"""Membership as dated facts: the steps of a city in their order, and the questions that every app asks of them."""

import threading
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from cities import services
from cities.models import City, MembershipStep, NetworkMembership
from cities.models.membership import Step
from common.dates import Precision
from common.exceptions import Refused, Stale
from tests.factories import CityFactory, NetworkFactory, StaffFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def staff():
    return StaffFactory()


@pytest.fixture
def oslo():
    return CityFactory(name="Oslo", member=False)


def members(on: date) -> list[str]:
    return [city.name for city in City.objects.members(on)]


# The path --------------------------------------------------------------------------------------


def test_city_goes_the_whole_path_and_is_a_member_between_statement_and_withdrawal(oslo, staff):
    services.take_step(oslo, Step.INTEREST, on=date(2015, 1, 5), by=staff)
    services.sign_statement(oslo, date(2016, 1, 5), by=staff)
    for month, kind in enumerate([Step.INDEX, Step.EXPERT_VISIT, Step.PROFILE, Step.STRATEGY], start=2):
        services.take_step(oslo, kind, on=date(2016, month, 1), by=staff)
    services.suspend(oslo, date(2018, 1, 1), by=staff, note="No contribution for two years.")
    services.reinstate(oslo, date(2019, 1, 1), by=staff)
    services.withdraw(oslo, date(2020, 1, 1), by=staff)

    assert [step.kind for step in oslo.steps.all()] == [
        "interest", "intent", "index", "expert_visit", "profile", "strategy", "suspended", "reinstated", "withdrawn",
    ]  # fmt: skip
    days = [date(2016, 1, 4), date(2016, 1, 5), date(2018, 1, 1), date(2019, 1, 1), date(2020, 1, 1)]
    assert [members(day) for day in days] == [[], ["Oslo"], [], ["Oslo"], []]
    record = oslo.steps.get(kind=Step.SUSPENDED).history.get()
    assert (record.history_user, record.note) == (staff, "No contribution for two years.")


def test_statement_of_intent_is_offered_the_next_ordinal(oslo, staff):
    first = services.sign_statement(oslo, date(2016, 1, 5), by=staff, ordinal=145)
    second = services.sign_statement(CityFactory(member=False), date(2017, 1, 5), by=staff)

    assert (first.ordinal, second.ordinal, services.next_ordinal()) == (145, 146, 147)


def test_ordinal_of_another_city_is_refused(oslo, staff):
    services.sign_statement(oslo, date(2016, 1, 5), by=staff, ordinal=145)

    with pytest.raises(Refused, match=r"Oslo is member number 145. The next free number is 146."):
        services.sign_statement(CityFactory(member=False), date(2017, 1, 5), by=staff, ordinal=145)


@pytest.mark.parametrize(
    ("path", "act", "sentence"),
    [
        ([], services.suspend, "Oslo is not a member on 1 June 2020. Enter its statement of intent first."),
        ([], services.withdraw, "Oslo is not a member on 1 June 2020."),
        ([], services.reinstate, "Oslo is not a member on 1 June 2020."),
        (["intent"], services.sign_statement, "Oslo is a member already (Statement of intent, 1 January 2010)"),
        (["intent"], services.reinstate, "Oslo is not suspended on 1 June 2020"),
        (["intent", "suspended"], services.suspend, "Oslo is suspended already (Suspended, 1 January 2011)."),
        (["intent", "suspended"], services.sign_statement, "Oslo is a member already"),
        (["intent", "suspended", "reinstated"], services.reinstate, "Oslo is not suspended"),
        (["intent", "withdrawn"], services.reinstate, "Oslo is not a member"),
        (["intent", "withdrawn"], services.suspend, "Oslo is not a member"),
    ],
)
def test_step_out_of_order_is_refused_with_a_sentence(oslo, staff, path, act, sentence):
    for year, kind in enumerate(path, start=2010):
        services.take_step(oslo, kind, on=date(year, 1, 1), by=staff)

    with pytest.raises(Refused) as refusal:
        act(oslo, date(2020, 6, 1), by=staff)

    assert sentence in " ".join(refusal.value.messages)
    assert oslo.steps.count() == len(path)


def test_city_that_withdrew_may_sign_again_and_is_a_new_member_of_that_year(oslo, staff):
    services.sign_statement(oslo, date(2010, 1, 1), by=staff)
    services.withdraw(oslo, date(2015, 1, 1), by=staff)
    services.sign_statement(oslo, date(2020, 6, 1), by=staff)

    assert members(date(2020, 6, 1)) == ["Oslo"]
    assert [step.city for step in MembershipStep.objects.joined(2020)] == [oslo]


def test_step_entered_late_must_leave_the_later_ones_in_order(oslo, staff):
    services.sign_statement(oslo, date(2010, 1, 1), by=staff)
    services.suspend(oslo, date(2015, 1, 1), by=staff)

    with pytest.raises(Refused, match="later step “Suspended, 1 January 2015” would no longer make sense"):
        services.withdraw(oslo, date(2012, 1, 1), by=staff)


def test_step_on_which_a_later_one_rests_cannot_be_removed_nor_moved_behind_it(oslo, staff):
    services.sign_statement(oslo, date(2010, 1, 1), by=staff)
    suspended = services.suspend(oslo, date(2015, 1, 1), by=staff)
    services.reinstate(oslo, date(2016, 1, 1), by=staff)

    with pytest.raises(Refused, match="Reinstated, 1 January 2016"):
        services.remove_step(suspended, by=staff)
    with pytest.raises(Refused, match="Reinstated, 1 January 2016"):
        services.save_step(suspended, by=staff, on=date(2017, 1, 1))

    assert oslo.steps.count() == 3


def test_step_entered_by_mistake_is_removed_and_stays_in_the_history(oslo, staff):
    visit = services.take_step(oslo, Step.EXPERT_VISIT, on=date(2016, 5, 1), by=staff)

    services.remove_step(visit, by=staff)

    assert oslo.steps.count() == 0
    assert [(r.history_type, r.history_user) for r in MembershipStep.history.all()] == [("-", staff), ("+", staff)]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"on": None}, "Give the date, or say that it is unknown."),
        ({"on": None, "precision": Precision.UNKNOWN, "kind": Step.WITHDRAWN}, "needs its date"),
        ({"on": date(2020, 1, 1), "ordinal": 7, "kind": Step.EXPERT_VISIT}, "Only a statement of intent"),
        ({"on": date(2020, 1, 1), "source": "no address", "kind": Step.EXPERT_VISIT}, "Enter a valid URL"),
    ],
)
def test_step_without_what_it_needs_is_refused(oslo, staff, values, sentence):
    services.sign_statement(oslo, date(2010, 1, 1), by=staff)
    values = {"kind": Step.INDEX, **values}

    with pytest.raises(Refused, match=sentence):
        services.take_step(oslo, by=staff, **values)


def test_document_is_taken_by_its_content_and_stored_under_a_name_of_ours(oslo, staff):
    signed = SimpleUploadedFile("Signed by Mayor.exe", PDF)

    step = services.sign_statement(oslo, date(2010, 1, 1), by=staff, document=signed)

    assert step.document.name.startswith("membership/") and step.document.name.endswith(".pdf")
    assert "Mayor" not in step.document.name
    with pytest.raises(Exception, match="not one of these kinds"):
        services.save_step(step, by=staff, document=SimpleUploadedFile("signed.pdf", b"MZ program"))
    services.save_step(step, by=staff, removes_document=True)
    assert MembershipStep.objects.get().document == ""


# Two at once -----------------------------------------------------------------------------------


def at_once(*acts) -> list:
    """What each of these gave or raised, all started together, each on a connection of its own."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        barrier.wait()
        try:
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_of_two_who_change_the_same_step_the_second_is_told():
    staff, step = StaffFactory(), CityFactory(name="Oslo").steps.get()

    results = at_once(
        *(
            lambda note=note: services.save_step(MembershipStep.objects.get(pk=step.pk), by=staff, version=1, note=note)
            for note in ("The first note", "The second note")
        )
    )

    (told,) = [result for result in results if isinstance(result, Stale)]
    (kept,) = [result for result in results if isinstance(result, MembershipStep)]
    step.refresh_from_db()
    assert (step.note, step.version, told.current.note) == (kept.note, 2, kept.note)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_suspend_a_city_at_once_one_is_refused():
    staff, city = StaffFactory(), CityFactory(name="Oslo")

    results = at_once(*[lambda: services.suspend(city, date(2020, 1, 1), by=staff)] * 2)

    assert sorted(type(result).__name__ for result in results) == ["MembershipStep", "Refused"]
    assert city.steps.filter(kind=Step.SUSPENDED).count() == 1


# Questions -------------------------------------------------------------------------------------


def test_new_members_come_by_day_by_ordinal_by_name_and_unknown_days_belong_to_no_year(staff):
    def joins(name, ordinal, **day):
        step = {"kind": Step.INTENT, "ordinal": ordinal, **day}
        return MembershipStep.objects.create(city=CityFactory(name=name, member=False), **step)

    joins("Örebro", None, on=date(2020, 1, 1), precision=Precision.YEAR)
    joins("Bergen", 12, on=date(2020, 1, 1), precision=Precision.YEAR)
    joins("Arezzo", 11, on=date(2020, 1, 1))
    joins("Zadar", None, on=date(2020, 1, 1))
    joins("Camden", 10, on=date(2020, 2, 1))
    joins("Lublin", 9, on=date(2019, 12, 31))
    joins("Pizzo", None, precision=Precision.UNKNOWN)

    assert [step.city.name for step in MembershipStep.objects.joined(2020)] == [
        "Arezzo", "Bergen", "Örebro", "Zadar", "Camden",
    ]  # fmt: skip


def test_who_joined_and_left_in_one_year_is_in_both_lists(staff):
    city = CityFactory(member=date(2020, 2, 1))
    services.withdraw(city, date(2020, 11, 1), by=staff)

    assert [step.city for step in MembershipStep.objects.joined(2020)] == [city]
    assert [step.city for step in MembershipStep.objects.left(2020)] == [city]


def test_the_step_that_decides_is_one_for_each_city_and_agrees_with_membership(staff):
    cities = [CityFactory(member=date(2010, 1, 1)), CityFactory(member=date(2011, 1, 1)), CityFactory(member=False)]
    services.suspend(cities[0], date(2015, 1, 1), by=staff)
    on = date(2020, 1, 1)

    standing = {step.city: step.kind for step in MembershipStep.objects.standing(on)}

    assert standing == {cities[0]: "suspended", cities[1]: "intent"}
    assert list(City.objects.members(on)) == [cities[1]]


def test_members_are_counted_by_country_network_and_year_of_joining():
    reci, international = NetworkFactory(code="reci"), NetworkFactory(code="int", is_international=True)
    for country, year, network in [("ES", 2008, reci), ("ES", 2010, reci), ("NO", 2010, international)]:
        CityFactory(country=country, member=date(year, 1, 1), network=network)
    undated = CityFactory(country="IT", member=False)
    MembershipStep.objects.create(city=undated, kind=Step.INTENT, precision=Precision.UNKNOWN)
    CityFactory(country="FR", member=False, network=reci)

    cities = City.objects.members(date(2020, 1, 1))

    assert cities.by_country() == {"ES": 2, "IT": 1, "NO": 1}
    assert cities.by_network(date(2020, 1, 1)) == {reci: 2, international: 1}
    assert cities.by_year_of_joining() == {2008: 1, 2010: 2, None: 1}


def test_city_is_in_a_network_between_its_days_and_in_two_at_once():
    reci, international = NetworkFactory(code="reci"), NetworkFactory(code="int", is_international=True)
    city = CityFactory(network=reci)
    NetworkMembership.objects.create(
        city=city, network=international, joined_on=date(2012, 1, 1), left_on=date(2020, 1, 1)
    )

    days = [date(2011, 12, 31), date(2012, 1, 1), date(2019, 12, 31), date(2020, 1, 1)]
    assert [City.objects.of_network(day, is_international=True).count() for day in days] == [0, 1, 1, 0]
    assert [City.objects.of_network(day, code="reci").count() for day in days] == [1, 1, 1, 1]


def test_city_comes_back_to_a_network_but_is_never_in_it_twice():
    network, city = NetworkFactory(), CityFactory()

    def inside(joined_on, left_on=None):
        with transaction.atomic():
            NetworkMembership.objects.create(city=city, network=network, joined_on=joined_on, left_on=left_on)

    inside(date(2010, 1, 1), date(2015, 1, 1))
    inside(date(2015, 1, 1), date(2018, 1, 1))
    with pytest.raises(IntegrityError):
        inside(date(2017, 12, 31))
    with pytest.raises(IntegrityError):
        inside(None)
    inside(date(2018, 1, 1))
